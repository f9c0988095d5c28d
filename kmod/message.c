// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - one transaction: SEND-blocked, received, replied
 *
 * The blocked client's thread does all work on its own memory: it pins the next range when the
 * server wants one, and copies out what the server pushed. Others only leave notes and wake it.
 */
#include "message.h"

#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "channel.h"
#include "chunk.h"
#include "client.h"
#include "connection.h"
#include "net.h"
#include "process.h"
#include "pull.h"
#include "usermem.h"

static void qnet_message_unblock_release(struct qnet_pulse *pulse)
{
	qnet_message_put(container_of(pulse, struct qnet_message, unblock));
}

struct qnet_message *qnet_message_alloc(struct qnet_net *qn, u32 capacity, gfp_t gfp)
{
	struct qnet_message *msg;

	msg = kmalloc(struct_size(msg, data, capacity), gfp);
	if (!msg)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	refcount_set(&msg->refs, 1);
	msg->qn = qn;
	msg->capacity = capacity;
	msg->priority = QNET_PRIO_DEFAULT;
	msg->unblock.code = QNET_PULSE_UNBLOCK;
	msg->unblock.release = qnet_message_unblock_release;
	mutex_init(&msg->pull_lock);
	init_waitqueue_head(&msg->server_wait);
	spin_lock_init(&msg->lock);
	INIT_LIST_HEAD(&msg->chunks);
	INIT_LIST_HEAD(&msg->list);
	RB_CLEAR_NODE(&msg->of_traffic.node);
	INIT_LIST_HEAD(&msg->early);
	qnet_stat_inc(qn, messages_made);
	return msg;
}

struct qnet_message *qnet_message_get(struct qnet_message *msg)
{
	refcount_inc(&msg->refs);
	return msg;
}

void qnet_message_put(struct qnet_message *msg)
{
	if (!msg || !refcount_dec_and_test(&msg->refs))
		return;
	qnet_chunk_free_list(msg->qn, &msg->chunks);
	qnet_chunk_free_list(msg->qn, &msg->early);
	qnet_chunk_free(msg->qn, msg->final_chunk);
	kfree(msg->tomb);
	qnet_pull_room_free(msg);
	qnet_client_put(msg->client);
	qnet_stat_inc(msg->qn, messages_freed);
	qnet_link_put(msg->link);
	kfree(msg);
}

int qnet_message_sleep(const struct qnet_deadline *deadline, u32 states)
{
	ktime_t time;

	if (!deadline->armed || !(deadline->states & states)) {
		schedule();
		return 0;
	}
	time = deadline->time;
	if (schedule_hrtimeout_range_clock(&time, 0, HRTIMER_MODE_ABS, deadline->clock))
		return 0;
	return -ETIMEDOUT;
}

static void qnet_message_wake_locked(struct qnet_message *msg)
{
	lockdep_assert_held(&msg->lock);
	if (msg->task)
		wake_up_process(msg->task);
}

void qnet_message_wake(struct qnet_message *msg)
{
	spin_lock_bh(&msg->lock);
	qnet_message_wake_locked(msg);
	spin_unlock_bh(&msg->lock);
}

void qnet_message_kick(struct qnet_message *msg, enum qnet_cancel_reason reason)
{
	spin_lock_bh(&msg->lock);
	msg->kick = reason;
	qnet_message_wake_locked(msg);
	spin_unlock_bh(&msg->lock);
}

void qnet_message_complete(struct qnet_message *msg, s64 status, int err)
{
	spin_lock_bh(&msg->lock);
	if (!msg->done) {
		WRITE_ONCE(msg->done, true);	/* read by qnet_remote_fill() */
		msg->status = status;
		msg->err = err;
		qnet_message_wake_locked(msg);
	}
	spin_unlock_bh(&msg->lock);
}

