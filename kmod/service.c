// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - peer operations over a link, the server's node
 *
 * A request becomes a message as any other. Its id is remembered until no copy of the request
 * can come any more: then, and only then, nothing can make it run twice.
 */
#include "service.h"

#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "attachment.h"
#include "channel.h"
#include "client.h"
#include "message.h"
#include "name.h"
#include "net.h"
#include "pull.h"
#include "tomb.h"
#include "traffic.h"

/* Reception: bottom halves off, one frame of a link at a time ---------------------------------- */

static int qnet_service_refuse(struct qnet_traffic *traffic, u32 xid, u32 code)
{
	struct qnet_segment_info info = {
		.kind = QNET_SEG_ERROR,
		.flags = QNET_ERROR_F_NODE,
		.xid = xid,
		.code = code,
	};

	qnet_pull_drop(traffic, xid);
	return qnet_traffic_send(traffic, &info, GFP_ATOMIC);
}

/* A message for @seg, in the table; NULL: no memory. */
static struct qnet_message *qnet_service_make(struct qnet_traffic *traffic,
					      struct qnet_attachment *att,
					      const struct qnet_segment_info *seg,
					      const struct qnet_payload *payload)
{
	u32 eager = qnet_pull_eager_of(traffic, seg);
	u32 capacity = min_t(u32, eager, QNET_MESSAGE_INLINE);
	struct qnet_message *msg;

	msg = qnet_message_alloc(traffic->qn, capacity, GFP_ATOMIC);
	if (!msg)
		return NULL;
	msg->tomb = kzalloc(sizeof(*msg->tomb), GFP_ATOMIC);
	if (!msg->tomb)
		goto err_put;
	msg->peer = &qnet_service_ops;
	msg->link = qnet_link_get(traffic->link);
	msg->client = qnet_client_get(att->client);
	msg->channel = att->client->channel;
	msg->xid = seg->xid;
	msg->send_len = seg->send_len;
	msg->recv_len = seg->recv_len;
	msg->tid = seg->tid;
	msg->coid = att->coid;
	msg->srcnd = att->srcnd;
	msg->priority = seg->flags;
	qnet_pull_first(msg, eager, payload->data, seg->payload_len);
	if (xa_err(xa_store_bh(&traffic->services, seg->xid, msg, GFP_ATOMIC)))
		goto err_put;
	qnet_message_get(msg);		/* the table's */
	return msg;

err_put:
	qnet_message_put(msg);
	return NULL;
}

/* -ENOSPC: as many as this peer may have. */
static int qnet_service_count(struct qnet_traffic *traffic)
{
	struct qnet_net *qn = traffic->qn;
	int err = 0;

	spin_lock_bh(&traffic->lock);
	if (traffic->down)
		err = -EHOSTDOWN;
	else if (traffic->service_count >= qnet_param(&qn->params, requests) ||
		 (u32)atomic_read(&qn->services) >= qnet_param(&qn->params, requests_all))
		err = -ENOSPC;
	else
		traffic->service_count++;
	spin_unlock_bh(&traffic->lock);
	if (!err)
		atomic_inc(&traffic->qn->services);
	return err;
}

void qnet_service_uncount(struct qnet_traffic *traffic)
{
	spin_lock_bh(&traffic->lock);
	traffic->service_count--;
	spin_unlock_bh(&traffic->lock);
	atomic_dec(&traffic->qn->services);
}

static int qnet_service_send(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			     const struct qnet_payload *payload)
{
	struct qnet_attachment *att;
	struct qnet_message *msg;
	int err;

	if (xa_load(&traffic->services, seg->xid))
		return 0;		/* a copy: here already, or answered */
	att = qnet_attachment_find(traffic, seg->handle);
	if (!att)
		return qnet_service_refuse(traffic, seg->xid, QNET_ERROR_GONE);
	err = -EAGAIN;
	if (seg->kind == QNET_SEG_SEND_AFTER && (s32)(att->pulse_next - seg->after) < 0)
		goto out;
	err = qnet_service_count(traffic);
	if (err) {
		if (err == -ENOSPC) {
			qnet_stat_inc(traffic->qn, rx_busy);
			err = qnet_service_refuse(traffic, seg->xid, QNET_ERROR_BUSY);
		}
		goto out;
	}
	msg = qnet_service_make(traffic, att, seg, payload);
	if (!msg) {
		qnet_service_uncount(traffic);
		err = -ENOMEM;
		goto out;
	}
	err = 0;
	qnet_pull_early(traffic, msg);
	/* a channel that died is as good as a handle that names nothing */
	if (qnet_channel_queue_message(msg->channel, msg))
		qnet_tomb_message(msg, QNET_ERROR_F_NODE, QNET_ERROR_GONE);
	qnet_message_put(msg);
out:
	qnet_attachment_put(att);
	return err;
}

