/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - nodes: names, this node's numbers for them, and their one link
 *
 * A node is pinned by hand (static) or learnt from its HELLO.  Until this node has a name of its
 * own it neither announces itself nor answers, so it has no links.
 */
#ifndef _QNET_NODE_H
#define _QNET_NODE_H

#include <linux/if_ether.h>
#include <linux/list.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "wire.h"

struct netlink_ext_ack;
struct qnet_bearer;
struct qnet_link;
struct qnet_net;

#define QNET_NODE_DEAD_AFTER_DEFAULT 1000	/* milliseconds */
#define QNET_NODE_DEAD_AFTER_MIN 50
#define QNET_NODE_DEAD_AFTER_MAX 60000

/*
 * Lifetime and locking: the namespace's list holds one reference from add or learn to del, each
 * link one, each user of qnet_node_get_nd() one; freed by RCU.  Found in qn->nodes by name and in
 * qn->node_by_nd by number, both changed under config_lock and read under RCU.  nd, name and qn
 * are constant; the rest changes under config_lock.  .link is the link that is up, .bearer the
 * way to the node: read under RCU.
 */
struct qnet_node {
	struct list_head list;
	struct qnet_net *qn;
	refcount_t refs;
	struct rcu_head rcu;
	u32 nd;
	char name[QNET_WIRE_NAME_SIZE];

	bool is_static;
	u8 lladdr[ETH_ALEN];
	int ifindex;			/* of the bearer wanted */
	struct qnet_bearer __rcu *bearer;	/* referenced; NULL: not there now */
	struct qnet_link __rcu *link;
	struct qnet_link *opening;	/* of a handshake that is under way */
	u64 incarnation;		/* of the last link; 0: never had one */
	unsigned long seen;		/* jiffies of the last HELLO */

	/* hello.c */
	u64 expected;			/* incarnation last announced; 0: any */
	u64 cookie;			/* 0: none out */
	unsigned long cookie_until;	/* jiffies */
	unsigned long next_init;	/* jiffies */
	unsigned int inits;		/* sent in a row without success */
	u64 echo;			/* cookie to send back with the next INIT */
	struct ratelimit_state answers;
};

/* What netlink shows of a node; nd 0 is this node itself. */
struct qnet_node_status {
	u32 nd;
	char name[QNET_WIRE_NAME_SIZE];
	u8 lladdr[ETH_ALEN];	/* not of nd 0 */
	int ifindex;		/* 0: none */
	u32 state;		/* enum qnet_node_state */
	bool is_static;
	u64 incarnation;
	u32 rtt;		/* microseconds; 0: not measured */
	u32 mtu;		/* bytes of a frame without its Ethernet header; 0: no link */
	u32 dead_after;		/* milliseconds */
	u32 eager;		/* bytes */
	u64 up_for;		/* nanoseconds since the link came up; 0: no link */
};

/* Told of every node that comes, goes or changes state; process context, config_lock held. */
struct qnet_node_watch {
	void (*changed)(struct qnet_net *qn, const struct qnet_node_status *status, bool removed);
};

/* Set once, before any node exists; NULL: nobody listens. */
extern const struct qnet_node_watch *qnet_node_watcher;

/* nd of the node called @name, 0 for this node's own name, -ENOENT.  Any context. */
int qnet_node_lookup(struct qnet_net *qn, const char *name);

/* Referenced or NULL; nd 0 has no struct and gives NULL.  Any context. */
struct qnet_node *qnet_node_get_nd(struct qnet_net *qn, u32 nd);
struct qnet_node *qnet_node_get(struct qnet_node *node);
void qnet_node_put(struct qnet_node *node);
u32 qnet_node_nd(const struct qnet_node *node);
const char *qnet_node_name(const struct qnet_node *node);

/* This node's own name, empty until set. */
void qnet_node_own_name(struct qnet_net *qn, char name[QNET_WIRE_NAME_SIZE]);

/* Configuration; process context, takes config_lock.  @ifindex names a bearer of this namespace. */
int qnet_node_add(struct qnet_net *qn, const char *name, const u8 *lladdr, int ifindex,
		  struct netlink_ext_ack *extack);
int qnet_node_del(struct qnet_net *qn, u32 nd, struct netlink_ext_ack *extack);
int qnet_node_set_name(struct qnet_net *qn, const char *name, struct netlink_ext_ack *extack);

/* Status of the first node from number @nd on; -ENOENT past the last.  Process context. */
int qnet_node_status(struct qnet_net *qn, u32 nd, struct qnet_node_status *status);

/* For hello.c and bearer.c; config_lock held. */
struct qnet_node *qnet_node_find(struct qnet_net *qn, const char *name);
struct qnet_node *qnet_node_learn(struct qnet_net *qn, const char *name);
void qnet_node_move(struct qnet_node *node, struct qnet_bearer *bearer, const u8 *lladdr);
void qnet_node_changed(const struct qnet_node *node);

/* Sessions over @bearer end, with a BYE where that still gets through. */
void qnet_node_bearer_gone(struct qnet_net *qn, struct qnet_bearer *bearer, int err);
/* It carries more, or less: links whose frames are too long for it end, the others follow. */
void qnet_node_bearer_mtu(struct qnet_net *qn, struct qnet_bearer *bearer);
/* No node refers to @bearer any more / all that did refer to @by. */
void qnet_node_bearer_forget(struct qnet_net *qn, struct qnet_bearer *bearer);
void qnet_node_bearer_replace(struct qnet_net *qn, struct qnet_bearer *bearer,
			      struct qnet_bearer *by);
/* The link that is up over any path to @node, or NULL. */
struct qnet_link *qnet_node_link(const struct qnet_node *node);
struct qnet_bearer *qnet_node_bearer(const struct qnet_node *node);

void qnet_node_net_init(struct qnet_net *qn);
void qnet_node_net_exit(struct qnet_net *qn);

#endif
