// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames made worse, from true ones
 */
#define _GNU_SOURCE
#include "mutate.h"

#include <stdio.h>
#include <string.h>

#include "qt.h"

#define MUTATE_SEGMENTS	64
#define MUTATE_MTU	1500
#define MUTATE_KINDS	20	/* of segments */

/* Counts and lengths of the protocol, each and one more. */
static const uint32_t mutate_limits[] = {
	0, 1, 2, 7, 8, 9, 24, 31, 32, 33, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025,
	1476, 1477, 3072, 3073, 4095, 4096, 9216, 9217, 16384, 65535, 65536, 65537, 1 << 20,
	(64 << 20) - 1, 64 << 20, (64 << 20) + 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
};

uint32_t dice_word(struct dice *dice)
{
	dice->state = dice->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(dice->state >> 32);
}

uint32_t dice_roll(struct dice *dice, uint32_t sides)
{
	return (uint32_t)((uint64_t)dice_word(dice) * sides >> 32);
}

static bool mutate_pick_from(struct frame_wire *wire, int from, struct dice *dice,
			     struct frame *frame, uint32_t lowest, uint32_t end)
{
	struct frame_end *node = &wire->end[from];
	uint32_t first = dice_roll(dice, end - lowest), i, kind;
	long kept;

	for (i = 0; i < end - lowest; i++) {
		kind = lowest + (first + i) % (end - lowest);
		kept = node->count[kind] < FRAME_KEEP ? node->count[kind] : FRAME_KEEP;
		if (!kept)
			continue;
		*frame = node->kept[kind][dice_roll(dice, (uint32_t)kept)];
		return true;
	}
	return false;
}

bool mutate_pick(struct frame_wire *wire, int from, struct dice *dice, struct frame *frame)
{
	return mutate_pick_from(wire, from, dice, frame, 0, FRAME_KINDS);
}

bool mutate_pick_segments(struct frame_wire *wire, int from, struct dice *dice,
			  struct frame *frame)
{
	return mutate_pick_from(wire, from, dice, frame, 1, FRAME_KIND_HELLO + 1);
}

/* Where the segments of a DATA frame begin; the last entry is where they end. */
static unsigned int mutate_find(const struct frame *frame, size_t *at)
{
	size_t end = FRAME_HEAD + frame_length(frame) - FRAME_CRC, p = FRAME_BODY, length;
	unsigned int count = 0;

	if (frame_length(frame) < FRAME_OVERHEAD || end > frame->len)
		end = FRAME_BODY;
	while (p + 8 <= end && count < MUTATE_SEGMENTS) {
		length = frame_get16(frame->byte + p + 2);
		if (length < 8 || length > end - p)
			break;
		at[count++] = p;
		p += length;
	}
	at[count] = p;
	return count;
}

/* A number of @width bytes at @p becomes a limit, the next to what it is, or any. */
static void mutate_number(unsigned char *p, uint32_t width, struct dice *dice)
{
	uint32_t now = width == 1 ? p[0] : width == 2 ? frame_get16(p) : frame_get32(p);
	uint32_t how = dice_roll(dice, 8);

	if (how < 5)
		now = mutate_limits[dice_roll(dice, ARRAY_SIZE(mutate_limits))];
	else if (how == 5)
		now++;
	else if (how == 6)
		now--;
	else
		now = dice_word(dice);
	if (width == 1)
		p[0] = (unsigned char)now;
	else if (width == 2)
		frame_put16(p, now);
	else
		frame_put32(p, now);
}

static void mutate_bits(unsigned char *p, size_t n, struct dice *dice)
{
	uint32_t times = 1 + dice_roll(dice, 6);

	while (times--)
		p[dice_roll(dice, (uint32_t)n)] ^= 1 << dice_roll(dice, 8);
}

