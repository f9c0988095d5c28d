// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a numbered frame comes in
 *
 * All of it is parsed before anything is done with it.  Its number is marked as received only
 * after the layer above took every segment, so that what it cannot take is sent again.
 */
#include "receive.h"

#include <linux/etherdevice.h>
#include <linux/skbuff.h>

#include "bearer.h"
#include "hello.h"
#include "net.h"
#include "node.h"
#include "recovery.h"
#include "session.h"

#define QNET_RECEIVE_OVERHEAD	(sizeof(struct qnet_wire_header) + QNET_WIRE_CRC_SIZE)

static enum qnet_wire_fault qnet_receive_parse(const void *buf, const struct qnet_frame *frame)
{
	struct qnet_segment_info seg;
	struct qnet_attach attach;
	enum qnet_wire_fault fault;
	const void *payload;
	size_t offset = 0;

	do {
		fault = qnet_wire_segment(buf, frame, &offset, &seg, &attach, &payload);
	} while (!fault && seg.kind);
	return fault;
}

/* Hand up every segment; an error means that the frame was not taken. */
static int qnet_receive_segments(struct qnet_link *link, struct sk_buff *skb,
				 const struct qnet_frame *frame, bool *at_once)
{
	struct qnet_payload payload = { .skb = skb };
	const void *buf = skb->data, *data;
	struct qnet_segment_info seg;
	struct qnet_attach attach;
	size_t offset = 0;
	int err;

	lockdep_assert_held(&link->rx_lock);
	for (;;) {
		if (qnet_wire_segment(buf, frame, &offset, &seg, &attach, &data) || !seg.kind)
			return 0;
		qnet_stat_inc(link->qn, rx_segments);
		qnet_session_saw(link, &seg);
		if (seg.kind == QNET_SEG_PING) {
			*at_once = seg.payload_len;	/* who tries a size wants to know */
			continue;
		}
		if (seg.kind == QNET_SEG_BYE) {
			qnet_session_kill(link, -EHOSTDOWN);
			continue;
		}
		payload.offset = data - buf;
		payload.data = payload.offset + seg.payload_len <= skb_headlen(skb) ? data : NULL;
		err = qnet_link_upper->segment(link, &seg, &payload);
		if (err)
			return err;
	}
}

static void qnet_receive_number(struct qnet_link *link, struct sk_buff *skb,
				const struct qnet_frame *frame, u64 number)
{
	bool eliciting = frame->length > QNET_RECEIVE_OVERHEAD, at_once = false, taken;

	lockdep_assert_held(&link->rx_lock);
	switch (qnet_ack_check(&link->rx, number)) {
	case QNET_ACK_DUPLICATE:
		qnet_stat_inc(link->qn, rx_duplicate);
		return;
	case QNET_ACK_OLD:
		qnet_stat_inc(link->qn, rx_old);
		return;
	case QNET_ACK_NEW:
		break;
	}
	WRITE_ONCE(link->heard, true);
	taken = !eliciting || !qnet_receive_segments(link, skb, frame, &at_once);
	if (!taken)
		qnet_stat_inc(link->qn, rx_refused);
	if (!eliciting)
		qnet_stat_inc(link->qn, rx_acks);

	if (number > link->rx.largest + 1)
		WRITE_ONCE(link->gaps, link->gaps + 1);
	spin_lock(&link->lock);
	if (taken)
		qnet_ack_mark(&link->rx, number);
	/* One that is refused is answered, too: silence would mean that this node is dead. */
	if (eliciting)
		qnet_transmit_owe(link, ktime_get());
	else if (!link->ack_owed)
		qnet_ack_skip(&link->rx);
	link->ack_now |= at_once;
	spin_unlock(&link->lock);
}

/* A well-formed frame from the right place for a link that is up. */
static void qnet_receive_take(struct qnet_link *link, struct sk_buff *skb,
			      const struct qnet_frame *frame)
{
	ktime_t now = ktime_get();
	LIST_HEAD(done);
	bool sender;
	bool valid;
	u64 number;

	spin_lock(&link->lock);
	number = qnet_ack_expand(link->rx.largest + 1, frame->number);
	valid = qnet_recovery_acked(link, frame, now, &done);
	/* Before done() is called: what the peer sent before it acknowledged ends here. */
	if (valid && number > link->frontier)
		WRITE_ONCE(link->frontier, number);
	sender = valid && qnet_transmit_claim(link);
	spin_unlock(&link->lock);
	if (!valid) {
		qnet_stat_inc(link->qn, rx_bad_ack);
		return;
	}

	qnet_transmit_give_back(&done, 0);
	spin_lock(&link->rx_lock);
	if (READ_ONCE(link->state) == QNET_SESSION_UP)
		qnet_receive_number(link, skb, frame, number);
	spin_unlock(&link->rx_lock);
	if (sender)
		qnet_transmit_run(link);
	else
		qnet_transmit_drain(link);
}

enum qnet_wire_fault qnet_receive_frame(struct qnet_bearer *bearer, struct sk_buff *skb,
					const struct qnet_frame *frame)
{
	const u8 *from = eth_hdr(skb)->h_source;
	enum qnet_wire_fault fault = QNET_WIRE_OK;
	struct qnet_net *qn = bearer->qn;
	struct qnet_link *link;

	link = qnet_session_find(qn, frame->index);
	if (!link) {
		qnet_stat_inc(qn, rx_bad_index);
		if (skb->pkt_type == PACKET_HOST)
			qnet_hello_reset(bearer, from, frame->index);
		goto drop;
	}
	if (link->bearer != bearer || !ether_addr_equal(link->lladdr, from)) {
		qnet_stat_inc(qn, rx_bad_source);
		goto put;
	}
	fault = qnet_receive_parse(skb->data, frame);
	if (fault)
		goto put;

	if (READ_ONCE(link->state) == QNET_SESSION_OPENING) {
		/* The first frame of a peer that knows our index opens the link. */
		qnet_hello_queue(bearer, skb);
		qnet_link_put(link);
		return QNET_WIRE_OK;
	}
	qnet_receive_take(link, skb, frame);
put:
	qnet_link_put(link);
drop:
	if (fault)
		kfree_skb(skb);
	else
		consume_skb(skb);
	return fault;
}
