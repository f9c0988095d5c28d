// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - segments on their way out: queues, frames, the one who sends
 *
 * Frames are built under the link's lock and sent outside of it by one drainer at a time, so
 * numbers reach the device in order.
 */
#include "transmit.h"

#include <linux/bottom_half.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "backlog.h"
#include "bearer.h"
#include "ether.h"
#include "net.h"
#include "recovery.h"
#include "session.h"

#define QNET_TRANSMIT_OVERHEAD	(sizeof(struct qnet_wire_header) + QNET_WIRE_CRC_SIZE)
#define QNET_TRANSMIT_BATCH	QNET_FIXED(frames_together)

/* Acknowledgments owed ---------------------------------------------------------------------- */

static enum hrtimer_restart qnet_transmit_ack_timer(struct hrtimer *timer)
{
	struct qnet_link *link = container_of(timer, struct qnet_link, ack_timer);
	bool now = false;

	spin_lock_bh(&link->lock);
	link->ack_armed = false;
	if (link->state == QNET_SESSION_UP && link->ack_owed) {
		now = ktime_compare(ktime_get(), link->ack_deadline) >= 0;
		link->ack_now |= now;
		link->ack_armed = !now;
		if (!now)
			hrtimer_start(timer, link->ack_deadline, HRTIMER_MODE_ABS_SOFT);
	}
	spin_unlock_bh(&link->lock);

	if (now)
		qnet_transmit_drain(link);
	return HRTIMER_NORESTART;
}

void qnet_transmit_owe(struct qnet_link *link, ktime_t now)
{
	const struct qnet_params *params = &link->qn->params;
	u32 every = qnet_ack_has_gap(&link->rx) ? qnet_param(params, ack_frames_gap) :
						  qnet_param(params, ack_frames);

	lockdep_assert_held(&link->lock);
	if (link->state != QNET_SESSION_UP)
		return;
	if (!link->ack_owed++)
		link->ack_deadline = ktime_add_us(now, link->ack_delay);
	/* The timer may be on a CPU that does not get to it. */
	if (link->ack_owed >= every ||
	    (link->ack_owed > 1 && ktime_compare(now, link->ack_deadline) >= 0))
		link->ack_now = true;
	if (link->ack_armed)
		return;
	link->ack_armed = true;
	hrtimer_start(&link->ack_timer, link->ack_deadline, HRTIMER_MODE_ABS_SOFT);
}

/* Records ----------------------------------------------------------------------------------- */

/* No memory. */
static void qnet_transmit_retry(struct qnet_link *link)
{
	qnet_stat_inc(link->qn, tx_errors);
	qnet_recovery_arm_at(link, ktime_add_us(ktime_get(),
						qnet_param(&link->qn->params, memory_again)));
}

static struct qnet_transmit_record *qnet_transmit_record_get(struct qnet_link *link)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_transmit_record *record;

	record = list_first_entry_or_null(&tx->free, struct qnet_transmit_record, list);
	if (record)
		return record;
	record = kmalloc(sizeof(*record), GFP_ATOMIC | __GFP_NOWARN);
	if (!record) {
		qnet_transmit_retry(link);
		return NULL;
	}
	INIT_LIST_HEAD(&record->segments);
	list_add(&record->list, &tx->free);
	return record;
}

/* A new record, for a frame of @size; what goes alone is two segments at most, and always may. */
static struct qnet_transmit_record *qnet_transmit_record_new(struct qnet_link *link, u32 size,
							     bool alone)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_transmit_record *record;

	if (!alone && tx->used >= qnet_param(&link->qn->params, window_most))
		return NULL;
	record = qnet_transmit_record_get(link);
	if (!record)
		return NULL;
	tx->used += !alone;
	memset(record->numbers, 0, sizeof(record->numbers));
	record->lost = 0;
	record->shared = false;
	record->alone = alone;
	record->size = size;
	record->pushed = 0;
	record->there = 0;
	list_move(&record->list, &tx->lost);
	return record;
}

