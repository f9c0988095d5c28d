// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - round trip time, how long to wait, how much may be in flight
 *
 * The estimator is that of RFC 6298, the delays those of RFC 9002 section 6.
 */
#include "congestion.h"

#include <linux/kernel.h>
#include <linux/minmax.h>

#define QNET_CONGESTION_SAMPLE_MAX	16000000	/* microseconds */

void qnet_congestion_sample(struct qnet_congestion *cc, u32 usecs)
{
	u32 rtt = clamp_t(u32, usecs, 1, QNET_CONGESTION_SAMPLE_MAX);
	u32 srtt = cc->srtt8 / 8;
	u32 delta = srtt > rtt ? srtt - rtt : rtt - srtt;

	/* read by qnet_congestion_rtt() */
	if (!cc->srtt8) {
		WRITE_ONCE(cc->srtt8, rtt * 8);
		cc->rttvar4 = rtt * 2;
		return;
	}
	cc->rttvar4 += delta - cc->rttvar4 / 4;
	WRITE_ONCE(cc->srtt8, cc->srtt8 + rtt - srtt);
}

u32 qnet_congestion_rtt(const struct qnet_congestion *cc)
{
	return READ_ONCE(cc->srtt8) / 8;
}

u32 qnet_congestion_probe_delay(const struct qnet_congestion *cc, u32 ack_delay)
{
	u32 delay = QNET_CONGESTION_RTT_FIRST;

	if (cc->srtt8)
		delay = cc->srtt8 / 8 + max_t(u32, cc->rttvar4, QNET_CONGESTION_VARIANCE_MIN);
	delay = max_t(u32, delay + ack_delay, QNET_CONGESTION_PROBE_MIN);
	delay = min_t(u32, delay, QNET_CONGESTION_PROBE_MAX);
	return min_t(u32, delay << min_t(u32, cc->backoff, 8), QNET_CONGESTION_PROBE_MAX);
}

u32 qnet_congestion_loss_delay(const struct qnet_congestion *cc)
{
	u32 rtt = cc->srtt8 ? cc->srtt8 / 8 : QNET_CONGESTION_RTT_FIRST;

	return max_t(u32, rtt + rtt / 8, QNET_CONGESTION_LOSS_MIN);
}
