// SPDX-License-Identifier: GPL-2.0
/* fuzz: kmod/wire.c */
/*
 * qnet - what fuzzing starts from: a frame of every kind, made by the encoder itself
 *
 * usage: seed DIRECTORY, which has one directory for each target
 */
#include "tests/wire_cases.h"

#include <stdio.h>

static const char *seed_top;

static int seed_write(const char *target, const char *name, const void *data, size_t size)
{
	char path[512];
	size_t written;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/seed-%s", seed_top, target, name);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		return 1;
	}
	written = fwrite(data, 1, size, file);
	return fclose(file) || written != size;
}

static int seed_segments(void)
{
	struct qnet_segment_info seg;
	char name[32];
	int bad = 0;
	size_t size;
	u8 kind;

	bad |= seed_write("frame", "bare", wire_buf, wire_data_frame(0));
	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		size = wire_frame_of(kind, &seg);
		snprintf(name, sizeof(name), "kind-%d", kind);
		bad |= seed_write("frame", name, wire_buf, size);
	}
	return bad;
}

/* All kinds in one frame. */
static int seed_together(void)
{
	struct qnet_segment_info seg;
	u8 *p = wire_buf + HEADER;
	u8 kind;

	wire_fill_attach(3);
	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		seg = wire_good(kind);
		seg.payload_len = seg.payload_len ? 5 : 0;
		if (kind == QNET_SEG_ATTACH)
			seg.attach = &wire_attach_out;
		p = qnet_wire_put_segment(p, &seg);
		memset(p, kind, seg.payload_len);
		p += seg.payload_len;
	}
	return seed_write("frame", "together", wire_buf, wire_data_frame(p - wire_buf - HEADER));
}

static int seed_hellos(void)
{
	struct qnet_frame frame = { .type = QNET_FRAME_HELLO, .length = qnet_wire_hello_size() };
	struct qnet_hello hello = {
		.version_min = 1,
		.version_max = 1,
		.incarnation = 0x0123456789abcdefULL,
		.mtu = 1500,
		.ack_delay = 10000,
		.dead_after = 1000,
		.name = "one.two-3_x",
	};
	char name[32];
	int bad = 0;

	for (hello.kind = QNET_HELLO_ANNOUNCE; hello.kind <= QNET_HELLO_COOKIE; hello.kind++) {
		bool init = hello.kind == QNET_HELLO_INIT, resp = hello.kind == QNET_HELLO_RESP;
		bool cookie = hello.kind == QNET_HELLO_COOKIE;

		hello.index = init || resp ? 0x11111111 : 0;
		hello.peer_index = resp || cookie ? 0x22222222 : 0;
		hello.peer_incarnation = resp || cookie ? 77 : 0;
		hello.cookie = cookie ? 88 : 0;
		qnet_wire_build(wire_buf, &frame);
		qnet_wire_put_hello(wire_buf, &hello);
		qnet_wire_finish(wire_buf, &frame);
		snprintf(name, sizeof(name), "hello-%d", hello.kind);
		bad |= seed_write("frame", name, wire_buf, frame.length);
	}
	return bad;
}

static int seed_reset(void)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_RESET,
		.length = HEADER + sizeof(struct qnet_wire_reset) + QNET_WIRE_CRC_SIZE,
	};

	qnet_wire_build(wire_buf, &frame);
	qnet_wire_put_reset(wire_buf, 0x33333333);
	qnet_wire_finish(wire_buf, &frame);
	return seed_write("frame", "reset", wire_buf, frame.length);
}

/*
 * What links see, again and again, as the target reads it.  0: the next number, 1 n: n are missing
 * before it, 3 n: n back, 5: the lowest missing.
 */
static int seed_ack(void)
{
	static const struct {
		const char *name;
		size_t len;
		u8 step[6];
	} ways[] = {
		{ "in-order", 1, { 0 } },
		{ "lost-and-sent-again", 6, { 0, 0, 1, 1, 0, 5 } },
		{ "overtaken", 3, { 1, 1, 5 } },
		{ "doubled", 3, { 0, 3, 0 } },
	};
	int bad = 0;
	size_t i, w;

	for (w = 0; w < ARRAY_SIZE(ways); w++) {
		for (i = 0; i < 252; i++)
			wire_buf[i] = ways[w].step[i % ways[w].len];
		bad |= seed_write("ack", ways[w].name, wire_buf, 252);
	}
	return bad;
}

/* Those targets read numbers, not frames. */
static int seed_numbers(void)
{
	static const char * const targets[] = { "segment", "ack", "congestion" };
	char name[32];
	u64 state = 1;
	int bad = 0;
	size_t i, t;
	int round;

	for (t = 0; t < ARRAY_SIZE(targets); t++) {
		for (round = 0; round < 24; round++) {
			for (i = 0; i < 256; i++)
				wire_buf[i] = qnet_case_random(&state);
			wire_buf[0] = 0;
			/* where the segment target reads the kind */
			wire_buf[17] = round;
			snprintf(name, sizeof(name), "%d", round);
			bad |= seed_write(targets[t], name, wire_buf, 256);
		}
	}
	return bad;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	seed_top = argv[1];
	return seed_segments() | seed_together() | seed_hellos() | seed_reset() | seed_ack() |
	       seed_numbers();
}
