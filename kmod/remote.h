/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - peer operations over a link, the client's node
 */
#ifndef _QNET_REMOTE_H
#define _QNET_REMOTE_H

#include <linux/types.h>

struct list_head;
struct qnet_connection;
struct qnet_deadline;
struct qnet_message;
struct qnet_name_place;
struct qnet_net;
struct qnet_pin;
struct qnet_traffic;
struct work_struct;

/* Prepare @conn for its node; nothing is sent before the first message. -ESRCH: no such nd. */
int qnet_remote_attach(struct qnet_connection *conn);
/* Ask node @nd where @name is. */
int qnet_remote_lookup(struct qnet_net *qn, u32 nd, const char *name, size_t len,
		       const struct qnet_deadline *deadline, struct qnet_name_place *place);

/* For traffic.c and answer.c: segments of request bytes. */

/* Segments for [offset, offset + len), all in the message or all in @pin, onto @list. */
int qnet_remote_cut(struct qnet_message *msg, struct qnet_pin *pin, u32 pull, u32 offset,
		    u32 len, struct list_head *list, gfp_t gfp);
void qnet_remote_free_cuts(struct list_head *list);
/* With msg->lock held and the client's thread still there: so qnet_link_forget() finds them. */
void qnet_remote_queue_cuts(struct qnet_message *msg, struct list_head *list);
/* The client's thread shall pin and queue [from, end) for @pull.  With msg->lock held. */
void qnet_remote_want(struct qnet_message *msg, u32 pull, u32 from, u32 end);
/*
 * Is the client's thread to send bytes of @pull?  Then it sends those that follow them, too: each
 * goes once, for pieces that overlap would be refused.
 */
bool qnet_remote_wants(const struct qnet_message *msg, u32 pull);
/* -ENOMEM */
int qnet_remote_send_detach(struct qnet_traffic *traffic, u64 handle, u32 after, gfp_t gfp);
/* The setup and what follows it unasked; nothing does @again, after BUSY. -EHOSTDOWN, -ENOMEM. */
int qnet_remote_request(struct qnet_message *msg, bool again);

#endif