void qnet_transmit_record_free(struct qnet_transmit *tx, struct qnet_transmit_record *record)
{
	tx->used -= !record->alone;
	tx->pushed -= record->pushed;
	list_move(&record->list, &tx->free);
}

/* Building ---------------------------------------------------------------------------------- */

static void qnet_transmit_head(struct qnet_link *link, struct sk_buff *skb,
			       struct qnet_frame *frame, size_t length)
{
	struct qnet_transmit *tx = &link->tx;
	u64 acked;

	*frame = (struct qnet_frame){
		.type = QNET_FRAME_DATA,
		.length = length,
		.index = link->remote,
		.number = (u32)tx->next,
	};
	acked = qnet_ack_say(&link->rx, &frame->ack_bits);
	frame->acked = (u32)acked;
	qnet_wire_build(skb->data, frame);
	/* many came while somebody else was about to send */
	link->ack_now = acked != link->rx.largest;
	if (!link->ack_now)
		link->ack_owed = 0;
	tx->next++;
	/* A low half of zero would say "none" in an acknowledgment. */
	if (!(u32)tx->next)
		tx->next++;
}

static struct qnet_segment *qnet_transmit_segment(struct rb_node *node)
{
	return rb_entry_safe(node, struct qnet_segment, entry.node);
}

static struct qnet_segment *qnet_transmit_first(const struct rb_root_cached *queue)
{
	return qnet_transmit_segment(rb_first_cached(queue));
}

/* @seg waits no more. */
static void qnet_transmit_move(struct rb_root_cached *queue, struct qnet_segment *seg,
			       struct list_head *to)
{
	rb_erase_cached(&seg->entry.node, queue);
	list_add_tail(&seg->list, to);
}

/* The first segment of bulk that may go: bytes of replies wait until enough of them came. */
static struct qnet_segment *qnet_transmit_bulk(const struct qnet_transmit *tx)
{
	u32 window = max_t(u32, tx->push.window, qnet_transmit_push_least(tx));
	struct qnet_segment *data = qnet_transmit_first(&tx->bulk);
	struct qnet_segment *push = qnet_transmit_first(&tx->pushes);

	if (tx->pushed >= window)
		push = NULL;
	if (!data || !push)
		return data ?: push;
	return qnet_entry_before(&push->entry, &data->entry) ? push : data;
}

/* Move segments to @record while they fit into @room bytes; what is left of it. */
static size_t qnet_transmit_take(struct rb_root_cached *queue, struct qnet_transmit_record *record,
				 size_t room)
{
	struct qnet_segment *seg;
	size_t size;

	while ((seg = qnet_transmit_first(queue))) {
		size = qnet_wire_segment_size(&seg->info);
		if (size > room)
			break;
		qnet_transmit_move(queue, seg, &record->segments);
		room -= size;
	}
	return room;
}

/* The same for bulk, which fills what is left: with something? */
static bool qnet_transmit_take_bulk(struct qnet_transmit *tx, struct qnet_transmit_record *record,
				    size_t room)
{
	struct qnet_segment *seg;
	bool some = false;
	size_t size;

	while ((seg = qnet_transmit_bulk(tx))) {
		size = qnet_wire_segment_size(&seg->info);
		if (size > room)
			break;
		if (seg->info.kind == QNET_SEG_PUSH) {
			qnet_transmit_move(&tx->pushes, seg, &record->segments);
			record->pushed += size;
			tx->pushed += size;
			record->there = tx->pushed;
		} else {
			qnet_transmit_move(&tx->bulk, seg, &record->segments);
		}
		room -= size;
		some = true;
	}
	return some;
}

/* What bulk waits for waits for nobody. */
static bool qnet_transmit_shares(const struct qnet_segment *seg)
{
	return seg->info.kind != QNET_SEG_PULL && seg->info.kind != QNET_SEG_CREDIT;
}

/*
 * Does what is queued wait for more to share its frame?  Not if it has little room left, if a frame
 * is to go anyway, or if the last one went a while ago.
 */
