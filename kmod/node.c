// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - nodes: names, this node's numbers for them, and their one link
 *
 * Numbers go up and are not used again, so an nd that a program kept never means another node.
 */
#include "node.h"

#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/netlink.h>
#include <linux/qnet.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bearer.h"
#include "hello.h"
#include "net.h"
#include "session.h"

static_assert(QNET_WIRE_NAME_SIZE == QNET_NODE_NAME_SIZE);

const struct qnet_node_watch *qnet_node_watcher;

struct qnet_link *qnet_node_link(const struct qnet_node *node)
{
	return rcu_dereference_protected(node->link, lockdep_is_held(&node->qn->config_lock));
}

struct qnet_bearer *qnet_node_bearer(const struct qnet_node *node)
{
	return rcu_dereference_protected(node->bearer, lockdep_is_held(&node->qn->config_lock));
}

/* Lookup and references --------------------------------------------------------------------- */

void qnet_node_own_name(struct qnet_net *qn, char name[QNET_WIRE_NAME_SIZE])
{
	spin_lock_bh(&qn->node_lock);
	memcpy(name, qn->name, QNET_WIRE_NAME_SIZE);
	spin_unlock_bh(&qn->node_lock);
}

int qnet_node_lookup(struct qnet_net *qn, const char *name)
{
	char own[QNET_WIRE_NAME_SIZE];
	struct qnet_node *node;
	int nd = -ENOENT;

	if (!name[0])
		return -ENOENT;
	qnet_node_own_name(qn, own);
	if (!strcmp(own, name))
		return 0;
	rcu_read_lock();
	list_for_each_entry_rcu(node, &qn->nodes, list) {
		if (!strcmp(node->name, name)) {
			nd = node->nd;
			break;
		}
	}
	rcu_read_unlock();
	return nd;
}

struct qnet_node *qnet_node_get_nd(struct qnet_net *qn, u32 nd)
{
	struct qnet_node *node;

	rcu_read_lock();
	node = xa_load(&qn->node_by_nd, nd);
	if (node && !refcount_inc_not_zero(&node->refs))
		node = NULL;
	rcu_read_unlock();
	return node;
}

struct qnet_node *qnet_node_get(struct qnet_node *node)
{
	refcount_inc(&node->refs);
	return node;
}

void qnet_node_put(struct qnet_node *node)
{
	if (!node || !refcount_dec_and_test(&node->refs))
		return;
	qnet_bearer_put(rcu_dereference_protected(node->bearer, true));
	qnet_stat_inc(node->qn, nodes_freed);
	kfree_rcu(node, rcu);
}

u32 qnet_node_nd(const struct qnet_node *node)
{
	return node->nd;
}

const char *qnet_node_name(const struct qnet_node *node)
{
	return node->name;
}

struct qnet_node *qnet_node_find(struct qnet_net *qn, const char *name)
{
	struct qnet_node *node;

	lockdep_assert_held(&qn->config_lock);
	list_for_each_entry(node, &qn->nodes, list)
		if (!strcmp(node->name, name))
			return node;
	return NULL;
}

/* Status ------------------------------------------------------------------------------------ */

static void qnet_node_fill_status(const struct qnet_node *node, struct qnet_node_status *status)
{
	const struct qnet_link *link = qnet_node_link(node);

	memset(status, 0, sizeof(*status));
	status->nd = node->nd;
	strscpy(status->name, node->name, sizeof(status->name));
	ether_addr_copy(status->lladdr, node->lladdr);
	status->ifindex = node->ifindex;
	status->is_static = node->is_static;
	status->incarnation = node->incarnation;
	status->dead_after = READ_ONCE(node->qn->dead_after);
	status->eager = READ_ONCE(node->qn->eager);
	status->state = node->opening ? QNET_NODE_CONNECTING : QNET_NODE_DOWN;
	if (!link || qnet_link_dead(link))
		return;
	status->state = QNET_NODE_UP;
	status->rtt = qnet_congestion_rtt(&link->tx.cc);
	status->mtu = READ_ONCE(link->mtu);
	status->up_for = ktime_get_ns() - link->up_since;
}

