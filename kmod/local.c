// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - peer operations, both sides on this machine
 *
 * The client's message is the server's, too: one object, seen from two threads.
 */
#include "local.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/sched/signal.h>

#include "channel.h"
#include "chunk.h"
#include "client.h"
#include "connection.h"
#include "message.h"
#include "net.h"
#include "process.h"
#include "usermem.h"

int qnet_local_attach(struct qnet_connection *conn)
{
	struct qnet_process *self = conn->process, *server;
	struct qnet_client_info info = {
		.id.process = self->incarnation,
		.pid = self->pid,
		.sid = qnet_process_session(self),
		.cred = conn->cred,
	};
	struct qnet_channel *channel = NULL;
	struct qnet_client *client;
	int err = -ESRCH;

	if (conn->pid)
		server = qnet_process_find(self->qn, conn->pid);
	else
		server = qnet_process_get(self);
	if (server)
		channel = qnet_channel_find(server, conn->chid);
	if (!channel)
		goto out;
	if (conn->incarnation && conn->incarnation != channel->incarnation)
		goto out;
	err = -EPERM;
	if ((channel->flags & QNET_CHF_PRIVATE) && server != self)
		goto out;
	client = qnet_client_attach(channel, &info, GFP_KERNEL_ACCOUNT);
	err = PTR_ERR_OR_ZERO(client);
	if (err)
		goto out;

	conn->client = client;
	conn->scoid = client->scoid;
	conn->pid = server->pid;
	spin_lock_bh(&channel->lock);
	if (!channel->dead)
		list_add(&conn->of_client, &client->connections);
	else
		err = -ESRCH;
	spin_unlock_bh(&channel->lock);
	if (err) {
		conn->client = NULL;
		qnet_client_detach(client, NULL);
	}
out:
	qnet_channel_put(channel);
	qnet_process_put(server);
	return err;
}

static void qnet_local_detach(struct qnet_connection *conn)
{
	if (conn->client)
		qnet_client_detach(conn->client, &conn->of_client);
	conn->client = NULL;
}

static int qnet_local_send(struct qnet_message *msg)
{
	struct qnet_client *client = msg->conn->client;
	int err;

	msg->peer = &qnet_local_ops;
	msg->client = qnet_client_get(client);
	msg->channel = client->channel;
	qnet_stat_inc(msg->qn, sends_local);
	err = qnet_channel_queue_message(msg->channel, msg);
	return err == -ESRCH ? -EBADF : err;
}

static enum qnet_cancelled qnet_local_cancel(struct qnet_message *msg,
					     enum qnet_cancel_reason reason, u32 states)
{
	enum qnet_cancelled ret;
	bool replied;

	ret = qnet_message_withdraw(msg, reason, states, &replied);
	/* replied: the answer is being made, and wins, unless nobody is there to have it */
	if (reason == QNET_CANCEL_KILLED)
		return QNET_CANCELLED;
	return ret;
}

/* What kill(2) asks for. */
static bool qnet_local_may_signal(const struct cred *cred, const struct cred *target)
{
	return uid_eq(cred->euid, target->suid) || uid_eq(cred->euid, target->uid) ||
	       uid_eq(cred->uid, target->suid) || uid_eq(cred->uid, target->uid) ||
	       ns_capable(target->user_ns, CAP_KILL);
}

static int qnet_local_pulse(struct qnet_connection *conn, u8 priority, s8 code, u64 value,
			    const struct qnet_call *call)
{
	struct qnet_client *client = conn->client;
	int err;

	if (!qnet_local_may_signal(current_cred(), client->channel->cred))
		return -EPERM;
	err = qnet_pulse_send(client, priority, code, value, NULL, GFP_KERNEL_ACCOUNT);
	return err == -ESRCH ? -EBADF : err;
}

