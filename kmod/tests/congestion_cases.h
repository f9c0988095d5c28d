/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - cases of congestion.c
 */
#ifndef _QNET_TESTS_CONGESTION_CASES_H
#define _QNET_TESTS_CONGESTION_CASES_H

#include <linux/minmax.h>

#include "../congestion.h"
#include "../param.h"
#include "cases.h"

#define CASE_FRAME	1500
#define first(name)	(qnet_param_infos[QNET_PARAM_##name].value)

/* As they are at first. */
static const struct qnet_params *case_params(void)
{
	static struct qnet_params params;

	qnet_params_init(&params);
	return &params;
}

/* A new link's. */
static struct qnet_congestion case_congestion(void)
{
	struct qnet_congestion cc;

	qnet_congestion_init(&cc, case_params(), CASE_FRAME);
	return cc;
}

static void congestion_first_sample_counts(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();

	expect(r, qnet_congestion_rtt(&cc) == 0);
	expect(r, qnet_congestion_probe_delay(&cc, 4000, ~0U) == first(rtt_first) + 4000);
	qnet_congestion_sample(&cc, 1000);
	expect(r, qnet_congestion_rtt(&cc) == 1000);
}

static void congestion_settles(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u32 delay;
	int i;

	qnet_congestion_sample(&cc, 100000);
	for (i = 0; i < 200; i++)
		qnet_congestion_sample(&cc, 200);
	expect(r, qnet_congestion_rtt(&cc) >= 200 && qnet_congestion_rtt(&cc) < 210);
	delay = qnet_congestion_probe_delay(&cc, 4000, ~0U);
	expect(r, delay >= 4000 + first(rtt_deviation_least) && delay < 7000);
	expect(r, qnet_congestion_loss_delay(&cc) == first(loss_least));
}

static void congestion_extremes(struct qnet_case_result *r)
{
	static const u32 samples[] = { 0, 1, 1000, 16000000, 16000001, U32_MAX };
	struct qnet_congestion cc = case_congestion();
	u64 state = 1;
	u32 delay;
	int i;

	for (i = 0; i < 1000; i++) {
		qnet_congestion_sample(&cc, samples[qnet_case_random(&state) % 6]);
		cc.backoff = i;
		expect(r, qnet_congestion_rtt(&cc) >= 1 && qnet_congestion_rtt(&cc) <= 16000000);
		delay = qnet_congestion_probe_delay(&cc, 1000000, samples[i % 6]);
		expect(r, delay >= first(probe_least) && delay <= first(probe_most));
	}
}

static void congestion_backs_off(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u32 before, delay = 0;
	int i;

	qnet_congestion_sample(&cc, 1000);
	for (i = 0; i < 40; i++) {
		cc.backoff = i;
		before = delay;
		delay = qnet_congestion_probe_delay(&cc, 4000, ~0U);
		expect(r, delay > before || delay == first(probe_most));
	}
	expect(r, delay == first(probe_most));
	expect(r, qnet_congestion_probe_delay(&cc, 4000, 20000) == 20000);
	/* but not before an answer may be there */
	cc.backoff = 0;
	delay = qnet_congestion_probe_delay(&cc, 4000, ~0U);
	cc.backoff = 5;
	expect(r, qnet_congestion_probe_delay(&cc, 4000, 10) == delay);
	/* by chance up to half of it sooner, but not sooner than that either */
	before = qnet_congestion_probe_delay(&cc, 4000, ~0U);
	cc.chance = ~0U;
	expect(r, qnet_congestion_probe_delay(&cc, 4000, ~0U) == before / 2 + 1);
	cc.backoff = 0;
	expect(r, qnet_congestion_probe_delay(&cc, 4000, ~0U) == delay);
}

/* Sends full frames until the window is shut; how many. */
static u32 congestion_fill(struct qnet_congestion *cc)
{
	u32 n = 0;

	while (qnet_congestion_open(cc, CASE_FRAME)) {
		qnet_congestion_sent(cc, CASE_FRAME);
		n++;
	}
	return n;
}

