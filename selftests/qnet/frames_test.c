// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - how many frames things take: acknowledgments, shared frames
 *
 * The wire is good, so that each frame has a reason that is counted.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120 more=debug
 */
#include "counter.h"
#include "qt_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * An acknowledgment goes alone when it is for so many frames, or when one was owed it for so many
 * microseconds.  Of those 10 ms no two overlap, so a receiver sends no more of the second kind than
 * they fit the time, and one that a PING began.  That much is allowed to an emulated CPU that
 * stands still; where it does not, and that is once in a few tries, there are none.
 */
#define FRAMES_ACKED	16
#define FRAMES_ACK_DELAY 10000
#define FRAMES_TRIES	8
#define FRAMES_PINGS	4		/* of both, and theirs, if a guest stood still before */

#define FRAMES_SETTLE	50000		/* microseconds: acknowledgments are out by then */
#define FRAMES_BULK	(1 << 20)
#define FRAMES_ROUNDS	500
#define FRAMES_LONELY	20		/* transactions with nothing before or after them */
#define FRAMES_PULSES	1600
#define FRAMES_CLIENTS	64
#define FRAMES_EACH	100		/* transactions of each of them */
#define FRAMES_LONG	(8 << 20)
#define FRAMES_PULL	(64 << 10)	/* that is asked for at a time, at first */
#define FRAMES_FAR	"netem limit 10000 delay 80ms"
#define FRAMES_SHARE	10000		/* microseconds: the most that one may wait for others */
#define FRAMES_ALONE	100

#define FRAMES_PULSE	10
#define FRAMES_LAST	11		/* the last of them */

/* Marks. */
enum { PULSED, READ, GO };

enum { TX_FRAMES, TX_ACKS, TX_HELLOS, TX_RESETS, TX_BYTES, TX_AGAIN, TX_SEGMENTS, COUNTS };

static const char * const frames_names[COUNTS] = {
	"tx_frames", "tx_acks", "tx_hellos", "tx_resets", "tx_bytes", "tx_retransmits",
	"tx_segments",
};

FIXTURE(frames) {
	struct qt qt;
	struct counters counters[2];	/* the clients' node, the server's */
	long before[2][COUNTS];
};

/* Counters as last read, since frames_look(). */
static long frames_since(FIXTURE_DATA(frames) *self, int node, int what)
{
	return counter_get(&self->counters[node], frames_names[what]) - self->before[node][what];
}

/* Of these, those that want to be acknowledged. */
static long frames_wanting(FIXTURE_DATA(frames) *self, int node)
{
	return frames_since(self, node, TX_FRAMES) - frames_since(self, node, TX_ACKS) -
	       frames_since(self, node, TX_HELLOS) - frames_since(self, node, TX_RESETS);
}

static bool frames_quiet(void *arg)
{
	FIXTURE_DATA(frames) *self = arg;
	long before[2];
	int n;

	for (n = 0; n < 2; n++) {
		if (!counter_read(&self->counters[n]))
			return false;
		before[n] = counter_get(&self->counters[n], "tx_frames");
	}
	usleep(FRAMES_SETTLE);
	for (n = 0; n < 2; n++) {
		if (!counter_read(&self->counters[n]) ||
		    counter_get(&self->counters[n], "tx_frames") != before[n])
			return false;
	}
	return true;
}

/* All that was begun is done; between two PINGs there is time enough. */
static void frames_read(FIXTURE_DATA(frames) *self)
{
	QT_CHECK(&self->qt, qt_until(frames_quiet, self));
}

static void frames_look(FIXTURE_DATA(frames) *self)
{
	int n, i;

	frames_read(self);
	for (n = 0; n < 2; n++)
		for (i = 0; i < COUNTS; i++)
			self->before[n][i] = counter_get(&self->counters[n], frames_names[i]);
}

FIXTURE_SETUP(frames)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->counters[0], self->qt.client_ns));
	ASSERT_TRUE(counter_open(&self->counters[1], self->qt.server_ns));
}

FIXTURE_TEARDOWN(frames)
{
	int n;

	qt_teardown(&self->qt);
	/* whatever happened: none is for an acknowledgment */
	frames_read(self);
	memset(self->before, 0, sizeof(self->before));
	for (n = 0; n < 2; n++) {
		EXPECT_GE(frames_wanting(self, !n), frames_since(self, n, TX_ACKS));
		counter_close(&self->counters[n]);
	}
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* Microseconds that only grow. */
static int64_t frames_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* On the debug kernel 16 frames take longer than an acknowledgment waits. */
static bool frames_fast(void)
{
	return qt_rounds(10) == 10;
}

/* All of both nodes on one CPU: where two send in turn, frames of one overtake the other's. */
static void frames_pin(struct qt *qt)
{
	long last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)last, &one);
	QT_CHECK(qt, !sched_setaffinity(0, sizeof(one), &one));
}

