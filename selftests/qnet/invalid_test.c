// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what no well-behaved program does: junk numbers, unknown flags, pads that are not zero
 */
#include "qt_fixture.h"

#include <linux/qnet.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { RECEIVED, GO, RCVID };

/* Every call with a number that names no transaction of this process. */
static void expect_no_rcvid(struct __test_metadata *_metadata, int rcvid)
{
	struct _msg_info info;
	char buf[10] = "";

	EXPECT_EQ(-ESRCH, MsgReply_r(rcvid, 0, buf, 10)) TH_LOG("rcvid %#x", (unsigned int)rcvid);
	EXPECT_EQ(-ESRCH, MsgReply_r(rcvid, 0, NULL, 0));
	EXPECT_EQ(ESRCH, MsgError_r(rcvid, EIO));
	EXPECT_EQ(ESRCH, MsgError_r(rcvid, -1));
	EXPECT_EQ(-ESRCH, MsgRead_r(rcvid, buf, 10, 0));
	EXPECT_EQ(-ESRCH, MsgWrite_r(rcvid, buf, 10, 0));
	EXPECT_EQ(ESRCH, MsgInfo_r(rcvid, &info));
	errno = 0;
	EXPECT_EQ(-1, MsgReply(rcvid, 0, NULL, 0));
	EXPECT_EQ(ESRCH, errno);
}

QT_TEST(here, junk_rcvid)
{
	static const int junk[] = { 0, -1, 1, 2, 77, 0x10001, 0x20001, 0x12345678, INT_MAX,
				    INT_MIN, -77 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(junk); i++)
		expect_no_rcvid(_metadata, junk[i]);
	ASSERT_EQ(1, ChannelCreate(0));
	for (i = 0; i < ARRAY_SIZE(junk); i++)
		expect_no_rcvid(_metadata, junk[i]);
}

/* A server that says its rcvids, and answers the second message when told. */
static void telling_server(struct qt *qt, int chid, void *arg)
{
	int rcvid, old;

	(void)arg;
	old = MsgReceive(chid, NULL, 0, NULL);
	QT_CHECK(qt, old > 0);
	QT_CHECK(qt, MsgReply(old, 1, NULL, 0) == 0);
	rcvid = MsgReceive(chid, NULL, 0, NULL);
	QT_CHECK(qt, rcvid > 0 && rcvid != old);
	/* The same client, the same slot, another transaction: the old one names none. */
	QT_CHECK(qt, MsgReply_r(old, 5, NULL, 0) == -ESRCH);
	QT_CHECK(qt, MsgError_r(old, EIO) == ESRCH);
	QT_CHECK(qt, MsgRead_r(old, NULL, 0, 0) == -ESRCH);
	atomic_store(&qt->page->value[RCVID], rcvid);
	qt_mark(qt, RECEIVED);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	QT_CHECK(qt, MsgReply(rcvid, 2, NULL, 0) == 0);
	QT_CHECK(qt, MsgReply_r(rcvid, 2, NULL, 0) == -ESRCH);
}

QT_TEST(pair, stale_and_foreign_rcvid)
{
	struct qt_server server = qt_server(&self->qt, 0, telling_server, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server) };

	ASSERT_EQ(1, MsgSend(send.coid, NULL, 0, NULL, 0));
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, 1));
	/* Another process's. */
	ASSERT_EQ(1, ChannelCreate(0));
	expect_no_rcvid(_metadata, (int)atomic_load(&self->qt.page->value[RCVID]));
	EXPECT_FALSE(send.done);
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(2, send.status);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* A client that died leaves an rcvid behind: it never names the next client's message. */
static void remembering_server(struct qt *qt, int chid, void *arg)
{
	int dead[20], rcvid, i, n;

	(void)arg;
	for (n = 0; n < 20; n++) {
		dead[n] = MsgReceive(chid, NULL, 0, NULL);
		QT_CHECK(qt, dead[n] > 0);
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, qt_wait(qt, GO, n + 1));
		rcvid = MsgReceive(chid, NULL, 0, NULL);
		QT_CHECK(qt, rcvid > 0);
		for (i = 0; i <= n; i++) {
			QT_CHECK(qt, rcvid != dead[i]);
			QT_CHECK(qt, MsgReply_r(dead[i], 13, NULL, 0) == -ESRCH);
		}
		QT_CHECK(qt, MsgReply(rcvid, 0, NULL, 0) == 0);
	}
}