static void congestion_starts(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();

	expect(r, qnet_congestion_open(&cc, 1 << 20));
	expect(r, congestion_fill(&cc) == first(window_first));
	expect(r, !qnet_congestion_open(&cc, 1));
	expect(r, cc.reorder == first(reorder_least));
}

/* Each round trip of full windows doubles them, up to the most there can be. */
static void congestion_slow_start(struct qnet_case_result *r)
{
	u32 n, before = first(window_first);
	struct qnet_congestion cc = case_congestion();
	u64 number = 0;
	int round;

	congestion_fill(&cc);
	for (round = 0; round < 6; round++) {
		for (n = 0; n < before; n++) {
			qnet_congestion_acked(&cc, CASE_FRAME, ++number, true);
			congestion_fill(&cc);
		}
		before = cc.in_flight / CASE_FRAME;
		expect(r, before == min_t(u32, first(window_first) << (round + 1),
					  first(window_most)));
	}
}

/* A window that nobody fills says nothing about the path. */
static void congestion_unused(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u64 number;

	for (number = 1; number < 1000; number++) {
		qnet_congestion_sent(&cc, CASE_FRAME);
		qnet_congestion_acked(&cc, CASE_FRAME, number, qnet_congestion_used(&cc));
	}
	expect(r, cc.window == first(window_first) * CASE_FRAME);
}

/* All losses of one window count once; then a frame more for each window. */
static void congestion_recovers(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u64 number, last;
	u32 half, n;

	last = congestion_fill(&cc);
	half = cc.window / 2;
	for (number = 1; number <= 3; number++)
		qnet_congestion_lost(&cc, CASE_FRAME, number, last);
	expect(r, cc.window == half && cc.in_flight == (last - 3) * CASE_FRAME);
	for (; number <= last; number++)
		qnet_congestion_acked(&cc, CASE_FRAME, number, true);
	expect(r, cc.window == half && !cc.in_flight);
	for (n = half / CASE_FRAME; n; n--) {
		expect(r, cc.window == half);
		congestion_fill(&cc);
		expect(r, qnet_congestion_used(&cc));
		qnet_congestion_acked(&cc, CASE_FRAME, ++last, true);
	}
	expect(r, cc.window == half + CASE_FRAME);
	/* all of it by one acknowledgment is as good */
	congestion_fill(&cc);
	for (n = half / CASE_FRAME + 1; n; n--)
		qnet_congestion_acked(&cc, CASE_FRAME, ++last, true);
	expect(r, cc.window == half + 2 * CASE_FRAME);
}

/* Frames of more bytes are no reason to send more of them than a new link does. */
static void congestion_longer_frames(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();

	cc.window = 512 * CASE_FRAME;
	qnet_congestion_frame(&cc, 2 * CASE_FRAME);
	expect(r, cc.window == 512 * CASE_FRAME && cc.frame == 2 * CASE_FRAME);
	cc.window = first(window_first) * 2 * CASE_FRAME;
	qnet_congestion_frame(&cc, 4 * CASE_FRAME);
	expect(r, cc.window == first(window_first) * 4 * CASE_FRAME);
	/* few as they were */
	cc.window = 20 * 4 * CASE_FRAME;
	qnet_congestion_frame(&cc, 5 * CASE_FRAME);
	expect(r, cc.window == 20 * 5 * CASE_FRAME);
	cc.window = 4 * CASE_FRAME;
	qnet_congestion_frame(&cc, 6 * CASE_FRAME);
	expect(r, cc.window == first(window_least) * 6 * CASE_FRAME);
}

#define CASE_BYTES	100000

