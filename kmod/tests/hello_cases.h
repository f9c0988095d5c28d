/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - cases of wire.c: HELLO, RESET and names; after wire_cases.h, whose helpers it uses
 */
#ifndef _QNET_TESTS_HELLO_CASES_H
#define _QNET_TESTS_HELLO_CASES_H

#include "wire_cases.h"

static struct qnet_hello wire_good_hello(u8 kind)
{
	struct qnet_hello hello;

	memset(&hello, 0, sizeof(hello));
	hello.kind = kind;
	hello.version_min = QNET_WIRE_VERSION_MIN;
	hello.version_max = QNET_WIRE_VERSION;
	hello.features = 0x80000001;
	hello.incarnation = 0x0102030405060708ULL;
	hello.peer_incarnation = kind == QNET_HELLO_ANNOUNCE ? 0 : 0x1112131415161718ULL;
	hello.mtu = 1500;
	hello.ack_delay = 4000;
	hello.dead_after = 1000;
	if (kind == QNET_HELLO_INIT || kind == QNET_HELLO_RESP)
		hello.index = 0x21222324;
	if (kind == QNET_HELLO_RESP || kind == QNET_HELLO_COOKIE)
		hello.peer_index = 0x31323334;
	if (kind == QNET_HELLO_INIT || kind == QNET_HELLO_COOKIE)
		hello.cookie = 0x4142434445464748ULL;
	memcpy(hello.name, "alpha.example", 14);
	return hello;
}

static size_t wire_hello_frame(const struct qnet_hello *hello)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_HELLO,
		.length = qnet_wire_hello_size(),
	};

	qnet_wire_build(wire_buf, &frame);
	qnet_wire_put_hello(wire_buf, hello);
	qnet_wire_finish(wire_buf, &frame);
	return frame.length;
}

static void wire_hello_round_trip(struct qnet_case_result *r)
{
	struct qnet_hello out, in;
	struct qnet_frame frame;
	size_t length;
	u8 kind;

	expect(r, qnet_wire_hello_size() == 340);
	for (kind = QNET_HELLO_ANNOUNCE; kind <= QNET_HELLO_COOKIE; kind++) {
		out = wire_good_hello(kind);
		memset(wire_buf, 0xff, sizeof(wire_buf));
		length = wire_hello_frame(&out);
		expect(r, qnet_wire_parse(wire_buf, length, &frame) == QNET_WIRE_OK);
		memset(&in, 0xff, sizeof(in));
		expect(r, qnet_wire_hello(wire_buf, &frame, &in) == QNET_WIRE_OK);
		expect(r, in.kind == out.kind && in.features == out.features);
		expect(r, in.incarnation == out.incarnation && in.index == out.index);
		expect(r, in.peer_incarnation == out.peer_incarnation);
		expect(r, in.peer_index == out.peer_index && in.cookie == out.cookie);
		expect(r, in.mtu == out.mtu && in.ack_delay == out.ack_delay);
		expect(r, in.dead_after == out.dead_after);
		expect(r, !memcmp(in.name, out.name, sizeof(in.name)));
	}
}

static void wire_hello_has_one_length(struct qnet_case_result *r)
{
	struct qnet_hello hello = wire_good_hello(QNET_HELLO_INIT);
	size_t length, lie;

	for (lie = 0; lie < 700; lie++) {
		length = wire_hello_frame(&hello);
		if (lie == length)
			continue;
		put_unaligned_be16(lie, wire_buf + 2);
		if (lie >= HEADER + QNET_WIRE_CRC_SIZE)
			wire_seal(lie);
		expect(r, wire_take(wire_buf, 1000, NULL) == QNET_WIRE_LENGTH);
	}
}

struct wire_hello_row {
	const char *name;
	u8 kind;
	u16 at;
	u8 width;
	u32 value;
	enum qnet_wire_fault fault;
};

