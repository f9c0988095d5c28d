// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a third station opens sessions with a node by hand: late frames of its earlier tries
 *
 * What selftests/model/session.pml found: an answer, or a cookie, of a handshake that was given up
 * must not count for the one after it.  And what is refused in an open session is answered.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=60
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"
#include "station.h"

#include <stdlib.h>
#include <string.h>

FIXTURE(handshake) {
	struct qt qt;
	struct station station;
	struct counters beta;
};

FIXTURE_SETUP(handshake)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(station_open(&self->station, &self->qt));
	ASSERT_TRUE(counter_open(&self->beta, self->qt.server_ns));
}

FIXTURE_TEARDOWN(handshake)
{
	counter_close(&self->beta);
	EXPECT_TRUE(station_close(&self->station, &self->qt));
	qt_teardown(&self->qt);
}

static long count(FIXTURE_DATA(handshake) *self, const char *name)
{
	return counter_read(&self->beta) ? counter_get(&self->beta, name) : -1;
}

/* An index is the other half of one index only: with two, beta asks anew. */
TEST_F_TIMEOUT(handshake, late_answer, QT_TIMEOUT)
{
	long refused = count(self, "rx_bad_index");
	uint32_t index, next = 0;
	struct frame frame;

	/* beta asks; the station was asked once, gave up, and asks itself */
	ASSERT_TRUE(station_hear(&self->station, STATION_HELLO, STATION_INIT, &frame));
	index = station_index(&frame);
	ASSERT_TRUE(station_say(&self->station, STATION_INIT, 3, 0, NULL));
	ASSERT_TRUE(station_hear(&self->station, STATION_HELLO, STATION_RESP, &frame));
	ASSERT_EQ(index, station_index(&frame));
	ASSERT_EQ(3, frame_get32(frame.byte + STATION_AT_PEER));
	/* only now comes what it answered before */
	ASSERT_TRUE(station_say(&self->station, STATION_RESP, 2, index, NULL));
	do {
		ASSERT_TRUE(station_hear(&self->station, 0, 0, &frame));
		ASSERT_EQ(STATION_HELLO, frame.byte[FRAME_HEAD]);
		next = frame.byte[STATION_AT_KIND] == STATION_INIT ? station_index(&frame) : index;
	} while (next == index);
	EXPECT_EQ(refused + 1, count(self, "rx_bad_index"));
	ASSERT_TRUE(station_say(&self->station, STATION_RESP, 4, next, NULL));
	ASSERT_TRUE(station_hear(&self->station, STATION_DATA, 0, &frame));
	EXPECT_EQ(4, station_index(&frame));
}

/* A cookie is for the session it was to replace, not for the one that followed that. */
TEST_F_TIMEOUT(handshake, late_cookie, QT_TIMEOUT)
{
	unsigned char cookie[8];
	struct frame frame;
	long dead, refused;

	ASSERT_TRUE(station_hear(&self->station, STATION_HELLO, STATION_INIT, &frame));
	ASSERT_TRUE(station_say(&self->station, STATION_RESP, 1, station_index(&frame), NULL));
	ASSERT_TRUE(station_hear(&self->station, STATION_DATA, 0, &frame));
	ASSERT_EQ(1, station_index(&frame));
	/* the station forgets the session, asks for another, and gives up */
	ASSERT_TRUE(station_say(&self->station, STATION_INIT, 2, 0, NULL));
	ASSERT_TRUE(station_hear(&self->station, STATION_HELLO, STATION_COOKIE, &frame));
	ASSERT_EQ(2, frame_get32(frame.byte + STATION_AT_PEER));
	memcpy(cookie, frame.byte + STATION_AT_COOKIE, sizeof(cookie));
	ASSERT_TRUE(station_say_reset(&self->station, 1));
	/* beta asks, and a new session opens */
	ASSERT_TRUE(station_hear(&self->station, STATION_HELLO, STATION_INIT, &frame));
	ASSERT_TRUE(station_say(&self->station, STATION_RESP, 4, station_index(&frame), NULL));
	ASSERT_TRUE(station_hear(&self->station, STATION_DATA, 0, &frame));
	ASSERT_EQ(4, station_index(&frame));
	/* only now comes the INIT with the cookie */
	refused = count(self, "rx_bad_cookie");
	dead = count(self, "links_dead");
	ASSERT_TRUE(station_say(&self->station, STATION_INIT, 2, 0, cookie));
	/* what follows it is answered when it was looked at */
	ASSERT_TRUE(station_say(&self->station, STATION_INIT, 9, 0, NULL));
	do {
		ASSERT_TRUE(station_hear(&self->station, STATION_HELLO, 0, &frame));
	} while (frame_get32(frame.byte + STATION_AT_PEER) != 9);
	EXPECT_EQ(STATION_COOKIE, frame.byte[STATION_AT_KIND]);
	EXPECT_EQ(dead, count(self, "links_dead"));
	EXPECT_EQ(refused + 1, count(self, "rx_bad_cookie"));
}

/* Who hears nothing for long takes a node for dead, also one that only has no use for it yet. */
TEST_F_TIMEOUT(handshake, refused_is_answered, QT_TIMEOUT)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_keep, NULL);
	unsigned char pulse[STATION_PULSE_SIZE] = { STATION_PULSE, 10 };
	long refused = count(self, "rx_refused");
	struct frame frame;
	uint64_t began;

	ASSERT_TRUE(station_attach(&self->station, server));
	memcpy(pulse + 8, self->station.handle, 8);
	/* three pulses before it are missing */
	frame_put32(pulse + 16, 3);
	ASSERT_TRUE(station_segment(&self->station, pulse, sizeof(pulse)));
	began = qt_now();
	do {
		ASSERT_TRUE(station_hear(&self->station, STATION_DATA, 0, &frame));
	} while (frame_get16(frame.byte + FRAME_HEAD + 2) > FRAME_OVERHEAD &&
		 qt_now() - began < 5000);
	EXPECT_GT(5000, qt_now() - began);
	EXPECT_EQ(1, frame_get32(frame.byte + FRAME_HEAD + 12));
	EXPECT_EQ(refused + 1, count(self, "rx_refused"));
}