static int qnet_service_credit(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	struct qnet_message *msg = qnet_traffic_message(&traffic->services, seg->xid);

	if (!msg)
		return 0;
	spin_lock_bh(&msg->lock);
	/* no further than was pushed, and never back */
	if ((s32)(seg->seq - msg->credit) > 0 && (s32)(msg->seq - seg->seq) >= 0)
		msg->credit = seg->seq;
	spin_unlock_bh(&msg->lock);
	wake_up_all(&msg->server_wait);
	qnet_message_put(msg);
	return 0;
}

static void qnet_service_left(struct qnet_message *msg)
{
	spin_lock_bh(&msg->lock);
	msg->left = true;
	spin_unlock_bh(&msg->lock);
	wake_up_all(&msg->server_wait);
}

static int qnet_service_cancel(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	struct qnet_message *msg = qnet_traffic_message(&traffic->services, seg->xid);
	struct qnet_segment_info stay = { .kind = QNET_SEG_STAY, .xid = seg->xid };
	enum qnet_cancel_reason reason = seg->flags & QNET_CANCEL_REASON;
	enum qnet_cancelled ret;
	bool replied;
	int err = 0;

	if (!msg) {
		if (xa_load(&traffic->services, seg->xid))
			return 0;	/* answered: that is on its way, and wins */
		/* it never came, and must not run when it does */
		qnet_pull_drop(traffic, seg->xid);
		stay.kind = QNET_SEG_ERROR;
		stay.flags = QNET_ERROR_F_NODE;
		stay.code = QNET_ERROR_CANCELLED;
		return qnet_tomb_answer(traffic, &stay);
	}
	ret = qnet_message_withdraw(msg, reason, seg->flags >> QNET_CANCEL_STATES, &replied);
	if (ret == QNET_CANCELLED || reason == QNET_CANCEL_KILLED || reason == QNET_CANCEL_FAULT)
		qnet_service_left(msg);
	if (ret == QNET_CANCELLED) {
		qnet_tomb_message(msg, QNET_ERROR_F_NODE, QNET_ERROR_CANCELLED);
	} else if (!replied) {
		stay.flags = ret == QNET_CANCEL_NOT_NOW ? QNET_STAY_NOT_NOW : 0;
		err = qnet_traffic_send(traffic, &stay, GFP_ATOMIC);
	}
	qnet_message_put(msg);
	return err;
}

static int qnet_service_attach(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	struct qnet_segment_info info = { .kind = QNET_SEG_ATTACHED, .xid = seg->xid };
	struct qnet_attachment *att;
	int err;

	if (xa_load(&traffic->services, seg->xid))
		return 0;
	att = qnet_attachment_make(traffic, seg->attach);
	if (IS_ERR(att)) {
		err = PTR_ERR(att);
		if (err == -ENOMEM)
			return err;
		info.kind = QNET_SEG_ERROR;
		info.code = -err;
		return qnet_tomb_answer(traffic, &info);
	}
	info.handle = att->handle;
	info.channel_flags = att->client->channel->flags;
	err = qnet_tomb_answer(traffic, &info);
	if (err)
		qnet_attachment_remove(att);
	qnet_attachment_put(att);
	return err;
}

static int qnet_service_detach(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	struct qnet_attachment *att = qnet_attachment_find(traffic, seg->handle);
	int err = 0;

	if (!att)
		return 0;
	if ((s32)(att->pulse_next - seg->after) < 0)
		err = -EAGAIN;		/* pulses sent before it are still to come */
	else
		qnet_attachment_remove(att);
	qnet_attachment_put(att);
	return err;
}