static bool qnet_transmit_waits(struct qnet_link *link, size_t room, bool bulk)
{
	const struct qnet_params *params = &link->qn->params;
	struct qnet_transmit *tx = &link->tx;
	size_t size, left = room;
	struct qnet_segment *seg;
	ktime_t now, at;

	if (link->ack_now || bulk || tx->shared < qnet_param(params, share_frames))
		return false;
	now = ktime_get();
	at = ktime_add_us(tx->last_sent, clamp(qnet_congestion_rtt(&tx->cc),
					       qnet_param(params, share_least),
					       qnet_param(params, share_most)));
	if (ktime_compare(now, at) >= 0)
		return false;
	/* a timer that is so late is on a CPU that stands still: nobody waits for it */
	if (tx->armed && ktime_us_delta(now, tx->armed) > qnet_param(params, timer_late))
		return false;
	for (seg = qnet_transmit_first(&tx->urgent); seg;
	     seg = qnet_transmit_segment(rb_next(&seg->entry.node))) {
		size = qnet_wire_segment_size(&seg->info);
		if (size > left || !qnet_transmit_shares(seg))
			return false;
		left -= size;
	}
	if (left < room / 2)
		return false;
	qnet_recovery_arm_at(link, at);
	return true;
}

/* One that says something of the way: whatever is lost, and however shut the window, it goes. */
static struct qnet_transmit_record *qnet_transmit_record_alone(struct qnet_link *link)
{
	struct qnet_transmit_record *record;
	struct qnet_segment *seg;
	u32 size;

	seg = list_first_entry(&link->tx.alone, struct qnet_segment, list);
	size = qnet_wire_segment_size(&seg->info) + QNET_TRANSMIT_OVERHEAD;
	record = qnet_transmit_record_new(link, size, true);
	if (record)
		list_move(&seg->list, &record->segments);
	return record;
}

/*
 * May the first lost record go again?  The first of a recovery always.  Nothing goes before it, so
 * it does not wait as bulk does.
 */
static bool qnet_transmit_may_repair(struct qnet_link *link)
{
	return qnet_recovery_may_repair(&link->tx) &&
	       (link->tx.probing || qnet_backlog_room(link, false));
}

/*
 * May one more frame of bulk go?  However few may be on their way, one after the other they take
 * all that CPUs at both ends have: so while it yields so many go in a round of some round trips.
 */
static bool qnet_transmit_in_round(struct qnet_link *link)
{
	const struct qnet_params *params = &link->qn->params;
	struct qnet_transmit *tx = &link->tx;
	ktime_t now;
	u64 usecs;

	if (!qnet_session_yields(link))
		return true;
	now = ktime_get();
	if (ktime_compare(now, tx->round) >= 0) {
		usecs = min_t(u64, (u64)tx->cc.least * qnet_param(params, bulk_trips),
			      qnet_param(params, bulk_round));
		tx->round = ktime_add_us(now, usecs);
		tx->round_frames = 0;
	}
	if (tx->round_frames < qnet_param(params, bulk_always))
		return true;
	qnet_recovery_arm_at(link, tx->round);
	return false;
}

/* The record to send now: a lost one, or a new one with what is queued. */
static struct qnet_transmit_record *qnet_transmit_record(struct qnet_link *link)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_transmit_record *record;
	size_t room = link->mtu - QNET_TRANSMIT_OVERHEAD;
	bool bulk;

	if (!list_empty(&tx->alone)) {
		record = qnet_transmit_record_alone(link);
		if (record)
			return record;
	}
	/* What was forgotten meanwhile left empty ones. */
	while ((record = list_first_entry_or_null(&tx->lost, struct qnet_transmit_record, list))) {
		if (!list_empty(&record->segments))
			return qnet_transmit_may_repair(link) ? record : NULL;
		qnet_transmit_record_free(tx, record);
	}
	bulk = qnet_transmit_bulk(tx);
	if (!bulk)
		qnet_backlog_no_bulk(link);
	bulk = bulk && qnet_transmit_in_round(link) && qnet_backlog_room(link, true);
	if (!bulk && (!qnet_transmit_first(&tx->urgent) || !qnet_backlog_room(link, false)))
		return NULL;
	if (!qnet_congestion_open(&tx->cc, link->mtu) || qnet_transmit_waits(link, room, bulk))
		return NULL;
	record = qnet_transmit_record_new(link, link->mtu, false);
	if (!record)
		return NULL;

	room = qnet_transmit_take(&tx->urgent, record, room);
	if (bulk)
		tx->round_frames += qnet_transmit_take_bulk(tx, record, room);
	return record;
}

