// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - poll() and epoll on channels and connections
 */
#include "qt_fixture.h"

#include <poll.h>
#include <sys/epoll.h>

enum { GO, POLLED };

static short poll_now(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&poller, 1, 0) < 0 ? -1 : poller.revents;
}

/* A server that sleeps in epoll_wait() and receives only when there is something. */
static void epoll_server(struct qt *qt, int chid, void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = qnet_channel_fd(chid);
	int poller = epoll_create1(EPOLL_CLOEXEC);
	struct _pulse pulse;
	int i, rcvid;

	(void)arg;
	QT_CHECK(qt, fd > 0 && poller > 0);
	QT_CHECK(qt, !(poll_now(fd) & POLLIN));
	QT_CHECK(qt, epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0);
	for (i = 0; i < 20; i++) {
		qt_mark(qt, POLLED);
		QT_CHECK(qt, epoll_wait(poller, &event, 1, QT_PATIENCE * 1000) == 1);
		QT_CHECK(qt, event.events & EPOLLIN);
		QT_CHECK(qt, poll_now(fd) & POLLIN);
		TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL);
		rcvid = MsgReceive_r(chid, &pulse, sizeof(pulse), NULL);
		if (rcvid == -ETIMEDOUT) {
			i--;	/* poll is a hint */
			continue;
		}
		QT_CHECK(qt, rcvid >= 0);
		QT_CHECK(qt, !(poll_now(fd) & POLLIN));
		if (rcvid)
			QT_CHECK(qt, MsgReply(rcvid, i, NULL, 0) == 0);
		else
			QT_CHECK(qt, pulse.value.sival_int == i);
	}
}

QT_TEST(pair, channel)
{
	struct qt_server server = qt_server(&self->qt, 0, epoll_server, NULL);
	int coid = qt_attach(&self->qt, server), i;

	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(qt_wait(&self->qt, POLLED, i + 1));
		ASSERT_EQ(i % 2 ? i : 0, i % 2 ? MsgSend(coid, "x", 1, NULL, 0) :
						 MsgSendPulse(coid, 10, 1, i));
	}
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

QT_TEST(pair, connection)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	int fd = qnet_connection_fd(coid);

	ASSERT_GT(fd, 0);
	ASSERT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
	EXPECT_EQ(0, poll_now(fd) & (POLLHUP | POLLIN));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	EXPECT_TRUE(qt_wait_poll(fd, POLLHUP));
	EXPECT_EQ(POLLHUP, poll_now(fd) & POLLHUP);
	EXPECT_EQ(-EBADF, MsgSend_r(coid, "x", 1, NULL, 0));
}

/* Who sleeps in poll() on a channel that is destroyed wakes up. */
static void *destroyer(void *arg)
{
	int chid = ((int *)arg)[0];

	usleep(20 * 1000);	/* rather after poll() than before; either way is right */
	ChannelDestroy(chid);
	return NULL;
}

QT_TEST(here, destroyed_channel)
{
	int chid = ChannelCreate(0);
	int fd = dup(qnet_channel_fd(chid));
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, destroyer, &chid));
	EXPECT_TRUE(qt_wait_poll(fd, POLLHUP));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-1, qnet_channel_fd(chid));
}

TEST_HARNESS_MAIN
