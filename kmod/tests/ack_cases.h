/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - cases of ack.c
 */
#ifndef _QNET_TESTS_ACK_CASES_H
#define _QNET_TESTS_ACK_CASES_H

#include <linux/minmax.h>

#include "../ack.h"
#include "cases.h"

#define G4	0x100000000ULL

static void ack_starts_empty(struct qnet_case_result *r)
{
	struct qnet_ack_window w;

	qnet_ack_init(&w, 1);
	expect(r, w.largest == 0 && w.low == 1 && w.recent == 0);
	expect(r, !qnet_ack_has_gap(&w));
	expect(r, qnet_ack_check(&w, 0) == QNET_ACK_OLD);
	expect(r, qnet_ack_check(&w, 1) == QNET_ACK_NEW);
	expect(r, qnet_ack_check(&w, G4) == QNET_ACK_NEW);
}

static void ack_checking_marks_nothing(struct qnet_case_result *r)
{
	struct qnet_ack_window w;

	qnet_ack_init(&w, 1);
	expect(r, qnet_ack_check(&w, 5) == QNET_ACK_NEW);
	expect(r, qnet_ack_check(&w, 5) == QNET_ACK_NEW);
	qnet_ack_mark(&w, 5);
	expect(r, qnet_ack_check(&w, 5) == QNET_ACK_DUPLICATE);
	expect(r, qnet_ack_check(&w, 4) == QNET_ACK_NEW);
}

static void ack_in_order(struct qnet_case_result *r)
{
	struct qnet_ack_window w;
	u64 n;

	qnet_ack_init(&w, 1);
	for (n = 1; n <= 5000; n++) {
		expect(r, qnet_ack_check(&w, n) == QNET_ACK_NEW);
		qnet_ack_mark(&w, n);
		expect(r, w.largest == n && w.low == n + 1);
		expect(r, !qnet_ack_has_gap(&w));
		expect(r, qnet_ack_check(&w, n) == QNET_ACK_DUPLICATE);
	}
	expect(r, w.recent == U32_MAX);
}

static void ack_gap_and_its_end(struct qnet_case_result *r)
{
	struct qnet_ack_window w;

	qnet_ack_init(&w, 1);
	qnet_ack_mark(&w, 1);
	qnet_ack_mark(&w, 3);
	expect(r, w.low == 2 && w.recent == 0x2 && qnet_ack_has_gap(&w));
	qnet_ack_mark(&w, 2);
	expect(r, w.low == 4 && w.recent == 0x3 && !qnet_ack_has_gap(&w));
}

static void ack_bits_leave_at_the_end(struct qnet_case_result *r)
{
	struct qnet_ack_window w;

	qnet_ack_init(&w, 1);
	qnet_ack_mark(&w, 1);
	qnet_ack_mark(&w, 33);
	expect(r, w.recent == 1U << 31);
	qnet_ack_mark(&w, 34);
	expect(r, w.recent == 1);
	qnet_ack_mark(&w, 67);
	expect(r, w.recent == 0);
	qnet_ack_mark(&w, 35);
	expect(r, w.recent == 1U << 31);
	qnet_ack_mark(&w, 66);
	expect(r, w.recent == (1U << 31 | 1));
}

static void ack_window_edge(struct qnet_case_result *r)
{
	struct qnet_ack_window w;

	qnet_ack_init(&w, 1);
	qnet_ack_mark(&w, 2000);
	expect(r, qnet_ack_check(&w, 2000 - QNET_ACK_WINDOW) == QNET_ACK_OLD);
	expect(r, qnet_ack_check(&w, 2001 - QNET_ACK_WINDOW) == QNET_ACK_NEW);
	expect(r, w.low == 2001 - QNET_ACK_WINDOW);
	qnet_ack_mark(&w, 2001 - QNET_ACK_WINDOW);
	expect(r, w.low == 2002 - QNET_ACK_WINDOW);
	qnet_ack_mark(&w, 2000 - QNET_ACK_WINDOW);
	expect(r, qnet_ack_check(&w, 2000 - QNET_ACK_WINDOW) == QNET_ACK_OLD);
}