bool qnet_message_push(struct qnet_message *msg, struct qnet_chunk *chunk)
{
	bool taken = false;

	spin_lock_bh(&msg->lock);
	if (!msg->left && !msg->done) {
		list_add_tail(&chunk->list, &msg->chunks);
		msg->chunk_bytes += chunk->len;
		if (msg->chunk_bytes >= QNET_PUSH_WINDOW / 2)
			qnet_message_wake_locked(msg);
		taken = true;
	}
	spin_unlock_bh(&msg->lock);
	return taken;
}

/* The client's thread ----------------------------------------------------------------------- */

int qnet_message_reason_errno(enum qnet_cancel_reason reason)
{
	switch (reason) {
	case QNET_CANCEL_TIMEOUT:
		return -ETIMEDOUT;
	case QNET_CANCEL_FAULT:
		return -EFAULT;
	case QNET_CANCEL_DETACH:
		return -EBADF;
	default:
		return -EINTR;
	}
}

int qnet_message_errno(int err)
{
	/* ERESTARTSYS and its like would run the request again */
	return err >= 512 && err <= 530 ? EPROTO : err;
}

/* The client's buffer from @offset on, and how many of @len bytes it has room for. */
static struct iov_iter qnet_message_room(const struct qnet_iter *to, u32 offset, u32 *len)
{
	struct iov_iter iter = to->iter;

	iov_iter_advance(&iter, offset);
	*len = min_t(size_t, *len, iov_iter_count(&iter));
	return iter;
}

static int qnet_message_copy_out(struct qnet_iter *to, u32 offset, const void *data, u32 len)
{
	struct iov_iter iter = qnet_message_room(to, offset, &len);

	return copy_to_iter(data, len, &iter) == len ? 0 : -EFAULT;
}

static int qnet_message_copy_chunk(struct qnet_iter *to, const struct qnet_chunk *chunk)
{
	u32 len = chunk->len;
	struct iov_iter iter = qnet_message_room(to, chunk->offset, &len);

	return qnet_chunk_copy(chunk, 0, len, &iter) ? 0 : -EFAULT;
}

/* Copies out and frees what was pushed. */
static int qnet_message_consume(struct qnet_message *msg, struct list_head *chunks,
				struct qnet_iter *to, bool discard)
{
	struct qnet_chunk *chunk, *next;
	u32 bytes = 0;
	int err = 0;

	list_for_each_entry_safe(chunk, next, chunks, list) {
		if (!err && !discard)
			err = qnet_message_copy_chunk(to, chunk);
		bytes += chunk->len;
		list_del(&chunk->list);
		qnet_chunk_free(msg->qn, chunk);
	}
	spin_lock_bh(&msg->lock);
	msg->chunk_bytes -= bytes;
	spin_unlock_bh(&msg->lock);
	wake_up_all(&msg->server_wait);
	if (msg->conn->ops->consumed)
		msg->conn->ops->consumed(msg);
	return err;
}

static int qnet_message_pin(struct qnet_message *msg, u32 offset, u32 len, struct qnet_iter *from)
{
	struct qnet_pin *pin, *old;

	if (offset >= msg->send_len)
		return -EFAULT;
	len = min(max_t(u32, len, QNET_PIN_MAX), msg->send_len - offset);
	pin = qnet_pin_make(msg->qn, &from->iter, offset, len);
	if (IS_ERR(pin))
		return PTR_ERR(pin);
	spin_lock_bh(&msg->lock);
	old = msg->pin;
	msg->pin = pin;
	spin_unlock_bh(&msg->lock);
	qnet_pin_put(old);
	return 0;
}

/* The server wants bytes that are not pinned. */
static int qnet_message_serve_want(struct qnet_message *msg, const struct qnet_want *want,
				   struct qnet_iter *from)
{
	int err = qnet_message_pin(msg, want->offset, want->len, from);

	if (err)
		return err;
	wake_up_all(&msg->server_wait);
	if (msg->conn->ops->pinned)
		msg->conn->ops->pinned(msg, want);
	return 0;
}

