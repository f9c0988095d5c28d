// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the transactions of one link
 *
 * What the link hands up goes to the client's side (remote.c) or the server's (service.c) by its
 * kind; both sides of every node share the link.
 */
#include "traffic.h"

#include <linux/slab.h>

#include "answer.h"
#include "channel.h"
#include "chunk.h"
#include "message.h"
#include "net.h"
#include "remote.h"
#include "service.h"
#include "usermem.h"

static void qnet_traffic_small_done(struct qnet_segment *seg, int err)
{
	qnet_traffic_free_small(container_of(seg, struct qnet_small_segment, seg));
}

static bool qnet_traffic_small_fill(struct qnet_segment *seg, void *to)
{
	memcpy(to, container_of(seg, struct qnet_small_segment, seg)->data, seg->info.payload_len);
	return true;
}

const struct qnet_segment_ops qnet_traffic_small_ops = {
	.fill = qnet_traffic_small_fill,
	.done = qnet_traffic_small_done,
};

/* Bytes of replies have their own bound: so many of each. */
static bool qnet_traffic_counts(const struct qnet_segment_info *info)
{
	return info->kind != QNET_SEG_PUSH;
}

struct qnet_small_segment *qnet_traffic_small(struct qnet_traffic *traffic,
					      const struct qnet_segment_info *info, u32 len,
					      gfp_t gfp)
{
	struct qnet_small_segment *small;

	small = kmalloc(struct_size(small, data, len), gfp);
	if (!small)
		return NULL;
	memset(&small->seg, 0, sizeof(small->seg));
	small->traffic = traffic;
	atomic_add(qnet_traffic_counts(info), &traffic->small_count);
	small->seg.ops = &qnet_traffic_small_ops;
	small->seg.owner = small;
	small->seg.info = *info;
	small->seg.info.payload_len = len;
	return small;
}

void qnet_traffic_free_small(struct qnet_small_segment *small)
{
	if (!small)
		return;
	atomic_sub(qnet_traffic_counts(&small->seg.info), &small->traffic->small_count);
	kfree(small);
}

bool qnet_traffic_queue_small(struct qnet_traffic *traffic, struct qnet_small_segment *small)
{
	return qnet_link_queue(traffic->link, &small->seg);
}

int qnet_traffic_send(struct qnet_traffic *traffic, const struct qnet_segment_info *info,
		      gfp_t gfp)
{
	struct qnet_small_segment *small = qnet_traffic_small(traffic, info, 0, gfp);

	if (!small)
		return -ENOMEM;
	if (qnet_traffic_queue_small(traffic, small))
		qnet_link_kick(traffic->link);
	else
		qnet_traffic_free_small(small);
	return 0;
}

bool qnet_traffic_full(struct qnet_traffic *traffic)
{
	int most = qnet_param(&traffic->qn->params, answers);

	return atomic_read(&traffic->small_count) >= most ||
	       atomic_read(&traffic->tomb_count) >= most;
}

unsigned long qnet_traffic_busy(const struct qnet_net *qn)
{
	return msecs_to_jiffies(qnet_param(&qn->params, busy));
}

struct qnet_message *qnet_traffic_message(struct xarray *array, u32 xid)
{
	struct qnet_message *msg;

	xa_lock_bh(array);
	msg = xa_load(array, xid);
	if (!msg || xa_is_value(msg) || xa_pointer_tag(msg))
		msg = NULL;
	else
		qnet_message_get(msg);
	xa_unlock_bh(array);
	return msg;
}

struct qnet_chunk *qnet_traffic_chunk(struct qnet_net *qn, const struct qnet_segment_info *seg,
				      const struct qnet_payload *payload, bool soon)
{
	struct qnet_chunk *chunk;

	chunk = qnet_chunk_take(qn, payload->skb, payload->offset, seg->payload_len, soon);
	if (chunk)
		chunk->offset = seg->offset;
	return chunk;
}

bool qnet_traffic_sort_offset(struct list_head *list, struct qnet_chunk *chunk, u32 end)
{
	struct qnet_chunk *other;
	u32 next = end;

	if (!chunk->len || chunk->offset >= end || chunk->len > end - chunk->offset)
		return false;
	list_for_each_entry_reverse(other, list, list) {
		if (other->offset < chunk->offset)
			break;
		next = other->offset;
	}
	if (chunk->offset + chunk->len > next)
		return false;
	if (!list_entry_is_head(other, list, list) &&
	    other->offset + other->len > chunk->offset)
		return false;
	list_add(&chunk->list, &other->list);
	return true;
}