/*
 * @count transactions one after the other.  Returns halves of the time in which an acknowledgment
 * must go alone: from a reply to the next request are two of them, so in one such a half passes.
 */
static long frames_calls(struct qt *qt, int coid, int count)
{
	int64_t began = frames_now(), now;
	long stalls = 0;
	char buf[32];
	int i;

	for (i = 0; i < count; i++) {
		QT_CHECK(qt, MsgSend(coid, "\1", 1, buf, sizeof(buf)) == (long)qt_sum("\1", 1));
		now = frames_now();
		stalls += (long)((now - began) / (FRAMES_ACK_DELAY / 2));
		began = now;
	}
	return stalls;
}

/* A request acknowledges the reply before it, a reply its request: the last one has none. */
QT_TEST(frames, ping_pong)
{
	struct qt_server server;
	long frames, stalls;
	bool exact = false;
	int coid, tries;

	frames_pin(&self->qt);
	server = qt_server(&self->qt, 0, qt_echo, NULL);
	coid = qt_attach(&self->qt, server);
	frames_calls(&self->qt, coid, 1);
	for (tries = qt_rounds(FRAMES_TRIES); tries && !exact; tries--) {
		frames_look(self);
		stalls = frames_calls(&self->qt, coid, FRAMES_ROUNDS);
		frames_read(self);
		frames = frames_wanting(self, 0) + frames_wanting(self, 1) +
			 frames_since(self, 0, TX_ACKS) + frames_since(self, 1, TX_ACKS);
		TH_LOG("%ld frames for %d transactions, %ld stalls", frames, FRAMES_ROUNDS, stalls);
		EXPECT_LE(2 * FRAMES_ROUNDS, frames);
		/* in a stall either may send an acknowledgment, and a probe */
		EXPECT_GE(2 * FRAMES_ROUNDS + 1 + 4 * stalls + FRAMES_PINGS, frames);
		exact = frames <= 2 * FRAMES_ROUNDS + 1;
	}
	EXPECT_TRUE(exact || !frames_fast());
}

/* Three frames: the last is the acknowledgment of the reply, and it has none. */
QT_TEST(frames, acks_end)
{
	struct qt_server server;
	long stalls = 0, more;
	int coid, i;

	frames_pin(&self->qt);
	server = qt_server(&self->qt, 0, qt_echo, NULL);
	coid = qt_attach(&self->qt, server);
	frames_calls(&self->qt, coid, 1);
	frames_look(self);
	for (i = 0; i < FRAMES_LONELY; i++) {
		stalls += frames_calls(&self->qt, coid, 1);
		usleep(FRAMES_SETTLE);
	}
	frames_read(self);
	/* PINGs and probes, of which each may have one */
	more = frames_wanting(self, 0) - FRAMES_LONELY;
	TH_LOG("%ld and %ld acknowledgments alone for %d transactions, %ld stalls, %ld more frames",
	       frames_since(self, 0, TX_ACKS), frames_since(self, 1, TX_ACKS), FRAMES_LONELY,
	       stalls, more);
	EXPECT_LE(FRAMES_LONELY / 2, frames_since(self, 0, TX_ACKS));
	EXPECT_GE(frames_wanting(self, 1), frames_since(self, 0, TX_ACKS));
	EXPECT_GE(stalls + more, frames_since(self, 1, TX_ACKS));
}

/* Replies at once with the first @arg bytes of what it received. */
static void frames_taker(struct qt *qt, int chid, void *arg)
{
	char *buf = calloc(1, FRAMES_BULK);
	int rcvid;

	QT_CHECK(qt, buf);
	for (;;) {
		rcvid = MsgReceive(chid, buf, FRAMES_BULK, NULL);
		QT_CHECK(qt, rcvid > 0 && MsgReply(rcvid, 5, buf, *(size_t *)arg) == EOK);
	}
}

/*
 * Who receives bulk acknowledges one frame in sixteen, and those that end a reply.  Bytes go once,
 * in frames that are full.
 */
