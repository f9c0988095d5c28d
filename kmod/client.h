/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what a server's scoid names
 */
#ifndef _QNET_CLIENT_H
#define _QNET_CLIENT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "pulse.h"

struct cred;
struct qnet_channel;
struct qnet_message;
struct qnet_process;

/* An rcvid: generation << QNET_SLOT_BITS | index of the slot, always positive. */
#define QNET_SLOT_BITS		17
#define QNET_SLOT_MAX		((1U << QNET_SLOT_BITS) - 1)
#define QNET_SLOT_GENERATION	((1U << (31 - QNET_SLOT_BITS)) - 1)

/* Who a client process is; the same process attached twice is one client. */
struct qnet_client_id {
	const void *link;	/* NULL: a process of this machine */
	u64 process;		/* its incarnation */
};

/*
 * Lifetime and locking: one reference for being in the channel's tree (as long as it has
 * connections, and where DISCONNECT was asked for until the server detaches the scoid), one for
 * each connection, queued pulse, slot in use.  Immutable: channel (referenced), id, scoid, nd,
 * pid, sid, cred (NULL: nobody).  Under the channel's lock: conns, gone, slots, connections,
 * attachments.
 */
struct qnet_client {
	struct rb_node node;
	refcount_t refs;
	struct qnet_channel *channel;
	struct qnet_client_id id;
	s32 scoid;
	u32 nd;
	s32 pid;
	s32 sid;
	bool remote;
	bool gone;			/* out of the tree */
	unsigned int conns;
	const struct cred *cred;
	struct list_head slots;		/* all */
	struct list_head slots_free;
	struct list_head connections;	/* local ones, for COIDDEATH */
	struct list_head attachments;	/* those of other nodes */
	atomic_t pulses;		/* queued by the program */
	struct qnet_pulse disconnect;
	struct rcu_head rcu;
};

/* Found by RCU; the index stays with the client, the generation is the transaction's. */
struct qnet_slot {
	struct list_head all;
	struct list_head free;
	struct qnet_client *client;	/* no reference: slots go first */
	struct qnet_message *msg;	/* under the channel's lock; referenced */
	u32 index;
	u32 generation;
	struct rcu_head rcu;
};

struct qnet_client_info {
	struct qnet_client_id id;
	u32 nd;
	s32 pid;
	s32 sid;
	bool remote;
	const struct cred *cred;
};

/*
 * Attach one connection more: the client of @info in @channel, made if need be; referenced or
 * ERR_PTR.  Any context with GFP_ATOMIC.
 */
struct qnet_client *qnet_client_attach(struct qnet_channel *channel,
				       const struct qnet_client_info *info, gfp_t gfp);
/* One connection less; takes over the reference of attach.  @conn: its entry, or NULL. */
void qnet_client_detach(struct qnet_client *client, struct list_head *conn);
struct qnet_client *qnet_client_get(struct qnet_client *client);
void qnet_client_put(struct qnet_client *client);
/* Of a server's process by its scoid: referenced or NULL. */
struct qnet_client *qnet_client_find(struct qnet_process *process, s32 scoid);
/* The server gives the scoid back; -EINVAL while the client still has connections. */
int qnet_client_release(struct qnet_process *process, s32 scoid);
/* With the channel's lock held: out of the tree; the caller puts the tree's reference after. */
void qnet_client_unlink(struct qnet_client *client);

/* A slot for a transaction; process context, no locks. */
struct qnet_slot *qnet_client_take_slot(struct qnet_client *client);
/* With the channel's lock held. */
int qnet_client_use_slot(struct qnet_slot *slot, struct qnet_message *msg);
void qnet_client_free_slot(struct qnet_slot *slot);

#endif
