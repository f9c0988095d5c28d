// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - peer operations over a link, the client's node
 *
 * A call is a message with a transaction id. What must be sent again is rebuilt from it; what
 * comes back is left with it for the client's thread.
 */
#include "remote.h"

#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "connection.h"
#include "cut.h"
#include "message.h"
#include "name.h"
#include "net.h"
#include "node.h"
#include "process.h"
#include "traffic.h"
#include "usermem.h"

/* Calls: a message with an xid ---------------------------------------------------------------- */

/* Gives @msg an id; the table takes a reference. */
static int qnet_remote_begin(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	int err;

	msg->link = qnet_link_get(traffic->link);
	xa_lock_bh(&traffic->calls);
	err = __xa_alloc_cyclic(&traffic->calls, &msg->xid, msg, XA_LIMIT(1, U32_MAX),
				&traffic->next_xid, GFP_KERNEL);
	if (err >= 0)
		qnet_message_get(msg);
	xa_unlock_bh(&traffic->calls);
	if (err < 0)
		return err == -EBUSY ? -EAGAIN : err;
	/* down() may have looked through the table already */
	if (qnet_link_dead(traffic->link))
		qnet_message_complete(msg, 0, -qnet_link_error(traffic->link));
	return 0;
}

/*
 * Ids go up: a table that holds one call at a time would take and free memory for each.  So the
 * last one's place stays taken until the next one's is.
 */
static void qnet_remote_forget(struct qnet_traffic *traffic, u32 xid)
{
	lockdep_assert_held(&traffic->calls.xa_lock);
	__xa_store(&traffic->calls, xid, NULL, GFP_ATOMIC);
	if (traffic->last_xid)
		__xa_erase(&traffic->calls, traffic->last_xid);
	traffic->last_xid = xid;
}

/*
 * Off the link and out of the table.  In this order: while a copy of it can still be sent an answer
 * must find it, or the copy goes out when the answer is acknowledged and forgotten.
 * @abandon: an answer may need undoing.
 */
static void qnet_remote_end(struct qnet_message *msg, bool abandon)
{
	struct qnet_traffic *traffic;
	bool ours, queued;

	if (!msg->xid)
		return;
	traffic = qnet_link_private(msg->link);
	spin_lock_bh(&traffic->lock);
	if (qnet_traffic_busy_del(traffic, msg))
		qnet_message_put(msg);
	spin_unlock_bh(&traffic->lock);
	spin_lock_bh(&msg->lock);
	queued = msg->segment_busy || atomic_read(&msg->cuts);
	spin_unlock_bh(&msg->lock);
	if (queued)
		qnet_link_forget(msg->link, msg);

	xa_lock_bh(&traffic->calls);
	ours = xa_load(&traffic->calls, msg->xid) == msg;
	/* decided under this lock: what completes it takes it from the table under it, too */
	if (ours && abandon && !READ_ONCE(msg->done))
		__xa_store(&traffic->calls, msg->xid, xa_mk_value(0), GFP_ATOMIC);
	else if (ours)
		qnet_remote_forget(traffic, msg->xid);
	xa_unlock_bh(&traffic->calls);
	if (ours)
		qnet_message_put(msg);
}

static bool qnet_remote_fill(struct qnet_segment *seg, void *to)
{
	struct qnet_message *msg = container_of(seg, struct qnet_message, segment);

	/* No copy goes out once the answer may have been acknowledged. Set in reception. */
	if (READ_ONCE(msg->final) || READ_ONCE(msg->done) || READ_ONCE(msg->busy))
		return false;
	memcpy(to, msg->data, seg->info.payload_len);
	return true;
}

static void qnet_remote_done(struct qnet_segment *seg, int err)
{
	struct qnet_message *msg = container_of(seg, struct qnet_message, segment);

	spin_lock_bh(&msg->lock);
	msg->segment_busy = false;
	spin_unlock_bh(&msg->lock);
	qnet_message_put(msg);
}

static const struct qnet_segment_ops qnet_remote_ops_segment = {
	.fill = qnet_remote_fill,
	.done = qnet_remote_done,
};

/* Hands .segment, whose info is set, to the link. */
static bool qnet_remote_queue(struct qnet_message *msg)
{
	lockdep_assert_held(&msg->lock);
	msg->segment.ops = &qnet_remote_ops_segment;
	msg->segment.owner = msg;
	msg->segment.info.xid = msg->xid;
	qnet_message_get(msg);
	msg->segment_busy = qnet_link_queue(msg->link, &msg->segment);
	if (msg->segment_busy)
		return true;
	refcount_dec(&msg->refs);	/* the caller has another */
	return false;
}

