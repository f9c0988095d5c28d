/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - cases of wire.c
 *
 * A frame under test is handed over in a buffer of exactly its size, so that a sanitizer sees
 * every byte read past it.
 */
#ifndef _QNET_TESTS_WIRE_CASES_H
#define _QNET_TESTS_WIRE_CASES_H

#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../wire.h"
#include "cases.h"

#define HEADER	sizeof(struct qnet_wire_header)
#define MORE	64	/* bytes of payload in a segment that may have some */
#define MIB64	(64U << 20)
#define PAST	(MIB64 - MORE + 1)
#define MINUS	0xffffffff

static u8 wire_buf[2048];
static struct qnet_attach wire_attach_out;
static struct qnet_attach wire_attach_in;

/* Parsing all of a frame as reception does; @length of what the wire delivered. */
static enum qnet_wire_fault wire_take(const u8 *from, size_t length,
				      struct qnet_segment_info *first)
{
	u8 *buf = kmalloc(length ? length : 1, GFP_KERNEL);
	struct qnet_segment_info seg;
	enum qnet_wire_fault fault;
	struct qnet_hello hello;
	struct qnet_frame frame;
	const void *payload;
	size_t offset = 0;
	u32 unknown;

	if (!buf)
		return QNET_WIRE_OK;
	memcpy(buf, from, length);
	fault = qnet_wire_parse(buf, length, &frame);
	if (!fault)
		fault = qnet_wire_check(buf, &frame);
	if (!fault && frame.type == QNET_FRAME_HELLO)
		fault = qnet_wire_hello(buf, &frame, &hello);
	if (!fault && frame.type == QNET_FRAME_RESET)
		fault = qnet_wire_reset(buf, &frame, &unknown);
	while (!fault && frame.type == QNET_FRAME_DATA) {
		fault = qnet_wire_segment(buf, &frame, &offset, &seg, &wire_attach_in, &payload);
		if (!fault && !seg.kind)
			break;
		if (!fault && first && !first->kind)
			*first = seg;
	}
	kfree(buf);
	return fault;
}

/* The CRC anew, after a field was changed by hand. */
static void wire_seal(size_t length)
{
	struct qnet_frame frame = { .length = length };

	qnet_wire_finish(wire_buf, &frame);
}

/* A DATA frame in wire_buf around @body bytes that stand after the header already. */
static size_t wire_data_frame(size_t body)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_DATA,
		.length = HEADER + body + QNET_WIRE_CRC_SIZE,
		.index = 0x01020304,
		.number = 0xfffffffe,
		.acked = 0x80000001,
		.ack_bits = 0xa5a5a5a5,
	};

	qnet_wire_build(wire_buf, &frame);
	qnet_wire_finish(wire_buf, &frame);
	return frame.length;
}

/* A good segment of @kind, every field another value. */
static struct qnet_segment_info wire_good(u8 kind)
{
	struct qnet_segment_info seg;

	memset(&seg, 0, sizeof(seg));
	seg.kind = kind;
	seg.xid = 0x89abcdef;
	switch (kind) {
	case QNET_SEG_SEND:
	case QNET_SEG_SEND_AFTER:
		seg.flags = 63;
		seg.handle = 0x1122334455667788ULL;
		seg.send_len = MORE + 1;
		seg.recv_len = MIB64;
		seg.eager = MORE;
		seg.tid = 0xfedc;
		seg.after = kind == QNET_SEG_SEND_AFTER ? 0xcafe0001 : 0;
		seg.payload_len = MORE;
		break;
	case QNET_SEG_DATA:
		seg.pull = 0x01020305;
		seg.offset = MIB64 - MORE;
		seg.payload_len = MORE;
		break;
	case QNET_SEG_PULL:
		seg.pull = 7;
		seg.offset = 0x10;
		seg.length = MIB64 - 0x10;
		seg.unasked = 0x00abcdef;
		break;
	case QNET_SEG_PUSH:
		seg.seq = 0xffffffff;
		seg.offset = 99;
		seg.payload_len = MORE;
		break;
	case QNET_SEG_CREDIT:
		seg.seq = 0x80000000;
		break;
	case QNET_SEG_REPLY:
		seg.status = -2;
		seg.seq = 3;
		seg.offset = 0x123456;
		seg.payload_len = MORE;
		break;
	case QNET_SEG_ERROR:
		seg.flags = QNET_ERROR_F_NODE;
		seg.code = QNET_ERROR_BUSY;
		seg.seq = 12;
		break;
	case QNET_SEG_CANCEL:
		seg.flags = QNET_CANCEL_DETACH;
		break;
	case QNET_SEG_ATTACHED:
		seg.handle = 0xffeeddccbbaa9988ULL;
		seg.channel_flags = 0x7f;
		break;
	case QNET_SEG_DETACH:
		seg.handle = 1;
		seg.after = 2;
		break;
	case QNET_SEG_DEATH:
		seg.conn = 0x77777777;
		break;
	case QNET_SEG_PULSE:
		seg.flags = 255;
		seg.handle = 0x8000000000000001ULL;
		seg.pulse_seq = 5;
		seg.pulse_code = -128;
		seg.pulse_value = 0xf0e0d0c0b0a09080ULL;
		break;
	case QNET_SEG_TAKEN:
		seg.conn = 1;
		seg.count = 0xffffffff;
		break;
	case QNET_SEG_QUERY:
		seg.payload_len = MORE;
		break;
	case QNET_SEG_ANSWER:
		seg.pid = 4194304;
		seg.chid = 1;
		seg.channel = 0x0123456789abcdefULL;
		break;
	}
	return seg;
}

