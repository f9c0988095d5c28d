// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what is remembered of an answered request
 *
 * A copy of a request may be late: sent again because it seemed lost, then delivered after the
 * other copy was run, answered, and the answer acknowledged. All copies were sent before that
 * acknowledgement, so once the receive window has passed it none can be taken any more.
 */
#include "tomb.h"

#include <linux/slab.h>

#include "message.h"
#include "net.h"
#include "service.h"
#include "traffic.h"

static void qnet_tomb_enlist(struct qnet_traffic *traffic, struct qnet_tomb *tomb)
{
	tomb->mark = qnet_link_mark(traffic->link);
	spin_lock_bh(&traffic->lock);
	list_add_tail(&tomb->list, &traffic->tombs);
	spin_unlock_bh(&traffic->lock);
}

/* The answer was acknowledged: the message makes room for its tomb. */
static void qnet_tomb_bury(struct qnet_message *msg)
{
	struct qnet_traffic *traffic = qnet_link_private(msg->link);
	struct qnet_tomb *tomb = msg->tomb;
	bool ours;

	tomb->xid = msg->xid;
	xa_lock_bh(&traffic->services);
	ours = xa_load(&traffic->services, msg->xid) == msg;
	if (ours)	/* in the place of an entry: takes no memory */
		__xa_store(&traffic->services, msg->xid, xa_tag_pointer(tomb, 1), GFP_ATOMIC);
	xa_unlock_bh(&traffic->services);
	if (!ours)
		return;
	msg->tomb = NULL;
	atomic_inc(&traffic->tomb_count);
	qnet_tomb_enlist(traffic, tomb);
	qnet_service_uncount(traffic);
	qnet_message_put(msg);		/* the table's */
}

static void qnet_tomb_message_done(struct qnet_segment *seg, int err)
{
	struct qnet_message *msg = container_of(seg, struct qnet_message, segment);

	if (!err)
		qnet_tomb_bury(msg);
	qnet_message_put(msg);
}

static const struct qnet_segment_ops qnet_tomb_message_ops = {
	.done = qnet_tomb_message_done,
};

static bool qnet_tomb_reply_fill(struct qnet_segment *seg, void *to)
{
	memcpy(to, container_of(seg, struct qnet_small_segment, seg)->data, seg->info.payload_len);
	return true;
}

/* .owner is the message, referenced. */
static void qnet_tomb_reply_done(struct qnet_segment *seg, int err)
{
	struct qnet_message *msg = (struct qnet_message *)seg->owner;

	if (!err)
		qnet_tomb_bury(msg);
	qnet_message_put(msg);
	qnet_traffic_free_small(container_of(seg, struct qnet_small_segment, seg));
}

static const struct qnet_segment_ops qnet_tomb_reply_ops = {
	.fill = qnet_tomb_reply_fill,
	.done = qnet_tomb_reply_done,
};

/* Queues @seg as the one answer; false: there was one, or the link is dead. */
static bool qnet_tomb_queue(struct qnet_message *msg, struct qnet_segment *seg,
			    const struct qnet_segment_info *info,
			    const struct qnet_segment_ops *ops)
{
	bool queued = false;

	qnet_message_get(msg);
	spin_lock_bh(&msg->lock);
	if (!msg->answered) {
		msg->answered = true;
		seg->info = *info;
		seg->info.seq = msg->seq;
		seg->ops = ops;
		seg->owner = msg;
		queued = qnet_link_queue(msg->link, seg);
	}
	spin_unlock_bh(&msg->lock);
	wake_up_all(&msg->server_wait);
	if (queued)
		qnet_link_kick(msg->link);
	else
		qnet_message_put(msg);
	return queued;
}

int qnet_tomb_reply(struct qnet_message *msg, struct qnet_small_segment *small)
{
	struct qnet_segment_info info = small->seg.info;

	if (qnet_tomb_queue(msg, &small->seg, &info, &qnet_tomb_reply_ops))
		return 0;
	qnet_traffic_free_small(small);
	return -ESRCH;
}

void qnet_tomb_message(struct qnet_message *msg, u8 flags, u32 code)
{
	struct qnet_segment_info info = {
		.kind = QNET_SEG_ERROR,
		.flags = flags,
		.xid = msg->xid,
		.code = code,
	};

	qnet_tomb_queue(msg, &msg->segment, &info, &qnet_tomb_message_ops);
}

struct qnet_tomb_segment {
	struct qnet_segment seg;
	struct qnet_traffic *traffic;
	struct qnet_tomb *tomb;
};

static void qnet_tomb_answer_done(struct qnet_segment *seg, int err)
{
	struct qnet_tomb_segment *ts = container_of(seg, struct qnet_tomb_segment, seg);

	if (!err)
		qnet_tomb_enlist(ts->traffic, ts->tomb);
	kfree(ts);
}

static const struct qnet_segment_ops qnet_tomb_answer_ops = {
	.done = qnet_tomb_answer_done,
};

int qnet_tomb_answer(struct qnet_traffic *traffic, const struct qnet_segment_info *info)
{
	struct qnet_tomb_segment *ts = kzalloc(sizeof(*ts), GFP_ATOMIC);
	struct qnet_tomb *tomb = kzalloc(sizeof(*tomb), GFP_ATOMIC);

	if (!ts || !tomb)
		goto err_free;
	tomb->xid = info->xid;
	ts->traffic = traffic;
	ts->tomb = tomb;
	ts->seg.ops = &qnet_tomb_answer_ops;
	ts->seg.owner = ts;
	ts->seg.info = *info;
	if (xa_err(xa_store_bh(&traffic->services, info->xid, xa_tag_pointer(tomb, 1),
			       GFP_ATOMIC)))
		goto err_free;
	atomic_inc(&traffic->tomb_count);
	if (qnet_link_queue(traffic->link, &ts->seg))
		qnet_link_kick(traffic->link);
	else
		kfree(ts);		/* the link is dead, and its end frees the tomb */
	return 0;

err_free:
	kfree(tomb);
	kfree(ts);
	return -ENOMEM;
}

void qnet_tomb_expire(struct qnet_traffic *traffic)
{
	struct qnet_tomb *tomb;

	spin_lock_bh(&traffic->lock);
	for (;;) {
		tomb = list_first_entry_or_null(&traffic->tombs, struct qnet_tomb, list);
		if (!tomb || !qnet_link_passed(traffic->link, tomb->mark))
			break;
		list_del(&tomb->list);
		xa_erase_bh(&traffic->services, tomb->xid);
		atomic_dec(&traffic->tomb_count);
		kfree(tomb);
	}
	spin_unlock_bh(&traffic->lock);
}
