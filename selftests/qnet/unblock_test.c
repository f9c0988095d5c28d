// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a blocked client that wants out: signals, time-outs, kill, with and without UNBLOCK
 *
 * vm: timeout=120
 */
#include "qt_fixture.h"

#include <linux/qnet.h>

/* Marks; values. */
enum { RECEIVED, GO, RCVID };

static void nothing(int signo)
{
	(void)signo;
}

/* Handlers that would restart, too: no call is. */
static void catch_signals(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
}

/* Receives a message and, when told, tries to reply: the client has left. */
static void late_server(struct qt *qt, int chid, void *arg)
{
	char buf[100];
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
		QT_CHECK(qt, rcvid > 0);
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, qt_wait(qt, GO, atomic_load(&qt->page->mark[RECEIVED])));
		errno = 0;
		QT_CHECK(qt, MsgReply(rcvid, 1, NULL, 0) == -1 && errno == ESRCH);
		QT_CHECK(qt, MsgError_r(rcvid, EIO) == ESRCH);
		QT_CHECK(qt, MsgRead_r(rcvid, buf, 1, 0) == -ESRCH);
	}
}

static bool reply_blocked(struct qt *qt, struct qt_send *send, int count)
{
	return qt_send_start(send) && qt_wait(qt, RECEIVED, count) &&
	       qt_wait_blocked(send->tid, QNET_IOC_SEND);
}

QT_TEST(pair, signal_reply_blocked)
{
	struct qt_server server = qt_server(&self->qt, 0, late_server, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out = "x", .out_len = 1 };
	int signals[] = { SIGUSR1, SIGUSR2 }, i;

	catch_signals();
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(reply_blocked(&self->qt, &send, i + 1));
		pthread_kill(send.thread, signals[i]);
		ASSERT_TRUE(qt_send_join(&send));
		EXPECT_EQ(-1, send.status);
		EXPECT_EQ(EINTR, send.err);
		qt_mark(&self->qt, GO);
	}
}

/* Receives only when told to, and then what there is. */
static void idle_server(struct qt *qt, int chid, void *arg)
{
	char buf[100];
	int rcvid;

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
	QT_CHECK(qt, rcvid > 0 && buf[0] == 'b');
	QT_CHECK(qt, MsgReply(rcvid, 2, NULL, 0) == 0);
}

