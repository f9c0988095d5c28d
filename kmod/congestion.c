// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - round trip time, how long to wait, how much may be in flight
 *
 * The estimator is that of RFC 6298, the delays those of RFC 9002 section 6, the window that of its
 * section 7 (NewReno).  What differs: the reordering threshold grows where frames overtake each
 * other (RFC 8985 does so with time), persistent congestion is told by probes, and losses that are
 * few, on a way where nothing waits, are the wire's (TCP Veno tells them so).
 */
#include "congestion.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "param.h"

/* What was learnt of the way is forgotten where it does not show any more. */
static void qnet_congestion_period(struct qnet_congestion *cc)
{
	cc->least = cc->least_next;
	cc->samples = 0;
	if (!cc->overtaken) {
		cc->reorder = max_t(u32, cc->reorder - 1, qnet_param(cc->params, reorder_least));
		cc->patience -= cc->patience > 0;
	}
	cc->overtaken = false;
}

void qnet_congestion_sample(struct qnet_congestion *cc, u32 usecs)
{
	u32 rtt = clamp_t(u32, usecs, 1, QNET_FIXED(rtt_longest));
	u32 srtt = cc->srtt8 / 8;
	u32 delta = srtt > rtt ? srtt - rtt : rtt - srtt;

	if (!(cc->samples % QNET_CONGESTION_RECENT)) {
		cc->recent_before = cc->recent ?: rtt;
		cc->recent = rtt;
	}
	cc->recent = min_t(u32, cc->recent, rtt);
	if (!cc->samples || rtt < cc->least_next)
		cc->least_next = rtt;
	if (!cc->least || rtt < cc->least)
		cc->least = rtt;
	if (++cc->samples == QNET_CONGESTION_SAMPLES)
		qnet_congestion_period(cc);

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

u32 qnet_congestion_probe_delay(const struct qnet_congestion *cc, u32 ack_delay, u32 most)
{
	u32 delay = qnet_param(cc->params, rtt_first), bound, longer, least;

	if (cc->srtt8)
		delay = cc->srtt8 / 8 + max_t(u32, cc->rttvar4,
					      qnet_param(cc->params, rtt_deviation_least));
	delay = max_t(u32, delay + ack_delay, qnet_param(cc->params, probe_least));
	bound = qnet_param(cc->params, probe_most);
	delay = min_t(u32, delay, bound);
	most = clamp_t(u32, most, delay, bound);
	longer = min_t(u64, (u64)delay << min_t(u32, cc->backoff, QNET_FIXED(doublings)), most);
	/* a wire that comes and goes must not do so in step with probes */
	least = max_t(u32, delay, longer / 2);
	return longer - (u32)((u64)(longer - least) * cc->chance >> 32);
}

u32 qnet_congestion_loss_delay(const struct qnet_congestion *cc)
{
	u32 rtt = cc->srtt8 ? cc->srtt8 / 8 : qnet_param(cc->params, rtt_first);

	return max_t(u32, rtt + rtt / 8 * (1 + cc->patience), qnet_param(cc->params, loss_least));
}

/* The window -------------------------------------------------------------------------------- */

static u32 qnet_congestion_least(const struct qnet_congestion *cc)
{
	return qnet_param(cc->params, window_least) * cc->frame;
}

void qnet_congestion_init(struct qnet_congestion *cc, const struct qnet_params *params, u32 frame)
{
	*cc = (struct qnet_congestion){
		.params = params,
		.frame = frame,
		.window = frame * qnet_param(params, window_first),
		.threshold = U32_MAX,
		.reorder = qnet_param(params, reorder_least),
	};
}

void qnet_congestion_frame(struct qnet_congestion *cc, u32 frame)
{
	u32 frames = min_t(u32, cc->window / cc->frame, qnet_param(cc->params, window_first));

	/* more bytes than a link begins with are to be earned: RFC 4821, 7.2 */
	cc->frame = frame;
	cc->window = max_t(u32, cc->window, frames * frame);
	cc->window = max_t(u32, cc->window, qnet_congestion_least(cc));
}

bool qnet_congestion_open(const struct qnet_congestion *cc, u32 size)
{
	return !cc->in_flight || cc->in_flight + size <= cc->window;
}

void qnet_congestion_sent(struct qnet_congestion *cc, u32 size)
{
	cc->in_flight += size;
}

void qnet_congestion_forgotten(struct qnet_congestion *cc, u32 size)
{
	cc->in_flight -= min_t(u32, size, cc->in_flight);
}

bool qnet_congestion_used(const struct qnet_congestion *cc)
{
	if (cc->window < cc->threshold)
		return cc->in_flight >= cc->window / 2;
	return cc->in_flight + 2 * cc->frame >= cc->window;
}

void qnet_congestion_acked(struct qnet_congestion *cc, u32 size, u64 number, bool used)
{
	u32 most = cc->frame * qnet_param(cc->params, window_most);

	qnet_congestion_forgotten(cc, size);
	if (number <= cc->recovery || !used)
		return;
	if (cc->window < cc->threshold) {
		cc->window = min_t(u32, cc->window + size, most);
		return;
	}
	cc->credit += size;
	if (cc->credit < cc->window)
		return;
	cc->credit -= cc->window;
	cc->window = min_t(u32, cc->window + cc->frame, most);
}

/* The round trip when frames wait on the way. */
static u32 qnet_congestion_queue(const struct qnet_congestion *cc)
{
	return cc->least + max_t(u32, cc->least / qnet_param(cc->params, queue_part),
				 qnet_param(cc->params, queue_least));
}

bool qnet_congestion_queued(const struct qnet_congestion *cc)
{
	return cc->srtt8 / 8 >= qnet_congestion_queue(cc) || !cc->srtt8;
}

u32 qnet_congestion_fit(const struct qnet_congestion *cc, u32 bytes, bool yields)
{
	u32 recent = min_t(u32, cc->recent, cc->recent_before), good;

	if (!cc->srtt8)
		return bytes;
	if (!yields)
		return recent < qnet_congestion_queue(cc) ? U32_MAX : bytes;
	/* or what bulk always makes of round trips would become the least */
	if (cc->samples >= QNET_CONGESTION_SAMPLES - QNET_CONGESTION_EMPTY)
		return 0;
	good = cc->least + max_t(u32, cc->least / qnet_param(cc->params, bulk_part),
				 qnet_param(cc->params, bulk_least));
	return recent <= good ? U32_MAX : mul_u64_u32_div(bytes, good, recent);
}

static void qnet_congestion_reduce(struct qnet_congestion *cc, u32 window)
{
	cc->window = max_t(u32, window, qnet_congestion_least(cc));
	cc->threshold = cc->window;
	cc->credit = 0;
}

bool qnet_congestion_lost(struct qnet_congestion *cc, u32 size, u64 number, u64 last)
{
	bool first = number > cc->recovery;
	u32 noise = qnet_param(cc->params, noise_part);

	qnet_congestion_forgotten(cc, size);
	if (first) {
		cc->recovery = last;
		cc->before = cc->window;
		cc->lost = 0;
		qnet_congestion_reduce(cc, qnet_congestion_queued(cc) ? cc->before / 2 :
				       cc->before - cc->before / noise);
	}
	cc->lost += min_t(u32, size, U32_MAX - cc->lost);
	if (cc->lost > cc->before / noise && cc->window > cc->before / 2)
		qnet_congestion_reduce(cc, cc->before / 2);
	return first;
}

void qnet_congestion_persistent(struct qnet_congestion *cc)
{
	cc->window = qnet_congestion_least(cc);
	cc->recovery = 0;
	cc->credit = 0;
}

void qnet_congestion_spurious(struct qnet_congestion *cc, u64 distance)
{
	u32 most = qnet_param(cc->params, reorder_most);
	u32 patience = qnet_param(cc->params, reorder_time_most);

	cc->overtaken = true;
	if (distance >= cc->reorder)
		cc->reorder = min_t(u64, distance, most - 1) + 1;
	else
		cc->patience = min_t(u32, cc->patience + 1, patience);
}

/* Bulk -------------------------------------------------------------------------------------- */

void qnet_bulk_init(struct qnet_bulk *bulk, const struct qnet_params *params, u32 window)
{
	*bulk = (struct qnet_bulk){ .params = params, .window = window, .threshold = U32_MAX };
}

u32 qnet_bulk_fit(const struct qnet_bulk *bulk, const struct qnet_congestion *cc, u32 there,
		  bool yields)
{
	u32 part = min_t(u32, there, bulk->window), fit = qnet_congestion_fit(cc, part, yields);
	u32 used = bulk->window / qnet_param(bulk->params, bulk_used);

	/* of what the window did not bound only that it was too much is to be learnt */
	if (fit == part || (fit > part && there < used))
		return bulk->window;
	return fit;
}

static void qnet_bulk_shrink(struct qnet_bulk *bulk, u32 window)
{
	if (window < bulk->window)
		bulk->stale = bulk->window;
	bulk->window = window;
	bulk->threshold = window;
}

void qnet_bulk_came(struct qnet_bulk *bulk, u32 len, u32 fit, u32 least, u32 most)
{
	bulk->stale -= min_t(u32, len, bulk->stale);
	len = min_t(u32, len, bulk->window);
	if (fit > bulk->window) {
		if (bulk->window >= bulk->threshold)
			len /= qnet_param(bulk->params, bulk_grows);
		bulk->window = min_t(u32, bulk->window + len, most);
	} else if (fit < bulk->window && !bulk->stale) {
		least = min_t(u32, least, min_t(u32, bulk->window, most));
		qnet_bulk_shrink(bulk, max_t(u32, fit, least));
	}
}

void qnet_bulk_lost(struct qnet_bulk *bulk, u32 least)
{
	qnet_bulk_shrink(bulk, max_t(u32, bulk->window / 2, min_t(u32, bulk->window, least)));
}
