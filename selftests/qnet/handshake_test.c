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
#include "frame.h"
#include "qt_fixture.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BETA		1		/* the node that is talked to */
#define ALPHA		0		/* from whose device the station sends */
#define TYPE_HELLO	(0x10 | FRAME_TYPE_HELLO)
#define TYPE_DATA	(0x10 | FRAME_TYPE_DATA)
#define TYPE_RESET	(0x10 | FRAME_TYPE_RESET)
#define INIT		2
#define RESP		3
#define COOKIE		4
#define PATIENCE	20		/* seconds in all */

#define AT_KIND		FRAME_BODY
#define AT_INCARNATION	(FRAME_BODY + 8)
#define AT_WHOM		(FRAME_BODY + 16)
#define AT_INDEX	(FRAME_BODY + 24)
#define AT_PEER		(FRAME_BODY + 28)
#define AT_COOKIE	(FRAME_BODY + 32)

static const unsigned char gamma_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 9 };

FIXTURE(handshake) {
	struct qt qt;
	struct frame_wire wire;
	struct counters beta;
	unsigned char incarnation[8];	/* beta's */
};

FIXTURE_SETUP(handshake)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(frame_open(&self->wire, &self->qt));
	ASSERT_TRUE(counter_open(&self->beta, self->qt.server_ns));
	/* it is asked for as long as it takes, and may be silent */
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl node set dead-after 60000"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns,
			    "qnetctl node add gamma lladdr 02:00:00:00:00:09 dev veth0"));
}

FIXTURE_TEARDOWN(handshake)
{
	counter_close(&self->beta);
	frame_close(&self->wire);
	EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl node del gamma"));
	EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl node set dead-after 1000"));
	qt_teardown(&self->qt);
}

/* A frame of the station's, without its type and body. */
static void station(const struct frame_wire *wire, size_t length, struct frame *frame)
{
	memset(frame->byte, 0, sizeof(frame->byte));
	frame_address(wire, ALPHA, frame);
	memcpy(frame->byte + ETH_ALEN, gamma_mac, ETH_ALEN);
	frame_set_length(frame, length);
	if (frame->len < ETH_ZLEN)
		frame->len = ETH_ZLEN;
}

static bool say(FIXTURE_DATA(handshake) *self, int kind, uint32_t index, uint32_t peer,
		const unsigned char *cookie)
{
	struct frame frame;

	station(&self->wire, FRAME_HELLO, &frame);
	memcpy(frame.byte + AT_WHOM, self->incarnation, sizeof(self->incarnation));
	frame.byte[FRAME_HEAD] = TYPE_HELLO;
	frame.byte[AT_KIND] = (unsigned char)kind;
	frame.byte[AT_KIND + 1] = 1;
	frame.byte[AT_KIND + 2] = 1;
	memcpy(frame.byte + AT_INCARNATION, "\0gamma's", 8);
	frame_put32(frame.byte + AT_INDEX, index);
	frame_put32(frame.byte + AT_PEER, peer);
	if (cookie)
		memcpy(frame.byte + AT_COOKIE, cookie, 8);
	frame_put16(frame.byte + AT_COOKIE + 8, 1500);
	frame_put32(frame.byte + AT_COOKIE + 12, 10000);
	frame_put32(frame.byte + AT_COOKIE + 16, 1000);
	strcpy((char *)frame.byte + AT_COOKIE + 28, "gamma");
	frame_seal(&frame, true);
	return frame_send(&self->wire, ALPHA, &frame);
}

static bool say_reset(FIXTURE_DATA(handshake) *self, uint32_t index)
{
	struct frame frame;

	station(&self->wire, FRAME_OVERHEAD + 4, &frame);
	frame.byte[FRAME_HEAD] = TYPE_RESET;
	frame_put32(frame.byte + FRAME_BODY, index);
	frame_seal(&frame, true);
	return frame_send(&self->wire, ALPHA, &frame);
}

/* The next frame, of that type and kind of HELLO if any, that beta sends to the station. */
static bool hear(FIXTURE_DATA(handshake) *self, int type, int kind, struct frame *frame)
{
	struct pollfd wait = { .fd = self->wire.end[BETA].tap, .events = POLLIN };
	uint64_t end = qt_now() + PATIENCE * 1000;

	while (qt_now() < end) {
		if (poll(&wait, 1, 100) <= 0 ||
		    recv(wait.fd, frame->byte, FRAME_MAX, 0) < FRAME_BODY ||
		    memcmp(frame->byte, gamma_mac, ETH_ALEN) ||
		    (type && frame->byte[FRAME_HEAD] != type) ||
		    (kind && frame->byte[AT_KIND] != kind))
			continue;
		if (frame->byte[FRAME_HEAD] == TYPE_HELLO)
			memcpy(self->incarnation, frame->byte + AT_INCARNATION,
			       sizeof(self->incarnation));
		return true;
	}
	return false;
}

