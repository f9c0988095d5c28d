// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the kernel's configuration as plain structs
 *
 * field.c knows which attribute is which member, request.c does the talking.
 */
#include "netlink.h"

#include <errno.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "request.h"

#define QNL_DUMP_TRIES	10	/* of a dump that changes under the reader's eyes */

/* A list grows by one element for each nest. */
struct qnl_list {
	char *items;
	size_t count;
	size_t size;		/* of one */
	bool full;		/* there was no memory for more */
};

static void *qnl_list_more(struct qnl_list *list)
{
	char *items = realloc(list->items, (list->count + 1) * list->size);

	if (!items) {
		list->full = true;
		return NULL;
	}
	list->items = items;
	items += list->size * list->count++;
	return memset(items, 0, list->size);
}

static int qnl_dump(int cmd, struct qnl_list *list, qnl_take_fn take)
{
	int tries = QNL_DUMP_TRIES;
	int err;

	do {
		list->count = 0;
		err = qnl_run(qnl_request(cmd, NLM_F_DUMP), take, list);
	} while (err == -EINTR && --tries);
	if (!err && list->full)
		err = qnl_fail_errno(-ENOMEM);
	if (err)
		free(list->items);
	return err;
}

static void qnl_take_node(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *outer[QNET_A_MAX + 1], *attrs[QNET_A_NODE_MAX + 1];
	struct qnl_node *node;

	if (genlmsg_parse(hdr, 0, outer, QNET_A_MAX, NULL) || !outer[QNET_A_NODE] ||
	    nla_parse_nested(attrs, QNET_A_NODE_MAX, outer[QNET_A_NODE], NULL))
		return;
	node = qnl_list_more(arg);
	if (!node)
		return;
	node->has = qnl_parse(attrs, qnl_node_fields, node);
	if (attrs[QNET_A_NODE_STATIC])
		node->has |= QNL_HAS(QNET_A_NODE_STATIC);
}

static void qnl_take_bearer(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *outer[QNET_A_MAX + 1], *attrs[QNET_A_BEARER_MAX + 1];
	struct qnl_bearer *bearer;

	if (genlmsg_parse(hdr, 0, outer, QNET_A_MAX, NULL) || !outer[QNET_A_BEARER] ||
	    nla_parse_nested(attrs, QNET_A_BEARER_MAX, outer[QNET_A_BEARER], NULL))
		return;
	bearer = qnl_list_more(arg);
	if (bearer)
		bearer->has = qnl_parse(attrs, qnl_bearer_fields, bearer);
}

/* One message may carry several counters. */
static void qnl_take_stat(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *attr, *attrs[QNET_A_STAT_MAX + 1];
	struct qnl_stat *stat;
	int rest;

	nlmsg_for_each_attr(attr, hdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != QNET_A_STAT ||
		    nla_parse_nested(attrs, QNET_A_STAT_MAX, attr, NULL))
			continue;
		stat = qnl_list_more(arg);
		if (stat)
			qnl_parse(attrs, qnl_stat_fields, stat);
	}
}

static void qnl_take_param(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *outer[QNET_A_MAX + 1], *attrs[QNET_A_PARAM_MAX + 1];
	struct qnl_param *param;

	if (genlmsg_parse(hdr, 0, outer, QNET_A_MAX, NULL) || !outer[QNET_A_PARAM] ||
	    nla_parse_nested(attrs, QNET_A_PARAM_MAX, outer[QNET_A_PARAM], NULL))
		return;
	param = qnl_list_more(arg);
	if (param)
		param->has = qnl_parse(attrs, qnl_param_fields, param);
}

static void qnl_take_version(struct nlmsghdr *hdr, void *arg)
{
	struct nlattr *attrs[QNET_A_MAX + 1];

	if (!genlmsg_parse(hdr, 0, attrs, QNET_A_MAX, NULL))
		qnl_parse(attrs, qnl_version_fields, arg);
}

/* A request about one object: its members named in @has travel in one nest. */
static struct nl_msg *qnl_about(int cmd, int nest_type, const struct qnl_field *field,
				uint32_t has, const void *object)
{
	struct nl_msg *msg = qnl_request(cmd, 0);
	struct nlattr *nest;

	if (!msg)
		return NULL;
	nest = nla_nest_start(msg, nest_type | NLA_F_NESTED);
	if (!nest || qnl_put(msg, field, has, object)) {
		nlmsg_free(msg);
		qnl_fail_errno(-ENOMEM);
		return NULL;
	}
	nla_nest_end(msg, nest);
	return msg;
}

