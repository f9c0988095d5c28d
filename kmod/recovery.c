// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames in flight: what arrived, what is lost, when to ask
 *
 * The timer is set lazily: one that runs early looks at the deadline and sleeps again, which is
 * cheaper than to move it with every frame.
 */
#include "recovery.h"

#include <linux/ktime.h>
#include <linux/random.h>

#include "net.h"
#include "session.h"

void qnet_recovery_arm_at(struct qnet_link *link, ktime_t at)
{
	struct qnet_transmit *tx = &link->tx;

	lockdep_assert_held(&link->lock);
	if (link->state == QNET_SESSION_DEAD || (tx->armed && ktime_compare(tx->armed, at) <= 0))
		return;
	tx->armed = at;
	hrtimer_start(&tx->timer, at, HRTIMER_MODE_ABS_SOFT);
}

static ktime_t qnet_recovery_probe_at(const struct qnet_link *link)
{
	const struct qnet_transmit *tx = &link->tx;
	u32 most = READ_ONCE(link->qn->dead_after) * (USEC_PER_MSEC / QNET_FIXED(probes_dead));

	return ktime_add_us(tx->last_sent,
			    qnet_congestion_probe_delay(&tx->cc, link->peer_ack_delay, most));
}

void qnet_recovery_arm(struct qnet_link *link)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_transmit_record *first;
	ktime_t at;

	first = list_first_entry_or_null(&tx->in_flight, struct qnet_transmit_record, list);
	if (!first)
		return;
	at = qnet_recovery_probe_at(link);
	if (first->numbers[0] < tx->acked)
		at = min(at, ktime_add_us(first->sent, qnet_congestion_loss_delay(&tx->cc)));
	qnet_recovery_arm_at(link, at);
}

/* @record is not in flight any more. */
static void qnet_recovery_landed(struct qnet_transmit *tx, struct qnet_transmit_record *record)
{
	tx->shared -= record->shared;
	record->shared = false;
}

/* ... and did not arrive, as far as is known. */
static void qnet_recovery_in_vain(struct qnet_link *link, struct qnet_transmit_record *record)
{
	struct qnet_transmit *tx = &link->tx;

	qnet_recovery_landed(tx, record);
	if (record->size <= QNET_WIRE_MTU_MIN || record->size > link->mtu)
		return;
	tx->vain_size = tx->vain++ ? min(tx->vain_size, record->size) : record->size;
}

/* A frame of @size arrived: so do others of as much. */
static void qnet_recovery_not_in_vain(struct qnet_link *link, u32 size)
{
	struct qnet_transmit *tx = &link->tx;

	if (size <= QNET_WIRE_MTU_MIN || size < tx->vain_size)
		return;
	tx->vain = 0;
	tx->vain_size = 0;
	qnet_mtu_arrived(link, size);
}

void qnet_recovery_alone_lost(struct qnet_link *link, struct qnet_transmit_record *record)
{
	struct qnet_transmit *tx = &link->tx;

	list_splice_tail_init(&record->segments,
			      qnet_mtu_is_try(link, record) ? &tx->given_up : &tx->alone);
	qnet_recovery_landed(tx, record);
	qnet_transmit_record_free(tx, record);
}

