// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bearers: the network devices that carry frames
 *
 * RTNL is taken before config_lock, here and nowhere else.  A device that is removed leaves its
 * bearer in the list, gone, so that it is shown; adding the device again replaces it.
 */
#include "bearer.h"

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/qnet.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ether.h"
#include "hello.h"
#include "net.h"
#include "node.h"
#include "wire.h"

const struct qnet_bearer_watch *qnet_bearer_watcher;

u16 qnet_bearer_ethertype(void)
{
	return qnet_ether_protocol();
}

static struct net_device *qnet_bearer_dev(const struct qnet_bearer *bearer)
{
	return rcu_dereference_protected(bearer->dev, lockdep_is_held(&bearer->qn->config_lock));
}

struct qnet_bearer *qnet_bearer_get(struct qnet_bearer *bearer)
{
	refcount_inc(&bearer->refs);
	return bearer;
}

void qnet_bearer_put(struct qnet_bearer *bearer)
{
	if (!bearer || !refcount_dec_and_test(&bearer->refs))
		return;
	free_percpu(bearer->counters);
	kfree_rcu(bearer, rcu);
}

bool qnet_bearer_is_up(const struct qnet_bearer *bearer)
{
	return READ_ONCE(bearer->state) == QNET_BEARER_UP;
}

struct qnet_bearer *qnet_bearer_find(struct qnet_net *qn, int ifindex)
{
	struct qnet_bearer *bearer;

	lockdep_assert_held(&qn->config_lock);
	list_for_each_entry(bearer, &qn->bearers, list)
		if (bearer->ifindex == ifindex)
			return bearer;
	return NULL;
}

static struct qnet_bearer *qnet_bearer_find_name(struct qnet_net *qn, const char *name)
{
	struct qnet_bearer *bearer;

	lockdep_assert_held(&qn->config_lock);
	list_for_each_entry(bearer, &qn->bearers, list)
		if (!strcmp(bearer->name, name))
			return bearer;
	return NULL;
}

int qnet_bearer_lookup(struct qnet_net *qn, const char *name)
{
	struct qnet_bearer *bearer;
	int ifindex;

	mutex_lock(&qn->config_lock);
	bearer = qnet_bearer_find_name(qn, name);
	ifindex = bearer ? bearer->ifindex : -ENOENT;
	mutex_unlock(&qn->config_lock);
	return ifindex;
}

/* Status ------------------------------------------------------------------------------------ */

static void qnet_bearer_fill_status(const struct qnet_bearer *bearer,
				    struct qnet_bearer_status *status)
{
	const struct qnet_bearer_counters *counters;
	int cpu;

	memset(status, 0, sizeof(*status));
	status->ifindex = bearer->ifindex;
	strscpy(status->name, bearer->name, sizeof(status->name));
	ether_addr_copy(status->lladdr, bearer->lladdr);
	status->mtu = bearer->mtu;
	status->state = bearer->state;
	for_each_possible_cpu(cpu) {
		counters = per_cpu_ptr(bearer->counters, cpu);
		status->counters.rx_frames += READ_ONCE(counters->rx_frames);
		status->counters.rx_bytes += READ_ONCE(counters->rx_bytes);
		status->counters.tx_frames += READ_ONCE(counters->tx_frames);
		status->counters.tx_bytes += READ_ONCE(counters->tx_bytes);
	}
}

static void qnet_bearer_notify(const struct qnet_bearer *bearer, bool removed)
{
	struct qnet_bearer_status status;

	if (!qnet_bearer_watcher)
		return;
	qnet_bearer_fill_status(bearer, &status);
	qnet_bearer_watcher->changed(bearer->qn, &status, removed);
}

/* State of the device --------------------------------------------------------------------- */

static void qnet_bearer_refresh(struct qnet_bearer *bearer)
{
	struct net_device *dev = qnet_bearer_dev(bearer);
	bool up = netif_running(dev) && netif_carrier_ok(dev);

	bearer->mtu = min_t(u32, dev->mtu, QNET_WIRE_MTU_MAX);
	WRITE_ONCE(bearer->state, up ? QNET_BEARER_UP : QNET_BEARER_DOWN);
	strscpy(bearer->name, dev->name, sizeof(bearer->name));
	ether_addr_copy(bearer->lladdr, dev->dev_addr);
	bearer->next_announce = jiffies;
	bearer->twin_told = false;
	qnet_hello_kick(bearer->qn);
	qnet_bearer_notify(bearer, false);
}

