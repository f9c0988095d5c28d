/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what one network namespace owns
 */
#ifndef _QNET_NET_H
#define _QNET_NET_H

#include <linux/atomic.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "pace.h"
#include "param.h"
#include "stats.h"
#include "wire.h"

struct pid_namespace;

/* Module parameter numbers_left: for tests; 0 as a rule. */
extern unsigned int qnet_net_left;

/* Where what is numbered up to @last begins: at @usual, or so near to the end as tests want it. */
static inline u32 qnet_net_first(u32 usual, u32 last)
{
	return qnet_net_left ? last - min(qnet_net_left, last) + 1 : usual;
}

#define QNET_LINK_HASH_BITS	8

/*
 * Lifetime and locking: made by pernet init, gone with the namespace after every process, node
 * and bearer of it.  Its members are those of the files named; each says how it is locked.
 */
struct qnet_net {
	struct net *net;
	u64 incarnation;		/* random, constant; this node's in HELLO */

	/* process.c, under process_lock */
	spinlock_t process_lock;
	struct hlist_head processes[256];
	/* while there are processes: of the first one; read by qnet_process_find() under RCU */
	struct pid_namespace *pid_ns;
	unsigned int process_count;

	/* service.c, attachment.c: of all links, capped */
	atomic_t services;
	atomic_t attachments;
	atomic_t eager_bytes;		/* that came unasked, or may */
	struct qnet_pace pace;

	/* name.c, under name_lock */
	spinlock_t name_lock;
	struct hlist_head names[64];

	/* node.c; config_lock for changes, RCU for readers */
	struct mutex config_lock;	/* serialises configuration: nodes and bearers */
	struct list_head nodes;
	struct xarray node_by_nd;
	u32 next_nd;
	u32 node_count;			/* learnt ones */
	char name[QNET_WIRE_NAME_SIZE];	/* this node's; written under config_lock and node_lock */
	spinlock_t node_lock;		/* for readers of name */
	u32 dead_after;			/* milliseconds; set by netlink.c, read anywhere */
	u32 eager;			/* longest message sent unasked, bytes; read anywhere */

	/* link.c, under link_lock, readers RCU */
	spinlock_t link_lock;
	DECLARE_HASHTABLE(links, QNET_LINK_HASH_BITS);

	/* bearer.c, under config_lock, readers RCU */
	struct list_head bearers;

	/* hello.c; the queue has its lock */
	struct sk_buff_head hello_queue;
	struct work_struct hello_work;
	struct delayed_work hello_tick;
	bool hello_closed;		/* under config_lock: nothing begins any more */

	struct qnet_params params;	/* read anywhere; written by netlink.c */
	struct qnet_stats __percpu *stats;
};

extern unsigned int qnet_net_id;

static inline struct qnet_net *qnet_net(const struct net *net)
{
	return net_generic(net, qnet_net_id);
}

int qnet_net_init(void);
void qnet_net_exit(void);

#endif