static void wire_fill_attach(u32 ngroups)
{
	struct qnet_attach *a = &wire_attach_out;
	u32 i;

	memset(a, 0, sizeof(*a));
	a->conn = 0x10000001;
	a->pid = 2;
	a->chid = 3;
	a->coid = 0x40000004;
	a->srcnd = 5;
	a->client_pid = 6;
	a->client_sid = 7;
	a->process = 0x0807060504030201ULL;
	a->channel = 0x9080706050403020ULL;
	a->creds.ruid = 0xfffffffe;
	a->creds.euid = 9;
	a->creds.suid = 10;
	a->creds.rgid = 11;
	a->creds.egid = 12;
	a->creds.sgid = 13;
	a->creds.ngroups = ngroups;
	for (i = 0; i < ngroups && i < QNET_WIRE_GROUPS_MAX; i++)
		a->creds.groups[i] = 1000 + i;
}

/* A frame with one good segment of @kind in wire_buf; its length. */
static size_t wire_frame_of(u8 kind, struct qnet_segment_info *seg)
{
	u8 *end;

	*seg = wire_good(kind);
	if (kind == QNET_SEG_ATTACH) {
		wire_fill_attach(QNET_WIRE_GROUPS_MAX);
		seg->attach = &wire_attach_out;
	}
	end = qnet_wire_put_segment(wire_buf + HEADER, seg);
	memset(end, 0x5a, seg->payload_len);
	return wire_data_frame(end + seg->payload_len - wire_buf - HEADER);
}

static bool wire_same(const struct qnet_segment_info *a, const struct qnet_segment_info *b)
{
	if (a->kind == QNET_SEG_ATTACH)
		return b->kind == a->kind && a->xid == b->xid &&
		       !memcmp(&wire_attach_out, &wire_attach_in, sizeof(wire_attach_in));
	return !memcmp(a, b, sizeof(*a));
}

static void wire_round_trip(struct qnet_case_result *r)
{
	struct qnet_segment_info out, in;
	size_t length;
	u8 kind;

	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		length = wire_frame_of(kind, &out);
		expect(r, length == HEADER + qnet_wire_segment_size(&out) + QNET_WIRE_CRC_SIZE);
		memset(&in, 0, sizeof(in));
		memset(&wire_attach_in, 0, sizeof(wire_attach_in));
		expect(r, wire_take(wire_buf, length, &in) == QNET_WIRE_OK);
		expect(r, wire_same(&out, &in));
	}
}

static void wire_header_round_trip(struct qnet_case_result *r)
{
	struct qnet_frame frame;
	size_t length = wire_data_frame(0);

	expect(r, length == 24);
	expect(r, qnet_wire_parse(wire_buf, length, &frame) == QNET_WIRE_OK);
	expect(r, frame.type == QNET_FRAME_DATA && frame.length == 24 && !frame.flags);
	expect(r, frame.index == 0x01020304 && frame.number == 0xfffffffe);
	expect(r, frame.acked == 0x80000001 && frame.ack_bits == 0xa5a5a5a5);
	expect(r, wire_buf[0] == 0x12 && wire_buf[4] == 1 && wire_buf[7] == 4);
}