/* The message is gone with its client, and the next one is received. */
QT_TEST(pair, signal_send_blocked)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, idle_server, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out = "a", .out_len = 1 };
	int signals[] = { SIGUSR1, SIGUSR2 }, i;

	catch_signals();
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(qt_send_start(&send));
		ASSERT_TRUE(qt_wait_blocked(send.tid, QNET_IOC_SEND));
		pthread_kill(send.thread, signals[i]);
		ASSERT_TRUE(qt_send_join(&send));
		EXPECT_EQ(-1, send.status);
		EXPECT_EQ(EINTR, send.err);
	}
	qt_mark(&self->qt, GO);
	EXPECT_EQ(2, MsgSend(send.coid, "b", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

struct receiver {
	int chid;
	int rcvid;
	int err;
	bool pulse_only;
	pid_t tid;
};

static void *receive_thread(void *arg)
{
	struct receiver *receiver = arg;
	char buf[100];

	__atomic_store_n(&receiver->tid, gettid(), __ATOMIC_RELEASE);
	errno = 0;
	if (receiver->pulse_only)
		receiver->rcvid = MsgReceivePulse(receiver->chid, buf, sizeof(buf), NULL);
	else
		receiver->rcvid = MsgReceive(receiver->chid, buf, sizeof(buf), NULL);
	receiver->err = errno;
	return NULL;
}

static bool receiver_began(void *arg)
{
	struct receiver *receiver = arg;

	return __atomic_load_n(&receiver->tid, __ATOMIC_ACQUIRE) != 0;
}

QT_TEST(here, signal_receive_blocked)
{
	struct receiver receiver = { .chid = ChannelCreate(0) };
	pthread_t thread;
	int i;

	catch_signals();
	for (i = 0; i < 4; i++) {
		receiver.tid = 0;
		receiver.pulse_only = i / 2;
		ASSERT_EQ(0, pthread_create(&thread, NULL, receive_thread, &receiver));
		ASSERT_TRUE(qt_until(receiver_began, &receiver));
		ASSERT_TRUE(qt_wait_blocked(receiver.tid, QNET_IOC_RECEIVE));
		pthread_kill(thread, i % 2 ? SIGUSR2 : SIGUSR1);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_EQ(-1, receiver.rcvid);
		EXPECT_EQ(EINTR, receiver.err);
	}
}

/*
 * With UNBLOCK: a pulse with the rcvid, and the client stays until the answer.  Each client's
 * message says which answer it wants.
 */
static void unblock_server(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	struct _pulse pulse;
	int rcvid, i;
	char how;

	(void)arg;
	for (i = 0;; i++) {
		rcvid = MsgReceive(chid, &how, 1, &info);
		QT_CHECK(qt, rcvid > 0);
		QT_CHECK(qt, !(info.flags & _NTO_MI_UNBLOCK_REQ));
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
		QT_CHECK(qt, pulse.code == _PULSE_CODE_UNBLOCK);
		QT_CHECK(qt, pulse.value.sival_int == rcvid && pulse.value.sival_long == rcvid);
		QT_CHECK(qt, pulse.scoid == info.scoid);
		QT_CHECK(qt, MsgInfo(rcvid, &info) == 0);
		QT_CHECK(qt, info.flags & _NTO_MI_UNBLOCK_REQ);
		qt_mark(qt, GO);
		QT_CHECK(qt, qt_wait(qt, RCVID, i + 1));
		if (how == 'r')
			QT_CHECK(qt, MsgReply(rcvid, 7, "late", 5) == 0);
		else if (how == 'e')
			QT_CHECK(qt, MsgError(rcvid, EAGAIN) == 0);
		else
			QT_CHECK(qt, MsgError(rcvid, -1) == 0);
	}
}

QT_TEST(pair, unblock_by_signal)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, unblock_server, NULL);
	static const struct {
		const char *how;
		long status;
		int err;
	} cases[] = { { "r", 7, 0 }, { "e", -1, EAGAIN }, { "x", -1, EINTR } };
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out_len = 1 };
	char in[8];
	int i;

	catch_signals();
	for (i = 0; i < (int)ARRAY_SIZE(cases); i++) {
		memset(in, 0, sizeof(in));
		send.out = cases[i].how;
		send.in = in;
		send.in_len = sizeof(in);
		ASSERT_TRUE(reply_blocked(&self->qt, &send, i + 1));
		pthread_kill(send.thread, SIGUSR1);
		ASSERT_TRUE(qt_wait(&self->qt, GO, i + 1));
		/* Once more: no second pulse, and it stays. */
		pthread_kill(send.thread, SIGUSR2);
		ASSERT_TRUE(qt_wait_blocked(send.tid, QNET_IOC_SEND));
		EXPECT_FALSE(send.done);
		qt_mark(&self->qt, RCVID);
		ASSERT_TRUE(qt_send_join(&send));
		EXPECT_EQ(cases[i].status, send.status);
		EXPECT_EQ(cases[i].err, send.err);
		if (!send.err)
			EXPECT_STREQ("late", in);
	}
}

struct timed {
	struct qt *qt;
	struct qt_send *send;
};

static bool received_or_done(void *arg)
{
	struct timed *timed = arg;

	return __atomic_load_n(&timed->send->done, __ATOMIC_ACQUIRE) ||
	       atomic_load(&timed->qt->page->mark[RECEIVED]);
}

QT_TEST(pair, unblock_by_timeout)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, unblock_server, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out = "x", .out_len = 1,
				.timeout = 30 * 1000000,
				.timeout_states = _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY };
	struct timed timed = { .qt = &self->qt, .send = &send };

	/* On a slow machine it may end before it is received: then again. */
	do {
		ASSERT_TRUE(qt_send_start(&send));
		ASSERT_TRUE(qt_until(received_or_done, &timed));
		if (atomic_load(&self->qt.page->mark[RECEIVED]))
			break;
		ASSERT_TRUE(qt_send_join(&send));
		send.timeout *= 2;
	} while (send.timeout < 10 * 1000000000ULL);
	ASSERT_TRUE(qt_wait(&self->qt, GO, 1));
	qt_mark(&self->qt, RCVID);
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(-1, send.status);
	EXPECT_EQ(ETIMEDOUT, send.err);
}

