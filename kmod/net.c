// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what one network namespace owns
 */
#include "net.h"

#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/random.h>

#include "bearer.h"
#include "hello.h"
#include "link.h"
#include "name.h"
#include "node.h"
#include "process.h"
#include "traffic.h"

unsigned int qnet_net_id;

unsigned int qnet_net_left;
module_param_named(numbers_left, qnet_net_left, uint, 0444);
MODULE_PARM_DESC(numbers_left, "for tests: numbers of each kind that are left before they wrap");

static int __net_init qnet_net_start(struct net *net)
{
	struct qnet_net *qn = qnet_net(net);

	qn->net = net;
	qn->incarnation = get_random_u64() | 1;
	mutex_init(&qn->config_lock);
	qnet_params_init(&qn->params);
	qnet_pace_init(&qn->pace, &qn->params);
	qn->eager = QNET_TRAFFIC_EAGER_MAX;
	qn->stats = alloc_percpu(struct qnet_stats);
	if (!qn->stats)
		return -ENOMEM;
	qnet_process_net_init(qn);
	qnet_name_net_init(qn);
	qnet_link_net_init(qn);
	qnet_node_net_init(qn);
	qnet_bearer_net_init(qn);
	qnet_hello_net_init(qn);
	return 0;
}

static void __net_exit qnet_net_stop(struct net *net)
{
	struct qnet_net *qn = qnet_net(net);

	qnet_hello_net_exit(qn);
	qnet_bearer_net_exit(qn);
	qnet_node_net_exit(qn);
	qnet_link_net_exit(qn);
	qnet_process_net_exit(qn);
	free_percpu(qn->stats);
}

static struct pernet_operations qnet_net_ops = {
	.init = qnet_net_start,
	.exit = qnet_net_stop,
	.id = &qnet_net_id,
	.size = sizeof(struct qnet_net),
};

int qnet_net_init(void)
{
	return register_pernet_device(&qnet_net_ops);
}

void qnet_net_exit(void)
{
	unregister_pernet_device(&qnet_net_ops);
}