struct qnet_message_wait {
	struct qnet_iter *from;
	struct qnet_iter *to;
	struct qnet_deadline deadline;
	bool expired;
	bool dormant;		/* it is, but does not hold in the message's state */
	int fault;		/* -errno: the client's buffers are of no use */
	bool committed;		/* asked to leave and told to wait */
};

static enum qnet_cancel_reason qnet_message_reason(struct qnet_message *msg,
						   struct qnet_message_wait *wait, int kick)
{
	if (fatal_signal_pending(current))
		return QNET_CANCEL_KILLED;
	if (kick)
		return kick;
	if (wait->committed)
		return 0;
	if (signal_pending(current))
		return QNET_CANCEL_SIGNAL;
	return wait->expired && !wait->dormant ? QNET_CANCEL_TIMEOUT : 0;
}

/* True when the client may leave with @wait's reason. */
static bool qnet_message_cancel(struct qnet_message *msg, struct qnet_message_wait *wait,
				enum qnet_cancel_reason reason)
{
	u32 states = reason == QNET_CANCEL_TIMEOUT ? wait->deadline.states : 0;

	spin_lock_bh(&msg->lock);
	msg->kick = 0;
	WRITE_ONCE(msg->reason, reason);	/* read by qnet_answer_error() */
	spin_unlock_bh(&msg->lock);
	switch (msg->conn->ops->cancel(msg, reason, states)) {
	case QNET_CANCELLED:
		qnet_stat_inc(msg->qn, cancels);
		return true;
	case QNET_CANCEL_NOT_NOW:
		wait->dormant = true;
		return false;
	default:
		wait->committed = true;
		return false;
	}
}

/* The other node's word on a time-out that was taken for all states. */
static void qnet_message_verdict(struct qnet_message_wait *wait, u8 verdict)
{
	if (!verdict)
		return;
	wait->dormant = verdict == QNET_STAY_NOT_NOW;
	wait->committed = false;
}

/* One look at what was left for the thread. Returns true when there is nothing but to sleep. */
static bool qnet_message_step(struct qnet_message *msg, struct qnet_message_wait *wait, int *err)
{
	enum qnet_cancel_reason reason;
	struct qnet_want want;
	LIST_HEAD(chunks);
	int kick, fault = 0;
	u8 verdict;
	bool done;

	spin_lock_bh(&msg->lock);
	list_splice_init(&msg->chunks, &chunks);
	want = msg->want;
	msg->want.served |= want.set;
	msg->want.set = false;
	done = msg->done;
	kick = msg->kick;
	verdict = msg->verdict;
	msg->verdict = 0;
	spin_unlock_bh(&msg->lock);

	*err = 0;
	qnet_message_verdict(wait, verdict);
	if (!list_empty(&chunks)) {
		__set_current_state(TASK_RUNNING);
		fault = qnet_message_consume(msg, &chunks, wait->to, wait->fault);
	} else if (done) {
		__set_current_state(TASK_RUNNING);
		*err = 1;
		return false;
	}
	if (want.set && !wait->fault && !fault && !done) {
		__set_current_state(TASK_RUNNING);
		fault = qnet_message_serve_want(msg, &want, wait->from);
	} else if (!fault && task_is_running(current)) {
		return false;	/* copied out: look again before sleeping */
	}
	if (fault) {
		wait->fault = fault;
		reason = QNET_CANCEL_FAULT;
	} else {
		reason = qnet_message_reason(msg, wait, kick);
	}
	if (!reason)
		return !task_is_running(current);

	__set_current_state(TASK_RUNNING);
	if (qnet_message_cancel(msg, wait, reason))
		*err = qnet_message_reason_errno(reason);
	return false;
}

