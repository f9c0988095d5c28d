// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - TimerTimeout(): in which states, on which clocks, for how long, and for one call only
 */
#include "qt_fixture.h"

#include <linux/qnet.h>

#define MSEC	1000000ULL

enum { RECEIVED, GO };

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000 * MSEC + (uint64_t)time.tv_nsec;
}

static int arm(int states, uint64_t nsec)
{
	return TimerTimeout(CLOCK_MONOTONIC, states, NULL, &nsec, NULL);
}

/* The poll idiom: no time, or a time of zero. */
QT_TEST(here, receive_poll)
{
	int chid = ChannelCreate(0);
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	struct _pulse pulse;
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL));
		errno = 0;
		EXPECT_EQ(-1, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
		EXPECT_EQ(ETIMEDOUT, errno);
		ASSERT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, 0));
		EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, &pulse, sizeof(pulse), NULL));
		/* What is there is taken. */
		ASSERT_EQ(0, MsgSendPulse(coid, 10, 1, i));
		ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, NULL, NULL));
		EXPECT_EQ(0, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
		EXPECT_EQ(i, pulse.value.sival_int);
	}
}

QT_TEST(here, receive)
{
	int chid = ChannelCreate(0);
	struct sigevent event;
	struct timespec time = { .tv_nsec = 20 * MSEC };
	struct _pulse pulse;
	uint64_t began, until, left = 7;

	began = now(CLOCK_MONOTONIC);
	ASSERT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, 50 * MSEC));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_GE(now(CLOCK_MONOTONIC) - began, 50 * MSEC);

	began = now(CLOCK_MONOTONIC);
	ASSERT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, 20 * MSEC));
	EXPECT_EQ(-ETIMEDOUT, MsgReceivePulse_r(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_GE(now(CLOCK_MONOTONIC) - began, 20 * MSEC);

	/* Absolute, on either clock; a relative time on the real one. */
	until = now(CLOCK_MONOTONIC) + 20 * MSEC;
	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE | TIMER_ABSTIME, NULL,
				  &until, &left));
	EXPECT_EQ(0, left);
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_GE(now(CLOCK_MONOTONIC), until);
	until = now(CLOCK_REALTIME) + 20 * MSEC;
	ASSERT_EQ(0, TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_RECEIVE | TIMER_ABSTIME, NULL,
				  &until, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_GE(now(CLOCK_REALTIME), until);
	began = now(CLOCK_MONOTONIC);
	SIGEV_UNBLOCK_INIT(&event);
	until = 20 * MSEC;
	ASSERT_EQ(0, TimerTimeout(CLOCK_REALTIME, _NTO_TIMEOUT_RECEIVE | _NTO_TIMEOUT_SEM, &event,
				  &until, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_GE(now(CLOCK_MONOTONIC) - began, 20 * MSEC);

	began = now(CLOCK_MONOTONIC);
	ASSERT_EQ(0, timer_timeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &time, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgReceive_r(chid, &pulse, sizeof(pulse), NULL));
	EXPECT_GE(now(CLOCK_MONOTONIC) - began, 20 * MSEC);
}

QT_TEST(here, arguments)
{
	struct timespec wrong = { .tv_nsec = 1000000000 };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	uint64_t time = 1;

	EXPECT_EQ(EINVAL, TimerTimeout_r(CLOCK_MONOTONIC, 1 << 30, NULL, &time, NULL));
	EXPECT_EQ(EINVAL, TimerTimeout_r(99, _NTO_TIMEOUT_SEND, NULL, &time, NULL));
	EXPECT_EQ(EINVAL, TimerTimeout_r(CLOCK_PROCESS_CPUTIME_ID, _NTO_TIMEOUT_SEND, NULL, &time,
					 NULL));
	EXPECT_EQ(EINVAL, TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, &event, &time, NULL));
	EXPECT_EQ(EINVAL, timer_timeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, NULL, &wrong, NULL));
	EXPECT_EQ(ENOTSUP, TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_MUTEX, NULL, &time, NULL));
	errno = 0;
	EXPECT_EQ(-1, TimerTimeout(CLOCK_MONOTONIC, 1 << 30, NULL, &time, NULL));
	EXPECT_EQ(EINVAL, errno);
	/* No state: no time-out. */
	EXPECT_EQ(0, TimerTimeout_r(CLOCK_MONOTONIC, 0, NULL, &time, NULL));
	time = UINT64_MAX;
	EXPECT_EQ(0, TimerTimeout_r(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, NULL, &time, NULL));
}

/* One call: the next one waits as long as it takes. */
struct poker {
	int coid;
	pid_t tid;
};

static void *poke(void *arg)
{
	struct poker *poker = arg;

	if (qt_wait_blocked(poker->tid, QNET_IOC_RECEIVE)) {
		usleep(60 * 1000);	/* well past what was armed before */
		MsgSendPulse(poker->coid, 10, 9, 9);
	}
	return NULL;
}

