// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - messages that go as a whole before the server's node has asked for them
 *
 * Every message says in its first word how long it is; the rest is made of that.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=300
 */
#include "counter.h"
#include "qt_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define EAGER_LIMIT	65536
#define EAGER_MOST	(EAGER_LIMIT + 1)
#define EAGER_HEAD	sizeof(uint32_t)
#define EAGER_ROOM	(16 << 20)	/* of a network namespace */
#define EAGER_CROWD	(EAGER_ROOM / EAGER_LIMIT + 40)
#define EAGER_THREADS	8
#define EAGER_FRAMES	46		/* of EAGER_LIMIT bytes */
#define EAGER_SLOW	"tbf rate 10mbit burst 3000 limit 1000000"
#define EAGER_SLOWLY	8
#define EAGER_WIRE	"netem limit 10000 delay 2ms 2ms loss 2%%"	/* frames overtake others */

FIXTURE(eager) {
	struct qt qt;
	struct counters server;
	long forgotten;
	long refused;
};

FIXTURE_SETUP(eager)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->server, self->qt.server_ns));
	ASSERT_TRUE(counter_read(&self->server));
	self->forgotten = counter_get(&self->server, "rx_eager_forgotten");
	self->refused = counter_get(&self->server, "rx_refused");
}

FIXTURE_TEARDOWN(eager)
{
	counter_close(&self->server);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static long eager_forgotten(FIXTURE_DATA(eager) *self)
{
	QT_CHECK(&self->qt, counter_read(&self->server));
	return counter_get(&self->server, "rx_eager_forgotten") - self->forgotten;
}

static long eager_refused(FIXTURE_DATA(eager) *self)
{
	QT_CHECK(&self->qt, counter_read(&self->server));
	return counter_get(&self->server, "rx_refused") - self->refused;
}

static void eager_make(char *buf, uint32_t len)
{
	qt_fill(buf, len, len);
	memcpy(buf, &len, EAGER_HEAD);
}

/* Is buf[from..to) what eager_make() made of @len? */
static bool eager_good(const char *buf, size_t from, size_t to, uint32_t len)
{
	static __thread char want[EAGER_MOST];
	static __thread uint32_t made;

	if (made != len)
		eager_make(want, len);
	made = len;
	return !memcmp(buf + from, want + from, to - from);
}

/* The head first, then the rest in pieces of growing length; @again: now and then what was read. */
static void eager_read(struct qt *qt, int rcvid, char *buf, size_t got, bool again)
{
	size_t at = got, n, step = 1;
	uint32_t len;

	memcpy(&len, buf, EAGER_HEAD);
	while (at < len) {
		n = len - at < step ? len - at : step;
		QT_CHECK(qt, MsgRead(rcvid, buf + at, n, at) == (ssize_t)n);
		QT_CHECK(qt, eager_good(buf, at, at + n, len));
		at += n;
		step = step * 3 + 1;
		if (again && at < len && step > 3000) {
			memset(buf, 0, at);
			QT_CHECK(qt, MsgRead(rcvid, buf, at, 0) == (ssize_t)at);
			QT_CHECK(qt, eager_good(buf, 0, at, len));
		}
	}
	QT_CHECK(qt, eager_good(buf, 0, len, len));
}

struct eager_server {
	size_t receive;		/* bytes at first */
	bool again;
	int wait;		/* first so many clients are waited for */
};

static void *eager_serve(struct qt *qt, int chid, const struct eager_server *how)
{
	char *buf = malloc(EAGER_MOST);
	struct _msg_info info;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(chid, buf, how->receive, &info);
		if (rcvid <= 0)
			break;
		eager_read(qt, rcvid, buf, (size_t)info.msglen, how->again);
		QT_CHECK(qt, MsgReply(rcvid, (long)info.srcmsglen, NULL, 0) == 0);
	}
	free(buf);
	return NULL;
}