static void one_send(struct qt *qt, int chid, void *arg)
{
	(void)chid;
	QT_CHECK(qt, MsgSend(qt_attach(qt, *(struct qt_server *)arg), NULL, 0, NULL, 0) == 0);
}

QT_TEST(pair, rcvid_of_a_dead_client)
{
	struct qt_server server = qt_server(&self->qt, 0, remembering_server, NULL);
	pid_t client;
	int i;

	for (i = 0; i < 20; i++) {
		client = qt_client(&self->qt, one_send, &server);
		ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, i + 1));
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, client));
		qt_mark(&self->qt, GO);
		ASSERT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, one_send, &server)));
	}
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Generations of one slot: none of the last thousand is taken for the present one. */
static void generations(struct qt *qt, int chid, void *arg)
{
	static int old[1000];
	int i, n;

	(void)arg;
	for (n = 0; n < qt_rounds(1000); n++) {
		old[n] = MsgReceive(chid, NULL, 0, NULL);
		QT_CHECK(qt, old[n] > 0);
		for (i = 0; i < n; i += qt_rounds(97))
			QT_CHECK(qt, MsgReply_r(old[i], 0, NULL, 0) == -ESRCH);
		QT_CHECK(qt, MsgReply(old[n], n, NULL, 0) == 0);
	}
}

