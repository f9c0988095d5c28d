// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what the layer above sees of a link
 */
#include "link.h"

#include <linux/err.h>
#include <linux/slab.h>

#include "backlog.h"
#include "bearer.h"
#include "net.h"
#include "node.h"
#include "session.h"

const struct qnet_link_ops *qnet_link_upper;

struct qnet_link *qnet_link_find(struct qnet_node *node)
{
	struct qnet_bearer *bearer;
	struct qnet_link *link;

	rcu_read_lock();
	bearer = rcu_dereference(node->bearer);
	link = rcu_dereference(node->link);
	if (!bearer || !qnet_bearer_is_up(bearer))
		link = ERR_PTR(-EHOSTUNREACH);
	else if (!link || qnet_link_dead(link) || !refcount_inc_not_zero(&link->refs))
		link = ERR_PTR(-EHOSTDOWN);
	rcu_read_unlock();
	return link;
}

struct qnet_link *qnet_link_get(struct qnet_link *link)
{
	refcount_inc(&link->refs);
	return link;
}

void qnet_link_put(struct qnet_link *link)
{
	if (!link || !refcount_dec_and_test(&link->refs))
		return;
	if (link->was_up)
		qnet_link_upper->release(link);
	qnet_transmit_free(link);
	qnet_stat_inc(link->qn, links_freed);
	qnet_backlog_put(link->backlog);
	qnet_node_put(link->node);
	qnet_bearer_put(link->bearer);
	kfree_rcu(link, rcu);
}

bool qnet_link_queue(struct qnet_link *link, struct qnet_segment *seg)
{
	return qnet_transmit_queue(link, seg);
}

void qnet_link_kick(struct qnet_link *link)
{
	qnet_transmit_drain(link);
}

void qnet_link_forget(struct qnet_link *link, const void *owner)
{
	qnet_transmit_forget(link, owner);
}

u32 qnet_link_room(const struct qnet_link *link)
{
	return READ_ONCE(link->mtu) - sizeof(struct qnet_wire_header) - QNET_WIRE_CRC_SIZE;
}

bool qnet_link_dead(const struct qnet_link *link)
{
	return READ_ONCE(link->state) == QNET_SESSION_DEAD;
}

int qnet_link_error(const struct qnet_link *link)
{
	/* pairs with qnet_session_kill() */
	return smp_load_acquire(&link->state) == QNET_SESSION_DEAD ? link->error : 0;
}

u32 qnet_link_gaps(const struct qnet_link *link)
{
	return READ_ONCE(link->gaps);
}

u32 qnet_link_rtt(const struct qnet_link *link)
{
	return qnet_congestion_rtt(&link->tx.cc);
}

u32 qnet_link_fit(struct qnet_link *link, const struct qnet_bulk *bulk, u32 there)
{
	u32 fit;

	spin_lock_bh(&link->lock);
	fit = qnet_bulk_fit(bulk, &link->tx.cc, there, qnet_session_yields(link));
	spin_unlock_bh(&link->lock);
	return fit;
}

struct qnet_node *qnet_link_node(const struct qnet_link *link)
{
	return link->node;
}

struct qnet_net *qnet_link_net(const struct qnet_link *link)
{
	return link->qn;
}

u64 qnet_link_mark(const struct qnet_link *link)
{
	return READ_ONCE(link->frontier);
}

bool qnet_link_passed(const struct qnet_link *link, u64 mark)
{
	return READ_ONCE(link->rx.low) > mark;
}

void qnet_link_set_private(struct qnet_link *link, void *private)
{
	link->private = private;
}

void *qnet_link_private(const struct qnet_link *link)
{
	return link->private;
}

int qnet_link_init(void)
{
	return qnet_session_init();
}

void qnet_link_exit(void)
{
	qnet_session_exit();
}

void qnet_link_net_init(struct qnet_net *qn)
{
	spin_lock_init(&qn->link_lock);
	hash_init(qn->links);
}

/* After bearers and hellos: every link is dead, some may still wait for their burial. */
void qnet_link_net_exit(struct qnet_net *qn)
{
	flush_workqueue(qnet_session_wq);
	WARN_ON_ONCE(!hash_empty(qn->links));
}
