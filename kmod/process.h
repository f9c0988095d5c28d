/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - a thread group that has channels or connections here
 */
#ifndef _QNET_PROCESS_H
#define _QNET_PROCESS_H

#include <linux/list.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct qnet_channel;
struct qnet_net;
struct qnet_user;

/*
 * Lifetime and locking: from the first control socket to the last of control sockets, channels
 * and connections, each of which holds a reference; holds its namespace.  Found by RCU.
 * Immutable: qn, tgid, pid, incarnation, user.  The arrays have locks of their own, taken with
 * bottom halves off; what they point at is found under RCU.
 */
struct qnet_process {
	struct hlist_node node;		/* qn->processes, under qn->process_lock */
	refcount_t refs;
	struct qnet_net *qn;
	struct pid *tgid;
	pid_t pid;			/* in the namespace's pid namespace */
	u64 incarnation;
	struct qnet_user *user;
	struct xarray channels;		/* chid -> channel */
	struct xarray slots;		/* part of an rcvid -> slot of a client */
	u32 next_slot;			/* under the slots' lock */
	atomic_t generation;		/* of the last rcvid */
	struct xarray clients;		/* scoid -> client */
	spinlock_t lock;
	struct list_head connections;	/* under lock */
	struct list_head death_channels; /* COID_DISCONNECT, oldest first; under lock */
	struct wait_queue_entry exit_wait; /* on tgid */
	struct work_struct exit_work;
	struct rcu_head rcu;
};

/* The caller's process, made if need be: referenced or ERR_PTR. */
struct qnet_process *qnet_process_current(struct qnet_net *qn);
/* By pid as this namespace counts: referenced or NULL. */
struct qnet_process *qnet_process_find(struct qnet_net *qn, pid_t pid);
struct qnet_process *qnet_process_get(struct qnet_process *process);
void qnet_process_put(struct qnet_process *process);

static inline bool qnet_process_owns(const struct qnet_process *process)
{
	return process->tgid == task_tgid(current);
}

/* The caller's session, as its namespace counts. */
pid_t qnet_process_session(const struct qnet_process *process);

/* The channel that gets COIDDEATH pulses, the oldest that asked: referenced or NULL. */
struct qnet_channel *qnet_process_death_channel(struct qnet_process *process);

void qnet_process_net_init(struct qnet_net *qn);
void qnet_process_net_exit(struct qnet_net *qn);
int qnet_process_init(void);
void qnet_process_exit(void);

#endif