static void bulk_acks(struct __test_metadata *_metadata, FIXTURE_DATA(frames) *self,
		      size_t message, size_t reply)
{
	int coid, tries, from = reply > message;
	char *out = calloc(1, FRAMES_BULK), *in = calloc(1, FRAMES_BULK);
	struct qt_server server;
	long data, acks, late;
	bool exact = false;
	int64_t began;

	ASSERT_NE(NULL, out);
	ASSERT_NE(NULL, in);
	frames_pin(&self->qt);
	server = qt_server(&self->qt, 0, frames_taker, &reply);
	coid = qt_attach(&self->qt, server);
	ASSERT_EQ(5, MsgSend(coid, out, 1, in, 1));
	for (tries = qt_rounds(FRAMES_TRIES); tries && !exact; tries--) {
		frames_look(self);
		began = frames_now();
		ASSERT_EQ(5, MsgSend(coid, out, message, in, reply));
		late = (long)((frames_now() - began) / FRAMES_ACK_DELAY) + 1;
		frames_read(self);
		data = frames_wanting(self, from);
		acks = frames_since(self, !from, TX_ACKS);
		TH_LOG("%ld frames of data, %ld of acknowledgments, %ld may be late", data, acks,
		       late);
		EXPECT_LE(FRAMES_BULK / 1500, data);
		EXPECT_GE(data / FRAMES_ACKED + from + late, acks);
		exact = acks <= data / FRAMES_ACKED + from && data <= FRAMES_BULK / 1300;
	}
	EXPECT_TRUE(exact || !frames_fast());
	EXPECT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	free(out);
	free(in);
}

QT_TEST(frames, bulk)
{
	bulk_acks(_metadata, self, FRAMES_BULK, 1);
}

QT_TEST(frames, bulk_reply)
{
	bulk_acks(_metadata, self, 1, FRAMES_BULK);
}

#define READ_FIRST	3072	/* go unasked */
#define READ_RECEIVED	16
#define READ_HEAD	60	/* what a frame has beside bytes, at most: 54, or padding */
#define READ_HELLO	354

static const struct read_part {
	size_t offset;
	size_t len;
} read_parts[] = {
	{ 0, READ_FIRST },		/* there already */
	{ 500000, 1000 },
	{ 500000, 1000 },		/* once more */
	{ 700001, 5000 },
	{ FRAMES_BULK - 1, 1 },
	{ READ_FIRST - 84, 1084 },	/* a part of it is there */
	{ 300000, 100000 },
};

static void read_server(struct qt *qt, int chid, void *arg)
{
	const struct read_part *part = read_parts;
	char *want = malloc(FRAMES_BULK), *buf = malloc(FRAMES_BULK);
	size_t i;
	int rcvid;

	(void)arg;
	qt_fill(want, FRAMES_BULK, 9);
	rcvid = MsgReceive(chid, buf, READ_RECEIVED, NULL);
	QT_CHECK(qt, rcvid > 0);
	for (i = 1; i <= ARRAY_SIZE(read_parts); i++, part++) {
		qt_mark(qt, READ);
		QT_CHECK(qt, qt_wait(qt, GO, (int)i));
		QT_CHECK(qt, MsgRead(rcvid, buf, part->len, part->offset) == (ssize_t)part->len);
		QT_CHECK(qt, !memcmp(buf, want + part->offset, part->len));
	}
	qt_mark(qt, READ);
	QT_CHECK(qt, MsgReply(rcvid, 5, NULL, 0) == EOK);
	pause();
}

/* What the client's node sent for one of them: these bytes, and its frames' heads. */
static void read_moved(struct __test_metadata *_metadata, FIXTURE_DATA(frames) *self,
		       const struct read_part *part)
{
	size_t end = part->offset + part->len, from = part->offset;
	long frames, bytes, again, heads;

	if (from < READ_FIRST)
		from = end < READ_FIRST ? end : READ_FIRST;
	frames = frames_since(self, 0, TX_FRAMES) - frames_since(self, 0, TX_HELLOS);
	bytes = frames_since(self, 0, TX_BYTES) - READ_HELLO * frames_since(self, 0, TX_HELLOS);
	again = frames_since(self, 0, TX_AGAIN);
	heads = READ_HEAD * frames;
	TH_LOG("%zu bytes at %zu: %ld bytes in %ld frames, %ld again", part->len, part->offset,
	       bytes, frames, again);
	EXPECT_LE((long)(end - from), bytes);
	/* what a guest that stands still sends again is the same once more */
	EXPECT_GE((long)(end - from) * (1 + again) + heads, bytes);
	/* nearly full ones, an acknowledgment, and a PING or two */
	EXPECT_GE((long)(end - from) / 1000 + 4 + 2 * again, frames);
}