/* Take the device away from the bearer; frames in progress are through after this. */
static void qnet_bearer_detach(struct qnet_bearer *bearer, int err)
{
	struct net_device *dev = qnet_bearer_dev(bearer);

	ASSERT_RTNL();
	if (!dev)
		return;
	qnet_node_bearer_gone(bearer->qn, bearer, err);
	WRITE_ONCE(bearer->state, QNET_BEARER_GONE);
	RCU_INIT_POINTER(bearer->dev, NULL);
	dev_remove_pack(&bearer->packet);
	dev_mc_del(dev, qnet_hello_group);
	netdev_put(dev, &bearer->dev_tracker);
}

static void qnet_bearer_remove(struct qnet_bearer *bearer)
{
	qnet_bearer_detach(bearer, -EHOSTUNREACH);
	qnet_node_bearer_forget(bearer->qn, bearer);
	list_del_rcu(&bearer->list);
	qnet_bearer_notify(bearer, true);
	qnet_bearer_put(bearer);
}

/* Configuration --------------------------------------------------------------------------- */

static int qnet_bearer_check(struct qnet_net *qn, const struct net_device *dev,
			     struct netlink_ext_ack *extack)
{
	const struct qnet_bearer *bearer;

	if (dev->flags & IFF_LOOPBACK || dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG(extack, "device is not an Ethernet");
		return -EINVAL;
	}
	if (dev->mtu < QNET_WIRE_MTU_MIN) {
		NL_SET_ERR_MSG(extack, "MTU of the device is below 576");
		return -EINVAL;
	}
	bearer = qnet_bearer_find(qn, dev->ifindex);
	if (bearer && bearer->state != QNET_BEARER_GONE) {
		NL_SET_ERR_MSG(extack, "device is a bearer already");
		return -EEXIST;
	}
	return 0;
}

static struct qnet_bearer *qnet_bearer_alloc(struct qnet_net *qn, struct net_device *dev)
{
	struct qnet_bearer *bearer;

	bearer = kzalloc(sizeof(*bearer), GFP_KERNEL_ACCOUNT);
	if (!bearer)
		return NULL;
	bearer->counters = alloc_percpu_gfp(struct qnet_bearer_counters, GFP_KERNEL_ACCOUNT);
	if (!bearer->counters) {
		kfree(bearer);
		return NULL;
	}
	refcount_set(&bearer->refs, 1);
	bearer->joined = QNET_FIXED(frames_together);
	bearer->qn = qn;
	bearer->ifindex = dev->ifindex;
	bearer->packet.type = htons(qnet_ether_protocol());
	bearer->packet.dev = dev;
	bearer->packet.func = qnet_ether_receive;
	ratelimit_state_init(&bearer->resets, HZ, qnet_param(&qn->params, resets));
	ratelimit_set_flags(&bearer->resets, RATELIMIT_MSG_ON_RELEASE);
	netdev_hold(dev, &bearer->dev_tracker, GFP_KERNEL);
	rcu_assign_pointer(bearer->dev, dev);
	return bearer;
}

static int qnet_bearer_add_dev(struct qnet_net *qn, struct net_device *dev,
			       struct netlink_ext_ack *extack)
{
	struct qnet_bearer *bearer;
	struct qnet_bearer *gone;
	int err;

	err = qnet_bearer_check(qn, dev, extack);
	if (err)
		return err;
	bearer = qnet_bearer_alloc(qn, dev);
	if (!bearer)
		return -ENOMEM;
	err = dev_mc_add(dev, qnet_hello_group);
	if (err)
		goto err_free_bearer;

	gone = qnet_bearer_find_name(qn, dev->name);
	if (gone) {
		qnet_node_bearer_replace(qn, gone, bearer);
		qnet_bearer_remove(gone);
	}
	list_add_tail_rcu(&bearer->list, &qn->bearers);
	qnet_bearer_refresh(bearer);
	dev_add_pack(&bearer->packet);
	return 0;

err_free_bearer:
	netdev_put(dev, &bearer->dev_tracker);
	qnet_bearer_put(bearer);
	return err;
}