/* Until the reply is copied out or the client may leave; 0 or -errno. */
static int qnet_message_wait(struct qnet_message *msg, struct qnet_message_wait *wait)
{
	int err;

	for (;;) {
		set_current_state((wait->committed ? TASK_KILLABLE : TASK_INTERRUPTIBLE) |
				  TASK_FREEZABLE);
		if (qnet_message_step(msg, wait, &err)) {
			if (qnet_message_sleep(&wait->deadline,
					       wait->expired || wait->committed ? 0 : ~0U))
				wait->expired = true;
			continue;
		}
		if (err)
			break;
	}
	__set_current_state(TASK_RUNNING);
	if (wait->fault)
		return wait->fault;
	if (err < 0)
		return err;
	if (msg->err)
		return -qnet_message_errno(msg->err);
	if (msg->reply_len)
		return qnet_message_copy_out(wait->to, msg->reply_offset, msg->data,
					     msg->reply_len);
	return 0;
}

/* The client's thread is done with @msg, whatever the server still does to it. */
static void qnet_message_leave(struct qnet_message *msg)
{
	struct qnet_connection *conn = msg->conn;
	struct qnet_pin *pin;
	LIST_HEAD(chunks);

	spin_lock_bh(&msg->lock);
	msg->left = true;
	msg->task = NULL;
	pin = msg->pin;
	msg->pin = NULL;
	list_splice_init(&msg->chunks, &chunks);
	spin_unlock_bh(&msg->lock);

	wake_up_all(&msg->server_wait);
	if (conn->ops->leave)
		conn->ops->leave(msg);
	qnet_chunk_free_list(msg->qn, &chunks);
	qnet_pin_put(pin);
	spin_lock_bh(&conn->lock);
	list_del_init(&msg->list);
	spin_unlock_bh(&conn->lock);
	qnet_message_put(msg);
}

/* A message with its first bytes at hand. */
static struct qnet_message *qnet_message_make(struct qnet_connection *conn,
					      const struct qnet_call *call,
					      struct qnet_iter *from, struct qnet_iter *to)
{
	size_t len = iov_iter_count(&from->iter), room = iov_iter_count(&to->iter);
	struct iov_iter iter = from->iter;
	struct qnet_message *msg;
	u32 capacity, head;
	int err;

	if (len > QNET_MSG_MAX)
		return ERR_PTR(-EMSGSIZE);
	room = min_t(size_t, room, QNET_MSG_MAX);
	/* of a large message the first bytes are at hand where they have to be sent at once */
	head = min_t(size_t, len, QNET_MESSAGE_INLINE);
	if (len > head && !conn->nd)
		head = 0;
	capacity = max_t(u32, head, conn->nd ? 0 : min_t(size_t, room, QNET_MESSAGE_INLINE));

	msg = qnet_message_alloc(conn->process->qn, capacity, GFP_KERNEL_ACCOUNT);
	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->conn = conn;
	msg->send_len = len;
	msg->recv_len = room;
	msg->tid = call->tid;
	msg->coid = conn->coid;
	msg->priority = call->priority;
	msg->task = current;
	msg->have = head;
	err = copy_from_iter(msg->data, head, &iter) == head ? 0 : -EFAULT;
	if (!err && head < len)
		err = qnet_message_pin(msg, head, len - head, from);
	if (err) {
		qnet_message_put(msg);
		return ERR_PTR(err);
	}
	return msg;
}

int qnet_message_send(struct qnet_connection *conn, const struct qnet_call *call,
		      const struct qnet_deadline *deadline, struct qnet_iter *from,
		      struct qnet_iter *to, s64 *status)
{
	struct qnet_message_wait wait = { .from = from, .to = to, .deadline = *deadline };
	struct qnet_message *msg;
	int err;

	msg = qnet_message_make(conn, call, from, to);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	msg->deadline = deadline;
	spin_lock_bh(&conn->lock);
	list_add_tail(&msg->list, &conn->sends);
	if (conn->closed)
		msg->kick = QNET_CANCEL_DETACH;
	spin_unlock_bh(&conn->lock);