/* The sizes that make a request 64 bytes with Ethernet header and CRC. */
static void wire_budget(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;

	memset(&seg, 0, sizeof(seg));
	seg.kind = QNET_SEG_SEND;
	expect(r, 14 + HEADER + qnet_wire_segment_size(&seg) + QNET_WIRE_CRC_SIZE == 68);
	seg.kind = QNET_SEG_REPLY;
	expect(r, 14 + HEADER + qnet_wire_segment_size(&seg) + QNET_WIRE_CRC_SIZE == 62);
}

static void wire_padding_is_ignored(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	size_t length, pad;
	u8 kind;

	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		length = wire_frame_of(kind, &seg);
		for (pad = 0; pad < 64; pad++) {
			memset(wire_buf + length, 0xee, pad);
			expect(r, wire_take(wire_buf, length + pad, NULL) == QNET_WIRE_OK);
		}
	}
}

static void wire_truncated_anywhere(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	size_t length, cut;
	u8 kind;

	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		length = wire_frame_of(kind, &seg);
		for (cut = 0; cut < length; cut++)
			expect(r, wire_take(wire_buf, cut, NULL) == QNET_WIRE_SHORT);
	}
}

/* The same with lengths that agree: the segment is what is cut. */
static void wire_segment_cut_anywhere(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	size_t body, cut, length;
	u8 kind;

	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		body = wire_frame_of(kind, &seg) - HEADER - QNET_WIRE_CRC_SIZE;
		for (cut = 1; cut < body; cut++) {
			length = wire_data_frame(cut);
			expect(r, wire_take(wire_buf, length, NULL) == QNET_WIRE_LENGTH);
			wire_frame_of(kind, &seg);
		}
	}
}

/* The segment's own length, every value that is not the right one. */
static void wire_segment_length_lies(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	size_t length, size, lie;
	enum qnet_wire_fault fault;
	u8 kind;

	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		for (lie = 0; lie <= 600; lie++) {
			length = wire_frame_of(kind, &seg);
			size = length - HEADER - QNET_WIRE_CRC_SIZE;
			put_unaligned_be16(lie == 600 ? 65535 : lie, wire_buf + HEADER + 2);
			wire_seal(length);
			fault = wire_take(wire_buf, length, NULL);
			if (lie > size || lie < size - (seg.payload_len ? seg.payload_len : 0))
				expect(r, fault != QNET_WIRE_OK);
		}
	}
}

static void wire_several_segments(struct qnet_case_result *r)
{
	struct qnet_segment_info seg, in;
	struct qnet_frame frame;
	const void *payload;
	size_t offset = 0;
	u8 *p = wire_buf + HEADER;
	u8 kind;

	wire_fill_attach(1);
	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		seg = wire_good(kind);
		if (kind == QNET_SEG_ATTACH)
			seg.attach = &wire_attach_out;
		p = qnet_wire_put_segment(p, &seg);
		memset(p, kind, seg.payload_len);
		p += seg.payload_len;
	}
	wire_data_frame(p - wire_buf - HEADER);
	expect(r, qnet_wire_parse(wire_buf, sizeof(wire_buf), &frame) == QNET_WIRE_OK);
	for (kind = QNET_SEG_SEND; kind <= QNET_SEG_BYE; kind++) {
		expect(r, !qnet_wire_segment(wire_buf, &frame, &offset, &in, &wire_attach_in,
					     &payload));
		expect(r, in.kind == kind);
		if (in.payload_len)
			expect(r, *(const u8 *)payload == kind);
	}
	expect(r, !qnet_wire_segment(wire_buf, &frame, &offset, &in, &wire_attach_in, &payload));
	expect(r, in.kind == 0);
}

