// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - generic netlink byte by byte, so that tests can send what no library would
 */
#define _GNU_SOURCE
#include "genl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/qnet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define GENL_PATIENCE	60	/* seconds: a kernel that does not answer fails the test */

static const struct nlattr *genl_search(const void *from, size_t len, int type)
{
	const struct nlattr *attr = from;
	size_t step;

	while (len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN && attr->nla_len <= len) {
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		step = NLA_ALIGN(attr->nla_len);
		if (step >= len)
			break;
		len -= step;
		attr = (const struct nlattr *)((const char *)attr + step);
	}
	return NULL;
}

const struct nlattr *genl_find(const struct nlmsghdr *hdr, int type)
{
	size_t head = NLMSG_HDRLEN + GENL_HDRLEN;

	if (hdr->nlmsg_len < head)
		return NULL;
	return genl_search((const char *)hdr + head, hdr->nlmsg_len - head, type);
}

const struct nlattr *genl_find_in(const struct nlattr *nest, int type)
{
	if (!nest)
		return NULL;
	return genl_search(genl_data(nest), nest->nla_len - NLA_HDRLEN, type);
}

const void *genl_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

uint32_t genl_u32(const struct nlattr *attr)
{
	uint32_t value = UINT32_MAX;

	if (attr)
		memcpy(&value, genl_data(attr), sizeof(value));
	return value;
}

void genl_begin(struct genl *genl, struct genl_msg *msg, int cmd, int flags)
{
	memset(msg, 0, sizeof(*msg));
	msg->hdr.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	msg->hdr.nlmsg_type = genl->family;
	msg->hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	msg->hdr.nlmsg_seq = ++genl->seq;
	msg->genl.cmd = cmd;
	msg->genl.version = QNET_GENL_VERSION;
}

void genl_put(struct genl_msg *msg, int type, const void *data, size_t len)
{
	struct nlattr *attr = (struct nlattr *)((char *)msg + msg->hdr.nlmsg_len);

	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	memcpy((char *)attr + NLA_HDRLEN, data, len);
	msg->hdr.nlmsg_len += NLA_ALIGN(attr->nla_len);
}

void genl_put_u32(struct genl_msg *msg, int type, uint32_t value)
{
	genl_put(msg, type, &value, sizeof(value));
}

void genl_put_string(struct genl_msg *msg, int type, const char *text)
{
	genl_put(msg, type, text, strlen(text) + 1);
}

struct nlattr *genl_nest(struct genl_msg *msg, int type)
{
	struct nlattr *nest = (struct nlattr *)((char *)msg + msg->hdr.nlmsg_len);

	genl_put(msg, type | NLA_F_NESTED, "", 0);
	return nest;
}

void genl_unnest(struct genl_msg *msg, struct nlattr *nest)
{
	nest->nla_len = (char *)msg + msg->hdr.nlmsg_len - (char *)nest;
}

int genl_send(struct genl *genl, const struct genl_msg *msg)
{
	if (send(genl->fd, msg, msg->hdr.nlmsg_len, 0) < 0)
		return -errno;
	return 0;
}

/* What the kernel says about an error stands behind the head of the request it sends back. */
static int genl_error(struct genl *genl, const struct nlmsghdr *hdr)
{
	const struct nlmsgerr *error = (const struct nlmsgerr *)((const char *)hdr + NLMSG_HDRLEN);
	size_t skip = NLMSG_HDRLEN + sizeof(*error);
	const struct nlattr *text;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return error->error;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	text = genl_search((const char *)hdr + skip, hdr->nlmsg_len - skip, NLMSGERR_ATTR_MSG);
	if (text)
		snprintf(genl->text, sizeof(genl->text), "%s", (const char *)genl_data(text));
	return error->error;
}

/* The end of a dump that failed: an errno, and its text behind it. */
static int genl_done(struct genl *genl, const struct nlmsghdr *hdr)
{
	size_t skip = NLMSG_HDRLEN + sizeof(int);
	const struct nlattr *text;
	int err;

	if (hdr->nlmsg_len < skip)
		return 0;
	memcpy(&err, (const char *)hdr + NLMSG_HDRLEN, sizeof(err));
	text = genl_search((const char *)hdr + skip, hdr->nlmsg_len - skip, NLMSGERR_ATTR_MSG);
	if (text)
		snprintf(genl->text, sizeof(genl->text), "%s", (const char *)genl_data(text));
	return err < 0 ? err : 0;
}

int genl_receive(struct genl *genl, genl_take take, void *arg)
{
	char room[GENL_ROOM] __attribute__((aligned(4)));	/* short, so that dumps are long */
	struct nlmsghdr *hdr = (struct nlmsghdr *)room;
	ssize_t n = recv(genl->fd, room, sizeof(room), 0);
	size_t len;

	if (n < 0)
		return -errno;
	genl->text[0] = '\0';
	for (len = n; NLMSG_OK(hdr, len); hdr = NLMSG_NEXT(hdr, len)) {
		if (hdr->nlmsg_type == NLMSG_ERROR)
			return genl_error(genl, hdr);
		if (hdr->nlmsg_type == NLMSG_DONE)
			return genl_done(genl, hdr);
		if (take)
			take(hdr, arg);
	}
	return 1;
}