/* @extra bytes more, or fewer, of anything, with the length's knowledge or without. */
static void mutate_size(struct frame *frame, struct dice *dice)
{
	size_t had = frame->len, len;

	if (dice_roll(dice, 2))
		len = FRAME_HEAD + dice_roll(dice, (uint32_t)(had - FRAME_HEAD) + 1);
	else
		len = had + dice_roll(dice, 200);
	if (len > FRAME_HEAD + MUTATE_MTU)
		len = FRAME_HEAD + MUTATE_MTU;
	for (; had < len; had++)
		frame->byte[had] = (unsigned char)dice_word(dice);
	frame->len = len;
	if (len >= FRAME_HEAD + 4 && dice_roll(dice, 2))
		frame_set_length(frame, len - FRAME_HEAD);
}

void mutate_any(struct frame *frame, struct dice *dice)
{
	uint32_t times = 1 + dice_roll(dice, 3), width;
	size_t n;

	while (times--) {
		n = frame->len - FRAME_HEAD;
		width = 1 << dice_roll(dice, 3);
		if (n < 4)
			return;
		switch (dice_roll(dice, 4)) {
		case 0:
			mutate_bits(frame->byte + FRAME_HEAD, n, dice);
			break;
		case 1:
			mutate_size(frame, dice);
			break;
		case 2:
			/* header and first segment, where the lengths are */
			n = n < 64 ? n : 64;
			mutate_number(frame->byte + FRAME_HEAD +
				      dice_roll(dice, (uint32_t)(n - width) + 1), width, dice);
			break;
		default:
			mutate_number(frame->byte + FRAME_HEAD +
				      dice_roll(dice, (uint32_t)(n - width) + 1), width, dice);
			break;
		}
	}
}

/* Segments [first, last) of @other go to the end, if there is room. */
static void mutate_splice(struct frame *frame, const struct frame *other, struct dice *dice)
{
	size_t from[MUTATE_SEGMENTS + 1], to[MUTATE_SEGMENTS + 1], size, end;
	unsigned int count = mutate_find(other, from), first, last;

	if (!count)
		return;
	first = dice_roll(dice, count);
	last = first + 1 + dice_roll(dice, count - first);
	size = from[last] - from[first];
	end = to[mutate_find(frame, to)];
	if (end + size + FRAME_CRC > FRAME_HEAD + MUTATE_MTU)
		return;
	memcpy(frame->byte + end, other->byte + from[first], size);
	frame_set_length(frame, end + size + FRAME_CRC - FRAME_HEAD);
}

static void mutate_remove(struct frame *frame, struct dice *dice)
{
	size_t at[MUTATE_SEGMENTS + 1];
	unsigned int count = mutate_find(frame, at), gone;

	if (count < 2)
		return;
	gone = dice_roll(dice, count);
	memmove(frame->byte + at[gone], frame->byte + at[gone + 1], at[count] - at[gone + 1]);
	frame_set_length(frame, at[count] - (at[gone + 1] - at[gone]) + FRAME_CRC - FRAME_HEAD);
}

/* One field of one segment, or its kind, or the bytes it carries. */
static void mutate_field(struct frame *frame, struct dice *dice)
{
	size_t at[MUTATE_SEGMENTS + 1], n;
	unsigned int count = mutate_find(frame, at), which;
	unsigned char *p;

	if (!count)
		return;
	which = dice_roll(dice, count);
	p = frame->byte + at[which];
	n = at[which + 1] - at[which];
	switch (dice_roll(dice, 8)) {
	case 0:
		p[0] = (unsigned char)(1 + dice_roll(dice, MUTATE_KINDS - 1));	/* but BYE */
		break;
	case 1:
		mutate_number(p + 1, 1, dice);
		break;
	case 2:
		mutate_number(p + 4, 4, dice);
		break;
	case 3:
		mutate_bits(p + 4, n - 4, dice);
		break;
	default:
		/* words stand on even offsets, after kind, flags and length */
		n = n < 80 ? n : 80;
		mutate_number(p + 4 + (dice_roll(dice, (uint32_t)(n - 8) / 2 + 1) & ~1U), 4, dice);
		break;
	}
}

