// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bytes that this node asks of others at a time
 */
#include "pace.h"

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "link.h"
#include "message.h"
#include "param.h"

/* On the stack of who waits; off the list when it has its turn. */
struct qnet_pace_waiter {
	struct list_head list;
	struct task_struct *task;
	const struct qnet_link *link;
	struct qnet_pace_turn turn;
	u32 want;
	u8 priority;
};

static unsigned long qnet_pace_patience(const struct qnet_pace *pace)
{
	return msecs_to_jiffies(qnet_param(pace->params, pull_patience));
}

/* Did nothing move for so long that nobody knows what the way holds? */
static bool qnet_pace_idle(const struct qnet_pace *pace)
{
	unsigned long idle = msecs_to_jiffies(qnet_param(pace->params, pull_idle));

	return !pace->asked && time_after(jiffies, pace->moved + idle);
}

static void qnet_pace_begin(struct qnet_pace *pace, const struct qnet_link *peer)
{
	pace->peer = peer;
	qnet_bulk_init(&pace->bulk, pace->params, qnet_param(pace->params, pull));
}

void qnet_pace_init(struct qnet_pace *pace, const struct qnet_params *params)
{
	pace->params = params;
	spin_lock_init(&pace->lock);
	INIT_LIST_HEAD(&pace->waiting);
	qnet_pace_begin(pace, NULL);
}

/* A turn of @len bytes. */
static struct qnet_pace_turn qnet_pace_turn(struct qnet_pace *pace, const struct qnet_link *link,
					    u32 len)
{
	lockdep_assert_held(&pace->lock);
	pace->asked += len;
	pace->moved = jiffies;
	return (struct qnet_pace_turn) {
		.len = len,
		.there = pace->asked,
		.era = pace->era,
		.gaps = qnet_link_gaps(link),
		.losses = pace->losses,
	};
}

/* One of @len bytes at most; none if there is no room for it. */
static struct qnet_pace_turn qnet_pace_charge(struct qnet_pace *pace, const struct qnet_link *link,
					      u32 len)
{
	lockdep_assert_held(&pace->lock);
	if (pace->peer != link || qnet_pace_idle(pace))
		qnet_pace_begin(pace, link);
	len = min(len, pace->bulk.window / qnet_param(pace->params, pull_turns));
	if (pace->asked + len > pace->bulk.window)
		return (struct qnet_pace_turn) { };
	return qnet_pace_turn(pace, link, len);
}

/* Turns for those who wait, as far as there is room. */
static void qnet_pace_serve(struct qnet_pace *pace)
{
	struct qnet_pace_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &pace->waiting, list) {
		waiter->turn = qnet_pace_charge(pace, waiter->link, waiter->want);
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
		if (time_after_eq(jiffies, pace->moved + qnet_pace_patience(pace))) {
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
		spin_unlock_bh(&pace->lock);
		schedule_timeout(qnet_pace_patience(pace));
		spin_lock_bh(&pace->lock);
	}
}

struct qnet_pace_turn qnet_pace_take(struct qnet_pace *pace, const struct qnet_link *link, u32 len,
				     u8 priority)
{
	struct qnet_pace_waiter waiter = {
		.task = current,
		.link = link,
		.want = len,
		.priority = priority,
	};

	spin_lock_bh(&pace->lock);
	qnet_pace_enlist(pace, &waiter);
	qnet_pace_serve(pace);
	qnet_pace_wait(pace, &waiter);
	spin_unlock_bh(&pace->lock);
	return waiter.turn;
}

struct qnet_pace_turn qnet_pace_more(struct qnet_pace *pace, const struct qnet_link *link, u32 len)
{
	struct qnet_pace_turn turn = { };

	spin_lock_bh(&pace->lock);
	if (list_empty(&pace->waiting))
		turn = qnet_pace_charge(pace, link, len);
	spin_unlock_bh(&pace->lock);
	return turn;
}

struct qnet_pace_turn qnet_pace_unasked(struct qnet_pace *pace, const struct qnet_link *link,
					u32 len)
{
	unsigned long moved;
	struct qnet_pace_turn turn;

	spin_lock_bh(&pace->lock);
	moved = pace->moved;
	turn = qnet_pace_turn(pace, link, min(len, pace->bulk.window));
	pace->moved = moved;
	spin_unlock_bh(&pace->lock);
	return turn;
}

/*
 * Nothing while the way carries no more than what all may be asked for, or others wait for it.  A
 * turn is left, so that the rest can be asked for while this comes.
 */
u32 qnet_pace_grant(struct qnet_pace *pace, const struct qnet_link *link)
{
	u32 grant = 0;

	spin_lock_bh(&pace->lock);
	if (pace->peer == link && list_empty(&pace->waiting) &&
	    pace->bulk.window > qnet_param(pace->params, pull))
		grant = pace->bulk.window -
			pace->bulk.window / qnet_param(pace->params, pull_turns);
	spin_unlock_bh(&pace->lock);
	return grant;
}

/* What came of @turn says how much more may be asked for. */
static void qnet_pace_learn(struct qnet_pace *pace, struct qnet_link *link,
			    const struct qnet_pace_turn *turn)
{
	const struct qnet_params *params = pace->params;
	struct qnet_bulk *bulk = &pace->bulk;
	u32 there;

	lockdep_assert_held(&pace->lock);
	if (qnet_link_gaps(link) == turn->gaps) {
		/* round trips tell of then and of now */
		there = max(turn->there, pace->asked + turn->len);
		qnet_bulk_came(bulk, turn->len, qnet_link_fit(link, bulk, there),
			       qnet_param(params, pull_least), qnet_param(params, pull_peer));
	} else if (turn->losses == pace->losses) {	/* else they were counted already */
		pace->losses++;
		qnet_bulk_lost(bulk, qnet_param(params, pull));
	}
}

void qnet_pace_give(struct qnet_pace *pace, struct qnet_link *link, struct qnet_pace_turn turn,
		    bool came)
{
	if (!turn.len)
		return;
	spin_lock_bh(&pace->lock);
	pace->moved = jiffies;
	if (turn.era == pace->era)
		pace->asked -= turn.len;
	if (came && link == pace->peer)
		qnet_pace_learn(pace, link, &turn);
	qnet_pace_serve(pace);
	spin_unlock_bh(&pace->lock);
}
