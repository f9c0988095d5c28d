// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - failing allocations: a server's calls
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=240 kernel=debug more=debug allow=oom
 */
#define _GNU_SOURCE
#include "fail_fixture.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define SEED_REQUEST	5
#define SEED_REPLY	7

/* A server, against a client that sends ----------------------------------------------------- */

/* Each message by a connection of its own: the server has to make everything for it. */
static void fail_sender(struct qt *qt, int chid, void *arg)
{
	char *out = malloc(FAIL_LARGE), *in = malloc(FAIL_LARGE);
	struct fail *f = arg;
	uint32_t nd = 0;
	long ret;
	int coid;

	(void)chid;
	QT_CHECK(qt, out && in);
	qt_fill(out, FAIL_LARGE, SEED_REQUEST);
	if (qt->remote)
		nd = (uint32_t)netmgr_strtond("/net/alpha", NULL);
	while (!atomic_load(&qt->page->mark[FAIL_STOP])) {
		coid = ConnectAttach(nd, qt->pid, f->chid, _NTO_SIDE_CHANNEL, 0);
		QT_CHECK(qt, coid != -1);
		ret = MsgSend_r(coid, out, f->len, in, f->len);
		/* the server's troubles, or the length of its reply */
		QT_CHECK(qt, ret == -ESRVRFAULT || ret == -ENOMEM ||
			 (ret >= 0 && qt_filled(in, (size_t)ret, SEED_REPLY)));
		QT_CHECK(qt, ConnectDetach(coid) == 0);
	}
}

static void before_receive(struct fail *f)
{
	struct pollfd polled = { .fd = f->channel, .events = POLLIN };

	QT_CHECK(&f->qt, poll(&polled, 1, QT_PATIENCE * 1000) == 1);
}

static int fail_reply(struct fail *f, size_t len)
{
	struct qnet_ioc_reply arg = {
		.call = {
			.flags = QNET_F_SEND_IOV,
			.priority = QNET_PRIO_DEFAULT,
			.tid = 1,
		},
		.rcvid = f->rcvid,
		.send = (uintptr_t)f->iov,
		.send_len = len ? FAIL_VECTORS : 0,
		.status = (int64_t)len,
	};

	return fail_ioctl(f->sock, QNET_IOC_REPLY, &arg);
}

/* The next one waits: until it does there is one object more or less. */
static void after_received(struct fail *f, int ret)
{
	if (!ret)
		QT_CHECK(&f->qt, fail_reply(f, 0) == 0);
	before_receive(f);
}

static int call_receive_message(struct fail *f)
{
	int ret = fail_call_receive(f);

	QT_CHECK(&f->qt, ret || (f->rcvid > 0 && qt_filled(f->in, f->len, SEED_REQUEST)));
	return ret;
}

static void before_message(struct fail *f)
{
	before_receive(f);
	QT_CHECK(&f->qt, call_receive_message(f) == 0);
	memcpy(f->in, f->expected, f->len);	/* what replies are made of */
}

static int call_reply(struct fail *f)
{
	return fail_reply(f, f->len);
}

/* Before the client was told it can be tried again; after that it is over. */
static void after_reply(struct fail *f, int ret)
{
	int again = fail_reply(f, 0);

	QT_CHECK(&f->qt, again == -ESRCH || (ret && again == 0));
	before_receive(f);
}

static int call_reply_receive(struct fail *f)
{
	struct qnet_ioc_receive arg = {
		.call = {
			.flags = QNET_F_REPLY_FIRST,
			.priority = QNET_PRIO_DEFAULT,
			.tid = 1,
		},
		.chid = f->chid,
		.rcvid = f->rcvid,
		.recv = (uintptr_t)f->out,
		.recv_len = f->len,
		.send = (uintptr_t)f->in,
		.send_len = f->len,
		.status = (int64_t)f->len,
	};
	int ret = fail_ioctl(f->sock, QNET_IOC_RECEIVE, &arg);

	if (!ret)
		f->rcvid = arg.rcvid;
	return ret;
}

static void after_reply_receive(struct fail *f, int ret)
{
	if (ret)
		after_reply(f, ret);
	else
		after_received(f, ret);
}

static int fail_transfer(struct fail *f, unsigned long op, unsigned int flags)
{
	struct qnet_ioc_transfer arg = {
		.call = { .flags = flags, .priority = QNET_PRIO_DEFAULT, .tid = 1 },
		.rcvid = f->rcvid,
		.buf = (uintptr_t)f->iov,
		.len = FAIL_VECTORS,
	};
	int ret = fail_ioctl(f->sock, op, &arg);

	QT_CHECK(&f->qt, ret || arg.done == f->len);
	return ret;
}

static int call_read(struct fail *f)
{
	int ret = fail_transfer(f, QNET_IOC_READ, QNET_F_RECV_IOV);

	QT_CHECK(&f->qt, ret || qt_filled(f->in, f->len, SEED_REQUEST));
	return ret;
}

static int call_write(struct fail *f)
{
	return fail_transfer(f, QNET_IOC_WRITE, QNET_F_SEND_IOV);
}

static void after_transfer(struct fail *f, int ret)
{
	(void)ret;
	after_received(f, 0);
}

static int call_message_info(struct fail *f)
{
	struct qnet_msg_info info = { 0 };
	struct qnet_ioc_info arg = { .rcvid = f->rcvid, .info = (uintptr_t)&info };
	int ret = fail_ioctl(f->sock, QNET_IOC_INFO, &arg);

	f->scoid = info.scoid;
	return ret;
}

static void before_client(struct fail *f)
{
	before_message(f);
	QT_CHECK(&f->qt, call_message_info(f) == 0);
}

static const struct fail_call server_calls[] = {
	{ "RECEIVE", before_receive, call_receive_message, after_received },
	{ "REPLY", before_message, call_reply, after_reply },
	{ "RECEIVE, replying first", before_message, call_reply_receive, after_reply_receive },
	{ "READ", before_message, call_read, after_transfer },
	{ "WRITE", before_message, call_write, after_transfer },
	{ "INFO", before_message, call_message_info, after_transfer },
	{ "CLIENT", before_client, fail_call_client, after_transfer },
};

static void fail_serve(struct __test_metadata *_metadata, struct fail *f, size_t len)
{
	f->chid = ChannelCreate(0);
	ASSERT_LT(0, f->chid);
	f->channel = qnet_channel_fd(f->chid);
	ASSERT_TRUE(fail_buffers(f, len));
	qt_fill(f->expected, len, SEED_REPLY);
	/* what comes unasked lives until it is received, and is no call's; the sender is beta */
	if (len == FAIL_FRAMES)
		ASSERT_EQ(0, qt_run(f->qt.server_ns, "qnetctl node set eager 0"));
	ASSERT_LT(0, qt_server(&f->qt, 0, fail_sender, f).chid);
	ASSERT_TRUE(fail_begin(f));
	before_receive(f);
	fail_calls(f, server_calls, ARRAY_SIZE(server_calls));
	/* others use the node, too */
	if (len == FAIL_FRAMES)
		ASSERT_EQ(0, qt_run(f->qt.server_ns, "qnetctl node set eager 65536"));
}

QT_TEST(fail, server)
{
	fail_serve(_metadata, &self->f, FAIL_SMALL);
}

QT_TEST(fail, server_large)
{
	fail_serve(_metadata, &self->f, variant->remote ? FAIL_FRAMES : FAIL_LARGE);
}

TEST_HARNESS_MAIN