/* What was sent before a frame that was acknowledged, by number or by time, is lost: is any? */
static bool qnet_recovery_detect(struct qnet_link *link, ktime_t now)
{
	struct qnet_transmit *tx = &link->tx;
	u32 delay = qnet_congestion_loss_delay(&tx->cc);
	struct qnet_transmit_record *record, *next;
	bool lost = false;

	list_for_each_entry_safe(record, next, &tx->in_flight, list) {
		if (record->numbers[0] >= tx->acked)
			break;
		if (record->numbers[0] + tx->cc.reorder > tx->acked &&
		    ktime_us_delta(now, record->sent) < delay)
			break;
		/* what nobody wants any more was not refused for want of room */
		if (list_empty(&record->segments)) {
			qnet_congestion_forgotten(&tx->cc, record->size);
			qnet_recovery_landed(tx, record);
			qnet_transmit_record_free(tx, record);
			continue;
		}
		if (record->alone) {
			qnet_congestion_forgotten(&tx->cc, record->size);
			qnet_recovery_alone_lost(link, record);
			continue;
		}
		/* the first of a recovery goes though the window is shut now: RFC 9002, 7.3.2 */
		tx->probing |= qnet_congestion_lost(&tx->cc, record->size, record->numbers[0],
						    tx->next - 1);
		record->lost = record->numbers[0];
		qnet_recovery_in_vain(link, record);
		list_move_tail(&record->list, &tx->lost);
		qnet_stat_inc(link->qn, tx_lost);
		lost = true;
	}
	return lost;
}

bool qnet_recovery_may_repair(struct qnet_transmit *tx)
{
	struct qnet_transmit_record *first;

	first = list_first_entry_or_null(&tx->lost, struct qnet_transmit_record, list);
	return first && (tx->probing || qnet_congestion_open(&tx->cc, first->size));
}

static void qnet_recovery_probe(struct qnet_link *link)
{
	struct qnet_transmit *tx = &link->tx;
	struct qnet_transmit_record *record, *next;

	tx->cc.chance = get_random_u32();
	tx->probing = !list_empty(&tx->lost);
	if (tx->probing) {
		tx->cc.backoff++;
		qnet_stat_inc(link->qn, tx_probes);
		return;
	}
	list_for_each_entry_safe(record, next, &tx->in_flight, list) {
		qnet_congestion_forgotten(&tx->cc, record->size);
		if (list_empty(&record->segments)) {
			qnet_recovery_landed(tx, record);
			qnet_transmit_record_free(tx, record);
			continue;
		}
		if (qnet_mtu_is_try(link, record)) {
			qnet_recovery_alone_lost(link, record);
			continue;
		}
		if (record->alone) {
			qnet_recovery_alone_lost(link, record);
		} else {
			qnet_recovery_in_vain(link, record);
			list_move(&record->list, &tx->lost);
			tx->probing = true;
		}
		tx->cc.backoff++;
		qnet_stat_inc(link->qn, tx_probes);
		return;
	}
}

/* What the timer is for. */
static void qnet_recovery_look(struct qnet_link *link, ktime_t now)
{
	struct qnet_transmit *tx = &link->tx;

	lockdep_assert_held(&link->lock);
	if (link->state != QNET_SESSION_UP)
		return;
	qnet_recovery_detect(link, now);
	if (!qnet_recovery_may_repair(tx) && ktime_compare(now, qnet_recovery_probe_at(link)) >= 0)
		qnet_recovery_probe(link);
	/* What is lost sets the timer when it is sent; the drainer may be under us on this CPU. */
	if (!qnet_recovery_may_repair(tx))
		qnet_recovery_arm(link);
}

static enum hrtimer_restart qnet_recovery_timer(struct hrtimer *timer)
{
	struct qnet_link *link = container_of(timer, struct qnet_link, tx.timer);

	spin_lock_bh(&link->lock);
	link->tx.armed = 0;
	qnet_recovery_look(link, ktime_get());
	spin_unlock_bh(&link->lock);

	qnet_transmit_drain(link);
	return HRTIMER_NORESTART;
}

bool qnet_recovery_overdue(struct qnet_link *link, ktime_t now, ktime_t limit)
{
	struct qnet_transmit *tx = &link->tx;
	bool overdue;

	spin_lock_bh(&link->lock);
	overdue = tx->armed && ktime_compare(now, ktime_add(tx->armed, limit)) > 0;
	if (overdue)
		qnet_recovery_look(link, now);
	spin_unlock_bh(&link->lock);

	/* The tasklet may be on a CPU that stands still, as the timer may. */
	qnet_transmit_drain(link);
	return overdue;
}