static void qnet_node_fill_own(struct qnet_net *qn, struct qnet_node_status *status)
{
	memset(status, 0, sizeof(*status));
	strscpy(status->name, qn->name, sizeof(status->name));
	status->state = QNET_NODE_LOCAL;
	status->incarnation = qn->incarnation;
	status->dead_after = READ_ONCE(qn->dead_after);
	status->eager = READ_ONCE(qn->eager);
}

int qnet_node_status(struct qnet_net *qn, u32 nd, struct qnet_node_status *status)
{
	unsigned long index = nd;
	struct qnet_node *node;

	mutex_lock(&qn->config_lock);
	node = nd ? xa_find(&qn->node_by_nd, &index, U32_MAX, XA_PRESENT) : NULL;
	if (node)
		qnet_node_fill_status(node, status);
	else if (!nd)
		qnet_node_fill_own(qn, status);
	mutex_unlock(&qn->config_lock);
	return node || !nd ? 0 : -ENOENT;
}

static void qnet_node_notify(const struct qnet_node *node, bool removed)
{
	struct qnet_node_status status;

	if (!qnet_node_watcher)
		return;
	qnet_node_fill_status(node, &status);
	qnet_node_watcher->changed(node->qn, &status, removed);
}

void qnet_node_changed(const struct qnet_node *node)
{
	qnet_node_notify(node, false);
}

/* Coming and going -------------------------------------------------------------------------- */

static void qnet_node_end_sessions(struct qnet_node *node, int err, bool bye)
{
	struct qnet_link *link = qnet_node_link(node);

	if (link)
		qnet_session_end(link, err, bye);
	if (node->opening)
		qnet_session_end(node->opening, err, false);
}

static void qnet_node_set_bearer(struct qnet_node *node, struct qnet_bearer *bearer)
{
	struct qnet_bearer *old = qnet_node_bearer(node);

	if (bearer) {
		node->ifindex = bearer->ifindex;
		qnet_bearer_get(bearer);
	}
	rcu_assign_pointer(node->bearer, bearer);
	qnet_bearer_put(old);
}

/* The node is to be reached here from now on; it has no session. */
void qnet_node_move(struct qnet_node *node, struct qnet_bearer *bearer, const u8 *lladdr)
{
	lockdep_assert_held(&node->qn->config_lock);
	qnet_node_set_bearer(node, bearer);
	ether_addr_copy(node->lladdr, lladdr);
}

static struct qnet_node *qnet_node_new(struct qnet_net *qn, const char *name)
{
	struct qnet_node *node;
	int err;

	lockdep_assert_held(&qn->config_lock);
	if (qn->next_nd >= S32_MAX)
		return ERR_PTR(-ENOSPC);
	node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	if (!node)
		return ERR_PTR(-ENOMEM);
	refcount_set(&node->refs, 1);
	node->qn = qn;
	node->nd = qn->next_nd;
	node->seen = jiffies;
	node->next_init = jiffies;
	strscpy(node->name, name, sizeof(node->name));
	ratelimit_state_init(&node->answers, HZ, qnet_param(&qn->params, hellos_answered));
	ratelimit_set_flags(&node->answers, RATELIMIT_MSG_ON_RELEASE);

	err = xa_err(xa_store(&qn->node_by_nd, node->nd, node, GFP_KERNEL_ACCOUNT));
	if (err) {
		kfree(node);
		return ERR_PTR(err);
	}
	qn->next_nd++;
	list_add_tail_rcu(&node->list, &qn->nodes);
	qnet_stat_inc(qn, nodes_made);
	return node;
}

static void qnet_node_remove(struct qnet_node *node, bool bye)
{
	struct qnet_net *qn = node->qn;

	lockdep_assert_held(&qn->config_lock);
	qnet_node_end_sessions(node, -EHOSTDOWN, bye);
	if (!node->is_static)
		qn->node_count--;
	xa_erase(&qn->node_by_nd, node->nd);
	list_del_rcu(&node->list);
	qnet_node_notify(node, true);
	qnet_node_put(node);
}

