// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what comes back from a server's node
 *
 * Runs as frames are received. A segment for a call that is no more is taken and forgotten;
 * bytes for the reply buffer wait for the client's thread.
 */
#include "answer.h"

#include "chunk.h"
#include "connection.h"
#include "cut.h"
#include "message.h"
#include "net.h"
#include "remote.h"
#include "traffic.h"
#include "usermem.h"

/* The answer counts once every push before it was applied. */
static void qnet_answer_finish(struct qnet_message *msg)
{
	struct qnet_chunk *chunk = msg->final_chunk;

	lockdep_assert_held(&msg->lock);
	if (!msg->final || msg->done || (s32)(msg->seq - msg->final_seq) < 0)
		return;
	if (chunk && !msg->left) {
		list_add_tail(&chunk->list, &msg->chunks);
		msg->chunk_bytes += chunk->len;
		msg->final_chunk = NULL;
	}
	WRITE_ONCE(msg->done, true);	/* read by qnet_remote_fill(), as .final */
	msg->status = msg->final_status;
	msg->err = msg->final_err;
	if (msg->task)
		wake_up_process(msg->task);
}

/* Moves @chunk, and those that waited for it, to the client's thread. */
static void qnet_answer_apply(struct qnet_message *msg, struct qnet_chunk *chunk)
{
	lockdep_assert_held(&msg->lock);
	while (chunk && chunk->seq == msg->seq) {
		list_move_tail(&chunk->list, &msg->chunks);
		msg->chunk_bytes += chunk->len;
		msg->seq++;
		chunk = list_first_entry_or_null(&msg->early, struct qnet_chunk, list);
	}
	if (msg->task && msg->seq - msg->credit >= QNET_TRAFFIC_CREDIT / 2)
		wake_up_process(msg->task);
	qnet_answer_finish(msg);
}

/* Early ones in order of their number; false: it is there already. */
static bool qnet_answer_keep(struct qnet_message *msg, struct qnet_chunk *chunk)
{
	struct qnet_chunk *other;

	list_for_each_entry_reverse(other, &msg->early, list) {
		if (other->seq == chunk->seq)
			return false;
		if ((s32)(other->seq - chunk->seq) < 0)
			break;
	}
	list_add(&chunk->list, &other->list);
	return true;
}

/* Does what was pushed fit the client's buffer? The peer is not trusted to keep to it. */
static bool qnet_answer_fits(const struct qnet_message *msg, const struct qnet_segment_info *seg)
{
	return seg->offset <= msg->recv_len && seg->payload_len <= msg->recv_len - seg->offset;
}

static int qnet_answer_push(struct qnet_message *msg, const struct qnet_segment_info *seg,
			    const struct qnet_payload *payload)
{
	struct qnet_chunk *chunk;
	bool taken = false;
	u32 ahead;

	if (!qnet_answer_fits(msg, seg))
		return 0;
	/* a thread takes what is next; only reception changes .seq, one frame at a time */
	chunk = qnet_traffic_chunk(msg->qn, seg, payload, msg->seq == seg->seq);
	if (!chunk)
		return -ENOMEM;
	chunk->seq = seg->seq;
	spin_lock_bh(&msg->lock);
	ahead = seg->seq - msg->seq;
	if (!msg->left && !msg->done) {
		if (seg->seq - msg->credit >= QNET_TRAFFIC_CREDIT) {
			taken = false;	/* more than it was told there is room for */
		} else if (!ahead) {
			qnet_answer_apply(msg, chunk);
			taken = true;
		} else if ((s32)ahead > 0) {
			taken = qnet_answer_keep(msg, chunk);
		}
	}
	spin_unlock_bh(&msg->lock);
	if (!taken)
		qnet_chunk_free(msg->qn, chunk);
	return 0;
}

static int qnet_answer_reply(struct qnet_message *msg, const struct qnet_segment_info *seg,
			     const struct qnet_payload *payload)
{
	struct qnet_chunk *chunk = NULL;

	if (!msg->conn || !qnet_answer_fits(msg, seg))
		return 0;
	if (seg->payload_len) {
		chunk = qnet_traffic_chunk(msg->qn, seg, payload, false);
		if (!chunk)
			return -ENOMEM;
	}
	spin_lock_bh(&msg->lock);
	if (!msg->final && !msg->done) {
		WRITE_ONCE(msg->final, true);
		msg->final_seq = seg->seq;
		msg->final_status = seg->status;
		msg->final_chunk = chunk;
		chunk = NULL;
		qnet_answer_finish(msg);
	}
	spin_unlock_bh(&msg->lock);
	qnet_chunk_free(msg->qn, chunk);
	return 0;
}

/* Nothing was kept of the request: it goes again in a while. */
static void qnet_answer_busy(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	if (msg->conn)
		qnet_traffic_busy_wait(traffic, msg);
	else
		qnet_message_complete(msg, 0, EBUSY);	/* an attach: its thread tries again */
}

