// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what is sent again, and when: a station acknowledges frames by hand
 *
 * Probes, and time as a sign of a loss, wait for a second where a test is not about them.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"
#include "station.h"

#include <stdlib.h>
#include <string.h>

#define SECOND		1000000		/* microseconds */
#define SOON		500		/* milliseconds: before that second is over */
#define SILENCE		100		/* milliseconds in which nothing is sent */
#define LATE		200		/* milliseconds */
#define ACK_DELAY	50000		/* microseconds; a probe waits for a little more */
#define REPLY		7000		/* bytes; five frames */
#define FLIGHT		100		/* frames of a reply, at most */

enum { RECOVERY_RUN };

FIXTURE(recovery) {
	struct qt qt;
	struct station station;
	struct counters beta;
	uint32_t xid;
};

FIXTURE_SETUP(recovery)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->beta, self->qt.server_ns));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set probe_most %d", 10 * SECOND));
	ASSERT_TRUE(station_open(&self->station, &self->qt));
}

FIXTURE_TEARDOWN(recovery)
{
	counter_close(&self->beta);
	EXPECT_TRUE(station_close(&self->station, &self->qt));
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static long count(FIXTURE_DATA(recovery) *self, const char *name)
{
	return counter_read(&self->beta) ? counter_get(&self->beta, name) : -1;
}

/* A reply as long as its client has room for. */
static void replier(struct qt *qt, int chid, void *arg)
{
	char *buf = calloc(1, FLIGHT * 1500);
	struct _msg_info info;
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, buf, 1, &info);
		QT_CHECK(qt, rcvid > 0);
		qt_mark(qt, RECOVERY_RUN);
		QT_CHECK(qt, MsgReply(rcvid, 0, buf, (size_t)info.dstmsglen) == 0);
	}
}

/* Nothing is in flight. */
static bool settle(FIXTURE_DATA(recovery) *self)
{
	struct station *station = &self->station;
	struct frame frame;

	if (!station_ack(station, station->acked, UINT32_MAX))
		return false;
	while (station_hear_segments(station, SILENCE, &frame))
		if (!station_ack(station, station_number(&frame), UINT32_MAX))
			return false;
	return true;
}

/* A session, and nothing in flight; the node was told that acknowledgments may take so long. */
static bool begin(FIXTURE_DATA(recovery) *self, uint32_t ack_delay)
{
	struct station *station = &self->station;

	station->ack_delay = ack_delay;
	self->xid = 1;
	return station_attach(station, qt_server(&self->qt, 0, replier, NULL)) && settle(self);
}

/* Bytes of the reply in @frame. */
static uint32_t reply_bytes(const struct frame *frame)
{
	const unsigned char *segment = NULL;
	uint32_t bytes = 0;

	while ((segment = station_after(frame, segment))) {
		if (*segment == STATION_PUSH)
			bytes += frame_get16(segment + 2) - STATION_PUSH_SIZE;
		else if (*segment == STATION_REPLY)
			bytes += frame_get16(segment + 2) - STATION_REPLY_SIZE;
	}
	return bytes;
}

/* Numbers of a reply's frames, in order. */
struct flight {
	uint32_t number[FLIGHT];
	int count;
};

/* A request for @len bytes, in a frame that acknowledges all before it. */
static bool ask(FIXTURE_DATA(recovery) *self, uint32_t xid, uint32_t len)
{
	unsigned char send[STATION_SEND_SIZE] = { STATION_SEND, 10 };

	frame_put32(send + 4, xid);
	memcpy(send + 8, self->station.handle, 8);
	frame_put32(send + 20, len);
	return station_segment(&self->station, send, sizeof(send));
}

/* The next request, and its reply of @len bytes. */
static bool fly(FIXTURE_DATA(recovery) *self, uint32_t len, struct flight *flight)
{
	uint32_t bytes = 0;
	struct frame frame;

	if (!ask(self, ++self->xid, len))
		return false;
	flight->count = 0;
	do {
		if (flight->count == FLIGHT ||
		    !station_hear_segments(&self->station, STATION_PATIENCE, &frame))
			return false;
		flight->number[flight->count++] = station_number(&frame);
		bytes += reply_bytes(&frame);
	} while (bytes < len);
	return true;
}

/* All up to the @last of @flight arrived, but for its first. */
static bool arrived(FIXTURE_DATA(recovery) *self, const struct flight *flight, int last)
{
	return station_ack(&self->station, flight->number[last],
			   ~(1U << (flight->number[last] - flight->number[0] - 1)));
}

