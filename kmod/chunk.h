/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - bytes on their way into a buffer, in kernel memory
 *
 * Those of a frame that a thread waits for stay where the device put them, if that is not much more
 * than they are; others are copied.
 */
#ifndef _QNET_CHUNK_H
#define _QNET_CHUNK_H

#include <linux/list.h>
#include <linux/types.h>

#include "param.h"

struct iov_iter;
struct qnet_net;
struct sk_buff;

#define QNET_CHUNK_MAX	QNET_FIXED(copied)

struct qnet_chunk {
	struct list_head list;
	u32 seq;		/* PUSH: its number; DATA before its SEND: the xid */
	u32 offset;
	u32 len;
	u32 skb_offset;		/* of the first byte in .skb */
	struct sk_buff *skb;	/* NULL: they are in .data */
	u8 data[];
};

struct qnet_chunk *qnet_chunk_make(struct qnet_net *qn, u32 len, gfp_t gfp);
/*
 * Of @len bytes at @offset of a frame that is only read from now on.  @soon: a thread waits for
 * them, so they may stay where they are.  Any context.
 */
struct qnet_chunk *qnet_chunk_take(struct qnet_net *qn, struct sk_buff *skb, u32 offset, u32 len,
				   bool soon);
void qnet_chunk_free(struct qnet_net *qn, struct qnet_chunk *chunk);
void qnet_chunk_free_list(struct qnet_net *qn, struct list_head *list);

/* All of it to kernel memory. */
void qnet_chunk_read(const struct qnet_chunk *chunk, void *to);
/* @len bytes from the @from-th on; false: not all of them, -EFAULT. */
bool qnet_chunk_copy(const struct qnet_chunk *chunk, u32 from, u32 len, struct iov_iter *to);

#endif