/* How much bulk fits where @bytes do is told by the least of the last round trips, not by one. */
static void congestion_fit(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	int i;

	/* of what is not known nothing follows */
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, false) == CASE_BYTES);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, true) == CASE_BYTES);
	for (i = 0; i < 2 * QNET_CONGESTION_RECENT; i++)
		qnet_congestion_sample(&cc, 4000);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, false) == U32_MAX);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, true) == U32_MAX);
	/* on average frames wait, but not each one did */
	for (i = 0; i < 40; i++)
		qnet_congestion_sample(&cc, i % QNET_CONGESTION_RECENT ? 9000 : 4000);
	expect(r, qnet_congestion_queued(&cc));
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, false) == U32_MAX);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, true) == U32_MAX);
	/* a quarter more is the most that small frames are to wait */
	for (i = 0; i < 3 * QNET_CONGESTION_RECENT; i++)
		qnet_congestion_sample(&cc, 10000);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, false) == CASE_BYTES);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, true) == CASE_BYTES / 2);
	expect(r, qnet_congestion_fit(&cc, U32_MAX, true) == U32_MAX / 2);
	qnet_congestion_sample(&cc, 5000);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, true) == U32_MAX);
}

/* Before the least is forgotten bulk makes room, or it would become the least. */
static void congestion_makes_room(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	int i, room = 0;

	for (i = 0; i < QNET_CONGESTION_SAMPLES; i++) {
		qnet_congestion_sample(&cc, 4000);
		room += !qnet_congestion_fit(&cc, CASE_BYTES, true);
		expect(r, qnet_congestion_fit(&cc, CASE_BYTES, false));
	}
	expect(r, room == QNET_CONGESTION_EMPTY);
	expect(r, qnet_congestion_fit(&cc, CASE_BYTES, true) == U32_MAX);
}

/* Twice as much each time all of it came, to where it was too much; from there a quarter. */
static void bulk_grows(struct qnet_case_result *r)
{
	struct qnet_bulk bulk;
	int i;

	qnet_bulk_init(&bulk, case_params(), 64000);
	for (i = 0; i < 4; i++)
		qnet_bulk_came(&bulk, 16000, U32_MAX, 16000, 1000000);
	expect(r, bulk.window == 128000);
	qnet_bulk_came(&bulk, 128000, 128000, 16000, 1000000);
	expect(r, bulk.window == 128000);
	qnet_bulk_came(&bulk, 128000, U32_MAX, 16000, 200000);
	expect(r, bulk.window == 200000);

	qnet_bulk_came(&bulk, 200000, 100000, 16000, 1000000);
	expect(r, bulk.window == 100000);
	for (i = 0; i < 4; i++)
		qnet_bulk_came(&bulk, 25000, U32_MAX, 16000, 1000000);
	expect(r, bulk.window == 125000);
}

/* It shrinks once for what was on the way, and not below the least. */
static void bulk_shrinks(struct qnet_case_result *r)
{
	struct qnet_bulk bulk;

	qnet_bulk_init(&bulk, case_params(), 64000);
	qnet_bulk_came(&bulk, 16000, 32000, 16000, 1000000);
	expect(r, bulk.window == 32000);
	/* all of it was asked for before */
	qnet_bulk_came(&bulk, 32000, 8000, 16000, 1000000);
	qnet_bulk_came(&bulk, 31999, 8000, 16000, 1000000);
	expect(r, bulk.window == 32000);
	qnet_bulk_came(&bulk, 1, 8000, 16000, 1000000);
	expect(r, bulk.window == 16000);
	qnet_bulk_came(&bulk, 32000, 4000, 16000, 1000000);
	qnet_bulk_came(&bulk, 16000, 4000, 16000, 1000000);
	expect(r, bulk.window == 16000);
	/* a turn of old is more than the window is now */
	qnet_bulk_came(&bulk, 256000, U32_MAX, 16000, 1000000);
	expect(r, bulk.window == 20000);
	/* a least that is more than there is does not make it grow */
	qnet_bulk_came(&bulk, 20000, 4000, 144000, 1000000);
	expect(r, bulk.window == 20000);
}

