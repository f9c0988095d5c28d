// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - raw Ethernet frames in and out
 *
 * Nothing of a frame is looked at before its length, type and CRC were checked here.  Nothing is
 * logged per frame: every drop has its counter.
 */
#include "ether.h"

#include <linux/etherdevice.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/printk.h>
#include <linux/skbuff.h>

#include "bearer.h"
#include "gso.h"
#include "hello.h"
#include "net.h"
#include "receive.h"
#include "wire.h"

#define QNET_ETHER_PAYLOAD_MIN	(ETH_ZLEN - ETH_HLEN)

static ushort qnet_ether_type = QNET_ETHER_TYPE_DEFAULT;
module_param_named(ethertype, qnet_ether_type, ushort, 0444);
MODULE_PARM_DESC(ethertype, "EtherType of our frames");

int qnet_ether_init(void)
{
	if (qnet_ether_type >= QNET_ETHER_TYPE_MIN && qnet_ether_type != QNET_ETHER_TYPE_QNX)
		return 0;
	pr_err("qnet: EtherType 0x%04x is not for us\n", qnet_ether_type);
	return -EINVAL;
}

u16 qnet_ether_protocol(void)
{
	return qnet_ether_type;
}

static void qnet_ether_count_fault(struct qnet_net *qn, enum qnet_wire_fault fault)
{
	BUILD_BUG_ON(QNET_STAT_rx_bad_hello - QNET_STAT_rx_bad_short !=
		     QNET_WIRE_HELLO - QNET_WIRE_SHORT);
	qnet_stat_add(qn, QNET_STAT_rx_bad_short + fault - QNET_WIRE_SHORT, 1);
}

/* As qnet_wire_check(), of a frame that need not be in one piece. */
static enum qnet_wire_fault qnet_ether_check(struct sk_buff *skb, const struct qnet_frame *frame)
{
	u32 at = frame->length - QNET_WIRE_CRC_SIZE, crc = QNET_WIRE_CRC_FIRST, len;
	struct skb_seq_state state;
	const u8 *part;
	u32 done = 0;
	__be32 sent;

	if (frame->length <= skb_headlen(skb))
		return qnet_wire_check(skb->data, frame);
	if (skb_copy_bits(skb, at, &sent, sizeof(sent)))
		return QNET_WIRE_SHORT;
	skb_prepare_seq_read(skb, 0, at, &state);
	/* pieces end where pages do, not at the CRC */
	while ((len = min(skb_seq_read(done, &part, &state), at - done))) {
		crc = qnet_wire_crc_add(crc, part, len);
		done += len;
	}
	return qnet_wire_crc_end(crc) == be32_to_cpu(sent) ? QNET_WIRE_OK : QNET_WIRE_CRC;
}

/*
 * All that is looked at of @skb is in one piece: all of it, but for the bytes of a frame that is
 * full of one DATA or PUSH.
 */
static bool qnet_ether_pull(struct sk_buff *skb)
{
	u32 head = min_t(u32, skb->len, QNET_WIRE_BULK_HEAD);

	if (!skb_is_nonlinear(skb))
		return true;
	if (skb_has_frag_list(skb) || !pskb_may_pull(skb, head))
		return !skb_linearize(skb);
	return qnet_wire_is_bulk(skb->data, head) || !skb_linearize(skb);
}

/* Consumes @skb, which is ours alone and as qnet_ether_pull() left it. */
static void qnet_ether_dispatch(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	struct qnet_net *qn = bearer->qn;
	enum qnet_wire_fault fault;
	struct qnet_frame frame;

	fault = qnet_wire_parse(skb->data, skb->len, &frame);
	if (!fault)
		fault = qnet_ether_check(skb, &frame);
	if (fault) {
		qnet_ether_count_fault(qn, fault);
		kfree_skb(skb);
		return;
	}

	switch (frame.type) {
	case QNET_FRAME_DATA:
		fault = qnet_receive_frame(bearer, skb, &frame);
		if (fault)
			qnet_ether_count_fault(qn, fault);
		break;
	case QNET_FRAME_HELLO:
		qnet_stat_inc(qn, rx_hellos);
		qnet_hello_queue(bearer, skb);
		break;
	case QNET_FRAME_RESET:
		qnet_stat_inc(qn, rx_resets);
		qnet_hello_queue(bearer, skb);
		break;
	}
}

/* Consumes @skb, which is ours alone. */
static int qnet_ether_take(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	struct qnet_net *qn = bearer->qn;
	unsigned int size;

	skb_orphan(skb);	/* it may be from this machine, where its device has it no more */
	if (skb->pkt_type == PACKET_OTHERHOST || skb->pkt_type == PACKET_LOOPBACK)
		goto drop;

	size = skb->len + ETH_HLEN;
	this_cpu_inc(bearer->counters->rx_frames);
	this_cpu_add(bearer->counters->rx_bytes, size);
	qnet_stat_inc(qn, rx_frames);
	qnet_stat_add(qn, QNET_STAT_rx_bytes, size);

	if (!skb_mac_header_was_set(skb) || !is_valid_ether_addr(eth_hdr(skb)->h_source)) {
		qnet_stat_inc(qn, rx_bad_source);
		goto drop;
	}
	if (!qnet_ether_pull(skb)) {
		qnet_stat_inc(qn, rx_refused);
		goto drop;
	}
	qnet_ether_dispatch(bearer, skb);
	return NET_RX_SUCCESS;

drop:
	kfree_skb(skb);
	return NET_RX_DROP;
}

