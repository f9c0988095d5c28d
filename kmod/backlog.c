// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames of ours that a device has and did not send yet
 */
#include "backlog.h"

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/percpu-refcount.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>

#include "bearer.h"
#include "net.h"
#include "recovery.h"
#include "session.h"

#define QNET_BACKLOG_PATIENCE	(10 * HZ)	/* until it is said why the module stays */

/* One for each frame, whose destructor is our code. */
static struct percpu_ref qnet_backlog_frames;
static DECLARE_COMPLETION(qnet_backlog_gone);

void qnet_backlog_setup(struct qnet_backlog *backlog)
{
	atomic_set(&backlog->frames, 0);
	spin_lock_init(&backlog->lock);
	INIT_LIST_HEAD(&backlog->waiting);
}

/* The first that waits, with a reference. */
static struct qnet_link *qnet_backlog_pop(struct qnet_backlog *backlog)
{
	struct qnet_link *link;

	spin_lock_bh(&backlog->lock);
	link = list_first_entry_or_null(&backlog->waiting, struct qnet_link, backlog);
	if (link) {
		list_del_init(&link->backlog);
		qnet_link_get(link);
	}
	spin_unlock_bh(&backlog->lock);
	return link;
}

/* Who sends may be under us on this CPU, and the device's lock, too: so the timer goes on. */
static void qnet_backlog_tell(struct qnet_backlog *backlog)
{
	struct qnet_link *link;

	while ((link = qnet_backlog_pop(backlog))) {
		spin_lock_bh(&link->lock);
		qnet_recovery_arm_at(link, ktime_get());
		spin_unlock_bh(&link->lock);
		qnet_link_put(link);
	}
}

/* The device sent the frame, or dropped it, or it came to another node of this machine. */
static void qnet_backlog_destruct(struct sk_buff *skb)
{
	struct qnet_bearer *bearer = skb_shinfo(skb)->destructor_arg;
	struct qnet_backlog *backlog = &bearer->backlog;

	/* a full barrier, as is that of qnet_backlog_room(): one of the two sees the other */
	if (atomic_dec_return(&backlog->frames) <= READ_ONCE(backlog->low) &&
	    !list_empty_careful(&backlog->waiting))
		qnet_backlog_tell(backlog);
	qnet_bearer_put(bearer);
	percpu_ref_put(&qnet_backlog_frames);
}

void qnet_backlog_charge(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	percpu_ref_get(&qnet_backlog_frames);
	qnet_bearer_get(bearer);
	atomic_inc(&bearer->backlog.frames);
	skb_shinfo(skb)->destructor_arg = bearer;
	skb->destructor = qnet_backlog_destruct;
}

bool qnet_backlog_room(struct qnet_link *link)
{
	struct qnet_backlog *backlog = &link->bearer->backlog;
	int most = qnet_param(&link->qn->params, device_frames);
	int low = most - DIV_ROUND_UP(most, 4);

	lockdep_assert_held(&link->lock);
	if (atomic_read(&backlog->frames) < most)
		return true;
	WRITE_ONCE(backlog->low, low);	/* read by qnet_backlog_destruct() */
	spin_lock(&backlog->lock);
	if (list_empty(&link->backlog))
		list_add_tail(&link->backlog, &backlog->waiting);
	spin_unlock(&backlog->lock);
	smp_mb();	/* pairs with qnet_backlog_destruct() */
	if (atomic_read(&backlog->frames) > low)
		return false;
	qnet_backlog_leave(link);
	return true;
}

void qnet_backlog_leave(struct qnet_link *link)
{
	struct qnet_backlog *backlog = &link->bearer->backlog;

	spin_lock_bh(&backlog->lock);
	list_del_init(&link->backlog);
	spin_unlock_bh(&backlog->lock);
}

static void qnet_backlog_release(struct percpu_ref *frames)
{
	complete(&qnet_backlog_gone);
}

int qnet_backlog_init(void)
{
	return percpu_ref_init(&qnet_backlog_frames, qnet_backlog_release, 0, GFP_KERNEL);
}

void qnet_backlog_exit(void)
{
	percpu_ref_kill(&qnet_backlog_frames);
	while (!wait_for_completion_timeout(&qnet_backlog_gone, QNET_BACKLOG_PATIENCE))
		pr_warn("qnet: a device still has frames of ours; the module waits for it\n");
	percpu_ref_exit(&qnet_backlog_frames);
	/* the last one's destructor is about to return */
	synchronize_rcu_tasks();
}
