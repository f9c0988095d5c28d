/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - bytes of a request, cut into segments
 */
#ifndef _QNET_CUT_H
#define _QNET_CUT_H

#include <linux/types.h>

struct list_head;
struct qnet_message;
struct qnet_pin;
struct qnet_want;

/* Segments for [offset, offset + len), all in the message or all in @pin, onto @list. */
int qnet_cut_make(struct qnet_message *msg, struct qnet_pin *pin, u32 pull, u32 offset, u32 len,
		  struct list_head *list, gfp_t gfp);
void qnet_cut_free_all(struct list_head *list);
/* With msg->lock held and the client's thread still there: so qnet_link_forget() finds them. */
void qnet_cut_queue(struct qnet_message *msg, struct list_head *list);
/* The client's thread shall pin and queue [from, end) for @pull.  With msg->lock held. */
void qnet_cut_want(struct qnet_message *msg, u32 pull, u32 from, u32 end);
/*
 * Is the client's thread to send bytes of @pull?  Then it sends those that follow them, too: each
 * goes once, for pieces that overlap would be refused.
 */
bool qnet_cut_wants(const struct qnet_message *msg, u32 pull);
/* It pinned what @want says, or the first part of that. */
void qnet_cut_pinned(struct qnet_message *msg, const struct qnet_want *want);

#endif