static int qnet_service_pulse(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	struct qnet_attachment *att = qnet_attachment_find(traffic, seg->handle);
	int err = 0;
	s32 ahead;

	if (!att)
		return 0;
	ahead = seg->pulse_seq - att->pulse_next;
	if (ahead > 0)
		err = -EAGAIN;
	else if (!ahead)
		err = qnet_pulse_send(att->client, seg->flags, seg->pulse_code, seg->pulse_value,
				      att, GFP_ATOMIC);
	/*
	 * Too many of one client's wait: it alone loses, for a frame that is refused would hold
	 * up those of all others.
	 */
	if (!ahead && err == -EAGAIN) {
		err = qnet_attachment_taken(att, GFP_ATOMIC);
		if (!err)
			qnet_stat_inc(traffic->qn, rx_pulses_dropped);
		else
			atomic_dec(&att->taken);	/* it comes again */
	}
	if (!ahead && err != -ENOMEM) {
		att->pulse_next++;
		err = 0;
	}
	qnet_attachment_put(att);
	return err;
}

static int qnet_service_query(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			      const struct qnet_payload *payload)
{
	struct qnet_segment_info info = { .kind = QNET_SEG_ANSWER, .xid = seg->xid };
	struct qnet_name_place place;

	if (qnet_name_lookup(traffic->qn, payload->data, seg->payload_len, &place)) {
		info.kind = QNET_SEG_ERROR;
		info.code = ENOENT;
	} else {
		info.pid = place.pid;
		info.chid = place.chid;
		info.channel = place.incarnation;
	}
	return qnet_traffic_send(traffic, &info, GFP_ATOMIC);
}

int qnet_service_segment(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			 const struct qnet_payload *payload)
{
	qnet_tomb_expire(traffic);
	/* an honest peer has 512 frames out, and takes what it is answered */
	if (qnet_traffic_full(traffic))
		return -EAGAIN;
	switch (seg->kind) {
	case QNET_SEG_SEND:
	case QNET_SEG_SEND_AFTER:
		return qnet_service_send(traffic, seg, payload);
	case QNET_SEG_DATA:
		return qnet_pull_data(traffic, seg, payload);
	case QNET_SEG_CREDIT:
		return qnet_service_credit(traffic, seg);
	case QNET_SEG_CANCEL:
		return qnet_service_cancel(traffic, seg);
	case QNET_SEG_ATTACH:
		return qnet_service_attach(traffic, seg);
	case QNET_SEG_DETACH:
		return qnet_service_detach(traffic, seg);
	case QNET_SEG_PULSE:
		return qnet_service_pulse(traffic, seg);
	case QNET_SEG_QUERY:
		return qnet_service_query(traffic, seg, payload);
	default:
		return 0;
	}
}

void qnet_service_down(struct qnet_traffic *traffic)
{
	struct qnet_message *msg;
	unsigned long xid;
	bool replied;
	void *entry;

	qnet_pull_down(traffic);
	for (;;) {
		xid = 0;
		xa_lock_bh(&traffic->services);
		entry = xa_find(&traffic->services, &xid, U32_MAX, XA_PRESENT);
		if (entry)
			__xa_erase(&traffic->services, xid);	/* its reference is ours */
		xa_unlock_bh(&traffic->services);
		if (!entry)
			break;
		if (xa_pointer_tag(entry)) {
			kfree(xa_untag_pointer(entry));
			continue;
		}
		msg = entry;
		qnet_message_withdraw(msg, QNET_CANCEL_FAULT, 0, &replied);
		qnet_service_left(msg);
		qnet_message_put(msg);
		qnet_service_uncount(traffic);
	}
	qnet_attachment_down(traffic);
}

/* Servers' threads ----------------------------------------------------------------------------- */

/* True when nobody will ever see what is done for @msg. */
static bool qnet_service_gone(struct qnet_message *msg)
{
	bool gone;

	spin_lock_bh(&msg->lock);
	gone = msg->left || msg->answered;
	spin_unlock_bh(&msg->lock);
	return gone || qnet_link_dead(msg->link);
}

bool qnet_service_ended(struct qnet_message *msg)
{
	return READ_ONCE(msg->state) == QNET_MSG_GONE ||	/* under the channel's lock */
	       qnet_service_gone(msg);
}

