// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: generic netlink
 */
#define _GNU_SOURCE
#include "calls.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "genl.h"

static const char * const calls_names[] = {
	"alpha", "beta", "gamma", "veth0", "lo", "", "..", "no name", "a.b.c-d_e",
	"0123456789012345678901234567890123456789012345678901234567890123456789",
};

/* One attribute, of the right type for its number or of any. */
static void calls_put_attribute(struct calls_thread *t, struct genl_msg *msg)
{
	static const uint32_t numbers[] = {
		0, 1, 2, 3, 49, 50, 1000, 60000, 60001, 65537, 1U << 31
	};
	static const unsigned char stations[][6] = {
		{ 2, 0, 0x5e, 0x10, 0, 1 }, { 2, 0, 0x5e, 0x10, 0, 2 }, { 1 }, { 0 },
	};
	static const int types[] = {
		QNET_A_NODE_ND, QNET_A_NODE_NAME, QNET_A_NODE_LLADDR, QNET_A_NODE_IFINDEX,
		QNET_A_NODE_DEAD_AFTER, QNET_A_NODE_EAGER,
	};
	int type = calls_pick(t, types);
	const char *name;
	uint64_t junk[8];
	size_t i;

	if (calls_one_in(t, 12)) {
		for (i = 0; i < ARRAY_SIZE(junk); i++)
			junk[i] = calls_draw(t);
		genl_put(msg, (int)calls_draw(t) & (calls_one_in(t, 2) ? 15 : 0xffff), junk,
			 calls_below(t, sizeof(junk)));
	} else if (type == QNET_A_NODE_NAME) {
		name = calls_pick(t, calls_names);
		genl_put(msg, type, name, strlen(name) + !calls_one_in(t, 16));
	} else if (type == QNET_A_NODE_LLADDR) {
		genl_put(msg, type, calls_pick(t, stations), 6);
	} else {
		genl_put_u32(msg, type, calls_pick(t, numbers));
	}
}

/* A node added by hand has to be whole, which attributes at random seldom are. */
static void calls_put_node(struct calls_thread *t, struct genl_msg *msg)
{
	const unsigned char station[6] = { 2, 0, 0x5e, 0x10, 0, (unsigned char)calls_below(t, 4) };

	genl_put_string(msg, QNET_A_NODE_NAME, calls_pick(t, calls_names));
	genl_put(msg, QNET_A_NODE_LLADDR, station, sizeof(station));
	genl_put_u32(msg, QNET_A_NODE_IFINDEX, 1 + calls_below(t, 4));
}

static void calls_break_message(struct calls_thread *t, struct genl_msg *msg)
{
	uint32_t len = msg->hdr.nlmsg_len, i, n = 1 + calls_below(t, 3);
	size_t head = offsetof(struct genl_msg, attrs);

	for (i = 0; i < n; i++) {
		if (len > head)
			((char *)msg)[head + calls_below(t, (uint32_t)(len - head))] ^=
				(char)(1 << calls_below(t, 8));
	}
	if (calls_one_in(t, 4))
		msg->hdr.nlmsg_len = calls_below(t, len + 8);
	if (calls_one_in(t, 8))
		msg->hdr.nlmsg_flags = (uint16_t)calls_draw(t);
	if (calls_one_in(t, 8))
		msg->genl.reserved = (uint16_t)calls_draw(t);
}

/* One of those that leave others a link. */
static void calls_put_param(struct calls_thread *t, struct genl_msg *msg)
{
	static const char * const names[] = {
		"ack_frames", "window_first", "share_frames", "reorder_least", "pull_turns", "none",
	};

	genl_put_string(msg, QNET_A_PARAM_NAME, calls_pick(t, names));
	if (calls_one_in(t, 2))
		genl_put_u32(msg, QNET_A_PARAM_VALUE, calls_below(t, 32));
}

static int calls_nest(int cmd)
{
	if (cmd >= QNET_CMD_BEARER_GET && cmd <= QNET_CMD_BEARER_DEL)
		return QNET_A_BEARER;
	return cmd == QNET_CMD_PARAM_SET ? QNET_A_PARAM : QNET_A_NODE;
}

static int calls_command(struct calls_thread *t)
{
	int cmd = (int)calls_below(t, calls_one_in(t, 16) ? 256 : QNET_CMD_MAX + 1);

	/* mostly the link stays, or nothing ever crosses it */
	if ((cmd == QNET_CMD_BEARER_DEL || cmd == QNET_CMD_NODE_SET || cmd == QNET_CMD_NODE_DEL) &&
	    !calls_one_in(t, 8))
		return QNET_CMD_NODE_GET;
	return cmd;
}

void calls_netlink(struct calls_thread *t)
{
	int cmd = calls_command(t), flags = calls_one_in(t, 4) ? NLM_F_DUMP : 0;
	struct genl genl = { .family = t->calls->genl[0].family };
	struct genl_msg msg;
	struct nlattr *nest;
	char room[4096];
	uint32_t n;

	if (cmd == QNET_CMD_STATS_GET || cmd == QNET_CMD_PARAM_GET)
		flags = NLM_F_DUMP;
	genl.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (genl.fd < 0)
		return;
	genl_begin(&genl, &msg, cmd, flags);
	if (!calls_one_in(t, 8)) {
		nest = genl_nest(&msg, calls_nest(cmd));
		if (cmd == QNET_CMD_NODE_ADD && calls_one_in(t, 2))
			calls_put_node(t, &msg);
		else if (cmd == QNET_CMD_PARAM_SET)
			calls_put_param(t, &msg);
		else
			for (n = calls_below(t, 3); n; n--)
				calls_put_attribute(t, &msg);
		genl_unnest(&msg, nest);
	}
	if (calls_one_in(t, 4))
		calls_break_message(t, &msg);
	genl_send(&genl, &msg);
	while (recv(genl.fd, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
	close(genl.fd);
}
