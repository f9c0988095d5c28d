// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - qnetctl node: this node's name and timing, and the other nodes
 */
#include "cmd_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "netlink.h"
#include "option.h"
#include "report.h"
#include "word.h"

static const char *cmd_node_state(uint32_t state)
{
	static const char *const names[] = {
		[QNET_NODE_LOCAL] = "local",
		[QNET_NODE_DOWN] = "down",
		[QNET_NODE_CONNECTING] = "connecting",
		[QNET_NODE_UP] = "up",
	};

	return state <= QNET_NODE_UP ? names[state] : "unknown";
}

static bool cmd_node_has(const struct qnl_node *node, int attr)
{
	return node->has & QNL_HAS(attr);
}

static const char *cmd_node_dev(const struct qnl_node *node, char dev[IF_NAMESIZE])
{
	if (!cmd_node_has(node, QNET_A_NODE_IFINDEX) || !node->ifindex)
		return "-";
	if (!if_indextoname(node->ifindex, dev))
		snprintf(dev, IF_NAMESIZE, "if%u", node->ifindex);
	return dev;
}

static void cmd_node_json(const struct qnl_node *node)
{
	char lladdr[WORD_LLADDR_SIZE], dev[IF_NAMESIZE];

	json_open(NULL, '{');
	json_number("nd", node->nd);
	json_string("name", node->name);
	json_string("state", cmd_node_state(node->state));
	json_bool("static", cmd_node_has(node, QNET_A_NODE_STATIC));
	if (cmd_node_has(node, QNET_A_NODE_LLADDR))
		json_string("lladdr", word_from_lladdr(lladdr, node->lladdr));
	if (cmd_node_has(node, QNET_A_NODE_IFINDEX)) {
		json_number("ifindex", node->ifindex);
		json_string("dev", cmd_node_dev(node, dev));
	}
	if (cmd_node_has(node, QNET_A_NODE_INCARNATION))
		json_hex("incarnation", node->incarnation);
	if (cmd_node_has(node, QNET_A_NODE_RTT))
		json_number("rtt_us", node->rtt);
	if (cmd_node_has(node, QNET_A_NODE_MTU))
		json_number("mtu", node->mtu);
	if (cmd_node_has(node, QNET_A_NODE_DEAD_AFTER))
		json_number("dead_after_ms", node->dead_after);
	if (cmd_node_has(node, QNET_A_NODE_EAGER))
		json_number("eager", node->eager);
	if (cmd_node_has(node, QNET_A_NODE_BOOT))
		json_number("up_ns", node->boot);
	json_close('}');
}

static void cmd_node_row(const struct qnl_node *node)
{
	char lladdr[WORD_LLADDR_SIZE] = "-", dev[IF_NAMESIZE], rtt[24] = "-";

	if (cmd_node_has(node, QNET_A_NODE_LLADDR))
		word_from_lladdr(lladdr, node->lladdr);
	if (cmd_node_has(node, QNET_A_NODE_RTT))
		snprintf(rtt, sizeof(rtt), "%uus", node->rtt);
	printf("%-4u %-16s %-10s %-10s %-17s %-9s %s\n", node->nd,
	       *node->name ? node->name : "-", cmd_node_state(node->state),
	       cmd_node_dev(node, dev), lladdr, rtt,
	       cmd_node_has(node, QNET_A_NODE_STATIC) ? "static" : "-");
}

static void cmd_node_text(const struct qnl_node *node)
{
	char lladdr[WORD_LLADDR_SIZE], dev[IF_NAMESIZE];

	printf("node         %s\n", *node->name ? node->name : "-");
	printf("nd           %u\n", node->nd);
	printf("state        %s%s\n", cmd_node_state(node->state),
	       cmd_node_has(node, QNET_A_NODE_STATIC) ? " static" : "");
	if (cmd_node_has(node, QNET_A_NODE_IFINDEX))
		printf("dev          %s\n", cmd_node_dev(node, dev));
	if (cmd_node_has(node, QNET_A_NODE_LLADDR))
		printf("lladdr       %s\n", word_from_lladdr(lladdr, node->lladdr));
	if (cmd_node_has(node, QNET_A_NODE_INCARNATION))
		printf("incarnation  0x%016llx\n", node->incarnation);
	if (cmd_node_has(node, QNET_A_NODE_RTT))
		printf("rtt          %u us\n", node->rtt);
	if (cmd_node_has(node, QNET_A_NODE_MTU))
		printf("mtu          %u\n", node->mtu);
	if (cmd_node_has(node, QNET_A_NODE_DEAD_AFTER))
		printf("dead-after   %u ms\n", node->dead_after);
	if (cmd_node_has(node, QNET_A_NODE_EAGER))
		printf("eager        %u bytes\n", node->eager);
	if (cmd_node_has(node, QNET_A_NODE_BOOT))
		printf("up for       %llu.%03u s\n", node->boot / 1000000000,
		       (unsigned int)(node->boot / 1000000 % 1000));
}

static int cmd_node_list(int argc, char **argv)
{
	struct qnl_node *nodes;
	size_t i, count;

	if (argc)
		return report_usage("node list: '%s' is too much", argv[0]);
	if (qnl_node_list(&nodes, &count))
		return report_refused("node list");
	if (option.json)
		json_open(NULL, '[');
	else
		printf("%-4s %-16s %-10s %-10s %-17s %-9s %s\n", "ND", "NAME", "STATE", "DEV",
		       "LLADDR", "RTT", "STATIC");
	for (i = 0; i < count; i++) {
		if (option.json)
			cmd_node_json(&nodes[i]);
		else
			cmd_node_row(&nodes[i]);
	}
	if (option.json) {
		json_close(']');
		json_end();
	}
	free(nodes);
	return REPORT_OK;
}

