/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - bytes that this node asks of others at a time
 *
 * Many clients that send at once would meet in the last queue of the network before this node.
 * Requests of more than the eager bytes come when they are pulled, so this end decides: what all
 * servers of a namespace have asked for and not received yet fits that queue.  Only while one peer
 * alone is asked this follows what comes: more, or, beside small messages, less; and where it is
 * more that peer may send as much unasked.
 */
#ifndef _QNET_PACE_H
#define _QNET_PACE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "congestion.h"

struct qnet_link;
struct qnet_params;

/*
 * Parameters: "pull" bytes are asked for at a time, which a switch's queue of 64 full frames holds,
 * and some frames of others; of one peer "pull_least" to "pull_peer"; in so many turns.  Who was
 * asked may never answer (a dead client, a cut wire, a peer that means no good): when no turn began
 * or ended for "pull_patience", all that is out counts no more.  After "pull_idle" without a turn
 * nobody knows what the way holds.
 */
struct qnet_pace {
	const struct qnet_params *params;
	spinlock_t lock;		/* of all that follow */
	u32 asked;			/* bytes */
	struct qnet_bulk bulk;
	u32 losses;			/* that the window was halved for */
	const struct qnet_link *peer;	/* asked last; compared only */
	u32 era;			/* what was asked for in an earlier one is not in .asked */
	unsigned long moved;		/* jiffies: a turn began or ended last */
	struct list_head waiting;	/* by priority, then by time; no room for the first */
};

/* What one server may ask for. */
struct qnet_pace_turn {
	u32 len;			/* bytes; 0: none */
	u32 there;			/* asked for and still to come when it began, with these */
	u32 era;
	u32 gaps;			/* of the link when it began */
	u32 losses;
};

void qnet_pace_init(struct qnet_pace *pace, const struct qnet_params *params);

/*
 * Waits for a turn of at most @len bytes of the peer of @link; none: there is a signal.  Process
 * context.  It is given back when they came, or the server waits for them no more.
 */
struct qnet_pace_turn qnet_pace_take(struct qnet_pace *pace, const struct qnet_link *link, u32 len,
				     u8 priority);
/* The same at once or not at all, for who has a turn already. */
struct qnet_pace_turn qnet_pace_more(struct qnet_pace *pace, const struct qnet_link *link, u32 len);
/*
 * A turn of what comes from the peer of @link anyway, room or not.  Who says that bytes will come
 * moves nothing by that.
 */
struct qnet_pace_turn qnet_pace_unasked(struct qnet_pace *pace, const struct qnet_link *link,
					u32 len);
/* Bytes that the peer of @link may send unasked: what it is asked for at a time. */
u32 qnet_pace_grant(struct qnet_pace *pace, const struct qnet_link *link);
/* @came: all of them did. */
void qnet_pace_give(struct qnet_pace *pace, struct qnet_link *link, struct qnet_pace_turn turn,
		    bool came);

#endif