static size_t qnet_transmit_size(const struct qnet_transmit_record *record)
{
	const struct qnet_segment *seg;
	size_t size = 0;

	list_for_each_entry(seg, &record->segments, list)
		size += qnet_wire_segment_size(&seg->info);
	return size;
}

/* Write the segments of @record; those that are not needed any more go to @dropped. */
static void *qnet_transmit_fill(struct qnet_transmit_record *record, void *to,
				struct list_head *dropped)
{
	struct qnet_segment *seg, *next;
	void *payload;

	list_for_each_entry_safe(seg, next, &record->segments, list) {
		payload = qnet_wire_put_segment(to, &seg->info);
		if (seg->ops->fill && !seg->ops->fill(seg, payload))
			list_move_tail(&seg->list, dropped);
		else
			to = payload + (seg->ops->fill ? seg->info.payload_len : 0);
	}
	return to;
}

static void qnet_transmit_sent(struct qnet_link *link, struct qnet_transmit_record *record,
			       u64 number, u32 size)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_segment *seg;

	list_for_each_entry(seg, &record->segments, list) {
		record->shared |= qnet_transmit_shares(seg);
		qnet_stat_inc(link->qn, tx_segments);
		if (record->numbers[0])
			qnet_stat_inc(link->qn, tx_retransmits);
	}
	if (record->numbers[0])
		tx->again = number;
	memmove(&record->numbers[1], &record->numbers[0],
		sizeof(record->numbers) - sizeof(record->numbers[0]));
	record->numbers[0] = number;
	record->size = size;
	record->shared &= size <= link->mtu / 2;
	tx->shared += record->shared;
	qnet_congestion_sent(&tx->cc, size);
	tx->probing = false;
	record->sent = ktime_get();
	tx->last_sent = record->sent;
	list_move_tail(&record->list, &tx->in_flight);
	if (tx->vain >= qnet_param(&link->qn->params, mtu_doubt))
		qnet_mtu_doubt(link);
	else
		qnet_mtu_again(link, record->sent);
}

/* The next frame, complete but for its CRC; NULL: nothing to send, or only @dropped. */
static struct sk_buff *qnet_transmit_next(struct qnet_link *link, struct qnet_frame *frame,
					  struct list_head *dropped)
{
	struct qnet_transmit_record *record;
	size_t length = QNET_TRANSMIT_OVERHEAD;
	u64 number = link->tx.next;
	struct sk_buff *skb;
	void *end;

	lockdep_assert_held(&link->lock);
	if (link->state != QNET_SESSION_UP)
		return NULL;
	list_splice_tail_init(&link->tx.given_up, dropped);
	record = qnet_transmit_record(link);
	if (!record && !link->ack_now)
		return NULL;
	if (record)
		length += qnet_transmit_size(record);
	skb = qnet_ether_alloc(link->bearer, length);
	if (!skb)
		qnet_transmit_retry(link);
	/* others may be small enough */
	if (!skb && record && qnet_mtu_is_try(link, record)) {
		qnet_recovery_alone_lost(link, record);
		list_splice_tail_init(&link->tx.given_up, dropped);
		return NULL;
	}
	if (!skb && record && link->ack_now) {
		/* the peer is not to think that this node is dead */
		record = NULL;
		length = QNET_TRANSMIT_OVERHEAD;
		skb = qnet_ether_alloc(link->bearer, length);
	}
	if (!skb)
		return NULL;