/* The name goes to @node; the kernel says what a name may be, but it must fit to get there. */
static int cmd_node_name(struct qnl_node *node, const char *name)
{
	if (cmd_node_has(node, QNET_A_NODE_NAME))
		return report_usage("node: '%s' is a second name beside '%s'", name, node->name);
	if (!*name || strlen(name) >= sizeof(node->name))
		return report_usage("node '%s': a name has 1 to %zu characters", name,
				    sizeof(node->name) - 1);
	strcpy(node->name, name);
	node->has |= QNL_HAS(QNET_A_NODE_NAME);
	return REPORT_OK;
}

/* Commands that want nothing but a name. */
static int cmd_node_only_name(const char *command, int argc, char **argv)
{
	struct qnl_node node = {};

	if (!argc)
		return report_usage("node %s: which node?", command);
	if (argc > 1)
		return report_usage("node %s: '%s' is too much", command, argv[1]);
	return cmd_node_name(&node, argv[0]);
}

static int cmd_node_show(int argc, char **argv)
{
	int code = cmd_node_only_name("show", argc, argv);
	struct qnl_node node;

	if (code)
		return code;
	if (qnl_node_get(argv[0], &node))
		return report_refused("node %s", argv[0]);
	if (option.json) {
		cmd_node_json(&node);
		json_end();
	} else {
		cmd_node_text(&node);
	}
	return REPORT_OK;
}

static int cmd_node_del(int argc, char **argv)
{
	int code = cmd_node_only_name("del", argc, argv);

	if (code)
		return code;
	if (qnl_node_del(argv[0]))
		return report_refused("node %s", argv[0]);
	return REPORT_OK;
}

static int cmd_node_dead_after(struct qnl_node *node, const char *value)
{
	if (!word_to_u32(value, &node->dead_after))
		return report_usage("dead-after '%s': wants a number of milliseconds", value);
	node->has |= QNL_HAS(QNET_A_NODE_DEAD_AFTER);
	return REPORT_OK;
}

static int cmd_node_eager(struct qnl_node *node, const char *value)
{
	if (!word_to_u32(value, &node->eager))
		return report_usage("eager '%s': wants a number of bytes", value);
	node->has |= QNL_HAS(QNET_A_NODE_EAGER);
	return REPORT_OK;
}

static int cmd_node_set_lladdr(struct qnl_node *node, const char *value)
{
	if (!word_to_lladdr(value, node->lladdr))
		return report_usage("lladdr '%s': wants six bytes, as 02:00:5e:10:00:01", value);
	node->has |= QNL_HAS(QNET_A_NODE_LLADDR);
	return REPORT_OK;
}

static int cmd_node_set_dev(struct qnl_node *node, const char *value)
{
	node->ifindex = if_nametoindex(value);
	if (!node->ifindex)
		return report_failed("device %s: not found in this network namespace",
				     value);
	node->has |= QNL_HAS(QNET_A_NODE_IFINDEX);
	return REPORT_OK;
}

struct cmd_node_keyword {
	const char *name;
	int (*set)(struct qnl_node *node, const char *value);
};

static const struct cmd_node_keyword cmd_node_set_keywords[] = {
	{ "name", cmd_node_name },
	{ "dead-after", cmd_node_dead_after },
	{ "eager", cmd_node_eager },
	{}
};

static const struct cmd_node_keyword cmd_node_add_keywords[] = {
	{ "name", cmd_node_name },
	{ "lladdr", cmd_node_set_lladdr },
	{ "dev", cmd_node_set_dev },
	{}
};

/* "[name] NAME KEYWORD VALUE ...": the first word is a name unless it is a keyword in full. */
static int cmd_node_words(struct qnl_node *node, const struct cmd_node_keyword *words, int argc,
			  char **argv)
{
	const struct cmd_node_keyword *word;
	int i = 0, code = REPORT_OK;

	while (i < argc && !code) {
		for (word = words; word->name; word++)
			if (!strcmp(argv[i], word->name) || (i && word_is(argv[i], word->name)))
				break;
		if (!word->name && i)
			return report_usage("node: unknown word '%s'", argv[i]);
		if (word->name && i + 1 == argc)
			return report_usage("node: %s wants a value", word->name);
		code = word->name ? word->set(node, argv[i + 1]) : cmd_node_name(node, argv[i]);
		i += word->name ? 2 : 1;
	}
	return code;
}

static int cmd_node_set(int argc, char **argv)
{
	struct qnl_node node = {};
	int code = cmd_node_words(&node, cmd_node_set_keywords, argc, argv);

	if (code)
		return code;
	if (!node.has)
		return report_usage("node set: a name, dead-after or eager");
	if (qnl_node_set(&node))
		return report_refused("node %s", *node.name ? node.name : "set");
	return REPORT_OK;
}

static int cmd_node_add(int argc, char **argv)
{
	struct qnl_node node = {};
	int code = cmd_node_words(&node, cmd_node_add_keywords, argc, argv);

	if (code)
		return code;
	if (!cmd_node_has(&node, QNET_A_NODE_NAME) || !cmd_node_has(&node, QNET_A_NODE_LLADDR) ||
	    !cmd_node_has(&node, QNET_A_NODE_IFINDEX))
		return report_usage("node add wants NAME lladdr MAC dev DEV");
	if (qnl_node_add(&node))
		return report_refused("node %s", node.name);
	return REPORT_OK;
}

int cmd_node(int argc, char **argv)
{
	static const struct word_command commands[] = {
		{ "list", cmd_node_list },
		{ "show", cmd_node_show },
		{ "set", cmd_node_set },
		{ "add", cmd_node_add },
		{ "del", cmd_node_del },
		{}
	};

	return word_dispatch(commands, "node", argc, argv);
}