void mutate_segments(struct frame *frame, const struct frame *other, struct dice *dice)
{
	uint32_t times = 1 + dice_roll(dice, 3);

	while (times--) {
		switch (dice_roll(dice, 8)) {
		case 0:
			mutate_splice(frame, other, dice);
			break;
		case 1:
			mutate_splice(frame, frame, dice);
			break;
		case 2:
			mutate_remove(frame, dice);
			break;
		default:
			mutate_field(frame, dice);
			break;
		}
	}
}

void mutate_fault(struct frame *frame, struct dice *dice)
{
	unsigned char *p = frame->byte + FRAME_HEAD, *seg = frame->byte + FRAME_BODY;
	size_t left = frame_length(frame) - FRAME_OVERHEAD;

	switch (dice_roll(dice, 7)) {
	case 0:
		p[0] = (unsigned char)((2 + dice_roll(dice, 14)) << 4 | FRAME_TYPE_DATA);
		break;
	case 1:
		p[0] = (unsigned char)(0x10 | (4 + dice_roll(dice, 12)));
		break;
	case 2:
		p[1] = (unsigned char)(1 + dice_roll(dice, 255));
		break;
	case 3:
		/* a number that was never sent */
		frame_put32(p + 12, frame_get32(p + 12) + (1 << 30));
		break;
	case 4:
		seg[0] = (unsigned char)(MUTATE_KINDS + 1 + dice_roll(dice, 200));
		break;
	case 5:
		frame_put16(seg + 2, dice_roll(dice, 8));
		break;
	default:
		frame_put16(seg + 2, (uint32_t)left + 1 + dice_roll(dice, 8000));
		break;
	}
}

void mutate_hello(struct frame *frame, const struct frame_wire *wire, int from,
		  struct dice *dice)
{
	static const uint32_t mtu[] = { 0, 575, 576, 1500, 9216, 9217, 65535 };
	static const char * const names[] = { "alpha", "beta" };
	unsigned char *p = frame->byte + FRAME_HEAD, *body = p + 20;
	uint32_t kind = dice_roll(dice, 20), i;

	memset(p, 0, FRAME_HELLO);
	p[0] = 0x10 | FRAME_TYPE_HELLO;
	frame_set_length(frame, FRAME_HELLO);
	kind = kind < 18 ? 1 + kind % 4 : dice_roll(dice, 256);
	body[0] = (unsigned char)kind;
	body[1] = 1;
	body[2] = (unsigned char)(1 + dice_roll(dice, 2));
	frame_put32(body + 8, dice_word(dice));
	frame_put32(body + 12, dice_word(dice));
	if (dice_roll(dice, 2))
		memcpy(body + 8, wire->end[from].incarnation, 8);
	if (kind >= 3 || dice_roll(dice, 2))
		memcpy(body + 16, wire->end[!from].incarnation, 8);
	if (dice_roll(dice, 8) == 0)
		frame_put32(body + 16, dice_word(dice));
	/* indices and cookie, as the kind has them or not */
	if (kind == 2 || kind == 3 || dice_roll(dice, 8) == 0)
		frame_put32(body + 24, dice_word(dice));
	if (kind == 3 || kind == 4 || dice_roll(dice, 8) == 0)
		frame_put32(body + 28, dice_word(dice));
	if (kind == 4 || (kind == 2 && dice_roll(dice, 2)) || dice_roll(dice, 8) == 0)
		frame_put32(body + 36, dice_word(dice));
	frame_put16(body + 40, dice_roll(dice, 4) ? 1500 : mtu[dice_roll(dice, ARRAY_SIZE(mtu))]);
	frame_put32(body + 44, dice_roll(dice, 8) ? 4000 : dice_word(dice));
	frame_put32(body + 48, dice_roll(dice, 8) ? 1000 : dice_word(dice));
	i = dice_roll(dice, 8);
	if (i < 4)
		strcpy((char *)body + 60, names[i < 3 ? from : !from]);
	else
		snprintf((char *)body + 60, 32, "fuzz-%u", dice_roll(dice, 1000));
	if (dice_roll(dice, 8) == 0)
		mutate_bits(body, FRAME_HELLO - FRAME_OVERHEAD, dice);
}