static void eager_body(struct qt *qt, int chid, void *arg)
{
	const struct eager_server *how = arg;

	if (how->wait)
		QT_CHECK(qt, qt_wait(qt, 0, how->wait));
	eager_serve(qt, chid, how);
}

static void eager_lengths(struct __test_metadata *_metadata, struct qt *qt,
			  struct eager_server *how)
{
	static const uint32_t len[] = {
		4, 5, 1400, 3071, 3072, 3073, 5000, 20000, EAGER_LIMIT - 1, EAGER_LIMIT, EAGER_MOST
	};
	struct qt_server server = qt_server(qt, 0, eager_body, how);
	int coid = qt_attach(qt, server);
	char *buf = malloc(EAGER_MOST);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		eager_make(buf, len[i]);
		EXPECT_EQ((long)len[i], MsgSend(coid, buf, len[i], NULL, 0));
	}
	free(buf);
	EXPECT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
}

QT_TEST(eager, whole)
{
	eager_lengths(_metadata, &self->qt, &(struct eager_server){ .receive = EAGER_MOST });
}

QT_TEST(eager, in_turn)
{
	eager_lengths(_metadata, &self->qt, &(struct eager_server){ .receive = EAGER_HEAD });
	eager_lengths(_metadata, &self->qt, &(struct eager_server){ .receive = 4001 });
}

/* What was read once is asked for again. */
QT_TEST(eager, again)
{
	eager_lengths(_metadata, &self->qt,
		      &(struct eager_server){ .receive = EAGER_HEAD, .again = true });
}

/* Segments that the server's node sends for a message of @len bytes; -1: it went wrong. */
static long eager_sent(FIXTURE_DATA(eager) *self, int coid, size_t len)
{
	char *buf = malloc(len);
	long before, answer;

	eager_make(buf, (uint32_t)len);
	/* the first one attaches */
	answer = MsgSend(coid, buf, len, NULL, 0);
	QT_CHECK(&self->qt, counter_read(&self->server));
	before = counter_get(&self->server, "tx_segments");
	if (answer == (long)len)
		answer = MsgSend(coid, buf, len, NULL, 0);
	free(buf);
	QT_CHECK(&self->qt, counter_read(&self->server));
	return answer == (long)len ? counter_get(&self->server, "tx_segments") - before : -1;
}

/* What goes unasked is answered by a reply and nothing else; the rest needs a pull, too. */
QT_TEST(eager, limit_asks)
{
	struct eager_server how = { .receive = EAGER_MOST };
	struct qt_server server = qt_server(&self->qt, 0, eager_body, &how);
	static const int limit[] = { 16384, 16383, 0 };
	int coid = qt_attach(&self->qt, server);
	size_t i;

	EXPECT_EQ(1, eager_sent(self, coid, 16384));
	EXPECT_EQ(1, eager_sent(self, coid, EAGER_LIMIT));
	EXPECT_LT(1, eager_sent(self, coid, EAGER_MOST));
	for (i = 0; i < ARRAY_SIZE(limit); i++) {
		ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set eager %d", limit[i]));
		EXPECT_EQ(limit[i] == 16384, eager_sent(self, coid, 16384) == 1);
	}
}

/* Nothing but the first bytes goes unasked. */
QT_TEST(eager, limits)
{
	static const int limit[] = { 0, 100, 16384 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limit); i++) {
		ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set eager %d", limit[i]));
		eager_lengths(_metadata, &self->qt, &(struct eager_server){ .receive = 4001 });
	}
}

static void eager_alarm(int number)
{
	(void)number;
}

