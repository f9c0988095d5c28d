// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that cross the stack as one, and whatever the stack does to them there
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GSO_LEN		(1 << 20)
#define GSO_MESSAGES	8		/* 4 on a slow kernel */
#define GSO_FRAMES	700		/* of each, and more */
#define GSO_FEW		4
#define GSO_TRIES	4
#define GSO_SIZE	8000		/* bytes, five full frames */

FIXTURE(gso) {
	struct qt qt;
	struct qt_server server;
	struct counters counters[2];
	char *message;
};

FIXTURE_SETUP(gso)
{
	cpu_set_t one;
	size_t i;

	/* from two CPUs frames may come in another order */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->counters[0], self->qt.client_ns));
	ASSERT_TRUE(counter_open(&self->counters[1], self->qt.server_ns));
	self->server = qt_server(&self->qt, 0, qt_echo, NULL);
	self->message = malloc(GSO_LEN);
	ASSERT_NE(NULL, self->message);
	for (i = 0; i < GSO_LEN; i++)
		self->message[i] = (char)(i * i >> 7);
}

FIXTURE_TEARDOWN(gso)
{
	int i;

	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
	for (i = 0; i < 2; i++)
		counter_close(&self->counters[i]);
	free(self->message);
}

struct gso {
	long frames, joined, lost, spoilt;
};

/* On a CPU that stands still meanwhile an acknowledgment may be late. */
static long gso_few(struct gso gso)
{
	return gso.frames / 50;
}

/* Frames that were not as they should be. */
static long gso_spoilt(struct __test_metadata *_metadata, FIXTURE_DATA(gso) *self)
{
	static const char * const names[] = {
		"rx_bad_short", "rx_bad_version", "rx_bad_type", "rx_bad_length", "rx_bad_flags",
		"rx_bad_crc", "rx_bad_index", "rx_bad_source", "rx_bad_segment", "rx_bad_ack",
	};
	long count, sum = 0;
	size_t i;

	EXPECT_TRUE(counter_read(&self->counters[1]));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		count = counter_get(&self->counters[1], names[i]);
		EXPECT_LE(0, count);
		sum += count;
	}
	return sum;
}

/* Messages, and how their frames went. */
static struct gso gso_send(struct __test_metadata *_metadata, FIXTURE_DATA(gso) *self)
{
	struct counters *counters = &self->counters[0];
	int messages = qt_rounds(10) == 10 ? GSO_MESSAGES : GSO_MESSAGES / 2;
	int coid = qt_attach(&self->qt, self->server), i;
	struct gso gso;

	EXPECT_LE(0, coid);
	gso.spoilt = gso_spoilt(_metadata, self);
	EXPECT_TRUE(counter_read(counters));
	gso.frames = counter_get(counters, "tx_frames");
	gso.joined = counter_get(counters, "tx_joined");
	gso.lost = counter_get(counters, "tx_lost");
	for (i = 0; i < messages; i++)
		EXPECT_EQ((long)qt_sum(self->message, GSO_LEN),
			  MsgSend(coid, self->message, GSO_LEN, NULL, 0));
	EXPECT_TRUE(counter_read(counters));
	gso.frames = counter_get(counters, "tx_frames") - gso.frames;
	gso.joined = counter_get(counters, "tx_joined") - gso.joined;
	gso.lost = counter_get(counters, "tx_lost") - gso.lost;
	TH_LOG("%ld frames in %ld, %ld lost", gso.frames, gso.frames - gso.joined, gso.lost);
	EXPECT_LE(messages * GSO_FRAMES, gso.frames);
	gso.spoilt = gso_spoilt(_metadata, self) - gso.spoilt;
	ConnectDetach(coid);
	return gso;
}

/* Most frames of bulk, unless the device's owner does not want it. */
QT_TEST(gso, joined)
{
	int ns = self->qt.client_ns, i;
	struct gso gso;

	/* however many come at once, all are acknowledged */
	for (i = 0; i < GSO_TRIES; i++) {
		gso = gso_send(_metadata, self);
		EXPECT_LT(gso.frames / 2, gso.joined);
		if (!gso.lost)
			break;
	}
	if (qt_rounds(10) == 10)
		EXPECT_GT(GSO_TRIES, i);
	ASSERT_EQ(0, qt_run(ns, "ip link set veth0 gso_max_segs %d", GSO_FEW));
	gso = gso_send(_metadata, self);
	EXPECT_LT(gso.frames / 3, gso.joined);
	EXPECT_GE(GSO_FEW * (gso.frames - gso.joined), gso.frames);
	ASSERT_EQ(0, qt_run(ns, "ip link set veth0 gso_max_segs 65535 gso_max_size %d", GSO_SIZE));
	gso = gso_send(_metadata, self);
	EXPECT_LT(gso.frames / 3, gso.joined);
	EXPECT_GE(GSO_SIZE / 1500 * (gso.frames - gso.joined), gso.frames);
	ASSERT_EQ(0, qt_run(ns, "ethtool -K veth0 gso off >/dev/null"));
	gso = gso_send(_metadata, self);
	EXPECT_EQ(0, gso.joined);
}