int genl_run(struct genl *genl, const struct genl_msg *msg, genl_take take, void *arg)
{
	int err = genl_send(genl, msg);

	if (err)
		return err;
	do {
		err = genl_receive(genl, take, arg);
	} while (err == 1);
	return err;
}

static void genl_take_family(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *id = genl_find(hdr, CTRL_ATTR_FAMILY_ID);
	const struct nlattr *groups = genl_find(hdr, CTRL_ATTR_MCAST_GROUPS);
	const struct nlattr *first = genl_find_in(groups, 1);
	struct genl *genl = arg;

	if (id)
		memcpy(&genl->family, genl_data(id), sizeof(genl->family));
	genl->group = genl_u32(genl_find_in(first, CTRL_ATTR_MCAST_GRP_ID));
}

bool genl_socket(struct genl *genl, int ns, int protocol)
{
	struct timeval patience = { .tv_sec = GENL_PATIENCE };
	int home = -1, one = 1;
	bool back = true;

	memset(genl, 0, sizeof(*genl));
	genl->fd = -1;
	if (ns >= 0) {
		home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		if (home < 0)
			return false;
	}
	if (ns < 0 || !setns(ns, CLONE_NEWNET))
		genl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (home >= 0) {
		back = !setns(home, CLONE_NEWNET);
		close(home);
	}
	if (genl->fd < 0 || !back) {
		genl_close(genl);
		return false;
	}
	setsockopt(genl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(genl->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return true;
}

bool genl_open_in(struct genl *genl, int ns)
{
	struct genl_msg msg;

	if (!genl_socket(genl, ns, NETLINK_GENERIC))
		return false;
	genl->family = GENL_ID_CTRL;
	genl_begin(genl, &msg, CTRL_CMD_GETFAMILY, 0);
	genl_put_string(&msg, CTRL_ATTR_FAMILY_NAME, QNET_GENL_NAME);
	if (!genl_run(genl, &msg, genl_take_family, genl))
		return true;
	genl_close(genl);
	return false;
}

bool genl_open(struct genl *genl)
{
	return genl_open_in(genl, -1);
}

void genl_close(struct genl *genl)
{
	close(genl->fd);
}

bool genl_join(struct genl *genl)
{
	return !setsockopt(genl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &genl->group,
			   sizeof(genl->group));
}

bool genl_event(struct genl *genl, int ms, genl_take take, void *arg)
{
	struct pollfd poll_fd = { .fd = genl->fd, .events = POLLIN };

	return poll(&poll_fd, 1, ms) == 1 && genl_receive(genl, take, arg) == 1;
}

int genl_node(struct genl *genl, int cmd, const char *name, genl_take take, void *arg)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, cmd, 0);
	nest = genl_nest(&msg, QNET_A_NODE);
	genl_put_string(&msg, QNET_A_NODE_NAME, name);
	genl_unnest(&msg, nest);
	return genl_run(genl, &msg, take, arg);
}

int genl_bearer(struct genl *genl, int cmd, uint32_t ifindex, genl_take take, void *arg)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, cmd, 0);
	nest = genl_nest(&msg, QNET_A_BEARER);
	genl_put_u32(&msg, QNET_A_BEARER_IFINDEX, ifindex);
	genl_unnest(&msg, nest);
	return genl_run(genl, &msg, take, arg);
}

int genl_set_name(struct genl *genl, const char *name)
{
	return genl_node(genl, QNET_CMD_NODE_SET, name, NULL, NULL);
}

int genl_node_add(struct genl *genl, const char *name, const uint8_t lladdr[6], uint32_t ifindex)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, QNET_CMD_NODE_ADD, 0);
	nest = genl_nest(&msg, QNET_A_NODE);
	genl_put_string(&msg, QNET_A_NODE_NAME, name);
	genl_put(&msg, QNET_A_NODE_LLADDR, lladdr, 6);
	genl_put_u32(&msg, QNET_A_NODE_IFINDEX, ifindex);
	genl_unnest(&msg, nest);
	return genl_run(genl, &msg, NULL, NULL);
}

int genl_node_del(struct genl *genl, const char *name)
{
	return genl_node(genl, QNET_CMD_NODE_DEL, name, NULL, NULL);
}

int genl_bearer_add(struct genl *genl, uint32_t ifindex)
{
	return genl_bearer(genl, QNET_CMD_BEARER_ADD, ifindex, NULL, NULL);
}

int genl_bearer_del(struct genl *genl, uint32_t ifindex)
{
	return genl_bearer(genl, QNET_CMD_BEARER_DEL, ifindex, NULL, NULL);
}
