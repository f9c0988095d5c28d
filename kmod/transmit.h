/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - segments on their way out: queues, frames, the one who sends
 *
 * Every frame that carries segments has a record until it is acknowledged under any of its
 * numbers.  A lost one (recovery.h) is built anew, under a new number.
 */
#ifndef _QNET_TRANSMIT_H
#define _QNET_TRANSMIT_H

#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/types.h>

#include "congestion.h"

struct qnet_link;
struct qnet_segment;

/*
 * Parameters (param.h): an acknowledgment waits for "ack_delay", or "ack_frames", where one is
 * missing "ack_frames_gap".  Small segments wait for others to share a frame while "share_frames"
 * that they might have shared are in flight: for a round trip after the last one, "share_least" to
 * "share_most", for the peer may delay its acknowledgment.  Bulk, which bytes of a reply with room
 * for "small_reply" are not, sends "bulk_always" frames in "bulk_trips" round trips while it
 * yields, or in "bulk_round".  "mtu_doubt" frames of more than the least size in vain, in a row,
 * are a reason to try it.
 */

/* Of one record that an acknowledgment may name. */
#define QNET_TRANSMIT_NUMBERS	QNET_FIXED(frame_numbers)

struct qnet_transmit_record {
	struct list_head list;		/* free, in_flight or lost */
	struct list_head segments;
	u64 numbers[QNET_TRANSMIT_NUMBERS];	/* the last one first; 0: none */
	ktime_t sent;
	u32 size;			/* bytes of the frame that went */
	u32 pushed;			/* bytes of PUSH segments that it began with */
	u32 there;			/* and of all that were in flight then */
	bool shared;			/* in flight, with room for more small segments */
	bool alone;			/* what it has says something of the way */
	u64 lost;			/* the last number that was given up, rightly or not */
};

/* All under the link's lock. */
struct qnet_transmit {
	struct rb_root_cached urgent;	/* segments by priority, those that have none first */
	struct rb_root_cached bulk;	/* bytes of requests */
	struct rb_root_cached pushes;	/* bytes of replies */
	u64 queued;			/* segments, ever: equal ones go in this order */
	struct list_head alone;		/* each in a frame of its own, however large */
	struct list_head given_up;	/* of those, and not to be sent again */
	struct list_head free;		/* records; made as they are wanted */
	struct list_head in_flight;	/* by number */
	struct list_head lost;		/* to be sent again first */
	u64 next;			/* packet number */
	u64 again;			/* the last one of a frame that had another one before */
	u64 acked;			/* largest that the peer acknowledged */
	u32 acked_bits;
	bool draining;			/* somebody takes numbers and sends */
	bool probing;			/* the next lost frame goes, window or not */
	ktime_t last_sent;		/* of a frame with a record */
	ktime_t round;			/* the end of that which bulk that yields is in */
	u32 round_frames;		/* of bulk in it */
	ktime_t armed;			/* when the timer runs; 0: it does not */
	struct hrtimer timer;
	struct tasklet_struct resume;	/* what waited for the device goes on */
	struct qnet_congestion cc;
	struct qnet_bulk push;		/* what of replies may be in flight ... */
	u32 pushed;			/* ... or lost, and is */
	u32 used;			/* records in flight or lost, but for those of .alone */
	u32 vain;			/* frames of more than the least size lost ... */
	u32 vain_size;			/* ... of so many bytes or more, and none arrived since */
	u32 shared;			/* records with that set */
};

/* Bytes of a reply that always may go, for the window may be less. */
static inline u32 qnet_transmit_push_least(const struct qnet_transmit *tx)
{
	return qnet_param(tx->cc.params, bulk_always) * tx->cc.frame;
}

void qnet_transmit_setup(struct qnet_link *link);

bool qnet_transmit_queue(struct qnet_link *link, struct qnet_segment *seg);
/* In a frame of its own, of any size.  The link's lock held; somebody sends afterwards. */
void qnet_transmit_queue_alone(struct qnet_link *link, struct qnet_segment *seg);
void qnet_transmit_forget(struct qnet_link *link, const void *owner);

/* Send what may be sent.  No locks held. */
void qnet_transmit_drain(struct qnet_link *link);

/*
 * Be the one who sends, so that what is queued meanwhile waits for qnet_transmit_run(); false if
 * another one is.  The link's lock held / not held, bottom halves off.
 */
bool qnet_transmit_claim(struct qnet_link *link);
void qnet_transmit_run(struct qnet_link *link);

/* done() for each of @list.  Bottom halves off since they were taken from the link. */
void qnet_transmit_give_back(struct list_head *list, int err);

/* A frame that wants an acknowledgment was taken.  The link's lock held. */
void qnet_transmit_owe(struct qnet_link *link, ktime_t now);

/* @record is another frame's, whose it may be: it is in no list but a link's.  Its lock held. */
void qnet_transmit_record_free(struct qnet_transmit *tx, struct qnet_transmit_record *record);

/* One frame that says BYE, with no record.  Any context. */
void qnet_transmit_bye(struct qnet_link *link);

/* The link is dead: stop timers and the tasklet, give everything back.  Process context. */
void qnet_transmit_stop(struct qnet_link *link);
/* The last reference is gone. */
void qnet_transmit_free(struct qnet_link *link);

#endif