	err = conn->ops->send(msg);
	if (!err)
		err = qnet_message_wait(msg, &wait);
	/* an answer to one that leaves without it may be coming in now */
	if (!err)
		*status = msg->status;
	qnet_message_leave(msg);
	return err;
}

/* The server's side ------------------------------------------------------------------------- */

/* Does a time-out in @states not hold now? Then notes whether it may later. */
static bool qnet_message_not_now(struct qnet_message *msg, u32 states)
{
	u32 state = msg->state == QNET_MSG_RECEIVED ? QNET_STATE_REPLY : QNET_STATE_SEND;

	lockdep_assert_held(&msg->channel->lock);
	if (!states || (states & state) || msg->state == QNET_MSG_GONE)
		return false;
	msg->late = state == QNET_STATE_SEND;
	return true;
}

enum qnet_cancelled qnet_message_withdraw(struct qnet_message *msg, enum qnet_cancel_reason reason,
					  u32 states, bool *replied)
{
	struct qnet_channel *channel = msg->channel;
	enum qnet_message_state was;
	bool stay = false;

	*replied = false;
	spin_lock_bh(&channel->lock);
	was = msg->state;
	if (qnet_message_not_now(msg, states)) {
		spin_unlock_bh(&channel->lock);
		return QNET_CANCEL_NOT_NOW;
	}
	switch (was) {
	case QNET_MSG_QUEUED:
		rb_erase_cached(&msg->entry.node, &channel->messages);
		msg->state = QNET_MSG_GONE;
		break;
	case QNET_MSG_RECEIVING:
		/* read by qnet_service_ended(); its reference is the receiver's */
		WRITE_ONCE(msg->state, QNET_MSG_GONE);
		break;
	case QNET_MSG_RECEIVED:
		if ((channel->flags & QNET_CHF_UNBLOCK) && !channel->dead &&
		    !msg->unblock_req && reason != QNET_CANCEL_FAULT) {
			msg->unblock_req = true;
			msg->unblock_reason = -qnet_message_reason_errno(reason);
			msg->unblock.entry.priority = msg->priority;
			msg->unblock.scoid = msg->client->scoid;
			msg->unblock.value = msg->slot->generation << QNET_SLOT_BITS |
					     msg->slot->index;
			qnet_message_get(msg);
			qnet_channel_add_pulse(channel, &msg->unblock);
		}
		stay = msg->unblock_req && reason != QNET_CANCEL_KILLED &&
		       reason != QNET_CANCEL_FAULT;
		if (stay)
			break;
		qnet_client_free_slot(msg->slot);
		msg->slot = NULL;
		WRITE_ONCE(msg->state, QNET_MSG_GONE);	/* read by qnet_service_ended() */
		break;
	default:
		*replied = true;
		break;
	}
	spin_unlock_bh(&channel->lock);
	wake_up_all(&msg->server_wait);
	if (was == QNET_MSG_QUEUED || (was == QNET_MSG_RECEIVED && !stay))
		qnet_message_put(msg);
	return stay || *replied ? QNET_CANCEL_WAIT : QNET_CANCELLED;
}

static struct qnet_message *qnet_message_lookup(struct qnet_process *process, s32 rcvid, bool claim)
{
	struct qnet_message *msg = NULL;
	struct qnet_channel *channel;
	struct qnet_slot *slot;

	if (rcvid <= 0)
		return NULL;
	rcu_read_lock();
	slot = xa_load(&process->slots, rcvid & QNET_SLOT_MAX);
	if (!slot)
		goto out;
	channel = slot->client->channel;
	spin_lock_bh(&channel->lock);
	if (slot->msg && slot->generation == rcvid >> QNET_SLOT_BITS) {
		msg = slot->msg;
		if (claim) {
			WRITE_ONCE(msg->state, QNET_MSG_GONE);	/* read by qnet_service_ended() */
			msg->slot = NULL;
			qnet_client_free_slot(slot);	/* its reference is the caller's */
		} else {
			qnet_message_get(msg);
		}
	}
	spin_unlock_bh(&channel->lock);
out:
	rcu_read_unlock();
	return msg;
}