static void ack_jump_clears_slots(struct qnet_case_result *r)
{
	static const u64 steps[] = {
		1, 2, 63, 64, 65, QNET_ACK_WINDOW - 1, QNET_ACK_WINDOW, QNET_ACK_WINDOW + 1, G4,
	};
	struct qnet_ack_window w;
	u64 n, old;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		qnet_ack_init(&w, 1);
		for (n = 1; n <= QNET_ACK_WINDOW; n++)
			qnet_ack_mark(&w, n);
		old = w.largest;
		qnet_ack_mark(&w, old + steps[i]);
		for (n = old + 1; n < old + steps[i] && n < old + 3 * QNET_ACK_WINDOW; n++)
			expect(r, qnet_ack_check(&w, n) != QNET_ACK_DUPLICATE);
		expect(r, qnet_ack_check(&w, old + steps[i]) == QNET_ACK_DUPLICATE);
	}
}

static void ack_low_passes_holes_with_the_window(struct qnet_case_result *r)
{
	struct qnet_ack_window w;
	u64 n;

	qnet_ack_init(&w, 1);
	for (n = 1; n <= QNET_ACK_WINDOW; n++)
		if (n != 7)
			qnet_ack_mark(&w, n);
	expect(r, w.low == 7);
	for (; n < QNET_ACK_WINDOW + 7; n++)
		qnet_ack_mark(&w, n);
	expect(r, w.low == 7 && qnet_ack_check(&w, 7) == QNET_ACK_NEW);
	qnet_ack_mark(&w, n);
	expect(r, w.low == n + 1 && qnet_ack_check(&w, 7) == QNET_ACK_OLD);
}

/* All that came is named, in order, however much came between two acknowledgments. */
static void ack_says_all(struct qnet_case_result *r)
{
	static const u32 bursts[] = { 1, 2, 16, 32, 33, 34, 66, 67, 500, QNET_ACK_WINDOW - 33 };
	/* the first number, and one that crosses 32 bits within each burst */
	static const u64 first[] = { 1, 77, G4 - 20 };
	struct qnet_ack_window w;
	u64 number, from, said, n;
	size_t i, j;
	u32 bits;

	for (j = 0; j < ARRAY_SIZE(first); j++) {
		for (i = 0; i < ARRAY_SIZE(bursts); i++) {
			qnet_ack_init(&w, first[j]);
			from = first[j];
			for (n = from; n < from + bursts[i]; n++)
				if ((u32)n && n % 5 != 3)
					qnet_ack_mark(&w, n);
			number = from - 1;
			do {
				said = number;
				number = qnet_ack_say(&w, &bits);
				expect(r, number > said || number == w.largest);
				expect(r, (u32)number || from == 1);
				for (n = said + 1; n <= number; n++)
					expect(r, qnet_ack_covers(number, bits, n) ==
					       (n % 5 != 3 || !(u32)n));
			} while (number != w.largest && number > said);
			expect(r, number == w.largest);
			expect(r, number == qnet_ack_say(&w, &bits) && bits == w.recent);
		}
	}
}

static void ack_says_few(struct qnet_case_result *r)
{
	struct qnet_ack_window w;
	unsigned int count = 1;
	u32 bits;
	u64 n;

	qnet_ack_init(&w, 1);
	for (n = 1; n <= 100; n++)
		qnet_ack_mark(&w, n);
	while (qnet_ack_say(&w, &bits) != 100)
		count++;
	expect(r, count == 4);
	/* what nobody can name any more, and what did not come, is not said */
	qnet_ack_mark(&w, 100000);
	expect(r, qnet_ack_say(&w, &bits) == 100000 && bits == 0);
	qnet_ack_mark(&w, 100000 + QNET_ACK_WINDOW);
	expect(r, qnet_ack_say(&w, &bits) == 100000 + QNET_ACK_WINDOW && bits == 0);
	/* nor what need not be */
	for (n = 1; n <= 100; n++)
		qnet_ack_mark(&w, 200000 + n);
	qnet_ack_skip(&w);
	expect(r, qnet_ack_say(&w, &bits) == 200100 && bits == U32_MAX);
}

