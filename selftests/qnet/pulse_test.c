// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - pulses: what arrives, and in which order
 *
 * vm: timeout=120
 */
#include "qt_fixture.h"

#include <linux/qnet.h>
#include <poll.h>

/* Marks. */
enum { GO, GOT };

static void value_server(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	struct _pulse pulse;
	int i;

	(void)arg;
	for (i = -3; i < 4; i++) {
		memset(&pulse, 0xff, sizeof(pulse));
		memset(&info, 0xee, sizeof(info));
		QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), &info) == 0);
		QT_CHECK(qt, pulse.type == _PULSE_TYPE && pulse.subtype == _PULSE_SUBTYPE);
		QT_CHECK(qt, !pulse.zero[0] && !pulse.zero[1] && !pulse.zero[2]);
		QT_CHECK(qt, pulse.code == i + 3);
		QT_CHECK(qt, pulse.value.sival_int == i * 1000);
		QT_CHECK(qt, pulse.value.sival_long == i * 1000);
		QT_CHECK(qt, pulse.scoid > 0 && pulse.reserved == 0);
		QT_CHECK(qt, info.pid == (pid_t)0xeeeeeeee);
	}
	QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
	QT_CHECK(qt, pulse.code == 127);
	QT_CHECK(qt, pulse.value.sival_ptr == (void *)0x123456789abcL);
}