/* True when @offset is pinned (*pin referenced) or the client left (*pin NULL). */
static bool qnet_local_pinned(struct qnet_message *msg, u32 offset, u32 len, struct qnet_pin **pin)
{
	bool ready = true;

	*pin = NULL;
	spin_lock_bh(&msg->lock);
	if (msg->left || msg->done) {
		ready = true;
	} else if (qnet_pin_covers(msg->pin, offset)) {
		*pin = qnet_pin_get(msg->pin);
	} else {
		ready = false;
		if (!msg->want.set) {
			msg->want = (struct qnet_want) {
				.set = true,
				.offset = offset,
				.len = len,
			};
			if (msg->task)
				wake_up_process(msg->task);
		}
	}
	spin_unlock_bh(&msg->lock);
	return ready;
}

static int qnet_local_pull_pinned(struct qnet_message *msg, u32 offset, u32 len,
				  struct iov_iter *to)
{
	struct qnet_pin *pin;
	size_t got;
	u32 part;

	while (len) {
		if (wait_event_state(msg->server_wait, qnet_local_pinned(msg, offset, len, &pin),
				     QNET_SLEEP_SIGNAL))
			return -EINTR;
		if (!pin)
			return -ESRCH;
		part = min(len, pin->offset + pin->len - offset);
		got = qnet_pin_copy(pin, offset, part, to);
		qnet_pin_put(pin);
		if (got != part)
			return -EFAULT;
		offset += part;
		len -= part;
	}
	return 0;
}

static int qnet_local_pull(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *to)
{
	int err;

	if (offset + len <= msg->have)
		return copy_to_iter(msg->data + offset, len, to) == len ? 0 : -EFAULT;
	if (mutex_lock_interruptible(&msg->pull_lock))
		return -EINTR;
	err = qnet_local_pull_pinned(msg, offset, len, to);
	mutex_unlock(&msg->pull_lock);
	return err;
}

static bool qnet_local_push_room(struct qnet_message *msg)
{
	bool room;

	spin_lock_bh(&msg->lock);
	room = msg->left || msg->done || msg->chunk_bytes < QNET_PUSH_WINDOW;
	spin_unlock_bh(&msg->lock);
	return room;
}

static int qnet_local_push(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *from)
{
	struct qnet_chunk *chunk;

	while (len) {
		u32 part = min_t(u32, len, QNET_CHUNK_MAX);

		if (fatal_signal_pending(current) ||
		    wait_event_state(msg->server_wait, qnet_local_push_room(msg), QNET_SLEEP_KILL))
			return -EINTR;
		chunk = qnet_chunk_make(msg->qn, part, GFP_KERNEL_ACCOUNT);
		if (!chunk)
			return -ENOMEM;
		chunk->offset = offset;
		if (copy_from_iter(chunk->data, part, from) != part) {
			qnet_chunk_free(msg->qn, chunk);
			return -EFAULT;
		}
		if (!qnet_message_push(msg, chunk)) {
			qnet_chunk_free(msg->qn, chunk);
			return -ESRCH;
		}
		offset += part;
		len -= part;
	}
	return 0;
}

static int qnet_local_reply(struct qnet_message *msg, s64 status, u32 len, struct iov_iter *from)
{
	int err = 0;

	if (len > msg->capacity)
		err = qnet_local_push(msg, 0, len, from);
	else if (copy_from_iter(msg->data, len, from) == len)
		msg->reply_len = len;	/* published by complete() */
	else
		err = -EFAULT;
	if (err)
		qnet_message_complete(msg, 0, err == -EFAULT ? QNET_ESRVRFAULT :
				      err == -EINTR ? ESRCH : -err);
	else
		qnet_message_complete(msg, status, 0);
	return err;
}

/* A time-out that holds only now. */
static void qnet_local_received(struct qnet_message *msg)
{
	spin_lock_bh(&msg->lock);
	msg->verdict = QNET_STAY_RECEIVED;
	if (msg->task)
		wake_up_process(msg->task);
	spin_unlock_bh(&msg->lock);
}

static void qnet_local_error(struct qnet_message *msg, int err)
{
	qnet_message_complete(msg, 0, err);
}

const struct qnet_peer_ops qnet_local_ops = {
	.send = qnet_local_send,
	.cancel = qnet_local_cancel,
	.pulse = qnet_local_pulse,
	.detach = qnet_local_detach,
	.pull = qnet_local_pull,
	.push = qnet_local_push,
	.reply = qnet_local_reply,
	.error = qnet_local_error,
	.received = qnet_local_received,
};