/* Numbers that begin late: none before was missed, none can come. */
static void ack_first_number(struct qnet_case_result *r)
{
	static const u64 firsts[] = { 2, 33, QNET_ACK_WINDOW + 5, U32_MAX - 1 };
	struct qnet_ack_window w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(firsts); i++) {
		qnet_ack_init(&w, firsts[i]);
		expect(r, qnet_ack_check(&w, firsts[i] - 1) != QNET_ACK_NEW);
		expect(r, qnet_ack_check(&w, 1) != QNET_ACK_NEW);
		expect(r, !qnet_ack_has_gap(&w));
		qnet_ack_mark(&w, firsts[i] + 1);
		expect(r, qnet_ack_has_gap(&w) && w.low == firsts[i]);
		qnet_ack_mark(&w, firsts[i]);
		expect(r, !qnet_ack_has_gap(&w) && w.low == firsts[i] + 2);
	}
}

/* Against a plain list of what was marked. */
static void ack_random_order(struct qnet_case_result *r)
{
	static bool seen[6000];
	struct qnet_ack_window w;
	u64 state = 42, n, largest = 0;
	int i, bit;

	qnet_ack_init(&w, 1);
	for (i = 0; i < 6000; i++)
		seen[i] = false;
	for (i = 0; i < 20000; i++) {
		n = 1 + i / 4 + qnet_case_random(&state) % 900;
		if (n + QNET_ACK_WINDOW <= largest)
			expect(r, qnet_ack_check(&w, n) == QNET_ACK_OLD);
		else
			expect(r, qnet_ack_check(&w, n) ==
			       (seen[n] ? QNET_ACK_DUPLICATE : QNET_ACK_NEW));
		qnet_ack_mark(&w, n);
		seen[n] = true;
		if (n > largest)
			largest = n;
		expect(r, w.largest == largest);
		for (bit = 0; bit < QNET_ACK_BITS && largest > (u64)bit + 1; bit++)
			expect(r, (w.recent >> bit & 1) == seen[largest - 1 - bit]);
		for (n = w.low > QNET_ACK_WINDOW ? w.low - QNET_ACK_WINDOW : 1; n < w.low; n++)
			expect(r, seen[n] || n + QNET_ACK_WINDOW <= largest);
	}
}

static void ack_expand_table(struct qnet_case_result *r)
{
	static const struct {
		const char *name;
		u64 expected;
		u32 low;
		u64 number;
	} rows[] = {
		{ "first",		1, 1, 1 },
		{ "ahead",		1, 1000, 1000 },
		{ "behind",		1000, 1, 1 },
		{ "never below zero",	1, 0xfffffff0, 0xfffffff0 },
		{ "before the wrap",	G4 - 1, 0xffffffff, G4 - 1 },
		{ "over the wrap",	G4 - 1, 1, G4 + 1 },
		{ "back over the wrap",	G4 + 1, 0xffffffff, G4 - 1 },
		{ "far wrap",		7 * G4 + 5, 0xfffffffe, 7 * G4 - 2 },
		{ "far wrap ahead",	7 * G4 - 5, 9, 7 * G4 + 9 },
		{ "half ahead",		G4 + 10, 0x8000000a, G4 + 0x8000000aULL },
		{ "more than half ahead", G4 + 10, 0x8000000b, 0x8000000b },
		{ "half behind",	G4 + 0x80000000ULL, 0, 2 * G4 },
		{ "less than half behind", G4 + 0x80000000ULL, 1, G4 + 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows) && !r->failed; i++) {
		r->row = rows[i].name;
		expect(r, qnet_ack_expand(rows[i].expected, rows[i].low) == rows[i].number);
	}
}

