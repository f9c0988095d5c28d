// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - MsgReply(), MsgError(), MsgInfo()
 */
#include "call.h"
#include "reply.h"

static int qnet_reply(rcvid_t rcvid, long status, const void *buf, size_t len, __u32 flags)
{
	struct qnet_ioc_reply req = {
		.rcvid = rcvid,
		.send = qnet_address(buf),
		.send_len = len,
		.status = status,
	};

	qnet_call_fill(&req.call, flags);
	return qnet_control_call(QNET_IOC_REPLY, &req, NULL);
}

int MsgReply_r(rcvid_t rcvid, long status, const void *msg, size_t bytes)
{
	return qnet_reply(rcvid, status, msg, bytes, 0);
}

int MsgReply(rcvid_t rcvid, long status, const void *msg, size_t bytes)
{
	return qnet_result(MsgReply_r(rcvid, status, msg, bytes));
}

int MsgReplyv_r(rcvid_t rcvid, long status, const iov_t *riov, size_t rparts)
{
	return qnet_reply(rcvid, status, riov, rparts, QNET_F_SEND_IOV);
}

int MsgReplyv(rcvid_t rcvid, long status, const iov_t *riov, size_t rparts)
{
	return qnet_result(MsgReplyv_r(rcvid, status, riov, rparts));
}

/* No error is a reply without data. */
int qnet_reply_error(int rcvid, int error)
{
	return qnet_reply(rcvid, error, NULL, 0, error ? QNET_F_REPLY_ERROR : 0);
}

int MsgError_r(rcvid_t rcvid, int error)
{
	return -qnet_reply_error(rcvid, error);
}

int MsgError(rcvid_t rcvid, int error)
{
	return qnet_result(qnet_reply_error(rcvid, error));
}

int MsgInfo_r(rcvid_t rcvid, struct _msg_info *info)
{
	struct qnet_ioc_info req = { .rcvid = rcvid, .info = qnet_address(info) };

	return -qnet_control_call(QNET_IOC_INFO, &req, NULL);
}

int MsgInfo(rcvid_t rcvid, struct _msg_info *info)
{
	return qnet_result(-MsgInfo_r(rcvid, info));
}