/* The handle names nothing any more. The connection may go as soon as its thread is woken. */
static void qnet_answer_gone(struct qnet_message *msg)
{
	struct qnet_connection *conn = NULL;

	spin_lock_bh(&msg->lock);
	if (msg->conn && !msg->left)
		conn = qnet_connection_get(msg->conn);
	spin_unlock_bh(&msg->lock);
	qnet_message_complete(msg, 0, EBADF);
	if (conn) {
		qnet_connection_die(conn);
		qnet_connection_put(conn);
	}
}

static void qnet_answer_error(struct qnet_traffic *traffic, struct qnet_message *msg,
			      const struct qnet_segment_info *seg)
{
	if (!(seg->flags & QNET_ERROR_F_NODE)) {
		spin_lock_bh(&msg->lock);
		if (!msg->final && !msg->done) {
			WRITE_ONCE(msg->final, true);
			msg->final_seq = seg->seq;
			msg->final_err = min_t(u32, seg->code, 4095);
			qnet_answer_finish(msg);
		}
		spin_unlock_bh(&msg->lock);
		return;
	}
	switch (seg->code) {
	case QNET_ERROR_BUSY:
		qnet_answer_busy(traffic, msg);
		break;
	case QNET_ERROR_GONE:
		qnet_answer_gone(msg);
		break;
	case QNET_ERROR_CANCELLED:
		qnet_message_complete(msg, 0,
				      -qnet_message_reason_errno(READ_ONCE(msg->reason)));
		break;
	}
}

/* The server's node wants request bytes. */
static int qnet_answer_pull(struct qnet_message *msg, const struct qnet_segment_info *seg)
{
	struct qnet_traffic *traffic = qnet_link_private(msg->link);
	struct qnet_pin *pin = NULL;
	LIST_HEAD(cuts);
	u32 from = seg->offset, end;
	int err = 0;

	if (!seg->length || seg->offset >= msg->send_len ||
	    seg->length > msg->send_len - seg->offset)
		return 0;
	end = seg->offset + seg->length;

	spin_lock_bh(&msg->lock);
	if (seg->pull == msg->pull)	/* the same, and more */
		from = seg->offset == msg->pull_offset ? from + msg->pull_len : end;
	if (msg->left || msg->done || (s32)(seg->pull - msg->pull) < 0 || from >= end ||
	    end - from > QNET_TRAFFIC_PULL) {
		spin_unlock_bh(&msg->lock);
		return 0;
	}
	/* what an earlier pull queued and nobody wants any more goes first */
	if (atomic_read(&msg->cuts) > QNET_TRAFFIC_PIECES) {
		spin_unlock_bh(&msg->lock);
		return -EAGAIN;
	}
	if (!qnet_cut_wants(msg, seg->pull) &&
	    qnet_pin_covers(msg->pin, from) && qnet_pin_covers(msg->pin, end - 1))
		pin = qnet_pin_get(msg->pin);
	spin_unlock_bh(&msg->lock);
	qnet_traffic_granted(traffic, seg->unasked);

	if (pin || end <= msg->have)
		err = qnet_cut_make(msg, pin, seg->pull, from, end - from, &cuts, GFP_ATOMIC);
	if (!err) {
		spin_lock_bh(&msg->lock);
		WRITE_ONCE(msg->pull_offset, seg->offset);
		smp_store_release(&msg->pull, seg->pull); /* qnet_cut_wanted(): both, in order */
		msg->pull_len = seg->length;
		if (!pin && end > msg->have) {
			qnet_cut_want(msg, seg->pull, from, end);
			if (msg->task)
				wake_up_process(msg->task);
		} else if (!msg->left) {
			qnet_cut_queue(msg, &cuts);
		}
		spin_unlock_bh(&msg->lock);
		qnet_link_kick(msg->link);
	}
	qnet_cut_free_all(&cuts);
	qnet_pin_put(pin);
	return err;
}

/* An attach nobody waits for any more is undone. */
static int qnet_answer_abandoned(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	bool abandoned;

	xa_lock_bh(&traffic->calls);
	abandoned = xa_is_value(xa_load(&traffic->calls, seg->xid));
	xa_unlock_bh(&traffic->calls);
	if (!abandoned)
		return 0;
	if (seg->kind == QNET_SEG_ATTACHED &&
	    qnet_remote_send_detach(traffic, seg->handle, 0, GFP_ATOMIC))
		return -ENOMEM;
	xa_erase_bh(&traffic->calls, seg->xid);
	return 0;
}

/* Completes an attach, unless its thread gave it up: then it is undone. */
static int qnet_answer_attached(struct qnet_traffic *traffic, struct qnet_message *msg,
				const struct qnet_segment_info *seg)
{
	bool waiting;

	xa_lock_bh(&traffic->calls);
	waiting = xa_load(&traffic->calls, seg->xid) == msg;
	if (waiting)
		qnet_message_complete(msg, seg->handle, 0);
	xa_unlock_bh(&traffic->calls);
	return waiting ? 0 : qnet_answer_abandoned(traffic, seg);
}

