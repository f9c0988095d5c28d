// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: keeping the two nodes usable
 *
 * Root's netlink messages rename nodes, take away bearers and pin nodes to addresses that nobody
 * has.  Several times a second everything is as it was, so that calls go on crossing the link.
 */
#define _GNU_SOURCE
#include "calls.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

static const char * const calls_node_names[] = { "alpha", "beta" };

const char * const calls_objects[CALLS_OBJECTS] = {
	"processes", "channels", "connections", "clients", "messages", "pulses", "pins", "chunks",
	"nodes", "links",
};

bool calls_nodes_init(struct calls *calls)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (setns(calls->ns[i], CLONE_NEWNET) || !genl_open(&calls->genl[i]))
			return false;
		calls->ifindex[i] = if_nametoindex("veth0");
	}
	return !setns(calls->ns[0], CLONE_NEWNET);
}

static void calls_node_set(struct calls *calls, int i)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(&calls->genl[i], &msg, QNET_CMD_NODE_SET, 0);
	nest = genl_nest(&msg, QNET_A_NODE);
	genl_put_string(&msg, QNET_A_NODE_NAME, calls_node_names[i]);
	genl_put_u32(&msg, QNET_A_NODE_DEAD_AFTER, 1000);
	genl_unnest(&msg, nest);
	genl_run(&calls->genl[i], &msg, NULL, NULL);
}

static void calls_bearer_add(struct calls *calls, int i)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(&calls->genl[i], &msg, QNET_CMD_BEARER_ADD, 0);
	nest = genl_nest(&msg, QNET_A_BEARER);
	genl_put_u32(&msg, QNET_A_BEARER_IFINDEX, calls->ifindex[i]);
	genl_unnest(&msg, nest);
	genl_run(&calls->genl[i], &msg, NULL, NULL);
}

static void calls_node_del(struct calls *calls, int i, uint32_t nd)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(&calls->genl[i], &msg, QNET_CMD_NODE_DEL, 0);
	nest = genl_nest(&msg, QNET_A_NODE);
	genl_put_u32(&msg, QNET_A_NODE_ND, nd);
	genl_unnest(&msg, nest);
	genl_run(&calls->genl[i], &msg, NULL, NULL);
}

struct calls_node_list {
	const char *peer;
	uint32_t nd;		/* the peer's; 0: not there */
	bool up;
	uint32_t odd[256];	/* pinned ones, and others */
	unsigned int count;
};

static void calls_take_node(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *node = genl_find(hdr, QNET_A_NODE);
	const struct nlattr *name = genl_find_in(node, QNET_A_NODE_NAME);
	uint32_t nd = genl_u32(genl_find_in(node, QNET_A_NODE_ND));
	struct calls_node_list *list = arg;

	if (!name || !nd)
		return;
	if (!strcmp(genl_data(name), list->peer) && !genl_find_in(node, QNET_A_NODE_STATIC)) {
		list->nd = nd;
		list->up = genl_u32(genl_find_in(node, QNET_A_NODE_STATE)) == QNET_NODE_UP;
	} else if (list->count < ARRAY_SIZE(list->odd)) {
		list->odd[list->count++] = nd;
	}
}

static bool calls_node_list(struct calls *calls, int i, struct calls_node_list *list)
{
	struct genl_msg msg;

	*list = (struct calls_node_list){ .peer = calls_node_names[!i] };
	genl_begin(&calls->genl[i], &msg, QNET_CMD_NODE_GET, NLM_F_DUMP);
	return !genl_run(&calls->genl[i], &msg, calls_take_node, list);
}

void calls_nodes_mend(struct calls *calls)
{
	struct calls_node_list list;
	int i;

	for (i = 0; i < 2; i++) {
		calls_node_set(calls, i);
		calls_bearer_add(calls, i);
		if (!calls_node_list(calls, i, &list))
			continue;
		while (list.count)
			calls_node_del(calls, i, list.odd[--list.count]);
		atomic_store(&calls->page->nd[i], list.nd);
	}
}

bool calls_nodes_settled(struct calls *calls)
{
	struct calls_node_list list[2];

	calls_nodes_mend(calls);
	return calls_node_list(calls, 0, &list[0]) && calls_node_list(calls, 1, &list[1]) &&
	       list[0].up && list[1].up && !list[0].count && !list[1].count;
}

static void calls_take_stat(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *stat = genl_find(hdr, QNET_A_STAT);
	const struct nlattr *name = genl_find_in(stat, QNET_A_STAT_NAME);
	const struct nlattr *value = genl_find_in(stat, QNET_A_STAT_VALUE);
	long *live = arg;
	char text[64];
	uint64_t n;
	size_t i;

	if (!name || !value)
		return;
	memcpy(&n, genl_data(value), sizeof(n));
	for (i = 0; i < CALLS_OBJECTS; i++) {
		snprintf(text, sizeof(text), "%s_made", calls_objects[i]);
		if (!strcmp(text, genl_data(name)))
			live[i] += (long)n;
		snprintf(text, sizeof(text), "%s_freed", calls_objects[i]);
		if (!strcmp(text, genl_data(name)))
			live[i] -= (long)n;
	}
}

bool calls_nodes_count(struct calls *calls, int i, long live[CALLS_OBJECTS])
{
	struct genl_msg msg;

	memset(live, 0, CALLS_OBJECTS * sizeof(*live));
	genl_begin(&calls->genl[i], &msg, QNET_CMD_STATS_GET, NLM_F_DUMP);
	return !genl_run(&calls->genl[i], &msg, calls_take_stat, live);
}