/* Make room for one more learnt node: the one not heard for longest that nothing refers to. */
static bool qnet_node_evict(struct qnet_net *qn)
{
	const struct qnet_params *params = &qn->params;
	struct qnet_node *oldest = NULL;
	struct qnet_node *node;
	unsigned long stale;

	list_for_each_entry(node, &qn->nodes, list) {
		stale = msecs_to_jiffies(node->incarnation ? qnet_param(params, node_stale) :
							     qnet_param(params, node_stale_new));
		if (node->is_static || refcount_read(&node->refs) > 1 ||
		    time_before(jiffies, node->seen + stale))
			continue;
		if (!oldest || time_before(node->seen, oldest->seen))
			oldest = node;
	}
	if (!oldest)
		return false;
	qnet_node_remove(oldest, false);
	return true;
}

/* Not referenced; ERR_PTR when there are too many. */
struct qnet_node *qnet_node_learn(struct qnet_net *qn, const char *name)
{
	struct qnet_node *node;

	while (qn->node_count >= qnet_param(&qn->params, nodes_learnt))
		if (!qnet_node_evict(qn))
			return ERR_PTR(-ENOSPC);
	node = qnet_node_new(qn, name);
	if (!IS_ERR(node))
		qn->node_count++;
	return node;
}

/* Bearers ----------------------------------------------------------------------------------- */

void qnet_node_bearer_gone(struct qnet_net *qn, struct qnet_bearer *bearer, int err)
{
	struct qnet_node *node;

	lockdep_assert_held(&qn->config_lock);
	list_for_each_entry(node, &qn->nodes, list)
		if (qnet_node_bearer(node) == bearer)
			qnet_node_end_sessions(node, err, true);
}

void qnet_node_bearer_mtu(struct qnet_net *qn, struct qnet_bearer *bearer)
{
	struct qnet_node *node;
	struct qnet_link *link;

	lockdep_assert_held(&qn->config_lock);
	list_for_each_entry(node, &qn->nodes, list) {
		if (qnet_node_bearer(node) != bearer)
			continue;
		link = qnet_node_link(node);
		if (link && !qnet_mtu_follow(link))
			qnet_session_end(link, -EHOSTDOWN, true);
		if (node->opening)
			qnet_mtu_follow(node->opening);
	}
}

void qnet_node_bearer_replace(struct qnet_net *qn, struct qnet_bearer *bearer,
			      struct qnet_bearer *by)
{
	struct qnet_node *node;

	lockdep_assert_held(&qn->config_lock);
	list_for_each_entry(node, &qn->nodes, list)
		if (qnet_node_bearer(node) == bearer)
			qnet_node_set_bearer(node, by);
}

void qnet_node_bearer_forget(struct qnet_net *qn, struct qnet_bearer *bearer)
{
	qnet_node_bearer_replace(qn, bearer, NULL);
}

/* Configuration ----------------------------------------------------------------------------- */

static int qnet_node_check(struct qnet_net *qn, const char *name, const u8 *lladdr, int ifindex,
			   struct netlink_ext_ack *extack)
{
	if (!qnet_wire_name_valid(name, QNET_WIRE_NAME_SIZE)) {
		NL_SET_ERR_MSG(extack, "not a name of a node: letters, digits, '-', '_', dots");
		return -EINVAL;
	}
	if (!strcmp(name, qn->name)) {
		NL_SET_ERR_MSG(extack, "that is this node's own name");
		return -EEXIST;
	}
	if (!is_valid_ether_addr(lladdr)) {
		NL_SET_ERR_MSG(extack, "not the address of a station");
		return -EINVAL;
	}
	if (!qnet_bearer_find(qn, ifindex)) {
		NL_SET_ERR_MSG(extack, "device is not a bearer: add it first");
		return -ENODEV;
	}
	return 0;
}

static int qnet_node_pin(struct qnet_net *qn, const char *name, const u8 *lladdr, int ifindex,
			 struct netlink_ext_ack *extack)
{
	struct qnet_bearer *bearer = qnet_bearer_find(qn, ifindex);
	struct qnet_node *node = qnet_node_find(qn, name);

