// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - MsgRead() and MsgWrite(): parts of a message while its client waits
 */
#include "call.h"

static ssize_t qnet_transfer(unsigned long op, rcvid_t rcvid, const void *buf, size_t len,
			     size_t offset, __u32 flags)
{
	struct qnet_ioc_transfer req = {
		.rcvid = rcvid,
		.buf = qnet_address(buf),
		.len = len,
		.offset = offset,
	};
	int err;

	qnet_call_fill(&req.call, flags);
	err = qnet_control_call(op, &req, NULL);
	return err ? err : (ssize_t)req.done;
}

static ssize_t qnet_transfer_result(ssize_t done)
{
	return done < 0 ? qnet_result((int)done) : done;
}

ssize_t MsgRead_r(rcvid_t rcvid, void *msg, size_t bytes, size_t offset)
{
	return qnet_transfer(QNET_IOC_READ, rcvid, msg, bytes, offset, 0);
}

ssize_t MsgRead(rcvid_t rcvid, void *msg, size_t bytes, size_t offset)
{
	return qnet_transfer_result(MsgRead_r(rcvid, msg, bytes, offset));
}

ssize_t MsgReadv_r(rcvid_t rcvid, const iov_t *riov, size_t rparts, size_t offset)
{
	return qnet_transfer(QNET_IOC_READ, rcvid, riov, rparts, offset, QNET_F_RECV_IOV);
}

ssize_t MsgReadv(rcvid_t rcvid, const iov_t *riov, size_t rparts, size_t offset)
{
	return qnet_transfer_result(MsgReadv_r(rcvid, riov, rparts, offset));
}

ssize_t MsgWrite_r(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset)
{
	return qnet_transfer(QNET_IOC_WRITE, rcvid, msg, bytes, offset, 0);
}

ssize_t MsgWrite(rcvid_t rcvid, const void *msg, size_t bytes, size_t offset)
{
	return qnet_transfer_result(MsgWrite_r(rcvid, msg, bytes, offset));
}

ssize_t MsgWritev_r(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset)
{
	return qnet_transfer(QNET_IOC_WRITE, rcvid, iov, parts, offset, QNET_F_SEND_IOV);
}

ssize_t MsgWritev(rcvid_t rcvid, const iov_t *iov, size_t parts, size_t offset)
{
	return qnet_transfer_result(MsgWritev_r(rcvid, iov, parts, offset));
}
