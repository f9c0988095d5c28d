// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - one request to the kernel and what comes back
 *
 * One socket, opened by the first request.  Asking for the family by name is what makes the
 * kernel load the module.
 */
#include "request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"

static struct {
	struct nl_sock *sock;
	int family;
	int err;
	char text[256];
	bool absent;
} qnl;

struct qnl_reply {
	qnl_take_fn take;
	void *arg;
	int err;
	bool done;
};

int qnl_fail(int err, const char *text)
{
	snprintf(qnl.text, sizeof(qnl.text), "%s", text);
	qnl.err = err;
	return err;
}

int qnl_fail_errno(int err)
{
	if (err == -EPERM)
		return qnl_fail(err, "not permitted: this needs CAP_NET_ADMIN (be root)");
	return qnl_fail(err, strerror(-err));
}

const char *qnl_text(void)
{
	return qnl.text;
}

bool qnl_absent(void)
{
	return qnl.absent;
}

static int qnl_on_message(struct nl_msg *msg, void *arg)
{
	struct qnl_reply *reply = arg;

	if (reply->take)
		reply->take(nlmsg_hdr(msg), reply->arg);
	return NL_OK;
}

/* The end of a request, or that of a dump, which may carry its error. */
static int qnl_on_end(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct qnl_reply *reply = arg;
	int err = 0;

	if (hdr->nlmsg_type == NLMSG_DONE && nlmsg_datalen(hdr) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(hdr), sizeof(err));
	if (err < 0)
		reply->err = qnl_fail_errno(err);
	reply->done = true;
	return NL_STOP;
}

static int qnl_on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	struct qnl_reply *reply = arg;
	int skip = sizeof(*error);

	(void)from;
	reply->err = qnl_fail_errno(error->error);
	reply->done = true;
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	if (!nlmsg_parse(hdr, skip, attrs, NLMSGERR_ATTR_MAX, NULL) && attrs[NLMSGERR_ATTR_MSG])
		qnl_fail(error->error, nla_get_string(attrs[NLMSGERR_ATTR_MSG]));
	return NL_STOP;
}

static int qnl_open(void)
{
	int one = 1;
	int err;

	if (qnl.sock)
		return 0;
	qnl.sock = nl_socket_alloc();
	if (!qnl.sock)
		return qnl_fail_errno(-ENOMEM);
	err = genl_connect(qnl.sock);
	if (err) {
		qnl_fail(-EIO, nl_geterror(err));
		goto err_free;
	}
	/* Capped: the kernel need not send the request back. */
	setsockopt(nl_socket_get_fd(qnl.sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(qnl.sock), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	qnl.family = genl_ctrl_resolve(qnl.sock, QNET_GENL_NAME);
	if (qnl.family < 0) {
		qnl.absent = true;
		qnl_fail(-ENOENT, "qnet: kernel module not loaded: modprobe qnet");
		goto err_free;
	}
	return 0;

err_free:
	nl_socket_free(qnl.sock);
	qnl.sock = NULL;
	return qnl.err;
}

struct nl_msg *qnl_request(int cmd, int flags)
{
	struct nl_msg *msg;

	if (qnl_open())
		return NULL;
	msg = nlmsg_alloc();
	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, qnl.family, 0, flags, cmd,
			       QNET_GENL_VERSION))
		return msg;
	nlmsg_free(msg);
	qnl_fail_errno(-ENOMEM);
	return NULL;
}

int qnl_run(struct nl_msg *msg, qnl_take_fn take, void *arg)
{
	struct qnl_reply reply = { .take = take, .arg = arg };
	struct nl_cb *cb;
	int err;

	if (!msg)
		return qnl.err;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb) {
		nlmsg_free(msg);
		return qnl_fail_errno(-ENOMEM);
	}
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, qnl_on_message, &reply);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, qnl_on_end, &reply);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, qnl_on_end, &reply);
	nl_cb_err(cb, NL_CB_CUSTOM, qnl_on_error, &reply);

	err = nl_send_auto(qnl.sock, msg);
	while (err >= 0 && !reply.done)
		err = nl_recvmsgs(qnl.sock, cb);
	if (err == -NLE_DUMP_INTR)
		reply.err = qnl_fail_errno(-EINTR);
	else if (err < 0 && !reply.err)
		reply.err = qnl_fail(-EIO, nl_geterror(err));
	nl_cb_put(cb);
	nlmsg_free(msg);
	return reply.err;
}
