// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that go to the device together
 */
#include "batch.h"

#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "ether.h"

/* What a list may hold: a packet is not longer. */
#define QNET_BATCH_BYTES	65535

unsigned int qnet_batch_most(const struct net_device *dev, unsigned int wanted)
{
	unsigned int most;

	if (!(dev->features & NETIF_F_GSO))
		return 1;
	most = min_t(unsigned int, READ_ONCE(dev->gso_max_segs),
		     QNET_BATCH_BYTES / (dev->mtu + dev->hard_header_len));
	return clamp(most, 1U, wanted);
}

struct sk_buff *qnet_batch_join(struct sk_buff_head *frames)
{
	struct sk_buff *head = __skb_dequeue(frames), *skb;
	struct skb_shared_info *info;
	struct sk_buff **next;
	unsigned int longest;

	if (skb_queue_empty(frames))
		return head;
	info = skb_shinfo(head);
	next = &info->frag_list;
	longest = head->len;
	info->gso_type = SKB_GSO_FRAGLIST;
	info->gso_segs = 1;
	while ((skb = __skb_dequeue(frames))) {
		*next = skb;
		next = &skb->next;
		longest = max(longest, skb->len);
		head->len += skb->len;
		head->data_len += skb->len;
		head->truesize += skb->truesize;
		info->gso_segs++;
	}
	info->gso_size = longest;
	return head;
}

/* Each frame gets the first one's Ethernet header, with what was put into it on the way. */
static struct sk_buff *qnet_batch_segment(struct sk_buff *skb, netdev_features_t features)
{
	struct sk_buff *frame;

	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST))
		return ERR_PTR(-EPROTONOSUPPORT);
	skb_walk_frags(skb, frame)
		if (skb_headroom(frame) < skb->mac_len)
			return ERR_PTR(-ENOBUFS);
	return skb_segment_list(skb, features, skb->mac_len);
}

int qnet_batch_cut(struct sk_buff *skb, struct sk_buff_head *frames)
{
	struct sk_buff *frame, *next, *first;

	__skb_push(skb, skb->data - skb_mac_header(skb));
	first = __skb_gso_segment(skb, 0, false);
	if (IS_ERR_OR_NULL(first)) {
		kfree_skb(skb);
		return first ? PTR_ERR(first) : -EPROTONOSUPPORT;
	}
	consume_skb(skb);
	skb_list_walk_safe(first, frame, next) {
		skb_mark_not_on_list(frame);
		skb_reset_mac_header(frame);
		__skb_pull(frame, frame->mac_len);
		__skb_queue_tail(frames, frame);
	}
	return 0;
}

static struct packet_offload qnet_batch_offload = {
	.callbacks = {
		.gso_segment = qnet_batch_segment,
	},
};

void qnet_batch_init(void)
{
	qnet_batch_offload.type = htons(qnet_ether_protocol());
	dev_add_offload(&qnet_batch_offload);
}

void qnet_batch_exit(void)
{
	dev_remove_offload(&qnet_batch_offload);
}