/* Fields of the frame's header; a row changes one thing of a good frame. */
static void wire_header_table(struct qnet_case_result *r)
{
	static const struct {
		const char *name;
		u8 at;
		u8 width;
		u32 value;
		enum qnet_wire_fault fault;
	} rows[] = {
		{ "as it was",		0, 1, 0x12, QNET_WIRE_OK },
		{ "version 0",		0, 1, 0x02, QNET_WIRE_VERSION_FAULT },
		{ "version 2",		0, 1, 0x22, QNET_WIRE_VERSION_FAULT },
		{ "version 15",		0, 1, 0xf2, QNET_WIRE_VERSION_FAULT },
		{ "type 0",		0, 1, 0x10, QNET_WIRE_TYPE },
		{ "type HELLO",		0, 1, 0x11, QNET_WIRE_LENGTH },
		{ "type RESET",		0, 1, 0x13, QNET_WIRE_LENGTH },
		{ "type 4",		0, 1, 0x14, QNET_WIRE_TYPE },
		{ "type 15",		0, 1, 0x1f, QNET_WIRE_TYPE },
		{ "flag of path 1",	1, 1, 0x01, QNET_WIRE_FLAGS },
		{ "unknown flag",	1, 1, 0x10, QNET_WIRE_FLAGS },
		{ "flag KEY_PHASE",	1, 1, 0x40, QNET_WIRE_FLAGS },
		{ "flag SEALED",	1, 1, 0x80, QNET_WIRE_FLAGS },
		{ "length 0",		2, 2, 0, QNET_WIRE_LENGTH },
		{ "length 1",		2, 2, 1, QNET_WIRE_LENGTH },
		{ "length 23",		2, 2, 23, QNET_WIRE_LENGTH },
		{ "length past the end", 2, 2, 33, QNET_WIRE_SHORT },
		{ "length 9217",	2, 2, 9217, QNET_WIRE_SHORT },
		{ "length 65535",	2, 2, 65535, QNET_WIRE_SHORT },
		{ "index 0",		4, 4, 0, QNET_WIRE_FLAGS },
		{ "index 1",		4, 4, 1, QNET_WIRE_OK },
		{ "index all ones",	4, 4, 0xffffffff, QNET_WIRE_OK },
		{ "number 0",		8, 4, 0, QNET_WIRE_FLAGS },
		{ "number 1",		8, 4, 1, QNET_WIRE_OK },
		{ "acked 0 with bits",	12, 4, 0, QNET_WIRE_FLAGS },
		{ "acked 1",		12, 4, 1, QNET_WIRE_OK },
		{ "no bits",		16, 4, 0, QNET_WIRE_OK },
	};
	struct qnet_segment_info seg;
	size_t length, i;

	for (i = 0; i < ARRAY_SIZE(rows) && !r->failed; i++) {
		r->row = rows[i].name;
		length = wire_frame_of(QNET_SEG_PING, &seg);
		if (rows[i].width == 1)
			wire_buf[rows[i].at] = rows[i].value;
		else if (rows[i].width == 2)
			put_unaligned_be16(rows[i].value, wire_buf + rows[i].at);
		else
			put_unaligned_be32(rows[i].value, wire_buf + rows[i].at);
		wire_seal(length);
		expect(r, wire_take(wire_buf, length, NULL) == rows[i].fault);
	}
}

static void wire_too_long(struct qnet_case_result *r)
{
	static u8 big[QNET_WIRE_MTU_MAX + 1];
	struct qnet_frame frame = {
		.type = QNET_FRAME_DATA,
		.length = QNET_WIRE_MTU_MAX,
		.index = 1,
		.number = 1,
	};

	qnet_wire_build(big, &frame);
	expect(r, qnet_wire_parse(big, sizeof(big), &frame) == QNET_WIRE_OK);
	frame.length = QNET_WIRE_MTU_MAX + 1;
	qnet_wire_build(big, &frame);
	expect(r, qnet_wire_parse(big, sizeof(big), &frame) == QNET_WIRE_LENGTH);
}

static void wire_every_bit_is_guarded(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	size_t length, bit;

	length = wire_frame_of(QNET_SEG_SEND, &seg);
	for (bit = 0; bit < length * 8; bit++) {
		wire_buf[bit / 8] ^= 1 << bit % 8;
		expect(r, wire_take(wire_buf, length, NULL) != QNET_WIRE_OK);
		wire_buf[bit / 8] ^= 1 << bit % 8;
	}
	expect(r, wire_take(wire_buf, length, NULL) == QNET_WIRE_OK);
}

