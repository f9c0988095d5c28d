/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what is remembered of an answered request
 */
#ifndef _QNET_TOMB_H
#define _QNET_TOMB_H

#include <linux/list.h>
#include <linux/types.h>

struct qnet_message;
struct qnet_segment_info;
struct qnet_small_segment;
struct qnet_traffic;

/*
 * Lifetime and locking: stands in the traffic's services in its request's stead, tagged, from the
 * answer's acknowledgement until the receive window has passed every frame that could hold a copy
 * of the request. Under the traffic's lock.
 */
struct qnet_tomb {
	struct list_head list;
	u32 xid;
	u64 mark;		/* largest number received when the answer was acknowledged */
};

/* The answers of a message: the first counts. Takes @small; -ESRCH: the link is dead. */
int qnet_tomb_reply(struct qnet_message *msg, struct qnet_small_segment *small);
/* Any context; the flags and the code of an ERROR. */
void qnet_tomb_message(struct qnet_message *msg, u8 flags, u32 code);
/* An answer to what never was a message. Reception; -ENOMEM. */
int qnet_tomb_answer(struct qnet_traffic *traffic, const struct qnet_segment_info *info);
/* Forgets what cannot come again. Reception. */
void qnet_tomb_expire(struct qnet_traffic *traffic);

#endif
