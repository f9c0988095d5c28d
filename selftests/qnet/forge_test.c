// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that no node would send
 *
 * A station between the two nodes: what it puts on the client's device reaches the server's node
 * from any address it likes. Every frame is dropped for the right reason, and the link stays up.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=300
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "counter.h"

#define FORGE_TYPE	0x88b5
#define FORGE_MAX	1514
#define FORGE_HEAD	ETH_HLEN
#define FORGE_HELLO	340	/* header, body, CRC */
#define FORGE_OFTEN	200
#define FORGE_RESETS	10	/* "resets" by default ... */
#define FORGE_HELLOS	20	/* ... and "hellos_answered", in a second */
#define FORGE_OWN	6	/* HELLOs that a node says of itself in a few of them */
#define FORGE_NAME	(20 + 60)	/* of a HELLO's name, from our header on */

static const unsigned char forge_group[ETH_ALEN] = { 0x73, 0x51, 0x4e, 0x45, 0x54, 0x01 };

struct forge_frame {
	unsigned char byte[FORGE_MAX];
	size_t len;		/* with Ethernet header and padding */
};

static uint32_t forge_get32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return ntohl(value);
}

static void forge_put32(unsigned char *p, uint32_t value)
{
	value = htonl(value);
	memcpy(p, &value, sizeof(value));
}

static void forge_put16(unsigned char *p, uint16_t value)
{
	p[0] = (unsigned char)(value >> 8);
	p[1] = (unsigned char)value;
}

static size_t forge_length(const struct forge_frame *frame)
{
	return (size_t)frame->byte[FORGE_HEAD + 2] << 8 | frame->byte[FORGE_HEAD + 3];
}