/* RFC 3720 B.4: CRC32C of 32 zero bytes. */
static void wire_crc_is_crc32c(struct qnet_case_result *r)
{
	struct qnet_frame frame = { .length = 36 };

	memset(wire_buf, 0, 36);
	qnet_wire_finish(wire_buf, &frame);
	expect(r, get_unaligned_be32(wire_buf + 32) == 0x8a9136aa);
}

struct wire_segment_row {
	const char *name;
	u8 kind;
	u16 at;			/* of the field, from the segment's first byte */
	u8 width;
	u32 value;
	bool good;
};

#define AT(layout, field)	offsetof(struct qnet_wire_##layout, field)
#define FLAGS			AT(segment_header, flags)

static const struct wire_segment_row wire_segment_rows[] = {
	{ "kind 0",			QNET_SEG_PING, 0, 1, 0, false },
	{ "kind 21",			QNET_SEG_PING, 0, 1, 21, false },
	{ "kind 255",			QNET_SEG_PING, 0, 1, 255, false },
	{ "xid 0",			QNET_SEG_PING, 4, 4, 0, true },
	{ "SEND priority 0",		QNET_SEG_SEND, FLAGS, 1, 0, false },
	{ "SEND priority 1",		QNET_SEG_SEND, FLAGS, 1, 1, true },
	{ "SEND priority 255",		QNET_SEG_SEND, FLAGS, 1, 255, true },
	{ "SEND length below payload",	QNET_SEG_SEND, AT(send, send_len), 4, MORE - 1, false },
	{ "SEND length of payload",	QNET_SEG_SEND, AT(send, send_len), 4, MORE, true },
	{ "SEND length 64 MiB",		QNET_SEG_SEND, AT(send, send_len), 4, MIB64, true },
	{ "SEND length 64 MiB + 1",	QNET_SEG_SEND, AT(send, send_len), 4, MIB64 + 1, false },
	{ "SEND length all ones",	QNET_SEG_SEND, AT(send, send_len), 4, 0xffffffff, false },
	{ "SEND eager below payload",	QNET_SEG_SEND, AT(send, eager), 4, MORE - 1, false },
	{ "SEND eager of all",		QNET_SEG_SEND, AT(send, eager), 4, MORE + 1, true },
	{ "SEND eager above length",	QNET_SEG_SEND, AT(send, eager), 4, MORE + 2, false },
	{ "SEND eager all ones",	QNET_SEG_SEND, AT(send, eager), 4, 0xffffffff, false },
	{ "SEND reply room 0",		QNET_SEG_SEND, AT(send, recv_len), 4, 0, true },
	{ "SEND reply room 64 MiB + 1",	QNET_SEG_SEND, AT(send, recv_len), 4, MIB64 + 1, false },
	{ "SEND_AFTER priority 0",	QNET_SEG_SEND_AFTER, FLAGS, 1, 0, false },
	{ "SEND_AFTER after 0",		QNET_SEG_SEND_AFTER, AT(send_after, after), 4, 0, true },
	{ "DATA flags",			QNET_SEG_DATA, FLAGS, 1, 1, false },
	{ "DATA eager",			QNET_SEG_DATA, AT(data, pull), 4, 0, true },
	{ "DATA up to 64 MiB",		QNET_SEG_DATA, AT(data, offset), 4, MIB64 - MORE, true },
	{ "DATA past 64 MiB",		QNET_SEG_DATA, AT(data, offset), 4, PAST, false },
	{ "DATA offset all ones",	QNET_SEG_DATA, AT(data, offset), 4, 0xffffffff, false },
	{ "DATA offset overflows",	QNET_SEG_DATA, AT(data, offset), 4, 0 - MORE, false },
	{ "PULL number 0",		QNET_SEG_PULL, AT(pull, pull), 4, 0, false },
	{ "PULL number 1",		QNET_SEG_PULL, AT(pull, pull), 4, 1, true },
	{ "PULL of nothing",		QNET_SEG_PULL, AT(pull, length), 4, 0, false },
	{ "PULL of one byte",		QNET_SEG_PULL, AT(pull, length), 4, 1, true },
	{ "PULL up to 64 MiB",		QNET_SEG_PULL, AT(pull, length), 4, MIB64 - 0x10, true },
	{ "PULL past 64 MiB",		QNET_SEG_PULL, AT(pull, length), 4, MIB64 - 0xf, false },
	{ "PULL of the next, 64 MiB",	QNET_SEG_PULL, AT(pull, unasked), 4, MIB64, true },
	{ "PULL of the next, more",	QNET_SEG_PULL, AT(pull, unasked), 4, MIB64 + 1, false },
	{ "PULL overflows",		QNET_SEG_PULL, AT(pull, length), 4, 0xfffffff0, false },
	{ "PULL offset all ones",	QNET_SEG_PULL, AT(pull, offset), 4, 0xffffffff, false },
	{ "PUSH flags",			QNET_SEG_PUSH, FLAGS, 1, 0x80, false },
	{ "PUSH past 64 MiB",		QNET_SEG_PUSH, AT(push, offset), 4, PAST, false },
	{ "PUSH seq 0",			QNET_SEG_PUSH, AT(push, seq), 4, 0, true },
	{ "CREDIT flags",		QNET_SEG_CREDIT, FLAGS, 1, 1, false },
	{ "CREDIT all ones",		QNET_SEG_CREDIT, AT(credit, seq), 4, 0xffffffff, true },
	{ "REPLY flags",		QNET_SEG_REPLY, FLAGS, 1, 1, false },
	{ "REPLY past 64 MiB",		QNET_SEG_REPLY, AT(reply, offset), 4, MIB64, false },
	{ "ERROR code 0",		QNET_SEG_ERROR, AT(error, code), 4, 0, false },
	{ "ERROR code 1",		QNET_SEG_ERROR, AT(error, code), 4, 1, true },
	{ "ERROR code 3",		QNET_SEG_ERROR, AT(error, code), 4, 3, true },
	{ "ERROR code 4",		QNET_SEG_ERROR, AT(error, code), 4, 4, false },
	{ "ERROR with an errno",	QNET_SEG_ERROR, FLAGS, 1, 0, true },
	{ "ERROR flag 2",		QNET_SEG_ERROR, FLAGS, 1, 2, false },
	{ "CANCEL reason 0",		QNET_SEG_CANCEL, FLAGS, 1, 0, false },
	{ "CANCEL reason 1",		QNET_SEG_CANCEL, FLAGS, 1, 1, true },
	{ "CANCEL reason 5",		QNET_SEG_CANCEL, FLAGS, 1, 5, true },
	{ "CANCEL reason 6",		QNET_SEG_CANCEL, FLAGS, 1, 6, false },
	{ "STAY not now",		QNET_SEG_STAY, FLAGS, 1, 1, true },
	{ "STAY received",		QNET_SEG_STAY, FLAGS, 1, 2, true },
	{ "STAY flags",			QNET_SEG_STAY, FLAGS, 1, 3, false },
	{ "CANCEL states",		QNET_SEG_CANCEL, FLAGS, 1, 0x32, true },
	{ "CANCEL states too many",	QNET_SEG_CANCEL, FLAGS, 1, 0x42, false },
	{ "CANCEL states by signal",	QNET_SEG_CANCEL, FLAGS, 1, 0x11, false },
	{ "ATTACH flags",		QNET_SEG_ATTACH, FLAGS, 1, 1, false },
	{ "ATTACH reserved",		QNET_SEG_ATTACH, AT(attach, reserved), 2, 1, false },
	{ "ATTACH one group less",	QNET_SEG_ATTACH, AT(attach, ngroups), 2, 31, false },
	{ "ATTACH one group more",	QNET_SEG_ATTACH, AT(attach, ngroups), 2, 33, false },
	{ "ATTACH 65535 groups",	QNET_SEG_ATTACH, AT(attach, ngroups), 2, 65535, false },
	{ "ATTACH pid negative",	QNET_SEG_ATTACH, AT(attach, pid), 4, 0x80000000, false },
	{ "ATTACH pid largest",		QNET_SEG_ATTACH, AT(attach, pid), 4, 0x7fffffff, true },
	{ "ATTACH chid negative",	QNET_SEG_ATTACH, AT(attach, chid), 4, 0xffffffff, false },
	{ "ATTACH coid negative",	QNET_SEG_ATTACH, AT(attach, coid), 4, 0xffffffff, false },
	{ "ATTACH client negative",	QNET_SEG_ATTACH, AT(attach, client_pid), 4, MINUS, false },
	{ "ATTACH session negative",	QNET_SEG_ATTACH, AT(attach, client_sid), 4, MINUS, false },
	{ "ATTACHED flags",		QNET_SEG_ATTACHED, FLAGS, 1, 1, false },
	{ "DETACH flags",		QNET_SEG_DETACH, FLAGS, 1, 1, false },
	{ "DEATH flags",		QNET_SEG_DEATH, FLAGS, 1, 1, false },
	{ "PULSE priority 0",		QNET_SEG_PULSE, FLAGS, 1, 0, false },
	{ "PULSE code 127",		QNET_SEG_PULSE, AT(pulse, code), 4, 127, true },
	{ "PULSE code 128",		QNET_SEG_PULSE, AT(pulse, code), 4, 128, false },
	{ "PULSE code -129",		QNET_SEG_PULSE, AT(pulse, code), 4, -129, false },
	{ "TAKEN flags",		QNET_SEG_TAKEN, FLAGS, 1, 1, false },
	{ "QUERY flags",		QNET_SEG_QUERY, FLAGS, 1, 1, false },
	{ "ANSWER pid negative",	QNET_SEG_ANSWER, AT(answer, pid), 4, 0xffffffff, false },
	{ "ANSWER chid negative",	QNET_SEG_ANSWER, AT(answer, chid), 4, 0x80000000, false },
	{ "PING flags",			QNET_SEG_PING, FLAGS, 1, 1, false },
	{ "BYE flags",			QNET_SEG_BYE, FLAGS, 1, 1, false },
};

