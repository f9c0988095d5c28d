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
#include "client.h"
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

/* A traced leader wakes the queue when it ends alone, too. */
static bool qnet_process_ended(const struct qnet_process *process)
{
	struct task_struct *leader;
	bool ended;

	rcu_read_lock();
	leader = pid_task(process->tgid, PIDTYPE_TGID);
	/* exit_state changes under the task list's lock, which is not held */
	ended = !leader || (READ_ONCE(leader->exit_state) && thread_group_empty(leader));
	rcu_read_unlock();
	return ended;
}

/* Everything of a thread group that is no more. */
static void qnet_process_exited(struct work_struct *work)
{
	struct qnet_process *process = container_of(work, struct qnet_process, exit_work);
	struct qnet_connection *conn;
	struct qnet_channel *channel;
	unsigned long chid;

	if (!qnet_process_ended(process))
		goto out;
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
out:
	qnet_process_put(process);
}

/* Called with the wait queue's and the task list's locks, interrupts off. */
static int qnet_process_exit_wake(struct wait_queue_entry *wait, unsigned int mode, int sync,
				  void *key)
{
	struct qnet_process *process = container_of(wait, struct qnet_process, exit_wait);

	if (!refcount_inc_not_zero(&process->refs))
		return 0;
	/* the queued work has a reference; where it is queued already this one is too many */
	while (!queue_work(qnet_process_wq, &process->exit_work))
		if (refcount_dec_not_one(&process->refs))
			break;
	return 0;
}

static void qnet_process_uncount(struct qnet_net *qn)
{
	struct pid_namespace *ns = NULL;

	spin_lock_bh(&qn->process_lock);
	if (!--qn->process_count) {
		ns = qn->pid_ns;
		WRITE_ONCE(qn->pid_ns, NULL);
	}
	spin_unlock_bh(&qn->process_lock);
	if (ns)
		put_pid_ns(ns);
}

/*
 * Counts the caller in, and numbers it as the pid namespace of the first process here does (the
 * machine's own network namespace: as the machine does). -EPERM where it is not visible there.
 */
static int qnet_process_count(struct qnet_net *qn, pid_t *pid)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	if (net_eq(qn->net, &init_net))
		ns = &init_pid_ns;
	spin_lock_bh(&qn->process_lock);
	if (!qn->process_count++)
		WRITE_ONCE(qn->pid_ns, get_pid_ns(ns));
	ns = qn->pid_ns;
	spin_unlock_bh(&qn->process_lock);

	*pid = pid_nr_ns(task_tgid(current), ns);
	if (*pid)
		return 0;
	qnet_process_uncount(qn);
	return -EPERM;
}

pid_t qnet_process_session(const struct qnet_process *process)
{
	pid_t sid;

	rcu_read_lock();
	sid = pid_nr_ns(task_session(current), process->qn->pid_ns);
	rcu_read_unlock();
	return sid;
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
	err = qnet_process_count(qn, &process->pid);
	if (err)
		goto err_free;

	refcount_set(&process->refs, 1);
	process->qn = qn;
	process->tgid = get_pid(task_tgid(current));
	process->incarnation = get_random_u64() | 1;
	process->user = user;
	process->next_slot = qnet_net_first(1, QNET_SLOT_MAX);
	atomic_set(&process->generation, qnet_net_first(0, QNET_SLOT_GENERATION));
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
		qnet_process_uncount(qn);
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
	struct qnet_process *process = NULL;
	struct pid_namespace *ns;
	struct pid *tgid;

	if (pid <= 0)
		return NULL;
	rcu_read_lock();
	ns = READ_ONCE(qn->pid_ns);	/* changed under process_lock; freed by RCU */
	tgid = ns ? find_pid_ns(pid, ns) : NULL;
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
	qnet_process_uncount(qn);
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
	/* with the links gone only works can still hold processes */
	flush_workqueue(qnet_process_wq);
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
