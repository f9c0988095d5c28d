// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - where a server receives
 *
 * Messages and pulses wait in a tree each, so that a receiver of pulses only need not search; who
 * takes both compares the two heads.
 */
#include "channel.h"

#include <linux/cred.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "attachment.h"
#include "client.h"
#include "connection.h"
#include "message.h"
#include "name.h"
#include "net.h"
#include "process.h"
#include "usermem.h"
#include "user.h"

struct qnet_channel *qnet_channel_make(struct qnet_process *process, u32 flags)
{
	struct qnet_channel *channel;
	struct qnet_user *user;
	u32 chid;
	int err;

	user = qnet_user_charge(current_uid(), QNET_USER_CHANNELS);
	if (IS_ERR(user))
		return ERR_CAST(user);
	channel = kzalloc(sizeof(*channel), GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!channel)
		goto err_uncharge;
	refcount_set(&channel->refs, 1);
	channel->flags = flags;
	channel->fd = -1;
	channel->incarnation = get_random_u64() | 1;
	channel->process = qnet_process_get(process);
	channel->cred = qnet_user_cred(current_cred());
	channel->user = user;
	spin_lock_init(&channel->lock);
	channel->messages = RB_ROOT_CACHED;
	channel->pulses = RB_ROOT_CACHED;
	channel->clients = RB_ROOT;
	init_waitqueue_head(&channel->wait);
	init_waitqueue_head(&channel->wait_pulse);
	INIT_LIST_HEAD(&channel->names);
	qnet_stat_inc(process->qn, channels_made);

	INIT_LIST_HEAD(&channel->of_process);
	err = xa_alloc_bh(&process->channels, &chid, NULL, XA_LIMIT(1, INT_MAX),
			  GFP_KERNEL_ACCOUNT);
	if (err) {
		qnet_channel_put(channel);
		return ERR_PTR(err == -EBUSY ? -EAGAIN : err);
	}
	channel->chid = chid;
	if (flags & QNET_CHF_COID_DISCONNECT) {
		spin_lock_bh(&process->lock);
		list_add_tail(&channel->of_process, &process->death_channels);
		spin_unlock_bh(&process->lock);
	}
	xa_store_bh(&process->channels, chid, channel, GFP_KERNEL_ACCOUNT);
	return channel;

err_uncharge:
	qnet_user_uncharge(user, QNET_USER_CHANNELS);
	return ERR_PTR(err);
}

struct qnet_channel *qnet_channel_get(struct qnet_channel *channel)
{
	refcount_inc(&channel->refs);
	return channel;
}

void qnet_channel_put(struct qnet_channel *channel)
{
	struct qnet_process *process;

	if (!channel || !refcount_dec_and_test(&channel->refs))
		return;
	process = channel->process;
	put_cred(channel->cred);
	qnet_user_uncharge(channel->user, QNET_USER_CHANNELS);
	qnet_stat_inc(process->qn, channels_freed);
	kfree_rcu(channel, rcu);
	qnet_process_put(process);
}

struct qnet_channel *qnet_channel_find(struct qnet_process *process, s32 chid)
{
	struct qnet_channel *channel;

	if (chid <= 0)
		return NULL;
	rcu_read_lock();
	channel = xa_load(&process->channels, chid);
	if (channel && !refcount_inc_not_zero(&channel->refs))
		channel = NULL;
	rcu_read_unlock();
	return channel;
}

