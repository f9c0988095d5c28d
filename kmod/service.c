// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - peer operations over a link, the server's node
 *
 * A request becomes a message as any other. Its id is remembered until no copy of the request
 * can come any more: then, and only then, nothing can make it run twice.
 */
#include "service.h"

#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "attachment.h"
#include "channel.h"
#include "client.h"
#include "message.h"
#include "name.h"
#include "net.h"
#include "tomb.h"
#include "traffic.h"
#include "usermem.h"

static unsigned int qnet_service_max = QNET_TRAFFIC_SERVICES;
module_param_named(max_requests, qnet_service_max, uint, 0644);
MODULE_PARM_DESC(max_requests, "requests of one node that may wait or be worked on here");

/* Reception: bottom halves off, one frame of a link at a time ---------------------------------- */

static struct qnet_chunk *qnet_service_chunk(struct qnet_traffic *traffic,
					     const struct qnet_segment_info *seg,
					     const void *payload)
{
	struct qnet_chunk *chunk = qnet_chunk_make(traffic->qn, seg->payload_len, GFP_ATOMIC);

	if (!chunk)
		return NULL;
	chunk->offset = seg->offset;
	memcpy(chunk->data, payload, seg->payload_len);
	return chunk;
}

/* Unasked bytes that follow a setup: in place as soon as nothing is missing before them. */
static bool qnet_service_eager(struct qnet_message *msg, struct qnet_chunk *chunk)
{
	lockdep_assert_held(&msg->lock);
	if (chunk->offset < msg->have || msg->pieces >= QNET_TRAFFIC_EAGER_PIECES ||
	    !qnet_traffic_sort_offset(&msg->early, chunk, msg->capacity))
		return false;
	msg->pieces++;
	for (;;) {
		chunk = list_first_entry_or_null(&msg->early, struct qnet_chunk, list);
		if (!chunk || chunk->offset != msg->have)
			break;
		memcpy(msg->data + chunk->offset, chunk->data, chunk->len);
		msg->have += chunk->len;
		list_del(&chunk->list);
		qnet_chunk_free(msg->qn, chunk);
	}
	return true;
}

/* Bytes of the pull under way. */
static bool qnet_service_pulled(struct qnet_message *msg, struct qnet_chunk *chunk, u32 pull)
{
	lockdep_assert_held(&msg->lock);
	if (pull != msg->pull || chunk->offset < msg->pull_next ||
	    msg->pieces >= (pull ? QNET_TRAFFIC_PIECES : QNET_TRAFFIC_EAGER_PIECES) ||
	    !qnet_traffic_sort_offset(&msg->chunks, chunk, msg->pull_offset + msg->pull_len))
		return false;
	msg->pieces++;
	list_for_each_entry_from(chunk, &msg->chunks, list) {
		if (chunk->offset != msg->pull_next)
			break;
		msg->pull_next += chunk->len;
	}
	return true;
}

/* Takes @chunk, of pull @pull. */
static void qnet_service_take(struct qnet_message *msg, struct qnet_chunk *chunk, u32 pull)
{
	u32 offset = chunk->offset;
	bool taken, wake;

	spin_lock_bh(&msg->lock);
	if (!pull && offset < msg->capacity)
		taken = qnet_service_eager(msg, chunk);
	else
		taken = qnet_service_pulled(msg, chunk, pull);
	wake = offset < msg->capacity || msg->pull_next >= msg->pull_mark;
	spin_unlock_bh(&msg->lock);
	if (!taken)
		qnet_chunk_free(msg->qn, chunk);
	else if (wake)
		wake_up_all(&msg->server_wait);
}

static bool qnet_service_eager_room(struct qnet_net *qn, u32 len)
{
	if (atomic_add_return(len, &qn->eager_bytes) <= QNET_TRAFFIC_EAGER_ROOM)
		return true;
	atomic_sub(len, &qn->eager_bytes);
	return false;
}

/* Bytes of a request that overtook its setup ... */

static void qnet_service_early_del(struct qnet_traffic *traffic, struct qnet_chunk *chunk)
{
	list_del_init(&chunk->list);
	traffic->early_count--;
	atomic_sub(chunk->len, &traffic->qn->eager_bytes);
}

