/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - round trip time, how long to wait, how much may be in flight
 *
 * The window is fixed as yet.  Pure: no locks, time comes from the caller.
 */
#ifndef _QNET_CONGESTION_H
#define _QNET_CONGESTION_H

#include <linux/types.h>

#define QNET_CONGESTION_WINDOW	64	/* frames that want an acknowledgment */

/* Microseconds: the first probe of a new link, and bounds of any. */
#define QNET_CONGESTION_RTT_FIRST	10000
#define QNET_CONGESTION_PROBE_MIN	3000
#define QNET_CONGESTION_PROBE_MAX	250000
#define QNET_CONGESTION_LOSS_MIN	1000
#define QNET_CONGESTION_VARIANCE_MIN	2000	/* timers of the peer are late, too */

struct qnet_congestion {
	u32 srtt8;		/* smoothed round trip, microseconds * 8; 0: none measured */
	u32 rttvar4;		/* its mean deviation, microseconds * 4 */
	u32 backoff;		/* probes in a row that nothing answered */
};

void qnet_congestion_sample(struct qnet_congestion *cc, u32 usecs);
u32 qnet_congestion_rtt(const struct qnet_congestion *cc);

/* Microseconds after the last frame sent until a probe, for a peer that delays its acks so. */
u32 qnet_congestion_probe_delay(const struct qnet_congestion *cc, u32 ack_delay);

/* Microseconds after which a frame is lost once a later one was acknowledged. */
u32 qnet_congestion_loss_delay(const struct qnet_congestion *cc);

#endif
