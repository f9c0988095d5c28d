// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - MsgReceive() and what goes with it
 */
#include "call.h"
#include "reply.h"

#include <qnet.h>

_Static_assert(sizeof(struct _msg_info) == sizeof(struct qnet_msg_info), "info");
_Static_assert(offsetof(struct _msg_info, coid) == offsetof(struct qnet_msg_info, coid), "coid");
_Static_assert(offsetof(struct _msg_info, flags) == offsetof(struct qnet_msg_info, flags), "flags");
_Static_assert(offsetof(struct _msg_info, msglen) == offsetof(struct qnet_msg_info, msglen), "len");
_Static_assert(offsetof(struct _msg_info, dstmsglen) == offsetof(struct qnet_msg_info, dstmsglen),
	       "room");
_Static_assert(_NTO_MI_UNBLOCK_REQ == QNET_MI_UNBLOCK_REQ && _NTO_MI_REMOTE == QNET_MI_REMOTE,
	       "info flags");

struct qnet_receive {
	struct qnet_ioc_receive req;	/* first: the call's argument */
	__s32 answered;			/* req.rcvid before the call */
};

/*
 * A message was taken but the thread is cancelled before its program heard of it: the client sends
 * it again, to whoever receives then.
 */
static void qnet_receive_undo(void *arg)
{
	struct qnet_receive *receive = arg;
	__s32 rcvid = receive->req.rcvid;

	if (rcvid > 0 && rcvid != receive->answered)
		qnet_reply_error(rcvid, ERESTART);
}

static int qnet_receive(struct qnet_receive *receive, __u32 flags)
{
	int err;

	receive->answered = receive->req.rcvid;
	qnet_call_fill(&receive->req.call, flags);
	err = qnet_control_call(QNET_IOC_RECEIVE, &receive->req, qnet_receive_undo);
	return err ? err : receive->req.rcvid;
}

static int qnet_receive_into(int chid, const void *buf, size_t len, struct _msg_info *info,
			     __u32 flags)
{
	struct qnet_receive receive = {
		.req.chid = chid,
		.req.recv = qnet_address(buf),
		.req.recv_len = len,
		.req.info = qnet_address(info),
	};

	return qnet_receive(&receive, flags);
}

rcvid_t MsgReceive_r(int chid, void *msg, size_t bytes, struct _msg_info *info)
{
	return qnet_receive_into(chid, msg, bytes, info, 0);
}

rcvid_t MsgReceive(int chid, void *msg, size_t bytes, struct _msg_info *info)
{
	return qnet_result(MsgReceive_r(chid, msg, bytes, info));
}

rcvid_t MsgReceivev_r(int chid, const iov_t *riov, size_t rparts, struct _msg_info *info)
{
	return qnet_receive_into(chid, riov, rparts, info, QNET_F_RECV_IOV);
}

rcvid_t MsgReceivev(int chid, const iov_t *riov, size_t rparts, struct _msg_info *info)
{
	return qnet_result(MsgReceivev_r(chid, riov, rparts, info));
}

int MsgReceivePulse_r(int chid, void *pulse, size_t bytes, struct _msg_info *info)
{
	return qnet_receive_into(chid, pulse, bytes, info, QNET_F_PULSE_ONLY);
}

int MsgReceivePulse(int chid, void *pulse, size_t bytes, struct _msg_info *info)
{
	return qnet_result(MsgReceivePulse_r(chid, pulse, bytes, info));
}

int MsgReceivePulsev_r(int chid, const iov_t *piov, size_t parts, struct _msg_info *info)
{
	return qnet_receive_into(chid, piov, parts, info, QNET_F_PULSE_ONLY | QNET_F_RECV_IOV);
}

int MsgReceivePulsev(int chid, const iov_t *piov, size_t parts, struct _msg_info *info)
{
	return qnet_result(MsgReceivePulsev_r(chid, piov, parts, info));
}

rcvid_t MsgReplyReceive_r(int chid, rcvid_t rcvid, long status, const void *smsg, size_t sbytes,
			  void *rmsg, size_t rbytes, struct _msg_info *info)
{
	struct qnet_receive receive = {
		.req.chid = chid,
		.req.rcvid = rcvid,
		.req.recv = qnet_address(rmsg),
		.req.recv_len = rbytes,
		.req.info = qnet_address(info),
		.req.send = qnet_address(smsg),
		.req.send_len = sbytes,
		.req.status = status,
	};

	return qnet_receive(&receive, QNET_F_REPLY_FIRST);
}

rcvid_t MsgReplyReceive(int chid, rcvid_t rcvid, long status, const void *smsg, size_t sbytes,
			void *rmsg, size_t rbytes, struct _msg_info *info)
{
	return qnet_result(MsgReplyReceive_r(chid, rcvid, status, smsg, sbytes, rmsg, rbytes,
					     info));
}

rcvid_t MsgReplyReceivev_r(int chid, rcvid_t rcvid, long status, const iov_t *siov, size_t sparts,
			   const iov_t *riov, size_t rparts, struct _msg_info *info)
{
	struct qnet_receive receive = {
		.req.chid = chid,
		.req.rcvid = rcvid,
		.req.recv = qnet_address(riov),
		.req.recv_len = rparts,
		.req.info = qnet_address(info),
		.req.send = qnet_address(siov),
		.req.send_len = sparts,
		.req.status = status,
	};

	return qnet_receive(&receive, QNET_F_REPLY_FIRST | QNET_F_SEND_IOV | QNET_F_RECV_IOV);
}

rcvid_t MsgReplyReceivev(int chid, rcvid_t rcvid, long status, const iov_t *siov, size_t sparts,
			 const iov_t *riov, size_t rparts, struct _msg_info *info)
{
	return qnet_result(MsgReplyReceivev_r(chid, rcvid, status, siov, sparts, riov, rparts,
					      info));
}