	if (!record) {
		qnet_stat_inc(link->qn, tx_acks);
		qnet_transmit_head(link, skb, frame, length);
		return skb;
	}
	end = qnet_transmit_fill(record, skb->data + sizeof(struct qnet_wire_header), dropped);
	if (list_empty(&record->segments)) {
		qnet_transmit_record_free(&link->tx, record);
		kfree_skb(skb);
		return NULL;
	}
	length = end - (void *)skb->data + QNET_WIRE_CRC_SIZE;
	qnet_transmit_head(link, skb, frame, length);
	qnet_transmit_sent(link, record, number, length);
	return skb;
}

/* Sending ----------------------------------------------------------------------------------- */

void qnet_transmit_give_back(struct list_head *list, int err)
{
	struct qnet_segment *seg, *next;

	list_for_each_entry_safe(seg, next, list, list) {
		list_del_init(&seg->list);
		seg->ops->done(seg, err);
	}
}

bool qnet_transmit_claim(struct qnet_link *link)
{
	lockdep_assert_held(&link->lock);
	if (link->tx.draining)
		return false;
	link->tx.draining = true;
	return true;
}

/* Frames that are made one after the other and then go one after the other. */
struct qnet_transmit_batch {
	struct sk_buff *skb[QNET_TRANSMIT_BATCH];
	u16 length[QNET_TRANSMIT_BATCH];
	unsigned int count;
};

/* The next frames, as long as they are full of bulk: what is urgent does not wait for others. */
static void qnet_transmit_gather(struct qnet_link *link, struct qnet_transmit_batch *batch,
				 struct list_head *dropped)
{
	struct qnet_frame frame;
	struct sk_buff *skb;

	lockdep_assert_held(&link->lock);
	do {
		skb = qnet_transmit_next(link, &frame, dropped);
		if (!skb)
			return;
		qnet_backlog_charge(link->backlog, skb);
		batch->length[batch->count] = frame.length;
		batch->skb[batch->count++] = skb;
	} while (batch->count < QNET_TRANSMIT_BATCH && qnet_wire_is_bulk(skb->data, frame.length));
}

static void qnet_transmit_send(struct qnet_link *link, struct qnet_transmit_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->count; i++)
		qnet_ether_finish(batch->skb[i], batch->length[i]);
	qnet_ether_send_all(link->bearer, batch->skb, batch->count, link->lladdr);
}

void qnet_transmit_run(struct qnet_link *link)
{
	int budget = qnet_param(&link->qn->params, frames_in_a_go);
	struct qnet_transmit_batch batch;
	LIST_HEAD(dropped);

	for (;;) {
		spin_lock_bh(&link->lock);
		batch.count = 0;
		if (budget > 0)
			qnet_transmit_gather(link, &batch, &dropped);
		/* before they go: this CPU may stand still meanwhile */
		if (batch.count)
			qnet_recovery_arm(link);
		if (!batch.count && list_empty(&dropped))
			break;
		budget -= max(batch.count, 1U);
		/* Not to be interrupted by reception between number and device. */
		local_bh_disable();
		spin_unlock_bh(&link->lock);
		qnet_transmit_send(link, &batch);
		qnet_transmit_give_back(&dropped, -ECANCELED);
		local_bh_enable();
	}
	/* Others may fill the queue as fast as it empties: let softirqs of others run, too. */
	if (budget <= 0)
		qnet_recovery_arm_at(link, ktime_get());
	/* What was lost may have been nobody's: then nothing was sent that would set the timer. */
	if (list_empty(&link->tx.lost))
		link->tx.probing = false;
	qnet_recovery_arm(link);
	link->tx.draining = false;
	spin_unlock_bh(&link->lock);
}

void qnet_transmit_drain(struct qnet_link *link)
{
	bool mine;

	spin_lock_bh(&link->lock);
	mine = qnet_transmit_claim(link);
	spin_unlock_bh(&link->lock);
	if (mine)
		qnet_transmit_run(link);
}