static uint32_t index_of(const struct frame *frame)
{
	return frame_get32(frame->byte +
			   (frame->byte[FRAME_HEAD] == TYPE_HELLO ? AT_INDEX : FRAME_HEAD + 4));
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
	ASSERT_TRUE(hear(self, TYPE_HELLO, INIT, &frame));
	index = index_of(&frame);
	ASSERT_TRUE(say(self, INIT, 3, 0, NULL));
	ASSERT_TRUE(hear(self, TYPE_HELLO, RESP, &frame));
	ASSERT_EQ(index, index_of(&frame));
	ASSERT_EQ(3, frame_get32(frame.byte + AT_PEER));
	/* only now comes what it answered before */
	ASSERT_TRUE(say(self, RESP, 2, index, NULL));
	do {
		ASSERT_TRUE(hear(self, 0, 0, &frame));
		ASSERT_EQ(TYPE_HELLO, frame.byte[FRAME_HEAD]);
		next = frame.byte[AT_KIND] == INIT ? index_of(&frame) : index;
	} while (next == index);
	EXPECT_EQ(refused + 1, count(self, "rx_bad_index"));
	ASSERT_TRUE(say(self, RESP, 4, next, NULL));
	ASSERT_TRUE(hear(self, TYPE_DATA, 0, &frame));
	EXPECT_EQ(4, index_of(&frame));
}

/* A cookie is for the session it was to replace, not for the one that followed that. */
TEST_F_TIMEOUT(handshake, late_cookie, QT_TIMEOUT)
{
	unsigned char cookie[8];
	struct frame frame;
	long dead, refused;

	ASSERT_TRUE(hear(self, TYPE_HELLO, INIT, &frame));
	ASSERT_TRUE(say(self, RESP, 1, index_of(&frame), NULL));
	ASSERT_TRUE(hear(self, TYPE_DATA, 0, &frame));
	ASSERT_EQ(1, index_of(&frame));
	/* the station forgets the session, asks for another, and gives up */
	ASSERT_TRUE(say(self, INIT, 2, 0, NULL));
	ASSERT_TRUE(hear(self, TYPE_HELLO, COOKIE, &frame));
	ASSERT_EQ(2, frame_get32(frame.byte + AT_PEER));
	memcpy(cookie, frame.byte + AT_COOKIE, sizeof(cookie));
	ASSERT_TRUE(say_reset(self, 1));
	/* beta asks, and a new session opens */
	ASSERT_TRUE(hear(self, TYPE_HELLO, INIT, &frame));
	ASSERT_TRUE(say(self, RESP, 4, index_of(&frame), NULL));
	ASSERT_TRUE(hear(self, TYPE_DATA, 0, &frame));
	ASSERT_EQ(4, index_of(&frame));
	/* only now comes the INIT with the cookie */
	refused = count(self, "rx_bad_cookie");
	dead = count(self, "links_dead");
	ASSERT_TRUE(say(self, INIT, 2, 0, cookie));
	/* what follows it is answered when it was looked at */
	ASSERT_TRUE(say(self, INIT, 9, 0, NULL));
	do {
		ASSERT_TRUE(hear(self, TYPE_HELLO, 0, &frame));
	} while (frame_get32(frame.byte + AT_PEER) != 9);
	EXPECT_EQ(COOKIE, frame.byte[AT_KIND]);
	EXPECT_EQ(dead, count(self, "links_dead"));
	EXPECT_EQ(refused + 1, count(self, "rx_bad_cookie"));
}

#define SEND		1
#define PULL		4
#define ATTACH		11
#define ATTACHED	12
#define PULSE		15
#define SEND_SIZE	30
#define ATTACH_SIZE	80
#define PULSE_SIZE	32

/* One segment, to beta's @index, that acknowledges frame @acked and all before it. */
static bool say_segment(FIXTURE_DATA(handshake) *self, uint32_t index, uint32_t number,
			uint32_t acked, const unsigned char *segment, size_t size)
{
	struct frame frame;

	station(&self->wire, FRAME_OVERHEAD + size, &frame);
	frame.byte[FRAME_HEAD] = TYPE_DATA;
	frame_put32(frame.byte + FRAME_HEAD + 4, index);
	frame_put32(frame.byte + FRAME_HEAD + 8, number);
	frame_put32(frame.byte + FRAME_HEAD + 12, acked);
	frame_put32(frame.byte + FRAME_HEAD + 16, acked ? UINT32_MAX : 0);
	memcpy(frame.byte + FRAME_BODY, segment, size);
	frame_put16(frame.byte + FRAME_BODY + 2, (uint32_t)size);
	frame_seal(&frame, true);
	return frame_send(&self->wire, ALPHA, &frame);
}

