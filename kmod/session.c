// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the life of a link: opening, up, dead
 *
 * Silence is counted in ticks of our own timer, not read off a clock, and only while our own probes
 * go out in time: a machine, or a CPU of it, that stood still does not take that for the silence of
 * others.
 */
#include "session.h"

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "backlog.h"
#include "bearer.h"
#include "hello.h"
#include "net.h"
#include "node.h"
#include "recovery.h"

struct workqueue_struct *qnet_session_wq;

struct qnet_link *qnet_session_find(struct qnet_net *qn, u32 index)
{
	struct qnet_link *link;

	rcu_read_lock();
	hash_for_each_possible_rcu(qn->links, link, hash, index)
		if (link->index == index && refcount_inc_not_zero(&link->refs))
			goto found;
	link = NULL;
found:
	rcu_read_unlock();
	return link;
}

/* Liveness ---------------------------------------------------------------------------------- */

static void qnet_session_ping_done(struct qnet_segment *seg, int err)
{
	struct qnet_link *link = container_of(seg, struct qnet_link, ping);

	spin_lock_bh(&link->lock);
	link->ping_busy = false;
	spin_unlock_bh(&link->lock);
}

static const struct qnet_segment_ops qnet_session_ping_ops = {
	.done = qnet_session_ping_done,
};

void qnet_session_ping(struct qnet_link *link)
{
	bool busy;

	spin_lock_bh(&link->lock);
	busy = link->ping_busy || link->state != QNET_SESSION_UP;
	if (!busy) {
		/* whatever else waits for the window */
		link->ping_busy = true;
		qnet_transmit_queue_alone(link, &link->ping);
	}
	spin_unlock_bh(&link->lock);
	if (!busy)
		qnet_transmit_drain(link);
}

static ktime_t qnet_session_tick(const struct qnet_link *link)
{
	return ns_to_ktime((u64)READ_ONCE(link->qn->dead_after) *
			   (NSEC_PER_MSEC / QNET_SESSION_TICKS));
}

/* A wire that comes and goes must not do so in step with PINGs: up to half a tick is by chance. */
static void qnet_session_next(struct qnet_link *link, ktime_t from)
{
	ktime_t tick = qnet_session_tick(link);

	link->ticks = link->silent < QNET_SESSION_TICKS_PING ? QNET_SESSION_TICKS_LOOK : 1;
	link->due = ktime_add_ns(from, link->ticks * tick);
	link->expected = link->due;
	if (link->silent)
		link->expected = ktime_add_ns(link->due,
					      mul_u64_u32_shr(tick / 2, get_random_u32(), 32));
}

static enum hrtimer_restart qnet_session_live(struct hrtimer *timer)
{
	struct qnet_link *link = container_of(timer, struct qnet_link, live_timer);
	ktime_t patience = QNET_SESSION_TICKS_LOOK * qnet_session_tick(link);
	ktime_t now = ktime_get();
	bool late = ktime_compare(now, ktime_add(link->expected, patience)) > 0;

	if (READ_ONCE(link->state) != QNET_SESSION_UP)
		return HRTIMER_NORESTART;
	if (READ_ONCE(link->heard)) {
		WRITE_ONCE(link->heard, false);
		link->silent = 0;
	} else if (!late && !qnet_recovery_overdue(link, now, patience)) {
		link->silent += link->ticks;
	}

	if (link->silent >= QNET_SESSION_TICKS) {
		qnet_stat_inc(link->qn, links_dead);
		qnet_session_kill(link, -EHOSTDOWN);
		return HRTIMER_NORESTART;
	}
	if (link->silent >= QNET_SESSION_TICKS_PING)
		qnet_session_ping(link);

	/* silence begins no sooner than with the look that heard something */
	qnet_session_next(link, late || !link->silent ? now : link->due);
	hrtimer_set_expires(timer, link->expected);
	return HRTIMER_RESTART;
}

/* Birth ------------------------------------------------------------------------------------- */

static void qnet_session_hash(struct qnet_link *link)
{
	struct qnet_net *qn = link->qn;
	struct qnet_link *other;
	bool taken;

	spin_lock_bh(&qn->link_lock);
	do {
		link->index = get_random_u32();
		taken = !link->index;
		hash_for_each_possible(qn->links, other, hash, link->index)
			taken |= other->index == link->index;
	} while (taken);
	hash_add_rcu(qn->links, &link->hash, link->index);
	spin_unlock_bh(&qn->link_lock);
}

static void qnet_session_dead_work(struct work_struct *work);

struct qnet_link *qnet_session_new(struct qnet_node *node, bool initiator)
{
	struct qnet_net *qn = node->qn;
	struct qnet_bearer *bearer;
	struct qnet_link *link;

	lockdep_assert_held(&qn->config_lock);
	bearer = rcu_dereference_protected(node->bearer, lockdep_is_held(&qn->config_lock));
	if (!bearer || !qnet_bearer_is_up(bearer))
		return ERR_PTR(-EHOSTUNREACH);
	link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return ERR_PTR(-ENOMEM);

	link->backlog = qnet_backlog_new(link, bearer);
	if (!link->backlog) {
		kfree(link);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&link->refs, 1);
	link->qn = qn;
	link->node = qnet_node_get(node);
	link->bearer = qnet_bearer_get(bearer);
	link->initiator = initiator;
	link->ack_delay = qnet_param(&qn->params, ack_delay);
	link->peer_mtu = bearer->mtu;
	qnet_mtu_setup(link);
	qnet_mtu_agree(link);
	memcpy(link->lladdr, node->lladdr, ETH_ALEN);
	spin_lock_init(&link->lock);
	spin_lock_init(&link->rx_lock);
	qnet_ack_init(&link->rx, qnet_net_first(1, U32_MAX));
	qnet_transmit_setup(link);
	INIT_LIST_HEAD(&link->ping.list);
	link->ping.ops = &qnet_session_ping_ops;
	link->ping.owner = link;
	link->ping.info.kind = QNET_SEG_PING;
	hrtimer_setup(&link->live_timer, qnet_session_live, CLOCK_MONOTONIC,
		      HRTIMER_MODE_ABS_SOFT);
	INIT_WORK(&link->dead_work, qnet_session_dead_work);
	link->small = jiffies - 61 * HZ;	/* longer than bulk_yields may be */
	qnet_session_hash(link);
	qnet_stat_inc(qn, links_made);
	return link;
}