static void wire_segment_table(struct qnet_case_result *r)
{
	const struct wire_segment_row *row = wire_segment_rows;
	struct qnet_segment_info seg;
	size_t length;
	u8 *at;

	for (; row < wire_segment_rows + ARRAY_SIZE(wire_segment_rows) && !r->failed; row++) {
		r->row = row->name;
		length = wire_frame_of(row->kind, &seg);
		at = wire_buf + HEADER + row->at;
		if (row->width == 1)
			*at = row->value;
		else if (row->width == 2)
			put_unaligned_be16(row->value, at);
		else
			put_unaligned_be32(row->value, at);
		wire_seal(length);
		expect(r, wire_take(wire_buf, length, NULL) ==
		       (row->good ? QNET_WIRE_OK : QNET_WIRE_SEGMENT));
	}
}

static void wire_query_lengths(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	size_t length;

	memset(&seg, 0, sizeof(seg));
	seg.kind = QNET_SEG_QUERY;
	for (seg.payload_len = 0; seg.payload_len < 300; seg.payload_len++) {
		qnet_wire_put_segment(wire_buf + HEADER, &seg);
		length = wire_data_frame(qnet_wire_segment_size(&seg));
		expect(r, (wire_take(wire_buf, length, NULL) == QNET_WIRE_OK) ==
		       (seg.payload_len >= 1 && seg.payload_len <= QNET_WIRE_SERVICE_MAX));
	}
}