/* A client of a dead channel: its transactions fail, its connections are dead. */
static void qnet_channel_kill_client(struct qnet_channel *channel, struct qnet_client *client)
{
	struct qnet_attachment *att;
	struct qnet_connection *conn;
	struct qnet_message *msg;
	struct qnet_slot *slot;
	bool unlinked = false;

	spin_lock_bh(&channel->lock);
again:
	list_for_each_entry(slot, &client->slots, all) {
		msg = slot->msg;
		if (!msg)
			continue;
		WRITE_ONCE(msg->state, QNET_MSG_GONE);	/* read by qnet_service_ended() */
		slot->msg = NULL;
		list_add_tail(&slot->free, &client->slots_free);
		spin_unlock_bh(&channel->lock);
		msg->peer->error(msg, ESRCH);
		wake_up_all(&msg->server_wait);
		qnet_message_put(msg);
		spin_lock_bh(&channel->lock);
		goto again;
	}
	while (!list_empty(&client->connections)) {
		conn = list_first_entry(&client->connections, struct qnet_connection, of_client);
		list_del_init(&conn->of_client);
		qnet_connection_get(conn);
		spin_unlock_bh(&channel->lock);
		qnet_connection_die(conn);
		qnet_connection_put(conn);
		spin_lock_bh(&channel->lock);
	}
	while (!list_empty(&client->attachments)) {
		att = list_first_entry(&client->attachments, struct qnet_attachment, of_client);
		list_del_init(&att->of_client);
		qnet_attachment_get(att);
		spin_unlock_bh(&channel->lock);
		qnet_attachment_die(att);
		qnet_attachment_put(att);
		spin_lock_bh(&channel->lock);
	}
	if (!client->gone) {
		qnet_client_unlink(client);
		unlinked = true;
	}
	spin_unlock_bh(&channel->lock);
	if (unlinked)
		qnet_client_put(client);
}

static void qnet_channel_kill_queue(struct qnet_channel *channel)
{
	struct qnet_message *msg;
	struct qnet_pulse *pulse;
	struct rb_node *node;

	spin_lock_bh(&channel->lock);
	while ((node = rb_first_cached(&channel->messages))) {
		msg = rb_entry(node, struct qnet_message, entry.node);
		rb_erase_cached(node, &channel->messages);
		msg->state = QNET_MSG_GONE;
		spin_unlock_bh(&channel->lock);
		msg->peer->error(msg, ESRCH);
		qnet_message_put(msg);
		spin_lock_bh(&channel->lock);
	}
	while ((node = rb_first_cached(&channel->pulses))) {
		pulse = rb_entry(node, struct qnet_pulse, entry.node);
		rb_erase_cached(node, &channel->pulses);
		RB_CLEAR_NODE(node);
		spin_unlock_bh(&channel->lock);
		pulse->release(pulse);
		spin_lock_bh(&channel->lock);
	}
	spin_unlock_bh(&channel->lock);
}

void qnet_channel_kill(struct qnet_channel *channel)
{
	struct qnet_process *process = channel->process;
	struct rb_node *node;
	bool dead;

	spin_lock_bh(&channel->lock);
	dead = channel->dead;
	WRITE_ONCE(channel->dead, true);	/* read by qnet_name_attach() */
	spin_unlock_bh(&channel->lock);
	if (dead)
		return;

	qnet_name_drop(channel);
	spin_lock_bh(&process->lock);
	list_del_init(&channel->of_process);
	spin_unlock_bh(&process->lock);
	xa_erase_bh(&process->channels, channel->chid);

	wake_up_all(&channel->wait);
	wake_up_all(&channel->wait_pulse);
	qnet_channel_kill_queue(channel);
	for (;;) {
		struct qnet_client *client = NULL;

		spin_lock_bh(&channel->lock);
		node = rb_first(&channel->clients);
		if (node)
			client = qnet_client_get(rb_entry(node, struct qnet_client, node));
		spin_unlock_bh(&channel->lock);
		if (!client)
			break;
		qnet_channel_kill_client(channel, client);
		qnet_client_put(client);
	}
}

int qnet_channel_queue_message(struct qnet_channel *channel, struct qnet_message *msg)
{
	spin_lock_bh(&channel->lock);
	if (channel->dead) {
		spin_unlock_bh(&channel->lock);
		return -ESRCH;
	}
	msg->state = QNET_MSG_QUEUED;
	msg->entry.seq = channel->seq++;
	msg->entry.priority = msg->priority;
	qnet_message_get(msg);
	qnet_entry_insert(&channel->messages, &msg->entry);
	spin_unlock_bh(&channel->lock);
	wake_up_interruptible_poll(&channel->wait, EPOLLIN | EPOLLRDNORM);
	return 0;
}