static void sending_client(struct qt *qt, int chid, void *arg)
{
	int coid = qt_attach(qt, *(struct qt_server *)arg);

	(void)chid;
	MsgSend(coid, "k", 1, NULL, 0);
	QT_CHECK(qt, false);
}

/* Killed: it goes at once; the server hears UNBLOCK, then DISCONNECT. */
static void kill_server(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	struct _pulse pulse;
	int rcvid;
	char how;

	(void)arg;
	rcvid = MsgReceive(chid, &how, 1, &info);
	QT_CHECK(qt, rcvid > 0);
	qt_mark(qt, RECEIVED);
	QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
	QT_CHECK(qt, pulse.code == _PULSE_CODE_UNBLOCK);
	QT_CHECK(qt, pulse.value.sival_int == rcvid);
	QT_CHECK(qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
	QT_CHECK(qt, pulse.code == _PULSE_CODE_DISCONNECT);
	QT_CHECK(qt, pulse.scoid == info.scoid);
	QT_CHECK(qt, MsgReply_r(rcvid, 0, NULL, 0) == -ESRCH);
	QT_CHECK(qt, ConnectDetach(pulse.scoid) == 0);
	QT_CHECK(qt, ConnectDetach_r(pulse.scoid) == EINVAL);
}

QT_TEST(pair, unblock_by_kill)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT,
					    kill_server, NULL);
	pid_t client = qt_client(&self->qt, sending_client, &server);

	ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, 1));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, client));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Without UNBLOCK nothing is heard but that the rcvid is gone. */
QT_TEST(pair, kill_reply_blocked)
{
	struct qt_server server = qt_server(&self->qt, 0, late_server, NULL);
	int coid = qt_attach(&self->qt, server), i;
	pid_t client;

	for (i = 0; i < 3; i++) {
		client = qt_client(&self->qt, sending_client, &server);
		ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, i + 1));
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, client));
		ASSERT_TRUE(qt_flush(coid));
		qt_mark(&self->qt, GO);
	}
}

QT_TEST(pair, kill_send_blocked)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, idle_server, NULL);
	int coid = qt_attach(&self->qt, server);
	pid_t client = qt_client(&self->qt, sending_client, &server);

	ASSERT_TRUE(qt_wait_blocked(client, QNET_IOC_SEND));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, client));
	ASSERT_TRUE(qt_flush(coid));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(2, MsgSend(coid, "b", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Stopped and continued: EINTR or nothing at all, but never a message run twice. */
static void counting_server(struct qt *qt, int chid, void *arg)
{
	int rcvid;
	char byte;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, &byte, 1, NULL);
		QT_CHECK(qt, rcvid > 0);
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, qt_wait(qt, GO, 1));
		MsgReply(rcvid, 3, NULL, 0);
	}
}

static void stopped_client(struct qt *qt, int chid, void *arg)
{
	int coid = qt_attach(qt, *(struct qt_server *)arg);
	long status = MsgSend_r(coid, "s", 1, NULL, 0);

	(void)chid;
	QT_CHECK(qt, status == 3 || status == -EINTR);
}

static bool is_stopped(void *arg)
{
	char path[64], text[512] = "", *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)arg);
	file = fopen(path, "re");
	if (!file)
		return false;
	state = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	return state && state[2] == 'T';
}

QT_TEST(pair, stop_and_continue)
{
	struct qt_server server = qt_server(&self->qt, 0, counting_server, NULL);
	pid_t client = qt_client(&self->qt, stopped_client, &server);

	ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, 1));
	kill(client, SIGSTOP);
	ASSERT_TRUE(qt_until(is_stopped, &client));
	kill(client, SIGCONT);
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, client));
	EXPECT_EQ(1, atomic_load(&self->qt.page->mark[RECEIVED]));
}

TEST_HARNESS_MAIN
