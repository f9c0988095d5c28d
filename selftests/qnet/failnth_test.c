// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - failing allocations: what a process makes for itself, and a client's calls
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120 kernel=debug allow=oom
 */
#define _GNU_SOURCE
#include "fail_fixture.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAMED = FAIL_STOP + 1 };

/* Objects of the process itself ------------------------------------------------------------- */

static int call_socket(struct fail *f)
{
	f->fd = socket(QNET_FAMILY_DEFAULT, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return f->fd < 0 ? -errno : 0;
}

static void after_fd(struct fail *f, int ret)
{
	if (!ret)
		close(f->fd);
}

static int call_create(struct fail *f)
{
	struct qnet_ioc_channel_create arg = {
		.channel_flags = QNET_CHF_COID_DISCONNECT | QNET_CHF_DISCONNECT,
	};
	int ret = fail_ioctl(f->sock, QNET_IOC_CHANNEL_CREATE, &arg);

	f->fd = arg.fd;
	f->chid = arg.chid;
	return ret;
}

static void before_create(struct fail *f)
{
	QT_CHECK(&f->qt, call_create(f) == 0);
	f->channel = f->fd;
}

static int call_channel(struct fail *f, unsigned long op)
{
	struct qnet_ioc_channel arg = { .chid = f->chid };
	int ret = fail_ioctl(f->sock, op, &arg);

	QT_CHECK(&f->qt, ret || arg.fd == f->channel);
	return ret;
}

static int call_info(struct fail *f)
{
	return call_channel(f, QNET_IOC_CHANNEL_INFO);
}

static int call_destroy(struct fail *f)
{
	return call_channel(f, QNET_IOC_CHANNEL_DESTROY);
}

static void after_channel(struct fail *f, int ret)
{
	(void)ret;
	close(f->channel);
}

static int call_connect_self(struct fail *f)
{
	struct qnet_ioc_connect arg = {
		.flags = QNET_COF_SIDE_CHANNEL,
		.chid = f->chid,
		.index = 30,
	};
	int ret = fail_ioctl(f->sock, QNET_IOC_CONNECT, &arg);

	f->fd = arg.coid & ~QNET_SIDE_CHANNEL;
	QT_CHECK(&f->qt, ret || f->fd >= 30);
	return ret;
}

static void after_connect_self(struct fail *f, int ret)
{
	if (!ret)
		close(f->fd);
	close(f->channel);
}

static void before_self(struct fail *f)
{
	before_create(f);
	QT_CHECK(&f->qt, call_connect_self(f) == 0);
}

static void after_self(struct fail *f, int ret)
{
	(void)ret;
	close(f->fd);
	close(f->channel);
}

static void after_pulse_self(struct fail *f, int ret)
{
	struct pollfd polled = { .fd = f->channel, .events = POLLIN };

	QT_CHECK(&f->qt, poll(&polled, 1, 0) == !ret);
	after_self(f, ret);
}

static void before_pulse(struct fail *f)
{
	before_self(f);
	QT_CHECK(&f->qt, fail_call_pulse(f) == 0);
}

static int call_poll(struct fail *f)
{
	struct pollfd polled[2] = {
		{ .fd = f->channel, .events = POLLIN },
		{ .fd = f->fd, .events = POLLOUT },
	};
	int ret = poll(polled, 2, 0);

	QT_CHECK(&f->qt, ret < 0 || ret == 2);
	return ret < 0 ? -errno : 0;
}

static void before_scoid(struct fail *f)
{
	before_self(f);
	QT_CHECK(&f->qt, fail_call_connection(f) == 0);
	close(f->fd);
}

static int call_client_detach(struct fail *f)
{
	struct qnet_ioc_client_detach arg = { .scoid = f->scoid };

	return fail_ioctl(f->sock, QNET_IOC_CLIENT_DETACH, &arg);
}

static void after_scoid(struct fail *f, int ret)
{
	/* it is given back once */
	QT_CHECK(&f->qt, call_client_detach(f) == (ret ? 0 : -EINVAL));
	close(f->channel);
}

static int call_name(struct fail *f, unsigned long op)
{
	struct qnet_ioc_name arg = { .chid = f->chid, .name = FAIL_NAME };

	return fail_ioctl(f->sock, op, &arg);
}

static int call_name_attach(struct fail *f)
{
	return call_name(f, QNET_IOC_NAME_ATTACH);
}

static int call_name_detach(struct fail *f)
{
	return call_name(f, QNET_IOC_NAME_DETACH);
}

static void after_name_attach(struct fail *f, int ret)
{
	QT_CHECK(&f->qt, fail_call_name_lookup(f) == (ret ? -ENOENT : 0));
	close(f->channel);
}

static void before_name(struct fail *f)
{
	before_create(f);
	QT_CHECK(&f->qt, call_name_attach(f) == 0);
}

static void after_name_detach(struct fail *f, int ret)
{
	QT_CHECK(&f->qt, fail_call_name_lookup(f) == (ret ? 0 : -ENOENT));
	close(f->channel);
}

static int call_priority(struct fail *f)
{
	struct qnet_ioc_priority arg = { .priority = QNET_PRIO_DEFAULT };

	return fail_ioctl(f->sock, QNET_IOC_PRIORITY, &arg);
}

static void before_client_self(struct fail *f)
{
	f->scoid = -1;
}

static const struct fail_call first_calls[] = {
	{ "socket, the first", NULL, call_socket, after_fd },
};

static const struct fail_call own_calls[] = {
	{ "socket", NULL, call_socket, after_fd },
	{ "CHANNEL_CREATE", NULL, call_create, after_fd },
	{ "CHANNEL_INFO", before_create, call_info, after_channel },
	{ "CHANNEL_DESTROY", before_create, call_destroy, after_channel },
	{ "CONNECT", before_create, call_connect_self, after_connect_self },
	{ "CONNECTION", before_self, fail_call_connection, after_self },
	{ "PULSE", before_self, fail_call_pulse, after_pulse_self },
	{ "RECEIVE of a pulse", before_pulse, fail_call_receive, after_self },
	{ "poll", before_pulse, call_poll, after_self },
	{ "CLIENT_DETACH", before_scoid, call_client_detach, after_scoid },
	{ "NAME_ATTACH", before_create, call_name_attach, after_name_attach },
	{ "NAME_LOOKUP", before_name, fail_call_name_lookup, after_channel },
	{ "NAME_DETACH", before_name, call_name_detach, after_name_detach },
	{ "NODE_LOOKUP", NULL, fail_call_node_lookup, NULL },
	{ "NODE_NAME", NULL, fail_call_node_name, NULL },
	{ "PRIORITY", NULL, call_priority, NULL },
	{ "CLIENT of itself", before_client_self, fail_call_client, NULL },
};

/* A client, against a server that echoes ---------------------------------------------------- */

static void fail_echo(struct qt *qt, int chid, void *arg)
{
	struct fail f = { .chid = chid };

	(void)arg;
	QT_CHECK(qt, (f.sock = socket(QNET_FAMILY_DEFAULT, SOCK_SEQPACKET, 0)) >= 0);
	QT_CHECK(qt, call_name_attach(&f) == 0);
	qt_mark(qt, NAMED);
	qt_echo(qt, chid, QT_LEAVING);
}

static int call_connect(struct fail *f)
{
	struct qnet_ioc_connect arg = {
		.nd = f->qt.nd,
		.pid = f->server.pid,
		.chid = f->server.chid,
	};
	int ret = fail_ioctl(f->sock, QNET_IOC_CONNECT, &arg);

	f->fd = arg.coid;
	return ret;
}

static void before_connection(struct fail *f)
{
	QT_CHECK(&f->qt, call_connect(f) == 0);
}

static void after_connection(struct fail *f, int ret)
{
	(void)ret;
	close(f->fd);
}

static int fail_send(struct fail *f, size_t len, bool vector)
{
	struct qnet_ioc_send arg = {
		.call = { .priority = QNET_PRIO_DEFAULT, .tid = 1 },
		.send = (uintptr_t)f->out,
		.send_len = len,
		.recv = (uintptr_t)f->in,
		.recv_len = len,
	};
	int ret;

	if (vector) {
		arg.call.flags = QNET_F_RECV_IOV;
		arg.recv = (uintptr_t)f->iov;
		arg.recv_len = FAIL_VECTORS;
	}
	ret = fail_ioctl(f->fd, QNET_IOC_SEND, &arg);
	QT_CHECK(&f->qt, ret || ((uint32_t)arg.status == qt_sum(f->out, len) &&
				 !memcmp(f->in, f->expected, len)));
	return ret;
}

static int call_send(struct fail *f)
{
	return fail_send(f, FAIL_SMALL, false);
}

static int call_send_large(struct fail *f)
{
	memset(f->in, 0, f->len);
	return fail_send(f, f->len, true);
}

/* The first one on a connection attaches it, where the server is on another node. */
static const struct fail_call client_calls[] = {
	{ "CONNECT", NULL, call_connect, after_fd },
	{ "SEND", before_connection, call_send, after_connection },
	{ "SEND, large", before_connection, call_send_large, after_connection },
	{ "PULSE", before_connection, fail_call_pulse, after_connection },
	{ "CONNECTION", before_connection, fail_call_connection, after_connection },
	{ "NAME_LOOKUP", NULL, fail_call_name_lookup, NULL },
	{ "NODE_LOOKUP", NULL, fail_call_node_lookup, NULL },
	{ "NODE_NAME", NULL, fail_call_node_name, NULL },
};

/* The tests --------------------------------------------------------------------------------- */

/* A process on its own. */
FIXTURE(alone) {
	struct fail f;
};

FIXTURE_SETUP(alone)
{
	ASSERT_TRUE(qt_setup(&self->f.qt, false));
	ASSERT_TRUE(fail_open(&self->f));
	ASSERT_EQ(0, qt_run(-1, "qnetctl node set alone"));
	ASSERT_TRUE(fail_buffers(&self->f, FAIL_SMALL));
}

FIXTURE_TEARDOWN(alone)
{
	fail_end(&self->f);
	EXPECT_EQ(0, self->f.qt.page->faults)
		TH_LOG("first of them: %s", self->f.qt.page->fault);
}

QT_TEST(alone, first)
{
	ASSERT_TRUE(qt_fail_begin());
	fail_calls(&self->f, first_calls, ARRAY_SIZE(first_calls));
}

QT_TEST(alone, own)
{
	ASSERT_TRUE(fail_begin(&self->f));
	fail_calls(&self->f, own_calls, ARRAY_SIZE(own_calls));
}

QT_TEST(fail, client)
{
	struct fail *f = &self->f;

	if (!variant->remote)
		ASSERT_EQ(0, qt_run(-1, "qnetctl node set alone"));
	f->server = qt_server(&f->qt, 0, fail_echo, NULL);
	ASSERT_LT(0, f->server.chid);
	ASSERT_TRUE(qt_wait(&f->qt, NAMED, 1));
	ASSERT_TRUE(fail_buffers(f, variant->remote ? FAIL_FRAMES : FAIL_LARGE));
	qt_fill(f->out, FAIL_LARGE, 5);
	memcpy(f->expected, f->out, FAIL_LARGE);
	qt_turn(f->expected, FAIL_LARGE);
	ASSERT_TRUE(fail_begin(f));
	fail_calls(f, client_calls, ARRAY_SIZE(client_calls));
	if (!variant->remote)
		return;
	/* and when it is asked for what it sent unasked */
	ASSERT_EQ(0, qt_run(f->qt.client_ns, "qnetctl node set eager 0"));
	fail_calls(f, client_calls, ARRAY_SIZE(client_calls));
}

TEST_HARNESS_MAIN
