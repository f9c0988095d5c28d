// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames of ours that a device has and did not send yet
 */
#include "backlog.h"

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/percpu-refcount.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/slab.h>

#include "bearer.h"
#include "net.h"
#include "session.h"

/* Until it is said why the module stays. */
#define QNET_BACKLOG_PATIENCE	msecs_to_jiffies(QNET_FIXED(unload_said))
#define QNET_BACKLOG_CONTENT	(-1)		/* .low of who waits for nothing */

/*
 * Lifetime and locking: the link has a reference, and each frame.  .lock keeps .link there.
 */
struct qnet_backlog {
	refcount_t refs;
	atomic_t frames;
	int low;		/* so few that the link is told; set and read anywhere */
	/* the link's lock */
	int most;		/* frames that the device may have ... */
	unsigned long until;	/* ... until then, in jiffies */
	bool waits;		/* bulk, for room */
	/* none */
	bool dry;		/* meanwhile the device ran out; set anywhere */
	struct qnet_bearer *bearer;
	spinlock_t lock;	/* of .link */
	struct qnet_link *link;	/* NULL: it is dead */
};

/* One for each frame, whose destructor is our code. */
static struct percpu_ref qnet_backlog_frames;
static DECLARE_COMPLETION(qnet_backlog_gone);

struct qnet_backlog *qnet_backlog_new(struct qnet_link *link, struct qnet_bearer *bearer)
{
	struct qnet_backlog *backlog = kzalloc(sizeof(*backlog), GFP_KERNEL_ACCOUNT);

	if (!backlog)
		return NULL;
	refcount_set(&backlog->refs, 1);
	backlog->low = QNET_BACKLOG_CONTENT;
	backlog->bearer = qnet_bearer_get(bearer);
	spin_lock_init(&backlog->lock);
	backlog->link = link;
	return backlog;
}

void qnet_backlog_put(struct qnet_backlog *backlog)
{
	if (!refcount_dec_and_test(&backlog->refs))
		return;
	qnet_bearer_put(backlog->bearer);
	kfree(backlog);
}

void qnet_backlog_leave(struct qnet_backlog *backlog)
{
	spin_lock_bh(&backlog->lock);
	backlog->link = NULL;
	spin_unlock_bh(&backlog->lock);
}

/*
 * Who sends may be under us on this CPU, and the device's lock, too: so a softirq goes on when they
 * have done.  A timer would be an interrupt, and late, for each dozen frames.
 */
static void qnet_backlog_tell(struct qnet_backlog *backlog)
{
	spin_lock_bh(&backlog->lock);
	WRITE_ONCE(backlog->low, QNET_BACKLOG_CONTENT); /* qnet_backlog_room() */
	if (backlog->link)
		tasklet_schedule(&backlog->link->tx.resume);
	spin_unlock_bh(&backlog->lock);
}

/*
 * Frames that @skb is: one, or what gso.c joined.  The stack may forget what it was told of that;
 * nobody else has a use for the key of a time stamp that was not asked for.
 */
static int qnet_backlog_count(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->tskey;
}

/* The device sent the frame, or dropped it, or it came to another node of this machine. */
static void qnet_backlog_destruct(struct sk_buff *skb)
{
	struct qnet_backlog *backlog = skb_shinfo(skb)->destructor_arg;
	int frames = atomic_sub_return(qnet_backlog_count(skb), &backlog->frames);

	if (!frames) {
		WRITE_ONCE(backlog->dry, true);		/* qnet_backlog_adapt() */
		atomic_dec(&backlog->bearer->senders);
	}
	/* atomic_sub_return() is a full barrier, as is that of qnet_backlog_room() */
	if (frames <= READ_ONCE(backlog->low))
		qnet_backlog_tell(backlog);
	qnet_backlog_put(backlog);
	percpu_ref_put(&qnet_backlog_frames);
}

/* @skb, one frame, is the device's; it was counted. */
static void qnet_backlog_own(struct qnet_backlog *backlog, struct sk_buff *skb)
{
	percpu_ref_get(&qnet_backlog_frames);
	refcount_inc(&backlog->refs);
	skb_shinfo(skb)->tskey = 1;
	skb_shinfo(skb)->destructor_arg = backlog;
	skb->destructor = qnet_backlog_destruct;
}