static const struct wire_hello_row wire_hello_rows[] = {
	{ "kind 0",		2, AT(hello, kind), 1, 0, QNET_WIRE_HELLO },
	{ "kind 5",		2, AT(hello, kind), 1, 5, QNET_WIRE_HELLO },
	{ "kind 255",		2, AT(hello, kind), 1, 255, QNET_WIRE_HELLO },
	{ "versions from 0",	2, AT(hello, version_min), 1, 0, QNET_WIRE_HELLO },
	{ "versions the wrong way round", 2, AT(hello, version_max), 1, 0, QNET_WIRE_HELLO },
	{ "versions 1 to 255",	2, AT(hello, version_max), 1, 255, QNET_WIRE_OK },
	{ "versions 2 to 2",	2, AT(hello, version_min), 2, 0x0202, QNET_WIRE_VERSION_FAULT },
	{ "reserved",		2, AT(hello, reserved), 1, 1, QNET_WIRE_HELLO },
	{ "reserved2",		2, AT(hello, reserved2), 2, 0x100, QNET_WIRE_HELLO },
	{ "unknown features",	2, AT(hello, features), 4, 0xffffffff, QNET_WIRE_OK },
	{ "MTU 0",		2, AT(hello, mtu), 2, 0, QNET_WIRE_HELLO },
	{ "MTU 575",		2, AT(hello, mtu), 2, 575, QNET_WIRE_HELLO },
	{ "MTU 576",		2, AT(hello, mtu), 2, 576, QNET_WIRE_OK },
	{ "MTU 9216",		2, AT(hello, mtu), 2, 9216, QNET_WIRE_OK },
	{ "MTU 9217",		2, AT(hello, mtu), 2, 9217, QNET_WIRE_HELLO },
	{ "MTU 65535",		2, AT(hello, mtu), 2, 65535, QNET_WIRE_HELLO },
	{ "ack delay 0",	2, AT(hello, ack_delay), 4, 0, QNET_WIRE_OK },
	{ "ack delay 1 s",	2, AT(hello, ack_delay), 4, 1000000, QNET_WIRE_OK },
	{ "ack delay over 1 s",	2, AT(hello, ack_delay), 4, 1000001, QNET_WIRE_HELLO },
	{ "dead after 49",	2, AT(hello, dead_after), 4, 49, QNET_WIRE_HELLO },
	{ "dead after 50",	2, AT(hello, dead_after), 4, 50, QNET_WIRE_OK },
	{ "dead after 60000",	2, AT(hello, dead_after), 4, 60000, QNET_WIRE_OK },
	{ "dead after 60001",	2, AT(hello, dead_after), 4, 60001, QNET_WIRE_HELLO },
	{ "ANNOUNCE with index", 1, AT(hello, index), 4, 1, QNET_WIRE_HELLO },
	{ "ANNOUNCE with the peer's", 1, AT(hello, peer_index), 4, 1, QNET_WIRE_HELLO },
	{ "ANNOUNCE with cookie", 1, AT(hello, cookie_lo), 4, 1, QNET_WIRE_HELLO },
	{ "INIT without index",	2, AT(hello, index), 4, 0, QNET_WIRE_HELLO },
	{ "INIT with the peer's", 2, AT(hello, peer_index), 4, 1, QNET_WIRE_HELLO },
	{ "RESP without index",	3, AT(hello, index), 4, 0, QNET_WIRE_HELLO },
	{ "RESP without the peer's", 3, AT(hello, peer_index), 4, 0, QNET_WIRE_HELLO },
	{ "RESP with cookie",	3, AT(hello, cookie_hi), 4, 1, QNET_WIRE_HELLO },
	{ "COOKIE with index",	4, AT(hello, index), 4, 1, QNET_WIRE_HELLO },
	{ "COOKIE without the peer's", 4, AT(hello, peer_index), 4, 0, QNET_WIRE_HELLO },
	{ "no name",		2, AT(hello, name), 1, 0, QNET_WIRE_HELLO },
	{ "name with a blank",	2, AT(hello, name) + 2, 1, ' ', QNET_WIRE_HELLO },
	{ "name with an escape", 2, AT(hello, name) + 2, 1, 0x1b, QNET_WIRE_HELLO },
	{ "name above ASCII",	2, AT(hello, name) + 2, 1, 0xe4, QNET_WIRE_HELLO },
	{ "name with a slash",	2, AT(hello, name) + 2, 1, '/', QNET_WIRE_HELLO },
};

static void wire_hello_table(struct qnet_case_result *r)
{
	const struct wire_hello_row *row = wire_hello_rows;
	struct qnet_hello hello;
	size_t length;
	u8 *at;

	for (; row < wire_hello_rows + ARRAY_SIZE(wire_hello_rows) && !r->failed; row++) {
		r->row = row->name;
		hello = wire_good_hello(row->kind);
		length = wire_hello_frame(&hello);
		at = wire_buf + HEADER + row->at;
		if (row->width == 1)
			*at = row->value;
		else if (row->width == 2)
			put_unaligned_be16(row->value, at);
		else
			put_unaligned_be32(row->value, at);
		wire_seal(length);
		expect(r, wire_take(wire_buf, length, NULL) == row->fault);
	}
}

