// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bytes on their way into a buffer, in kernel memory
 */
#include "chunk.h"

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/dst.h>

#include "net.h"
#include "stats.h"

struct qnet_chunk *qnet_chunk_make(struct qnet_net *qn, u32 len, gfp_t gfp)
{
	struct qnet_chunk *chunk;

	if (gfpflags_allow_blocking(gfp))
		chunk = kvmalloc(struct_size(chunk, data, len), gfp);
	else
		chunk = kmalloc(struct_size(chunk, data, len), gfp);
	if (!chunk)
		return NULL;
	INIT_LIST_HEAD(&chunk->list);
	chunk->seq = 0;
	chunk->offset = 0;
	chunk->len = len;
	chunk->skb_offset = 0;
	chunk->skb = NULL;
	qnet_stat_inc(qn, chunks_made);
	return chunk;
}

/* @skb stays, without what it has of others. */
static struct qnet_chunk *qnet_chunk_keep(struct qnet_net *qn, struct sk_buff *skb, u32 offset,
					  u32 len)
{
	struct qnet_chunk *chunk = qnet_chunk_make(qn, 0, GFP_ATOMIC);

	if (!chunk)
		return NULL;
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	chunk->len = len;
	chunk->skb = skb_get(skb);
	chunk->skb_offset = offset;
	return chunk;
}

/*
 * Bytes in more memory than "kept_waste" times as many are copied: bytes are what is counted.  A
 * few in a page that others share may hold all of that page, so they are not fewer than
 * "kept_least".
 */
static bool qnet_chunk_may_keep(const struct qnet_net *qn, const struct sk_buff *skb, u32 len)
{
	return len >= qnet_param(&qn->params, kept_least) &&
	       skb->truesize <= (u64)qnet_param(&qn->params, kept_waste) * len;
}

struct qnet_chunk *qnet_chunk_take(struct qnet_net *qn, struct sk_buff *skb, u32 offset, u32 len,
				   bool soon)
{
	struct qnet_chunk *chunk;

	if (soon && qnet_chunk_may_keep(qn, skb, len))
		return qnet_chunk_keep(qn, skb, offset, len);
	chunk = qnet_chunk_make(qn, len, GFP_ATOMIC);
	if (chunk && skb_copy_bits(skb, offset, chunk->data, len)) {
		qnet_chunk_free(qn, chunk);
		chunk = NULL;
	}
	return chunk;
}

void qnet_chunk_read(const struct qnet_chunk *chunk, void *to)
{
	if (!chunk->skb)
		memcpy(to, chunk->data, chunk->len);
	else
		WARN_ON_ONCE(skb_copy_bits(chunk->skb, chunk->skb_offset, to, chunk->len));
}

bool qnet_chunk_copy(const struct qnet_chunk *chunk, u32 from, u32 len, struct iov_iter *to)
{
	if (!chunk->skb)
		return copy_to_iter(chunk->data + from, len, to) == len;
	return iov_iter_count(to) >= len &&
	       !skb_copy_datagram_iter(chunk->skb, chunk->skb_offset + from, to, len);
}

void qnet_chunk_free(struct qnet_net *qn, struct qnet_chunk *chunk)
{
	if (!chunk)
		return;
	qnet_stat_inc(qn, chunks_freed);
	consume_skb(chunk->skb);
	kvfree(chunk);
}

void qnet_chunk_free_list(struct qnet_net *qn, struct list_head *list)
{
	struct qnet_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, list, list)
		qnet_chunk_free(qn, chunk);
	INIT_LIST_HEAD(list);
}