static bool qnet_service_may_push(struct qnet_message *msg)
{
	bool may;

	spin_lock_bh(&msg->lock);
	may = msg->seq - msg->credit < QNET_TRAFFIC_CREDIT;
	spin_unlock_bh(&msg->lock);
	return may;
}

/* With pull_lock held. */
static int qnet_service_push_part(struct qnet_message *msg, u32 offset, u32 len,
				  struct iov_iter *from)
{
	struct qnet_traffic *traffic = qnet_link_private(msg->link);
	struct qnet_segment_info info = {
		.kind = QNET_SEG_PUSH,
		.xid = msg->xid,
		.offset = offset,
		.length = msg->recv_len,
	};
	struct qnet_small_segment *small;
	bool queued = false;

	/* where there is room all the time nobody would look at signals */
	if (fatal_signal_pending(current) ||
	    wait_event_state(msg->server_wait, qnet_service_may_push(msg) ||
			     qnet_service_gone(msg), QNET_SLEEP_KILL))
		return -EINTR;
	if (qnet_service_gone(msg))
		return -ESRCH;
	small = qnet_traffic_small(traffic, &info, len, GFP_KERNEL_ACCOUNT);
	if (!small)
		return -ENOMEM;
	small->seg.priority = msg->priority;
	if (copy_from_iter(small->data, len, from) != len) {
		qnet_traffic_free_small(small);
		return -EFAULT;
	}
	spin_lock_bh(&msg->lock);
	if (!msg->answered) {
		small->seg.info.seq = msg->seq++;
		queued = qnet_traffic_queue_small(traffic, small);
	}
	spin_unlock_bh(&msg->lock);
	if (!queued) {
		qnet_traffic_free_small(small);
		return -ESRCH;
	}
	qnet_link_kick(msg->link);
	return 0;
}

static int qnet_service_push(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *from)
{
	u32 room = qnet_link_room(msg->link) - sizeof(struct qnet_wire_push);
	u32 part;
	int err;

	if (mutex_lock_killable(&msg->pull_lock))
		return -EINTR;
	do {
		part = min(len, room);
		err = qnet_service_push_part(msg, offset, part, from);
		offset += part;
		len -= part;
	} while (!err && len);
	mutex_unlock(&msg->pull_lock);
	return err;
}

static int qnet_service_reply(struct qnet_message *msg, s64 status, u32 len, struct iov_iter *from)
{
	u32 room = qnet_link_room(msg->link) - sizeof(struct qnet_wire_reply);
	struct qnet_small_segment *small;
	u32 last = len % room ?: min(len, room);
	int err = 0;

	if (len > last)
		err = qnet_service_push(msg, 0, len - last, from);
	small = NULL;
	if (!err) {
		small = qnet_traffic_small(qnet_link_private(msg->link),
					   &(struct qnet_segment_info) { }, last,
					   GFP_KERNEL_ACCOUNT);
		if (!small)
			err = -ENOMEM;
		else if (copy_from_iter(small->data, last, from) != last)
			err = -EFAULT;
	}
	if (err) {
		qnet_traffic_free_small(small);
		qnet_tomb_message(msg, 0, err == -EFAULT ? QNET_ESRVRFAULT :
				  err == -EINTR ? ESRCH : -err);
		return err;
	}
	small->seg.info = (struct qnet_segment_info) {
		.kind = QNET_SEG_REPLY,
		.xid = msg->xid,
		.status = status,
		.offset = len - last,
		.payload_len = last,
	};
	return qnet_tomb_reply(msg, small);
}

static void qnet_service_error(struct qnet_message *msg, int err)
{
	qnet_tomb_message(msg, 0, err);
}

/* A time-out that holds only now was asked for before. */
static void qnet_service_received(struct qnet_message *msg)
{
	struct qnet_segment_info info = {
		.kind = QNET_SEG_STAY,
		.flags = QNET_STAY_RECEIVED,
		.xid = msg->xid,
	};

	qnet_traffic_send(qnet_link_private(msg->link), &info, GFP_KERNEL | __GFP_NOFAIL);
}

const struct qnet_peer_ops qnet_service_ops = {
	.pull = qnet_pull,
	.push = qnet_service_push,
	.reply = qnet_service_reply,
	.error = qnet_service_error,
	.received = qnet_service_received,
};