/* A device that has been given the same frames, too, at once or when they were sent. */
static void mirrored(struct __test_metadata *_metadata, FIXTURE_DATA(gso) *self, const char *queue)
{
	int ns = self->qt.client_ns;
	struct gso gso;

	ASSERT_EQ(0, qt_run(ns, "ip link add d0 type dummy && ip link set d0 up"));
	ASSERT_EQ(0, qt_run(ns, "tc qdisc replace dev d0 root %s", queue));
	ASSERT_EQ(0, qt_run(ns, "tc qdisc add dev veth0 clsact"));
	ASSERT_EQ(0, qt_run(ns, "tc filter add dev veth0 egress matchall %s",
			    "action mirred egress mirror dev d0"));
	gso = gso_send(_metadata, self);
	EXPECT_LT(gso.frames / 2, gso.joined);
	EXPECT_GE(gso_few(gso), gso.lost + gso.spoilt);
	usleep(200000);
	/* one by one */
	EXPECT_EQ(0, qt_run(ns, "test $(ip -s link show d0 | %s) -ge %ld",
			    "awk '/TX:/ { getline; print $2 }'", gso.frames));
}

QT_TEST(gso, mirrored)
{
	mirrored(_metadata, self, "pfifo");
}

QT_TEST(gso, mirrored_later)
{
	mirrored(_metadata, self, "netem delay 20ms limit 100000");
}

/* Lost as they go, many at a time, and one by one behind that. */
QT_TEST(gso, lost)
{
	struct gso gso;

	ASSERT_EQ(0, qt_run(self->qt.client_ns, "tc qdisc add dev veth0 root netem loss 4%%"));
	gso = gso_send(_metadata, self);
	EXPECT_LT(0, gso.joined);
	EXPECT_LT(0, gso.lost);
}

/*
 * netem splits what it is to spoil, tbf what is longer than its bucket; which fills faster than
 * frames are taken out, so nobody waits for a timer.
 */
QT_TEST(gso, split_by_qdisc)
{
	int ns = self->qt.client_ns;
	struct gso gso;

	ASSERT_EQ(0, qt_run(ns, "tc qdisc add dev veth0 root netem duplicate 5%% corrupt 3%%"));
	gso = gso_send(_metadata, self);
	EXPECT_LT(0, gso.joined);
	EXPECT_LT(0, gso.spoilt);
	EXPECT_GE(gso.frames / 20, gso.spoilt);
	ASSERT_EQ(0, qt_run(ns, "tc qdisc replace dev veth0 root %s",
			    "tbf rate 10gbit burst 2000 limit 1000000"));
	gso = gso_send(_metadata, self);
	EXPECT_LT(gso.frames / 2, gso.joined);
	EXPECT_GE(gso_few(gso), gso.lost + gso.spoilt);
}

/* A device that others' frames are sent to, which looks where they come from. */
QT_TEST(gso, redirected)
{
	int ns = self->qt.client_ns;
	struct gso gso;

	ASSERT_EQ(0, qt_run(ns, "ip link add i0 type ifb && ip link set i0 up"));
	ASSERT_EQ(0, qt_run(ns, "tc qdisc add dev veth0 clsact"));
	ASSERT_EQ(0, qt_run(ns, "tc filter add dev veth0 egress matchall %s",
			    "action mirred egress redirect dev i0"));
	gso = gso_send(_metadata, self);
	EXPECT_LT(gso.frames / 2, gso.joined);
	EXPECT_GE(gso_few(gso), gso.lost);
}

static bool gso_up(void *arg)
{
	struct qt *qt = arg;

	return !qt_run(qt->client_ns, "qnetctl node show beta | grep -q 'state *up'");
}

/*
 * What is sent on d0 is what l0 receives, and the other way: nothing splits it between a node and
 * another, which has a macvlan of l0.
 */
QT_TEST(gso, not_split)
{
	struct qt *qt = &self->qt;
	int ns = qt->client_ns;
	struct gso gso;

	ASSERT_EQ(0, qt_run(ns, "qnetctl bearer del veth0"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl bearer del veth0"));
	ASSERT_EQ(0, qt_run(ns, "ip link add d0 type dummy && ip link add l0 type dummy"));
	ASSERT_EQ(0, qt_run(ns, "ip link add link l0 name m0 type macvlan mode bridge"));
	ASSERT_EQ(0, qt_run(ns, "ip link set m0 netns %d", self->server.pid));
	ASSERT_EQ(0, qt_run(ns, "ip link set d0 up && ip link set l0 up"));
	ASSERT_EQ(0, qt_run(ns, "tc qdisc add dev d0 clsact && tc qdisc add dev l0 clsact"));
	ASSERT_EQ(0, qt_run(ns, "tc filter add dev d0 egress matchall %s",
			    "action mirred ingress redirect dev l0"));
	ASSERT_EQ(0, qt_run(ns, "tc filter add dev l0 egress matchall %s",
			    "action mirred ingress redirect dev d0"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "ip link set m0 up && qnetctl bearer add m0"));
	ASSERT_EQ(0, qt_run(ns, "qnetctl bearer add d0"));
	ASSERT_TRUE(qt_until(gso_up, qt));
	gso = gso_send(_metadata, self);
	EXPECT_LT(gso.frames / 2, gso.joined);
	EXPECT_GE(gso_few(gso), gso.lost);
}

TEST_HARNESS_MAIN
