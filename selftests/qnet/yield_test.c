// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bulk gives way to small messages, on a wire that is slower than both nodes
 *
 * What waits on the wire is bulk that was asked for, or pushed, ahead of need: without small ones
 * beside it 64 KiB and more, which take 26 ms here; with them a quarter of that.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=90 kernel=stock
 */
#define _GNU_SOURCE
#include "bench.h"
#include "qt_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/netmgr.h>
#include <sys/neutrino.h>
#include <unistd.h>

#define YIELD_LEN	(1 << 20)
#define YIELD_SMALL	32
#define YIELD_TRIPS	60
#define YIELD_TRIES	2
#define YIELD_WIRE	"netem rate 20mbit limit 1000"
#define YIELD_FAR	"netem delay 50ms limit 1000"
#define YIELD_MIDDLE	20000		/* go unasked */
#define YIELD_REPLY	4096		/* a small one, of three frames */
#define YIELD_REPLIES	400
#define YIELD_SOON	600		/* milliseconds for these: as bulk they would take 1500 */

struct bulk {
	pthread_t thread;
	int coid;
	size_t out, in;
	atomic_bool stop;
	atomic_int done;
	bool failed;
};

static char yield_message[YIELD_LEN];

/* Answers with as much as there is room for. */
static void yield_serve(struct qt *qt, int chid, void *arg)
{
	static char buffer[YIELD_LEN];
	struct _msg_info info;
	int rcvid;

	(void)qt;
	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, buffer, sizeof(buffer), &info);
		if (rcvid > 0)
			MsgReply(rcvid, EOK, buffer, (size_t)info.dstmsglen);
	}
}

static void *yield_bulk(void *arg)
{
	char *in = malloc(YIELD_LEN);
	struct bulk *bulk = arg;

	while (!atomic_load(&bulk->stop)) {
		bulk->failed |= MsgSend(bulk->coid, yield_message, bulk->out, in, bulk->in) == -1;
		atomic_fetch_add(&bulk->done, 1);
	}
	free(in);
	return NULL;
}

static bool yield_moves(void *arg)
{
	struct bulk *bulk = arg;

	return atomic_load(&bulk->done);
}

/* Microseconds of the median of some round trips. */
static unsigned int yield_median(struct __test_metadata *_metadata, int coid)
{
	static uint64_t times[YIELD_TRIPS];
	char in[YIELD_SMALL];
	int i;

	for (i = -YIELD_TRIPS / 3; i < YIELD_TRIPS; i++) {
		uint64_t began = bench_now();

		EXPECT_NE(-1, MsgSend(coid, yield_message, YIELD_SMALL, in, sizeof(in)));
		if (i >= 0)
			times[i] = bench_now() - began;
	}
	qsort(times, YIELD_TRIPS, sizeof(times[0]), bench_compare);
	return (unsigned int)(times[YIELD_TRIPS / 2] / 1000);
}

FIXTURE(yield) {
	struct qt qt;
	int nodes[2];
};

FIXTURE_SETUP(yield)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	self->nodes[0] = self->qt.client_ns;
	self->nodes[1] = self->qt.server_ns;
}

FIXTURE_TEARDOWN(yield)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static int yield_attach(struct qt *qt)
{
	return qt_attach(qt, qt_server(qt, 0, yield_serve, NULL));
}

/* Beside @streams of messages a small one takes @most microseconds. */
static void yields(struct __test_metadata *_metadata, FIXTURE_DATA(yield) *self,
		   struct bulk *bulk, int streams, int tries, unsigned int most)
{
	int small = yield_attach(&self->qt), i, done = 0;
	unsigned int least = 0, now;

	ASSERT_LE(0, small);
	for (i = 0; i < 2; i++) {
		/* the queue is the wire's, not the device's */
		ASSERT_EQ(0, qt_run(self->nodes[i], "qnetctl param set device_frames 512"));
		ASSERT_EQ(0, qt_run(self->nodes[i], "tc qdisc add dev veth0 root " YIELD_WIRE));
	}
	for (i = 0; i < streams; i++) {
		bulk[i].coid = yield_attach(&self->qt);
		ASSERT_LE(0, bulk[i].coid);
		ASSERT_EQ(0, pthread_create(&bulk[i].thread, NULL, yield_bulk, &bulk[i]));
	}
	/* it is on the wire */
	for (i = 0; i < streams; i++)
		ASSERT_TRUE(qt_until(yield_moves, &bulk[i]));
	for (i = 0; i < tries && (!least || least > most); i++) {
		now = yield_median(_metadata, small);
		least = least && least < now ? least : now;
	}
	for (i = 0; i < streams; i++)
		atomic_store(&bulk[i].stop, true);
	for (i = 0; i < streams; i++) {
		pthread_join(bulk[i].thread, NULL);
		EXPECT_FALSE(bulk[i].failed);
		done += atomic_load(&bulk[i].done);
	}
	TH_LOG("%u us, %d of bulk", least, done);
	/* it was there */
	EXPECT_LT(2000, least);
	EXPECT_GE(most, least);
}