/* A part of a message: what is asked for crosses the wire, and nothing else of it. */
QT_TEST(frames, what_is_read)
{
	struct qt_server server = qt_server(&self->qt, 0, read_server, NULL);
	char *out = malloc(FRAMES_BULK);
	struct qt_send send = {
		.coid = qt_attach(&self->qt, server),
		.out = out,
		.out_len = FRAMES_BULK,
	};
	size_t i;

	ASSERT_NE(NULL, out);
	qt_fill(out, FRAMES_BULK, 9);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, READ, 1));
	for (i = 0; i < ARRAY_SIZE(read_parts); i++) {
		frames_look(self);
		qt_mark(&self->qt, GO);
		ASSERT_TRUE(qt_wait(&self->qt, READ, (int)i + 2));
		/* the last one's reply is a frame of the server's */
		frames_read(self);
		read_moved(_metadata, self, &read_parts[i]);
	}
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(5, send.status);
	free(out);
}

static void frames_pulsed(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse;

	(void)arg;
	for (;;) {
		QT_CHECK(qt, MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
		if (pulse.code == FRAMES_LAST)
			qt_mark(qt, PULSED);
	}
}

/* So many may wait. */
static void frames_pulse(struct qt *qt, int coid, int code)
{
	while (MsgSendPulse(coid, -1, code, 0) == -1) {
		QT_CHECK(qt, errno == EAGAIN);
		usleep(200);
	}
}

/*
 * Nothing goes back but acknowledgments, each for sixteen frames, and one for the last of them.
 * Where pulses share frames one goes in a millisecond or so, sixteen take longer than 10 ms, and it
 * is pulses that there are sixteen of for each.
 */
static void pulse_acks(struct __test_metadata *_metadata, FIXTURE_DATA(frames) *self, bool shared)
{
	struct qt_server server;
	long data, acks, late;
	bool exact = false;
	int64_t began;
	int coid, n, i;

	frames_pin(&self->qt);
	server = qt_server(&self->qt, 0, frames_pulsed, NULL);
	coid = qt_attach(&self->qt, server);
	frames_pulse(&self->qt, coid, FRAMES_LAST);
	ASSERT_TRUE(qt_wait(&self->qt, PULSED, 1));
	for (n = 0; n < qt_rounds(FRAMES_TRIES) && !exact; n++) {
		frames_look(self);
		began = frames_now();
		for (i = 1; i < FRAMES_PULSES; i++)
			frames_pulse(&self->qt, coid, FRAMES_PULSE);
		frames_pulse(&self->qt, coid, FRAMES_LAST);
		ASSERT_TRUE(qt_wait(&self->qt, PULSED, n + 2));
		late = (long)((frames_now() - began) / FRAMES_ACK_DELAY) + 1;
		frames_read(self);
		data = frames_wanting(self, 0);
		acks = frames_since(self, 1, TX_ACKS);
		TH_LOG("%d pulses in %ld frames, %ld of acknowledgments, %ld may be late",
		       FRAMES_PULSES, data, acks, late);
		EXPECT_GE(data / FRAMES_ACKED + 1 + late, acks);
		exact = acks <= (shared ? FRAMES_PULSES : data) / FRAMES_ACKED + 1;
	}
	EXPECT_TRUE(exact || !frames_fast());
}

QT_TEST(frames, pulses)
{
	pulse_acks(_metadata, self, true);
}

QT_TEST(frames, pulses_alone)
{
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl param set share_frames 512"));
	pulse_acks(_metadata, self, false);
}

static int alone_order(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

/* What a transaction takes, in microseconds: half of them take less. */
static long alone_median(struct qt *qt, int coid)
{
	int count = qt_rounds(FRAMES_ALONE), i;
	long took[FRAMES_ALONE];
	int64_t began;

	for (i = 0; i < count; i++) {
		began = frames_now();
		frames_calls(qt, coid, 1);
		took[i] = (long)(frames_now() - began);
	}
	qsort(took, (size_t)count, sizeof(took[0]), alone_order);
	return took[count / 2];
}

/* On both nodes. */
static int alone_param(struct qt *qt, const char *name, int value)
{
	return qt_run(qt->client_ns, "qnetctl param set %s %d", name, value) ||
	       qt_run(qt->server_ns, "qnetctl param set %s %d", name, value);
}

/* However long small frames may wait for others: a call alone waits for nobody. */
QT_TEST(frames, alone)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	long usual, alone, waits;

	frames_calls(&self->qt, coid, 10);
	usual = alone_median(&self->qt, coid);
	ASSERT_EQ(0, alone_param(&self->qt, "share_most", FRAMES_SHARE));
	ASSERT_EQ(0, alone_param(&self->qt, "share_least", FRAMES_SHARE));
	alone = alone_median(&self->qt, coid);
	/* one that waits looks like this */
	ASSERT_EQ(0, alone_param(&self->qt, "share_frames", 0));
	waits = alone_median(&self->qt, coid);
	TH_LOG("%ld us; %ld if others may wait for %d us; %ld if it waits", usual, alone,
	       FRAMES_SHARE, waits);
	EXPECT_GT(usual + FRAMES_SHARE / 2, alone);
	EXPECT_LT(FRAMES_SHARE * 4 / 5, waits);
	EXPECT_TRUE(alone < FRAMES_SHARE / 2 || !frames_fast());
}

struct frames_crowd {
	struct qt *qt;
	struct qt_server server;
	atomic_int ready;
	atomic_bool go;
};

static void *frames_one_of_many(void *arg)
{
	struct frames_crowd *crowd = arg;
	char out[32] = { 1 };
	int coid = qt_attach(crowd->qt, crowd->server), i;
	long sum = (long)qt_sum(out, sizeof(out));

	QT_CHECK(crowd->qt, MsgSend(coid, out, sizeof(out), NULL, 0) == sum);
	atomic_fetch_add(&crowd->ready, 1);
	while (!atomic_load(&crowd->go))
		usleep(1000);
	for (i = 0; i < FRAMES_EACH; i++)
		QT_CHECK(crowd->qt, MsgSend(coid, out, sizeof(out), NULL, 0) == sum);
	return NULL;
}

/* Small messages of many share frames. */
QT_TEST(frames, shared)
{
	struct frames_crowd crowd = { .qt = &self->qt };
	long transactions = FRAMES_CLIENTS * FRAMES_EACH, frames;
	pthread_t thread[FRAMES_CLIENTS];
	uint64_t began;
	int i;

	/* without it the other side has taken a frame before its sender goes on */
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "tc qdisc add dev veth0 root netem delay 100us"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "tc qdisc add dev veth0 root netem delay 100us"));
	crowd.server = qt_server(&self->qt, 0, qt_echo, NULL);
	for (i = 0; i < FRAMES_CLIENTS; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, frames_one_of_many, &crowd));
	while (atomic_load(&crowd.ready) < FRAMES_CLIENTS)
		usleep(1000);
	frames_look(self);
	began = qt_now();
	atomic_store(&crowd.go, true);
	for (i = 0; i < FRAMES_CLIENTS; i++)
		pthread_join(thread[i], NULL);
	began = qt_now() - began;
	frames_read(self);
	frames = frames_since(self, 0, TX_FRAMES) + frames_since(self, 1, TX_FRAMES);
	TH_LOG("%ld frames for %ld transactions in %ld ms", frames, transactions, (long)began);
	/* where a transaction takes longer than one may wait for others there are fewer of them */
	EXPECT_GE(qt_rounds(10) == 10 ? transactions / 2 : transactions, frames);
}

