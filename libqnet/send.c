// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - MsgSend() in its sixteen forms
 */
#include "call.h"

struct qnet_parts {
	const void *buf;
	size_t len;
	__u32 flag;		/* QNET_F_*_IOV where buf is an array of len parts */
};

static inline struct qnet_parts qnet_bytes(const void *buf, size_t bytes)
{
	return (struct qnet_parts){ buf, bytes, 0 };
}

static inline struct qnet_parts qnet_send_iov(const iov_t *iov, size_t parts)
{
	return (struct qnet_parts){ iov, parts, QNET_F_SEND_IOV };
}

static inline struct qnet_parts qnet_recv_iov(const iov_t *iov, size_t parts)
{
	return (struct qnet_parts){ iov, parts, QNET_F_RECV_IOV };
}

/* A server that answers MsgError(rcvid, ERESTART) gets the same message again. */
static int qnet_send_call(int coid, struct qnet_parts s, struct qnet_parts r, qnet_undo *undo,
			  long *status)
{
	struct qnet_ioc_send req = {
		.send = qnet_address(s.buf),
		.send_len = s.len,
		.recv = qnet_address(r.buf),
		.recv_len = r.len,
	};
	int err;

	qnet_call_fill(&req.call, s.flag | r.flag);
	do {
		err = qnet_connection_call(coid, QNET_IOC_SEND, &req, undo);
	} while (err == -ERESTART);
	*status = (long)req.status;
	return err;
}

static long qnet_send_r(int coid, struct qnet_parts s, struct qnet_parts r, qnet_undo *undo)
{
	long status;
	int err = qnet_send_call(coid, s, r, undo, &status);

	return err ? err : status;
}

/* A status of -1 is no error: errno stays. */
static long qnet_send(int coid, struct qnet_parts s, struct qnet_parts r, qnet_undo *undo)
{
	long status;
	int err = qnet_send_call(coid, s, r, undo, &status);

	return err ? qnet_result(err) : status;
}

long MsgSend(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return qnet_send(coid, qnet_bytes(smsg, sbytes), qnet_bytes(rmsg, rbytes),
			 qnet_undo_nothing);
}

long MsgSend_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return qnet_send_r(coid, qnet_bytes(smsg, sbytes), qnet_bytes(rmsg, rbytes),
			   qnet_undo_nothing);
}

long MsgSendnc(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return qnet_send(coid, qnet_bytes(smsg, sbytes), qnet_bytes(rmsg, rbytes), NULL);
}

long MsgSendnc_r(int coid, const void *smsg, size_t sbytes, void *rmsg, size_t rbytes)
{
	return qnet_send_r(coid, qnet_bytes(smsg, sbytes), qnet_bytes(rmsg, rbytes),
			   NULL);
}

long MsgSendv(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts)
{
	return qnet_send(coid, qnet_send_iov(siov, sparts), qnet_recv_iov(riov, rparts),
			 qnet_undo_nothing);
}

long MsgSendv_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts)
{
	return qnet_send_r(coid, qnet_send_iov(siov, sparts), qnet_recv_iov(riov, rparts),
			   qnet_undo_nothing);
}

long MsgSendvnc(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts)
{
	return qnet_send(coid, qnet_send_iov(siov, sparts), qnet_recv_iov(riov, rparts), NULL);
}

long MsgSendvnc_r(int coid, const iov_t *siov, size_t sparts, const iov_t *riov, size_t rparts)
{
	return qnet_send_r(coid, qnet_send_iov(siov, sparts), qnet_recv_iov(riov, rparts), NULL);
}

long MsgSendsv(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts)
{
	return qnet_send(coid, qnet_bytes(smsg, sbytes), qnet_recv_iov(riov, rparts),
			 qnet_undo_nothing);
}

long MsgSendsv_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts)
{
	return qnet_send_r(coid, qnet_bytes(smsg, sbytes), qnet_recv_iov(riov, rparts),
			   qnet_undo_nothing);
}

long MsgSendsvnc(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts)
{
	return qnet_send(coid, qnet_bytes(smsg, sbytes), qnet_recv_iov(riov, rparts), NULL);
}

long MsgSendsvnc_r(int coid, const void *smsg, size_t sbytes, const iov_t *riov, size_t rparts)
{
	return qnet_send_r(coid, qnet_bytes(smsg, sbytes), qnet_recv_iov(riov, rparts), NULL);
}

long MsgSendvs(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return qnet_send(coid, qnet_send_iov(siov, sparts), qnet_bytes(rmsg, rbytes),
			 qnet_undo_nothing);
}

long MsgSendvs_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return qnet_send_r(coid, qnet_send_iov(siov, sparts), qnet_bytes(rmsg, rbytes),
			   qnet_undo_nothing);
}

long MsgSendvsnc(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return qnet_send(coid, qnet_send_iov(siov, sparts), qnet_bytes(rmsg, rbytes), NULL);
}

long MsgSendvsnc_r(int coid, const iov_t *siov, size_t sparts, void *rmsg, size_t rbytes)
{
	return qnet_send_r(coid, qnet_send_iov(siov, sparts), qnet_bytes(rmsg, rbytes), NULL);
}
