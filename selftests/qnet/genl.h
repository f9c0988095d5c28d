/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - generic netlink byte by byte, so that tests can send what no library would
 */
#ifndef _GENL_H
#define _GENL_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GENL_ROOM	4096

struct genl {
	int fd;
	uint16_t family;
	uint32_t group;		/* "events" */
	uint32_t seq;
	char text[256];		/* the kernel's, of the last answer; empty: none */
};

struct genl_msg {
	struct nlmsghdr hdr;
	struct genlmsghdr genl;
	char attrs[GENL_ROOM];
};

typedef void (*genl_take)(const struct nlmsghdr *hdr, void *arg);

/* A socket of netlink's @protocol, of namespace @ns or (-1) the caller's, who stays where he is. */
bool genl_socket(struct genl *genl, int ns, int protocol);
/* Qnet's family.  False: there is none, or no netlink. */
bool genl_open_in(struct genl *genl, int ns);
bool genl_open(struct genl *genl);
void genl_close(struct genl *genl);

void genl_begin(struct genl *genl, struct genl_msg *msg, int cmd, int flags);
void genl_put(struct genl_msg *msg, int type, const void *data, size_t len);
void genl_put_u32(struct genl_msg *msg, int type, uint32_t value);
void genl_put_string(struct genl_msg *msg, int type, const char *text);
/* Begin a nest; what follows is in it until genl_unnest() of what was returned. */
struct nlattr *genl_nest(struct genl_msg *msg, int type);
void genl_unnest(struct genl_msg *msg, struct nlattr *nest);

int genl_send(struct genl *genl, const struct genl_msg *msg);
/* One datagram: 1 when more is to come, 0 at the end, -errno as the kernel answered. */
int genl_receive(struct genl *genl, genl_take take, void *arg);
/* genl_send(), and genl_receive() to the end. */
int genl_run(struct genl *genl, const struct genl_msg *msg, genl_take take, void *arg);

/* A command on one node or bearer. */
int genl_node(struct genl *genl, int cmd, const char *name, genl_take take, void *arg);
int genl_bearer(struct genl *genl, int cmd, uint32_t ifindex, genl_take take, void *arg);

/* This node's name; nodes pinned by hand; devices that become, or are no longer, bearers. */
int genl_set_name(struct genl *genl, const char *name);
int genl_node_add(struct genl *genl, const char *name, const uint8_t lladdr[6], uint32_t ifindex);
int genl_node_del(struct genl *genl, const char *name);
int genl_bearer_add(struct genl *genl, uint32_t ifindex);
int genl_bearer_del(struct genl *genl, uint32_t ifindex);

/* Join the "events" group; wait at most @ms for one event. */
bool genl_join(struct genl *genl);
bool genl_event(struct genl *genl, int ms, genl_take take, void *arg);

/* Attribute @type directly in a message, or in a nest; NULL: not there. */
const struct nlattr *genl_find(const struct nlmsghdr *hdr, int type);
const struct nlattr *genl_find_in(const struct nlattr *nest, int type);
const void *genl_data(const struct nlattr *attr);
uint32_t genl_u32(const struct nlattr *attr);

#endif
