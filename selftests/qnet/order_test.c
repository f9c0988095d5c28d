// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - one queue for messages and pulses: highest priority first, then in order of arrival
 */
#include "qt_fixture.h"

#include <linux/qnet.h>

enum { GO };

#define COUNT 12

/* Answers each message with its place; pulses say theirs. */
static void server_body(struct qt *qt, int chid, void *arg)
{
	union {
		struct _pulse pulse;
		int place;
	} msg;
	int rcvid, i;

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	for (i = 0; i < COUNT; i++) {
		rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL);
		QT_CHECK(qt, rcvid >= 0);
		if (rcvid)
			QT_CHECK(qt, MsgReply(rcvid, i, NULL, 0) == 0);
		else
			QT_CHECK(qt, msg.pulse.value.sival_int == i);
	}
}

QT_TEST(pair, queue)
{
	static const struct {
		bool pulse;
		int priority;
		int place;
	} sent[COUNT] = {
		{ false, 10, 6 }, { true, 10, 7 }, { false, 63, 0 }, { false, 5, 9 },
		{ true, 20, 2 }, { false, 10, 8 }, { false, 20, 3 }, { true, 1, 10 },
		{ false, 20, 4 }, { true, 63, 1 }, { false, 1, 11 }, { false, 11, 5 },
	};
	struct qt_server server = qt_server(&self->qt, 0, server_body, NULL);
	int coid = qt_attach(&self->qt, server), i;
	struct qt_send send[COUNT];

	for (i = 0; i < COUNT; i++) {
		if (sent[i].pulse) {
			ASSERT_EQ(0, MsgSendPulse(coid, sent[i].priority, 1, sent[i].place));
		} else {
			send[i] = (struct qt_send){ .coid = coid, .priority = sent[i].priority };
			ASSERT_TRUE(qt_send_start(&send[i]));
			ASSERT_TRUE(qt_wait_blocked(send[i].tid, QNET_IOC_SEND));
		}
		ASSERT_TRUE(qt_flush(coid));
	}
	qt_mark(&self->qt, GO);
	for (i = 0; i < COUNT; i++) {
		if (sent[i].pulse)
			continue;
		ASSERT_TRUE(qt_send_join(&send[i]));
		EXPECT_EQ(sent[i].place, send[i].status);
	}
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

QT_TEST(here, setprio)
{
	EXPECT_EQ(10, getprio(0));
	EXPECT_EQ(10, setprio(0, 20));
	EXPECT_EQ(20, setprio(getpid(), 63));
	EXPECT_EQ(63, getprio(getpid()));
	EXPECT_EQ(63, qnet_setprio(255));
	EXPECT_EQ(255, qnet_setprio(1));
	EXPECT_EQ(1, qnet_getprio());
	errno = 0;
	EXPECT_EQ(-1, setprio(0, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setprio(0, 256));
	EXPECT_EQ(-1, setprio(0, -1));
	errno = 0;
	EXPECT_EQ(-1, setprio(1, 10));
	EXPECT_EQ(ESRCH, errno);
	EXPECT_EQ(1, qnet_getprio());
}

TEST_HARNESS_MAIN