int qnet_bearer_add(struct qnet_net *qn, int ifindex, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err = -ENODEV;

	rtnl_lock();
	mutex_lock(&qn->config_lock);
	dev = __dev_get_by_index(qn->net, ifindex);
	if (dev)
		err = qnet_bearer_add_dev(qn, dev, extack);
	else
		NL_SET_ERR_MSG(extack, "no such device");
	mutex_unlock(&qn->config_lock);
	rtnl_unlock();
	return err;
}

int qnet_bearer_del(struct qnet_net *qn, int ifindex, struct netlink_ext_ack *extack)
{
	struct qnet_bearer *bearer;
	int err = 0;

	rtnl_lock();
	mutex_lock(&qn->config_lock);
	bearer = qnet_bearer_find(qn, ifindex);
	if (bearer) {
		qnet_bearer_remove(bearer);
	} else {
		NL_SET_ERR_MSG(extack, "device is not a bearer");
		err = -ENOENT;
	}
	mutex_unlock(&qn->config_lock);
	rtnl_unlock();
	return err;
}

int qnet_bearer_status(struct qnet_net *qn, int ifindex, struct qnet_bearer_status *status)
{
	struct qnet_bearer *found = NULL;
	struct qnet_bearer *bearer;

	mutex_lock(&qn->config_lock);
	list_for_each_entry(bearer, &qn->bearers, list)
		if (bearer->ifindex >= ifindex && (!found || bearer->ifindex < found->ifindex))
			found = bearer;
	if (found)
		qnet_bearer_fill_status(found, status);
	mutex_unlock(&qn->config_lock);
	return found ? 0 : -ENOENT;
}

/* What happens to devices ----------------------------------------------------------------- */

static void qnet_bearer_change(struct qnet_bearer *bearer, struct net_device *dev,
			       unsigned long event)
{
	struct qnet_net *qn = bearer->qn;

	switch (event) {
	case NETDEV_UNREGISTER:
		qnet_bearer_detach(bearer, -EHOSTUNREACH);
		break;
	case NETDEV_CHANGEMTU:
		if (dev->mtu < QNET_WIRE_MTU_MIN) {
			qnet_bearer_detach(bearer, -EHOSTUNREACH);
			break;
		}
		bearer->mtu = min_t(u32, dev->mtu, QNET_WIRE_MTU_MAX);
		qnet_node_bearer_mtu(qn, bearer);
		break;
	case NETDEV_CHANGEADDR:
		if (!ether_addr_equal(bearer->lladdr, dev->dev_addr))
			qnet_node_bearer_gone(qn, bearer, -EHOSTDOWN);
		break;
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGENAME:
		break;
	default:
		return;
	}
	if (qnet_bearer_dev(bearer))
		qnet_bearer_refresh(bearer);
	else
		qnet_bearer_notify(bearer, false);
}

static int qnet_bearer_event(struct notifier_block *nb, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct qnet_net *qn = qnet_net(dev_net(dev));
	struct qnet_bearer *bearer;

	/* A namespace's first devices come before our part of it. */
	if (!qn)
		return NOTIFY_DONE;
	mutex_lock(&qn->config_lock);
	bearer = qnet_bearer_find(qn, dev->ifindex);
	if (bearer && qnet_bearer_dev(bearer) == dev)
		qnet_bearer_change(bearer, dev, event);
	mutex_unlock(&qn->config_lock);
	return NOTIFY_DONE;
}

static struct notifier_block qnet_bearer_notifier = {
	.notifier_call = qnet_bearer_event,
};

int qnet_bearer_init(void)
{
	int err;

	err = qnet_ether_init();
	if (err)
		return err;
	return register_netdevice_notifier(&qnet_bearer_notifier);
}

void qnet_bearer_exit(void)
{
	unregister_netdevice_notifier(&qnet_bearer_notifier);
}

void qnet_bearer_net_init(struct qnet_net *qn)
{
	INIT_LIST_HEAD(&qn->bearers);
}

void qnet_bearer_net_exit(struct qnet_net *qn)
{
	struct qnet_bearer *bearer, *next;

	rtnl_lock();
	mutex_lock(&qn->config_lock);
	list_for_each_entry_safe(bearer, next, &qn->bearers, list)
		qnet_bearer_remove(bearer);
	mutex_unlock(&qn->config_lock);
	rtnl_unlock();
}