void qnet_traffic_granted(struct qnet_traffic *traffic, u32 len)
{
	unsigned long idle = msecs_to_jiffies(qnet_param(&traffic->qn->params, pull_idle)) +
			     usecs_to_jiffies(qnet_link_rtt(traffic->link));

	spin_lock_bh(&traffic->lock);
	traffic->granted = min(len, QNET_TRAFFIC_PULL);
	traffic->granted_until = jiffies + idle;
	spin_unlock_bh(&traffic->lock);
}

/*
 * A request that takes more than half of what is left goes by half: so it is pulled, and the pull
 * says if more may go.
 */
u32 qnet_traffic_grant(struct qnet_traffic *traffic, u32 len)
{
	spin_lock_bh(&traffic->lock);
	if (!time_before(jiffies, traffic->granted_until))
		traffic->granted = 0;
	if (len > traffic->granted / 2)
		len = min(len / 2, traffic->granted);
	traffic->granted -= len;
	spin_unlock_bh(&traffic->lock);
	return len;
}

/* Requests that met BUSY -------------------------------------------------------------------- */

static void qnet_traffic_busy_add(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	lockdep_assert_held(&traffic->lock);
	msg->of_traffic.priority = msg->priority;
	/* whoever was here before has its place */
	if (!msg->of_traffic.seq)
		msg->of_traffic.seq = ++traffic->busy_seq;
	qnet_entry_insert(&traffic->busy, &msg->of_traffic);
}

bool qnet_traffic_busy_behind(struct qnet_traffic *traffic, const struct qnet_message *msg)
{
	struct rb_node *first;
	bool behind;

	spin_lock_bh(&traffic->lock);
	first = rb_first_cached(&traffic->busy);
	behind = first && rb_entry(first, struct qnet_entry, node)->priority >= msg->priority;
	spin_unlock_bh(&traffic->lock);
	return behind;
}

void qnet_traffic_busy_wait(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	bool queue;

	spin_lock_bh(&msg->lock);
	queue = !msg->left && !msg->done && !msg->busy;
	if (queue)
		WRITE_ONCE(msg->busy, true);	/* read by qnet_cut_fill() */
	spin_unlock_bh(&msg->lock);
	if (!queue)
		return;
	spin_lock_bh(&traffic->lock);
	/* a new one says nothing of the last round */
	traffic->busy_refused += READ_ONCE(msg->again);
	queue = !traffic->down && RB_EMPTY_NODE(&msg->of_traffic.node);
	if (queue) {
		qnet_message_get(msg);
		qnet_traffic_busy_add(traffic, msg);
	}
	spin_unlock_bh(&traffic->lock);
	if (queue)
		schedule_delayed_work(&traffic->busy_work, qnet_traffic_busy(traffic->qn));
}

bool qnet_traffic_busy_del(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	lockdep_assert_held(&traffic->lock);
	if (RB_EMPTY_NODE(&msg->of_traffic.node))
		return false;
	rb_erase_cached(&msg->of_traffic.node, &traffic->busy);
	RB_CLEAR_NODE(&msg->of_traffic.node);
	return true;
}

/* The next one, which waits no more, with the reference it had for it; NULL: none. */
static struct qnet_message *qnet_traffic_busy_next(struct qnet_traffic *traffic)
{
	struct qnet_message *msg = NULL;
	struct rb_node *node;

	spin_lock_bh(&traffic->lock);
	node = rb_first_cached(&traffic->busy);
	if (node) {
		msg = rb_entry(node, struct qnet_message, of_traffic.node);
		qnet_traffic_busy_del(traffic, msg);
	}
	spin_unlock_bh(&traffic->lock);
	return msg;
}

static void qnet_traffic_busy_drop(struct qnet_traffic *traffic)
{
	struct qnet_message *msg;

	while ((msg = qnet_traffic_busy_next(traffic)))
		qnet_message_put(msg);
}

/*
 * How many go in this round: twice as many as there was room for in the last one.  Where there was
 * none one asks, and each time waits twice as long.
 */
static u32 qnet_traffic_busy_round(struct qnet_traffic *traffic)
{
	u32 most = qnet_param(&traffic->qn->params, busy_round);
	u32 sent = traffic->busy_sent, taken;

	lockdep_assert_held(&traffic->lock);
	taken = sent - min(sent, traffic->busy_refused);
	if (taken || !sent)
		traffic->busy_longer = 0;
	else if (traffic->busy_longer < QNET_TRAFFIC_BUSY_LONGER)
		traffic->busy_longer++;
	traffic->busy_refused = 0;
	return sent ? clamp(2 * taken, 1U, most) : most;
}

