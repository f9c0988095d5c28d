// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bytes that this node asks of others at a time
 */
#include "pace.h"

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>

/* On the stack of who waits; off the list when .got is set. */
struct qnet_pace_turn {
	struct list_head list;
	struct completion come;
	u32 len;
	u32 got;
	u8 priority;
};

void qnet_pace_init(struct qnet_pace *pace)
{
	spin_lock_init(&pace->lock);
	INIT_LIST_HEAD(&pace->waiting);
}

static u32 qnet_pace_charge(struct qnet_pace *pace, u32 len)
{
	lockdep_assert_held(&pace->lock);
	pace->asked += len;
	return len;
}

static void qnet_pace_enlist(struct qnet_pace *pace, struct qnet_pace_turn *turn)
{
	struct qnet_pace_turn *other;

	lockdep_assert_held(&pace->lock);
	list_for_each_entry(other, &pace->waiting, list)
		if (other->priority < turn->priority)
			break;
	list_add_tail(&turn->list, &other->list);
}

u32 qnet_pace_take(struct qnet_pace *pace, u32 len, u8 priority)
{
	struct qnet_pace_turn turn = { .len = len, .priority = priority };
	long left;

	spin_lock(&pace->lock);
	if (pace->asked < QNET_PACE_WINDOW && list_empty(&pace->waiting)) {
		len = qnet_pace_charge(pace, min(len, QNET_PACE_WINDOW - pace->asked));
		spin_unlock(&pace->lock);
		return len;
	}
	init_completion(&turn.come);
	qnet_pace_enlist(pace, &turn);
	spin_unlock(&pace->lock);

	left = wait_for_completion_interruptible_timeout(&turn.come, QNET_PACE_PATIENCE);

	spin_lock(&pace->lock);
	if (!turn.got) {
		list_del(&turn.list);
		if (left >= 0)
			turn.got = qnet_pace_charge(pace, min(len, QNET_PACE_LITTLE));
	}
	spin_unlock(&pace->lock);
	return turn.got;
}

void qnet_pace_give(struct qnet_pace *pace, u32 len)
{
	struct qnet_pace_turn *turn, *next;

	spin_lock(&pace->lock);
	pace->asked -= len;
	list_for_each_entry_safe(turn, next, &pace->waiting, list) {
		if (pace->asked >= QNET_PACE_WINDOW)
			break;
		list_del(&turn->list);
		turn->got = qnet_pace_charge(pace, min(turn->len, QNET_PACE_SHARE));
		/* under the lock: it is on the stack of who may be gone after */
		complete(&turn->come);
	}
	spin_unlock(&pace->lock);
}
