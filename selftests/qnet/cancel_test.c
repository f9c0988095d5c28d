// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - pthread_cancel() of threads that are blocked in a call
 *
 * vm: timeout=120
 */
#include "qt_fixture.h"

#include <linux/qnet.h>

enum { RECEIVED, GO, CLEANED, STARTED };

/* A thread that makes one call. */
enum call { SEND, SENDV, SEND_NC, RECEIVE, RECEIVE_PULSE, REPLY_RECEIVE };

struct victim {
	struct qt *qt;
	enum call call;
	int id;			/* coid or chid */
	int delay;		/* cancelled before the call: 1 */
	bool disable;
	long result;
	atomic_int tid;
	pthread_t thread;
};

static void cleanup(void *arg)
{
	qt_mark(arg, CLEANED);
}

static long victim_call(struct victim *victim)
{
	struct _msg_info info;
	char buf[100] = "v";
	iov_t iov;

	SETIOV(&iov, buf, 10);
	switch (victim->call) {
	case SEND:
		return MsgSend(victim->id, buf, 1, buf, sizeof(buf));
	case SENDV:
		return MsgSendv(victim->id, &iov, 1, &iov, 1);
	case SEND_NC:
		return MsgSendnc(victim->id, buf, 1, buf, sizeof(buf));
	case RECEIVE:
		return MsgReceive(victim->id, buf, sizeof(buf), &info);
	case RECEIVE_PULSE:
		return MsgReceivePulse(victim->id, buf, sizeof(buf), &info);
	default:
		return MsgReplyReceive(victim->id, 0, 0, NULL, 0, buf, sizeof(buf), &info);
	}
}

static void *victim_run(void *arg)
{
	struct victim *victim = arg;
	int state;

	pthread_cleanup_push(cleanup, victim->qt);
	if (victim->disable)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	atomic_store(&victim->tid, gettid());
	if (victim->delay)
		qt_wait(victim->qt, GO, 1);
	victim->result = victim_call(victim);
	if (victim->disable) {
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
		pthread_testcancel();
	}
	pthread_cleanup_pop(0);
	return victim;
}

static bool victim_began(void *arg)
{
	return atomic_load(&((struct victim *)arg)->tid) != 0;
}

static bool victim_start(struct victim *victim)
{
	unsigned long op = victim->call >= RECEIVE ? QNET_IOC_RECEIVE : QNET_IOC_SEND;

	victim->result = 12345;
	atomic_store(&victim->tid, 0);
	return pthread_create(&victim->thread, NULL, victim_run, victim) == 0 &&
	       qt_until(victim_began, victim) &&
	       (victim->delay || qt_wait_blocked(atomic_load(&victim->tid), op));
}

static bool victim_join(struct victim *victim, bool cancelled)
{
	struct timespec end;
	void *result;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += QT_PATIENCE;
	if (pthread_timedjoin_np(victim->thread, &result, &end))
		return false;
	return cancelled ? result == PTHREAD_CANCELED : result == victim;
}

static bool victim_cancel(struct victim *victim)
{
	return victim_start(victim) && pthread_cancel(victim->thread) == 0 &&
	       victim_join(victim, true) && victim->result == 12345;
}

/* Answers, after it was told: the client has gone. */
static void late_server(struct qt *qt, int chid, void *arg)
{
	char buf[10];
	int rcvid, i;

	(void)arg;
	for (i = 1;; i++) {
		rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
		QT_CHECK(qt, rcvid > 0);
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, qt_wait(qt, GO, i));
		QT_CHECK(qt, MsgReply_r(rcvid, 1, NULL, 0) == -ESRCH);
	}
}

QT_TEST(pair, reply_blocked)
{
	struct qt_server server = qt_server(&self->qt, 0, late_server, NULL);
	struct victim victim = { .qt = &self->qt, .id = qt_attach(&self->qt, server) };
	static const enum call calls[] = { SEND, SENDV };
	int i;

	for (i = 0; i < 2; i++) {
		victim.call = calls[i];
		ASSERT_TRUE(victim_start(&victim));
		ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, i + 1));
		ASSERT_EQ(0, pthread_cancel(victim.thread));
		ASSERT_TRUE(victim_join(&victim, true));
		EXPECT_EQ(i + 1, atomic_load(&self->qt.page->mark[CLEANED]));
		qt_mark(&self->qt, GO);
	}
}

/* The message goes with the thread. */
static void idle_server(struct qt *qt, int chid, void *arg)
{
	char byte = 0;
	int rcvid;

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0 && byte == 'b');
	QT_CHECK(qt, MsgReply(rcvid, 2, NULL, 0) == 0);
}

