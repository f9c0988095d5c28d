// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - long messages that begin to come before they are pulled
 *
 * The wire is AHEAD_WAY ms long.  A message that waits for its pull takes four of them, at least,
 * one of which enough was allowed beforehand two.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=200
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define AHEAD_WAY	20
#define AHEAD_WIRE	"netem limit 10000 delay 20ms"
#define AHEAD_SLOW	"netem limit 10000 rate 100mbit"
#define AHEAD_LOSSES	"netem limit 10000 delay 1ms loss 3%%"
#define AHEAD_PAGE	4096
#define AHEAD_MOST	(1 << 20)
#define AHEAD_LEN	(256 << 10)
#define AHEAD_LITTLE	70000
#define AHEAD_FRAMES	181		/* of 1448 bytes, in which that goes */
#define AHEAD_FIRST	12		/* messages, until enough is allowed */
#define AHEAD_SOME	8
#define AHEAD_IDLE	400000		/* microseconds, long enough to forget the way */

FIXTURE(ahead) {
	struct qt qt;
	struct counters client, server;
	char *message;
};

FIXTURE_SETUP(ahead)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->client, self->qt.client_ns));
	ASSERT_TRUE(counter_open(&self->server, self->qt.server_ns));
	self->message = malloc(AHEAD_MOST);
	ASSERT_NE(NULL, self->message);
	/* frame by frame: what is lost is one */
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "ip link set veth0 gso_max_segs 1"));
}

FIXTURE_TEARDOWN(ahead)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
	counter_close(&self->client);
	counter_close(&self->server);
	free(self->message);
}

enum ahead_how {
	AHEAD_AT_ONCE, AHEAD_HEAD_ONLY, AHEAD_IN_PIECES, AHEAD_BACKWARDS, AHEAD_FAULTED,
	AHEAD_INTERRUPTED,
};

static void ahead_alarm(int sig)
{
	(void)sig;
}

/* Into memory that ends too soon. */
static void ahead_fault(struct qt *qt, int rcvid, size_t got, size_t len)
{
	static char *memory;
	static size_t round;
	size_t room = (1 + round++ % 8) * AHEAD_PAGE;

	if (!memory)
		memory = mmap(NULL, 9 * AHEAD_PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	QT_CHECK(qt, memory != MAP_FAILED && !mprotect(memory, 9 * AHEAD_PAGE, PROT_NONE) &&
		 !mprotect(memory, room, PROT_READ | PROT_WRITE));
	QT_CHECK(qt, MsgRead(rcvid, memory, len - got, got) == -1 && errno == EFAULT);
}

/* A signal at some time or other. */
static void ahead_interrupt(void)
{
	static int round;
	const struct itimerval once = { .it_value.tv_usec = 500 + round++ % 20 * 700 };
	const struct sigaction act = { .sa_handler = ahead_alarm };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &once, NULL);
}

/* The rest of what was received, some way or other. */
static void ahead_read(struct qt *qt, enum ahead_how how, int rcvid, char *buf, size_t got,
		       size_t len)
{
	size_t step = 1, n;
	ssize_t now;

	if (how == AHEAD_FAULTED)
		ahead_fault(qt, rcvid, got, len);
	if (how == AHEAD_INTERRUPTED)
		ahead_interrupt();
	if (how == AHEAD_FAULTED || how == AHEAD_INTERRUPTED) {
		do {
			now = MsgRead(rcvid, buf + got, len - got, got);
		} while (now == -1 && errno == EINTR);
		QT_CHECK(qt, now == (ssize_t)(len - got));
		return;
	}
	if (how == AHEAD_BACKWARDS) {
		n = (len - got) / 2;
		QT_CHECK(qt, MsgRead(rcvid, buf + len - n, n, len - n) == (ssize_t)n);
		len -= n;
	}
	while (got < len) {
		n = len - got < step ? len - got : step;
		QT_CHECK(qt, MsgRead(rcvid, buf + got, n, got) == (ssize_t)n);
		got += n;
		step = step * 3 + 1;
	}
}

/* Answers with how much was right. */
static void ahead_serve(struct qt *qt, int chid, void *arg)
{
	const enum ahead_how *how = arg;
	char *buf = malloc(AHEAD_MOST);
	struct _msg_info info;
	size_t len;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(chid, buf, *how == AHEAD_AT_ONCE ? AHEAD_MOST : 1000, &info);
		if (rcvid <= 0)
			continue;
		len = (size_t)info.msglen;
		if (*how > AHEAD_HEAD_ONLY) {
			ahead_read(qt, *how, rcvid, buf, len, (size_t)info.srcmsglen);
			len = (size_t)info.srcmsglen;
		}
		QT_CHECK(qt, qt_filled(buf, len, (unsigned int)info.srcmsglen));
		QT_CHECK(qt, MsgReply(rcvid, (long)len, NULL, 0) == 0);
	}
}

