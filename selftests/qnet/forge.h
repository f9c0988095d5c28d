/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames in the name of one of two nodes that it never sent
 */
#ifndef _FORGE_H
#define _FORGE_H

#include "mutate.h"

/* Addresses and header of a DATA frame of the session as it is; the length stays. */
void forge_head(const struct frame_wire *wire, int from, uint32_t number, struct frame *frame);
void forge_reset(const struct frame_wire *wire, int from, uint32_t unknown, struct frame *frame);
void forge_bye(const struct frame_wire *wire, int from, uint32_t number, struct frame *frame);
/* From an address that neither node has. */
void forge_stranger(struct dice *dice, struct frame *frame);

/*
 * One that must do nothing: another session's, from elsewhere, a copy, malformed, a HELLO or RESET
 * of who does not know the session.
 */
void forge_harmless(struct frame_wire *wire, int from, struct dice *dice, struct frame *frame);
/* One of who reads the session off the wire, anything in it. */
void forge_harmful(struct frame_wire *wire, int from, uint32_t number, struct dice *dice,
		   struct frame *frame);

#endif