/* Frames of this machine that no device was to send, so that nobody split them. */
static int qnet_ether_take_joined(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	struct sk_buff *list = ERR_PTR(-EINVAL), *seg, *next;

	if (skb_mac_header_was_set(skb))
		list = qnet_gso_split(skb);
	if (IS_ERR(list)) {
		qnet_stat_inc(bearer->qn, rx_refused);
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	consume_skb(skb);
	skb_list_walk_safe(list, seg, next) {
		skb_mark_not_on_list(seg);
		__skb_pull(seg, skb_network_offset(seg));
		qnet_ether_take(bearer, seg);
	}
	return NET_RX_SUCCESS;
}

int qnet_ether_receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *packet,
		       struct net_device *orig_dev)
{
	struct qnet_bearer *bearer = container_of(packet, struct qnet_bearer, packet);

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return NET_RX_DROP;
	if (skb_is_gso(skb) && skb_has_frag_list(skb))
		return qnet_ether_take_joined(bearer, skb);
	return qnet_ether_take(bearer, skb);
}

struct sk_buff *qnet_ether_alloc(struct qnet_bearer *bearer, size_t length)
{
	size_t size = max_t(size_t, length, QNET_ETHER_PAYLOAD_MIN);
	struct net_device *dev;
	struct sk_buff *skb = NULL;

	rcu_read_lock();
	dev = rcu_dereference(bearer->dev);
	if (dev) {
		skb = alloc_skb(LL_RESERVED_SPACE(dev) + size + dev->needed_tailroom, GFP_ATOMIC);
		if (skb)
			skb_reserve(skb, LL_RESERVED_SPACE(dev));
	}
	rcu_read_unlock();
	return skb;
}

void qnet_ether_finish(struct sk_buff *skb, u16 length)
{
	const struct qnet_frame frame = { .length = length };

	qnet_wire_finish(skb->data, &frame);
	skb_reset_network_header(skb);
	skb_put(skb, length);
	if (skb->len < QNET_ETHER_PAYLOAD_MIN)
		skb_put_zero(skb, QNET_ETHER_PAYLOAD_MIN - skb->len);
}

/*
 * Sixteen frames at once may be more than a policer, or a queue that counts bytes, ever takes: then
 * half of them the next time, and one more after many that went.
 */
static void qnet_ether_joined(struct qnet_bearer *bearer, unsigned int count, bool refused)
{
	/* both by drainers of other links, too: one of two changes is enough */
	u32 most = READ_ONCE(bearer->joined);
	u32 joins = READ_ONCE(bearer->joins) + 1;	/* the same */

	if (refused && count > 1)
		most = count / 2;
	else if (refused || count < most || most == QNET_FIXED(frames_together))
		return;
	else if (joins < qnet_param(&bearer->qn->params, joined_again))
		most = 0;
	else
		most++;
	WRITE_ONCE(bearer->joins, most ? 0 : joins);	/* as above */
	if (most)
		WRITE_ONCE(bearer->joined, most);	/* as above */
}

/* @count frames, joined to @skb. */
static void qnet_ether_send_one(struct qnet_bearer *bearer, struct net_device *dev,
				struct sk_buff *skb, unsigned int count, const u8 *to)
{
	unsigned int size = skb->len + count * ETH_HLEN;
	struct qnet_net *qn = bearer->qn;
	int err;

	skb->dev = dev;
	skb->protocol = htons(qnet_ether_type);
	if (dev_hard_header(skb, dev, qnet_ether_type, to, NULL, skb->len) < 0) {
		qnet_stat_add(qn, QNET_STAT_tx_errors, count);
		kfree_skb(skb);
		return;
	}
	this_cpu_add(bearer->counters->tx_frames, count);
	this_cpu_add(bearer->counters->tx_bytes, size);
	qnet_stat_add(qn, QNET_STAT_tx_frames, count);
	qnet_stat_add(qn, QNET_STAT_tx_joined, count - 1);
	qnet_stat_add(qn, QNET_STAT_tx_bytes, size);
	err = dev_queue_xmit(skb);
	err = net_xmit_eval(err);
	if (err)
		qnet_stat_add(qn, QNET_STAT_tx_errors, count);
	qnet_ether_joined(bearer, count, err);
}

void qnet_ether_send_all(struct qnet_bearer *bearer, struct sk_buff **skb, unsigned int count,
			 const u8 *to)
{
	struct net_device *dev;
	unsigned int joined;

	rcu_read_lock();
	dev = rcu_dereference(bearer->dev);
	for (; count; skb += joined, count -= joined) {
		joined = 1;
		if (!dev) {
			qnet_stat_inc(bearer->qn, tx_errors);
			kfree_skb(*skb);
			continue;
		}
		/* qnet_ether_joined() */
		if (count > 1)
			joined = qnet_gso_join(dev, skb, min(count, READ_ONCE(bearer->joined)));
		qnet_ether_send_one(bearer, dev, *skb, joined, to);
	}
	rcu_read_unlock();
}

void qnet_ether_send(struct qnet_bearer *bearer, struct sk_buff *skb, const u8 *to)
{
	qnet_ether_send_all(bearer, &skb, 1, to);
}
