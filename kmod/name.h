/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - service names of this node
 */
#ifndef _QNET_NAME_H
#define _QNET_NAME_H

#include <linux/types.h>

struct qnet_channel;
struct qnet_net;

/* Where a name leads; the incarnation tells the channel from a later one of the same number. */
struct qnet_name_place {
	s32 pid;
	s32 chid;
	u64 incarnation;
};

/* -EINVAL: not a name (empty, "/x", ".." in it, no NUL); -EBUSY: taken; -ESRCH: channel is dead. */
int qnet_name_attach(struct qnet_channel *channel, const char *name, size_t size);
/* -ENOENT: not one of this channel's. */
int qnet_name_detach(struct qnet_channel *channel, const char *name, size_t size);
/* The channel is dead: its names go. */
void qnet_name_drop(struct qnet_channel *channel);
/* Any context; -ENOENT. @name need not end with NUL. */
int qnet_name_lookup(struct qnet_net *qn, const char *name, size_t len,
		     struct qnet_name_place *place);

void qnet_name_net_init(struct qnet_net *qn);

#endif
