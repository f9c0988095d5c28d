// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the numbers: chid, coid, scoid
 *
 * vm: timeout=90
 */
#include "qt_fixture.h"

#include <fcntl.h>
#include <sys/resource.h>

/* Programs have the 1 written in them. */
QT_TEST(here, first_chid_is_one)
{
	int i;

	ASSERT_EQ(1, ChannelCreate(0));
	for (i = 2; i <= 40; i++)
		ASSERT_EQ(i, ChannelCreate(0));
	ASSERT_EQ(0, ChannelDestroy(7));
	ASSERT_EQ(0, ChannelDestroy(3));
	EXPECT_EQ(3, ChannelCreate(0));
	EXPECT_EQ(7, ChannelCreate(0));
	EXPECT_EQ(41, ChannelCreate(0));
}

static void first_chid_child(struct qt *qt, int chid, void *arg)
{
	(void)arg;
	(void)chid;
	QT_CHECK(qt, ChannelCreate(0) == 1);
	QT_CHECK(qt, ChannelCreate(0) == 2);
}

QT_TEST(here, first_chid_after_fork)
{
	ASSERT_EQ(1, ChannelCreate(0));
	ASSERT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, first_chid_child, NULL)));
	EXPECT_EQ(2, ChannelCreate(0));
}

QT_TEST(here, destroyed_chid)
{
	int chid = ChannelCreate(0);
	int fd = qnet_channel_fd(chid);

	ASSERT_GT(fd, 2);
	ASSERT_EQ(0, ChannelDestroy(chid));
	EXPECT_EQ(-1, fcntl(fd, F_GETFD));
	errno = 0;
	EXPECT_EQ(-1, ChannelDestroy(chid));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(EINVAL, ChannelDestroy_r(chid));
	EXPECT_EQ(EINVAL, ChannelDestroy_r(0));
	EXPECT_EQ(EINVAL, ChannelDestroy_r(-1));
	EXPECT_EQ(-ESRCH, MsgReceive_r(chid, NULL, 0, NULL));
	EXPECT_EQ(-ESRCH, MsgReceive_r(-1, NULL, 0, NULL));
	EXPECT_EQ(-1, qnet_channel_fd(chid));
}

/* Closing its file destroys a channel, too. */
QT_TEST(here, closed_channel)
{
	int chid = ChannelCreate(0);

	ASSERT_EQ(0, close(qnet_channel_fd(chid)));
	EXPECT_EQ(-ESRCH, MsgReceive_r(chid, NULL, 0, NULL));
	EXPECT_EQ(chid, ChannelCreate(0));
}

QT_TEST(here, channel_flags)
{
	unsigned int bit;

	for (bit = 8; bit < 32; bit++) {
		errno = 0;
		EXPECT_EQ(-1, ChannelCreate(1U << bit));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(1, ChannelCreate(_NTO_CHF_FIXED_PRIORITY | _NTO_CHF_UNBLOCK |
				   _NTO_CHF_DISCONNECT | _NTO_CHF_SENDER_LEN |
				   _NTO_CHF_REPLY_LEN | _NTO_CHF_PRIVATE));
	/* More than one, where Neutrino has but one a process. */
	EXPECT_EQ(2, ChannelCreate(_NTO_CHF_COID_DISCONNECT));
	EXPECT_EQ(3, ChannelCreate(_NTO_CHF_COID_DISCONNECT));
}

QT_TEST(here, coid_is_never_zero)
{
	int chid = ChannelCreate(0);
	int saved = dup(0);
	int coid;

	close(0);
	coid = ConnectAttach(0, 0, chid, 0, 0);
	EXPECT_GT(coid, 0);
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 0));
	EXPECT_EQ(0, ConnectDetach(coid));
	coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	EXPECT_GT(coid, _NTO_SIDE_CHANNEL);
	EXPECT_EQ(0, ConnectDetach(coid));
	/* Nor did the control socket, or a channel, take it. */
	EXPECT_EQ(-1, fcntl(0, F_GETFD));
	dup2(saved, 0);
	close(saved);
}