void qnet_backlog_charge(struct qnet_backlog *backlog, struct sk_buff *skb)
{
	if (atomic_inc_return(&backlog->frames) == 1)
		atomic_inc(&backlog->bearer->senders);
	qnet_backlog_own(backlog, skb);
}

void qnet_backlog_join(struct sk_buff **skb, unsigned int count)
{
	unsigned int i;

	skb_shinfo(skb[0])->tskey = count;
	for (i = 1; i < count; i++) {
		skb[i]->destructor = NULL;
		qnet_backlog_put(skb_shinfo(skb[i])->destructor_arg);
		percpu_ref_put(&qnet_backlog_frames);
	}
}

void qnet_backlog_split(struct sk_buff *first, struct sk_buff *list)
{
	if (first->destructor != qnet_backlog_destruct)
		return;		/* let go of already */
	/* of those that somebody took off the list the first one keeps the count */
	for (; list; list = list->next) {
		skb_shinfo(first)->tskey--;
		qnet_backlog_own(skb_shinfo(first)->destructor_arg, list);
	}
}

/* Frames that the device may have, of all links: more while it is known to be that fast. */
static int qnet_backlog_most(const struct qnet_link *link)
{
	int least = qnet_param(&link->qn->params, device_frames);

	lockdep_assert_held(&link->lock);
	if (qnet_session_yields(link) || time_after(jiffies, link->backlog->until))
		return least;
	return max(link->backlog->most, least);
}

/*
 * Bulk of @link, which waited, may go on: with more at a time if the device ran out of frames
 * meanwhile, with fewer if it did not.
 */
static void qnet_backlog_adapt(struct qnet_link *link)
{
	const struct qnet_params *params = &link->qn->params;
	struct qnet_backlog *backlog = link->backlog;
	int most = qnet_backlog_most(link);

	lockdep_assert_held(&link->lock);
	if (!backlog->waits)
		return;
	backlog->waits = false;
	/* qnet_backlog_destruct() */
	if (READ_ONCE(backlog->dry))
		most = min_t(int, 2 * most, qnet_param(params, device_most));
	else
		most -= DIV_ROUND_UP(most, (int)qnet_param(params, device_less));
	backlog->most = most;
	backlog->until = jiffies + msecs_to_jiffies(qnet_param(params, pull_idle));
}

/* Of those that the device may have this is the link's part. */
static int qnet_backlog_share(const struct qnet_link *link, int frames)
{
	int most = qnet_backlog_most(link);
	int senders = atomic_read(&link->bearer->senders) + !frames;

	return max(most / max(senders, 1), 1);
}

bool qnet_backlog_room(struct qnet_link *link, bool bulk)
{
	struct qnet_backlog *backlog = link->backlog;
	int frames = atomic_read(&backlog->frames);
	int share = qnet_backlog_share(link, frames), low;

	lockdep_assert_held(&link->lock);
	if (bulk)
		share -= share / (int)qnet_param(&link->qn->params, device_urgent);
	low = share / 2;
	if (bulk && frames <= low)
		qnet_backlog_adapt(link);
	if (frames < share)
		return true;
	if (bulk && !backlog->waits) {
		backlog->waits = true;
		WRITE_ONCE(backlog->dry, false);	/* qnet_backlog_destruct() */
	}
	WRITE_ONCE(backlog->low, low);	/* qnet_backlog_destruct(), qnet_backlog_tell() */
	smp_mb();	/* pairs with qnet_backlog_destruct() */
	if (atomic_read(&backlog->frames) > low)
		return false;
	WRITE_ONCE(backlog->low, QNET_BACKLOG_CONTENT);
	if (bulk)
		qnet_backlog_adapt(link);
	return true;
}

void qnet_backlog_no_bulk(struct qnet_link *link)
{
	lockdep_assert_held(&link->lock);
	link->backlog->waits = false;
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