/*
 * Waits for a call of this node itself; -EINTR by a signal that @state lets in: nothing has run.
 * A pulse is not interrupted, only killed.
 */
static int qnet_remote_wait(struct qnet_message *msg, unsigned int state,
			    const struct qnet_deadline *deadline)
{
	bool expired = false;
	int err = 1;

	while (err > 0) {
		set_current_state(state);
		spin_lock_bh(&msg->lock);
		if (msg->done)
			err = -msg->err;
		else if (signal_pending_state(state, current))
			err = -EINTR;
		else if (expired)
			err = -ETIMEDOUT;
		if (err <= 0)
			msg->task = NULL;
		spin_unlock_bh(&msg->lock);
		if (err > 0 && qnet_message_sleep(deadline, ~0U))
			expired = true;
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/* One question and its answer; -EAGAIN-like BUSY is waited out. */
static int qnet_remote_ask(struct qnet_traffic *traffic, struct qnet_message *msg,
			   unsigned int state, const struct qnet_deadline *deadline)
{
	bool queued;
	int err;

	msg->task = current;
	err = qnet_remote_begin(traffic, msg);
	if (err)
		return err;
	spin_lock_bh(&msg->lock);
	queued = qnet_remote_queue(msg);
	spin_unlock_bh(&msg->lock);
	if (queued) {
		qnet_link_kick(traffic->link);
		err = qnet_remote_wait(msg, state, deadline);
	} else {
		err = qnet_link_error(traffic->link);
	}
	spin_lock_bh(&msg->lock);
	msg->task = NULL;
	spin_unlock_bh(&msg->lock);
	qnet_remote_end(msg, true);
	/* an answer that crosses wins: nobody would undo it */
	spin_lock_bh(&msg->lock);
	if (queued && msg->done)
		err = -msg->err;
	spin_unlock_bh(&msg->lock);
	return err;
}

/* Attaching ----------------------------------------------------------------------------------- */

int qnet_remote_attach(struct qnet_connection *conn)
{
	conn->node = qnet_node_get_nd(conn->process->qn, conn->nd);
	if (!conn->node)
		return -ESRCH;
	return conn->pid > 0 && conn->chid > 0 ? 0 : -ESRCH;
}

static void qnet_remote_creds(struct qnet_creds *to, const struct cred *cred)
{
	const struct group_info *gi = cred->group_info;
	u32 i;

	to->ruid = from_kuid(&init_user_ns, cred->uid);
	to->euid = from_kuid(&init_user_ns, cred->euid);
	to->suid = from_kuid(&init_user_ns, cred->suid);
	to->rgid = from_kgid(&init_user_ns, cred->gid);
	to->egid = from_kgid(&init_user_ns, cred->egid);
	to->sgid = from_kgid(&init_user_ns, cred->sgid);
	to->ngroups = min(gi->ngroups, QNET_WIRE_GROUPS_MAX);
	for (i = 0; i < to->ngroups; i++)
		to->groups[i] = from_kgid(&init_user_ns, gi->gid[i]);
}

static struct qnet_message *qnet_remote_attach_message(struct qnet_connection *conn)
{
	struct qnet_process *process = conn->process;
	struct qnet_attach *attach;
	struct qnet_message *msg;

	msg = qnet_message_alloc(process->qn, sizeof(*attach), GFP_KERNEL_ACCOUNT);
	if (!msg)
		return NULL;
	attach = (struct qnet_attach *)msg->data;
	memset(attach, 0, sizeof(*attach));
	attach->conn = conn->number;
	attach->pid = conn->pid;
	attach->chid = conn->chid;
	attach->coid = conn->coid;
	attach->srcnd = conn->nd;
	attach->client_pid = process->pid;
	attach->client_sid = qnet_process_session(process);
	attach->process = process->incarnation;
	attach->channel = conn->incarnation;
	qnet_remote_creds(&attach->creds, conn->cred);
	msg->segment.info.kind = QNET_SEG_ATTACH;
	msg->segment.info.attach = attach;
	return msg;
}

static void qnet_remote_number_erase(struct qnet_traffic *traffic, struct qnet_connection *conn)
{
	struct qnet_connection *old;

	if (!conn->number)
		return;
	old = xa_erase_bh(&traffic->conns, conn->number);
	conn->number = 0;
	if (old)
		qnet_connection_put(old);
}

/* With attach_lock held: the first call attaches. */
static int qnet_remote_attach_now(struct qnet_connection *conn, unsigned int state,
				  const struct qnet_deadline *deadline)
{
	struct qnet_traffic *traffic;
	struct qnet_message *msg;
	struct qnet_link *link;
	int err;

	link = qnet_link_find(conn->node);
	if (IS_ERR(link))
		return PTR_ERR(link);
	traffic = qnet_link_private(link);

	xa_lock_bh(&traffic->conns);
	err = __xa_alloc_cyclic(&traffic->conns, &conn->number, conn, XA_LIMIT(1, U32_MAX),
				&traffic->next_conn, GFP_KERNEL);
	if (err >= 0)
		qnet_connection_get(conn);
	xa_unlock_bh(&traffic->conns);
	if (err < 0)
		goto err_link;

	err = -ENOMEM;
	msg = qnet_remote_attach_message(conn);
	if (!msg)
		goto err_number;
	err = qnet_remote_ask(traffic, msg, state, deadline);
	if (!err) {
		conn->link = link;
		/* pairs with the acquire in qnet_remote_connect() */
		smp_store_release(&conn->handle, msg->status);
		smp_mb();	/* qnet_answer_down() looks at the handle after the link's death */
		if (qnet_link_dead(link))
			qnet_connection_die(conn);
	}
	qnet_message_put(msg);
	if (!err)
		return 0;

err_number:
	qnet_remote_number_erase(traffic, conn);
err_link:
	qnet_link_put(link);
	return err;
}

/* Attached when it returns 0. */
static int qnet_remote_connect(struct qnet_connection *conn, unsigned int state,
			       const struct qnet_deadline *deadline)
{
	int err;

	if (smp_load_acquire(&conn->handle))	/* pairs with qnet_remote_attach_now() */
		return 0;
	if (state == QNET_SLEEP_KILL)
		err = mutex_lock_killable(&conn->attach_lock);
	else
		err = mutex_lock_interruptible(&conn->attach_lock);
	if (err)
		return -EINTR;
	while (!conn->handle) {
		err = qnet_remote_attach_now(conn, state, deadline);
		if (err != -EBUSY)
			break;
		__set_current_state(state);
		if (schedule_timeout(qnet_traffic_busy(conn->process->qn))) {
			err = -EINTR;
			break;
		}
	}
	mutex_unlock(&conn->attach_lock);
	return err;
}

int qnet_remote_send_detach(struct qnet_traffic *traffic, u64 handle, u32 after, gfp_t gfp)
{
	struct qnet_segment_info info = {
		.kind = QNET_SEG_DETACH,
		.handle = handle,
		.after = after,
	};

	return qnet_traffic_send(traffic, &info, gfp);
}

static void qnet_remote_detach(struct qnet_connection *conn)
{
	struct qnet_link *link = conn->link;

	if (!link)
		return;
	qnet_remote_number_erase(qnet_link_private(link), conn);
	qnet_remote_send_detach(qnet_link_private(link), conn->handle, conn->pulse_seq,
				GFP_KERNEL | __GFP_NOFAIL);
	conn->link = NULL;
	qnet_link_put(link);
}

int qnet_remote_lookup(struct qnet_net *qn, u32 nd, const char *name, size_t len,
		       const struct qnet_deadline *deadline, struct qnet_name_place *place)
{
	struct qnet_node *node = qnet_node_get_nd(qn, nd);
	struct qnet_message *msg;
	struct qnet_link *link;
	int err;

	if (!node)
		return -ESRCH;
	link = qnet_link_find(node);
	qnet_node_put(node);
	if (IS_ERR(link))
		return PTR_ERR(link);
	err = -ENOMEM;
	msg = qnet_message_alloc(qn, len, GFP_KERNEL_ACCOUNT);
	if (msg) {
		memcpy(msg->data, name, len);
		msg->segment.info.kind = QNET_SEG_QUERY;
		msg->segment.info.payload_len = len;
		err = qnet_remote_ask(qnet_link_private(link), msg, QNET_SLEEP_SIGNAL,
				      deadline);
		if (!err) {
			place->pid = msg->status >> 32;
			place->chid = (s32)msg->status;
			place->incarnation = msg->final_status;
		}
		qnet_message_put(msg);
	}
	qnet_link_put(link);
	return err;
}

/* Requests ------------------------------------------------------------------------------------ */

/*
 * Bytes of @msg that go unasked: those at hand, all of one that is not too long, and of a long one
 * what the peer takes.
 */
static u32 qnet_remote_eager(const struct qnet_message *msg)
{
	u32 most = READ_ONCE(msg->qn->eager), eager = msg->send_len;
	const struct qnet_pin *pin = msg->pin;

	if (!pin || pin->offset != msg->have || !most)
		return msg->have;
	if (msg->send_len > most)
		eager = qnet_traffic_grant(qnet_link_private(msg->link), eager);
	return clamp(eager, msg->have, pin->offset + pin->len);
}

/*
 * Bytes that go unasked from @from on, after those that went with the setup: "made_together"
 * (param.h) at a time, so that what goes first does not wait for the rest.
 */
static void qnet_remote_follow(struct qnet_message *msg, u32 from, u32 eager)
{
	u32 step = qnet_param(&msg->qn->params, made_together);
	LIST_HEAD(cuts);
	bool more = true;
	u32 len;

	for (; more && from < eager; from += len) {
		len = min(eager - from, step);
		/* no memory: they are pulled, after "eager_wait" */
		if (qnet_cut_make(msg, msg->pin, 0, from, len, &cuts, GFP_KERNEL))
			more = false;
		spin_lock_bh(&msg->lock);
		more = more && !msg->done && !msg->busy && !READ_ONCE(msg->again);
		if (more)
			qnet_cut_queue(msg, &cuts);
		spin_unlock_bh(&msg->lock);
		qnet_cut_free_all(&cuts);
		qnet_link_kick(msg->link);
	}
}

int qnet_remote_request(struct qnet_message *msg, bool again)
{
	u32 room = qnet_link_room(msg->link) - sizeof(struct qnet_wire_send_after);
	struct qnet_segment_info *info = &msg->segment.info;
	u32 first = min(msg->have, room), eager = again ? first : qnet_remote_eager(msg);
	u32 end = min(eager, msg->have + qnet_param(&msg->qn->params, made_together));
	LIST_HEAD(cuts);
	int err = 0;

	if (eager > first)
		err = qnet_cut_make(msg, NULL, 0, first, msg->have - first, &cuts, GFP_KERNEL);
	if (!err && end > msg->have)
		err = qnet_cut_make(msg, msg->pin, 0, msg->have, end - msg->have, &cuts,
				    GFP_KERNEL);
	if (err) {
		qnet_cut_free_all(&cuts);
		return err;
	}
	spin_lock_bh(&msg->lock);
	if (msg->left || msg->done || msg->segment_busy) {
		err = msg->segment_busy ? -EBUSY : 0;
	} else {
		WRITE_ONCE(msg->busy, false);	/* read by qnet_cut_fill() */
		info->payload_len = first;
		info->eager = eager;
		if (qnet_remote_queue(msg))
			qnet_cut_queue(msg, &cuts);
		else
			err = qnet_link_error(msg->link);
	}
	spin_unlock_bh(&msg->lock);
	qnet_cut_free_all(&cuts);
	if (err)
		return err;
	qnet_link_kick(msg->link);
	qnet_remote_follow(msg, end, eager);
	return 0;
}

static int qnet_remote_send(struct qnet_message *msg)
{
	struct qnet_connection *conn = msg->conn;
	struct qnet_traffic *traffic;
	u32 after, acked;
	int err;

	err = qnet_remote_connect(conn, QNET_SLEEP_SIGNAL, msg->deadline);
	if (err)
		return err;
	spin_lock_bh(&conn->lock);
	after = conn->pulse_seq;
	acked = conn->pulse_acked;
	spin_unlock_bh(&conn->lock);

	/* before it has an id, by which reception finds it */
	msg->segment.info = (struct qnet_segment_info) {
		.kind = after == acked ? QNET_SEG_SEND : QNET_SEG_SEND_AFTER,
		.flags = msg->priority,
		.tid = clamp_t(s32, msg->tid, 0, U16_MAX),
		.handle = conn->handle,
		.send_len = msg->send_len,
		.recv_len = msg->recv_len,
		.after = after,
	};
	traffic = qnet_link_private(conn->link);
	err = qnet_remote_begin(traffic, msg);
	if (err)
		return err;
	qnet_stat_inc(msg->qn, sends_remote);
	if (qnet_traffic_busy_behind(traffic, msg))
		qnet_traffic_busy_wait(traffic, msg);
	else
		err = qnet_remote_request(msg, false);
	if (qnet_link_dead(conn->link))
		qnet_connection_die(conn);
	return err;
}

static enum qnet_cancelled qnet_remote_cancel(struct qnet_message *msg,
					      enum qnet_cancel_reason reason, u32 states)
{
	struct qnet_segment_info info = {
		.kind = QNET_SEG_CANCEL,
		.flags = reason | states << QNET_CANCEL_STATES,
		.xid = msg->xid,
	};

	if (!msg->xid)
		return QNET_CANCELLED;
	qnet_traffic_send(qnet_link_private(msg->link), &info, GFP_KERNEL | __GFP_NOFAIL);
	return reason == QNET_CANCEL_KILLED ? QNET_CANCELLED : QNET_CANCEL_WAIT;
}

static void qnet_remote_leave(struct qnet_message *msg)
{
	qnet_remote_end(msg, false);
}

/* Copied out: tell the server's node in halves of the window. */
static void qnet_remote_consumed(struct qnet_message *msg)
{
	struct qnet_segment_info info = { .kind = QNET_SEG_CREDIT, .xid = msg->xid };
	bool tell;

	spin_lock_bh(&msg->lock);
	tell = !msg->done && list_empty(&msg->chunks) &&
	       msg->seq - msg->credit >= QNET_TRAFFIC_CREDIT / 2;
	if (tell)
		msg->credit = msg->seq;
	info.seq = msg->credit;
	spin_unlock_bh(&msg->lock);
	if (tell)
		qnet_traffic_send(qnet_link_private(msg->link), &info, GFP_KERNEL | __GFP_NOFAIL);
}

/* Pulses -------------------------------------------------------------------------------------- */

struct qnet_pulse_segment {
	struct qnet_segment seg;
	struct qnet_connection *conn;
};

static void qnet_remote_pulse_done(struct qnet_segment *seg, int err)
{
	struct qnet_pulse_segment *ps = container_of(seg, struct qnet_pulse_segment, seg);

	spin_lock_bh(&ps->conn->lock);
	ps->conn->pulse_acked++;
	spin_unlock_bh(&ps->conn->lock);
	qnet_connection_put(ps->conn);
	kfree(ps);
}

static const struct qnet_segment_ops qnet_remote_pulse_ops = {
	.done = qnet_remote_pulse_done,
};

static int qnet_remote_pulse(struct qnet_connection *conn, u8 priority, s8 code, u64 value,
			     const struct qnet_call *call)
{
	struct qnet_deadline never = { };
	struct qnet_pulse_segment *ps;
	int err;

	err = qnet_remote_connect(conn, QNET_SLEEP_KILL, &never);
	if (err)
		return err;
	ps = kzalloc(sizeof(*ps), GFP_KERNEL_ACCOUNT);
	if (!ps)
		return -ENOMEM;
	ps->conn = qnet_connection_get(conn);
	ps->seg.ops = &qnet_remote_pulse_ops;
	ps->seg.owner = ps;
	ps->seg.info = (struct qnet_segment_info) {
		.kind = QNET_SEG_PULSE,
		.flags = priority,
		.handle = conn->handle,
		.pulse_code = code,
		.pulse_value = value,
	};
	spin_lock_bh(&conn->lock);
	ps->seg.info.pulse_seq = conn->pulse_seq;
	if (conn->pulse_seq - conn->pulse_taken >= qnet_param(&conn->process->qn->params, pulses))
		err = -EAGAIN;
	else if (!qnet_link_queue(conn->link, &ps->seg))
		err = qnet_link_error(conn->link);
	else
		conn->pulse_seq++;
	spin_unlock_bh(&conn->lock);
	if (!err) {
		qnet_link_kick(conn->link);
		return 0;
	}
	qnet_connection_put(conn);
	kfree(ps);
	return err;
}

const struct qnet_peer_ops qnet_remote_ops = {
	.send = qnet_remote_send,
	.cancel = qnet_remote_cancel,
	.pulse = qnet_remote_pulse,
	.detach = qnet_remote_detach,
	.pinned = qnet_cut_pinned,
	.consumed = qnet_remote_consumed,
	.leave = qnet_remote_leave,
};
