/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - where a server receives
 */
#ifndef _QNET_CHANNEL_H
#define _QNET_CHANNEL_H

#include <linux/list.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <linux/qnet.h>

#include "param.h"
#include "pulse.h"

struct cred;
struct qnet_deadline;
struct qnet_iter;
struct qnet_message;
struct qnet_process;
struct qnet_user;

#define QNET_CHANNEL_FLAGS (QNET_CHF_FIXED_PRIORITY | QNET_CHF_UNBLOCK | QNET_CHF_DISCONNECT | \
			    QNET_CHF_COID_DISCONNECT | QNET_CHF_SENDER_LEN | QNET_CHF_REPLY_LEN | \
			    QNET_CHF_PRIVATE)

/* Clients of one channel, those included that the server has not detached yet. */
#define QNET_CHANNEL_CLIENTS	QNET_FIXED(clients)

/*
 * Lifetime and locking: the file has a reference until it is closed, every client one until it is
 * gone; a killed channel lives on, dead, until the last goes.  Found by RCU.  Immutable: process
 * (referenced), cred, chid, flags, incarnation, user.  .lock, taken with bottom halves off, covers
 * the rest, the entries queued, the server's side of every message sent here, its clients' trees,
 * lists and slots.
 */
struct qnet_channel {
	refcount_t refs;
	s32 chid;
	u32 flags;
	int fd;				/* as created; a hint for user space */
	u64 incarnation;
	struct qnet_process *process;
	const struct cred *cred;
	struct qnet_user *user;

	spinlock_t lock;		/* of all below but .names and .of_process */
	bool dead;
	u64 seq;
	struct rb_root_cached messages;
	struct rb_root_cached pulses;
	struct rb_root clients;
	u32 client_count;
	wait_queue_head_t wait;		/* receivers, and who polls */
	wait_queue_head_t wait_pulse;	/* receivers of pulses only */
	struct list_head of_process;	/* COID_DISCONNECT; under the process' lock */
	struct list_head names;		/* under the namespace's name_lock */
	struct rcu_head rcu;
};

struct qnet_channel *qnet_channel_make(struct qnet_process *process, u32 flags);
struct qnet_channel *qnet_channel_get(struct qnet_channel *channel);
void qnet_channel_put(struct qnet_channel *channel);
/* Referenced or NULL. */
struct qnet_channel *qnet_channel_find(struct qnet_process *process, s32 chid);
/* Nobody sends here any more: everybody who waits on it is told.  Process context. */
void qnet_channel_kill(struct qnet_channel *channel);

/* Queue and wake a receiver; -ESRCH when dead.  Any context. */
int qnet_channel_queue_message(struct qnet_channel *channel, struct qnet_message *msg);
int qnet_channel_queue_pulse(struct qnet_channel *channel, struct qnet_pulse *pulse);
/* The same with the lock held and the channel alive. */
void qnet_channel_add_pulse(struct qnet_channel *channel, struct qnet_pulse *pulse);

/*
 * Wait for a message or pulse and move it to @to.  Returns the rcvid, 0 for a pulse, or -errno;
 * @info is filled for a message.
 */
int qnet_channel_receive(struct qnet_channel *channel, const struct qnet_deadline *deadline,
			 bool pulse_only, struct qnet_iter *to, struct qnet_msg_info *info);
__poll_t qnet_channel_poll(struct qnet_channel *channel, struct file *file, poll_table *table);

#endif
