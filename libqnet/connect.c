// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - connections: a client's handle on a channel, and what a server knows of the client
 */
#include "call.h"
#include "connect.h"

#include <qnet.h>

#define QNET_COF_KNOWN	(_NTO_COF_CLOEXEC | _NTO_COF_INSECURE | _NTO_COF_NOEVENT | \
			 _NTO_COF_REG_EVENTS)

_Static_assert(_NTO_SIDE_CHANNEL == QNET_SIDE_CHANNEL, "side channel");
_Static_assert(sizeof(((struct _cred_info *)0)->grouplist) >= QNET_GROUPS_MAX * sizeof(__u32),
	       "room for every group the kernel keeps");
_Static_assert(_NTO_CI_REMOTE == QNET_CLIENT_REMOTE, "client flags");

int qnet_connect(struct qnet_ioc_connect *req)
{
	int err = qnet_control_call(QNET_IOC_CONNECT, req, NULL);

	return err ? err : req->coid;
}

int ConnectAttach_r(uint32_t nd, pid_t pid, int chid, unsigned int index, int flags)
{
	struct qnet_ioc_connect req = {
		.nd = nd,
		.pid = pid,
		.chid = chid,
		.index = index & ~QNET_SIDE_CHANNEL,
	};

	if (flags & ~QNET_COF_KNOWN)
		return -EINVAL;
	if (index & QNET_SIDE_CHANNEL)
		req.flags |= QNET_COF_SIDE_CHANNEL;
	return qnet_connect(&req);
}

int ConnectAttach(uint32_t nd, pid_t pid, int chid, unsigned int index, int flags)
{
	return qnet_result(ConnectAttach_r(nd, pid, chid, index, flags));
}

int qnet_connection_fd(int coid)
{
	struct qnet_ioc_connection req = { 0 };
	int err = qnet_connection_call(coid, QNET_IOC_CONNECTION, &req, NULL);

	return qnet_result(err ? err : qnet_coid_fd(coid));
}

static int qnet_client_detach(int scoid)
{
	struct qnet_ioc_client_detach req = { .scoid = scoid };

	return qnet_control_call(QNET_IOC_CLIENT_DETACH, &req, NULL);
}

int ConnectDetach_r(int coid)
{
	struct qnet_ioc_connection req = { 0 };

	if (coid == SYSMGR_COID)
		return EPERM;
	if (coid >= QNET_SCOID_MIN && !(coid & QNET_SIDE_CHANNEL))
		return qnet_client_detach(coid) ? EINVAL : EOK;
	if (qnet_connection_call(coid, QNET_IOC_CONNECTION, &req, NULL))
		return EINVAL;
	qnet_fd_close(qnet_coid_fd(coid));
	return EOK;
}

int ConnectDetach(int coid)
{
	return qnet_result(-ConnectDetach_r(coid));
}

int ConnectClientInfo_r(int scoid, struct _client_info *info, int ngroups)
{
	struct qnet_ioc_client req = { .scoid = scoid };
	int err;

	if (!info)
		return EFAULT;
	if (ngroups > QNET_GROUPS_MAX)
		ngroups = QNET_GROUPS_MAX;
	if (ngroups > 0) {
		req.ngroups = (__u32)ngroups;
		req.groups = qnet_address(info->cred.grouplist);
	}
	err = qnet_control_call(QNET_IOC_CLIENT, &req, NULL);
	if (err)
		return err == -ESRCH ? EINVAL : -err;

	info->nd = req.nd;
	info->pid = req.pid;
	info->sid = req.sid;
	info->flags = req.flags;
	info->cred.ruid = req.ruid;
	info->cred.euid = req.euid;
	info->cred.suid = req.suid;
	info->cred.rgid = req.rgid;
	info->cred.egid = req.egid;
	info->cred.sgid = req.sgid;
	info->cred.ngroups = req.ngroups;
	return EOK;
}

int ConnectClientInfo(int scoid, struct _client_info *info, int ngroups)
{
	return qnet_result(-ConnectClientInfo_r(scoid, info, ngroups));
}