/* Milliseconds. */
static int ahead_send(struct __test_metadata *_metadata, FIXTURE_DATA(ahead) *self, int coid,
		      size_t len)
{
	uint64_t began;

	qt_fill(self->message, len, (unsigned int)len);
	began = qt_now();
	EXPECT_EQ((long)len, MsgSend(coid, self->message, len, NULL, 0));
	return (int)(qt_now() - began);
}

/* The least of some. */
static int ahead_least(struct __test_metadata *_metadata, FIXTURE_DATA(ahead) *self, int coid)
{
	int least = 0, now, i;

	for (i = 0; i < AHEAD_SOME; i++) {
		now = ahead_send(_metadata, self, coid, AHEAD_LEN);
		least = least && least < now ? least : now;
	}
	TH_LOG("%d ms", least);
	return least;
}

static int ahead_attach(FIXTURE_DATA(ahead) *self, const enum ahead_how *how)
{
	return qt_attach(&self->qt, qt_server(&self->qt, 0, ahead_serve, (void *)how));
}

/* A wire that is known to carry much. */
static void ahead_open(struct __test_metadata *_metadata, FIXTURE_DATA(ahead) *self, int coid)
{
	int i;

	for (i = 0; i < AHEAD_FIRST; i++)
		ahead_send(_metadata, self, coid, AHEAD_MOST);
}

/* Of a link that never saw another one; PINGs of both would leave no time between them. */
static bool ahead_far(struct qt *qt)
{
	int ns[2] = { qt->client_ns, qt->server_ns }, i;

	for (i = 0; i < 2; i++)
		if (qt_run(ns[i], "tc qdisc add dev veth0 root " AHEAD_WIRE) ||
		    qt_run(ns[i], "qnetctl node set dead-after 60000"))
			return false;
	return qt_bearer(qt->client_ns, false) && qt_bearer(qt->client_ns, true) && qt_relink(qt);
}

QT_TEST(ahead, one_round_trip)
{
	const enum ahead_how how = AHEAD_AT_ONCE;
	int coid, least;
	long frames;

	ASSERT_TRUE(ahead_far(&self->qt));
	coid = ahead_attach(self, &how);
	ASSERT_LE(0, coid);
	ASSERT_TRUE(counter_read(&self->client));
	frames = counter_get(&self->client, "tx_frames");
	ahead_open(_metadata, self, coid);
	least = ahead_least(_metadata, self, coid);
	/* on a debug kernel the bytes themselves take as long */
	EXPECT_GT(qt_rounds(10) == 10 ? 4 * AHEAD_WAY : 10 * AHEAD_WAY, least);
	/* no byte goes twice */
	ASSERT_TRUE(counter_read(&self->client));
	frames = counter_get(&self->client, "tx_frames") - frames;
	TH_LOG("%ld frames", frames);
	EXPECT_GE((AHEAD_SOME + AHEAD_FIRST * AHEAD_MOST / AHEAD_LEN) * (AHEAD_FRAMES + 8), frames);

	/* what was allowed long ago is not any more, however little it would take of it */
	usleep(AHEAD_IDLE);
	EXPECT_LE(4 * AHEAD_WAY, ahead_send(_metadata, self, coid, AHEAD_LITTLE));
}

/* Who wants nothing unasked. */
QT_TEST(ahead, off)
{
	const enum ahead_how how = AHEAD_AT_ONCE;
	int coid;

	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set eager 0"));
	ASSERT_TRUE(ahead_far(&self->qt));
	coid = ahead_attach(self, &how);
	ASSERT_LE(0, coid);
	ahead_open(_metadata, self, coid);
	EXPECT_LE(4 * AHEAD_WAY, ahead_least(_metadata, self, coid));
}

/* However it is read, whatever is lost. */
static void ahead_reads(struct __test_metadata *_metadata, FIXTURE_DATA(ahead) *self,
			enum ahead_how how)
{
	static const size_t sizes[] = { AHEAD_MOST, AHEAD_LEN, 100000, 70001, 64 << 10, 50000 };
	/* each size twice; once on a slow kernel */
	int coid = ahead_attach(self, &how), i, some = qt_rounds(10) == 10 ? 12 : 6;
	struct qt *qt = &self->qt;
	size_t got;

