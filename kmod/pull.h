/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the bytes of a request, the server's node
 */
#ifndef _QNET_PULL_H
#define _QNET_PULL_H

#include <linux/types.h>

struct iov_iter;
struct qnet_message;
struct qnet_payload;
struct qnet_segment_info;
struct qnet_traffic;

/* Reception ----------------------------------------------------------------------------------- */

/* Bytes that SEND @seg promises to come unasked, its payload included, and that will be taken. */
u32 qnet_pull_eager_of(const struct qnet_traffic *traffic, const struct qnet_segment_info *seg);
/* A new message's first bytes, of @eager; before reception finds it. */
void qnet_pull_first(struct qnet_message *msg, u32 eager, const void *payload, u32 len);
/* What overtook the setup of @msg comes to it; that of request @xid is forgotten for good. */
void qnet_pull_early(struct qnet_traffic *traffic, struct qnet_message *msg);
void qnet_pull_drop(struct qnet_traffic *traffic, u32 xid);
/* -ENOMEM: the frame counts as never received. */
int qnet_pull_data(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
		   const struct qnet_payload *payload);
/* The link is dead. */
void qnet_pull_down(struct qnet_traffic *traffic);

/* Bytes of @msg that came unasked take no room any more: its lock held, or nobody else has it. */
void qnet_pull_room_free(struct qnet_message *msg);

/* Servers' threads ---------------------------------------------------------------------------- */

/* Copies @len bytes at @offset of the request to @to, as struct qnet_peer_ops says. */
int qnet_pull(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *to);

#endif
