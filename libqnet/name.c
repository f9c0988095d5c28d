// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - services found by name
 *
 * Names are local to a node and found from others by /net/NODE/dev/name/local/NAME.  There are no
 * global ones: asking for one is ENOENT, as on a Neutrino machine without gns.
 */
#include "call.h"
#include "connect.h"
#include "netmgr.h"

#include <stdbool.h>
#include <sys/dispatch.h>

#define QNET_NAME_DIR	"/dev/name/local/"

#define QNET_NAME_CHF	(_NTO_CHF_DISCONNECT | _NTO_CHF_COID_DISCONNECT | _NTO_CHF_UNBLOCK)

struct qnet_name {
	name_attach_t attach;	/* first: the program's pointer */
	struct qnet_ioc_name req;
};

static bool qnet_name_climbs(const char *path)
{
	size_t len;

	for (; *path; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		if (len == 2 && strncmp(path, "..", 2) == 0)
			return true;
	}
	return false;
}

static int qnet_name_check(const char *path)
{
	if (!path || !*path || *path == '/' || qnet_name_climbs(path))
		return -EINVAL;
	if (strlen(path) >= QNET_NAME_SIZE)
		return -ENAMETOOLONG;
	return 0;
}

static int qnet_name_publish(struct qnet_name *name)
{
	int chid = ChannelCreate_r(QNET_NAME_CHF);
	int err;

	if (chid < 0)
		return chid;
	name->req.chid = chid;
	err = qnet_control_call(QNET_IOC_NAME_ATTACH, &name->req, NULL);
	if (err) {
		ChannelDestroy_r(chid);
		return err;
	}
	name->attach.chid = chid;
	return 0;
}

static int qnet_name_attach(dispatch_t *dpp, const char *path, unsigned int flags,
			    name_attach_t **attach)
{
	struct qnet_name *name;
	int err = qnet_name_check(path);

	if (err)
		return err;
	if (dpp || (flags & ~NAME_FLAG_ATTACH_GLOBAL))
		return -EINVAL;
	if (flags & NAME_FLAG_ATTACH_GLOBAL)
		return -ENOENT;

	name = calloc(1, sizeof(*name));
	if (!name)
		return -ENOMEM;
	memcpy(name->req.name, path, strlen(path));
	err = qnet_name_publish(name);
	if (err) {
		free(name);
		return err;
	}
	*attach = &name->attach;
	return 0;
}

name_attach_t *name_attach(dispatch_t *dpp, const char *path, unsigned int flags)
{
	name_attach_t *attach;
	int err = qnet_name_attach(dpp, path, flags, &attach);

	if (!err)
		return attach;
	errno = -err;
	return NULL;
}

/* With NAME_FLAG_DETACH_SAVEDPP the channel stays. */
int name_detach(name_attach_t *attach, unsigned int flags)
{
	struct qnet_name *name = (struct qnet_name *)attach;
	int err;

	if (!attach || (flags & ~NAME_FLAG_DETACH_SAVEDPP))
		return qnet_result(-EINVAL);

	err = qnet_control_call(QNET_IOC_NAME_DETACH, &name->req, NULL);
	if (!(flags & NAME_FLAG_DETACH_SAVEDPP))
		ChannelDestroy_r(name->req.chid);
	free(name);
	return qnet_result(err);
}

/* Splits a path into a node and a service's name. */
static int qnet_name_parse(const char *path, __u32 *nd, const char **name)
{
	int err;

	*nd = ND_LOCAL_NODE;
	*name = path;
	if (*path != '/')
		return 0;

	if (strncmp(path, QNET_NET_DIR, strlen(QNET_NET_DIR)) == 0) {
		err = qnet_node_parse(path, &path, nd);
		if (err)
			return err;
	}
	if (strncmp(path, QNET_NAME_DIR, strlen(QNET_NAME_DIR)) != 0)
		return -ENOENT;
	*name = path + strlen(QNET_NAME_DIR);
	return 0;
}

static int qnet_name_open(const char *path, int flags)
{
	struct qnet_ioc_name_lookup lookup = { 0 };
	struct qnet_ioc_connect connect = { .flags = QNET_COF_SIDE_CHANNEL };
	const char *name;
	int err;

	if (!path || (flags & ~NAME_FLAG_ATTACH_GLOBAL))
		return -EINVAL;
	if (flags & NAME_FLAG_ATTACH_GLOBAL)
		return -ENOENT;

	/* Before the first call into the kernel ends the time-out. */
	qnet_call_fill(&lookup.call, 0);
	err = qnet_name_parse(path, &lookup.nd, &name);
	if (err)
		return err;
	err = qnet_name_check(name);
	if (err)
		return err == -EINVAL ? -ENOENT : err;
	memcpy(lookup.name, name, strlen(name));
	err = qnet_control_call(QNET_IOC_NAME_LOOKUP, &lookup, qnet_undo_nothing);
	if (err)
		return err;

	connect.nd = lookup.nd;
	connect.pid = lookup.pid;
	connect.chid = lookup.chid;
	connect.incarnation = lookup.incarnation;
	return qnet_connect(&connect);
}

int name_open(const char *name, int flags)
{
	return qnet_result(qnet_name_open(name, flags));
}

int name_close(int coid)
{
	return ConnectDetach(coid);
}
