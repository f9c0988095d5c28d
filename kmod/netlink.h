/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - configuration and events by generic netlink
 */
#ifndef _QNET_NETLINK_H
#define _QNET_NETLINK_H

#include <linux/types.h>

struct qnet_bearer_status;
struct qnet_net;
struct qnet_node_status;

/*
 * Tell the "events" group that a node or a bearer came, changed its state, or went (@removed).
 * Process context, may sleep; any lock of ours may be held.  Lost without memory or listeners.
 */
void qnet_netlink_node_event(struct qnet_net *qn, const struct qnet_node_status *status,
			     bool removed);
void qnet_netlink_bearer_event(struct qnet_net *qn, const struct qnet_bearer_status *status,
			       bool removed);

/* After the namespaces are set up, and before they are taken down. */
int qnet_netlink_init(void);
void qnet_netlink_exit(void);

#endif