void qnet_channel_add_pulse(struct qnet_channel *channel, struct qnet_pulse *pulse)
{
	lockdep_assert_held(&channel->lock);
	pulse->entry.seq = channel->seq++;
	qnet_entry_insert(&channel->pulses, &pulse->entry);
	qnet_stat_inc(channel->process->qn, pulses_queued);
	/* waiters enlist under the lock that is held */
	if (waitqueue_active(&channel->wait_pulse))
		wake_up_interruptible(&channel->wait_pulse);
	else
		wake_up_interruptible_poll(&channel->wait, EPOLLIN | EPOLLRDNORM);
}

int qnet_channel_queue_pulse(struct qnet_channel *channel, struct qnet_pulse *pulse)
{
	int err = -ESRCH;

	spin_lock_bh(&channel->lock);
	if (!channel->dead) {
		qnet_channel_add_pulse(channel, pulse);
		err = 0;
	}
	spin_unlock_bh(&channel->lock);
	return err;
}

/*
 * Take the first entry. Returns true with one of @msg and @pulse set; the message is off the
 * queue and RECEIVING, its queue's reference is the caller's.
 */
static bool qnet_channel_take(struct qnet_channel *channel, bool pulse_only,
			      struct qnet_message **msg, struct qnet_pulse **pulse)
{
	struct rb_node *m = pulse_only ? NULL : rb_first_cached(&channel->messages);
	struct rb_node *p = rb_first_cached(&channel->pulses);

	lockdep_assert_held(&channel->lock);
	if (m && p) {
		if (qnet_entry_less(m, p))
			p = NULL;
		else
			m = NULL;
	}
	*msg = NULL;
	*pulse = NULL;
	if (m) {
		rb_erase_cached(m, &channel->messages);
		*msg = rb_entry(m, struct qnet_message, entry.node);
		(*msg)->state = QNET_MSG_RECEIVING;
	} else if (p) {
		rb_erase_cached(p, &channel->pulses);
		RB_CLEAR_NODE(p);
		*pulse = rb_entry(p, struct qnet_pulse, entry.node);
	}
	return m || p;
}