QT_TEST(pair, values)
{
	struct qt_server server = qt_server(&self->qt, 0, value_server, NULL);
	int coid = qt_attach(&self->qt, server);
	int i;

	for (i = -3; i < 4; i++)
		ASSERT_EQ(0, MsgSendPulse(coid, 10, i + 3, i * 1000));
	EXPECT_EQ(0, MsgSendPulsePtr(coid, -1, 127, (void *)0x123456789abcL));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Receives pulses in a row; the page says which values they must have. */
static void order_server(struct qt *qt, int chid, void *arg)
{
	int i, count = *(int *)arg;
	struct _pulse pulse;

	QT_CHECK(qt, qt_wait(qt, GO, 1));
	for (i = 0; i < count; i++) {
		QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
		if (pulse.value.sival_int != i)
			fprintf(stderr, "# place %d: pulse %d\n", i, pulse.value.sival_int);
		QT_CHECK(qt, pulse.value.sival_int == i);
	}
}

QT_TEST(pair, fifo)
{
	int count = 300, i;
	struct qt_server server = qt_server(&self->qt, 0, order_server, &count);
	int coid = qt_attach(&self->qt, server);

	for (i = 0; i < count; i++)
		ASSERT_EQ(0, MsgSendPulse(coid, 10, 5, i));
	ASSERT_TRUE(qt_flush(coid));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Highest priority first, in the order of sending within one; 0 counts as 1, -1 is one's own. */
QT_TEST(pair, priorities)
{
	static const struct {
		int priority;
		int place;
	} pulses[] = {
		{ 10, 5 }, { 63, 0 }, { 5, 7 }, { -1, 2 }, { 0, 9 }, { 10, 6 }, { 63, 1 },
		{ SIGEV_PULSE_PRIO_INHERIT, 3 }, { 1, 10 }, { 11, 4 }, { 2, 8 },
	};
	int count = ARRAY_SIZE(pulses), i;
	struct qt_server server = qt_server(&self->qt, 0, order_server, &count);
	int coid = qt_attach(&self->qt, server);

	qnet_setprio(20);
	for (i = 0; i < count; i++)
		ASSERT_EQ(0, MsgSendPulse(coid, pulses[i].priority, 1, pulses[i].place));
	ASSERT_TRUE(qt_flush(coid));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

QT_TEST(pair, bad_arguments)
{
	int count = 0;
	struct qt_server server = qt_server(&self->qt, 0, order_server, &count);
	int coid = qt_attach(&self->qt, server);

	EXPECT_EQ(EINVAL, MsgSendPulse_r(coid, 256, 1, 1));
	EXPECT_EQ(EINVAL, MsgSendPulse_r(coid, -2, 1, 1));
	EXPECT_EQ(EINVAL, MsgSendPulse_r(coid, 10, 128, 1));
	EXPECT_EQ(EINVAL, MsgSendPulse_r(coid, 10, -129, 1));
	errno = 0;
	EXPECT_EQ(-1, MsgSendPulse(coid, INT_MAX, 1, 1));
	EXPECT_EQ(EINVAL, errno);
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* A pulse that finds no room is EFAULT and lost; a message into the same buffer is welcome. */
static void small_server(struct qt *qt, int chid, void *arg)
{
	char small[8];
	int rcvid;

	(void)arg;
	errno = 0;
	QT_CHECK(qt, MsgReceive(chid, small, sizeof(small), NULL) == -1 && errno == EFAULT);
	qt_mark(qt, GOT);
	rcvid = MsgReceive(chid, small, sizeof(small), NULL);
	QT_CHECK(qt, rcvid > 0 && memcmp(small, "abcdefgh", 8) == 0);
	QT_CHECK(qt, MsgReply(rcvid, 1, NULL, 0) == 0);
}

QT_TEST(pair, small_buffer)
{
	struct qt_server server = qt_server(&self->qt, 0, small_server, NULL);
	int coid = qt_attach(&self->qt, server);

	ASSERT_EQ(0, MsgSendPulse(coid, 10, 1, 1));
	ASSERT_TRUE(qt_wait(&self->qt, GOT, 1));
	EXPECT_EQ(1, MsgSend(coid, "abcdefgh", 8, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* A pulse in parts, the cut anywhere. */
static void parts_server(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse;
	iov_t iov[2];
	size_t cut;

	(void)arg;
	for (cut = 0; cut <= sizeof(pulse); cut++) {
		memset(&pulse, 0xff, sizeof(pulse));
		SETIOV(&iov[0], &pulse, cut);
		SETIOV(&iov[1], (char *)&pulse + cut, sizeof(pulse) - cut);
		if (cut % 2)
			QT_CHECK(qt, MsgReceivev(chid, iov, 2, NULL) == 0);
		else
			QT_CHECK(qt, MsgReceivePulsev(chid, iov, 2, NULL) == 0);
		QT_CHECK(qt, pulse.code == 9 && pulse.value.sival_int == (int)cut);
	}
}

QT_TEST(pair, in_parts)
{
	struct qt_server server = qt_server(&self->qt, 0, parts_server, NULL);
	int coid = qt_attach(&self->qt, server);
	size_t cut;

	for (cut = 0; cut <= sizeof(struct _pulse); cut++)
		ASSERT_EQ(0, MsgSendPulse(coid, 10, 9, (int)cut));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* MsgReceivePulse() takes no messages, whatever their priority. */
static void pulse_only_server(struct qt *qt, int chid, void *arg)
{
	uint64_t now = 0;
	struct _pulse pulse;
	char buf[100];
	int rcvid;

	(void)arg;
	QT_CHECK(qt, qt_wait_queued(chid));
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_RECEIVE, NULL, &now, NULL);
	QT_CHECK(qt, MsgReceivePulse_r(chid, &pulse, sizeof(pulse), NULL) == -ETIMEDOUT);
	qt_mark(qt, GO);
	QT_CHECK(qt, MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	QT_CHECK(qt, pulse.value.sival_int == 44);
	rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
	QT_CHECK(qt, rcvid > 0 && memcmp(buf, "later", 5) == 0);
	QT_CHECK(qt, MsgReply(rcvid, 8, NULL, 0) == 0);
}

QT_TEST(pair, pulse_only)
{
	struct qt_server server = qt_server(&self->qt, 0, pulse_only_server, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out = "later",
				.out_len = 5, .priority = 30 };

	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, GO, 1));
	EXPECT_EQ(0, MsgSendPulse(send.coid, 1, 1, 44));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(8, send.status);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* One thread waits for pulses only, another for anything: each gets what it can take. */
static void *any_thread(void *arg)
{
	struct qt *qt = ((struct qt **)arg)[0];
	int chid = *((int **)arg)[1];
	char buf[100];
	int rcvid;

	rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, MsgReply(rcvid, 9, NULL, 0) == 0);
	return NULL;
}

static void two_receivers(struct qt *qt, int chid, void *arg)
{
	void *args[2] = { qt, &chid };
	struct _pulse pulse;
	pthread_t thread;

	(void)arg;
	QT_CHECK(qt, pthread_create(&thread, NULL, any_thread, args) == 0);
	QT_CHECK(qt, MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	QT_CHECK(qt, pulse.code == 3);
	QT_CHECK(qt, pthread_join(thread, NULL) == 0);
}

QT_TEST(pair, two_receivers)
{
	struct qt_server server = qt_server(&self->qt, 0, two_receivers, NULL);
	int coid = qt_attach(&self->qt, server);

	EXPECT_EQ(9, MsgSend(coid, NULL, 0, NULL, 0));
	EXPECT_EQ(0, MsgSendPulse(coid, 10, 3, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Pulses of one who died stay. */
static void last_words(struct qt *qt, int chid, void *arg)
{
	int i, coid = qt_attach(qt, *(struct qt_server *)arg);

	(void)chid;
	for (i = 0; i < 10; i++)
		QT_CHECK(qt, MsgSendPulse(coid, 10, 5, i) == 0);
	QT_CHECK(qt, qt_flush(coid));
}

QT_TEST(pair, sender_died)
{
	int count = 10;
	struct qt_server server = qt_server(&self->qt, 0, order_server, &count);

	ASSERT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, last_words, &server)));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Nobody receives: an error in the end, not all of the memory. */
QT_TEST(here, flood)
{
	int chid = ChannelCreate(0);
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
	struct _pulse pulse;
	int i, sent, err = 0;

	for (sent = 0; !err && sent < 1000000; sent++)
		err = MsgSendPulse_r(coid, 10, 1, sent);
	EXPECT_EQ(EAGAIN, err);
	sent--;
	EXPECT_GT(sent, 100);
	for (i = 0; i < sent; i++) {
		ASSERT_EQ(0, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
		ASSERT_EQ(i, pulse.value.sival_int);
	}
	EXPECT_EQ(0, MsgSendPulse(coid, 10, 1, 1));
}

/* Receives what was sent, as often as it is told to. */
static void hoarder(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse;
	int round, i, count;

	for (round = 1; round <= *(int *)arg; round++) {
		QT_CHECK(qt, qt_wait(qt, GO, round));
		count = (int)atomic_load(&qt->page->value[GO]);
		for (i = 0; i < count; i++) {
			QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
			QT_CHECK(qt, pulse.value.sival_int == i);
		}
		qt_mark(qt, GOT);
	}
}

static bool pulse_succeeds(void *arg)
{
	return MsgSendPulse_r(*(int *)arg, 10, 1, 0) == 0;
}

/* So many wait and no more; when they were received there is room again, each time. */
QT_TEST(pair, window)
{
	int rounds = 4, round, sent;
	struct qt_server server = qt_server(&self->qt, 0, hoarder, &rounds);
	int coid = qt_attach(&self->qt, server);

	for (round = 1; round <= rounds; round++) {
		/* from another node the news of what was received may still be under way */
		ASSERT_TRUE(qt_until(pulse_succeeds, &coid)) TH_LOG("round %d", round);
		for (sent = 1; sent < 100000; sent++)
			if (MsgSendPulse_r(coid, 10, 1, sent))
				break;
		EXPECT_EQ(EAGAIN, MsgSendPulse_r(coid, 10, 1, sent));
		EXPECT_LT(100, sent);
		EXPECT_GT(100000, sent);
		atomic_store(&self->qt.page->value[GO], sent);
		qt_mark(&self->qt, GO);
		ASSERT_TRUE(qt_wait(&self->qt, GOT, round));
	}
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

static bool pulse_fails(void *arg)
{
	return MsgSendPulse_r(*(int *)arg, 10, 1, 1) != 0;
}

QT_TEST(pair, dead_channel)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);

	ASSERT_EQ((long)qt_sum(NULL, 0), MsgSend(coid, NULL, 0, NULL, 0));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	/* At once here; when the news has come from there. */
	ASSERT_TRUE(qt_until(pulse_fails, &coid));
	EXPECT_EQ(EBADF, MsgSendPulse_r(coid, 10, 1, 1));
}

TEST_HARNESS_MAIN
