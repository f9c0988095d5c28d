// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: what generic netlink refuses
 */
#define _GNU_SOURCE
#include "calls_tour.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Attributes of a request; those that are not set are left out. */
struct calls_request {
	const char *name;
	const unsigned char *station;
	uint32_t nd;
	uint32_t ifindex;
	uint32_t dead_after;
	uint32_t eager;
	bool empty;		/* not even the nest */
	int flags;
};

static const unsigned char calls_station[6] = { 2, 0, 0x5e, 0x10, 0, 1 };
static const unsigned char calls_group[6] = { 3, 0, 0x5e, 0x10, 0, 1 };

static bool calls_of_bearer(int cmd)
{
	return cmd >= QNET_CMD_BEARER_GET && cmd <= QNET_CMD_BEARER_DEL;
}

/* The error, positive, or 0. */
static int calls_request(struct calls_tour *tour, int cmd, struct calls_request request)
{
	int ifindex = calls_of_bearer(cmd) ? QNET_A_BEARER_IFINDEX : QNET_A_NODE_IFINDEX;
	int type = calls_of_bearer(cmd) ? QNET_A_BEARER : QNET_A_NODE;
	struct genl *genl = &tour->calls->genl[0];
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, cmd, request.flags);
	if (!request.empty) {
		nest = genl_nest(&msg, type);
		if (request.name)
			genl_put_string(&msg, QNET_A_NODE_NAME, request.name);
		if (request.station)
			genl_put(&msg, QNET_A_NODE_LLADDR, request.station, 6);
		if (request.nd)
			genl_put_u32(&msg, QNET_A_NODE_ND, request.nd);
		if (request.ifindex)
			genl_put_u32(&msg, ifindex, request.ifindex);
		if (request.dead_after)
			genl_put_u32(&msg, QNET_A_NODE_DEAD_AFTER, request.dead_after);
		if (request.eager)
			genl_put_u32(&msg, QNET_A_NODE_EAGER, request.eager);
		genl_unnest(&msg, nest);
	}
	return -genl_run(genl, &msg, NULL, NULL);
}

/* The same, of a parameter; @value: ~0U, none. */
static int calls_param(struct calls_tour *tour, const char *name, uint32_t value)
{
	struct genl *genl = &tour->calls->genl[0];
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, QNET_CMD_PARAM_SET, 0);
	nest = genl_nest(&msg, QNET_A_PARAM);
	if (name)
		genl_put_string(&msg, QNET_A_PARAM_NAME, name);
	if (value != ~0U)
		genl_put_u32(&msg, QNET_A_PARAM_VALUE, value);
	genl_unnest(&msg, nest);
	return -genl_run(genl, &msg, NULL, NULL);
}

#define REQUEST(want, cmd, ...) \
	CALLS_WANT(tour, want, calls_request(tour, QNET_CMD_##cmd, \
					     (struct calls_request){ __VA_ARGS__ }))

/* Nodes that one message has no room for. */
static void calls_tour_dump(struct calls_tour *tour)
{
	unsigned char station[6] = { 2, 0, 0x5e, 0x10, 1 };
	uint32_t veth = tour->calls->ifindex[0];
	char name[8];
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "tour%d", i);
		station[5] = (unsigned char)i;
		REQUEST(0, NODE_ADD, .name = name, .station = station, .ifindex = veth);
	}
	REQUEST(0, NODE_GET, .empty = true, .flags = NLM_F_DUMP);
	calls_nodes_mend(tour->calls);
}

void calls_tour_netlink(struct calls_tour *tour)
{
	uint32_t veth = tour->calls->ifindex[0];

	REQUEST(EINVAL, NODE_GET, .empty = true);
	REQUEST(EINVAL, NODE_GET, .name = NULL);
	REQUEST(ENOENT, NODE_GET, .name = "nowhere");
	REQUEST(ENOENT, NODE_GET, .nd = 999);
	REQUEST(0, NODE_GET, .name = "beta");
	REQUEST(EINVAL, NODE_GET, .name = "beta", .flags = NLM_F_DUMP);
	REQUEST(0, NODE_GET, .empty = true, .flags = NLM_F_DUMP);
	REQUEST(EINVAL, NODE_SET, .name = NULL);
	REQUEST(EINVAL, NODE_SET, .name = "no name");
	REQUEST(EEXIST, NODE_SET, .name = "beta");
	REQUEST(ERANGE, NODE_SET, .dead_after = 49);
	REQUEST(0, NODE_SET, .dead_after = 1000);
	REQUEST(ERANGE, NODE_SET, .eager = 65537);
	REQUEST(0, NODE_SET, .eager = 65536);
	REQUEST(EINVAL, NODE_ADD, .name = "tour");
	REQUEST(EINVAL, NODE_ADD, .name = "no name", .station = calls_station, .ifindex = veth);
	REQUEST(EEXIST, NODE_ADD, .name = "alpha", .station = calls_station, .ifindex = veth);
	REQUEST(EINVAL, NODE_ADD, .name = "tour", .station = calls_group, .ifindex = veth);
	REQUEST(ENODEV, NODE_ADD, .name = "tour", .station = calls_station, .ifindex = 99);
	REQUEST(0, NODE_ADD, .name = "tour", .station = calls_station, .ifindex = veth);
	REQUEST(EEXIST, NODE_ADD, .name = "tour", .station = calls_station, .ifindex = veth);
	REQUEST(0, NODE_DEL, .name = "tour");
	REQUEST(EINVAL, NODE_DEL, .name = "alpha");
	REQUEST(ENOENT, NODE_DEL, .nd = 999);
	REQUEST(EINVAL, BEARER_GET, .empty = true);
	REQUEST(EINVAL, BEARER_GET, .name = NULL);
	REQUEST(ENOENT, BEARER_GET, .name = "nothing");
	REQUEST(ENOENT, BEARER_GET, .ifindex = 99);
	REQUEST(0, BEARER_GET, .name = "veth0");
	REQUEST(0, BEARER_GET, .empty = true, .flags = NLM_F_DUMP);
	REQUEST(EINVAL, BEARER_ADD, .name = NULL);
	REQUEST(EINVAL, BEARER_ADD, .ifindex = 1);
	REQUEST(EEXIST, BEARER_ADD, .ifindex = veth);
	REQUEST(ENODEV, BEARER_ADD, .ifindex = 99);
	REQUEST(ENOENT, BEARER_DEL, .ifindex = 99);
	REQUEST(0, STATS_GET, .empty = true, .flags = NLM_F_DUMP);
	REQUEST(0, VERSION_GET, .empty = true);
	REQUEST(0, PARAM_GET, .empty = true, .flags = NLM_F_DUMP);
	REQUEST(EINVAL, PARAM_SET, .empty = true);
	CALLS_WANT(tour, EINVAL, calls_param(tour, NULL, 1));
	CALLS_WANT(tour, ENOENT, calls_param(tour, "nothing", 1));
	CALLS_WANT(tour, ERANGE, calls_param(tour, "ack_frames", 0));
	CALLS_WANT(tour, ERANGE, calls_param(tour, "ack_frames", 17));
	CALLS_WANT(tour, 0, calls_param(tour, "ack_frames", 8));
	CALLS_WANT(tour, 0, calls_param(tour, "ack_frames", ~0U));
	calls_tour_dump(tour);
}