/* A session, and a connection to @server: its handle to @handle, and the last number. */
static bool attach(FIXTURE_DATA(handshake) *self, struct qt_server server, uint32_t *index,
		   unsigned char *handle, uint32_t *number)
{
	unsigned char segment[ATTACH_SIZE] = { ATTACH };
	struct frame frame;

	if (!hear(self, TYPE_HELLO, INIT, &frame))
		return false;
	*index = index_of(&frame);
	if (!say(self, RESP, 1, *index, NULL) || !hear(self, TYPE_DATA, 0, &frame))
		return false;
	frame_put32(segment + 4, 1);
	frame_put32(segment + 8, 1);
	frame_put32(segment + 12, (uint32_t)server.pid);
	frame_put32(segment + 16, (uint32_t)server.chid);
	if (!say_segment(self, *index, 1, 0, segment, sizeof(segment)))
		return false;
	do {
		if (!hear(self, TYPE_DATA, 0, &frame))
			return false;
	} while (frame.byte[FRAME_BODY] != ATTACHED);
	*number = frame_get32(frame.byte + FRAME_HEAD + 8);
	memcpy(handle, frame.byte + FRAME_BODY + 8, 8);
	return true;
}

/* Who hears nothing for long takes a node for dead, also one that only has no use for it yet. */
TEST_F_TIMEOUT(handshake, refused_is_answered, QT_TIMEOUT)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_keep, NULL);
	unsigned char pulse[PULSE_SIZE] = { PULSE, 10 };
	long refused = count(self, "rx_refused");
	uint32_t index, number;
	struct frame frame;
	uint64_t began;

	ASSERT_TRUE(attach(self, server, &index, pulse + 8, &number));
	/* three pulses before it are missing */
	frame_put32(pulse + 16, 3);
	ASSERT_TRUE(say_segment(self, index, 2, number, pulse, sizeof(pulse)));
	began = qt_now();
	do {
		ASSERT_TRUE(hear(self, TYPE_DATA, 0, &frame));
	} while (frame_get16(frame.byte + FRAME_HEAD + 2) > FRAME_OVERHEAD &&
		 qt_now() - began < 5000);
	EXPECT_GT(5000, qt_now() - began);
	EXPECT_EQ(1, frame_get32(frame.byte + FRAME_HEAD + 12));
	EXPECT_EQ(refused + 1, count(self, "rx_refused"));
}

static void receiver(struct qt *qt, int chid, void *arg)
{
	char *buf = malloc(20000);

	(void)qt;
	(void)arg;
	MsgReceive(chid, buf, 20000, NULL);
	free(buf);
}

/* Bytes that were to come unasked, and do not, are asked for. */
static void claimed(FIXTURE_DATA(handshake) *self, struct __test_metadata *_metadata,
		    uint32_t eager, uint32_t missing)
{
	unsigned char send[SEND_SIZE + 10] = { SEND, 10 };
	struct qt_server server = qt_server(&self->qt, 0, receiver, NULL);
	uint32_t index, number;
	struct frame frame;

	ASSERT_TRUE(attach(self, server, &index, send + 8, &number));
	frame_put32(send + 4, 2);
	frame_put32(send + 16, 20000);
	frame_put32(send + 24, eager);
	ASSERT_TRUE(say_segment(self, index, 2, number, send, sizeof(send)));
	do {
		ASSERT_TRUE(hear(self, TYPE_DATA, 0, &frame));
	} while (frame.byte[FRAME_BODY] != PULL);
	EXPECT_EQ(missing, frame_get32(frame.byte + FRAME_BODY + 12));
}

TEST_F_TIMEOUT(handshake, claims_more, QT_TIMEOUT)
{
	claimed(self, _metadata, 20000, 0);
}

#define LONG		200000
#define LONGS		20

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

static void two_receivers(struct qt *qt, int chid, void *arg)
{
	pthread_t thread;

	(void)chid;
	(void)arg;
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
	unsigned char send[SEND_SIZE + 10] = { SEND, 10 };
	struct qt_server server = qt_server(&self->qt, 0, two_receivers, NULL);
	int coid = qt_attach(&self->qt, server);
	uint32_t index, number;
	struct frame frame;
	uint64_t alone, beside;

	send_longs(coid);
	alone = send_longs(coid);
	ASSERT_TRUE(attach(self, server, &index, send + 8, &number));
	frame_put32(send + 4, 2);
	frame_put32(send + 16, LONG);
	frame_put32(send + 24, 10);
	ASSERT_TRUE(say_segment(self, index, 2, number, send, sizeof(send)));
	do {
		ASSERT_TRUE(hear(self, TYPE_DATA, 0, &frame));
	} while (frame.byte[FRAME_BODY] != PULL);
	beside = send_longs(coid);
	TH_LOG("%lu ms alone, %lu ms beside one that is silent", (unsigned long)alone,
	       (unsigned long)beside);
	/* it is given up once */
	EXPECT_GT(3 * alone + 500, beside);
}

TEST_F_TIMEOUT(handshake, claims_what_it_sends, QT_TIMEOUT)
{
	claimed(self, _metadata, 10, 10);
}

TEST_HARNESS_MAIN