	if (node && node->is_static) {
		NL_SET_ERR_MSG(extack, "node exists: delete it first");
		return -EEXIST;
	}
	if (!node) {
		node = qnet_node_new(qn, name);
		if (IS_ERR(node))
			return PTR_ERR(node);
	} else {
		qn->node_count--;
		if (qnet_node_bearer(node) != bearer || !ether_addr_equal(node->lladdr, lladdr))
			qnet_node_end_sessions(node, -EHOSTDOWN, true);
	}
	node->is_static = true;
	qnet_node_move(node, bearer, lladdr);
	node->inits = 0;
	node->next_init = jiffies;
	qnet_node_changed(node);
	qnet_hello_kick(qn);
	return 0;
}

int qnet_node_add(struct qnet_net *qn, const char *name, const u8 *lladdr, int ifindex,
		  struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&qn->config_lock);
	err = qnet_node_check(qn, name, lladdr, ifindex, extack);
	if (!err)
		err = qnet_node_pin(qn, name, lladdr, ifindex, extack);
	mutex_unlock(&qn->config_lock);
	return err;
}

int qnet_node_del(struct qnet_net *qn, u32 nd, struct netlink_ext_ack *extack)
{
	struct qnet_node *node;

	if (!nd) {
		NL_SET_ERR_MSG(extack, "this node cannot be deleted");
		return -EINVAL;
	}
	mutex_lock(&qn->config_lock);
	node = xa_load(&qn->node_by_nd, nd);
	if (node)
		qnet_node_remove(node, true);
	else
		NL_SET_ERR_MSG(extack, "no such node");
	mutex_unlock(&qn->config_lock);
	return node ? 0 : -ENOENT;
}

static void qnet_node_rename(struct qnet_net *qn, const char *name)
{
	struct qnet_node_status status;
	struct qnet_bearer *bearer;
	struct qnet_node *node;

	list_for_each_entry(node, &qn->nodes, list) {
		qnet_node_end_sessions(node, -EHOSTDOWN, true);
		node->inits = 0;
		node->next_init = jiffies;
	}
	spin_lock_bh(&qn->node_lock);
	memset(qn->name, 0, sizeof(qn->name));
	strscpy(qn->name, name, sizeof(qn->name));
	spin_unlock_bh(&qn->node_lock);

	list_for_each_entry(bearer, &qn->bearers, list)
		bearer->next_announce = jiffies;
	qnet_hello_kick(qn);
	if (!qnet_node_watcher)
		return;
	qnet_node_fill_own(qn, &status);
	qnet_node_watcher->changed(qn, &status, false);
}

int qnet_node_set_name(struct qnet_net *qn, const char *name, struct netlink_ext_ack *extack)
{
	int err = 0;

	if (!qnet_wire_name_valid(name, QNET_WIRE_NAME_SIZE)) {
		NL_SET_ERR_MSG(extack, "not a name of a node: letters, digits, '-', '_', dots");
		return -EINVAL;
	}
	mutex_lock(&qn->config_lock);
	if (qnet_node_find(qn, name)) {
		NL_SET_ERR_MSG(extack, "another node has that name");
		err = -EEXIST;
	} else if (strcmp(qn->name, name)) {
		qnet_node_rename(qn, name);
	}
	mutex_unlock(&qn->config_lock);
	return err;
}

void qnet_node_net_init(struct qnet_net *qn)
{
	INIT_LIST_HEAD(&qn->nodes);
	xa_init(&qn->node_by_nd);
	spin_lock_init(&qn->node_lock);
	qn->next_nd = 1;
	qn->dead_after = QNET_NODE_DEAD_AFTER_DEFAULT;
}

void qnet_node_net_exit(struct qnet_net *qn)
{
	struct qnet_node *node, *next;

	mutex_lock(&qn->config_lock);
	list_for_each_entry_safe(node, next, &qn->nodes, list)
		qnet_node_remove(node, true);
	mutex_unlock(&qn->config_lock);
	xa_destroy(&qn->node_by_nd);
}
