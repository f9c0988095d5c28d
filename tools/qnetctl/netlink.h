/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the kernel's configuration as plain structs; only netlink.c knows how they travel
 *
 * Every function returns 0 or -errno, and qnl_text() then says why.
 */
#ifndef QNETCTL_NETLINK_H
#define QNETCTL_NETLINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/qnet.h>

#define QNL_LLADDR_LEN		6
#define QNL_STAT_NAME_SIZE	32
#define QNL_VERSION_SIZE	32
#define QNL_PARAM_NAME_SIZE	32
#define QNL_HAS(attr)		(1U << (attr))

/* .has: which members count, QNL_HAS(QNET_A_NODE_*). */
struct qnl_node {
	uint32_t has;
	uint32_t nd;
	char     name[QNET_NODE_NAME_SIZE];
	uint8_t  lladdr[QNL_LLADDR_LEN];
	uint32_t ifindex;
	uint32_t state;		/* enum qnet_node_state */
	unsigned long long incarnation;
	uint32_t rtt;		/* microseconds */
	uint32_t mtu;
	uint32_t dead_after;	/* milliseconds */
	unsigned long long boot;		/* nanoseconds since the link came up */
	uint32_t eager;		/* bytes */
};

/* .has: QNL_HAS(QNET_A_BEARER_*). */
struct qnl_bearer {
	uint32_t has;
	uint32_t ifindex;
	char     name[IFNAMSIZ];
	uint8_t  lladdr[QNL_LLADDR_LEN];
	uint32_t mtu;
	uint32_t state;		/* enum qnet_bearer_state */
	unsigned long long rx_frames;
	unsigned long long rx_bytes;
	unsigned long long tx_frames;
	unsigned long long tx_bytes;
};

struct qnl_stat {
	char     name[QNL_STAT_NAME_SIZE];
	unsigned long long value;
};

/* .has: QNL_HAS(QNET_A_PARAM_*). */
struct qnl_param {
	uint32_t has;
	char     name[QNL_PARAM_NAME_SIZE];
	char     unit[QNL_PARAM_NAME_SIZE];
	uint32_t value;
	uint32_t first;		/* while nobody has set it */
	uint32_t least;
	uint32_t most;
};

struct qnl_version {
	char     module[QNL_VERSION_SIZE];
	uint32_t abi;
	uint32_t wire;
	uint32_t family;	/* of sockets */
	uint16_t ethertype;
};

/* Lists are the caller's to free(). */
int qnl_node_list(struct qnl_node **list, size_t *count);
int qnl_node_get(const char *name, struct qnl_node *node);
int qnl_node_set(const struct qnl_node *node);
int qnl_node_add(const struct qnl_node *node);
int qnl_node_del(const char *name);

int qnl_bearer_list(struct qnl_bearer **list, size_t *count);
int qnl_bearer_add(uint32_t ifindex);
int qnl_bearer_del(const char *name);

int qnl_stat_list(struct qnl_stat **list, size_t *count);
int qnl_param_list(struct qnl_param **list, size_t *count);
/* Without a value: as at first. */
int qnl_param_set(const struct qnl_param *param);
int qnl_version_get(struct qnl_version *version);

/* Why the last call failed: the kernel's own words where it gave any. */
const char *qnl_text(void);
/* It failed because the module is not there. */
bool qnl_absent(void);

#endif
