/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames of ours that a device has and did not send yet
 *
 * What is in a device's queue is in no order any more: so it is short, and the rest stays with its
 * link, by priority.  A device that is so fast that it runs out before it is given more may have
 * more, as long as no small message comes and goes.  Links that have frames in one device share
 * what it may have of them evenly, and one that has none there may always send one: below a bridge
 * or a macvlan there are many queues, and one of them that stands does not stop who uses another.
 *
 * Devices that let go of a frame before it is on the wire are not slowed down by this; there it is
 * the pull that keeps queues short (pace.h).
 */
#ifndef _QNET_BACKLOG_H
#define _QNET_BACKLOG_H

#include <linux/types.h>

struct qnet_backlog;
struct qnet_bearer;
struct qnet_link;
struct sk_buff;

/* For @link, or NULL.  May outlive it: frames in a device hold references, too. */
struct qnet_backlog *qnet_backlog_new(struct qnet_link *link, struct qnet_bearer *bearer);
void qnet_backlog_put(struct qnet_backlog *backlog);
/* The link is not to be told any more. */
void qnet_backlog_leave(struct qnet_backlog *backlog);

/* @skb goes to the device now.  Any context. */
void qnet_backlog_charge(struct qnet_backlog *backlog, struct sk_buff *skb);
/* @count frames from @skb on are joined (gso.h): the first counts for all. */
void qnet_backlog_join(struct sk_buff **skb, unsigned int count);
/* Those of @list count for themselves again, and no more for @first, if that still counts. */
void qnet_backlog_split(struct sk_buff *first, struct sk_buff *list);
/*
 * May @link send one more?  Of @bulk there are fewer, so that what is urgent need not wait.  False:
 * its tasklet runs when it may.  The link's lock held.
 */
bool qnet_backlog_room(struct qnet_link *link, bool bulk);

/* There is no bulk that waits for room, or none any more.  The link's lock held. */
void qnet_backlog_no_bulk(struct qnet_link *link);

/* Exit waits until devices have no frame of ours. */
int qnet_backlog_init(void);
void qnet_backlog_exit(void);

#endif
