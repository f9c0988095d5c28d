// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - Send / Receive / Reply, the same call on one machine or across the network
 */
#include <linux/module.h>

#include "af_qnet.h"
#include "backlog.h"
#include "bearer.h"
#include "ether.h"
#include "gso.h"
#include "link.h"
#include "net.h"
#include "netlink.h"
#include "process.h"
#include "traffic.h"

static int __init qnet_init(void)
{
	int err;

	err = qnet_ether_init();
	if (err)
		return err;
	err = qnet_backlog_init();
	if (err)
		return err;
	qnet_gso_init();
	err = qnet_process_init();
	if (err)
		goto err_backlog;
	qnet_link_upper = &qnet_traffic_ops;
	err = qnet_link_init();
	if (err)
		goto err_process;
	err = qnet_net_init();
	if (err)
		goto err_link;
	err = qnet_bearer_init();
	if (err)
		goto err_net;
	err = qnet_netlink_init();
	if (err)
		goto err_bearer;
	err = qnet_family_init();
	if (err)
		goto err_netlink;
	return 0;

err_netlink:
	qnet_netlink_exit();
err_bearer:
	qnet_bearer_exit();
err_net:
	qnet_net_exit();
err_link:
	qnet_link_exit();
err_process:
	qnet_process_exit();
err_backlog:
	qnet_backlog_exit();
	qnet_gso_exit();
	rcu_barrier();
	return err;
}

static void __exit qnet_exit(void)
{
	qnet_family_exit();
	qnet_netlink_exit();
	qnet_bearer_exit();
	qnet_net_exit();
	qnet_link_exit();
	qnet_process_exit();
	qnet_backlog_exit();
	qnet_gso_exit();
	rcu_barrier();
}

module_init(qnet_init);
module_exit(qnet_exit);

MODULE_DESCRIPTION("Send / Receive / Reply message passing on one machine and across the network");
MODULE_AUTHOR("The qnet authors");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