QT_TEST(pair, generations)
{
	struct qt_server server = qt_server(&self->qt, 0, generations, NULL);
	int coid = qt_attach(&self->qt, server), i;

	for (i = 0; i < qt_rounds(1000); i++)
		ASSERT_EQ(i, MsgSend(coid, NULL, 0, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Too long: an error before anything is sent. */
QT_TEST(pair, too_long)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	char *map = mmap(NULL, QNET_MSG_MAX + 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	static iov_t iov[5000];
	char in[4];

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EMSGSIZE, MsgSend_r(coid, map, QNET_MSG_MAX + 1, in, 4));
	EXPECT_EQ(-EMSGSIZE, MsgSend_r(coid, map, SSIZE_MAX, in, 4));
	EXPECT_EQ(-EMSGSIZE, MsgSend_r(coid, map, SIZE_MAX, in, 4));
	SETIOV(&iov[0], map, QNET_MSG_MAX);
	SETIOV(&iov[1], map, 1);
	EXPECT_EQ(-EMSGSIZE, MsgSendvs_r(coid, iov, 2, in, 4));
	EXPECT_EQ(-EMSGSIZE, MsgSendvs_r(coid, iov, 5000, in, 4));
	EXPECT_EQ(-EMSGSIZE, MsgSendvs_r(coid, iov, SIZE_MAX, in, 4));
	EXPECT_EQ(-EMSGSIZE, MsgSendsv_r(coid, in, 4, iov, 5000));
	/* A reply buffer that is longer than any reply is none of these. */
	EXPECT_EQ((long)qt_sum("abc", 3), MsgSend(coid, "abc", 3, map, QNET_MSG_MAX + 4096));
}

/* A server's reply over the limit is refused, and its client still waits for another. */
static void long_replier(struct qt *qt, int chid, void *arg)
{
	char *map = mmap(NULL, QNET_MSG_MAX + 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int rcvid;

	(void)arg;
	QT_CHECK(qt, map != MAP_FAILED);
	rcvid = MsgReceive(chid, NULL, 0, NULL);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, MsgReply_r(rcvid, 0, map, QNET_MSG_MAX + 1) == -EMSGSIZE);
	QT_CHECK(qt, MsgError_r(rcvid, 5000) == EINVAL);
	QT_CHECK(qt, MsgError_r(rcvid, -2) == EINVAL);
	QT_CHECK(qt, MsgReply(rcvid, 4, NULL, 0) == 0);
}

QT_TEST(pair, too_long_reply)
{
	struct qt_server server = qt_server(&self->qt, 0, long_replier, NULL);
	char in[4];

	EXPECT_EQ(4, MsgSend(qt_attach(&self->qt, server), NULL, 0, in, 4));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Raw calls: each is good as it stands, and refused when one field of it is spoilt. */
static int raw_socket(int type, int protocol)
{
	int family = QNET_FAMILY_DEFAULT;
	FILE *file = fopen("/sys/module/qnet/parameters/family", "re");

	if (file && fscanf(file, "%d", &family) != 1)
		family = QNET_FAMILY_DEFAULT;
	if (file)
		fclose(file);
	return socket(family, type | SOCK_CLOEXEC, protocol);
}

static int raw(int fd, unsigned long op, void *arg)
{
	return ioctl(fd, op, arg) < 0 ? -errno : 0;
}

#define GOOD_CALL { .tid = 1, .priority = 10 }

/* Writes 32 bits over a field that must be zero, or known. */
struct spoil {
	size_t offset;
	uint32_t value;
};

/* What leads a call that may block leads its argument. */
static const struct spoil spoilt_call[] = {
	{ offsetof(struct qnet_call, flags), 1U << 31 },
	{ offsetof(struct qnet_call, flags), 1U << 10 },
	{ offsetof(struct qnet_call, pad), 1 },
	{ offsetof(struct qnet_call, tid), 0 },
	{ offsetof(struct qnet_call, tid), (uint32_t)-1 },
	{ offsetof(struct qnet_call, priority), 0 },
	{ offsetof(struct qnet_call, priority), 256 },
	{ offsetof(struct qnet_call, states), 1U << 3 },
	{ offsetof(struct qnet_call, states), 1U << 31 },
	{ offsetof(struct qnet_call, deadline), 5 },
	{ offsetof(struct qnet_call, clock), 5 },
};

static void expect_spoilt(struct __test_metadata *_metadata, int fd, unsigned long op,
			  const void *good, const struct spoil *spoil, size_t count)
{
	char arg[512];
	size_t i;

	for (i = 0; i < count; i++) {
		memcpy(arg, good, _IOC_SIZE(op));
		memcpy(arg + spoil[i].offset, &spoil[i].value, sizeof(spoil[i].value));
		EXPECT_EQ(-EINVAL, raw(fd, op, arg))
			TH_LOG("ioctl %#lx, offset %zu, value %#x", op, spoil[i].offset,
			       spoil[i].value);
	}
}

static void expect_spoilt_call(struct __test_metadata *_metadata, int fd, unsigned long op,
			       const void *good)
{
	expect_spoilt(_metadata, fd, op, good, spoilt_call, ARRAY_SIZE(spoilt_call));
}

QT_TEST(here, spoilt_connection_calls)
{
	static const struct spoil send[] = {
		{ offsetof(struct qnet_ioc_send, call.flags), QNET_F_PULSE_ONLY },
		{ offsetof(struct qnet_ioc_send, call.flags), QNET_F_REPLY_FIRST },
		{ offsetof(struct qnet_ioc_send, call.flags), QNET_F_REPLY_ERROR },
	};
	static const struct spoil pulse[] = {
		{ offsetof(struct qnet_ioc_pulse, call.flags), QNET_F_SEND_IOV },
		{ offsetof(struct qnet_ioc_pulse, priority), 256 },
		{ offsetof(struct qnet_ioc_pulse, priority), (uint32_t)-2 },
		{ offsetof(struct qnet_ioc_pulse, code), 128 },
		{ offsetof(struct qnet_ioc_pulse, code), (uint32_t)-129 },
	};
	static const struct spoil describe[] = {
		{ offsetof(struct qnet_ioc_connection, flags), 1 },
		{ offsetof(struct qnet_ioc_connection, flags), 1U << 31 },
	};
	struct qnet_ioc_send good_send = { .call = GOOD_CALL };
	struct qnet_ioc_pulse good_pulse = { .call = GOOD_CALL, .priority = 10, .code = 1 };
	struct qnet_ioc_connection good_describe = { 0 };
	int chid = ChannelCreate(0);
	int fd = ConnectAttach(0, 0, chid, 0, 0);
	struct _pulse got;

	expect_spoilt_call(_metadata, fd, QNET_IOC_SEND, &good_send);
	expect_spoilt(_metadata, fd, QNET_IOC_SEND, &good_send, send, ARRAY_SIZE(send));
	expect_spoilt_call(_metadata, fd, QNET_IOC_PULSE, &good_pulse);
	expect_spoilt(_metadata, fd, QNET_IOC_PULSE, &good_pulse, pulse, ARRAY_SIZE(pulse));
	expect_spoilt(_metadata, fd, QNET_IOC_CONNECTION, &good_describe, describe,
		      ARRAY_SIZE(describe));
	EXPECT_EQ(-EFAULT, raw(fd, QNET_IOC_SEND, (void *)8));
	EXPECT_EQ(-EFAULT, raw(fd, QNET_IOC_PULSE, (void *)8));
	EXPECT_EQ(-EFAULT, raw(fd, QNET_IOC_CONNECTION, (void *)8));
	EXPECT_EQ(-ENOTTY, raw(fd, QNET_IOC_RECEIVE, &good_send));
	EXPECT_EQ(-ENOTTY, raw(fd, _IO(QNET_IOC_MAGIC, 0x7f), NULL));
	/* And the good ones are good. */
	EXPECT_EQ(0, raw(fd, QNET_IOC_CONNECTION, &good_describe));
	EXPECT_EQ(getpid(), good_describe.pid);
	EXPECT_EQ(chid, good_describe.chid);
	EXPECT_EQ(fd, good_describe.coid);
	EXPECT_EQ(0, raw(fd, QNET_IOC_PULSE, &good_pulse));
	EXPECT_EQ(0, MsgReceive(chid, &got, sizeof(got), NULL));
	good_send.call.states = QNET_STATE_SEND;
	good_send.call.clock = CLOCK_MONOTONIC;
	EXPECT_EQ(-ETIMEDOUT, raw(fd, QNET_IOC_SEND, &good_send));
}

QT_TEST(here, spoilt_server_calls)
{
	static const struct spoil receive[] = {
		{ offsetof(struct qnet_ioc_receive, rcvid), 7 },
		{ offsetof(struct qnet_ioc_receive, send), 7 },
		{ offsetof(struct qnet_ioc_receive, send_len), 7 },
		{ offsetof(struct qnet_ioc_receive, status), 7 },
		{ offsetof(struct qnet_ioc_receive, call.flags), QNET_F_SEND_IOV },
		{ offsetof(struct qnet_ioc_receive, call.flags), QNET_F_REPLY_ERROR },
	};
	static const struct spoil reply[] = {
		{ offsetof(struct qnet_ioc_reply, pad), 1 },
		{ offsetof(struct qnet_ioc_reply, call.flags), QNET_F_RECV_IOV },
		{ offsetof(struct qnet_ioc_reply, call.flags), QNET_F_PULSE_ONLY },
	};
	static const struct spoil transfer[] = {
		{ offsetof(struct qnet_ioc_transfer, pad), 1 },
		{ offsetof(struct qnet_ioc_transfer, call.flags), QNET_F_REPLY_FIRST },
	};
	struct qnet_ioc_receive good_receive = { .call = GOOD_CALL, .chid = ChannelCreate(0) };
	struct qnet_ioc_reply good_reply = { .call = GOOD_CALL, .rcvid = 7 };
	struct qnet_ioc_transfer good_transfer = { .call = GOOD_CALL, .rcvid = 7 };
	int fd = raw_socket(SOCK_SEQPACKET, 0);

	ASSERT_GT(fd, 0);
	expect_spoilt_call(_metadata, fd, QNET_IOC_RECEIVE, &good_receive);
	expect_spoilt(_metadata, fd, QNET_IOC_RECEIVE, &good_receive, receive,
		      ARRAY_SIZE(receive));
	expect_spoilt_call(_metadata, fd, QNET_IOC_REPLY, &good_reply);
	expect_spoilt(_metadata, fd, QNET_IOC_REPLY, &good_reply, reply, ARRAY_SIZE(reply));
	expect_spoilt_call(_metadata, fd, QNET_IOC_READ, &good_transfer);
	expect_spoilt(_metadata, fd, QNET_IOC_READ, &good_transfer, transfer,
		      ARRAY_SIZE(transfer));
	expect_spoilt_call(_metadata, fd, QNET_IOC_WRITE, &good_transfer);
	expect_spoilt(_metadata, fd, QNET_IOC_WRITE, &good_transfer, transfer,
		      ARRAY_SIZE(transfer));
	EXPECT_EQ(-ESRCH, raw(fd, QNET_IOC_REPLY, &good_reply));
	EXPECT_EQ(-ESRCH, raw(fd, QNET_IOC_READ, &good_transfer));
	EXPECT_EQ(-ESRCH, raw(fd, QNET_IOC_WRITE, &good_transfer));
	good_receive.call.states = QNET_STATE_RECEIVE;
	good_receive.call.clock = CLOCK_MONOTONIC;
	EXPECT_EQ(-ETIMEDOUT, raw(fd, QNET_IOC_RECEIVE, &good_receive));
}

QT_TEST(here, spoilt_control_calls)
{
	static const struct spoil create[] = {
		{ offsetof(struct qnet_ioc_channel_create, flags), 1 },
		{ offsetof(struct qnet_ioc_channel_create, channel_flags), 1U << 8 },
		{ offsetof(struct qnet_ioc_channel_create, channel_flags), 1U << 31 },
	};
	static const struct spoil channel[] = {
		{ offsetof(struct qnet_ioc_channel, flags), 1 },
		{ offsetof(struct qnet_ioc_channel, flags), 1U << 31 },
	};
	static const struct spoil connect[] = {
		{ offsetof(struct qnet_ioc_connect, flags), 1U << 2 },
		{ offsetof(struct qnet_ioc_connect, flags), 1U << 31 },
	};
	static const struct spoil info[] = { { offsetof(struct qnet_ioc_info, flags), 1 } };
	static const struct spoil client[] = { { offsetof(struct qnet_ioc_client, flags), 1 } };
	static const struct spoil detach[] = {
		{ offsetof(struct qnet_ioc_client_detach, flags), 1 },
	};
	static const struct spoil name[] = { { offsetof(struct qnet_ioc_name, flags), 1 } };
	static const struct spoil lookup[] = {
		{ offsetof(struct qnet_ioc_name_lookup, pad), 1 },
		{ offsetof(struct qnet_ioc_name_lookup, call.flags), QNET_F_SEND_IOV },
	};
	static const struct spoil node[] = { { offsetof(struct qnet_ioc_node, flags), 1 } };
	static const struct spoil priority[] = {
		{ offsetof(struct qnet_ioc_priority, flags), 1 },
		{ offsetof(struct qnet_ioc_priority, priority), 0 },
		{ offsetof(struct qnet_ioc_priority, priority), 256 },
	};
	struct qnet_ioc_channel_create good_create = { 0 };
	struct qnet_ioc_channel good_channel = { .chid = ChannelCreate(0) };
	struct qnet_ioc_connect good_connect = { .chid = good_channel.chid };
	struct qnet_ioc_info good_info = { 0 };
	struct qnet_ioc_client good_client = { .scoid = -1 };
	struct qnet_ioc_client_detach good_detach = { 0 };
	struct qnet_ioc_name good_name = { .chid = good_channel.chid, .name = "name" };
	struct qnet_ioc_name_lookup good_lookup = { .call = GOOD_CALL, .name = "name" };
	struct qnet_ioc_node good_node = { 0 };
	struct qnet_ioc_priority good_priority = { .priority = 10 };
	int fd = raw_socket(SOCK_SEQPACKET, 0);

	ASSERT_GT(fd, 0);
	expect_spoilt(_metadata, fd, QNET_IOC_CHANNEL_CREATE, &good_create, create,
		      ARRAY_SIZE(create));
	expect_spoilt(_metadata, fd, QNET_IOC_CHANNEL_DESTROY, &good_channel, channel,
		      ARRAY_SIZE(channel));
	expect_spoilt(_metadata, fd, QNET_IOC_CHANNEL_INFO, &good_channel, channel,
		      ARRAY_SIZE(channel));
	expect_spoilt(_metadata, fd, QNET_IOC_CONNECT, &good_connect, connect,
		      ARRAY_SIZE(connect));
	expect_spoilt(_metadata, fd, QNET_IOC_INFO, &good_info, info,
		      ARRAY_SIZE(info));
	expect_spoilt(_metadata, fd, QNET_IOC_CLIENT, &good_client, client,
		      ARRAY_SIZE(client));
	expect_spoilt(_metadata, fd, QNET_IOC_CLIENT_DETACH, &good_detach, detach,
		      ARRAY_SIZE(detach));
	expect_spoilt(_metadata, fd, QNET_IOC_NAME_ATTACH, &good_name, name,
		      ARRAY_SIZE(name));
	expect_spoilt(_metadata, fd, QNET_IOC_NAME_DETACH, &good_name, name,
		      ARRAY_SIZE(name));
	expect_spoilt_call(_metadata, fd, QNET_IOC_NAME_LOOKUP, &good_lookup);
	expect_spoilt(_metadata, fd, QNET_IOC_NAME_LOOKUP, &good_lookup, lookup,
		      ARRAY_SIZE(lookup));
	expect_spoilt(_metadata, fd, QNET_IOC_NODE_LOOKUP, &good_node, node,
		      ARRAY_SIZE(node));
	expect_spoilt(_metadata, fd, QNET_IOC_NODE_NAME, &good_node, node,
		      ARRAY_SIZE(node));
	expect_spoilt(_metadata, fd, QNET_IOC_PRIORITY, &good_priority, priority,
		      ARRAY_SIZE(priority));
	/* Names without an end. */
	memset(good_name.name, 'n', sizeof(good_name.name));
	memset(good_lookup.name, 'n', sizeof(good_lookup.name));
	memset(good_node.name, 'n', sizeof(good_node.name));
	EXPECT_EQ(-EINVAL, raw(fd, QNET_IOC_NAME_ATTACH, &good_name));
	EXPECT_EQ(-EINVAL, raw(fd, QNET_IOC_NAME_LOOKUP, &good_lookup));
	EXPECT_EQ(-EINVAL, raw(fd, QNET_IOC_NODE_LOOKUP, &good_node));
	EXPECT_EQ(-ENOTTY, raw(fd, _IO(QNET_IOC_MAGIC, 0x7f), NULL));
	EXPECT_EQ(-ENOTTY, raw(fd, QNET_IOC_SEND, &good_name));
	EXPECT_EQ(-EFAULT, raw(fd, QNET_IOC_CHANNEL_CREATE, (void *)8));
	EXPECT_EQ(-EFAULT, raw(fd, QNET_IOC_PRIORITY, NULL));
	EXPECT_EQ(0, raw(fd, QNET_IOC_CHANNEL_INFO, &good_channel));
	EXPECT_EQ(0, raw(fd, QNET_IOC_CLIENT, &good_client));
	fd = qnet_channel_fd(good_channel.chid);
	EXPECT_EQ(-ENOTTY, raw(fd, QNET_IOC_PRIORITY, &good_priority));
}

/* As a socket it can nothing. */
QT_TEST(here, socket)
{
	int fd = raw_socket(SOCK_SEQPACKET, 0);
	struct sockaddr addr = { .sa_family = QNET_FAMILY_DEFAULT };
	char buf[8];

	ASSERT_GT(fd, 0);
	EXPECT_EQ(-1, raw_socket(SOCK_STREAM, 0));
	EXPECT_EQ(-1, raw_socket(SOCK_DGRAM, 0));
	EXPECT_EQ(-1, raw_socket(SOCK_RAW, 0));
	EXPECT_EQ(-1, raw_socket(SOCK_SEQPACKET, 1));
	EXPECT_EQ(-1, bind(fd, &addr, sizeof(addr)));
	EXPECT_EQ(-1, connect(fd, &addr, sizeof(addr)));
	EXPECT_EQ(-1, listen(fd, 1));
	EXPECT_EQ(-1, accept(fd, NULL, NULL));
	EXPECT_EQ(-1, send(fd, "x", 1, 0));
	EXPECT_EQ(-1, recv(fd, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(-1, shutdown(fd, SHUT_RDWR));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(0, close(fd));
}

/* As files channels and connections can nothing but what they are for. */
QT_TEST(here, files)
{
	int chid = ChannelCreate(0);
	int fds[2] = { qnet_channel_fd(chid), ConnectAttach(0, 0, chid, 0, 0) };
	char buf[8];
	int i;

	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-1, read(fds[i], buf, sizeof(buf)));
		EXPECT_EQ(-1, write(fds[i], buf, sizeof(buf)));
		EXPECT_EQ(-1, ftruncate(fds[i], 0));
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fds[i], 0));
	}
}

TEST_HARNESS_MAIN
