/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - which packet numbers were received, and how acknowledgments say it
 *
 * Packet numbers count from 1, or from more for tests; 64 bits inside, 32 on the wire.  Pure: no
 * locks.
 */
#ifndef _QNET_ACK_H
#define _QNET_ACK_H

#include <linux/bitops.h>
#include <linux/types.h>

#include "param.h"

#define QNET_ACK_WINDOW	QNET_FIXED(receive_window) /* numbers remembered; a power of two */
#define QNET_ACK_BITS	32	/* those an acknowledgment names below its largest */

/*
 * @largest:	largest number received, 0: none
 * @low:	every number below it was received or is too old to be taken; changes under the
 *		caller's lock, read by qnet_link_passed() without
 * @recent:	bit i: largest - 1 - i was received; what an acknowledgment says
 * @said:	acknowledgments were about numbers up to this one
 * @bits:	bit (number modulo the window) for the numbers largest - window < number <= largest
 */
struct qnet_ack_window {
	u64 largest;
	u64 low;
	u64 said;
	u32 recent;
	unsigned long bits[BITS_TO_LONGS(QNET_ACK_WINDOW)];
};

enum qnet_ack_verdict {
	QNET_ACK_NEW,
	QNET_ACK_DUPLICATE,
	QNET_ACK_OLD,		/* below the window: dropped unread */
};

/* The first number of the peer's is @first. */
void qnet_ack_init(struct qnet_ack_window *window, u64 first);

/* What @number is; nothing changes until qnet_ack_mark() once the frame was taken. */
enum qnet_ack_verdict qnet_ack_check(const struct qnet_ack_window *window, u64 number);
void qnet_ack_mark(struct qnet_ack_window *window, u64 number);

/*
 * What the next acknowledgment says: a number, returned, and @bits below it.  It leaves none out
 * that came in time: is there more than it can name, it is not about the largest, and another one
 * should follow.
 */
u64 qnet_ack_say(struct qnet_ack_window *window, u32 *bits);

/* Nothing that came until now must be said. */
void qnet_ack_skip(struct qnet_ack_window *window);

/* True if one of the last numbers an acknowledgment names is missing. */
bool qnet_ack_has_gap(const struct qnet_ack_window *window);

/* The number nearest to @expected whose low half is @low; never below 0. */
u64 qnet_ack_expand(u64 expected, u32 low);

/* Does the acknowledgment of @acked and @bits name @number? */
bool qnet_ack_covers(u64 acked, u32 bits, u64 number);

#endif