	ASSERT_LE(0, coid);
	for (i = 0; i < 3 * some; i++) {
		if (i == some)
			ASSERT_EQ(0, qt_run(qt->client_ns,
					    "tc qdisc add dev veth0 root " AHEAD_SLOW));
		if (i == 2 * some)
			ASSERT_EQ(0, qt_run(qt->client_ns,
					    "tc qdisc replace dev veth0 root " AHEAD_LOSSES));
		got = sizes[i % ARRAY_SIZE(sizes)];
		qt_fill(self->message, got, (unsigned int)got);
		EXPECT_EQ(how == AHEAD_HEAD_ONLY ? 1000 : (long)got,
			  MsgSend(coid, self->message, got, NULL, 0));
	}
}

QT_TEST(ahead, at_once)
{
	ahead_reads(_metadata, self, AHEAD_AT_ONCE);
}

QT_TEST(ahead, in_pieces)
{
	ahead_reads(_metadata, self, AHEAD_IN_PIECES);
}

QT_TEST(ahead, backwards)
{
	ahead_reads(_metadata, self, AHEAD_BACKWARDS);
}

QT_TEST(ahead, faulted)
{
	ahead_reads(_metadata, self, AHEAD_FAULTED);
}

QT_TEST(ahead, interrupted)
{
	ahead_reads(_metadata, self, AHEAD_INTERRUPTED);
}

QT_TEST(ahead, head_only)
{
	ahead_reads(_metadata, self, AHEAD_HEAD_ONLY);
}

/* The server's node has no room any more: it says so, and what is pulled goes once. */
QT_TEST(ahead, no_room)
{
	const enum ahead_how how = AHEAD_AT_ONCE;
	struct qt *qt = &self->qt;
	long frames;
	int coid;

	/* however long it takes to set something */
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set pull_idle 10000"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl param set pull_idle 10000"));
	ASSERT_TRUE(ahead_far(qt));
	coid = ahead_attach(self, &how);
	ASSERT_LE(0, coid);
	ahead_open(_metadata, self, coid);
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl param set eager_room 16384"));
	ASSERT_TRUE(counter_read(&self->client));
	frames = counter_get(&self->client, "tx_frames");
	ahead_least(_metadata, self, coid);
	ASSERT_TRUE(counter_read(&self->client));
	ASSERT_TRUE(counter_read(&self->server));
	frames = counter_get(&self->client, "tx_frames") - frames;
	TH_LOG("%ld frames, %ld forgotten", frames,
	       counter_get(&self->server, "rx_eager_forgotten"));
	EXPECT_LE(1, counter_get(&self->server, "rx_eager_forgotten"));
	/* as much as was allowed before went for nothing, and no more of it */
	EXPECT_GE(AHEAD_SOME * (AHEAD_FRAMES + 8) + AHEAD_MOST / AHEAD_LEN * AHEAD_FRAMES, frames);
}

struct ahead_client {
	pthread_t thread;
	int coid;
	atomic_bool *stop;
	int most;		/* milliseconds for one */
	bool failed;
};

static void *ahead_sends(void *arg)
{
	struct ahead_client *client = arg;
	char *message = malloc(AHEAD_MOST);
	uint64_t began;
	int took;

	qt_fill(message, AHEAD_MOST, AHEAD_MOST);
	while (!atomic_load(client->stop)) {
		began = qt_now();
		client->failed |= MsgSend(client->coid, message, AHEAD_MOST, NULL, 0) != AHEAD_MOST;
		took = (int)(qt_now() - began);
		client->most = took > client->most ? took : client->most;
	}
	free(message);
	return NULL;
}

/* Less is allowed while more is on its way: nobody waits for what nobody takes. */
QT_TEST(ahead, less)
{
	const enum ahead_how how = AHEAD_AT_ONCE;
	struct ahead_client clients[2];
	atomic_bool stop = false;
	int i, rounds = 40;

	for (i = 0; i < 2; i++) {
		clients[i] = (struct ahead_client){
			.coid = ahead_attach(self, &how), .stop = &stop,
		};
		ASSERT_LE(0, clients[i].coid);
		ASSERT_EQ(0, pthread_create(&clients[i].thread, NULL, ahead_sends, &clients[i]));
	}
	for (i = 0; i < rounds; i++) {
		usleep(30000);
		EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set pull_peer %d",
				    i % 2 ? AHEAD_MOST : 100000 + i * 1000));
	}
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++) {
		pthread_join(clients[i].thread, NULL);
		EXPECT_FALSE(clients[i].failed);
		TH_LOG("%d ms at most", clients[i].most);
		/* "eager_wait" is 500 */
		EXPECT_GT(qt_rounds(10) == 10 ? 450 : 4500, clients[i].most);
	}
}

TEST_HARNESS_MAIN