static void ack_expand_every_neighbour(struct qnet_case_result *r)
{
	static const u64 around[] = { 5000, G4, 3 * G4, (1ULL << 48) + 5000 };
	size_t i;
	u64 n;

	for (i = 0; i < ARRAY_SIZE(around); i++)
		for (n = around[i] - 3000; n < around[i] + 3000; n++)
			expect(r, qnet_ack_expand(around[i], (u32)n) == n);
}

static void ack_over_the_wrap(struct qnet_case_result *r)
{
	struct qnet_ack_window w;
	u64 n, number;

	qnet_ack_init(&w, 1);
	qnet_ack_mark(&w, G4 - 100);
	for (n = G4 - 99; n < G4 + 100; n++) {
		number = qnet_ack_expand(w.largest + 1, (u32)n);
		expect(r, number == n && qnet_ack_check(&w, number) == QNET_ACK_NEW);
		qnet_ack_mark(&w, number);
		expect(r, qnet_ack_check(&w, qnet_ack_expand(w.largest + 1, (u32)n)) ==
		       QNET_ACK_DUPLICATE);
	}
	expect(r, w.recent == U32_MAX);
}

/* No frame has a number whose low half is zero. */
static void ack_wrap_without_gap(struct qnet_case_result *r)
{
	struct qnet_ack_window w;
	u64 n;

	qnet_ack_init(&w, G4 - 2);
	for (n = G4 - 2; n < G4 + 100; n += n == G4 - 1 ? 2 : 1) {
		qnet_ack_mark(&w, n);
		expect(r, !qnet_ack_has_gap(&w) && w.low == n + 1);
	}
	/* one that is lost there is */
	qnet_ack_init(&w, G4 - 2);
	qnet_ack_mark(&w, G4 - 2);
	qnet_ack_mark(&w, G4 + 1);
	expect(r, qnet_ack_has_gap(&w) && w.low == G4 - 1 && w.recent == 0xfffffffd);
	qnet_ack_mark(&w, G4 - 1);
	expect(r, !qnet_ack_has_gap(&w) && w.low == G4 + 2);
}

static void ack_covers_table(struct qnet_case_result *r)
{
	static const struct {
		const char *name;
		u64 acked;
		u32 bits;
		u64 number;
		bool covered;
	} rows[] = {
		{ "nothing",		0, 0, 1, false },
		{ "number zero",	5, 0xffffffff, 0, false },
		{ "itself",		5, 0, 5, true },
		{ "above",		5, 0xffffffff, 6, false },
		{ "just below, said",	5, 1, 4, true },
		{ "just below, unsaid",	5, 0xfffffffe, 4, false },
		{ "last bit",		40, 0x80000000, 8, true },
		{ "past the bits",	40, 0xffffffff, 7, false },
		{ "far past",		G4 + 40, 0xffffffff, 39, false },
		{ "over the wrap",	G4 + 1, 2, G4 - 1, true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows) && !r->failed; i++) {
		r->row = rows[i].name;
		expect(r, qnet_ack_covers(rows[i].acked, rows[i].bits, rows[i].number) ==
		       rows[i].covered);
	}
}

static const struct qnet_case ack_cases[] = {
	{ "starts empty", ack_starts_empty },
	{ "checking marks nothing", ack_checking_marks_nothing },
	{ "in order", ack_in_order },
	{ "a gap and its end", ack_gap_and_its_end },
	{ "bits leave at the end", ack_bits_leave_at_the_end },
	{ "window edge", ack_window_edge },
	{ "a jump clears slots", ack_jump_clears_slots },
	{ "low passes holes with the window", ack_low_passes_holes_with_the_window },
	{ "an acknowledgment leaves nothing out", ack_says_all },
	{ "acknowledgments of many", ack_says_few },
	{ "numbers that begin late", ack_first_number },
	{ "random order", ack_random_order },
	{ "expand: table", ack_expand_table },
	{ "expand: every neighbour", ack_expand_every_neighbour },
	{ "over the wrap", ack_over_the_wrap },
	{ "wrap: without a gap", ack_wrap_without_gap },
	{ "covers: table", ack_covers_table },
};

#endif
