// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - which attribute is which member of the plain structs
 */
#include "field.h"

#include <string.h>

#include "netlink.h"

const struct qnl_field qnl_node_fields[] = {
	{ QNET_A_NODE_ND, offsetof(struct qnl_node, nd), sizeof(uint32_t) },
	{ QNET_A_NODE_NAME, offsetof(struct qnl_node, name), QNL_TEXT | QNET_NODE_NAME_SIZE },
	{ QNET_A_NODE_LLADDR, offsetof(struct qnl_node, lladdr), QNL_LLADDR_LEN },
	{ QNET_A_NODE_IFINDEX, offsetof(struct qnl_node, ifindex), sizeof(uint32_t) },
	{ QNET_A_NODE_STATE, offsetof(struct qnl_node, state), sizeof(uint32_t) },
	{ QNET_A_NODE_INCARNATION, offsetof(struct qnl_node, incarnation), sizeof(uint64_t) },
	{ QNET_A_NODE_RTT, offsetof(struct qnl_node, rtt), sizeof(uint32_t) },
	{ QNET_A_NODE_MTU, offsetof(struct qnl_node, mtu), sizeof(uint32_t) },
	{ QNET_A_NODE_DEAD_AFTER, offsetof(struct qnl_node, dead_after), sizeof(uint32_t) },
	{ QNET_A_NODE_BOOT, offsetof(struct qnl_node, boot), sizeof(uint64_t) },
	{ QNET_A_NODE_EAGER, offsetof(struct qnl_node, eager), sizeof(uint32_t) },
	{}
};

const struct qnl_field qnl_bearer_fields[] = {
	{ QNET_A_BEARER_IFINDEX, offsetof(struct qnl_bearer, ifindex), sizeof(uint32_t) },
	{ QNET_A_BEARER_NAME, offsetof(struct qnl_bearer, name), QNL_TEXT | IFNAMSIZ },
	{ QNET_A_BEARER_LLADDR, offsetof(struct qnl_bearer, lladdr), QNL_LLADDR_LEN },
	{ QNET_A_BEARER_MTU, offsetof(struct qnl_bearer, mtu), sizeof(uint32_t) },
	{ QNET_A_BEARER_STATE, offsetof(struct qnl_bearer, state), sizeof(uint32_t) },
	{ QNET_A_BEARER_RX_FRAMES, offsetof(struct qnl_bearer, rx_frames), sizeof(uint64_t) },
	{ QNET_A_BEARER_RX_BYTES, offsetof(struct qnl_bearer, rx_bytes), sizeof(uint64_t) },
	{ QNET_A_BEARER_TX_FRAMES, offsetof(struct qnl_bearer, tx_frames), sizeof(uint64_t) },
	{ QNET_A_BEARER_TX_BYTES, offsetof(struct qnl_bearer, tx_bytes), sizeof(uint64_t) },
	{}
};

const struct qnl_field qnl_stat_fields[] = {
	{ QNET_A_STAT_NAME, offsetof(struct qnl_stat, name), QNL_TEXT | QNL_STAT_NAME_SIZE },
	{ QNET_A_STAT_VALUE, offsetof(struct qnl_stat, value), sizeof(uint64_t) },
	{}
};

const struct qnl_field qnl_version_fields[] = {
	{ QNET_A_VERSION, offsetof(struct qnl_version, module), QNL_TEXT | QNL_VERSION_SIZE },
	{ QNET_A_ABI, offsetof(struct qnl_version, abi), sizeof(uint32_t) },
	{ QNET_A_WIRE_VERSION, offsetof(struct qnl_version, wire), sizeof(uint32_t) },
	{ QNET_A_FAMILY, offsetof(struct qnl_version, family), sizeof(uint32_t) },
	{ QNET_A_ETHERTYPE, offsetof(struct qnl_version, ethertype), sizeof(uint16_t) },
	{}
};

const struct qnl_field qnl_param_fields[] = {
	{ QNET_A_PARAM_NAME, offsetof(struct qnl_param, name), QNL_TEXT | QNL_PARAM_NAME_SIZE },
	{ QNET_A_PARAM_VALUE, offsetof(struct qnl_param, value), sizeof(uint32_t) },
	{ QNET_A_PARAM_UNIT, offsetof(struct qnl_param, unit), QNL_TEXT | QNL_PARAM_NAME_SIZE },
	{ QNET_A_PARAM_FIRST, offsetof(struct qnl_param, first), sizeof(uint32_t) },
	{ QNET_A_PARAM_LEAST, offsetof(struct qnl_param, least), sizeof(uint32_t) },
	{ QNET_A_PARAM_MOST, offsetof(struct qnl_param, most), sizeof(uint32_t) },
	{}
};

uint32_t qnl_parse(struct nlattr **attrs, const struct qnl_field *field, void *object)
{
	struct nlattr *attr;
	uint32_t has = 0;
	char *to;

	for (; field->size; field++) {
		attr = attrs[field->type];
		to = (char *)object + field->offset;
		if (!attr)
			continue;
		if (field->size & QNL_TEXT)
			nla_strlcpy(to, attr, field->size & ~QNL_TEXT);
		else if (nla_len(attr) == (int)field->size)
			memcpy(to, nla_data(attr), field->size);
		else
			continue;
		has |= QNL_HAS(field->type);
	}
	return has;
}

int qnl_put(struct nl_msg *msg, const struct qnl_field *field, uint32_t has, const void *object)
{
	const char *from;
	int err = 0;

	for (; field->size && !err; field++) {
		from = (const char *)object + field->offset;
		if (!(has & QNL_HAS(field->type)))
			continue;
		if (field->size & QNL_TEXT)
			err = nla_put_string(msg, field->type, from);
		else
			err = nla_put(msg, field->type, field->size, from);
	}
	return err;
}
