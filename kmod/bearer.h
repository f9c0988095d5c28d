/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - bearers: the network devices that carry frames
 */
#ifndef _QNET_BEARER_H
#define _QNET_BEARER_H

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct netlink_ext_ack;
struct qnet_net;

/* Each CPU adds to its own; read by qnet_bearer_fill_status() on any. */
struct qnet_bearer_counters {
	u64 rx_frames;
	u64 rx_bytes;
	u64 tx_frames;
	u64 tx_bytes;
};

/*
 * Lifetime and locking: the namespace's list holds one reference from add to del; nodes, links,
 * their backlogs and HELLOs that wait hold more, so the struct outlives its device, and by frames
 * that a device has even .qn.  On qn->bearers, changed under RTNL and config_lock, read under
 * either or RCU; freed by RCU.  .dev is NULL once the device is gone, read under RCU; the reference
 * on the device is the list's.  ifindex, qn and packet are constant; name, mtu and lladdr are
 * under config_lock; state changes under it and is read anywhere.  Counters are per CPU.
 */
struct qnet_bearer {
	struct list_head list;
	struct qnet_net *qn;
	refcount_t refs;
	struct rcu_head rcu;
	struct net_device __rcu *dev;
	netdevice_tracker dev_tracker;
	struct packet_type packet;
	int ifindex;
	char name[IFNAMSIZ];
	u8 lladdr[ETH_ALEN];
	u32 mtu;			/* within QNET_WIRE_MTU_MIN..MAX */
	u32 state;			/* enum qnet_bearer_state */
	unsigned long next_announce;	/* jiffies; hello.c */
	bool twin_told;			/* another one has this address: it was said; hello.c */
	struct ratelimit_state resets;	/* hello.c */
	atomic_t senders;		/* links with frames in the device; backlog.c */
	u32 joined;			/* frames that a qdisc takes as one; ether.c, no lock */
	u32 joins;			/* that it took since that changed; the same */
	struct qnet_bearer_counters __percpu *counters;
};

struct qnet_bearer_status {
	int ifindex;
	char name[IFNAMSIZ];
	u8 lladdr[ETH_ALEN];
	u32 mtu;
	u32 state;		/* enum qnet_bearer_state */
	struct qnet_bearer_counters counters;
};

/* Told of every bearer that comes, goes or changes; process context, config_lock held. */
struct qnet_bearer_watch {
	void (*changed)(struct qnet_net *qn, const struct qnet_bearer_status *status,
			bool removed);
};

/* Set once, before any bearer exists; NULL: nobody listens. */
extern const struct qnet_bearer_watch *qnet_bearer_watcher;

/* Configuration; process context, takes RTNL and config_lock. */
int qnet_bearer_add(struct qnet_net *qn, int ifindex, struct netlink_ext_ack *extack);
int qnet_bearer_del(struct qnet_net *qn, int ifindex, struct netlink_ext_ack *extack);

/* ifindex of the bearer on device @name, one that is gone included; -ENOENT. */
int qnet_bearer_lookup(struct qnet_net *qn, const char *name);

/* Status of the bearer with the lowest ifindex that is at least @ifindex; -ENOENT past the last. */
int qnet_bearer_status(struct qnet_net *qn, int ifindex, struct qnet_bearer_status *status);

/* The EtherType in use. */
u16 qnet_bearer_ethertype(void);

/* For the layers beside; _find needs config_lock and gives no reference. */
struct qnet_bearer *qnet_bearer_find(struct qnet_net *qn, int ifindex);
struct qnet_bearer *qnet_bearer_get(struct qnet_bearer *bearer);
void qnet_bearer_put(struct qnet_bearer *bearer);
bool qnet_bearer_is_up(const struct qnet_bearer *bearer);

/* The device notifier, one for the module. */
int qnet_bearer_init(void);
void qnet_bearer_exit(void);
void qnet_bearer_net_init(struct qnet_net *qn);
void qnet_bearer_net_exit(struct qnet_net *qn);

#endif
