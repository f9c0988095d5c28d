// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bytes that this node asks of others at a time
 */
#include "pace.h"

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "message.h"

/* On the stack of who waits; off the list when it has its turn. */
struct qnet_pace_waiter {
	struct list_head list;
	struct task_struct *task;
	struct qnet_pace_turn turn;
	u32 want;
	u8 priority;
};

void qnet_pace_init(struct qnet_pace *pace)
{
	spin_lock_init(&pace->lock);
	INIT_LIST_HEAD(&pace->waiting);
}

/* @len bytes of what is left; none if that is less. */
static struct qnet_pace_turn qnet_pace_charge(struct qnet_pace *pace, u32 len)
{
	struct qnet_pace_turn turn = { .era = pace->era };

	lockdep_assert_held(&pace->lock);
	if (pace->asked + len > QNET_PACE_WINDOW)
		return turn;
	pace->asked += len;
	pace->moved = jiffies;
	turn.len = len;
	return turn;
}

/* Turns for those who wait, as far as there is room. */
static void qnet_pace_serve(struct qnet_pace *pace)
{
	struct qnet_pace_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &pace->waiting, list) {
		waiter->turn = qnet_pace_charge(pace, min(waiter->want, QNET_PACE_SHARE));
		if (!waiter->turn.len)
			break;
		list_del(&waiter->list);
		/* it returns when it had the lock, which is ours: it is there until then */
		wake_up_process(waiter->task);
	}
}

static void qnet_pace_enlist(struct qnet_pace *pace, struct qnet_pace_waiter *waiter)
{
	struct qnet_pace_waiter *other;

	lockdep_assert_held(&pace->lock);
	list_for_each_entry(other, &pace->waiting, list)
		if (other->priority < waiter->priority)
			break;
	list_add_tail(&waiter->list, &other->list);
}

/* Until @waiter has its turn, or a signal; with the lock, but for the sleep. */
static void qnet_pace_wait(struct qnet_pace *pace, struct qnet_pace_waiter *waiter)
{
	while (!waiter->turn.len) {
		if (time_after_eq(jiffies, pace->moved + QNET_PACE_PATIENCE)) {
			pace->asked = 0;
			pace->era++;
			qnet_pace_serve(pace);
			continue;
		}
		if (signal_pending(current)) {
			list_del(&waiter->list);
			qnet_pace_serve(pace);
			return;
		}
		set_current_state(QNET_SLEEP_SIGNAL);
		spin_unlock(&pace->lock);
		schedule_timeout(QNET_PACE_PATIENCE);
		spin_lock(&pace->lock);
	}
}

struct qnet_pace_turn qnet_pace_take(struct qnet_pace *pace, u32 len, u8 priority)
{
	struct qnet_pace_waiter waiter = { .task = current, .want = len, .priority = priority };

	spin_lock(&pace->lock);
	qnet_pace_enlist(pace, &waiter);
	qnet_pace_serve(pace);
	qnet_pace_wait(pace, &waiter);
	spin_unlock(&pace->lock);
	return waiter.turn;
}

struct qnet_pace_turn qnet_pace_more(struct qnet_pace *pace, u32 len)
{
	struct qnet_pace_turn turn = { };

	spin_lock(&pace->lock);
	if (list_empty(&pace->waiting))
		turn = qnet_pace_charge(pace, min(len, QNET_PACE_SHARE));
	spin_unlock(&pace->lock);
	return turn;
}

void qnet_pace_give(struct qnet_pace *pace, struct qnet_pace_turn turn)
{
	if (!turn.len)
		return;
	spin_lock(&pace->lock);
	pace->moved = jiffies;
	if (turn.era == pace->era)
		pace->asked -= turn.len;
	qnet_pace_serve(pace);
	spin_unlock(&pace->lock);
}
