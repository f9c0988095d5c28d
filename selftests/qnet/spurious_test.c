// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that are sent again though they were not lost: they are counted, and no others
 *
 * Nothing is lost here.  What is late, or overtaken, looks as if.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120
 */
#include "counter.h"
#include "qt_fixture.h"

#include <sched.h>

#include "rtnl.h"

#define SPURIOUS_LEN	60000		/* 42 frames, unasked */
#define SPURIOUS_CALLS	40
#define SPURIOUS_FEW	10
#define SPURIOUS_TRIES	20
#define SPURIOUS_SMALL	30		/* calls until the round trip is known */
#define SPURIOUS_SETTLE	50000		/* microseconds: twice what a frame may be held back */
#define SPURIOUS_LATE	100000		/* microseconds: a probe is due after 13000 or so */

enum { AGAIN, LOST, IN_VAIN, PROBES, DEAD, COUNTS };

static const char * const spurious_names[COUNTS] = {
	[AGAIN] = "tx_retransmits",
	[LOST] = "tx_lost",
	[IN_VAIN] = "tx_spurious",
	[PROBES] = "tx_probes",
	[DEAD] = "links_dead",
};

FIXTURE(spurious) {
	struct qt qt;
	struct counters counters[2];	/* the client's node, the server's */
	long before[2][COUNTS];
	struct qt_server server;
	int coid;
};

/* A wire that keeps the order, the same both ways. */
static int spurious_wire(struct qt *qt, const char *verb, const char *netem)
{
	return qt_run(qt->client_ns, "tc qdisc %s dev veth0 root netem %s", verb, netem) ||
	       qt_run(qt->server_ns, "tc qdisc %s dev veth0 root netem %s", verb, netem);
}

FIXTURE_SETUP(spurious)
{
	cpu_set_t one;

	/* two that send in turn, each on a CPU of its own, may overtake each other */
	CPU_ZERO(&one);
	CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->counters[0], self->qt.client_ns));
	ASSERT_TRUE(counter_open(&self->counters[1], self->qt.server_ns));
	ASSERT_EQ(0, spurious_wire(&self->qt, "add", "limit 10000 delay 1ms"));
	self->server = qt_server(&self->qt, 0, qt_echo, NULL);
	self->coid = qt_attach(&self->qt, self->server);
	/* the size of frames is found */
	ASSERT_TRUE(qt_echoed(self->coid, SPURIOUS_LEN));
	ASSERT_TRUE(qt_echoed(self->coid, SPURIOUS_LEN));
}

/* What netem was to drop, and what it had no room for. */
static int spurious_dropped(int ns)
{
	return qt_run(ns, "! tc -s qdisc show dev veth0 | grep -q 'dropped [1-9]'");
}