QT_TEST(here, coid_from_index)
{
	int chid = ChannelCreate(0);
	int a = ConnectAttach(0, 0, chid, 50, 0);
	int b = ConnectAttach(0, getpid(), chid, 50, _NTO_COF_CLOEXEC);
	int c = ConnectAttach(0, 0, chid, 0, 0);

	EXPECT_EQ(50, a);
	EXPECT_EQ(51, b);
	EXPECT_LT(c, 50);
	EXPECT_EQ(FD_CLOEXEC, fcntl(a, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(b, F_GETFD));
	EXPECT_EQ(0, ConnectDetach(a));
	EXPECT_EQ(50, ConnectAttach(0, 0, chid, 50, 0));
	errno = 0;
	EXPECT_EQ(-1, ConnectAttach(0, 0, chid, 0x3fffffff, 0));
	EXPECT_EQ(EAGAIN, errno);
}

/* A coid of the file descriptor space is a descriptor: close() detaches. */
QT_TEST(here, close_is_detach)
{
	int chid = ChannelCreate(_NTO_CHF_DISCONNECT);
	int coid = ConnectAttach(0, 0, chid, 0, 0);
	struct _pulse pulse;

	ASSERT_GT(coid, 0);
	ASSERT_EQ(0, close(coid));
	EXPECT_EQ(EINVAL, ConnectDetach_r(coid));
	EXPECT_EQ(-EBADF, MsgSend_r(coid, NULL, 0, NULL, 0));
	ASSERT_EQ(0, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(_PULSE_CODE_DISCONNECT, pulse.code);
}

QT_TEST(here, not_a_coid)
{
	static const int wrong[] = { -1, -2, 0, 1, 2, 900, 0x10000, 0x3fffffff, INT_MAX, INT_MIN,
				     _NTO_SIDE_CHANNEL + 1, _NTO_SIDE_CHANNEL + 900 };
	int chid = ChannelCreate(0);
	int fd = qnet_channel_fd(chid);
	char byte;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EBADF, MsgSend_r(wrong[i], &byte, 1, &byte, 1));
		EXPECT_EQ(EBADF, MsgSendPulse_r(wrong[i], 10, 1, 1));
		EXPECT_EQ(EINVAL, ConnectDetach_r(wrong[i]))
			TH_LOG("coid %#x", (unsigned int)wrong[i]);
	}
	EXPECT_EQ(EPERM, ConnectDetach_r(SYSMGR_COID));
	EXPECT_EQ(-EBADF, MsgSend_r(SYSMGR_COID, NULL, 0, NULL, 0));
	/* Descriptors of other kinds stay what they are. */
	EXPECT_EQ(-EBADF, MsgSend_r(fd, NULL, 0, NULL, 0));
	EXPECT_EQ(EINVAL, ConnectDetach_r(fd));
	EXPECT_EQ(fd, qnet_channel_fd(chid));
	EXPECT_NE(-1, fcntl(1, F_GETFD));
	EXPECT_NE(-1, fcntl(2, F_GETFD));
	EXPECT_EQ(-1, qnet_connection_fd(1));
}

QT_TEST(here, attach_to_nothing)
{
	int chid = ChannelCreate(0);

	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, 0, chid + 1, 0, 0));
	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, 0, -1, 0, 0));
	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, 0, 0, 0, 0));
	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, getppid(), chid, 0, 0));
	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, 1, 1, 0, 0));
	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, -1, chid, 0, 0));
	EXPECT_EQ(-ESRCH, ConnectAttach_r(0, INT_MAX, chid, 0, 0));
	EXPECT_EQ(-EINVAL, ConnectAttach_r(0, 0, chid, 0, 0x80));
	EXPECT_EQ(-EINVAL, ConnectAttach_r(0, 0, chid, 0, _NTO_COF_DEAD));
	errno = 0;
	EXPECT_EQ(-1, ConnectAttach(77, 0, chid, 0, 0));
	EXPECT_TRUE(errno == ESRCH || errno == ENXIO) TH_LOG("errno %d", errno);
}

