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
/* What is asked for in a turn; who is alone has as many as fit. */
#define QNET_PACE_SHARE		(16U << 10)
/*
 * Who was asked may never answer (a dead client, a cut wire, a peer that means no good): when no
 * turn began or ended for so long, all that is out counts no more.
 */
#define QNET_PACE_PATIENCE	msecs_to_jiffies(20)

struct qnet_pace {
	spinlock_t lock;		/* of all that follow */
	u32 asked;			/* bytes */
	u32 era;			/* what was asked for in an earlier one is not in .asked */
	unsigned long moved;		/* jiffies: a turn began or ended last */
	struct list_head waiting;	/* by priority, then by time; no room for the first */
};

/* What one server may ask for. */
struct qnet_pace_turn {
	u32 len;			/* bytes; 0: none */
	u32 era;
};

void qnet_pace_init(struct qnet_pace *pace);

/*
 * Waits for a turn of at most @len bytes; none: there is a signal.  Process context.  It is given
 * back when they came, or the server waits for them no more.
 */
struct qnet_pace_turn qnet_pace_take(struct qnet_pace *pace, u32 len, u8 priority);
/* The same at once or not at all, for who has a turn already. */
struct qnet_pace_turn qnet_pace_more(struct qnet_pace *pace, u32 len);
void qnet_pace_give(struct qnet_pace *pace, struct qnet_pace_turn turn);

#endif