/* The most urgent ones: where there is no room for those there is none for the rest. */
static void qnet_traffic_busy_work(struct work_struct *work)
{
	struct qnet_traffic *traffic = container_of(to_delayed_work(work), struct qnet_traffic,
						    busy_work);
	struct qnet_message *msg;
	unsigned long wait;
	u32 round, sent;
	bool more;

	spin_lock_bh(&traffic->lock);
	round = qnet_traffic_busy_round(traffic);
	spin_unlock_bh(&traffic->lock);
	for (sent = 0; sent < round; sent++) {
		msg = qnet_traffic_busy_next(traffic);
		if (!msg)
			break;
		if (atomic_read(&msg->cuts))	/* eager bytes of the first try */
			qnet_link_forget(msg->link, msg);
		WRITE_ONCE(msg->again, true);	/* read by qnet_answer_busy() */
		if (qnet_remote_request(msg, true) >= 0 || qnet_link_dead(msg->link)) {
			qnet_message_put(msg);
			continue;
		}
		spin_lock_bh(&traffic->lock);
		qnet_traffic_busy_add(traffic, msg);
		spin_unlock_bh(&traffic->lock);
		break;
	}
	/* until their answers are there */
	wait = max(qnet_traffic_busy(traffic->qn),
		   usecs_to_jiffies(2 * qnet_link_rtt(traffic->link)));
	spin_lock_bh(&traffic->lock);
	more = (sent || rb_first_cached(&traffic->busy)) && !traffic->down;
	traffic->busy_sent = sent;
	wait <<= traffic->busy_longer;
	spin_unlock_bh(&traffic->lock);
	/* an answer may have set it to the shortest time meanwhile */
	if (more)
		mod_delayed_work(system_wq, &traffic->busy_work, wait);
}

/* What the link calls ----------------------------------------------------------------------- */

static int qnet_traffic_up(struct qnet_link *link)
{
	struct qnet_traffic *traffic = kzalloc(sizeof(*traffic), GFP_KERNEL);

	if (!traffic)
		return -ENOMEM;
	traffic->link = link;
	traffic->qn = qnet_link_net(link);
	xa_init_flags(&traffic->calls, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&traffic->conns, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&traffic->services, XA_FLAGS_LOCK_BH);
	xa_init_flags(&traffic->attachments, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	traffic->next_xid = qnet_net_first(1, U32_MAX);
	traffic->next_conn = qnet_net_first(1, U32_MAX);
	traffic->next_attachment = qnet_net_first(1, U32_MAX);
	spin_lock_init(&traffic->lock);
	traffic->busy = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&traffic->tombs);
	INIT_LIST_HEAD(&traffic->early);
	INIT_DELAYED_WORK(&traffic->busy_work, qnet_traffic_busy_work);
	qnet_link_set_private(link, traffic);
	return 0;
}

static int qnet_traffic_segment(struct qnet_link *link, const struct qnet_segment_info *seg,
				const struct qnet_payload *payload)
{
	struct qnet_traffic *traffic = qnet_link_private(link);

	switch (seg->kind) {
	case QNET_SEG_SEND:
	case QNET_SEG_SEND_AFTER:
	case QNET_SEG_DATA:
	case QNET_SEG_CREDIT:
	case QNET_SEG_CANCEL:
	case QNET_SEG_ATTACH:
	case QNET_SEG_DETACH:
	case QNET_SEG_PULSE:
	case QNET_SEG_QUERY:
		return qnet_service_segment(traffic, seg, payload);
	default:
		return qnet_answer_segment(traffic, seg, payload);
	}
}

static void qnet_traffic_down(struct qnet_link *link)
{
	struct qnet_traffic *traffic = qnet_link_private(link);

	spin_lock_bh(&traffic->lock);
	traffic->down = true;
	spin_unlock_bh(&traffic->lock);
	cancel_delayed_work_sync(&traffic->busy_work);
	qnet_traffic_busy_drop(traffic);
	qnet_answer_down(traffic);
	qnet_service_down(traffic);
}

static void qnet_traffic_release(struct qnet_link *link)
{
	struct qnet_traffic *traffic = qnet_link_private(link);

	if (!traffic)
		return;
	xa_destroy(&traffic->calls);
	xa_destroy(&traffic->conns);
	xa_destroy(&traffic->services);
	xa_destroy(&traffic->attachments);
	kfree(traffic);
}

const struct qnet_link_ops qnet_traffic_ops = {
	.up = qnet_traffic_up,
	.segment = qnet_traffic_segment,
	.down = qnet_traffic_down,
	.release = qnet_traffic_release,
};