#define CLAIMED		20000	/* less than a server asks for at a time */
#define READ_FROM	5000
#define READ_TO		5100

static void receiver(struct qt *qt, int chid, void *arg)
{
	char *buf = malloc(CLAIMED);

	(void)qt;
	(void)arg;
	MsgReceive(chid, buf, CLAIMED, NULL);
	free(buf);
}

/* Ten bytes of many come, and more are promised: what @body wants beside is asked for. */
static void claimed(FIXTURE_DATA(handshake) *self, struct __test_metadata *_metadata,
		    qt_body *body, uint32_t eager, uint32_t from, uint32_t to)
{
	unsigned char send[STATION_SEND_SIZE + 10] = { STATION_SEND, 10 };
	struct qt_server server = qt_server(&self->qt, 0, body, NULL);
	struct frame frame;

	ASSERT_TRUE(station_attach(&self->station, server));
	memcpy(send + 8, self->station.handle, 8);
	frame_put32(send + 4, 2);
	frame_put32(send + 16, CLAIMED);
	frame_put32(send + 24, eager);
	ASSERT_TRUE(station_segment(&self->station, send, sizeof(send)));
	do {
		ASSERT_TRUE(station_hear_segments(&self->station, STATION_PATIENCE, &frame));
	} while (frame.byte[FRAME_BODY] != STATION_PULL);
	EXPECT_EQ(from, frame_get32(frame.byte + FRAME_BODY + 12));
	EXPECT_EQ(to - from, frame_get32(frame.byte + FRAME_BODY + 16));
}

/* Bytes that were to come unasked, and do not, are asked for. */
TEST_F_TIMEOUT(handshake, claims_more, QT_TIMEOUT)
{
	claimed(self, _metadata, receiver, CLAIMED, 0, CLAIMED);
}

static void reader(struct qt *qt, int chid, void *arg)
{
	char buf[READ_TO - READ_FROM];
	int rcvid = MsgReceive(chid, buf, 10, NULL);

	(void)arg;
	QT_CHECK(qt, rcvid > 0);
	MsgRead(rcvid, buf, sizeof(buf), READ_FROM);
}

/* MsgRead() asks for its part, and no more. */
TEST_F_TIMEOUT(handshake, reads_a_part, QT_TIMEOUT)
{
	claimed(self, _metadata, reader, 10, READ_FROM, READ_TO);
}

#define LONG		200000
#define LONGS		20
#define SILENT		4		/* all that all may be asked for */

static void *receive_long(void *arg)
{
	char *buf = malloc(LONG);
	struct qt *qt = arg;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(1, buf, LONG, NULL);
		QT_CHECK(qt, rcvid > 0 && MsgReply(rcvid, 0, NULL, 0) == 0);
	}
	return NULL;
}

static void receivers(struct qt *qt, int chid, void *arg)
{
	pthread_t thread;
	int i;

	(void)chid;
	(void)arg;
	for (i = 0; i < SILENT; i++)
		QT_CHECK(qt, !pthread_create(&thread, NULL, receive_long, qt));
	receive_long(qt);
}

/* Milliseconds. */
static uint64_t send_longs(int coid)
{
	uint64_t began = qt_now();
	char *buf = calloc(1, LONG);
	int i;

	for (i = 0; i < LONGS; i++)
		if (MsgSend(coid, buf, LONG, NULL, 0))
			return UINT32_MAX;
	free(buf);
	return qt_now() - began;
}

/* Who is asked for bytes and never sends them costs the server a thread, and others nothing. */
TEST_F_TIMEOUT(handshake, pulled_in_vain, QT_TIMEOUT)
{
	unsigned char send[STATION_SEND_SIZE + 10] = { STATION_SEND, 10 };
	struct qt_server server = qt_server(&self->qt, 0, receivers, NULL);
	int coid = qt_attach(&self->qt, server);
	struct frame frame;
	uint64_t alone, beside;
	int i;

	send_longs(coid);
	alone = send_longs(coid);
	ASSERT_TRUE(station_attach(&self->station, server));
	memcpy(send + 8, self->station.handle, 8);
	frame_put32(send + 16, LONG);
	frame_put32(send + 24, 10);
	for (i = 0; i < SILENT; i++) {
		frame_put32(send + 4, (uint32_t)i + 2);
		ASSERT_TRUE(station_segment(&self->station, send, sizeof(send)));
		do {
			ASSERT_TRUE(station_hear_segments(&self->station, STATION_PATIENCE,
							  &frame));
		} while (frame.byte[FRAME_BODY] != STATION_PULL);
	}
	beside = send_longs(coid);
	TH_LOG("%lu ms alone, %lu ms beside some that are silent", (unsigned long)alone,
	       (unsigned long)beside);
	/* they are given up once */
	EXPECT_GT(3 * alone + 500, beside);
}

TEST_F_TIMEOUT(handshake, claims_what_it_sends, QT_TIMEOUT)
{
	claimed(self, _metadata, receiver, 10, 10, CLAIMED);
}

TEST_HARNESS_MAIN
