// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a client's handle on (nd, pid, chid)
 */
#include "connection.h"

#include <linux/cred.h>
#include <linux/slab.h>

#include "channel.h"
#include "local.h"
#include "message.h"
#include "net.h"
#include "node.h"
#include "process.h"
#include "remote.h"
#include "user.h"

static void qnet_connection_death_release(struct qnet_pulse *pulse)
{
	qnet_connection_put(container_of(pulse, struct qnet_connection, death));
}

struct qnet_connection *qnet_connection_make(struct qnet_process *process,
					     const struct qnet_ioc_connect *arg)
{
	struct qnet_connection *conn;
	struct qnet_user *user;
	int err;

	user = qnet_user_charge(current_uid(), QNET_USER_CONNECTIONS);
	if (IS_ERR(user))
		return ERR_CAST(user);
	conn = kzalloc(sizeof(*conn), GFP_KERNEL_ACCOUNT);
	if (!conn) {
		qnet_user_uncharge(user, QNET_USER_CONNECTIONS);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&conn->refs, 1);
	conn->process = qnet_process_get(process);
	conn->cred = qnet_user_cred(current_cred());
	conn->user = user;
	conn->nd = arg->nd;
	conn->pid = arg->pid;
	conn->chid = arg->chid;
	conn->coid = arg->coid;
	conn->incarnation = arg->incarnation;
	conn->pulse_seq = qnet_net_first(0, U32_MAX);
	conn->pulse_taken = conn->pulse_seq;
	spin_lock_init(&conn->lock);
	mutex_init(&conn->attach_lock);
	conn->users = 1;
	INIT_LIST_HEAD(&conn->sends);
	INIT_LIST_HEAD(&conn->of_process);
	INIT_LIST_HEAD(&conn->of_client);
	init_waitqueue_head(&conn->wait);
	conn->death.code = QNET_PULSE_COIDDEATH;
	conn->death.entry.priority = QNET_PRIO_DEFAULT;
	conn->death.release = qnet_connection_death_release;
	conn->ops = conn->nd ? &qnet_remote_ops : &qnet_local_ops;
	qnet_stat_inc(process->qn, connections_made);

	err = conn->nd ? qnet_remote_attach(conn) : qnet_local_attach(conn);
	if (err) {
		conn->closed = true;
		qnet_connection_put(conn);
		return ERR_PTR(err);
	}
	spin_lock_bh(&process->lock);
	list_add(&conn->of_process, &process->connections);
	spin_unlock_bh(&process->lock);
	return conn;
}

struct qnet_connection *qnet_connection_get(struct qnet_connection *conn)
{
	refcount_inc(&conn->refs);
	return conn;
}

void qnet_connection_put(struct qnet_connection *conn)
{
	struct qnet_process *process;

	if (!conn || !refcount_dec_and_test(&conn->refs))
		return;
	process = conn->process;
	put_cred(conn->cred);
	qnet_node_put(conn->node);
	qnet_user_uncharge(conn->user, QNET_USER_CONNECTIONS);
	qnet_stat_inc(process->qn, connections_freed);
	kfree(conn);
	qnet_process_put(process);
}

/* A close or a call's end; the last one detaches. */
static void qnet_connection_drop(struct qnet_connection *conn)
{
	bool last;

	spin_lock_bh(&conn->lock);
	last = !--conn->users;
	spin_unlock_bh(&conn->lock);
	if (last)
		conn->ops->detach(conn);
}

void qnet_connection_close(struct qnet_connection *conn)
{
	struct qnet_message *msg;
	bool closed;

	spin_lock_bh(&conn->lock);
	closed = conn->closed;
	conn->closed = true;
	if (!closed)
		list_for_each_entry(msg, &conn->sends, list)
			qnet_message_kick(msg, QNET_CANCEL_DETACH);
	spin_unlock_bh(&conn->lock);
	if (closed)
		return;
	spin_lock_bh(&conn->process->lock);
	list_del_init(&conn->of_process);
	spin_unlock_bh(&conn->process->lock);
	wake_up_all(&conn->wait);
	qnet_connection_drop(conn);
}

struct qnet_connection *qnet_connection_first(struct qnet_process *process)
{
	struct qnet_connection *conn;

	spin_lock_bh(&process->lock);
	conn = list_first_entry_or_null(&process->connections, struct qnet_connection, of_process);
	if (conn)
		qnet_connection_get(conn);
	spin_unlock_bh(&process->lock);
	return conn;
}

int qnet_connection_enter(struct qnet_connection *conn)
{
	int err = 0;

	if (!qnet_process_owns(conn->process))
		return -EBADF;
	spin_lock_bh(&conn->lock);
	if (conn->closed || conn->dead)
		err = -EBADF;
	else
		conn->users++;
	spin_unlock_bh(&conn->lock);
	return err;
}

void qnet_connection_leave(struct qnet_connection *conn)
{
	qnet_connection_drop(conn);
}

void qnet_connection_die(struct qnet_connection *conn)
{
	struct qnet_channel *channel = NULL;
	bool tell;

	spin_lock_bh(&conn->lock);
	tell = !conn->dead && !conn->closed;
	WRITE_ONCE(conn->dead, true);	/* read by the file's fdinfo and info */
	spin_unlock_bh(&conn->lock);
	wake_up_all(&conn->wait);
	if (tell)
		channel = qnet_process_death_channel(conn->process);
	if (!channel)
		return;
	conn->death.value = conn->coid;
	qnet_connection_get(conn);
	if (qnet_channel_queue_pulse(channel, &conn->death))
		qnet_connection_put(conn);
	qnet_channel_put(channel);
}

__poll_t qnet_connection_poll(struct qnet_connection *conn, struct file *file, poll_table *table)
{
	__poll_t mask;

	poll_wait(file, &conn->wait, table);
	spin_lock_bh(&conn->lock);
	mask = conn->dead || conn->closed ? EPOLLHUP | EPOLLERR : EPOLLOUT | EPOLLWRNORM;
	spin_unlock_bh(&conn->lock);
	return mask;
}