/* The number under which @record arrived; 0: not that anybody knew. */
static u64 qnet_recovery_covered(const struct qnet_transmit_record *record, u64 acked, u32 bits)
{
	unsigned int i;

	/* sent once, and after all that are named: as a rule most are */
	if (record->numbers[0] > acked && !record->numbers[1])
		return 0;
	for (i = 0; i < QNET_TRANSMIT_NUMBERS && record->numbers[i]; i++)
		if (qnet_ack_covers(acked, bits, record->numbers[i]))
			return record->numbers[i];
	return 0;
}

/* @record arrived as @number, when @acked had. */
static void qnet_recovery_through(struct qnet_link *link, struct qnet_transmit_record *record,
				  u64 number, u64 acked)
{
	struct qnet_transmit *tx = &link->tx;

	if (number != record->numbers[0])
		qnet_stat_inc(link->qn, tx_spurious);
	/* of a probe that was in vain nothing is to be learnt */
	if (number <= record->lost)
		qnet_congestion_spurious(&tx->cc, acked - number);
	qnet_transmit_record_free(tx, record);
}

/* Bytes of replies came: of @before, which were in flight; of @there, when they were sent. */
static void qnet_recovery_pushed(struct qnet_link *link, u32 before, u32 there)
{
	const struct qnet_params *params = &link->qn->params;
	struct qnet_transmit *tx = &link->tx;
	u32 came = before - tx->pushed, least = qnet_transmit_push_least(tx), fit;

	if (!came)
		return;
	fit = qnet_bulk_fit(&tx->push, &tx->cc, max(before, there), qnet_session_yields(link));
	qnet_bulk_came(&tx->push, came, fit, least, max(least, qnet_param(params, pull_peer)));
}

bool qnet_recovery_acked(struct qnet_link *link, const struct qnet_frame *frame, ktime_t now,
			 struct list_head *done)
{
	struct qnet_transmit *tx = &link->tx;
	struct list_head *lists[] = { &tx->in_flight, &tx->lost };
	struct qnet_transmit_record *record, *next;
	u64 acked = qnet_ack_expand(tx->next - 1, frame->acked), number;
	bool used = qnet_congestion_used(&tx->cc);
	u32 backoff = tx->cc.backoff, arrived = 0, pushed = tx->pushed, there = 0;
	unsigned int i;
	bool lost;

	lockdep_assert_held(&link->lock);
	if (!frame->acked || (acked == tx->acked && frame->ack_bits == tx->acked_bits))
		return true;
	if (acked >= tx->next)
		return false;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry_safe(record, next, lists[i], list) {
			/* by number: of those that follow none was sent before what is named */
			if (!i && record->numbers[0] > max(acked, tx->again))
				break;
			number = qnet_recovery_covered(record, acked, frame->ack_bits);
			if (!number)
				continue;
			if (record->numbers[0] == acked && acked > tx->acked)
				qnet_congestion_sample(&tx->cc, ktime_us_delta(now, record->sent));
			list_splice_tail_init(&record->segments, done);
			if (!i)
				qnet_congestion_acked(&tx->cc, record->size, number, used);
			qnet_recovery_landed(tx, record);
			arrived = max(arrived, record->size);
			there = max(there, record->there);
			qnet_recovery_through(link, record, number, acked);
			tx->cc.backoff = 0;
		}
	}
	if (acked >= tx->acked) {
		tx->acked = acked;
		tx->acked_bits = frame->ack_bits;
	}
	qnet_recovery_pushed(link, pushed, there);
	lost = qnet_recovery_detect(link, now);
	qnet_recovery_not_in_vain(link, arrived);
	if (lost && backoff >= qnet_param(&link->qn->params, probes_persistent))
		qnet_congestion_persistent(&tx->cc);
	qnet_recovery_arm(link);
	return true;
}

void qnet_recovery_setup(struct qnet_link *link)
{
	hrtimer_setup(&link->tx.timer, qnet_recovery_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
}