static bool qnet_service_dropped(const struct qnet_traffic *traffic, u32 xid)
{
	return traffic->dropped[xid % QNET_TRAFFIC_DROPPED] == xid;
}

/* ... are forgotten, and what is still to come of them is, too. */
static void qnet_service_drop(struct qnet_traffic *traffic, u32 xid)
{
	struct qnet_chunk *chunk, *next;

	traffic->dropped[xid % QNET_TRAFFIC_DROPPED] = xid;
	list_for_each_entry_safe(chunk, next, &traffic->early, list) {
		if (chunk->seq != xid)
			continue;
		qnet_service_early_del(traffic, chunk);
		qnet_chunk_free(traffic->qn, chunk);
	}
}

/* ... are kept, as far as there is room. */
static int qnet_service_keep(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			     const void *payload)
{
	struct qnet_chunk *chunk;

	if (seg->pull || qnet_service_dropped(traffic, seg->xid))
		return 0;
	if (traffic->early_count >= QNET_TRAFFIC_EARLY)
		qnet_service_drop(traffic, list_first_entry(&traffic->early, struct qnet_chunk,
							    list)->seq);
	if (qnet_service_dropped(traffic, seg->xid))
		return 0;
	if (!qnet_service_eager_room(traffic->qn, seg->payload_len)) {
		qnet_service_drop(traffic, seg->xid);
		return 0;
	}
	chunk = qnet_service_chunk(traffic, seg, payload);
	if (!chunk) {
		atomic_sub(seg->payload_len, &traffic->qn->eager_bytes);
		return -ENOMEM;
	}
	chunk->seq = seg->xid;
	list_add_tail(&chunk->list, &traffic->early);
	traffic->early_count++;
	return 0;
}

/* ... find their message. */
static void qnet_service_early(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	struct qnet_chunk *chunk, *next;

	if (qnet_service_dropped(traffic, msg->xid))
		traffic->dropped[msg->xid % QNET_TRAFFIC_DROPPED] = 0;
	list_for_each_entry_safe(chunk, next, &traffic->early, list) {
		if (chunk->seq != msg->xid)
			continue;
		qnet_service_early_del(traffic, chunk);
		qnet_service_take(msg, chunk, 0);
	}
}

static int qnet_service_refuse(struct qnet_traffic *traffic, u32 xid, u32 code)
{
	struct qnet_segment_info info = {
		.kind = QNET_SEG_ERROR,
		.flags = QNET_ERROR_F_NODE,
		.xid = xid,
		.code = code,
	};

	qnet_service_drop(traffic, xid);
	return qnet_traffic_send(traffic, &info, GFP_ATOMIC);
}

/*
 * What comes unasked after .data's bytes is as if pull 0 had asked for it, if there is room: bytes
 * that are not taken are pulled when they are wanted.
 */
static void qnet_service_expect(struct qnet_message *msg, u32 eager)
{
	struct qnet_net *qn = msg->qn;
	u32 len = eager - msg->capacity;

	if (!len)
		return;
	if (!qnet_service_eager_room(qn, len)) {
		qnet_stat_inc(qn, rx_eager_forgotten);
		return;
	}
	msg->pull_len = len;
	msg->pull_mark = msg->pull_offset + len;
	msg->eager_bytes = len;
}

/* A message for @seg, in the table; NULL: no memory. */
static struct qnet_message *qnet_service_make(struct qnet_traffic *traffic,
					      struct qnet_attachment *att,
					      const struct qnet_segment_info *seg,
					      const void *payload)
{
	u32 eager = qnet_service_dropped(traffic, seg->xid) ? seg->payload_len : seg->eager;
	u32 capacity = min_t(u32, eager, QNET_TRAFFIC_EAGER);
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
	msg->pull_offset = capacity;
	msg->pull_next = capacity;
	msg->have = min(seg->payload_len, capacity);
	memcpy(msg->data, payload, msg->have);
	if (seg->payload_len <= capacity)
		qnet_service_expect(msg, min(eager, QNET_TRAFFIC_EAGER_MAX));
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
	int err = 0;

	spin_lock_bh(&traffic->lock);
	if (traffic->down)
		err = -EHOSTDOWN;
	else if (traffic->service_count >= READ_ONCE(qnet_service_max) ||	/* by sysfs */
		 atomic_read(&traffic->qn->services) >= QNET_TRAFFIC_NET_SERVICES)
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
			     const void *payload)
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
	qnet_service_early(traffic, msg);
	/* a channel that died is as good as a handle that names nothing */
	if (qnet_channel_queue_message(msg->channel, msg))
		qnet_tomb_message(msg, QNET_ERROR_F_NODE, QNET_ERROR_GONE);
	qnet_message_put(msg);