static void wire_hello_needs_incarnations(struct qnet_case_result *r)
{
	struct qnet_hello hello = wire_good_hello(QNET_HELLO_INIT);
	u8 kind;

	hello.incarnation = 0;
	expect(r, wire_take(wire_buf, wire_hello_frame(&hello), NULL) == QNET_WIRE_HELLO);
	for (kind = QNET_HELLO_ANNOUNCE; kind <= QNET_HELLO_COOKIE; kind++) {
		hello = wire_good_hello(kind);
		hello.peer_incarnation = 0;
		expect(r, (wire_take(wire_buf, wire_hello_frame(&hello), NULL) == QNET_WIRE_OK) ==
		       (kind <= QNET_HELLO_INIT));
	}
	hello = wire_good_hello(QNET_HELLO_COOKIE);
	hello.cookie = 0;
	expect(r, wire_take(wire_buf, wire_hello_frame(&hello), NULL) == QNET_WIRE_HELLO);
}

static void wire_hello_name_without_end(struct qnet_case_result *r)
{
	struct qnet_hello hello = wire_good_hello(QNET_HELLO_INIT);
	size_t length = wire_hello_frame(&hello);

	memset(wire_buf + HEADER + AT(hello, name), 'a', QNET_WIRE_NAME_SIZE);
	wire_seal(length);
	expect(r, wire_take(wire_buf, length, NULL) == QNET_WIRE_HELLO);
	wire_buf[HEADER + AT(hello, name) + QNET_WIRE_NAME_SIZE - 1] = 0;
	wire_seal(length);
	expect(r, wire_take(wire_buf, length, NULL) == QNET_WIRE_OK);
}

static void wire_names(struct qnet_case_result *r)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "a", true }, { "alpha", true }, { "a.b", true }, { "a-b", true },
		{ "a_b", true }, { "_a", true }, { "9", true }, { "A.Z9", true },
		{ "", false }, { ".", false }, { ".a", false }, { "a.", false },
		{ "a..b", false }, { "-a", false }, { "a.-b", false }, { "a b", false },
		{ "a/b", false }, { "a\n", false }, { "\x7f", false }, { "\xc3\xa4", false },
	};
	char exact[3] = { 'a', 'b', 'c' };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows) && !r->failed; i++) {
		r->row = rows[i].name;
		expect(r, qnet_wire_name_valid(rows[i].name, strlen(rows[i].name) + 1) ==
		       rows[i].good);
	}
	expect(r, !qnet_wire_name_valid(exact, sizeof(exact)));
}

static void wire_reset_frames(struct qnet_case_result *r)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_RESET,
		.length = HEADER + sizeof(struct qnet_wire_reset) + QNET_WIRE_CRC_SIZE,
	};
	u32 unknown = 0;
	size_t lie;

	qnet_wire_build(wire_buf, &frame);
	qnet_wire_put_reset(wire_buf, 0xdeadbeef);
	qnet_wire_finish(wire_buf, &frame);
	expect(r, wire_take(wire_buf, frame.length, NULL) == QNET_WIRE_OK);
	expect(r, qnet_wire_reset(wire_buf, &frame, &unknown) == QNET_WIRE_OK);
	expect(r, unknown == 0xdeadbeef);
	qnet_wire_put_reset(wire_buf, 0);
	wire_seal(frame.length);
	expect(r, wire_take(wire_buf, frame.length, NULL) == QNET_WIRE_LENGTH);
	for (lie = 0; lie < 100; lie++) {
		put_unaligned_be16(lie, wire_buf + 2);
		if (lie != frame.length)
			expect(r, wire_take(wire_buf, 100, NULL) == QNET_WIRE_LENGTH);
	}
}

static const struct qnet_case hello_cases[] = {
	{ "hello: round trip", wire_hello_round_trip },
	{ "hello: has one length", wire_hello_has_one_length },
	{ "hello: table", wire_hello_table },
	{ "hello: needs incarnations", wire_hello_needs_incarnations },
	{ "hello: name without end", wire_hello_name_without_end },
	{ "names", wire_names },
	{ "reset", wire_reset_frames },
};

#endif
