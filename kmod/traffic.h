/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the transactions of one link
 */
#ifndef _QNET_TRAFFIC_H
#define _QNET_TRAFFIC_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "link.h"
#include "param.h"

struct qnet_chunk;
struct qnet_message;
struct qnet_net;

/*
 * Request bytes that come unasked (protocol.rst section 5): the first ones, or all of a message
 * that is not longer than a limit, at most .._MAX, or what the last pull allowed.  Those of
 * requests that wait are at most "eager_room" (param.h) in a network namespace, of which a peer
 * gets no more than it leaves free; beyond that what comes is forgotten, and pulled when it is
 * wanted, as when none came for "eager_wait".  Of pieces whose setup is still to come there are
 * "eager_early".
 */
#define QNET_TRAFFIC_EAGER_MAX	(64U << 10)
/* Pieces of them that wait: more than any honest peer cuts. */
#define QNET_TRAFFIC_EAGER_PIECES QNET_FIXED(eager_pieces)
/* Bytes that a pull may ask for more at a time. */
#define QNET_TRAFFIC_PULL	QNET_FIXED(pull_ahead)
/* Pushes that may wait for the client's thread. */
#define QNET_TRAFFIC_CREDIT	QNET_FIXED(pushes)
/* Pieces of a pull that wait: more than any honest peer cuts. */
#define QNET_TRAFFIC_PIECES	QNET_FIXED(pull_pieces)
/* How often a node is told of pulses of one connection that a program has received. */
#define QNET_TRAFFIC_TOLD	QNET_FIXED(pulses_told)

/* A round of requests that all met BUSY again doubles the wait for the next, so many times. */
#define QNET_TRAFFIC_BUSY_LONGER QNET_FIXED(busy_doublings)

/* Requests of which bytes were dropped last, and more may come; a power of two. */
#define QNET_TRAFFIC_DROPPED	QNET_FIXED(eager_forgotten)

/*
 * Lifetime and locking: the link's private part, made before it comes up, freed with it. The
 * arrays have locks of their own, bottom halves off; an entry holds a reference on what it points
 * at, taken under that lock by who looks it up. .lock covers the lists and the counts.
 */
struct qnet_traffic {
	struct qnet_link *link;		/* no reference: it owns us */
	struct qnet_net *qn;
	bool down;			/* under lock */

	/* remote.c: what this node's clients ask */
	struct xarray calls;		/* xid -> message; a value: abandoned attach */
	u32 next_xid;
	u32 last_xid;			/* a place kept; under calls' lock */
	struct xarray conns;		/* number -> connection */
	u32 next_conn;
	struct rb_root_cached busy;	/* messages to send again, by priority and .busy_seq */
	u64 busy_seq;			/* of the one that came last */
	u32 busy_sent;			/* of them in the last round */
	u32 busy_refused;		/* since */
	u8 busy_longer;			/* the next round waits twice as long, so many times */
	struct delayed_work busy_work;
	u32 granted;			/* bytes of long requests that may go unasked ... */
	unsigned long granted_until;	/* ... up to that time, jiffies; both under lock */

	/* service.c: what the peer's clients ask */
	struct xarray services;		/* xid -> message, or tagged tomb */
	struct xarray attachments;	/* index of a handle -> attachment */
	u32 next_attachment;
	u32 service_count;
	u32 attachment_count;
	struct list_head early;		/* chunks, .seq: xid; this and the next: reception only */
	u32 early_count;
	atomic_t eager_bytes;		/* that came unasked, or may; of the namespace's */
	u32 given;			/* bytes that the peer may send unasked; no lock */
	u32 dropped[QNET_TRAFFIC_DROPPED]; /* xids, by their low bits */
	struct list_head tombs;		/* acknowledged, oldest first */
	atomic_t tomb_count;		/* those and others */
	atomic_t small_count;		/* small segments on the link, but for bytes of replies */

	spinlock_t lock;		/* of .down, .busy, the lists, service_count */
};

/* A segment with memory of its own, that of its payload included; freed by its done(). */
struct qnet_small_segment {
	struct qnet_segment seg;
	struct qnet_traffic *traffic;
	u8 data[];
};

extern const struct qnet_segment_ops qnet_traffic_small_ops;
extern const struct qnet_link_ops qnet_traffic_ops;

struct qnet_small_segment *qnet_traffic_small(struct qnet_traffic *traffic,
					      const struct qnet_segment_info *info, u32 len,
					      gfp_t gfp);
void qnet_traffic_free_small(struct qnet_small_segment *small);
/* False when the link is dead. Any locks but the link's. */
bool qnet_traffic_queue_small(struct qnet_traffic *traffic, struct qnet_small_segment *small);
/* The same of an info without payload; -ENOMEM. */
int qnet_traffic_send(struct qnet_traffic *traffic, const struct qnet_segment_info *info,
		      gfp_t gfp);

/* The payload of @seg, with its offset; NULL: no memory. */
struct qnet_chunk *qnet_traffic_chunk(struct qnet_net *qn, const struct qnet_segment_info *seg,
				      const struct qnet_payload *payload, bool soon);
/* How long a request that met BUSY waits, in jiffies. */
unsigned long qnet_traffic_busy(const struct qnet_net *qn);
/* Would @msg, which is new, overtake one that waits?  Then it waits, too. */
bool qnet_traffic_busy_behind(struct qnet_traffic *traffic, const struct qnet_message *msg);
/* It waits to be sent, or sent again. */
void qnet_traffic_busy_wait(struct qnet_traffic *traffic, struct qnet_message *msg);
/* It waits no more: did it?  The traffic's lock held. */
bool qnet_traffic_busy_del(struct qnet_traffic *traffic, struct qnet_message *msg);
/* The peer takes @len bytes of long requests unasked, for a while. */
void qnet_traffic_granted(struct qnet_traffic *traffic, u32 len);
/* So many bytes of a request of @len go unasked, and are of those no more. */
u32 qnet_traffic_grant(struct qnet_traffic *traffic, u32 len);
/* The message of an xid in @array: referenced or NULL. */
struct qnet_message *qnet_traffic_message(struct xarray *array, u32 xid);
/* More waits to be acknowledged by the peer, or to be forgotten, than an honest one makes. */
bool qnet_traffic_full(struct qnet_traffic *traffic);
/*
 * Keep @chunk in order of offset, all below @end; false: it is empty, or overlaps another.
 */
bool qnet_traffic_sort_offset(struct list_head *list, struct qnet_chunk *chunk, u32 end);

#endif
