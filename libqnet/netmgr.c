// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - names of nodes and their numbers
 *
 * A node has one quality of service, ~loadbalance; another one in a path is read over.
 */
#include "call.h"
#include "netmgr.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/netmgr.h>

#define QNET_QOS_NAME "loadbalance"

static int qnet_node_lookup(const char *name, size_t len, __u32 *nd)
{
	struct qnet_ioc_node req = { 0 };
	int err;

	if (!len)
		return -ENOENT;
	if (len >= sizeof(req.name))
		return -ENAMETOOLONG;
	memcpy(req.name, name, len);
	err = qnet_control_call(QNET_IOC_NODE_LOOKUP, &req, NULL);
	if (!err)
		*nd = req.nd;
	return err;
}

int qnet_node_parse(const char *path, const char **end, __u32 *nd)
{
	const char *name = path;
	size_t len;

	if (strncmp(path, QNET_NET_DIR, strlen(QNET_NET_DIR)) == 0)
		name += strlen(QNET_NET_DIR);
	len = strcspn(name, "/~");
	*end = name + len + strcspn(name + len, "/");

	/* The root directory is this node's. */
	if (strcmp(path, "/") == 0) {
		*nd = ND_LOCAL_NODE;
		return 0;
	}
	return qnet_node_lookup(name, len, nd);
}

int netmgr_strtond(const char *path, char **endstr)
{
	const char *end;
	__u32 nd;
	int err = qnet_node_parse(path, &end, &nd);

	if (err)
		return qnet_result(err);
	if (endstr)
		*endstr = (char *)end;
	return (int)nd;
}

static int qnet_node_name(__u32 nd, struct qnet_ioc_node *node)
{
	*node = (struct qnet_ioc_node){ .nd = nd };
	return qnet_control_call(QNET_IOC_NODE_NAME, node, NULL);
}

/* Does this domain go without saying on this node? */
static bool qnet_domain_local(const char *domain)
{
	struct qnet_ioc_node self;
	const char *own;

	if (qnet_node_name(ND_LOCAL_NODE, &self))
		return false;
	own = strchr(self.name, '.');
	return own && strcmp(own + 1, domain) == 0;
}

static bool qnet_domain_shown(unsigned int flags, const char *domain)
{
	if (!domain || (flags & ND2S_DOMAIN_HIDE))
		return false;
	if ((flags & ND2S_LOCAL_STR) && !(flags & ND2S_DOMAIN_SHOW))
		return !qnet_domain_local(domain);
	return true;
}

static int qnet_node_format(unsigned int flags, char *name, char *buf, size_t size)
{
	bool dir = flags & ND2S_DIR_SHOW;
	bool host = !(flags & ND2S_NAME_HIDE);
	bool qos = flags & ND2S_QOS_SHOW;
	char *domain = strchr(name, '.');
	bool dot, tilde;

	if (domain)
		*domain++ = '\0';
	if (!qnet_domain_shown(flags, domain))
		domain = NULL;
	dot = domain && (host || (flags & ND2S_SEP_FORCE));
	tilde = qos && (host || domain || (flags & ND2S_SEP_FORCE));

	return snprintf(buf, size, "%s%s%s%s%s%s%s", dir ? QNET_NET_DIR : "", host ? name : "",
			dot ? "." : "", domain ? domain : "", tilde ? "~" : "",
			qos ? QNET_QOS_NAME : "", dir ? "/" : "");
}

/* The length is that of the whole string, also where buf holds less of it. */
int netmgr_ndtostr(unsigned int flags, int nd, char *buf, size_t maxbuf)
{
	struct qnet_ioc_node node;
	int err = qnet_node_name((__u32)nd, &node);

	if (err)
		return qnet_result(err);
	if (nd == ND_LOCAL_NODE && !node.name[0] && (flags & ND2S_DIR_SHOW))
		return snprintf(buf, maxbuf, "/");
	return qnet_node_format(flags, node.name, buf, maxbuf);
}

/*
 * Only what can be known without asking the other node: how it numbers a third one, or this one,
 * is ENOTSUP.  A server finds the latter in _msg_info.srcnd.
 */
int netmgr_remote_nd(int remote_nd, int local_nd)
{
	if (remote_nd == ND_LOCAL_NODE)
		return local_nd;
	if (ND_NODE_CMP(remote_nd, local_nd) == 0)
		return ND_LOCAL_NODE;
	return qnet_result(-ENOTSUP);
}