/* What the window did not bound says only that it was too much. */
static void bulk_unused(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	struct qnet_bulk bulk;
	int i;

	qnet_bulk_init(&bulk, case_params(), 1000000);
	for (i = 0; i < 2 * QNET_CONGESTION_RECENT; i++)
		qnet_congestion_sample(&cc, 4000);
	expect(r, qnet_bulk_fit(&bulk, &cc, 1000000, true) == U32_MAX);
	expect(r, qnet_bulk_fit(&bulk, &cc, 125000, true) == U32_MAX);
	expect(r, qnet_bulk_fit(&bulk, &cc, 124999, true) == 1000000);
	for (i = 0; i < 3 * QNET_CONGESTION_RECENT; i++)
		qnet_congestion_sample(&cc, 10000);
	expect(r, qnet_bulk_fit(&bulk, &cc, 2000000, true) == 500000);
	expect(r, qnet_bulk_fit(&bulk, &cc, 94000, true) == 47000);
	expect(r, qnet_bulk_fit(&bulk, &cc, 94000, false) == 1000000);
}

static void bulk_lost(struct qnet_case_result *r)
{
	struct qnet_bulk bulk;

	qnet_bulk_init(&bulk, case_params(), 256000);
	qnet_bulk_lost(&bulk, 64000);
	expect(r, bulk.window == 128000 && bulk.threshold == 128000);
	qnet_bulk_lost(&bulk, 64000);
	qnet_bulk_lost(&bulk, 64000);
	expect(r, bulk.window == 64000);
	/* one that is less already stays, and may shrink when it is too much */
	qnet_bulk_init(&bulk, case_params(), 32000);
	qnet_bulk_lost(&bulk, 64000);
	expect(r, bulk.window == 32000 && !bulk.stale);
	qnet_bulk_came(&bulk, 1000, 16000, 16000, 1000000);
	expect(r, bulk.window == 16000 && bulk.stale == 32000);
	/* what was asked for under the window of old counts as it was */
	qnet_bulk_came(&bulk, 32000, 16000, 16000, 1000000);
	expect(r, !bulk.stale);
}

/* Few losses where no frame waits are not congestion; many are, and so are few in a queue. */
static void congestion_noise(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u32 last, noise, i;

	qnet_congestion_sample(&cc, 2000);
	cc.window = 64 * CASE_FRAME;
	last = congestion_fill(&cc);
	noise = last / first(noise_part);
	for (i = 1; i <= noise; i++) {
		expect(r, qnet_congestion_lost(&cc, CASE_FRAME, i, last) == (i == 1));
		expect(r, cc.window == 56 * CASE_FRAME && cc.threshold == cc.window);
	}
	qnet_congestion_lost(&cc, CASE_FRAME, i, last);
	expect(r, cc.window == 32 * CASE_FRAME && cc.threshold == cc.window);
	qnet_congestion_lost(&cc, CASE_FRAME, ++i, last);
	expect(r, cc.window == 32 * CASE_FRAME);

	for (i = 0; i < 100; i++)
		qnet_congestion_sample(&cc, 2600);
	qnet_congestion_lost(&cc, CASE_FRAME, last + 1, last + 20);
	expect(r, cc.window == 16 * CASE_FRAME);
	/* no shorter one for long: it is the way that is longer */
	for (i = 0; i < 2 * QNET_CONGESTION_SAMPLES; i++)
		qnet_congestion_sample(&cc, 2600);
	cc.window = 64 * CASE_FRAME;
	qnet_congestion_lost(&cc, CASE_FRAME, last + 21, last + 40);
	expect(r, cc.window == 56 * CASE_FRAME);
}

static void congestion_least(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u64 number;

	for (number = 1; number < 100; number++) {
		qnet_congestion_sent(&cc, CASE_FRAME);
		qnet_congestion_lost(&cc, CASE_FRAME, number, number);
		expect(r, cc.window >= first(window_least) * CASE_FRAME && !cc.in_flight);
	}
	expect(r, cc.window == first(window_least) * CASE_FRAME);
}

