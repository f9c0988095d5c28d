/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what the two sides of a message can do to each other
 *
 * One table for a peer on this machine (local.c), one for a peer across a link (remote.c for
 * the client's side, service.c for the server's).  The ipc layer does not know which it has.
 */
#ifndef _QNET_PEER_H
#define _QNET_PEER_H

#include <linux/types.h>

#include "wire.h"

struct iov_iter;
struct qnet_call;
struct qnet_connection;
struct qnet_message;
struct qnet_want;

/* What came of a cancel. */
enum qnet_cancelled {
	QNET_CANCELLED,		/* the message is the client's alone again */
	QNET_CANCEL_WAIT,	/* wait on: for the reply, or for the other node's word */
	QNET_CANCEL_NOT_NOW,	/* the time-out does not hold in the message's state */
};

/*
 * From the client's side:
 * @send:	give the message to the server's side; process context
 * @cancel:	the client wants out, by a time-out only in @states; process context, may be
 *		called again for another reason
 * @pulse:	queue a pulse; process context, may block
 * @detach:	the connection's last user went; process context
 *
 * From the server's side, process context:
 * @pull:	bytes [offset, offset + len) of the request to @to, which has room for them.
 *		-EFAULT: @to faulted; -ESRCH: the client is gone; -EINTR: signal
 * @push:	bytes for the reply buffer, @len of them fit there.  -EFAULT: @from faulted
 * @reply:	the same from offset 0, and the end of the transaction.  The message was claimed;
 *		whatever it returns, the client has been told something
 * Any context:
 * @error:	the end of the transaction, with an errno for the client (0: success)
 * And beside them, each may be NULL but @received:
 * @received:	a time-out may hold now that did not before; to the client's side
 * @pinned:	the client's thread pinned what @want says
 * @consumed:	the client's thread copied out what was pushed
 * @leave:	the client's thread is done with the message
 */
struct qnet_peer_ops {
	int (*send)(struct qnet_message *msg);
	enum qnet_cancelled (*cancel)(struct qnet_message *msg, enum qnet_cancel_reason reason,
				      u32 states);
	int (*pulse)(struct qnet_connection *conn, u8 priority, s8 code, u64 value,
		     const struct qnet_call *call);
	void (*detach)(struct qnet_connection *conn);

	int (*pull)(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *to);
	int (*push)(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *from);
	int (*reply)(struct qnet_message *msg, s64 status, u32 len, struct iov_iter *from);
	void (*error)(struct qnet_message *msg, int err);

	void (*received)(struct qnet_message *msg);
	void (*pinned)(struct qnet_message *msg, const struct qnet_want *want);
	void (*consumed)(struct qnet_message *msg);
	void (*leave)(struct qnet_message *msg);
};

extern const struct qnet_peer_ops qnet_local_ops;
extern const struct qnet_peer_ops qnet_remote_ops;	/* the server is on another node */
extern const struct qnet_peer_ops qnet_service_ops;	/* the client is on another node */

#endif
