/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames made worse, from true ones
 */
#ifndef _MUTATE_H
#define _MUTATE_H

#include "frame.h"

/* The same numbers for the same seed. */
struct dice {
	uint64_t state;
};

uint32_t dice_roll(struct dice *dice, uint32_t sides);
uint32_t dice_word(struct dice *dice);

/* One that node @from sent, of any kind it sent; false: it has sent nothing yet. */
bool mutate_pick(struct frame_wire *wire, int from, struct dice *dice, struct frame *frame);
/* The same, of a DATA frame with segments. */
bool mutate_pick_segments(struct frame_wire *wire, int from, struct dice *dice,
			  struct frame *frame);

/* Somewhere: bits, bytes, lengths, what is there at all.  Not the CRC. */
void mutate_any(struct frame *frame, struct dice *dice);
/* The segments only: the frame stays one that is read to its end. */
void mutate_segments(struct frame *frame, const struct frame *other, struct dice *dice);
/* One fault for which all of a good frame must be dropped. */
void mutate_fault(struct frame *frame, struct dice *dice);
/* A HELLO of any kind from node @from or another, its fields at their limits and past them. */
void mutate_hello(struct frame *frame, const struct frame_wire *wire, int from,
		  struct dice *dice);

#endif
