/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames of ours that a device has and did not send yet
 *
 * What is in a device's queue is in no order any more: so it is short, and the rest stays with
 * its link, by priority.  Devices that let go of a frame before it is on the wire are not slowed
 * down by this; there it is the pull that keeps queues short (pace.h).
 */
#ifndef _QNET_BACKLOG_H
#define _QNET_BACKLOG_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct qnet_bearer;
struct qnet_link;
struct sk_buff;

/*
 * Part of a bearer, which each frame has a reference on.  .waiting has links that found no room,
 * under .lock, which is inside a link's; a link leaves it when it is told, or before it dies.
 */
struct qnet_backlog {
	atomic_t frames;
	int low;		/* so few that links are told; set by who waits, read anywhere */
	spinlock_t lock;
	struct list_head waiting;
};

void qnet_backlog_setup(struct qnet_backlog *backlog);

/* @skb goes to @bearer's device now.  Any context. */
void qnet_backlog_charge(struct qnet_bearer *bearer, struct sk_buff *skb);

/* May @link send one more?  False: it is told when it may.  The link's lock held. */
bool qnet_backlog_room(struct qnet_link *link);
/* @link is not to be told any more. */
void qnet_backlog_leave(struct qnet_link *link);

/* Exit waits until devices have no frame of ours. */
int qnet_backlog_init(void);
void qnet_backlog_exit(void);

#endif
