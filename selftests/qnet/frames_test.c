// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - how many frames things take: acknowledgments, shared frames
 *
 * The wire is good; PINGs and HELLOs are few beside what is counted.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120
 */
#include "counter.h"
#include "qt_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define FRAMES_ACK_DELAY 10		/* milliseconds that an acknowledgment may wait for more */
#define FRAMES_SETTLE	50000		/* microseconds: acknowledgments are out by then */
#define FRAMES_SLACK	8		/* PINGs and their like */
#define FRAMES_BULK	(1 << 20)
#define FRAMES_ROUNDS	500
#define FRAMES_PULSES	1600
#define FRAMES_CLIENTS	64
#define FRAMES_EACH	100		/* transactions of each of them */
#define FRAMES_ALONE	50
#define FRAMES_SHARE	10		/* milliseconds that a frame may wait for more */
#define FRAMES_LONG	(8 << 20)
#define FRAMES_PULL	(64 << 10)	/* that is asked for at a time, at first */
#define FRAMES_FAR	"netem limit 10000 delay 80ms"

/* Marks. */
enum { PULSED };

enum { TX_FRAMES, TX_ACKS, TX_SEGMENTS, COUNTS };

static const char * const frames_names[COUNTS] = { "tx_frames", "tx_acks", "tx_segments" };

FIXTURE(frames) {
	struct qt qt;
	struct counters counters[2];	/* the clients' node, the server's */
	long before[2][COUNTS];
};

FIXTURE_SETUP(frames)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->counters[0], self->qt.client_ns));
	ASSERT_TRUE(counter_open(&self->counters[1], self->qt.server_ns));
}

FIXTURE_TEARDOWN(frames)
{
	counter_close(&self->counters[0]);
	counter_close(&self->counters[1]);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static void frames_look(FIXTURE_DATA(frames) *self)
{
	int n, i;

	usleep(FRAMES_SETTLE);
	for (n = 0; n < 2; n++) {
		QT_CHECK(&self->qt, counter_read(&self->counters[n]));
		for (i = 0; i < COUNTS; i++)
			self->before[n][i] = counter_get(&self->counters[n], frames_names[i]);
	}
}

/* Since frames_look(). */
static long frames_since(FIXTURE_DATA(frames) *self, int node, int what)
{
	return counter_get(&self->counters[node], frames_names[what]) - self->before[node][what];
}

static void frames_read(FIXTURE_DATA(frames) *self)
{
	usleep(FRAMES_SETTLE);
	QT_CHECK(&self->qt, counter_read(&self->counters[0]));
	QT_CHECK(&self->qt, counter_read(&self->counters[1]));
}

/* A request acknowledges the reply before it, a reply its request. */
QT_TEST(frames, ping_pong)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server), i;
	long frames, acks, late;
	char buf[32] = { 1 };

	ASSERT_LE(0, MsgSend(coid, "\1", 1, NULL, 0));
	frames_look(self);
	late = (long)qt_now();
	for (i = 0; i < FRAMES_ROUNDS; i++)
		ASSERT_EQ((long)qt_sum("\1", 1), MsgSend(coid, "\1", 1, buf, sizeof(buf)));
	/* an emulated CPU that stands still for so long owes an acknowledgment */
	late = ((long)qt_now() - late) / FRAMES_ACK_DELAY;
	frames_read(self);
	frames = frames_since(self, 0, TX_FRAMES) + frames_since(self, 1, TX_FRAMES);
	acks = frames_since(self, 0, TX_ACKS) + frames_since(self, 1, TX_ACKS);
	TH_LOG("%ld frames, %ld of them acknowledgments only, for %d transactions", frames, acks,
	       FRAMES_ROUNDS);
	EXPECT_LE(2 * FRAMES_ROUNDS, frames);
	EXPECT_GE(2 * FRAMES_ROUNDS + late / 4 + FRAMES_SLACK, frames);
}

/* Who receives bulk acknowledges one frame in sixteen. */
QT_TEST(frames, bulk)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	char *buf = calloc(1, FRAMES_BULK);
	long data, acks, late;

	ASSERT_NE(NULL, buf);
	ASSERT_LE(0, MsgSend(coid, "\1", 1, NULL, 0));
	frames_look(self);
	late = (long)qt_now();
	ASSERT_EQ((long)qt_sum(buf, FRAMES_BULK), MsgSend(coid, buf, FRAMES_BULK, NULL, 0));
	late = ((long)qt_now() - late) / FRAMES_ACK_DELAY;
	frames_read(self);
	data = frames_since(self, 0, TX_FRAMES) - frames_since(self, 0, TX_ACKS);
	acks = frames_since(self, 1, TX_ACKS);
	TH_LOG("%ld frames of data, %ld of acknowledgments", data, acks);
	EXPECT_LE(FRAMES_BULK / 1500, data);
	EXPECT_GE(data / 16 + late + FRAMES_SLACK, acks);
	free(buf);
}

static void frames_pulsed(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse;
	int i;

	(void)arg;
	for (i = 0; i < FRAMES_PULSES; i++)
		QT_CHECK(qt, MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	qt_mark(qt, PULSED);
}

/* Nothing goes back but acknowledgments: each for sixteen frames, or for those of a while. */
QT_TEST(frames, pulses)
{
	struct qt_server server = qt_server(&self->qt, 0, frames_pulsed, NULL);
	int coid = qt_attach(&self->qt, server), i;
	long data, acks;
	uint64_t began;

	ASSERT_EQ(0, MsgSendPulse(coid, -1, 10, 0));
	frames_look(self);
	began = qt_now();
	/* so many may wait */
	for (i = 1; i < FRAMES_PULSES; i++)
		while (MsgSendPulse(coid, -1, 10, i) == -1)
			ASSERT_EQ(EAGAIN, errno);
	ASSERT_TRUE(qt_wait(&self->qt, PULSED, 1));
	began = qt_now() - began;
	frames_read(self);
	data = frames_since(self, 0, TX_FRAMES) - frames_since(self, 0, TX_ACKS);
	acks = frames_since(self, 1, TX_ACKS);
	TH_LOG("%d pulses in %ld frames, %ld of acknowledgments", FRAMES_PULSES, data, acks);
	EXPECT_GE(data / 16 + (long)began / FRAMES_ACK_DELAY + FRAMES_SLACK, acks);
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

/* A call alone waits for nobody to share its frame, however long it might. */
QT_TEST(frames, alone)
{
	static const char * const wait[] = { "share_most", "share_least" };
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server), i;
	uint64_t took;

	ASSERT_LE(0, MsgSend(coid, "\1", 1, NULL, 0));
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl param set %s %d", wait[i],
				    1000 * FRAMES_SHARE));
	took = qt_now();
	for (i = 0; i < FRAMES_ALONE; i++)
		ASSERT_LE(0, MsgSend(coid, "\1", 1, NULL, 0));
	took = qt_now() - took;
	TH_LOG("%d ms for %d transactions", (int)took, FRAMES_ALONE);
	EXPECT_GT((FRAMES_ALONE - 1) * FRAMES_SHARE, took);
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
	/* of a link that never saw another wire */
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, qt_run(ns[i], "tc qdisc add dev veth0 root " FRAMES_FAR));
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
