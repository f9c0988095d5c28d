// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that cross the stack as one, and are split before the device
 *
 * The first frame has the others in its frag_list, as kernels have packets that GRO put together.
 * No device is asked to split it: a checksum that is not there has the stack do so for each.
 */
#include "gso.h"

#include <linux/err.h>
#include <linux/if_ether.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "backlog.h"
#include "ether.h"

/* What was joined, from the frag_list of @skb: each ours alone, for a clone may have them, too. */
static struct sk_buff *qnet_gso_take(struct sk_buff *skb)
{
	struct sk_buff *list, **at, *own;

	if (skb_unclone(skb, GFP_ATOMIC))
		return ERR_PTR(-ENOMEM);
	list = skb_shinfo(skb)->frag_list;
	for (at = &list; *at; at = &(*at)->next) {
		if (!skb_shared(*at))
			continue;
		own = skb_clone(*at, GFP_ATOMIC);
		if (!own)
			break;
		own->next = (*at)->next;
		consume_skb(*at);
		*at = own;
	}
	skb_shinfo(skb)->frag_list = list;
	return *at ? ERR_PTR(-ENOMEM) : list;
}

/* @seg follows @skb, with the same header of @length bytes and all that the stack knows of it. */
static void qnet_gso_head(struct sk_buff *seg, const struct sk_buff *skb, unsigned int length)
{
	skb_copy_header(seg, skb);
	skb_gso_reset(seg);
	skb_reset_network_header(seg);
	skb_reset_transport_header(seg);
	memcpy(skb_push(seg, length), skb_mac_header(skb), length);
	skb_reset_mac_header(seg);
	seg->mac_len = length;
}

struct sk_buff *qnet_gso_split(struct sk_buff *skb)
{
	unsigned int header = skb->data - skb_mac_header(skb);
	struct sk_buff *list, *seg, *last = skb;

	/* joined by somebody else: nobody knows where its frames end */
	if (skb_shinfo(skb)->gso_type != SKB_GSO_FRAGLIST || !skb_has_frag_list(skb))
		return ERR_PTR(-EINVAL);
	list = qnet_gso_take(skb);
	if (IS_ERR(list))
		return list;
	for (seg = list; seg; seg = seg->next) {
		skb->truesize -= seg->truesize;		/* it may get more now */
		if (skb_cow_head(seg, header))
			return ERR_PTR(-ENOMEM);
	}

	/* from here on nothing fails */
	qnet_backlog_split(skb, list);
	for (seg = list; seg; seg = seg->next) {
		skb->len -= seg->len;
		skb->data_len -= seg->len;
		qnet_gso_head(seg, skb, header);
		last = seg;
	}
	skb_shinfo(skb)->frag_list = NULL;
	skb_gso_reset(skb);
	__skb_push(skb, header);
	skb->next = list;
	skb->prev = last;
	return skb_get(skb);
}

static struct sk_buff *qnet_gso_segment(struct sk_buff *skb, netdev_features_t features)
{
	return qnet_gso_split(skb);
}

static struct packet_offload qnet_gso_offload __read_mostly = {
	.callbacks = {
		.gso_segment = qnet_gso_segment,
	},
};

/* As many as the device's owner wants to cross the stack at a time, in frames and in bytes. */
unsigned int qnet_gso_join(const struct net_device *dev, struct sk_buff **skb, unsigned int count)
{
	struct sk_buff *first = skb[0];
	unsigned int most, bytes, size = first->len, i;

	if (!(dev->features & NETIF_F_GSO))
		return 1;
	/* set by rtnetlink */
	most = min_t(unsigned int, count, READ_ONCE(dev->gso_max_segs));
	bytes = READ_ONCE(dev->gso_max_size);
	for (i = 1; i < most; i++) {
		/* none is longer than the first, as qdiscs have it */
		if (skb[i]->len > size || first->len + ETH_HLEN + skb[i]->len >= bytes)
			break;
		if (i == 1)
			skb_shinfo(first)->frag_list = skb[i];
		else
			skb[i - 1]->next = skb[i];
		first->len += skb[i]->len;
		first->data_len += skb[i]->len;
		first->truesize += skb[i]->truesize;
	}
	if (i == 1)
		return 1;
	/* by these a qdisc finds out what is on the wire, and if one of them is too long */
	skb_reset_transport_header(first);
	skb_shinfo(first)->gso_size = size;
	skb_shinfo(first)->gso_segs = i;
	skb_shinfo(first)->gso_type = SKB_GSO_FRAGLIST;
	qnet_backlog_join(skb, i);
	return i;
}

void qnet_gso_init(void)
{
	qnet_gso_offload.type = htons(qnet_ether_protocol());
	dev_add_offload(&qnet_gso_offload);
}

void qnet_gso_exit(void)
{
	dev_remove_offload(&qnet_gso_offload);
}
