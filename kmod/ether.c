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

int qnet_ether_receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *packet,
		       struct net_device *orig_dev)
{
	struct qnet_bearer *bearer = container_of(packet, struct qnet_bearer, packet);
	struct qnet_net *qn = bearer->qn;
	unsigned int size;

	skb = skb_share_check(skb, GFP_ATOMIC);
	if (!skb)
		return NET_RX_DROP;
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

void qnet_ether_send(struct qnet_bearer *bearer, struct sk_buff *skb, const u8 *to)
{
	struct qnet_net *qn = bearer->qn;
	struct net_device *dev;
	int err;

	rcu_read_lock();
	dev = rcu_dereference(bearer->dev);
	if (!dev)
		goto err_drop;
	skb->dev = dev;
	skb->protocol = htons(qnet_ether_type);
	if (dev_hard_header(skb, dev, qnet_ether_type, to, NULL, skb->len) < 0)
		goto err_drop;

	this_cpu_inc(bearer->counters->tx_frames);
	this_cpu_add(bearer->counters->tx_bytes, skb->len);
	qnet_stat_inc(qn, tx_frames);
	qnet_stat_add(qn, QNET_STAT_tx_bytes, skb->len);
	err = dev_queue_xmit(skb);
	if (net_xmit_eval(err))
		qnet_stat_inc(qn, tx_errors);
	rcu_read_unlock();
	return;

err_drop:
	rcu_read_unlock();
	qnet_stat_inc(qn, tx_errors);
	kfree_skb(skb);
}