/* All of it, when a signal came at some time; then sometimes first what lies before. */
static void eager_part(struct qt *qt, int rcvid, char *buf, size_t from, size_t n)
{
	static int sooner;
	const struct itimerval once = { .it_value.tv_usec = 100 + sooner++ % 16 * 300 };
	const size_t before = 3000;
	ssize_t got;
	int i;

	setitimer(ITIMER_REAL, &once, NULL);
	for (i = sooner;; i++) {
		memset(buf + from, 0, n);
		got = MsgRead(rcvid, buf + from, n, from);
		if (got != -1 || errno != EINTR)
			break;
		if (i % 2 || MsgRead(rcvid, buf + before, 9000, before) != 9000)
			continue;
		QT_CHECK(qt, eager_good(buf, before, before + 9000, EAGER_LIMIT));
	}
	QT_CHECK(qt, got == (ssize_t)n);
	QT_CHECK(qt, eager_good(buf, from, from + n, EAGER_LIMIT));
}

/* Not from the beginning, while it comes. */
static void eager_skip(struct qt *qt, int chid, void *arg)
{
	const struct sigaction act = { .sa_handler = eager_alarm };
	char *buf = malloc(EAGER_LIMIT);
	int rcvid, i = 0;

	(void)arg;
	sigaction(SIGALRM, &act, NULL);
	for (;;) {
		rcvid = MsgReceive(chid, buf, 100, NULL);
		if (rcvid == -1 && errno == EINTR)
			continue;
		QT_CHECK(qt, rcvid > 0);
		eager_part(qt, rcvid, buf, EAGER_LIMIT / 2, EAGER_LIMIT / 4);
		if (i++ % 2)
			eager_part(qt, rcvid, buf, EAGER_LIMIT - 5, 5);
		eager_part(qt, rcvid, buf, 5000, 7000);
		QT_CHECK(qt, MsgReply(rcvid, EAGER_LIMIT, NULL, 0) == 0);
	}
}

struct eager_clients {
	struct qt *qt;
	struct qt_server server;
	uint32_t len;
	int rounds;
};

static void *eager_client(void *arg)
{
	struct eager_clients *clients = arg;
	int coid = qt_attach(clients->qt, clients->server), i;
	char *buf = malloc(clients->len);

	eager_make(buf, clients->len);
	qt_mark(clients->qt, 0);
	for (i = 0; i < clients->rounds; i++)
		QT_CHECK(clients->qt,
			 MsgSend(coid, buf, clients->len, NULL, 0) == (long)clients->len);
	ConnectDetach(coid);
	free(buf);
	return NULL;
}

static void eager_run(struct __test_metadata *_metadata, struct eager_clients *clients, int count)
{
	pthread_t *threads = calloc((size_t)count, sizeof(*threads));
	int i;

	for (i = 0; i < count; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, eager_client, clients));
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

/* Room is given back by every request, however it ends. */
QT_TEST(eager, room_comes_back)
{
	struct eager_server how = { .receive = EAGER_MOST };
	struct eager_clients clients = {
		.qt = &self->qt,
		.server = qt_server(&self->qt, 0, eager_body, &how),
		.len = EAGER_LIMIT,
		.rounds = EAGER_CROWD / EAGER_THREADS + 1,
	};
	struct qt_server idle;
	char *buf = calloc(1, EAGER_LIMIT);
	uint64_t timeout;
	int coid, i;

	eager_run(_metadata, &clients, EAGER_THREADS);
	TH_LOG("received");
	/* and those that nobody received */
	idle = qt_server(&self->qt, 0, qt_keep, NULL);
	EXPECT_EQ(0, kill(idle.pid, SIGSTOP));
	/* one that was received has no time-out */
	ASSERT_EQ(idle.pid, waitpid(idle.pid, NULL, WUNTRACED));
	coid = qt_attach(&self->qt, idle);
	for (i = 0; i < EAGER_CROWD; i++) {
		timeout = 1000000;
		TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND, NULL, &timeout, NULL);
		EXPECT_EQ(-ETIMEDOUT, MsgSend_r(coid, buf, EAGER_LIMIT, NULL, 0));
	}
	EXPECT_EQ(0, eager_forgotten(self));
	free(buf);
}