/* The device has room again. */
static void qnet_transmit_resume(struct tasklet_struct *resume)
{
	qnet_transmit_drain(container_of(resume, struct qnet_link, tx.resume));
}

/*
 * What has no priority of its own is before all that has one, in order: a pulse and the message
 * after it, an answer.
 */
static u8 qnet_transmit_priority(const struct qnet_segment *seg, bool bulk)
{
	if (bulk)
		return seg->priority;
	return seg->info.kind == QNET_SEG_SEND ? seg->info.flags : U8_MAX;
}

/* Bytes of a request, or of a reply that is not a small one. */
static bool qnet_transmit_is_bulk(const struct qnet_link *link, const struct qnet_segment *seg)
{
	if (seg->info.kind == QNET_SEG_PUSH)
		return seg->info.length > qnet_param(&link->qn->params, small_reply);
	return seg->info.kind == QNET_SEG_DATA;
}

bool qnet_transmit_queue(struct qnet_link *link, struct qnet_segment *seg)
{
	bool up, bulk = qnet_transmit_is_bulk(link, seg);
	struct qnet_transmit *tx = &link->tx;

	if (WARN_ON_ONCE(qnet_wire_segment_size(&seg->info) >
			 READ_ONCE(link->mtu) - QNET_TRANSMIT_OVERHEAD))
		return false;
	qnet_session_saw(link, &seg->info);
	spin_lock_bh(&link->lock);
	up = link->state == QNET_SESSION_UP;
	if (up) {
		seg->entry.priority = qnet_transmit_priority(seg, bulk);
		seg->entry.seq = tx->queued++;
		qnet_entry_insert(!bulk ? &tx->urgent : seg->info.kind == QNET_SEG_PUSH ?
				  &tx->pushes : &tx->bulk, &seg->entry);
	}
	spin_unlock_bh(&link->lock);
	return up;
}

void qnet_transmit_queue_alone(struct qnet_link *link, struct qnet_segment *seg)
{
	lockdep_assert_held(&link->lock);
	list_add_tail(&seg->list, &link->tx.alone);
}

void qnet_transmit_bye(struct qnet_link *link)
{
	struct qnet_segment_info info = { .kind = QNET_SEG_BYE };
	size_t length = QNET_TRANSMIT_OVERHEAD + qnet_wire_segment_size(&info);
	struct qnet_frame frame;
	struct sk_buff *skb;

	/* what waits to share a frame goes before it */
	spin_lock_bh(&link->lock);
	link->ack_now |= !!qnet_transmit_first(&link->tx.urgent);
	spin_unlock_bh(&link->lock);
	qnet_transmit_drain(link);

	skb = qnet_ether_alloc(link->bearer, length);
	if (!skb)
		return;
	local_bh_disable();
	spin_lock(&link->lock);
	if (link->state == QNET_SESSION_UP) {
		qnet_wire_put_segment(skb->data + sizeof(struct qnet_wire_header), &info);
		qnet_transmit_head(link, skb, &frame, length);
		spin_unlock(&link->lock);
		qnet_backlog_charge(link->backlog, skb);
		qnet_ether_finish(skb, frame.length);
		qnet_ether_send(link->bearer, skb, link->lladdr);
	} else {
		spin_unlock(&link->lock);
		kfree_skb(skb);
	}
	local_bh_enable();
}

/* Giving back ------------------------------------------------------------------------------- */

static void qnet_transmit_pick(struct list_head *from, const void *owner, struct list_head *to)
{
	struct qnet_segment *seg, *next;

	list_for_each_entry_safe(seg, next, from, list)
		if (seg->owner == owner)
			list_move_tail(&seg->list, to);
}

static void qnet_transmit_pick_queued(struct rb_root_cached *queue, const void *owner,
				      struct list_head *to)
{
	struct qnet_segment *seg, *next;