static struct nl_msg *qnl_about_node(int cmd, const struct qnl_node *node)
{
	return qnl_about(cmd, QNET_A_NODE, qnl_node_fields, node->has, node);
}

static struct nl_msg *qnl_about_bearer(int cmd, const struct qnl_bearer *bearer)
{
	return qnl_about(cmd, QNET_A_BEARER, qnl_bearer_fields, bearer->has, bearer);
}

static struct qnl_node qnl_node_named(const char *name)
{
	struct qnl_node node = { .has = QNL_HAS(QNET_A_NODE_NAME) };

	snprintf(node.name, sizeof(node.name), "%s", name);
	return node;
}

int qnl_node_list(struct qnl_node **nodes, size_t *count)
{
	struct qnl_list list = { .size = sizeof(**nodes) };
	int err = qnl_dump(QNET_CMD_NODE_GET, &list, qnl_take_node);

	if (err)
		return err;
	*nodes = (struct qnl_node *)list.items;
	*count = list.count;
	return 0;
}

int qnl_node_get(const char *name, struct qnl_node *node)
{
	struct qnl_list list = { .size = sizeof(*node) };
	struct qnl_node wanted = qnl_node_named(name);
	int err = qnl_run(qnl_about_node(QNET_CMD_NODE_GET, &wanted), qnl_take_node, &list);

	if (!err && list.count)
		memcpy(node, list.items, sizeof(*node));
	else if (!err)
		err = qnl_fail(-EIO, "the kernel's answer is empty");
	free(list.items);
	return err;
}

int qnl_node_set(const struct qnl_node *node)
{
	return qnl_run(qnl_about_node(QNET_CMD_NODE_SET, node), NULL, NULL);
}

int qnl_node_add(const struct qnl_node *node)
{
	return qnl_run(qnl_about_node(QNET_CMD_NODE_ADD, node), NULL, NULL);
}

int qnl_node_del(const char *name)
{
	struct qnl_node node = qnl_node_named(name);

	return qnl_run(qnl_about_node(QNET_CMD_NODE_DEL, &node), NULL, NULL);
}

int qnl_bearer_list(struct qnl_bearer **bearers, size_t *count)
{
	struct qnl_list list = { .size = sizeof(**bearers) };
	int err = qnl_dump(QNET_CMD_BEARER_GET, &list, qnl_take_bearer);

	if (err)
		return err;
	*bearers = (struct qnl_bearer *)list.items;
	*count = list.count;
	return 0;
}

int qnl_bearer_add(uint32_t ifindex)
{
	struct qnl_bearer bearer = { .has = QNL_HAS(QNET_A_BEARER_IFINDEX), .ifindex = ifindex };

	return qnl_run(qnl_about_bearer(QNET_CMD_BEARER_ADD, &bearer), NULL, NULL);
}

/* By name: the device of one that is gone has no index any more. */
int qnl_bearer_del(const char *name)
{
	struct qnl_bearer bearer = { .has = QNL_HAS(QNET_A_BEARER_NAME) };

	snprintf(bearer.name, sizeof(bearer.name), "%s", name);
	return qnl_run(qnl_about_bearer(QNET_CMD_BEARER_DEL, &bearer), NULL, NULL);
}

int qnl_stat_list(struct qnl_stat **stats, size_t *count)
{
	struct qnl_list list = { .size = sizeof(**stats) };
	int err = qnl_dump(QNET_CMD_STATS_GET, &list, qnl_take_stat);

	if (err)
		return err;
	*stats = (struct qnl_stat *)list.items;
	*count = list.count;
	return 0;
}

int qnl_param_list(struct qnl_param **params, size_t *count)
{
	struct qnl_list list = { .size = sizeof(**params) };
	int err = qnl_dump(QNET_CMD_PARAM_GET, &list, qnl_take_param);

	if (err)
		return err;
	*params = (struct qnl_param *)list.items;
	*count = list.count;
	return 0;
}

int qnl_param_set(const struct qnl_param *param)
{
	return qnl_run(qnl_about(QNET_CMD_PARAM_SET, QNET_A_PARAM, qnl_param_fields, param->has,
				 param), NULL, NULL);
}

int qnl_version_get(struct qnl_version *version)
{
	memset(version, 0, sizeof(*version));
	return qnl_run(qnl_request(QNET_CMD_VERSION_GET, 0), qnl_take_version, version);
}