static void qnet_answer_stay(struct qnet_message *msg, u8 flags)
{
	spin_lock_bh(&msg->lock);
	/* that it was received is the last word, in whatever order they come */
	msg->verdict = max(msg->verdict, flags);
	if (msg->task)
		wake_up_process(msg->task);
	spin_unlock_bh(&msg->lock);
}

static int qnet_answer_call(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			    const struct qnet_payload *payload)
{
	struct qnet_message *msg = qnet_traffic_message(&traffic->calls, seg->xid);
	int err = 0;

	if (!msg)
		return qnet_answer_abandoned(traffic, seg);
	switch (seg->kind) {
	case QNET_SEG_PUSH:
		err = msg->conn ? qnet_answer_push(msg, seg, payload) : 0;
		break;
	case QNET_SEG_REPLY:
		err = qnet_answer_reply(msg, seg, payload);
		break;
	case QNET_SEG_ERROR:
		qnet_answer_error(traffic, msg, seg);
		break;
	case QNET_SEG_PULL:
		err = msg->conn ? qnet_answer_pull(msg, seg) : 0;
		break;
	case QNET_SEG_ATTACHED:
		if (msg->segment.info.kind == QNET_SEG_ATTACH && seg->handle)
			err = qnet_answer_attached(traffic, msg, seg);
		break;
	case QNET_SEG_STAY:
		qnet_answer_stay(msg, seg->flags);
		break;
	case QNET_SEG_ANSWER:
		if (msg->segment.info.kind != QNET_SEG_QUERY)
			break;
		spin_lock_bh(&msg->lock);
		if (!msg->done)	/* then its thread reads it */
			msg->final_status = seg->channel;
		spin_unlock_bh(&msg->lock);
		qnet_message_complete(msg, (s64)seg->pid << 32 | (u32)seg->chid, 0);
		break;
	}
	qnet_message_put(msg);
	return err;
}

static struct qnet_connection *qnet_answer_connection(struct qnet_traffic *traffic, u32 number)
{
	struct qnet_connection *conn;

	xa_lock_bh(&traffic->conns);
	conn = xa_load(&traffic->conns, number);
	if (conn)
		qnet_connection_get(conn);
	xa_unlock_bh(&traffic->conns);
	return conn;
}

static int qnet_answer_conn(struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	struct qnet_connection *conn = qnet_answer_connection(traffic, seg->conn);

	if (!conn)
		return 0;
	if (seg->kind == QNET_SEG_DEATH) {
		qnet_connection_die(conn);
	} else {
		spin_lock_bh(&conn->lock);
		/* no further than was sent, and never back */
		if ((s32)(seg->count - conn->pulse_taken) > 0 &&
		    (s32)(conn->pulse_seq - seg->count) >= 0)
			conn->pulse_taken = seg->count;
		spin_unlock_bh(&conn->lock);
	}
	qnet_connection_put(conn);
	return 0;
}

int qnet_answer_segment(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			const struct qnet_payload *payload)
{
	switch (seg->kind) {
	case QNET_SEG_DEATH:
	case QNET_SEG_TAKEN:
		return qnet_answer_conn(traffic, seg);
	default:
		return qnet_answer_call(traffic, seg, payload);
	}
}

void qnet_answer_down(struct qnet_traffic *traffic)
{
	int err = -qnet_link_error(traffic->link);
	struct qnet_connection *conn;
	struct qnet_message *msg;
	unsigned long index;

	/* Who hears that the link died finds its connections dead. */
	for (;;) {
		index = 0;
		xa_lock_bh(&traffic->conns);
		conn = xa_find(&traffic->conns, &index, ULONG_MAX, XA_PRESENT);
		if (conn)
			__xa_erase(&traffic->conns, index);	/* its reference is ours */
		xa_unlock_bh(&traffic->conns);
		if (!conn)
			break;
		if (smp_load_acquire(&conn->handle))	/* pairs with qnet_remote_attach_now() */
			qnet_connection_die(conn);
		qnet_connection_put(conn);
	}
	index = 0;
	/* Each takes itself off the tables; what comes after this loop sees the link dead. */
	for (;;) {
		xa_lock_bh(&traffic->calls);
		msg = index ? xa_find_after(&traffic->calls, &index, ULONG_MAX, XA_PRESENT) :
			      xa_find(&traffic->calls, &index, ULONG_MAX, XA_PRESENT);
		if (msg && !xa_is_value(msg))
			qnet_message_get(msg);
		xa_unlock_bh(&traffic->calls);
		if (!msg)
			break;
		if (xa_is_value(msg))
			continue;
		qnet_message_complete(msg, 0, err);
		qnet_message_put(msg);
	}
}
