/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the size of frames that gets through to a peer
 */
#ifndef _QNET_MTU_H
#define _QNET_MTU_H

#include <linux/ktime.h>
#include <linux/types.h>

#include "link.h"

struct qnet_transmit_record;

/*
 * All under the link's lock but segment.info, which is whoever's is busy.  A try is a PING, in a
 * frame of its own, that is filled up to the size; it is never sent again, and counts as lost only
 * when a later frame was acknowledged.
 */
struct qnet_mtu {
	struct qnet_segment segment;
	bool busy;
	u32 size;			/* that is tried */
	u32 most;			/* what both bearers carry */
	u32 refused;			/* the least that did not; more than .most: none */
	u32 lost;			/* tries of .size */
	u64 number;			/* of its frame; U64_MAX: it did not go yet */
	ktime_t searched;		/* for what is more, last; KTIME_MAX: not yet */
	ktime_t since;			/* when nothing so large arrived any more, if doubted */
};

/* The session opens: its link's first mtu. */
void qnet_mtu_setup(struct qnet_link *link);
void qnet_mtu_agree(struct qnet_link *link);
/* The link is up: look for more. */
void qnet_mtu_begin(struct qnet_link *link);
/* A bearer carries more than before, or less; false: less than what was good.  config_lock held. */
bool qnet_mtu_follow(struct qnet_link *link);
/*
 * Frames of more than the least size are lost again and again / it is @now / one of @size arrived /
 * is this record a try?  The link's lock held.
 */
void qnet_mtu_doubt(struct qnet_link *link);
void qnet_mtu_again(struct qnet_link *link, ktime_t now);
void qnet_mtu_arrived(struct qnet_link *link, u32 size);
bool qnet_mtu_is_try(const struct qnet_link *link, struct qnet_transmit_record *record);

#endif
