/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - peer operations over a link, the client's node
 */
#ifndef _QNET_REMOTE_H
#define _QNET_REMOTE_H

#include <linux/types.h>

struct qnet_connection;
struct qnet_deadline;
struct qnet_message;
struct qnet_name_place;
struct qnet_net;
struct qnet_traffic;

/* Prepare @conn for its node; nothing is sent before the first message. -ESRCH: no such nd. */
int qnet_remote_attach(struct qnet_connection *conn);
/* Ask node @nd where @name is. */
int qnet_remote_lookup(struct qnet_net *qn, u32 nd, const char *name, size_t len,
		       const struct qnet_deadline *deadline, struct qnet_name_place *place);

/* For traffic.c and answer.c. */

/* -ENOMEM */
int qnet_remote_send_detach(struct qnet_traffic *traffic, u64 handle, u32 after, gfp_t gfp);
/* The setup and what follows it unasked; nothing does @again, after BUSY. -EHOSTDOWN, -ENOMEM. */
int qnet_remote_request(struct qnet_message *msg, bool again);

#endif
