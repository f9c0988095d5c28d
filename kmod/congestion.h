/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - round trip time, how long to wait, how much may be in flight
 *
 * RFC 9002's window and recovery, in bytes.  Pure: no locks, time comes from the caller.
 */
#ifndef _QNET_CONGESTION_H
#define _QNET_CONGESTION_H

#include <linux/types.h>

#include "param.h"

/*
 * Parameters (param.h): frames of the window at first, at least and at most; probes in a row
 * without an answer that mean more than a lost frame; the first probe of a new link, and bounds of
 * any; later numbers acknowledged that make a frame lost, at least, and when it turned out too few;
 * how long frames wait in a queue that is one, or which part of the least round trip; the part of
 * the window that a wire without a queue may lose, and that the window loses for it; by how much
 * bulk that yields may make round trips longer, or by which part.
 */

/*
 * Round trips measured that the least is one of, or twice so many; in as many without a frame that
 * was overtaken the reordering learnt decays by one.
 */
#define QNET_CONGESTION_SAMPLES		QNET_FIXED(rtt_samples)
/* A queue that stands shows in the least of so many, or twice as many; one late frame does not. */
#define QNET_CONGESTION_RECENT		QNET_FIXED(rtt_recent)
/* The last samples of each period, before which bulk that yields makes room: it may never pause. */
#define QNET_CONGESTION_EMPTY		QNET_FIXED(rtt_room)

struct qnet_congestion {
	const struct qnet_params *params;
	/* changes under the caller's lock, read by qnet_congestion_rtt() without */
	u32 srtt8;		/* smoothed round trip, microseconds * 8; 0: none measured */
	u32 rttvar4;		/* its mean deviation, microseconds * 4 */
	u32 least;		/* of the last round trips */
	u32 least_next;		/* of those since .samples was 0 */
	u32 samples;
	u32 recent;		/* least of the last few, ... */
	u32 recent_before;	/* ... and of as many before */
	u32 backoff;		/* probes in a row that nothing answered */
	u32 chance;		/* a random number, new with each of them */
	u32 frame;		/* bytes of a full one */
	u32 window;		/* bytes that may be in flight */
	u32 threshold;		/* where slow start ends */
	u32 in_flight;		/* bytes */
	u32 credit;		/* bytes acknowledged that the window did not grow by yet */
	u64 recovery;		/* losses up to this number are of the same event */
	u32 before;		/* the window before it */
	u32 lost;		/* bytes of it */
	u32 reorder;		/* later numbers acknowledged that make a frame lost */
	u32 patience;		/* the same for time: eighths of a round trip more */
	bool overtaken;		/* since .samples was 0 */
};

/* Of full frames of @frame bytes; @params outlive it. */
void qnet_congestion_init(struct qnet_congestion *cc, const struct qnet_params *params, u32 frame);
/* A full frame is of @frame bytes now. */
void qnet_congestion_frame(struct qnet_congestion *cc, u32 frame);

void qnet_congestion_sample(struct qnet_congestion *cc, u32 usecs);
u32 qnet_congestion_rtt(const struct qnet_congestion *cc);

/*
 * Microseconds after the last frame sent until a probe, for a peer that delays its acks so; in vain
 * they are twice as long each time, up to @most, and up to half of that shorter by chance.
 */
u32 qnet_congestion_probe_delay(const struct qnet_congestion *cc, u32 ack_delay, u32 most);

/* Microseconds after which a frame is lost once a later one was acknowledged. */
u32 qnet_congestion_loss_delay(const struct qnet_congestion *cc);

/* May a frame of @size go? Something always may when nothing is in flight. */
bool qnet_congestion_open(const struct qnet_congestion *cc, u32 size);

/* Is it the window that keeps more from being sent?  Before the first of what one frame acks. */
bool qnet_congestion_used(const struct qnet_congestion *cc);

/*
 * A frame of @size goes; was acknowledged; is lost, and @last went last (true: the first of those
 * that count as one loss); is nobody's any more.
 */
void qnet_congestion_sent(struct qnet_congestion *cc, u32 size);
void qnet_congestion_acked(struct qnet_congestion *cc, u32 size, u64 number, bool used);
bool qnet_congestion_lost(struct qnet_congestion *cc, u32 size, u64 number, u64 last);
void qnet_congestion_forgotten(struct qnet_congestion *cc, u32 size);

/* Frames are lost, and no probe was answered for long before: begin anew. */
void qnet_congestion_persistent(struct qnet_congestion *cc);

/* Do frames wait on the way, on average?  Yes, while that is not known. */
bool qnet_congestion_queued(const struct qnet_congestion *cc);
/*
 * How many bytes of bulk may be on the way, where @bytes are?  More, as many, or, if it @yields to
 * small frames, less: as round trips tell, which bulk makes longer.
 */
u32 qnet_congestion_fit(const struct qnet_congestion *cc, u32 bytes, bool yields);

/*
 * Bytes of bulk that may be on their way: more each time they came, as long as round trips allow.
 * Those that are pulled are the receiver's affair, those that are pushed the sender's.
 */
struct qnet_bulk {
	const struct qnet_params *params;
	u32 window;
	u32 threshold;		/* up to it the window doubles, above it grows by "bulk_grows" */
	u32 stale;		/* that may still come of what the window was before it shrank */
};

/* @params outlive it. */
void qnet_bulk_init(struct qnet_bulk *bulk, const struct qnet_params *params, u32 window);
/* What the window should be, where @there bytes were on the way; itself: it is as it should be. */
u32 qnet_bulk_fit(const struct qnet_bulk *bulk, const struct qnet_congestion *cc, u32 there,
		  bool yields);
/* @len came, and @fit would be good; but no less than @least, no more than @most. */
void qnet_bulk_came(struct qnet_bulk *bulk, u32 len, u32 fit, u32 least, u32 most);
/* Some of it is lost. */
void qnet_bulk_lost(struct qnet_bulk *bulk, u32 least);

/* A frame that was called lost had only been overtaken, by @distance numbers. */
void qnet_congestion_spurious(struct qnet_congestion *cc, u64 distance);

#endif