	for (seg = qnet_transmit_first(queue); seg; seg = next) {
		next = qnet_transmit_segment(rb_next(&seg->entry.node));
		if (seg->owner == owner)
			qnet_transmit_move(queue, seg, to);
	}
}

void qnet_transmit_forget(struct qnet_link *link, const void *owner)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_transmit_record *record;
	LIST_HEAD(found);

	local_bh_disable();
	spin_lock(&link->lock);
	qnet_transmit_pick_queued(&tx->urgent, owner, &found);
	qnet_transmit_pick_queued(&tx->bulk, owner, &found);
	qnet_transmit_pick_queued(&tx->pushes, owner, &found);
	list_for_each_entry(record, &tx->in_flight, list)
		qnet_transmit_pick(&record->segments, owner, &found);
	list_for_each_entry(record, &tx->lost, list)
		qnet_transmit_pick(&record->segments, owner, &found);
	spin_unlock(&link->lock);
	qnet_transmit_give_back(&found, -ECANCELED);
	local_bh_enable();
}

/* Any segment the link has, off its list; NULL: it has none. */
static struct qnet_segment *qnet_transmit_pop(struct qnet_transmit *tx)
{
	struct rb_root_cached *waiting[] = { &tx->urgent, &tx->bulk, &tx->pushes };
	struct list_head *queues[] = { &tx->alone, &tx->given_up };
	struct list_head *lists[] = { &tx->in_flight, &tx->lost };
	struct qnet_transmit_record *record, *next;
	struct qnet_segment *seg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry_safe(record, next, lists[i], list) {
			seg = list_first_entry_or_null(&record->segments, struct qnet_segment,
						       list);
			if (seg)
				goto found;
			qnet_transmit_record_free(tx, record);
		}
	}
	for (i = 0; i < ARRAY_SIZE(queues); i++) {
		seg = list_first_entry_or_null(queues[i], struct qnet_segment, list);
		if (seg)
			goto found;
	}
	for (i = 0; i < ARRAY_SIZE(waiting); i++) {
		seg = qnet_transmit_first(waiting[i]);
		if (!seg)
			continue;
		rb_erase_cached(&seg->entry.node, waiting[i]);
		INIT_LIST_HEAD(&seg->list);
		return seg;
	}
	return NULL;
found:
	list_del_init(&seg->list);
	return seg;
}

void qnet_transmit_stop(struct qnet_link *link)
{
	struct qnet_segment *seg;

	qnet_backlog_leave(link->backlog);
	tasklet_kill(&link->tx.resume);
	hrtimer_cancel(&link->tx.timer);
	hrtimer_cancel(&link->ack_timer);
	for (;;) {
		spin_lock_bh(&link->lock);
		seg = qnet_transmit_pop(&link->tx);
		spin_unlock_bh(&link->lock);
		if (!seg)
			return;
		seg->ops->done(seg, link->error);
	}
}

void qnet_transmit_free(struct qnet_link *link)
{
	struct qnet_transmit_record *record, *next;

	WARN_ON_ONCE(!list_empty(&link->tx.in_flight) || !list_empty(&link->tx.lost));
	list_for_each_entry_safe(record, next, &link->tx.free, list)
		kfree(record);
}

void qnet_transmit_setup(struct qnet_link *link)
{
	struct qnet_transmit *tx = &link->tx;

	tx->urgent = RB_ROOT_CACHED;
	tx->bulk = RB_ROOT_CACHED;
	tx->pushes = RB_ROOT_CACHED;
	INIT_LIST_HEAD(&tx->alone);
	INIT_LIST_HEAD(&tx->given_up);
	INIT_LIST_HEAD(&tx->free);
	INIT_LIST_HEAD(&tx->in_flight);
	INIT_LIST_HEAD(&tx->lost);
	tx->next = qnet_net_first(1, U32_MAX);
	hrtimer_setup(&link->ack_timer, qnet_transmit_ack_timer, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	tasklet_setup(&tx->resume, qnet_transmit_resume);
	qnet_recovery_setup(link);
}