static void wire_attach_groups(struct qnet_case_result *r)
{
	struct qnet_segment_info seg, in;
	size_t length;
	u32 n;

	for (n = 0; n <= QNET_WIRE_GROUPS_MAX; n++) {
		wire_fill_attach(n);
		memset(&seg, 0, sizeof(seg));
		seg.kind = QNET_SEG_ATTACH;
		seg.attach = &wire_attach_out;
		qnet_wire_put_segment(wire_buf + HEADER, &seg);
		length = wire_data_frame(qnet_wire_segment_size(&seg));
		memset(&wire_attach_in, 0, sizeof(wire_attach_in));
		memset(&in, 0, sizeof(in));
		expect(r, wire_take(wire_buf, length, &in) == QNET_WIRE_OK);
		expect(r, !memcmp(&wire_attach_in, &wire_attach_out, sizeof(wire_attach_in)));
	}

	/* one more than there is room for, and its bytes are there */
	length = qnet_wire_segment_size(&seg) + sizeof(__be32);
	put_unaligned_be16(length, wire_buf + HEADER + AT(segment_header, length));
	put_unaligned_be16(n, wire_buf + HEADER + AT(attach, ngroups));
	length = wire_data_frame(length);
	expect(r, wire_take(wire_buf, length, NULL) == QNET_WIRE_SEGMENT);
}