/* Sleeps until there is an entry; -ESRCH, -EINTR, -ETIMEDOUT. */
static int qnet_channel_wait(struct qnet_channel *channel, const struct qnet_deadline *deadline,
			     bool pulse_only, struct qnet_message **msg, struct qnet_pulse **pulse)
{
	wait_queue_head_t *wait = pulse_only ? &channel->wait_pulse : &channel->wait;
	DEFINE_WAIT(entry);
	int err = 0;

	for (;;) {
		bool found;

		/*
		 * Who has a reason to leave looks at the queue once more: the one wake-up for
		 * what came meanwhile may have been his.
		 */
		spin_lock_bh(&channel->lock);
		found = !channel->dead && qnet_channel_take(channel, pulse_only, msg, pulse);
		if (channel->dead)
			err = -ESRCH;
		else if (!found && !err)
			prepare_to_wait_exclusive(wait, &entry,
						  TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		spin_unlock_bh(&channel->lock);
		if (found)
			return 0;
		if (err)
			return err;
		if (signal_pending(current))
			err = -EINTR;
		else
			err = qnet_message_sleep(deadline, QNET_STATE_RECEIVE);
		finish_wait(wait, &entry);
	}
}

static int qnet_channel_copy_pulse(struct qnet_pulse *pulse, struct qnet_iter *to)
{
	struct qnet_pulse_msg out = {
		.code = pulse->code,
		.value = pulse->value,
		.scoid = pulse->scoid,
	};
	int err = 0;

	if (copy_to_iter(&out, sizeof(out), &to->iter) != sizeof(out))
		err = -EFAULT;
	pulse->release(pulse);
	return err;
}

/* The server could not take it: end it for the client, too, unless it withdrew. */
static void qnet_channel_refuse(struct qnet_channel *channel, struct qnet_message *msg, int err)
{
	bool ours;

	spin_lock_bh(&channel->lock);
	ours = msg->state == QNET_MSG_RECEIVING;
	msg->state = QNET_MSG_GONE;
	spin_unlock_bh(&channel->lock);
	if (ours)
		msg->peer->error(msg, err);
	qnet_message_put(msg);
}

/* Back to where it was: a signal came while the server copied, or it had no memory. */
static void qnet_channel_requeue(struct qnet_channel *channel, struct qnet_message *msg)
{
	bool queued = false;

	spin_lock_bh(&channel->lock);
	if (msg->state == QNET_MSG_RECEIVING && !channel->dead) {
		msg->state = QNET_MSG_QUEUED;
		qnet_entry_insert(&channel->messages, &msg->entry);
		queued = true;
	}
	spin_unlock_bh(&channel->lock);
	if (queued)
		wake_up_interruptible_poll(&channel->wait, EPOLLIN | EPOLLRDNORM);
	else
		qnet_channel_refuse(channel, msg, ESRCH);
}

/* The message is copied and stands in a slot. Returns the rcvid, or 0 where it went meanwhile. */
static int qnet_channel_accept(struct qnet_channel *channel, struct qnet_message *msg,
			       struct qnet_slot *slot, struct qnet_msg_info *info, u32 len)
{
	bool wake = false;
	int rcvid = 0;

	spin_lock_bh(&channel->lock);
	if (msg->state == QNET_MSG_RECEIVING && !channel->dead) {
		msg->state = QNET_MSG_RECEIVED;
		rcvid = qnet_client_use_slot(slot, msg);
		msg->received = len;
		qnet_message_fill_info(msg, info);
		wake = msg->late;
	} else {
		qnet_client_free_slot(slot);
	}
	spin_unlock_bh(&channel->lock);
	if (wake)
		msg->peer->received(msg);
	return rcvid;
}

/* Returns the rcvid, -EAGAIN-like errors, or -ESRCH: the message is gone, look for another. */
static int qnet_channel_take_message(struct qnet_channel *channel, struct qnet_message *msg,
				     struct qnet_iter *to, struct qnet_msg_info *info)
{
	u32 len = min_t(size_t, msg->send_len, iov_iter_count(&to->iter));
	struct iov_iter iter = to->iter;
	struct qnet_client *client = msg->client;
	struct qnet_slot *slot;
	int rcvid, err;

	err = len ? msg->peer->pull(msg, 0, len, &iter) : 0;
	if (err == -EFAULT) {
		qnet_channel_refuse(channel, msg, QNET_ESRVRFAULT);
		return err;
	}
	if (err == -EINTR || err == -ENOMEM) {
		qnet_channel_requeue(channel, msg);
		return err;
	}
	if (err) {
		qnet_channel_refuse(channel, msg, -err);
		return -ESRCH;
	}
	qnet_client_get(client);
	slot = qnet_client_take_slot(client);
	if (IS_ERR(slot)) {
		qnet_channel_requeue(channel, msg);
		qnet_client_put(client);
		return PTR_ERR(slot);
	}
	rcvid = qnet_channel_accept(channel, msg, slot, info, len);
	qnet_client_put(client);
	if (!rcvid) {
		qnet_channel_refuse(channel, msg, ESRCH);
		return -ESRCH;
	}
	qnet_stat_inc(channel->process->qn, receives);
	return rcvid;
}

int qnet_channel_receive(struct qnet_channel *channel, const struct qnet_deadline *deadline,
			 bool pulse_only, struct qnet_iter *to, struct qnet_msg_info *info)
{
	struct qnet_message *msg;
	struct qnet_pulse *pulse;
	int err;

	for (;;) {
		err = qnet_channel_wait(channel, deadline, pulse_only, &msg, &pulse);
		if (err)
			return err;
		if (pulse)
			return qnet_channel_copy_pulse(pulse, to);
		err = qnet_channel_take_message(channel, msg, to, info);
		if (err != -ESRCH)
			return err;
	}
}

__poll_t qnet_channel_poll(struct qnet_channel *channel, struct file *file, poll_table *table)
{
	__poll_t mask = 0;

	poll_wait(file, &channel->wait, table);
	spin_lock_bh(&channel->lock);
	if (channel->dead)
		mask = EPOLLHUP | EPOLLERR;
	else if (rb_first_cached(&channel->messages) || rb_first_cached(&channel->pulses))
		mask = EPOLLIN | EPOLLRDNORM;
	spin_unlock_bh(&channel->lock);
	return mask;
}