/* The CRC that fits, for a frame whose length says where it goes. */
static void forge_seal(struct forge_frame *frame)
{
	size_t i, n = forge_length(frame) - 4;
	unsigned char *p = frame->byte + FORGE_HEAD;
	uint32_t crc = ~0U;
	int bit;

	for (i = 0; i < n; i++) {
		crc ^= p[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	forge_put32(p + n, ~crc);
}

FIXTURE(forge) {
	struct qt qt;
	int raw;
	unsigned char alpha[ETH_ALEN];
	unsigned char beta[ETH_ALEN];
	struct qt_server server;
	int coid;
};

/* Of the server's node. */
static struct counters forge_counters;

static long forge_count(struct __test_metadata *_metadata, const char *name)
{
	long count;

	ASSERT_TRUE(counter_read(&forge_counters));
	count = counter_get(&forge_counters, name);
	ASSERT_LE(0, count);
	return count;
}

/* Frames are taken in their order, but not at once: wait until the counter says so. */
static bool forge_counted(struct __test_metadata *_metadata, const char *name, long more_than)
{
	int i;

	for (i = 0; i < QT_PATIENCE * 20; i++) {
		if (forge_count(_metadata, name) > more_than)
			return true;
		usleep(50000);
	}
	return false;
}

/* A round trip on the connection that the fixture made: it fails when the link was ever cut. */
static bool forge_alive(int coid)
{
	char out[8] = "forged?", in[8], turned[8];

	memcpy(turned, out, sizeof(out));
	qt_turn(turned, sizeof(turned));
	return MsgSend(coid, out, sizeof(out), in, sizeof(in)) == (long)qt_sum(out, sizeof(out)) &&
	       !memcmp(in, turned, sizeof(in));
}

static bool forge_send(int raw, const struct forge_frame *frame)
{
	return send(raw, frame->byte, frame->len, 0) == (ssize_t)frame->len;
}

/* The next frame that passes from @from; false when none comes. */
static bool forge_catch(int raw, const unsigned char *from, struct forge_frame *frame)
{
	struct pollfd wait = { .fd = raw, .events = POLLIN };
	ssize_t n;

	while (poll(&wait, 1, QT_PATIENCE * 1000) > 0) {
		n = recv(raw, frame->byte, sizeof(frame->byte), 0);
		if (n < ETH_ZLEN || memcmp(frame->byte + ETH_ALEN, from, ETH_ALEN) ||
		    frame->byte[FORGE_HEAD] != 0x12)
			continue;
		frame->len = (size_t)n;
		return true;
	}
	return false;
}

static void forge_drain(int raw)
{
	struct forge_frame frame;

	while (recv(raw, frame.byte, sizeof(frame.byte), MSG_DONTWAIT) > 0)
		;
}

/* A true frame of alpha's with segments: the one that @coid's request travels in. */
static bool forge_request(int raw, const unsigned char *from, int coid, struct forge_frame *frame)
{
	forge_drain(raw);
	if (!forge_alive(coid))
		return false;
	do {
		if (!forge_catch(raw, from, frame))
			return false;
	} while (frame->byte[FORGE_HEAD + 20] != 1);	/* SEND */
	return true;
}

/* A HELLO of @kind with @name from @from; what else it says is in the caller's hand. */
static void forge_hello(struct forge_frame *frame, unsigned char kind, const char *name,
			const unsigned char *from, const unsigned char *to)
{
	unsigned char *p = frame->byte + FORGE_HEAD;

	memset(frame, 0, sizeof(*frame));
	frame->len = FORGE_HEAD + FORGE_HELLO;
	memcpy(frame->byte, to, ETH_ALEN);
	memcpy(frame->byte + ETH_ALEN, from, ETH_ALEN);
	forge_put16(frame->byte + 12, FORGE_TYPE);
	p[0] = 0x11;
	forge_put16(p + 2, FORGE_HELLO);
	p[20] = kind;
	p[21] = 1;
	p[22] = 1;
	forge_put32(p + 28, 0x66667777);
	forge_put32(p + 32, (uint32_t)random());
	if (kind == 2)
		forge_put32(p + 44, (uint32_t)random() | 1);
	forge_put16(p + 60, 1500);
	forge_put32(p + 64, 4000);
	forge_put32(p + 68, 1000);
	strcpy((char *)p + FORGE_NAME, name);
	forge_seal(frame);
}

static int forge_address(int raw, unsigned char *mac, int *ifindex)
{
	struct ifreq ifr = { .ifr_name = "veth0" };

	if (ioctl(raw, SIOCGIFINDEX, &ifr))
		return -1;
	*ifindex = ifr.ifr_ifindex;
	if (ioctl(raw, SIOCGIFHWADDR, &ifr))
		return -1;
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return 0;
}

FIXTURE_SETUP(forge)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
	};
	int other;

	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_EQ(0, setns(self->qt.server_ns, CLONE_NEWNET));
	other = socket(AF_PACKET, SOCK_RAW, 0);
	ASSERT_EQ(0, forge_address(other, self->beta, &sll.sll_ifindex));
	close(other);
	ASSERT_EQ(0, setns(self->qt.client_ns, CLONE_NEWNET));
	self->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ASSERT_LE(0, self->raw);
	ASSERT_EQ(0, forge_address(self->raw, self->alpha, &sll.sll_ifindex));
	ASSERT_EQ(0, bind(self->raw, (struct sockaddr *)&sll, sizeof(sll)));
	ASSERT_TRUE(counter_open(&forge_counters, self->qt.server_ns));
	self->server = qt_server(&self->qt, 0, qt_echo, NULL);
	self->coid = qt_attach(&self->qt, self->server);
	ASSERT_LE(0, self->coid);
	ASSERT_TRUE(forge_alive(self->coid));
}

FIXTURE_TEARDOWN(forge)
{
	close(self->raw);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults);
}

