/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - one session with one incarnation of one other node
 *
 * The layer above hands over segments and gets every one back by its done() exactly once; the
 * link gets each to the other side at least once, in any order, for as long as it lives.  It
 * knows no message.
 */
#ifndef _QNET_LINK_H
#define _QNET_LINK_H

#include <linux/list.h>
#include <linux/types.h>

#include "entry.h"
#include "wire.h"

struct qnet_bulk;
struct qnet_link;
struct qnet_net;
struct qnet_node;
struct qnet_segment;
struct sk_buff;

/*
 * @fill:	copy .info.payload_len bytes of payload to @to.  Called with the link's lock held,
 *		bottom halves off: takes no lock, does not sleep.  False: the content is not needed
 *		any more, the segment is dropped and counts as acknowledged.  NULL: no payload.
 * @done:	the segment is acknowledged (@err 0), was dropped by fill() or forgotten
 *		(-ECANCELED), or the link died (-EHOSTDOWN, or -EHOSTUNREACH when its bearer
 *		was removed).
 *		Called without locks of the link, bottom halves may be off;
 *		the segment is the owner's again.
 */
struct qnet_segment_ops {
	bool (*fill)(struct qnet_segment *seg, void *to);
	void (*done)(struct qnet_segment *seg, int err);
};

/*
 * A segment on its way out.  Belongs to the link from qnet_link_queue() until done(); its info
 * and ops do not change meanwhile.  Part of one frame: at most qnet_link_room() bytes.
 */
struct qnet_segment {
	struct qnet_entry entry;	/* while it waits to be sent; under the link's lock */
	struct list_head list;		/* from then on; as well */
	u8 priority;			/* of DATA and PUSH, among these */
	const struct qnet_segment_ops *ops;
	const void *owner;		/* qnet_link_forget() finds segments by it */
	struct qnet_segment_info info;
};

/*
 * The table the layer above gives to the link (one per module, set before any link exists).
 *
 * @up:		a link is about to come up: make .private.  Process context, config_lock held, as
 *		for @down; an error refuses it.
 * @segment:	a segment came in.  Bottom halves off, frames of one link one at a time.  -EAGAIN
 *		or -ENOMEM: it could not be taken; the frame counts as never received and the peer
 *		sends it again.  Anything may come twice, late, or after its transaction's end.
 *		What it queues on this link is sent when it returns, with or without a kick.
 * @down:	the link is dead, nothing more comes up; process context, once per link that was up.
 *		Every queued segment has been given back by then.
 * @release:	the last reference went: free .private.  Any context; only after a good up().
 */
struct qnet_payload {
	const void *data;	/* NULL: not in one piece; of DATA and PUSH only */
	struct sk_buff *skb;	/* it is part of this ... */
	u32 offset;		/* ... and begins there */
};

struct qnet_link_ops {
	int (*up)(struct qnet_link *link);
	int (*segment)(struct qnet_link *link, const struct qnet_segment_info *seg,
		       const struct qnet_payload *payload);
	void (*down)(struct qnet_link *link);
	void (*release)(struct qnet_link *link);
};

extern const struct qnet_link_ops *qnet_link_upper;

/* Referenced link to a node that is up, or an ERR_PTR: -EHOSTUNREACH (no path), -EHOSTDOWN. */
struct qnet_link *qnet_link_find(struct qnet_node *node);
struct qnet_link *qnet_link_get(struct qnet_link *link);
void qnet_link_put(struct qnet_link *link);

/*
 * Queue @seg (bytes of messages go last, these and SENDs by priority) / send what may be sent.  Any
 * context; the queue call may come with message or channel locks held, the kick may not.  False:
 * the link is dead, the segment stays the caller's and done() is not called.
 */
bool qnet_link_queue(struct qnet_link *link, struct qnet_segment *seg);
void qnet_link_kick(struct qnet_link *link);

/*
 * Give back every segment of @owner now; done() gets -ECANCELED.  None is filled after.  One that
 * was taken off the link a moment ago (acknowledged, dead) may have its done() on another CPU
 * still to come or running: done() comes once in any case, so it is what releases the owner.
 */
void qnet_link_forget(struct qnet_link *link, const void *owner);

/* Bytes of one segment, its header included, that fit a frame now. */
u32 qnet_link_room(const struct qnet_link *link);
bool qnet_link_dead(const struct qnet_link *link);
/* 0 while it lives; -EHOSTDOWN, or -EHOSTUNREACH when its bearer was removed. */
int qnet_link_error(const struct qnet_link *link);
/* How often a frame was missing before the one that came; those overtaken count, too. */
u32 qnet_link_gaps(const struct qnet_link *link);
/* Of a frame and its acknowledgment, in microseconds; 0: not known yet. */
u32 qnet_link_rtt(const struct qnet_link *link);
/* qnet_bulk_fit(), by the link's round trips. */
u32 qnet_link_fit(struct qnet_link *link, const struct qnet_bulk *bulk, u32 there);
struct qnet_node *qnet_link_node(const struct qnet_link *link);
struct qnet_net *qnet_link_net(const struct qnet_link *link);
/*
 * True once no frame sent by the peer before this call's @mark can be taken any more: the receive
 * window has passed it.  qnet_link_mark() is the largest number seen so far; in done() that of
 * the frame with the acknowledgment counts, too.
 */
u64 qnet_link_mark(const struct qnet_link *link);
bool qnet_link_passed(const struct qnet_link *link, u64 mark);

/* What the layer above keeps with the link: set in its up(), freed in its release(). */
void qnet_link_set_private(struct qnet_link *link, void *private);
void *qnet_link_private(const struct qnet_link *link);

int qnet_link_init(void);
void qnet_link_exit(void);
void qnet_link_net_init(struct qnet_net *qn);
void qnet_link_net_exit(struct qnet_net *qn);

#endif