out:
	qnet_attachment_put(att);
	return err;
}

static int qnet_service_data(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			     const void *payload)
{
	struct qnet_message *msg = qnet_traffic_message(&traffic->services, seg->xid);
	struct qnet_chunk *chunk;

	if (!msg)		/* answered; or its setup is still to come */
		return xa_load(&traffic->services, seg->xid) ? 0 :
		       qnet_service_keep(traffic, seg, payload);
	chunk = qnet_service_chunk(traffic, seg, payload);
	if (!chunk) {
		qnet_message_put(msg);
		return -ENOMEM;
	}
	qnet_service_take(msg, chunk, seg->pull);
	qnet_message_put(msg);
	return 0;
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
		qnet_service_drop(traffic, seg->xid);
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
	if (!ahead && err != -ENOMEM) {
		/*
		 * Too many of one client's wait: it alone loses, for a frame that is refused
		 * would hold up those of all others.
		 */
		if (err == -EAGAIN)
			qnet_stat_inc(traffic->qn, rx_pulses_dropped);
		att->pulse_next++;
		err = 0;
	}
	qnet_attachment_put(att);
	return err;
}

static int qnet_service_query(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			      const void *payload)
{
	struct qnet_segment_info info = { .kind = QNET_SEG_ANSWER, .xid = seg->xid };
	struct qnet_name_place place;

	if (qnet_name_lookup(traffic->qn, payload, seg->payload_len, &place)) {
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
			 const void *payload)
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
		return qnet_service_data(traffic, seg, payload);
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
	struct qnet_chunk *chunk, *next;
	struct qnet_message *msg;
	unsigned long xid;
	bool replied;
	void *entry;

	list_for_each_entry_safe(chunk, next, &traffic->early, list) {
		qnet_service_early_del(traffic, chunk);
		qnet_chunk_free(traffic->qn, chunk);
	}
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

/* The client took it back, or somebody else replied. */
static bool qnet_service_ended(struct qnet_message *msg)
{
	return READ_ONCE(msg->state) == QNET_MSG_GONE ||	/* under the channel's lock */
	       qnet_service_gone(msg);
}

/* A pull as its thread sees it: [done, next) is asked for and not copied. */
struct qnet_service_pull {
	struct qnet_message *msg;
	u32 offset;
	u32 end;
	u32 done;
	u32 next;
	unsigned int first;	/* turns [first, last) are taken; indices modulo their number */
	unsigned int last;
	struct {
		struct qnet_pace_turn turn;
		u32 end;
	} asked[4];
};

/* Of @chunk what lies in [pull->done, @end); there is none behind what the last one had. */
static int qnet_service_pull_piece(struct qnet_service_pull *pull,
				   const struct qnet_chunk *chunk, u32 end, struct iov_iter *to)
{
	u32 len;

	if (chunk->offset + chunk->len <= pull->done)
		return 0;		/* it came unasked, and was skipped */
	len = min(chunk->offset + chunk->len, end) - pull->done;
	if (copy_to_iter(chunk->data + (pull->done - chunk->offset), len, to) != len)
		return -EFAULT;
	pull->done += len;
	return 0;
}

/* Copies what is there. */
static int qnet_service_pull_copy(struct qnet_service_pull *pull, struct iov_iter *to)
{
	struct qnet_message *msg = pull->msg;
	struct qnet_chunk *chunk, *next;
	LIST_HEAD(chunks);
	int err = 0;
	u32 end;

	spin_lock_bh(&msg->lock);
	end = min(msg->pull_next, pull->end);
	list_for_each_entry_safe(chunk, next, &msg->chunks, list) {
		if (chunk->offset + chunk->len > end)
			break;
		list_move_tail(&chunk->list, &chunks);
		msg->pieces--;
	}
	/* The rest of one that came unasked is for the next pull; reception only adds. */
	if (list_entry_is_head(chunk, &msg->chunks, list) || chunk->offset >= end)
		chunk = NULL;
	spin_unlock_bh(&msg->lock);
	list_for_each_entry(next, &chunks, list) {
		err = qnet_service_pull_piece(pull, next, end, to);
		if (err)
			break;
	}
	if (!err && chunk)
		err = qnet_service_pull_piece(pull, chunk, end, to);
	qnet_chunk_free_list(msg->qn, &chunks);
	return err;
}

/* With msg->lock held: bytes that came unasked take no room any more. */
static void qnet_service_eager_free(struct qnet_message *msg)
{
	lockdep_assert_held(&msg->lock);
	atomic_sub(msg->eager_bytes, &msg->qn->eager_bytes);
	msg->eager_bytes = 0;
}

/* Bytes in place from the first one on. */
static u32 qnet_service_eager_have(struct qnet_message *msg)
{
	u32 have;

	spin_lock_bh(&msg->lock);
	have = msg->have < msg->capacity || msg->pull ? msg->have : msg->pull_next;
	spin_unlock_bh(&msg->lock);
	return have;
}

/*
 * Until all up to @mark came unasked.  -ETIME: for long nothing did, and may never: where bytes
 * overtook their setup they may have been dropped.
 */
static int qnet_service_eager_wait(struct qnet_message *msg, u32 mark)
{
	long left = QNET_TRAFFIC_EAGER_PATIENCE;
	u32 have, before = 0;
	DEFINE_WAIT(wait);
	int err;

	if (qnet_service_eager_have(msg) >= mark)
		return 0;
	spin_lock_bh(&msg->lock);
	msg->pull_mark = mark;
	spin_unlock_bh(&msg->lock);
	for (;;) {
		prepare_to_wait(&msg->server_wait, &wait, QNET_SLEEP_SIGNAL);
		have = qnet_service_eager_have(msg);
		err = 0;
		if (have >= mark)
			break;
		err = -ESRCH;
		if (qnet_service_ended(msg))
			break;
		err = -EINTR;
		if (signal_pending(current))
			break;
		if (have > before)
			left = QNET_TRAFFIC_EAGER_PATIENCE;
		before = have;
		err = -ETIME;
		if (!left)
			break;
		left = schedule_timeout(left);
	}
	finish_wait(&msg->server_wait, &wait);
	return err;
}

/* What comes unasked, if @pull goes on where the last one ended, or later. */
static int qnet_service_pull_eager(struct qnet_service_pull *pull, struct iov_iter *to)
{
	struct qnet_message *msg = pull->msg;
	u32 end, mark;
	int err;

	spin_lock_bh(&msg->lock);
	end = msg->pull_offset + msg->pull_len;
	if (msg->pull || pull->offset < msg->pull_offset || pull->offset >= end) {
		spin_unlock_bh(&msg->lock);
		return 0;
	}
	spin_unlock_bh(&msg->lock);

	mark = min(end, pull->end);
	err = qnet_service_eager_wait(msg, mark);
	if (err)
		return err == -ETIME ? 0 : err;
	err = qnet_service_pull_copy(pull, to);
	spin_lock_bh(&msg->lock);
	msg->pull_offset = mark;
	msg->pull_len = end - mark;
	if (mark == end)
		qnet_service_eager_free(msg);
	spin_unlock_bh(&msg->lock);
	return err;
}

static bool qnet_service_pull_came(struct qnet_message *msg)
{
	bool came;

	spin_lock_bh(&msg->lock);
	came = msg->pull_next >= msg->pull_mark;
	spin_unlock_bh(&msg->lock);
	return came;
}

/* Until all up to @mark is there. */
static int qnet_service_pull_wait(struct qnet_message *msg, u32 mark)
{
	spin_lock_bh(&msg->lock);
	msg->pull_mark = mark;
	spin_unlock_bh(&msg->lock);
	if (wait_event_state(msg->server_wait, qnet_service_pull_came(msg) ||
			     qnet_service_ended(msg), QNET_SLEEP_SIGNAL))
		return -EINTR;
	return qnet_service_pull_came(msg) ? 0 : -ESRCH;
}

static void qnet_service_pull_begin(struct qnet_service_pull *pull)
{
	struct qnet_message *msg = pull->msg;
	LIST_HEAD(chunks);

	pull->offset = pull->done;
	pull->next = pull->done;
	spin_lock_bh(&msg->lock);
	list_splice_init(&msg->chunks, &chunks);	/* of one that was interrupted */
	qnet_service_eager_free(msg);
	msg->pull++;
	msg->pull_offset = pull->offset;
	msg->pull_len = 0;
	msg->pull_next = pull->offset;
	msg->pieces = 0;
	spin_unlock_bh(&msg->lock);
	qnet_chunk_free_list(msg->qn, &chunks);
}

/* Asks for as much as may be; waits only where nothing is asked for. */
static int qnet_service_pull_ask(struct qnet_service_pull *pull)
{
	struct qnet_message *msg = pull->msg;
	struct qnet_segment_info info = { .kind = QNET_SEG_PULL, .xid = msg->xid };
	u32 before = pull->next, left;
	struct qnet_pace_turn turn;
	unsigned int i;

	while (pull->next < pull->end && pull->last - pull->first < ARRAY_SIZE(pull->asked)) {
		left = pull->end - pull->next;
		turn = pull->last == pull->first ?
		       qnet_pace_take(&msg->qn->pace, msg->link, left, msg->priority) :
		       qnet_pace_more(&msg->qn->pace, msg->link, left);
		if (!turn.len)
			break;
		pull->next += turn.len;
		i = pull->last++ % ARRAY_SIZE(pull->asked);
		pull->asked[i].turn = turn;
		pull->asked[i].end = pull->next;
	}
	if (pull->last == pull->first)
		return -EINTR;
	if (pull->next == before)
		return 0;
	spin_lock_bh(&msg->lock);
	msg->pull_len = pull->next - pull->offset;
	info.pull = msg->pull;
	info.offset = pull->offset;
	info.length = msg->pull_len;
	spin_unlock_bh(&msg->lock);
	return qnet_traffic_send(qnet_link_private(msg->link), &info, GFP_KERNEL);
}

/* What came makes room for others, and so does what is waited for no more: turns up to @end. */
static void qnet_service_pull_give(struct qnet_service_pull *pull, u32 end, bool came)
{
	u32 i;

	for (; pull->first != pull->last; pull->first++) {
		i = pull->first % ARRAY_SIZE(pull->asked);
		if (pull->asked[i].end > end)
			break;
		qnet_pace_give(&pull->msg->qn->pace, pull->msg->link, pull->asked[i].turn, came);
	}
}

/* Bytes after those in .data: that come unasked, or are asked for while earlier ones come. */
static int qnet_service_pull_rest(struct qnet_message *msg, u32 offset, u32 len,
				  struct iov_iter *to)
{
	struct qnet_service_pull pull = {
		.msg = msg,
		.offset = offset,
		.end = offset + len,
		.done = offset,
	};
	int err;

	err = qnet_service_pull_eager(&pull, to);
	if (err || pull.done == pull.end)
		return err;
	qnet_service_pull_begin(&pull);
	while (!err && pull.done < pull.end) {
		err = qnet_service_pull_ask(&pull);
		if (!err)
			err = qnet_service_pull_wait(msg, pull.asked[pull.first %
						     ARRAY_SIZE(pull.asked)].end);
		if (!err)
			err = qnet_service_pull_copy(&pull, to);
		qnet_service_pull_give(&pull, err ? U32_MAX : pull.done, !err);
	}
	return err;
}

static int qnet_service_pull(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *to)
{
	u32 part;
	int err;

	if (mutex_lock_interruptible(&msg->pull_lock))
		return -EINTR;
	err = 0;
	if (offset < msg->capacity) {
		part = min(len, msg->capacity - offset);
		err = qnet_service_eager_wait(msg, offset + part);
		if (err == -ETIME) {
			part = 0;
			err = 0;
		} else if (!err && copy_to_iter(msg->data + offset, part, to) != part) {
			err = -EFAULT;
		}
		offset += part;
		len -= part;
	}
	if (!err && len)
		err = qnet_service_pull_rest(msg, offset, len, to);
	mutex_unlock(&msg->pull_lock);
	return err;
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
	.pull = qnet_service_pull,
	.push = qnet_service_push,
	.reply = qnet_service_reply,
	.error = qnet_service_error,
	.received = qnet_service_received,
};
