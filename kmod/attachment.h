/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the server's end of a connection from another node
 */
#ifndef _QNET_ATTACHMENT_H
#define _QNET_ATTACHMENT_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct qnet_attach;
struct qnet_client;
struct qnet_segment_info;
struct qnet_traffic;

/*
 * Lifetime and locking: the traffic's array holds a reference until DETACH, the channel's death
 * or the link's; each queued pulse another, each of which holds the link. Immutable: traffic,
 * client (one attach's worth), handle, conn, coid, srcnd. pulse_next is reception's alone.
 */
struct qnet_attachment {
	refcount_t refs;
	struct qnet_traffic *traffic;
	struct qnet_client *client;
	struct list_head of_client;	/* under the channel's lock */
	u64 handle;
	u32 conn;			/* the peer's number for it */
	s32 coid;
	u32 srcnd;
	u32 pulse_next;			/* number of the pulse to come */
	atomic_t taken;			/* pulses received by programs */
	atomic_t told;			/* of those, told the peer */
};

/* Referenced or NULL. */
struct qnet_attachment *qnet_attachment_find(struct qnet_traffic *traffic, u64 handle);
/* Referenced, or ERR_PTR: an errno for the peer, or -ENOMEM. */
struct qnet_attachment *qnet_attachment_make(struct qnet_traffic *traffic,
					     const struct qnet_attach *attach);
struct qnet_attachment *qnet_attachment_get(struct qnet_attachment *att);
void qnet_attachment_put(struct qnet_attachment *att);
/* Out of the array, and the client one connection less. */
void qnet_attachment_remove(struct qnet_attachment *att);
/* Its channel is gone: out of the array, and the peer is told. */
void qnet_attachment_die(struct qnet_attachment *att);
/* A pulse of it was received, or will not be.  -ENOMEM: the peer was to be told, and was not. */
int qnet_attachment_taken(struct qnet_attachment *att, gfp_t gfp);
void qnet_attachment_down(struct qnet_traffic *traffic);

#endif
