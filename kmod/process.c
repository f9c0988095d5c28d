// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a thread group that has channels or connections here
 *
 * Files tell when they are closed, but a file can be held open by another process, and a files
 * table can be shared with one; so the end of the thread group itself is watched, too, as a
 * pidfd's poll does it.
 */
#include "process.h"

#include <linux/hash.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "channel.h"
#include "connection.h"
#include "net.h"
#include "user.h"

static struct workqueue_struct *qnet_process_wq;

static struct hlist_head *qnet_process_bucket(struct qnet_net *qn, const struct pid *tgid)
{
	return &qn->processes[hash_ptr(tgid, ilog2(ARRAY_SIZE(qn->processes)))];
}

static struct qnet_process *qnet_process_lookup(struct qnet_net *qn, const struct pid *tgid)
{
	struct qnet_process *process;

	rcu_read_lock();
	hlist_for_each_entry_rcu(process, qnet_process_bucket(qn, tgid), node)
		if (process->tgid == tgid && refcount_inc_not_zero(&process->refs))
			goto out;
	process = NULL;
out:
	rcu_read_unlock();
	return process;
}

/* Everything of a thread group that is no more. */
static void qnet_process_exited(struct work_struct *work)
{
	struct qnet_process *process = container_of(work, struct qnet_process, exit_work);
	struct qnet_connection *conn;
	struct qnet_channel *channel;
	unsigned long chid;

	xa_for_each(&process->channels, chid, channel) {
		channel = qnet_channel_find(process, chid);
		if (!channel)
			continue;
		qnet_channel_kill(channel);
		qnet_channel_put(channel);
	}
	while ((conn = qnet_connection_first(process))) {
		qnet_connection_close(conn);
		qnet_connection_put(conn);
	}
	qnet_process_put(process);
}

/* Called with the wait queue's and the task list's locks, interrupts off. */
static int qnet_process_exit_wake(struct wait_queue_entry *wait, unsigned int mode, int sync,
				  void *key)
{
	struct qnet_process *process = container_of(wait, struct qnet_process, exit_wait);

	if (!refcount_inc_not_zero(&process->refs))
		return 0;
	if (!queue_work(qnet_process_wq, &process->exit_work))
		refcount_dec(&process->refs);	/* the queued work has one */
	return 0;
}

/* -EPERM where the caller is not visible to the processes that are here already. */
static int qnet_process_number(struct qnet_net *qn, pid_t *pid, pid_t *sid)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	spin_lock_bh(&qn->process_lock);
	if (!qn->pid_ns)
		WRITE_ONCE(qn->pid_ns, get_pid_ns(ns));
	ns = qn->pid_ns;
	spin_unlock_bh(&qn->process_lock);

	*pid = pid_nr_ns(task_tgid(current), ns);
	rcu_read_lock();
	*sid = pid_nr_ns(task_session(current), ns);
	rcu_read_unlock();
	return *pid ? 0 : -EPERM;
}

static struct qnet_process *qnet_process_make(struct qnet_net *qn)
{
	struct qnet_process *process;
	struct qnet_user *user;
	int err;

	user = qnet_user_charge(current_uid(), QNET_USER_PROCESSES);
	if (IS_ERR(user))
		return ERR_CAST(user);
	process = kzalloc(sizeof(*process), GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!process)
		goto err_uncharge;
	err = qnet_process_number(qn, &process->pid, &process->sid);
	if (err)
		goto err_free;

	refcount_set(&process->refs, 1);
	process->qn = qn;
	process->tgid = get_pid(task_tgid(current));
	process->incarnation = get_random_u64() | 1;
	process->user = user;
	xa_init_flags(&process->channels, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&process->slots, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	xa_init_flags(&process->clients, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_BH);
	spin_lock_init(&process->lock);
	INIT_LIST_HEAD(&process->connections);
	INIT_LIST_HEAD(&process->death_channels);
	INIT_WORK(&process->exit_work, qnet_process_exited);
	init_waitqueue_func_entry(&process->exit_wait, qnet_process_exit_wake);
	return process;

err_free:
	kfree(process);
err_uncharge:
	qnet_user_uncharge(user, QNET_USER_PROCESSES);
	return ERR_PTR(err);
}

struct qnet_process *qnet_process_current(struct qnet_net *qn)
{
	struct qnet_process *process, *other;

	process = qnet_process_lookup(qn, task_tgid(current));
	if (process)
		return process;
	process = qnet_process_make(qn);
	if (IS_ERR(process))
		return process;

	spin_lock_bh(&qn->process_lock);
	other = qnet_process_lookup(qn, process->tgid);
	if (!other)
		hlist_add_head_rcu(&process->node, qnet_process_bucket(qn, process->tgid));
	spin_unlock_bh(&qn->process_lock);
	if (other) {
		/* another thread was first */
		put_pid(process->tgid);
		qnet_user_uncharge(process->user, QNET_USER_PROCESSES);
		kfree(process);
		return other;
	}

	get_net(qn->net);
	add_wait_queue(&process->tgid->wait_pidfd, &process->exit_wait);
	qnet_stat_inc(qn, processes_made);
	return process;
}

struct qnet_process *qnet_process_find(struct qnet_net *qn, pid_t pid)
{
	struct pid_namespace *ns = READ_ONCE(qn->pid_ns);	/* set once, in _number() */
	struct qnet_process *process = NULL;
	struct pid *tgid;

	if (!ns || pid <= 0)
		return NULL;
	rcu_read_lock();
	tgid = find_pid_ns(pid, ns);
	if (tgid)
		process = qnet_process_lookup(qn, tgid);
	rcu_read_unlock();
	return process;
}

struct qnet_process *qnet_process_get(struct qnet_process *process)
{
	refcount_inc(&process->refs);
	return process;
}

void qnet_process_put(struct qnet_process *process)
{
	struct qnet_net *qn;

	if (!process || !refcount_dec_and_test(&process->refs))
		return;
	qn = process->qn;
	remove_wait_queue(&process->tgid->wait_pidfd, &process->exit_wait);
	spin_lock_bh(&qn->process_lock);
	hlist_del_rcu(&process->node);
	spin_unlock_bh(&qn->process_lock);
	put_pid(process->tgid);
	qnet_user_uncharge(process->user, QNET_USER_PROCESSES);
	xa_destroy(&process->channels);
	xa_destroy(&process->slots);
	xa_destroy(&process->clients);
	qnet_stat_inc(qn, processes_freed);
	kfree_rcu(process, rcu);
	put_net(qn->net);
}

struct qnet_channel *qnet_process_death_channel(struct qnet_process *process)
{
	struct qnet_channel *channel;

	spin_lock_bh(&process->lock);
	channel = list_first_entry_or_null(&process->death_channels, struct qnet_channel,
					   of_process);
	if (channel)
		qnet_channel_get(channel);
	spin_unlock_bh(&process->lock);
	return channel;
}

void qnet_process_net_init(struct qnet_net *qn)
{
	spin_lock_init(&qn->process_lock);
}

void qnet_process_net_exit(struct qnet_net *qn)
{
	if (qn->pid_ns)
		put_pid_ns(qn->pid_ns);
}

int qnet_process_init(void)
{
	qnet_process_wq = alloc_workqueue("qnet_process", WQ_UNBOUND, 0);
	return qnet_process_wq ? 0 : -ENOMEM;
}

void qnet_process_exit(void)
{
	destroy_workqueue(qnet_process_wq);
}
