/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - a client's handle on (nd, pid, chid)
 */
#ifndef _QNET_CONNECTION_H
#define _QNET_CONNECTION_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "peer.h"
#include "pulse.h"

struct cred;
struct qnet_client;
struct qnet_ioc_connect;
struct qnet_link;
struct qnet_message;
struct qnet_node;
struct qnet_process;
struct qnet_user;

/*
 * Lifetime and locking: the file holds a reference, every queued pulse about it another.
 * Immutable: process (referenced), ops, cred, nd, pid, chid, coid, incarnation, user; client
 * (local, referenced), node (remote, referenced).  .lock, bottom halves off, covers the rest.
 * It stays attached until it is closed and no call is in it: users.
 */
struct qnet_connection {
	refcount_t refs;
	const struct qnet_peer_ops *ops;
	struct qnet_process *process;
	const struct cred *cred;
	struct qnet_user *user;
	u32 nd;
	s32 pid;
	s32 chid;
	s32 coid;
	s32 scoid;			/* local: constant once attached */
	u64 incarnation;		/* of the channel, 0: any */

	spinlock_t lock;		/* of all below but what others say */
	bool closed;			/* by its owner */
	bool dead;			/* the other side is gone */
	unsigned int users;
	struct list_head sends;		/* messages of blocked threads */
	struct list_head of_process;	/* under the process' lock */
	wait_queue_head_t wait;		/* who polls */
	struct qnet_pulse death;

	/* local.c */
	struct qnet_client *client;
	struct list_head of_client;	/* under the channel's lock */

	/* remote.c */
	struct qnet_node *node;
	struct mutex attach_lock;	/* serialises attaching */
	struct qnet_link *link;		/* once attached: referenced, until detached */
	u64 handle;
	u32 number;			/* of the connection on its link */
	u32 pulse_seq;			/* pulses sent */
	u32 pulse_acked;		/* of those, acknowledged by the link */
	u32 pulse_taken;		/* of those, received by a program, as far as told */
};

struct qnet_connection *qnet_connection_make(struct qnet_process *process,
					     const struct qnet_ioc_connect *arg);
struct qnet_connection *qnet_connection_get(struct qnet_connection *conn);
void qnet_connection_put(struct qnet_connection *conn);
/* The owner closed it, or is no more: threads blocked on it are told.  Process context. */
void qnet_connection_close(struct qnet_connection *conn);
/* Some connection of @process: referenced or NULL. */
struct qnet_connection *qnet_connection_first(struct qnet_process *process);

/* A call begins: -EBADF where it is closed, dead or not the caller's.  Ends with _leave(). */
int qnet_connection_enter(struct qnet_connection *conn);
void qnet_connection_leave(struct qnet_connection *conn);
/* Its channel or node is gone: COIDDEATH to the owner, once.  Bottom halves may be off. */
void qnet_connection_die(struct qnet_connection *conn);
__poll_t qnet_connection_poll(struct qnet_connection *conn, struct file *file, poll_table *table);

#endif
