// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - channels: where a server receives
 */
#include "call.h"

#include <qnet.h>

static const struct {
	unsigned int nto;
	__u32 qnet;
} channel_flags[] = {
	{ _NTO_CHF_FIXED_PRIORITY,	QNET_CHF_FIXED_PRIORITY },
	{ _NTO_CHF_UNBLOCK,		QNET_CHF_UNBLOCK },
	{ _NTO_CHF_THREAD_DEATH,	QNET_CHF_THREAD_DEATH },
	{ _NTO_CHF_DISCONNECT,		QNET_CHF_DISCONNECT },
	{ _NTO_CHF_COID_DISCONNECT,	QNET_CHF_COID_DISCONNECT },
	{ _NTO_CHF_SENDER_LEN,		QNET_CHF_SENDER_LEN },
	{ _NTO_CHF_REPLY_LEN,		QNET_CHF_REPLY_LEN },
	{ _NTO_CHF_PRIVATE,		QNET_CHF_PRIVATE },
};

int ChannelCreate_r(unsigned int flags)
{
	struct qnet_ioc_channel_create req = { 0 };
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(channel_flags); i++) {
		if (flags & channel_flags[i].nto)
			req.channel_flags |= channel_flags[i].qnet;
		flags &= ~channel_flags[i].nto;
	}
	if (flags)
		return -EINVAL;

	err = qnet_control_call(QNET_IOC_CHANNEL_CREATE, &req, NULL);
	return err ? err : req.chid;
}

int ChannelCreate(unsigned int flags)
{
	return qnet_result(ChannelCreate_r(flags));
}

int ChannelDestroy_r(int chid)
{
	struct qnet_ioc_channel req = { .chid = chid };
	int err = qnet_control_call(QNET_IOC_CHANNEL_DESTROY, &req, NULL);

	if (err == -ESRCH)
		return EINVAL;
	if (err)
		return -err;
	qnet_fd_close(req.fd);
	return EOK;
}

int ChannelDestroy(int chid)
{
	return qnet_result(-ChannelDestroy_r(chid));
}

int qnet_channel_fd(int chid)
{
	struct qnet_ioc_channel req = { .chid = chid };
	int err = qnet_control_call(QNET_IOC_CHANNEL_INFO, &req, NULL);

	return qnet_result(err ? err : req.fd);
}