static bool some_call(int which, int coid)
{
	switch (which) {
	case 0:
		return ConnectDetach(ConnectAttach(0, 0, 1, 0, 0)) == 0;
	case 1:
		return MsgReply_r(77, 0, NULL, 0) == -ESRCH;
	default:
		return MsgSendPulse_r(coid, 10, 128, 0) == EINVAL;
	}
}

QT_TEST(here, for_one_call)
{
	int chid = ChannelCreate(0);
	struct poker poker = { .coid = ConnectAttach(0, 0, chid, 0, 0), .tid = getpid() };
	struct _pulse pulse;
	pthread_t thread;
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, arm(_NTO_TIMEOUT_RECEIVE, 20 * MSEC));
		ASSERT_TRUE(some_call(i, poker.coid));
		ASSERT_EQ(0, pthread_create(&thread, NULL, poke, &poker));
		EXPECT_EQ(0, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
		EXPECT_EQ(9, pulse.value.sival_int);
		ASSERT_EQ(0, pthread_join(thread, NULL));
	}
}

/* Does nothing until told, then answers two messages. */
static void idle_server(struct qt *qt, int chid, void *arg)
{
	int rcvid, i;
	char byte;

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	for (i = 0; i < 2; i++) {
		rcvid = MsgReceive(chid, &byte, 1, NULL);
		QT_CHECK(qt, rcvid > 0);
		QT_CHECK(qt, byte == 'a' + i);
		QT_CHECK(qt, MsgReply(rcvid, i, NULL, 0) == 0);
	}
}

QT_TEST(pair, send_blocked)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, idle_server, NULL);
	int coid = qt_attach(&self->qt, server);
	uint64_t began = now(CLOCK_MONOTONIC);

	ASSERT_EQ(0, arm(_NTO_TIMEOUT_SEND, 50 * MSEC));
	errno = 0;
	EXPECT_EQ(-1, MsgSend(coid, "z", 1, NULL, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_GE(now(CLOCK_MONOTONIC) - began, 50 * MSEC);
	ASSERT_EQ(0, arm(_NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, 50 * MSEC));
	EXPECT_EQ(-ETIMEDOUT, MsgSend_r(coid, "y", 1, NULL, 0));
	/* Now, or not at all. */
	ASSERT_EQ(0, TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, NULL, NULL, NULL));
	EXPECT_EQ(-ETIMEDOUT, MsgSend_r(coid, "x", 1, NULL, 0));
	/* The server never saw those. */
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, MsgSend(coid, "a", 1, NULL, 0));
	EXPECT_EQ(1, MsgSend(coid, "b", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

static void late_server(struct qt *qt, int chid, void *arg)
{
	int rcvid;
	char byte;

	(void)arg;
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	QT_CHECK(qt, MsgReply_r(rcvid, 0, NULL, 0) == -ESRCH);
}

QT_TEST(pair, reply_blocked)
{
	struct qt_server server = qt_server(&self->qt, 0, late_server, NULL);
	int coid = qt_attach(&self->qt, server);

	ASSERT_EQ(0, arm(_NTO_TIMEOUT_REPLY, 80 * MSEC));
	EXPECT_EQ(-ETIMEDOUT, MsgSend_r(coid, "x", 1, NULL, 0));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* A time-out for SEND is over when the message is received. */
static void slow_server(struct qt *qt, int chid, void *arg)
{
	int rcvid;
	char byte;

	(void)arg;
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	qt_mark(qt, RECEIVED);
	usleep(3500 * 1000);
	QT_CHECK(qt, MsgReply(rcvid, 3, NULL, 0) == 0);
}

QT_TEST(pair, send_only)
{
	struct qt_server server = qt_server(&self->qt, 0, slow_server, NULL);
	int coid = qt_attach(&self->qt, server);

	/* Longer than it takes to be received, shorter than the answer. */
	ASSERT_EQ(0, arm(_NTO_TIMEOUT_SEND, 3000 * MSEC));
	EXPECT_EQ(3, MsgSend_r(coid, "x", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* A time-out for REPLY does not run while the message waits to be received. */
static void reply_only_server(struct qt *qt, int chid, void *arg)
{
	int rcvid, err;
	char byte;

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	err = MsgReply_r(rcvid, 4, NULL, 0);
	QT_CHECK(qt, err == 0 || err == -ESRCH);
}

QT_TEST(pair, reply_only)
{
	struct qt_server server = qt_server(&self->qt, 0, reply_only_server, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out = "x", .out_len = 1,
				.timeout = 30 * MSEC, .timeout_states = _NTO_TIMEOUT_REPLY };

	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait_blocked(send.tid, QNET_IOC_SEND));
	usleep(100 * 1000);	/* well past it */
	EXPECT_FALSE(send.done);
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(qt_send_join(&send));
	/* Received after its deadline: the answer or the deadline, whichever comes first. */
	EXPECT_TRUE(send.status == 4 || send.err == ETIMEDOUT);
}

/* A long one is no hindrance. */
QT_TEST(pair, in_time)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server), i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, arm(_NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, 60000 * MSEC));
		EXPECT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
	}
}

TEST_HARNESS_MAIN