/* More than there is room for wait: what is forgotten comes when it is wanted. */
QT_TEST(eager, no_room)
{
	struct eager_server how = { .receive = EAGER_MOST, .wait = EAGER_CROWD };
	struct eager_clients clients = {
		.qt = &self->qt,
		.server = qt_server(&self->qt, 0, eager_body, &how),
		.len = EAGER_LIMIT,
		.rounds = 1,
	};

	eager_run(_metadata, &clients, EAGER_CROWD);
	TH_LOG("%ld of %d found no room", eager_forgotten(self), EAGER_CROWD);
	/* one peer may have half; where all are slow some are received before the last comes */
	EXPECT_LE(EAGER_CROWD / 3, eager_forgotten(self));
}

/* What is pulled, for it found no room, is not sent unasked as well. */
QT_TEST(eager, goes_once)
{
	struct eager_server how = { .receive = EAGER_MOST };
	int coid = qt_attach(&self->qt, qt_server(&self->qt, 0, eager_body, &how)), i;
	char *buf = malloc(EAGER_LIMIT);
	struct counters client;
	long frames;

	ASSERT_TRUE(counter_open(&client, self->qt.client_ns));
	eager_make(buf, EAGER_LIMIT);
	EXPECT_EQ(EAGER_LIMIT, MsgSend(coid, buf, EAGER_LIMIT, NULL, 0));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set eager_room 16384"));
	/* slower than its PULL comes */
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "tc qdisc add dev veth0 root " EAGER_SLOW));
	ASSERT_TRUE(counter_read(&client));
	frames = counter_get(&client, "tx_frames");
	for (i = 0; i < EAGER_SLOWLY; i++)
		EXPECT_EQ(EAGER_LIMIT, MsgSend(coid, buf, EAGER_LIMIT, NULL, 0));
	ASSERT_TRUE(counter_read(&client));
	frames = counter_get(&client, "tx_frames") - frames;
	TH_LOG("%ld frames for %d messages", frames, i);
	EXPECT_LE(EAGER_SLOWLY, eager_forgotten(self));
	EXPECT_GE(i * (EAGER_FRAMES + EAGER_FRAMES / 2), frames);
	counter_close(&client);
	free(buf);
}

/* Bytes overtake their setup, and none is refused for it. */
QT_TEST(eager, overtaken)
{
	struct eager_server how = { .receive = EAGER_MOST };
	struct eager_clients clients = {
		.qt = &self->qt,
		.server = qt_server(&self->qt, 0, eager_body, &how),
		.len = 40000,	/* of all of them there is more than is kept */
		.rounds = qt_rounds(100),
	};

	ASSERT_EQ(0, qt_run(self->qt.client_ns, "tc qdisc add dev veth0 root " EAGER_WIRE));
	eager_run(_metadata, &clients, EAGER_THREADS);
	EXPECT_EQ(0, eager_refused(self));
}

QT_TEST(eager, skipped)
{
	struct eager_clients clients = {
		.qt = &self->qt,
		.server = qt_server(&self->qt, 0, eager_skip, NULL),
		.len = EAGER_LIMIT,
		.rounds = qt_rounds(200),
	};

	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set dead-after 5000"));
	ASSERT_EQ(0, qt_run(self->qt.client_ns,
			    "tc qdisc add dev veth0 root netem limit 10000 delay 1ms loss 3%%"));
	eager_run(_metadata, &clients, 2);
	EXPECT_EQ(256 + SIGKILL, qt_kill(&self->qt, clients.server.pid));
}

/* Who meets BUSY does not send all of it each time; what was under way is in nobody's way. */
QT_TEST(eager, busy)
{
	struct eager_server how = { .receive = EAGER_MOST };
	struct eager_clients clients = {
		.qt = &self->qt,
		.server = qt_server(&self->qt, 0, eager_body, &how),
		.len = 40000,
		.rounds = 10,
	};

	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set requests 2"));
	eager_run(_metadata, &clients, EAGER_THREADS);
	EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set requests default"));
	EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl stats | grep -q rx_busy"));
	EXPECT_EQ(0, eager_refused(self));
}

TEST_HARNESS_MAIN