TEST_F_TIMEOUT(yield, pulled, 80)
{
	struct bulk bulk = { .out = YIELD_LEN };

	yields(_metadata, self, &bulk, 1, YIELD_TRIES, 12000);
}

TEST_F_TIMEOUT(yield, pushed, 80)
{
	struct bulk bulk = { .out = YIELD_SMALL, .in = YIELD_LEN };

	yields(_metadata, self, &bulk, 1, YIELD_TRIES, 15000);
}

/* Many share what one may have, both ways at once. */
TEST_F_TIMEOUT(yield, several, 80)
{
	struct bulk bulk[] = {
		{ .out = YIELD_LEN }, { .out = YIELD_LEN },
		{ .out = YIELD_SMALL, .in = YIELD_LEN }, { .out = YIELD_SMALL, .in = YIELD_LEN },
	};

	yields(_metadata, self, bulk, ARRAY_SIZE(bulk), YIELD_TRIES, 25000);
}

static void *yield_small(void *arg)
{
	struct bulk *small = arg;
	char in[YIELD_SMALL];

	while (!atomic_load(&small->stop)) {
		small->failed |= MsgSend(small->coid, yield_message, YIELD_SMALL, in,
					 sizeof(in)) == -1;
		usleep(1000);
	}
	return NULL;
}

/* Milliseconds of a message. */
static unsigned int yield_took(struct __test_metadata *_metadata, int coid, size_t out, size_t in)
{
	static char buffer[YIELD_LEN];
	uint64_t began = qt_now();

	EXPECT_NE(-1, MsgSend(coid, yield_message, out, buffer, in));
	return (unsigned int)(qt_now() - began);
}

static unsigned int yield_replies(struct __test_metadata *_metadata, int coid)
{
	unsigned int took = (unsigned int)qt_now();
	int i;

	for (i = 0; i < YIELD_REPLIES; i++)
		yield_took(_metadata, coid, YIELD_SMALL, YIELD_REPLY);
	took = (unsigned int)qt_now() - took;
	TH_LOG("%d small replies in %u ms", YIELD_REPLIES, took);
	return took;
}

/*
 * However good the way is, beside small messages sixteen frames go in a round: 1 MiB takes some 45
 * of them, and 20 ms each.
 */
TEST_F_TIMEOUT(yield, in_rounds, 60)
{
	struct bulk small = { .coid = yield_attach(&self->qt) };
	int coid = yield_attach(&self->qt), i;
	unsigned int took;

	ASSERT_LE(0, coid);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, qt_run(self->nodes[i], "qnetctl param set bulk_round 20000"));
		ASSERT_EQ(0, qt_run(self->nodes[i], "qnetctl param set bulk_trips 1000"));
	}
	/* the size of frames is found; then they are round trips of 20 us at least */
	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, yield_took(_metadata, coid, YIELD_SMALL, YIELD_SMALL) / 1000);
	usleep(100000);
	EXPECT_GT(200, yield_took(_metadata, coid, YIELD_LEN, 0));
	EXPECT_GT(200, yield_took(_metadata, coid, YIELD_SMALL, YIELD_LEN));
	ASSERT_EQ(0, pthread_create(&small.thread, NULL, yield_small, &small));
	usleep(20000);
	took = yield_took(_metadata, coid, YIELD_LEN, 0);
	TH_LOG("pulled in %u ms", took);
	EXPECT_LT(300, took);
	EXPECT_GT(5000, took);
	took = yield_took(_metadata, coid, YIELD_SMALL, YIELD_LEN);
	TH_LOG("pushed in %u ms", took);
	EXPECT_LT(300, took);
	EXPECT_GT(5000, took);
	atomic_store(&small.stop, true);
	pthread_join(small.thread, NULL);
	EXPECT_FALSE(small.failed);
	/* ... and no more than eight of these, if they were bulk */
	took = yield_replies(_metadata, coid);
	for (i = 0; i < YIELD_TRIES && took >= YIELD_SOON; i++)
		took = yield_replies(_metadata, coid);
	EXPECT_GT(YIELD_SOON, took);
}