/* One change to a true request, and the counter that must tell of it. */
static const struct {
	const char *what;
	const char *counter;
	int at;			/* from our header on */
	int width;
	uint32_t value;
	bool sealed;
} forge_rows[] = {
	{ "no CRC",		"rx_bad_crc", 20 + 8, 1, 0xee, false },
	{ "version 2",		"rx_bad_version", 0, 1, 0x22, true },
	{ "type 9",		"rx_bad_type", 0, 1, 0x19, true },
	{ "longer than it is",	"rx_bad_short", 2, 2, 9000, false },
	{ "shorter than a header", "rx_bad_length", 2, 2, 5, false },
	{ "a flag",		"rx_bad_flags", 1, 1, 0x80, true },
	{ "another session",	"rx_bad_index", 4, 4, 0x01020304, true },
	{ "unknown kind",	"rx_bad_segment", 20, 1, 99, true },
	{ "priority 0",		"rx_bad_segment", 21, 1, 0, true },
	{ "segment too long",	"rx_bad_length", 22, 2, 1400, true },
	{ "request too long",	"rx_bad_segment", 36, 4, 0xffffffff, true },
	{ "acknowledges the future", "rx_bad_ack", 12, 4, 0x70000000, true },
};

static void forge_changed(struct __test_metadata *_metadata, FIXTURE_DATA(forge) *self)
{
	struct forge_frame frame;
	unsigned char *at;
	long before;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forge_rows); i++) {
		TH_LOG("%s", forge_rows[i].what);
		ASSERT_TRUE(forge_request(self->raw, self->alpha, self->coid, &frame));
		at = frame.byte + FORGE_HEAD + forge_rows[i].at;
		if (forge_rows[i].width == 1)
			*at = (unsigned char)forge_rows[i].value;
		else if (forge_rows[i].width == 2)
			forge_put16(at, (uint16_t)forge_rows[i].value);
		else
			forge_put32(at, forge_rows[i].value);
		if (forge_rows[i].sealed)
			forge_seal(&frame);
		before = forge_count(_metadata, forge_rows[i].counter);
		ASSERT_TRUE(forge_send(self->raw, &frame));
		EXPECT_TRUE(forge_counted(_metadata, forge_rows[i].counter, before));
		EXPECT_TRUE(forge_alive(self->coid));
	}
}

static void forge_cut_short(struct __test_metadata *_metadata, FIXTURE_DATA(forge) *self)
{
	struct forge_frame frame;
	long before;
	size_t len;

	ASSERT_TRUE(forge_request(self->raw, self->alpha, self->coid, &frame));
	before = forge_count(_metadata, "rx_bad_short");
	for (len = FORGE_HEAD; len < FORGE_HEAD + forge_length(&frame); len++)
		ASSERT_EQ((ssize_t)len, send(self->raw, frame.byte, len, 0));
	EXPECT_TRUE(forge_counted(_metadata, "rx_bad_short",
				  before + (long)forge_length(&frame) - 1));
	EXPECT_TRUE(forge_alive(self->coid));
}

static void forge_from_another_station(struct __test_metadata *_metadata,
				       FIXTURE_DATA(forge) *self)
{
	struct forge_frame frame;
	long before, ran;

	ASSERT_TRUE(forge_request(self->raw, self->alpha, self->coid, &frame));
	frame.byte[ETH_ALEN] = 0x02;
	frame.byte[ETH_ALEN + 5] ^= 0x55;
	forge_put32(frame.byte + FORGE_HEAD + 8, forge_get32(frame.byte + FORGE_HEAD + 8) + 50);
	forge_seal(&frame);
	before = forge_count(_metadata, "rx_bad_source");
	ran = forge_count(_metadata, "receives");
	ASSERT_TRUE(forge_send(self->raw, &frame));
	EXPECT_TRUE(forge_counted(_metadata, "rx_bad_source", before));
	EXPECT_EQ(ran, forge_count(_metadata, "receives"));
	EXPECT_TRUE(forge_alive(self->coid));
}

TEST_F_TIMEOUT(forge, frames, 280)
{
	forge_changed(_metadata, self);
	forge_cut_short(_metadata, self);
	forge_from_another_station(_metadata, self);
}