/* Across a link the first message finds out. */
QT_TEST(pair, send_to_nothing)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid;

	if (!self->qt.remote)
		return;
	coid = ConnectAttach(self->qt.nd, server.pid, server.chid + 1, 0, 0);
	ASSERT_GT(coid, 0);
	EXPECT_EQ(-ESRCH, MsgSend_r(coid, NULL, 0, NULL, 0));
	coid = ConnectAttach(self->qt.nd, getpid(), 1, 0, 0);
	ASSERT_GT(coid, 0);
	EXPECT_EQ(-ESRCH, MsgSend_r(coid, NULL, 0, NULL, 0));
}

/* One process may hold many; each works, each goes. */
QT_TEST(pair, many_coids)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	long empty = qt_sum(NULL, 0);
	int coid[200], i;

	for (i = 0; i < 200; i++) {
		coid[i] = ConnectAttach(self->qt.nd, server.pid, server.chid,
					i % 2 ? _NTO_SIDE_CHANNEL : 0, 0);
		ASSERT_GT(coid[i], 0);
		ASSERT_EQ(i % 2 ? _NTO_SIDE_CHANNEL : 0, coid[i] & _NTO_SIDE_CHANNEL);
	}
	for (i = 0; i < 200; i++)
		ASSERT_EQ(empty, MsgSend(coid[i], NULL, 0, NULL, 0));
	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, ConnectDetach(coid[i]));
	EXPECT_EQ(EINVAL, ConnectDetach_r(coid[0]));
}

/* A thread serves its own process. */
static void *self_server(void *arg)
{
	int chid = *(int *)arg;
	char buf[10];
	int rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);

	MsgReply(rcvid, 3, buf, sizeof(buf));
	return NULL;
}

QT_TEST(here, to_oneself)
{
	int chid = ChannelCreate(_NTO_CHF_PRIVATE);
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	pthread_t thread;
	char buf[10] = "123456789";

	ASSERT_EQ(0, pthread_create(&thread, NULL, self_server, &chid));
	EXPECT_EQ(3, MsgSend(coid, buf, sizeof(buf), buf, sizeof(buf)));
	EXPECT_STREQ("123456789", buf);
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

/* A process that closes descriptors it does not know goes on. */
QT_TEST(here, control_socket_closed)
{
	int chid = ChannelCreate(0), coid, fd;
	int keep = qnet_channel_fd(chid);

	for (fd = 3; fd < 64; fd++) {
		if (fd != keep)
			close(fd);
	}
	/* What stands in its place now must not be hurt. */
	fd = open("/dev/null", O_RDONLY);
	while (fd < 20)
		fd = dup(fd);
	EXPECT_EQ(chid + 1, ChannelCreate(0));
	coid = ConnectAttach(0, 0, chid, 0, 0);
	EXPECT_GT(coid, 0);
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 0));
	for (fd = 3; fd <= 20; fd++)
		EXPECT_NE(-1, fcntl(fd, F_GETFD));
}

/* No descriptor left: an error, and no half-made channel. */
QT_TEST(here, no_descriptors)
{
	struct rlimit limit;
	int chid = ChannelCreate(0);
	int first = dup(0), i;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = (rlim_t)first + 10;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0; i < 20; i++)
		dup(0);
	EXPECT_EQ(-EAGAIN, ChannelCreate_r(0));
	EXPECT_EQ(-EAGAIN, ConnectAttach_r(0, 0, chid, 0, 0));
	EXPECT_EQ(-EAGAIN, ConnectAttach_r(0, 0, chid, _NTO_SIDE_CHANNEL, 0));
	close(first);
	EXPECT_EQ(chid + 1, ChannelCreate(0));
}

TEST_HARNESS_MAIN