enum { YIELD_GO, YIELD_DONE };
enum { YIELD_LEAST };

/* On the servers' node: some requests to the other one; the least time is told. */
static void yield_back(struct qt *qt, int chid, void *arg)
{
	int coid, i;

	(void)chid;
	coid = ConnectAttach((uint32_t)netmgr_strtond("/net/alpha", NULL), qt->pid, *(int *)arg,
			     _NTO_SIDE_CHANNEL, 0);
	QT_CHECK(qt, coid >= 0);
	QT_CHECK(qt, qt_wait(qt, YIELD_GO, 1));
	for (i = 0; i < 5; i++) {
		uint64_t began = qt_now();
		long took;

		QT_CHECK(qt, MsgSend(coid, yield_message, YIELD_MIDDLE, NULL, 0) == EOK);
		took = (long)(qt_now() - began);
		if (!i || took < atomic_load(&qt->page->value[YIELD_LEAST]))
			atomic_store(&qt->page->value[YIELD_LEAST], took);
	}
	qt_mark(qt, YIELD_DONE);
	pause();
}

static struct qt *yield_qt;

static void *yield_serve_here(void *arg)
{
	yield_serve(yield_qt, *(int *)arg, NULL);
	return NULL;
}

/* Bytes of a reply that may not go yet do not hold up those of a request. */
TEST_F_TIMEOUT(yield, behind_pushes, 60)
{
	struct bulk bulk = { .coid = yield_attach(&self->qt), .out = YIELD_SMALL, .in = YIELD_LEN };
	int chid = ChannelCreate(0), i;
	pthread_t server;

	ASSERT_LE(0, bulk.coid);
	ASSERT_LT(0, chid);
	yield_qt = &self->qt;
	ASSERT_EQ(0, pthread_create(&server, NULL, yield_serve_here, &chid));
	qt_server(&self->qt, 0, yield_back, &chid);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, qt_run(self->nodes[i], "qnetctl param set device_frames 512"));
		/* sixteen frames of replies a round trip */
		ASSERT_EQ(0, qt_run(self->nodes[i], "qnetctl param set pull_peer 4096"));
		ASSERT_EQ(0, qt_run(self->nodes[i], "tc qdisc add dev veth0 root " YIELD_FAR));
	}
	ASSERT_EQ(0, pthread_create(&bulk.thread, NULL, yield_bulk, &bulk));
	usleep(1000000);
	qt_mark(&self->qt, YIELD_GO);
	ASSERT_TRUE(qt_wait(&self->qt, YIELD_DONE, 1));
	atomic_store(&bulk.stop, true);
	TH_LOG("%ld ms, a round trip is 100", atomic_load(&self->qt.page->value[YIELD_LEAST]));
	/* those of replies that wait before it would take four round trips */
	EXPECT_GT(300, atomic_load(&self->qt.page->value[YIELD_LEAST]));
	pthread_join(bulk.thread, NULL);
	EXPECT_FALSE(bulk.failed);
}

/* However few may go at first, so many are acknowledged at once that none waits for a timer. */
TEST_F_TIMEOUT(yield, few_at_first, 60)
{
	static char in[YIELD_LEN];
	uint64_t began, took;
	int i, coid;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, qt_run(self->nodes[i], "qnetctl param set pull 4096"));
	/* it holds for a new link */
	ASSERT_TRUE(qt_bearer(self->nodes[0], false));
	ASSERT_TRUE(qt_bearer(self->nodes[0], true));
	ASSERT_TRUE(qt_relink(&self->qt));
	coid = yield_attach(&self->qt);
	ASSERT_LE(0, coid);
	/* the size of frames is found, and each reply is acknowledged late */
	for (i = 0; i < 10; i++) {
		ASSERT_NE(-1, MsgSend(coid, yield_message, YIELD_SMALL, in, YIELD_SMALL));
		usleep(20000);
	}
	began = bench_now();
	ASSERT_NE(-1, MsgSend(coid, yield_message, YIELD_SMALL, in, YIELD_LEN));
	took = (bench_now() - began) / 1000000;
	TH_LOG("%u ms", (unsigned int)took);
	EXPECT_GT(500, took);
}

TEST_HARNESS_MAIN
