/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - bytes that this node asks of others at a time
 *
 * Many clients that send at once would meet in the last queue of the network before this node.
 * Requests of more than the eager bytes come when they are pulled, so this end decides: what all
 * servers of a namespace have asked for and not received yet fits that queue.
 */
#ifndef _QNET_PACE_H
#define _QNET_PACE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Asked for at a time; a switch's queue of 64 full frames holds it, and some frames of others. */
#define QNET_PACE_WINDOW	(64U << 10)
/* What one may ask for when others wait. */
#define QNET_PACE_SHARE		(16U << 10)
/*
 * Who asked may never get it (a dead client, a cut wire): others do not wait longer than this, and
 * ask for little then.
 */
#define QNET_PACE_PATIENCE	msecs_to_jiffies(20)
#define QNET_PACE_LITTLE	4096U

struct qnet_pace {
	spinlock_t lock;		/* of all that follow */
	u32 asked;			/* bytes */
	struct list_head waiting;	/* by priority, then by time */
};

void qnet_pace_init(struct qnet_pace *pace);

/*
 * How many of @len bytes may be asked for now: waits for its turn; 0: there is a signal.  They are
 * given back when they came, or never will.
 */
u32 qnet_pace_take(struct qnet_pace *pace, u32 len, u8 priority);
void qnet_pace_give(struct qnet_pace *pace, u32 len);

#endif