/* Whatever the bytes: no read past the end, and what is good stays within its bounds. */
static void wire_random_bytes(struct qnet_case_result *r)
{
	struct qnet_segment_info seg;
	u64 state = 7;
	size_t length, i;
	int round;

	for (round = 0; round < 30000; round++) {
		length = wire_frame_of(1 + qnet_case_random(&state) % QNET_SEG_BYE, &seg);
		for (i = qnet_case_random(&state) % 4; i < 4; i++)
			wire_buf[HEADER + qnet_case_random(&state) % (length - HEADER)] =
				qnet_case_random(&state);
		wire_seal(length);
		memset(&seg, 0, sizeof(seg));
		if (wire_take(wire_buf, length, &seg) != QNET_WIRE_OK)
			continue;
		expect(r, seg.payload_len <= length);
		if (seg.kind == QNET_SEG_DATA || seg.kind == QNET_SEG_PUSH)
			expect(r, (u64)seg.offset + seg.payload_len <= MIB64);
		if (seg.kind == QNET_SEG_ATTACH)
			expect(r, wire_attach_in.creds.ngroups <= QNET_WIRE_GROUPS_MAX);
	}
}

/* What is called full of one segment is, whatever its bytes; and every such frame is. */
static void wire_bulk(struct qnet_case_result *r)
{
	size_t full = sizeof(struct qnet_wire_data), length, i;
	struct qnet_segment_info seg, other;
	struct qnet_frame frame;
	u8 kind;

	for (kind = 1; kind <= QNET_SEG_BYE; kind++) {
		length = wire_frame_of(kind, &seg);
		expect(r, qnet_wire_is_bulk(wire_buf, length) ==
			  (kind == QNET_SEG_DATA || kind == QNET_SEG_PUSH));
	}
	length = wire_frame_of(QNET_SEG_DATA, &seg);
	/* as much as is looked at, and less */
	expect(r, qnet_wire_is_bulk(wire_buf, HEADER + full));
	for (i = 0; i < HEADER + full; i++)
		expect(r, !qnet_wire_is_bulk(wire_buf, i));
	/* another segment behind it, or a longer one than the frame */
	other = wire_good(QNET_SEG_CREDIT);
	qnet_wire_put_segment(wire_buf + HEADER + qnet_wire_segment_size(&seg), &other);
	length = wire_data_frame(qnet_wire_segment_size(&seg) + qnet_wire_segment_size(&other));
	expect(r, !qnet_wire_is_bulk(wire_buf, length));
	length = wire_data_frame(qnet_wire_segment_size(&seg) - 1);
	expect(r, !qnet_wire_is_bulk(wire_buf, length));
	/* not a frame of segments */
	frame = (struct qnet_frame){ .type = QNET_FRAME_RESET, .length = length };
	qnet_wire_build(wire_buf, &frame);
	expect(r, !qnet_wire_is_bulk(wire_buf, length));
	/* a length that is less than nothing */
	frame = (struct qnet_frame){ .type = QNET_FRAME_DATA, .length = QNET_WIRE_CRC_SIZE };
	qnet_wire_build(wire_buf, &frame);
	expect(r, !qnet_wire_is_bulk(wire_buf, HEADER + full));
}

static const struct qnet_case wire_cases[] = {
	{ "full of one segment", wire_bulk },
	{ "segments: round trip of every kind", wire_round_trip },
	{ "header: round trip", wire_header_round_trip },
	{ "header: a request is 68 bytes, a reply 62", wire_budget },
	{ "header: table", wire_header_table },
	{ "header: longer than any frame", wire_too_long },
	{ "padding is ignored", wire_padding_is_ignored },
	{ "truncated anywhere", wire_truncated_anywhere },
	{ "crc: is CRC32C", wire_crc_is_crc32c },
	{ "crc: every bit is guarded", wire_every_bit_is_guarded },
	{ "segments: cut anywhere", wire_segment_cut_anywhere },
	{ "segments: length lies", wire_segment_length_lies },
	{ "segments: several in a frame", wire_several_segments },
	{ "segments: table", wire_segment_table },
	{ "query: lengths", wire_query_lengths },
	{ "attach: groups", wire_attach_groups },
	{ "random bytes", wire_random_bytes },
};

#endif