/* Once more, byte for byte: seen, not run. */
TEST_F_TIMEOUT(forge, replayed, 280)
{
	struct forge_frame frame;
	long before, ran;
	int i;

	ASSERT_TRUE(forge_request(self->raw, self->alpha, self->coid, &frame));
	before = forge_count(_metadata, "rx_duplicate");
	ran = forge_count(_metadata, "receives");
	for (i = 0; i < 10; i++)
		ASSERT_TRUE(forge_send(self->raw, &frame));
	EXPECT_TRUE(forge_counted(_metadata, "rx_duplicate", before + 9));
	EXPECT_EQ(ran, forge_count(_metadata, "receives"));

	for (i = 0; i < 1100; i++)
		ASSERT_TRUE(forge_alive(self->coid));
	before = forge_count(_metadata, "rx_old");
	ran = forge_count(_metadata, "receives");
	ASSERT_TRUE(forge_send(self->raw, &frame));
	EXPECT_TRUE(forge_counted(_metadata, "rx_old", before));
	EXPECT_EQ(ran, forge_count(_metadata, "receives"));
}

/* A frame too short for Ethernet is filled up, with zeros: other memory is nobody's business. */
TEST_F_TIMEOUT(forge, padding, 280)
{
	struct forge_frame frame;
	size_t at, length;
	int padded = 0;

	while (padded < 20) {
		/* a round trip ends in an acknowledgement that is a frame of its own */
		ASSERT_TRUE(forge_alive(self->coid));
		do {
			ASSERT_TRUE(forge_catch(self->raw, self->alpha, &frame));
			length = forge_length(&frame);
		} while (length >= ETH_ZLEN - FORGE_HEAD);
		for (at = FORGE_HEAD + length; at < frame.len; at++)
			ASSERT_EQ(0, frame.byte[at]);
		padded++;
	}
}

/* In alpha's name and from its address: beta asks alpha for the cookie, alpha knows of nothing. */
static void forge_init_of_a_live_peer(struct __test_metadata *_metadata,
				      FIXTURE_DATA(forge) *self)
{
	struct forge_frame frame;
	long dead, hellos;
	int i;

	dead = forge_count(_metadata, "links_dead");
	hellos = forge_count(_metadata, "tx_hellos");
	for (i = 0; i < 50; i++) {
		forge_hello(&frame, 2, "alpha", self->alpha, self->beta);
		if (i % 2) {
			forge_put32(frame.byte + FORGE_HEAD + 52, (uint32_t)random());
			forge_seal(&frame);
		}
		ASSERT_TRUE(forge_send(self->raw, &frame));
		EXPECT_TRUE(forge_alive(self->coid));
	}
	EXPECT_TRUE(forge_counted(_metadata, "tx_hellos", hellos));
	EXPECT_TRUE(forge_alive(self->coid));
	EXPECT_EQ(dead, forge_count(_metadata, "links_dead"));
}

/* A short one from alpha to beta; the rest of it is 0. */
static struct forge_frame forge_short(const FIXTURE_DATA(forge) *self, unsigned char first,
				      uint16_t length)
{
	struct forge_frame frame = { .len = ETH_ZLEN };

	memcpy(frame.byte, self->beta, ETH_ALEN);
	memcpy(frame.byte + ETH_ALEN, self->alpha, ETH_ALEN);
	forge_put16(frame.byte + 12, FORGE_TYPE);
	frame.byte[FORGE_HEAD] = first;
	forge_put16(frame.byte + FORGE_HEAD + 2, length);
	return frame;
}

static void forge_reset(struct __test_metadata *_metadata, FIXTURE_DATA(forge) *self)
{
	struct forge_frame frame = forge_short(self, 0x13, 28);
	unsigned char *p = frame.byte + FORGE_HEAD;
	long before;
	int i;

	before = forge_count(_metadata, "rx_bad_index");
	for (i = 0; i < 20; i++) {
		forge_put32(p + 20, (uint32_t)random() | 1);
		forge_seal(&frame);
		ASSERT_TRUE(forge_send(self->raw, &frame));
	}
	EXPECT_TRUE(forge_counted(_metadata, "rx_bad_index", before));
	EXPECT_TRUE(forge_alive(self->coid));
}