struct qnet_message *qnet_message_find(struct qnet_process *process, s32 rcvid)
{
	return qnet_message_lookup(process, rcvid, false);
}

struct qnet_message *qnet_message_claim(struct qnet_process *process, s32 rcvid)
{
	return qnet_message_lookup(process, rcvid, true);
}

int qnet_message_reply(struct qnet_process *process, s32 rcvid, s64 status, bool error,
		       struct qnet_iter *from)
{
	struct qnet_message *msg = qnet_message_claim(process, rcvid);
	int err = 0;
	u32 len;

	if (!msg)
		return -ESRCH;
	qnet_stat_inc(msg->qn, replies);
	if (error) {
		msg->peer->error(msg, status == -1 ? msg->unblock_reason ?: EINTR : status);
	} else if (!from) {
		msg->peer->error(msg, QNET_ESRVRFAULT);
	} else {
		len = min_t(size_t, msg->recv_len, iov_iter_count(&from->iter));
		err = msg->peer->reply(msg, status, len, &from->iter);
	}
	wake_up_all(&msg->server_wait);
	qnet_message_put(msg);
	return err;
}

ssize_t qnet_message_read(struct qnet_process *process, s32 rcvid, u64 offset,
			  struct qnet_iter *to)
{
	struct qnet_message *msg = qnet_message_find(process, rcvid);
	struct iov_iter iter = to->iter;
	ssize_t ret = 0;
	u32 len;

	if (!msg)
		return -ESRCH;
	if (offset < msg->send_len) {
		len = min_t(size_t, msg->send_len - offset, iov_iter_count(&iter));
		if (len)
			ret = msg->peer->pull(msg, offset, len, &iter);
		if (!ret)
			ret = len;
	}
	qnet_message_put(msg);
	return ret;
}

ssize_t qnet_message_write(struct qnet_process *process, s32 rcvid, u64 offset,
			   struct qnet_iter *from)
{
	struct qnet_message *msg = qnet_message_find(process, rcvid);
	ssize_t ret = 0;
	u32 len;

	if (!msg)
		return -ESRCH;
	if (offset < msg->recv_len) {
		len = min_t(size_t, msg->recv_len - offset, iov_iter_count(&from->iter));
		if (len)
			ret = msg->peer->push(msg, offset, len, &from->iter);
		if (!ret)
			ret = len;
	}
	qnet_message_put(msg);
	return ret;
}

void qnet_message_fill_info(const struct qnet_message *msg, struct qnet_msg_info *info)
{
	const struct qnet_client *client = msg->client;

	*info = (struct qnet_msg_info) {
		.nd = client->nd,
		.srcnd = msg->srcnd,
		.pid = client->pid,
		.tid = msg->tid,
		.chid = msg->channel->chid,
		.scoid = client->scoid,
		.coid = msg->coid,
		.priority = msg->priority,
		.flags = (msg->unblock_req ? QNET_MI_UNBLOCK_REQ : 0) |
			 (client->remote ? QNET_MI_REMOTE : 0),
		.msglen = msg->received,
		.srcmsglen = msg->send_len,
		.dstmsglen = msg->recv_len,
	};
}

int qnet_message_info(struct qnet_process *process, s32 rcvid, struct qnet_msg_info *info)
{
	struct qnet_message *msg = qnet_message_find(process, rcvid);

	if (!msg)
		return -ESRCH;
	spin_lock_bh(&msg->channel->lock);
	qnet_message_fill_info(msg, info);
	spin_unlock_bh(&msg->channel->lock);
	qnet_message_put(msg);
	return 0;
}