/* Three later frames tell that one is lost, or else time; one that comes yet teaches patience. */
TEST_F_TIMEOUT(recovery, overtaken, QT_TIMEOUT)
{
	struct flight first, second;
	struct frame frame;
	long spurious;

	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set loss_least %d", SECOND));
	ASSERT_TRUE(begin(self, SECOND));
	ASSERT_TRUE(fly(self, REPLY, &first));
	ASSERT_EQ(5, first.count);
	ASSERT_TRUE(arrived(self, &first, 1));
	EXPECT_FALSE(station_hear_segments(&self->station, SILENCE, &frame));
	ASSERT_TRUE(arrived(self, &first, 2));
	EXPECT_FALSE(station_hear_segments(&self->station, SILENCE, &frame));
	ASSERT_TRUE(arrived(self, &first, 3));
	ASSERT_TRUE(station_hear_segments(&self->station, SOON, &frame));
	EXPECT_LT(first.number[4], station_number(&frame));

	/* four had overtaken it, so now it takes five */
	spurious = count(self, "tx_spurious");
	self->station.acked = first.number[4];
	ASSERT_TRUE(fly(self, REPLY, &second));
	EXPECT_EQ(spurious + 1, count(self, "tx_spurious"));
	ASSERT_EQ(5, second.count);
	ASSERT_TRUE(arrived(self, &second, 4));
	EXPECT_FALSE(station_hear_segments(&self->station, SILENCE, &frame));
}

/* One later frame, and time: no probe is needed. */
TEST_F_TIMEOUT(recovery, late, QT_TIMEOUT)
{
	struct flight flight;
	struct frame frame;
	uint64_t began;

	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set loss_least %d", LATE * 1000));
	ASSERT_TRUE(begin(self, SECOND));
	ASSERT_TRUE(fly(self, REPLY, &flight));
	began = qt_now();
	ASSERT_EQ(5, flight.count);
	ASSERT_TRUE(arrived(self, &flight, 1));
	ASSERT_TRUE(station_hear_segments(&self->station, STATION_PATIENCE, &frame));
	began = qt_now() - began;
	TH_LOG("sent again after %d ms", (int)began);
	EXPECT_GT(3 * LATE, began);
}

#define PROBES		6

/* Where nothing is heard each probe waits twice as long as the one before, or almost. */
TEST_F_TIMEOUT(recovery, backs_off, QT_TIMEOUT)
{
	uint64_t began, first, all;
	struct flight flight;
	struct frame frame;
	int i;

	ASSERT_TRUE(begin(self, ACK_DELAY));
	ASSERT_TRUE(fly(self, 1, &flight));
	began = qt_now();
	ASSERT_TRUE(station_hear_segments(&self->station, STATION_PATIENCE, &frame));
	first = qt_now() - began;
	for (i = 1; i < PROBES; i++)
		ASSERT_TRUE(station_hear_segments(&self->station, STATION_PATIENCE, &frame));
	all = qt_now() - began;
	TH_LOG("the first after %d ms, %d after %d ms", (int)first, PROBES, (int)all);
	/* at the least 1 + 1 + 2 + 4 + 8 + 16, for half of each is by chance */
	EXPECT_LT(2 * PROBES * first, all);
}

#define MANY		82000		/* bytes; 57 frames */
#define HALF		28		/* of those */

/* All but the second probe is lost: what goes then is the least, not half of what was. */
TEST_F_TIMEOUT(recovery, begins_anew, QT_TIMEOUT)
{
	struct flight flight;
	struct frame frame;
	int i, again;

	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set window_first 64"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set window_least 2"));
	ASSERT_TRUE(begin(self, ACK_DELAY));
	ASSERT_TRUE(fly(self, MANY, &flight));
	ASSERT_LE(2 * HALF, flight.count);
	for (i = 0; i < 2; i++)
		ASSERT_TRUE(station_hear_segments(&self->station, STATION_PATIENCE, &frame));
	ASSERT_TRUE(station_ack(&self->station, station_number(&frame), 0));
	for (again = 0; again < HALF; again++)
		if (!station_hear_segments(&self->station, SILENCE, &frame))
			break;
	TH_LOG("%d of %d frames go again", again, flight.count);
	/* two, and probes until they wait for so long */
	EXPECT_LE(2, again);
	EXPECT_GT(HALF / 2, again);
}

/* What is in a frame of its own again, before its reply or after, is the same request. */
TEST_F_TIMEOUT(recovery, runs_once, QT_TIMEOUT)
{
	struct flight flight;
	uint32_t xid;

	ASSERT_TRUE(begin(self, ACK_DELAY));
	xid = self->xid + 1;
	ASSERT_TRUE(ask(self, xid, 1));
	ASSERT_TRUE(fly(self, 1, &flight));
	ASSERT_TRUE(ask(self, xid, 1));
	ASSERT_TRUE(fly(self, 1, &flight));
	ASSERT_TRUE(settle(self));
	EXPECT_EQ(2, atomic_load(&self->qt.page->mark[RECOVERY_RUN]));
}

TEST_HARNESS_MAIN
