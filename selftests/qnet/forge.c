// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames in the name of one of two nodes that it never sent
 */
#define _GNU_SOURCE
#include "forge.h"

#include <string.h>

/* A DATA frame of this session's, next in line. */
void forge_head(const struct frame_wire *wire, int from, uint32_t number, struct frame *frame)
{
	const struct frame_live *live = &wire->end[from].live;
	uint32_t sent = wire->end[!from].live.number;
	/* who believed what was forged acknowledges what was never sent */
	bool fooled = (int32_t)(live->acked - sent) > 0;
	unsigned char *p = frame->byte + FRAME_HEAD;

	frame_address(wire, from, frame);
	p[0] = 0x10 | FRAME_TYPE_DATA;
	p[1] = 0;
	frame_put32(p + 4, live->index);
	frame_put32(p + 8, number);
	frame_put32(p + 12, fooled ? sent : live->acked);
	frame_put32(p + 16, live->ack_bits);
}

void forge_reset(const struct frame_wire *wire, int from, uint32_t unknown, struct frame *frame)
{
	unsigned char *p = frame->byte + FRAME_HEAD;

	memset(frame->byte, 0, FRAME_HEAD + ETH_ZLEN);
	frame_address(wire, from, frame);
	p[0] = 0x10 | FRAME_TYPE_RESET;
	frame_put16(p + 2, FRAME_OVERHEAD + 4);
	frame_put32(p + 20, unknown);
	frame->len = ETH_ZLEN;
	frame_seal(frame, true);
}

void forge_bye(const struct frame_wire *wire, int from, uint32_t number, struct frame *frame)
{
	unsigned char *p = frame->byte + FRAME_BODY;

	memset(frame->byte, 0, FRAME_HEAD + ETH_ZLEN);
	forge_head(wire, from, number, frame);
	frame_set_length(frame, FRAME_OVERHEAD + 8);
	p[0] = 20;
	frame_put16(p + 2, 8);
	frame->len = ETH_ZLEN;
	frame_seal(frame, true);
}

/* Off the path ------------------------------------------------------------------------------ */

static void forge_garbage(struct dice *dice, struct frame *frame)
{
	size_t i;

	frame->len = FRAME_HEAD + dice_roll(dice, 1501);
	for (i = FRAME_HEAD; i < frame->len; i++)
		frame->byte[i] = (unsigned char)dice_word(dice);
}

/* A station's address that neither node has. */
void forge_stranger(struct dice *dice, struct frame *frame)
{
	frame_put32(frame->byte + ETH_ALEN + 2, dice_word(dice));
	frame->byte[ETH_ALEN] = 0x02;
	frame->byte[ETH_ALEN + 1] = 0x77;
}

/* Another session's, or none's. */
static void forge_other_session(struct frame_wire *wire, int from, struct dice *dice,
				struct frame *frame)
{
	mutate_pick(wire, from, dice, frame);
	mutate_any(frame, dice);
	if (frame->len < FRAME_HEAD + 8)
		return;
	do
		frame_put32(frame->byte + FRAME_HEAD + 4, dice_word(dice));
	while (frame_get32(frame->byte + FRAME_HEAD + 4) == wire->end[from].live.index);
	/* what names a session in the body is a HELLO's or RESET's: they have another way */
	if (frame->len > FRAME_HEAD + 20 && (frame->byte[FRAME_HEAD] & 0x0f) != FRAME_TYPE_DATA)
		frame->byte[FRAME_HEAD] = 0x10 | FRAME_TYPE_DATA;
	frame_seal(frame, dice_roll(dice, 8));
}

/* One frame that must do nothing. */
void forge_harmless(struct frame_wire *wire, int from, struct dice *dice, struct frame *frame)
{
	const struct frame_live *live = &wire->end[from].live;

	memset(frame, 0, sizeof(*frame));
	switch (dice_roll(dice, 10)) {
	case 0:
	case 1:
		forge_other_session(wire, from, dice, frame);
		frame_address(wire, from, frame);
		if (dice_roll(dice, 2))
			forge_stranger(dice, frame);
		break;
	case 2:
		/* all is right but where it comes from */
		mutate_pick_segments(wire, dice_roll(dice, 2), dice, frame);
		mutate_segments(frame, frame, dice);
		forge_head(wire, from, live->number + dice_roll(dice, 40), frame);
		forge_stranger(dice, frame);
		frame_seal(frame, true);
		break;
	case 3:
		mutate_pick_segments(wire, dice_roll(dice, 2), dice, frame);
		forge_head(wire, from, live->number + dice_roll(dice, 40), frame);
		mutate_any(frame, dice);
		frame_seal(frame, false);
		break;
	case 4:
		mutate_pick(wire, from, dice, frame);
		break;
	case 5:
	case 6:
		mutate_hello(frame, wire, from, dice);
		frame_address(wire, from, frame);
		if (dice_roll(dice, 2))
			forge_stranger(dice, frame);
		frame_seal(frame, dice_roll(dice, 16));
		break;
	case 7:
		forge_reset(wire, from, dice_word(dice) | 1, frame);
		if (dice_roll(dice, 2))
			forge_stranger(dice, frame);
		break;
	case 8:
		forge_garbage(dice, frame);
		frame_address(wire, from, frame);
		if (dice_roll(dice, 4) == 0)
			forge_stranger(dice, frame);
		break;
	default:
		mutate_pick_segments(wire, dice_roll(dice, 2), dice, frame);
		forge_head(wire, from, live->number + dice_roll(dice, 40), frame);
		mutate_fault(frame, dice);
		frame_seal(frame, true);
		break;
	}
}

/* On the path ------------------------------------------------------------------------------- */

void forge_harmful(struct frame_wire *wire, int from, uint32_t number, struct dice *dice,
		   struct frame *frame)
{
	unsigned char *p = frame->byte + FRAME_HEAD;
	struct frame other;

	mutate_pick_segments(wire, dice_roll(dice, 4) ? from : !from, dice, frame);
	other = *frame;
	mutate_pick_segments(wire, (int)dice_roll(dice, 2), dice, &other);
	if (dice_roll(dice, 4))
		mutate_segments(frame, &other, dice);
	else
		mutate_any(frame, dice);
	forge_head(wire, from, number, frame);
	if (dice_roll(dice, 16) == 0)
		frame_put32(p + 12, frame_get32(p + 12) + 1 + dice_roll(dice, 3));
	if (dice_roll(dice, 32) == 0)
		frame_put32(p + 16, dice_word(dice));
	frame_seal(frame, dice_roll(dice, 32));
}
