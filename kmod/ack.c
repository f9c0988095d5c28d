// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - which packet numbers were received, and how acknowledgments say it
 */
#include "ack.h"

#include <linux/kernel.h>
#include <linux/string.h>

static unsigned int qnet_ack_slot(u64 number)
{
	return number & (QNET_ACK_WINDOW - 1);
}

static bool qnet_ack_has(const struct qnet_ack_window *window, u64 number)
{
	unsigned int slot = qnet_ack_slot(number);

	return window->bits[slot / BITS_PER_LONG] >> (slot % BITS_PER_LONG) & 1;
}

static void qnet_ack_put(struct qnet_ack_window *window, u64 number, bool received)
{
	unsigned int slot = qnet_ack_slot(number);
	unsigned long bit = 1UL << (slot % BITS_PER_LONG);

	if (received)
		window->bits[slot / BITS_PER_LONG] |= bit;
	else
		window->bits[slot / BITS_PER_LONG] &= ~bit;
}

void qnet_ack_init(struct qnet_ack_window *window, u64 first)
{
	memset(window, 0, sizeof(*window));
	window->low = first;
	if (first == 1)
		return;
	/* as if all before it had come */
	window->largest = first - 1;
	window->said = first - 1;
	window->recent = first - 2 < QNET_ACK_BITS ? (1U << (first - 2)) - 1 : U32_MAX;
	memset(window->bits, 0xff, sizeof(window->bits));
}

enum qnet_ack_verdict qnet_ack_check(const struct qnet_ack_window *window, u64 number)
{
	if (number > window->largest)
		return QNET_ACK_NEW;
	if (!number || number + QNET_ACK_WINDOW <= window->largest)
		return QNET_ACK_OLD;
	return qnet_ack_has(window, number) ? QNET_ACK_DUPLICATE : QNET_ACK_NEW;
}

/* Forget the numbers whose slots are needed, at most a window of them. */
static void qnet_ack_advance(struct qnet_ack_window *window, u64 number)
{
	u64 step = number - window->largest;
	u64 next;

	if (step >= QNET_ACK_WINDOW)
		memset(window->bits, 0, sizeof(window->bits));
	else
		for (next = window->largest + 1; next < number; next++)
			qnet_ack_put(window, next, false);

	window->recent = step < QNET_ACK_BITS ? window->recent << step : 0;
	if (window->largest && step <= QNET_ACK_BITS)
		window->recent |= 1U << (step - 1);
	window->largest = number;
}

static void qnet_ack_take(struct qnet_ack_window *window, u64 number)
{
	u64 low = window->low;

	if (qnet_ack_check(window, number) != QNET_ACK_NEW)
		return;
	if (number > window->largest)
		qnet_ack_advance(window, number);
	else if (window->largest - number <= QNET_ACK_BITS)
		window->recent |= 1U << (window->largest - number - 1);
	qnet_ack_put(window, number, true);

	if (low + QNET_ACK_WINDOW <= window->largest)
		low = window->largest - QNET_ACK_WINDOW + 1;
	while (low <= window->largest && qnet_ack_has(window, low))
		low++;
	WRITE_ONCE(window->low, low);
}

void qnet_ack_mark(struct qnet_ack_window *window, u64 number)
{
	qnet_ack_take(window, number);
	/* no frame has the one before: it is not missing */
	if ((u32)number == 1)
		qnet_ack_take(window, number - 1);
}

/* Of those after @said that one acknowledgment names the last that was received; 0: none. */
static u64 qnet_ack_next(const struct qnet_ack_window *window, u64 said)
{
	u64 number;

	for (number = said + QNET_ACK_BITS + 1; number > said; number--)
		if (qnet_ack_has(window, number) && (u32)number)
			return number;
	return 0;
}

u64 qnet_ack_say(struct qnet_ack_window *window, u32 *bits)
{
	u64 said = window->said, number = 0;
	u32 i;

	if (said + QNET_ACK_WINDOW <= window->largest)
		said = window->largest - QNET_ACK_WINDOW + 1;
	while (said + QNET_ACK_BITS + 1 < window->largest) {
		number = qnet_ack_next(window, said);
		if (number)
			break;
		said += QNET_ACK_BITS + 1;
	}
	if (!number) {
		window->said = window->largest;
		*bits = window->recent;
		return window->largest;
	}
	window->said = number;
	*bits = 0;
	for (i = 0; i < QNET_ACK_BITS && i + 1 < number; i++)
		if (number - 1 - i + QNET_ACK_WINDOW > window->largest &&
		    qnet_ack_has(window, number - 1 - i))
			*bits |= 1U << i;
	return number;
}

void qnet_ack_skip(struct qnet_ack_window *window)
{
	window->said = window->largest;
}

bool qnet_ack_has_gap(const struct qnet_ack_window *window)
{
	u32 all = U32_MAX;

	if (window->largest <= QNET_ACK_BITS)
		all = window->largest ? (1U << (window->largest - 1)) - 1 : 0;
	return window->recent != all;
}

u64 qnet_ack_expand(u64 expected, u32 low)
{
	u64 number = (expected & ~(u64)U32_MAX) | low;

	if (number + (1ULL << 31) <= expected && number + (1ULL << 32) > number)
		return number + (1ULL << 32);
	if (number > expected + (1ULL << 31) && number >= 1ULL << 32)
		return number - (1ULL << 32);
	return number;
}

bool qnet_ack_covers(u64 acked, u32 bits, u64 number)
{
	if (!number || number > acked)
		return false;
	if (number == acked)
		return true;
	return acked - number <= QNET_ACK_BITS && bits >> (acked - number - 1) & 1;
}
