// SPDX-License-Identifier: GPL-2.0
/* fuzz: kmod/ack.c */
/* options: -max_len=512 */
/*
 * qnet - packet numbers in any order
 *
 * Beside the window there is the plain set of all numbers that were received: what the window says
 * must be what the set says.
 */
#include "ack.h"

#include <linux/kernel.h>

#include "fuzz.h"

#define NUMBERS	512
#define MOST	(1ULL << 63)	/* no sender comes that far */

struct ack_set {
	u64 number[NUMBERS];
	size_t count;
	u64 largest;
};

static bool ack_received(const struct ack_set *set, u64 number)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->number[i] == number)
			return true;
	return false;
}

/* came[i]: largest - i was received. */
static void ack_came(const struct ack_set *set, bool *came, size_t count)
{
	size_t i;

	memset(came, 0, count);
	for (i = 0; i < set->count; i++)
		if (set->largest - set->number[i] < count)
			came[set->largest - set->number[i]] = true;
}

static enum qnet_ack_verdict ack_verdict(const struct ack_set *set, u64 number)
{
	if (!number || (set->largest >= QNET_ACK_WINDOW &&
			number <= set->largest - QNET_ACK_WINDOW))
		return QNET_ACK_OLD;
	return ack_received(set, number) ? QNET_ACK_DUPLICATE : QNET_ACK_NEW;
}

/* An acknowledgment names what was received, all of that within its reach, and nothing else. */
static void ack_names_what_came(const struct qnet_ack_window *window, const struct ack_set *set)
{
	bool came[QNET_ACK_BITS + 2];
	bool gap = false;
	u64 number;
	int back;

	ack_came(set, came, ARRAY_SIZE(came));
	fuzz_check(window->largest == set->largest);
	for (back = 0; back <= QNET_ACK_BITS + 1 && (u64)back < set->largest; back++) {
		number = set->largest - back;
		fuzz_check(qnet_ack_covers(window->largest, window->recent, number) ==
			   (back <= QNET_ACK_BITS && came[back]));
		gap |= back <= QNET_ACK_BITS && !came[back];
	}
	if (set->largest <= QNET_ACK_BITS)
		fuzz_check(window->recent >> (set->largest ? set->largest - 1 : 0) == 0);
	fuzz_check(!qnet_ack_covers(window->largest, window->recent, window->largest + 1));
	fuzz_check(qnet_ack_has_gap(window) == gap);
}

static void ack_low(const struct qnet_ack_window *window, const struct ack_set *set)
{
	fuzz_check(window->low >= 1 && window->low <= window->largest + 1);
	fuzz_check(qnet_ack_check(window, window->low) == QNET_ACK_NEW);
	fuzz_check(ack_verdict(set, window->low) == QNET_ACK_NEW);
	if (window->low > 1)
		fuzz_check(ack_verdict(set, window->low - 1) != QNET_ACK_NEW);
}

static void ack_whole_window(const struct qnet_ack_window *window, const struct ack_set *set)
{
	bool came[QNET_ACK_WINDOW + 2];
	enum qnet_ack_verdict want;
	u64 back, number;

	ack_came(set, came, ARRAY_SIZE(came));
	for (back = 0; back < ARRAY_SIZE(came) && back < set->largest; back++) {
		number = set->largest - back;
		want = came[back] ? QNET_ACK_DUPLICATE : QNET_ACK_NEW;
		if (back >= QNET_ACK_WINDOW)
			want = QNET_ACK_OLD;
		fuzz_check(qnet_ack_check(window, number) == want);
		fuzz_check(number >= window->low || want != QNET_ACK_NEW);
	}
	fuzz_check(qnet_ack_check(window, set->largest + 1) == QNET_ACK_NEW);
}

static void ack_take(struct qnet_ack_window *window, struct ack_set *set, u64 number)
{
	enum qnet_ack_verdict verdict = ack_verdict(set, number);

	fuzz_check(qnet_ack_check(window, number) == verdict);
	if (verdict == QNET_ACK_NEW) {
		if (set->count >= NUMBERS - 1)
			return;
		set->number[set->count++] = number;
		if (number > set->largest)
			set->largest = number;
		/* the one before that no frame has comes with it */
		if ((u32)number == 1 && ack_verdict(set, number - 1) == QNET_ACK_NEW)
			set->number[set->count++] = number - 1;
	}
	qnet_ack_mark(window, number);
	ack_names_what_came(window, set);
	ack_low(window, set);
}

/* The nearest number with that low half, as far as there is one above zero. */
static void ack_expand(u64 expected, u32 low)
{
	u64 number = qnet_ack_expand(expected, low);
	u64 away = number > expected ? number - expected : expected - number;

	fuzz_check((u32)number == low);
	fuzz_check(away <= 1ULL << 31 || (number > expected && number >> 32 == 0));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { .data = data, .left = size };
	struct qnet_ack_window window;
	struct ack_set set = { 0 };
	u64 number;

	qnet_ack_init(&window, 1);
	ack_names_what_came(&window, &set);
	while (in.left) {
		switch (fuzz_number(&in, 1) % 8) {
		case 0:
			number = window.largest + 1;
			break;
		case 1:
			number = window.largest + 1 + fuzz_number(&in, 1);
			break;
		case 2:
			number = window.largest + fuzz_number(&in, 2);
			break;
		case 3:
			number = window.largest - fuzz_number(&in, 1);
			break;
		case 4:
			number = window.largest - fuzz_number(&in, 2);
			break;
		case 5:
			number = window.low;
			break;
		case 6:
			/* as the wire has it */
			number = fuzz_number(&in, 4);
			ack_expand(window.largest + 1, number);
			number = qnet_ack_expand(window.largest + 1, number);
			break;
		default:
			number = fuzz_number(&in, 8);
			break;
		}
		ack_take(&window, &set, number % MOST);
	}
	ack_whole_window(&window, &set);
	return 0;
}