QT_TEST(pair, send_blocked)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, idle_server, NULL);
	struct victim victim = { .qt = &self->qt, .id = qt_attach(&self->qt, server) };
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_TRUE(victim_cancel(&victim));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(2, MsgSend(victim.id, "b", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* With UNBLOCK the server is asked, and the thread ends when it has answered. */
static void unblock_server(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse;
	char byte;
	int rcvid;

	(void)arg;
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	qt_mark(qt, RECEIVED);
	QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
	QT_CHECK(qt, pulse.code == _PULSE_CODE_UNBLOCK && pulse.value.sival_int == rcvid);
	qt_mark(qt, GO);
	QT_CHECK(qt, MsgReply(rcvid, 2, NULL, 0) == 0);
}

QT_TEST(pair, unblock)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, unblock_server, NULL);
	struct victim victim = { .qt = &self->qt, .id = qt_attach(&self->qt, server) };

	ASSERT_TRUE(victim_start(&victim));
	ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, 1));
	ASSERT_EQ(0, pthread_cancel(victim.thread));
	ASSERT_TRUE(victim_join(&victim, true));
	EXPECT_EQ(1, atomic_load(&self->qt.page->mark[GO]));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* No cancellation point, or not enabled: the call ends by its reply. */
static void patient_server(struct qt *qt, int chid, void *arg)
{
	char byte;
	int rcvid, i;

	(void)arg;
	for (i = 1;; i++) {
		rcvid = MsgReceive(chid, &byte, 1, NULL);
		QT_CHECK(qt, rcvid > 0);
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, qt_wait(qt, GO, i));
		QT_CHECK(qt, MsgReply(rcvid, 30 + i, NULL, 0) == 0);
	}
}

QT_TEST(pair, not_cancellable)
{
	struct qt_server server = qt_server(&self->qt, 0, patient_server, NULL);
	struct victim victim = { .qt = &self->qt, .id = qt_attach(&self->qt, server) };

	victim.call = SEND_NC;
	ASSERT_TRUE(victim_start(&victim));
	ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, 1));
	ASSERT_EQ(0, pthread_cancel(victim.thread));
	EXPECT_TRUE(qt_wait_blocked(atomic_load(&victim.tid), QNET_IOC_SEND));
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(victim_join(&victim, false));
	EXPECT_EQ(31, victim.result);

	victim.call = SEND;
	victim.disable = true;
	ASSERT_TRUE(victim_start(&victim));
	ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, 2));
	ASSERT_EQ(0, pthread_cancel(victim.thread));
	EXPECT_TRUE(qt_wait_blocked(atomic_load(&victim.tid), QNET_IOC_SEND));
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(victim_join(&victim, true));
	EXPECT_EQ(32, victim.result);
	EXPECT_EQ(1, atomic_load(&self->qt.page->mark[CLEANED]));
}

QT_TEST(here, receive_blocked)
{
	static const enum call calls[] = { RECEIVE, RECEIVE_PULSE, REPLY_RECEIVE };
	struct victim victim = { .qt = &self->qt, .id = ChannelCreate(0) };
	struct _pulse pulse;
	size_t i;

	for (i = 0; i < 9; i++) {
		victim.call = calls[i % 3];
		ASSERT_TRUE(victim_cancel(&victim));
	}
	EXPECT_EQ(9, atomic_load(&self->qt.page->mark[CLEANED]));
	/* Nobody is left there who would take this. */
	ASSERT_EQ(0, MsgSendPulse(ConnectAttach(0, 0, victim.id, 0, 0), 10, 1, 5));
	ASSERT_EQ(0, MsgReceive(victim.id, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(5, pulse.value.sival_int);
}

/* Cancelled before it calls: it does not even begin. */
QT_TEST(here, pending)
{
	struct victim victim = { .qt = &self->qt, .delay = 1, .call = RECEIVE };
	struct _pulse pulse;

	victim.id = ChannelCreate(0);
	ASSERT_EQ(0, MsgSendPulse(ConnectAttach(0, 0, victim.id, 0, 0), 10, 1, 6));
	ASSERT_TRUE(victim_start(&victim));
	ASSERT_EQ(0, pthread_cancel(victim.thread));
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(victim_join(&victim, true));
	ASSERT_EQ(0, MsgReceive(victim.id, &pulse, sizeof(pulse), NULL));
	EXPECT_EQ(6, pulse.value.sival_int);
}

/*
 * A receiver cancelled as a message comes: it has it and answers, or another one gets it; the
 * client is never left waiting.
 */
static void *racing_receiver(void *arg)
{
	int chid = *(int *)arg;
	int state, rcvid;
	char byte;

	for (;;) {
		rcvid = MsgReceive(chid, &byte, 1, NULL);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
		if (rcvid > 0)
			MsgReply(rcvid, byte, NULL, 0);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	}
	return NULL;
}

static void racing_server(struct qt *qt, int chid, void *arg)
{
	pthread_t old, new;

	(void)arg;
	QT_CHECK(qt, pthread_create(&old, NULL, racing_receiver, &chid) == 0);
	while (!atomic_load(&qt->page->mark[GO])) {
		QT_CHECK(qt, pthread_create(&new, NULL, racing_receiver, &chid) == 0);
		QT_CHECK(qt, pthread_cancel(old) == 0);
		QT_CHECK(qt, pthread_join(old, NULL) == 0);
		old = new;
	}
}

QT_TEST(pair, race)
{
	struct qt_server server = qt_server(&self->qt, 0, racing_server, NULL);
	int coid = qt_attach(&self->qt, server), i;
	char byte;

	for (i = 0; i < qt_rounds(2000); i++) {
		byte = (char)(i % 100);
		ASSERT_EQ(byte, MsgSend(coid, &byte, 1, NULL, 0));
	}
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

TEST_HARNESS_MAIN