/* The threshold stays: up to there it goes fast again. */
static void congestion_begins_anew(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u32 threshold;
	u64 last;
	u32 n;

	/* half of it is more than the least */
	cc.window = (2 * first(window_least) + 8) * CASE_FRAME;
	last = congestion_fill(&cc);
	qnet_congestion_lost(&cc, CASE_FRAME, 1, last);
	threshold = cc.threshold;
	expect(r, cc.window == (first(window_least) + 4) * CASE_FRAME && threshold == cc.window);
	qnet_congestion_persistent(&cc);
	expect(r, cc.window == first(window_least) * CASE_FRAME && cc.threshold == threshold);
	qnet_congestion_forgotten(&cc, U32_MAX);
	expect(r, !cc.in_flight);
	for (n = 0; n < 6; n++) {
		congestion_fill(&cc);
		qnet_congestion_acked(&cc, CASE_FRAME, ++last, true);
	}
	expect(r, cc.window == threshold);
}

static void congestion_overtaken(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u32 delay;
	int i;

	qnet_congestion_sample(&cc, 8000);
	delay = qnet_congestion_loss_delay(&cc);
	expect(r, delay == 9000);
	qnet_congestion_spurious(&cc, 7);
	expect(r, cc.reorder == 8 && qnet_congestion_loss_delay(&cc) == delay);
	qnet_congestion_spurious(&cc, 2);
	expect(r, cc.reorder == 8 && qnet_congestion_loss_delay(&cc) == delay + 1000);
	for (i = 0; i < 100; i++) {
		qnet_congestion_spurious(&cc, ~0ULL);
		qnet_congestion_spurious(&cc, 0);
	}
	expect(r, cc.reorder == first(reorder_most));
	expect(r, qnet_congestion_loss_delay(&cc) == delay + 8000);
}

/* What was learnt decays, one in a while, unless it shows again. */
static void congestion_forgets(struct qnet_case_result *r)
{
	struct qnet_congestion cc = case_congestion();
	u32 i;

	qnet_congestion_spurious(&cc, 7);
	qnet_congestion_spurious(&cc, 2);
	for (i = 0; i < QNET_CONGESTION_SAMPLES; i++)
		qnet_congestion_sample(&cc, 8000);
	expect(r, cc.reorder == 8 && cc.patience == 1);
	for (i = 0; i < QNET_CONGESTION_SAMPLES; i++)
		qnet_congestion_sample(&cc, 8000);
	expect(r, cc.reorder == 7 && cc.patience == 0);
	for (i = 0; i < 10 * QNET_CONGESTION_SAMPLES; i++)
		qnet_congestion_sample(&cc, 8000);
	expect(r, cc.reorder == first(reorder_least) && cc.patience == 0);
}

static const struct qnet_case congestion_cases[] = {
	{ "rtt: first sample counts", congestion_first_sample_counts },
	{ "rtt: settles", congestion_settles },
	{ "rtt: extremes", congestion_extremes },
	{ "probe: backs off", congestion_backs_off },
	{ "window: starts", congestion_starts },
	{ "window: slow start", congestion_slow_start },
	{ "window: unused", congestion_unused },
	{ "window: recovers", congestion_recovers },
	{ "window: longer frames", congestion_longer_frames },
	{ "window: noise", congestion_noise },
	{ "bulk: fit", congestion_fit },
	{ "bulk: makes room", congestion_makes_room },
	{ "bulk: grows", bulk_grows },
	{ "bulk: shrinks", bulk_shrinks },
	{ "bulk: unused", bulk_unused },
	{ "bulk: lost", bulk_lost },
	{ "window: least", congestion_least },
	{ "window: begins anew", congestion_begins_anew },
	{ "reordering: overtaken", congestion_overtaken },
	{ "reordering: forgotten", congestion_forgets },
};

#endif