/*
 * Of one peer alone more is asked for, so it need not be asked so often.  The wire is long: on a
 * short one frames that wait for a slow CPU are a queue.
 */
QT_TEST(frames, pulls)
{
	struct qt *qt = &self->qt;
	int ns[2] = { qt->client_ns, qt->server_ns }, coid, i;
	char *buf = calloc(1, FRAMES_LONG);
	struct qt_server server;
	cpu_set_t one;
	long pulls;

	ASSERT_NE(NULL, buf);
	/* from two CPUs frames may come in another order */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	/* of a link that never saw another wire; PINGs of both would leave no time between them */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, qt_run(ns[i], "tc qdisc add dev veth0 root " FRAMES_FAR));
		ASSERT_EQ(0, qt_run(ns[i], "qnetctl node set dead-after 60000"));
	}
	ASSERT_TRUE(qt_bearer(qt->client_ns, false));
	ASSERT_TRUE(qt_bearer(qt->client_ns, true));
	ASSERT_TRUE(qt_relink(qt));
	server = qt_server(qt, 0, qt_echo, NULL);
	coid = qt_attach(qt, server);
	ASSERT_LE(0, MsgSend(coid, "\1", 1, NULL, 0));
	frames_look(self);
	ASSERT_EQ((long)qt_sum(buf, FRAMES_LONG), MsgSend(coid, buf, FRAMES_LONG, NULL, 0));
	frames_read(self);
	pulls = frames_since(self, 1, TX_SEGMENTS);
	TH_LOG("it was asked %ld times", pulls);
	if (qt_rounds(10) == 10)
		EXPECT_GT(FRAMES_LONG / FRAMES_PULL, pulls);
	free(buf);
}

TEST_HARNESS_MAIN