/* Another station says that it is alpha. */
static void forge_taken_name(struct __test_metadata *_metadata, FIXTURE_DATA(forge) *self)
{
	static const unsigned char other[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 7 };
	struct forge_frame frame;
	long before;

	before = forge_count(_metadata, "rx_bad_name");
	forge_hello(&frame, 1, "alpha", other, forge_group);
	ASSERT_TRUE(forge_send(self->raw, &frame));
	EXPECT_TRUE(forge_counted(_metadata, "rx_bad_name", before));
	before++;
	forge_hello(&frame, 2, "beta", other, self->beta);
	ASSERT_TRUE(forge_send(self->raw, &frame));
	EXPECT_TRUE(forge_counted(_metadata, "rx_bad_name", before));
	EXPECT_TRUE(forge_alive(self->coid));
}

TEST_F_TIMEOUT(forge, sessions, 280)
{
	forge_init_of_a_live_peer(_metadata, self);
	forge_reset(_metadata, self);
	forge_taken_name(_metadata, self);
}

/* @name grew since it was @before, at @began, and no faster than by @most a second. */
static void forge_no_faster(struct __test_metadata *_metadata, const char *name, long before,
			    uint64_t began, long most, long more)
{
	long seconds, grown;

	EXPECT_TRUE(forge_counted(_metadata, name, before));
	usleep(100000);
	grown = forge_count(_metadata, name) - before;
	seconds = (long)(qt_now() - began) / 1000 + 1;
	TH_LOG("%s: %ld in %ld s", name, grown, seconds);
	EXPECT_GE(most * seconds + more, grown);
}

/* However often it is asked, a node answers so many times a second. */
TEST_F_TIMEOUT(forge, often, 60)
{
	struct forge_frame frame = forge_short(self, 0x12, 24);
	unsigned char *p = frame.byte + FORGE_HEAD;
	uint64_t began;
	long before;
	int i;

	forge_put32(p + 8, 1);
	before = forge_count(_metadata, "tx_resets");
	began = qt_now();
	for (i = 0; i < FORGE_OFTEN; i++) {
		forge_put32(p + 4, (uint32_t)random() | 1);
		forge_seal(&frame);
		ASSERT_TRUE(forge_send(self->raw, &frame));
	}
	forge_no_faster(_metadata, "tx_resets", before, began, FORGE_RESETS, 0);

	before = forge_count(_metadata, "tx_hellos");
	began = qt_now();
	for (i = 0; i < FORGE_OFTEN; i++) {
		forge_hello(&frame, 2, "alpha", self->alpha, self->beta);
		ASSERT_TRUE(forge_send(self->raw, &frame));
	}
	forge_no_faster(_metadata, "tx_hellos", before, began, FORGE_HELLOS, FORGE_OWN);
	EXPECT_TRUE(forge_alive(self->coid));
}

/* A thousand nodes that do not exist: a bounded number is kept, alpha is not disturbed. */
TEST_F_TIMEOUT(forge, crowd, 280)
{
	unsigned char from[ETH_ALEN] = { 0x02, 1, 0, 0, 0, 0 };
	struct forge_frame frame;
	long made, freed, answered;
	char name[32];
	int i;

	answered = forge_count(_metadata, "tx_hellos");
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "crowd-%d", i);
		from[4] = (unsigned char)(i >> 8);
		from[5] = (unsigned char)i;
		forge_hello(&frame, i % 2 ? 1 : 2, name, from, i % 2 ? forge_group : self->beta);
		ASSERT_TRUE(forge_send(self->raw, &frame));
		if (i % 100 == 0)
			EXPECT_TRUE(forge_alive(self->coid));
	}
	EXPECT_TRUE(forge_counted(_metadata, "tx_hellos", answered));
	made = forge_count(_metadata, "nodes_made");
	freed = forge_count(_metadata, "nodes_freed");
	EXPECT_GE(257, made - freed);
	EXPECT_TRUE(forge_alive(self->coid));
}

TEST_HARNESS_MAIN