FIXTURE_TEARDOWN(spurious)
{
	EXPECT_EQ(0, spurious_dropped(self->qt.client_ns));
	EXPECT_EQ(0, spurious_dropped(self->qt.server_ns));
	counter_close(&self->counters[0]);
	counter_close(&self->counters[1]);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static void spurious_look(FIXTURE_DATA(spurious) *self)
{
	int n, i;

	usleep(SPURIOUS_SETTLE);
	for (n = 0; n < 2; n++) {
		QT_CHECK(&self->qt, counter_read(&self->counters[n]));
		for (i = 0; i < COUNTS; i++)
			self->before[n][i] = counter_get(&self->counters[n], spurious_names[i]);
	}
}

static void spurious_read(FIXTURE_DATA(spurious) *self)
{
	usleep(SPURIOUS_SETTLE);
	QT_CHECK(&self->qt, counter_read(&self->counters[0]));
	QT_CHECK(&self->qt, counter_read(&self->counters[1]));
}

/* Since spurious_look(). */
static long spurious_since(FIXTURE_DATA(spurious) *self, int node, int what)
{
	return counter_get(&self->counters[node], spurious_names[what]) - self->before[node][what];
}

/* Calls, and what both nodes counted meanwhile. */
static void spurious_calls(struct __test_metadata *_metadata, FIXTURE_DATA(spurious) *self,
			   int count)
{
	int i, n;

	spurious_look(self);
	for (i = 0; i < count; i++)
		ASSERT_TRUE(qt_echoed(self->coid, SPURIOUS_LEN));
	spurious_read(self);
	for (n = 0; n < 2; n++) {
		TH_LOG("%s: %ld segments again, %ld frames lost, %ld in vain, %ld probes",
		       n ? "server" : "client", spurious_since(self, n, AGAIN),
		       spurious_since(self, n, LOST), spurious_since(self, n, IN_VAIN),
		       spurious_since(self, n, PROBES));
		/* only what was sent again may have been in vain */
		EXPECT_GE(spurious_since(self, n, AGAIN), spurious_since(self, n, IN_VAIN));
		EXPECT_EQ(0, spurious_since(self, n, DEAD));
	}
}

/* In order none is sent again.  Who stands still probes: once in a few tries nobody does. */
static void spurious_none(struct __test_metadata *_metadata, FIXTURE_DATA(spurious) *self)
{
	bool none = false;
	int tries, n;

	for (tries = qt_rounds(SPURIOUS_TRIES); tries && !none; tries--) {
		spurious_calls(_metadata, self, qt_rounds(SPURIOUS_FEW));
		none = true;
		for (n = 0; n < 2; n++)
			none &= !spurious_since(self, n, LOST) && !spurious_since(self, n, IN_VAIN);
	}
	EXPECT_TRUE(none || qt_rounds(10) < 10);
}

QT_TEST(spurious, in_order)
{
	spurious_none(_metadata, self);
}

/* One frame in four goes at once, the others after 20 ms: they are given up, and then they come. */
QT_TEST(spurious, overtaken)
{
	static const char wire[] = "limit 10000 delay 20ms reorder 25%";
	struct qt *qt = &self->qt;

	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc change dev veth0 root netem %s", wire));
	spurious_calls(_metadata, self, qt_rounds(SPURIOUS_CALLS));
	EXPECT_LT(0, spurious_since(self, 0, LOST));
	EXPECT_LT(0, spurious_since(self, 0, IN_VAIN));
	/* and in order again */
	usleep(SPURIOUS_SETTLE);
	ASSERT_EQ(0, spurious_wire(qt, "change", "limit 10000 delay 1ms"));
	ASSERT_TRUE(qt_echoed(self->coid, SPURIOUS_LEN));
	spurious_none(_metadata, self);
}

/* A request is under way for longer than any before: probes are in vain, and it runs once. */
QT_TEST(spurious, late)
{
	struct qt *qt = &self->qt;
	long received;
	int i;

	for (i = 0; i < SPURIOUS_SMALL; i++)
		ASSERT_TRUE(qt_echoed(self->coid, 32));
	spurious_look(self);
	received = counter_get(&self->counters[1], "receives");
	ASSERT_EQ(0, rtnl_netem(qt->client_ns, "veth0", 0, SPURIOUS_LATE));
	ASSERT_TRUE(qt_echoed(self->coid, 32));
	ASSERT_EQ(0, rtnl_netem(qt->client_ns, "veth0", 0, 1000));
	usleep(SPURIOUS_LATE);
	spurious_read(self);
	TH_LOG("%ld probes, %ld frames in vain", spurious_since(self, 0, PROBES),
	       spurious_since(self, 0, IN_VAIN));
	EXPECT_EQ(0, spurious_since(self, 0, LOST));
	EXPECT_LT(0, spurious_since(self, 0, PROBES));
	EXPECT_LT(0, spurious_since(self, 0, IN_VAIN));
	EXPECT_EQ(received + 1, counter_get(&self->counters[1], "receives"));
}

TEST_HARNESS_MAIN