/* What the peer's HELLO says about the session that opens. */
void qnet_session_agree(struct qnet_link *link, const struct qnet_hello *hello)
{
	lockdep_assert_held(&link->qn->config_lock);
	link->remote = hello->index;
	link->peer_incarnation = hello->incarnation;
	link->peer_ack_delay = hello->ack_delay;
	link->peer_mtu = hello->mtu;
	qnet_mtu_agree(link);
	qnet_congestion_init(&link->tx.cc, &link->qn->params, link->mtu);
	qnet_bulk_init(&link->tx.push, &link->qn->params, qnet_param(&link->qn->params, pull));
}

void qnet_session_saw(struct qnet_link *link, const struct qnet_segment_info *info)
{
	unsigned long now = jiffies;

	switch (info->kind) {
	case QNET_SEG_SEND:
	case QNET_SEG_SEND_AFTER:
		if (info->send_len > info->payload_len ||
		    info->recv_len > qnet_param(&link->qn->params, small_reply))
			return;
		break;
	case QNET_SEG_PULSE:
		break;
	default:
		return;
	}
	/* qnet_session_yields(); others write it, too, and seldom find another time */
	if (READ_ONCE(link->small) != now)
		WRITE_ONCE(link->small, now);
}

bool qnet_session_yields(const struct qnet_link *link)
{
	unsigned long yields = msecs_to_jiffies(qnet_param(&link->qn->params, bulk_yields));

	/* qnet_session_saw() */
	return time_before(jiffies, READ_ONCE(link->small) + yields);
}

/* The node's opening becomes its link. */
int qnet_session_up(struct qnet_link *link)
{
	struct qnet_node *node = link->node;
	int err;

	lockdep_assert_held(&link->qn->config_lock);
	err = qnet_link_upper->up(link);
	if (err)
		return err;

	link->was_up = true;
	link->up_since = ktime_get_ns();
	spin_lock_bh(&link->lock);
	if (link->state == QNET_SESSION_OPENING)
		WRITE_ONCE(link->state, QNET_SESSION_UP);
	spin_unlock_bh(&link->lock);

	node->opening = NULL;
	node->incarnation = link->peer_incarnation;
	node->expected = 0;
	node->echo = 0;
	node->cookie = 0;	/* it was to replace another session */
	node->inits = 0;
	rcu_assign_pointer(node->link, link);
	WRITE_ONCE(link->heard, true);	/* frames may come in already */
	qnet_session_next(link, ktime_get());
	hrtimer_start(&link->live_timer, link->expected, HRTIMER_MODE_ABS_SOFT);
	qnet_node_changed(node);
	return 0;
}

/* Death ------------------------------------------------------------------------------------- */

void qnet_session_kill(struct qnet_link *link, int err)
{
	struct qnet_net *qn = link->qn;
	bool first;

	spin_lock_bh(&link->lock);
	first = link->state != QNET_SESSION_DEAD;
	if (first) {
		link->error = err;
		smp_store_release(&link->state, QNET_SESSION_DEAD); /* qnet_link_error() */
	}
	spin_unlock_bh(&link->lock);
	if (!first)
		return;

	spin_lock_bh(&qn->link_lock);
	hash_del_rcu(&link->hash);
	spin_unlock_bh(&qn->link_lock);
	qnet_link_get(link);
	queue_work(qnet_session_wq, &link->dead_work);
}

static void qnet_session_bury(struct qnet_link *link)
{
	struct qnet_node *node = link->node;
	bool was_link;

	lockdep_assert_held(&link->qn->config_lock);
	if (link->buried)
		return;
	link->buried = true;

	/* Reception and whoever has taken segments off the link has done with them after this. */
	if (link->was_up)
		synchronize_rcu();
	hrtimer_cancel(&link->live_timer);
	qnet_transmit_stop(link);
	if (link->was_up)
		qnet_link_upper->down(link);

	was_link = rcu_access_pointer(node->link) == link;
	if (was_link)
		RCU_INIT_POINTER(node->link, NULL);
	else if (node->opening == link)
		node->opening = NULL;
	if (was_link)
		qnet_node_changed(node);
	qnet_link_put(link);
}

static void qnet_session_dead_work(struct work_struct *work)
{
	struct qnet_link *link = container_of(work, struct qnet_link, dead_work);
	struct qnet_net *qn = link->qn;

	mutex_lock(&qn->config_lock);
	if (!link->buried) {
		qnet_session_bury(link);
		qnet_hello_kick(qn);
	}
	mutex_unlock(&qn->config_lock);
	qnet_link_put(link);
}

void qnet_session_end(struct qnet_link *link, int err, bool bye)
{
	if (bye)
		qnet_transmit_bye(link);
	qnet_session_kill(link, err);
	qnet_session_bury(link);
}

int qnet_session_init(void)
{
	qnet_session_wq = alloc_workqueue("qnet", WQ_UNBOUND, 0);
	return qnet_session_wq ? 0 : -ENOMEM;
}

void qnet_session_exit(void)
{
	destroy_workqueue(qnet_session_wq);
}
