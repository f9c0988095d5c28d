// SPDX-License-Identifier: GPL-2.0
/* fuzz: kmod/wire.c */
/*
 * qnet - any content, within its bounds, through encoder and decoder
 *
 * Every field out of the input: what was encoded is what is decoded.
 */
#include "wire.h"

#include <linux/kernel.h>

#include "fuzz.h"

#define HEADER	sizeof(struct qnet_wire_header)
#define PAYLOAD	600
#define POSITIVE 0x7fffffff

static u32 segment_up_to(struct fuzz_input *in, u32 most)
{
	return fuzz_number(in, 4) % (most + 1);
}

static void segment_attach(struct fuzz_input *in, struct qnet_attach *attach)
{
	u32 i;

	memset(attach, 0, sizeof(*attach));
	attach->conn = fuzz_number(in, 4);
	attach->pid = fuzz_number(in, 4) & POSITIVE;
	attach->chid = fuzz_number(in, 4) & POSITIVE;
	attach->coid = fuzz_number(in, 4) & POSITIVE;
	attach->srcnd = fuzz_number(in, 4);
	attach->client_pid = fuzz_number(in, 4) & POSITIVE;
	attach->client_sid = fuzz_number(in, 4) & POSITIVE;
	attach->process = fuzz_number(in, 8);
	attach->channel = fuzz_number(in, 8);
	fuzz_take(in, &attach->creds, offsetof(struct qnet_creds, ngroups));
	attach->creds.ngroups = segment_up_to(in, QNET_WIRE_GROUPS_MAX);
	for (i = 0; i < attach->creds.ngroups; i++)
		attach->creds.groups[i] = fuzz_number(in, 4);
}

/* Fields that any segment of the kind may have, kinds with a handle first. */
static void segment_fields(struct fuzz_input *in, struct qnet_segment_info *seg)
{
	switch (seg->kind) {
	case QNET_SEG_SEND_AFTER:
		seg->after = fuzz_number(in, 4);
		fallthrough;
	case QNET_SEG_SEND:
		seg->flags = 1 + fuzz_number(in, 1) % 255;
		seg->handle = fuzz_number(in, 8);
		seg->send_len = segment_up_to(in, QNET_WIRE_MESSAGE_MAX);
		seg->recv_len = segment_up_to(in, QNET_WIRE_MESSAGE_MAX);
		seg->tid = fuzz_number(in, 2);
		seg->eager = segment_up_to(in, seg->send_len);
		seg->payload_len = segment_up_to(in, seg->eager < PAYLOAD ? seg->eager : PAYLOAD);
		break;
	case QNET_SEG_ATTACHED:
		seg->handle = fuzz_number(in, 8);
		seg->channel_flags = fuzz_number(in, 4);
		break;
	case QNET_SEG_DETACH:
		seg->handle = fuzz_number(in, 8);
		seg->after = fuzz_number(in, 4);
		break;
	case QNET_SEG_PULSE:
		seg->flags = 1 + fuzz_number(in, 1) % 255;
		seg->handle = fuzz_number(in, 8);
		seg->pulse_seq = fuzz_number(in, 4);
		seg->pulse_code = (s8)fuzz_number(in, 1);
		seg->pulse_value = fuzz_number(in, 8);
		break;
	case QNET_SEG_DEATH:
	case QNET_SEG_TAKEN:
		seg->conn = fuzz_number(in, 4);
		seg->count = seg->kind == QNET_SEG_TAKEN ? fuzz_number(in, 4) : 0;
		break;
	case QNET_SEG_QUERY:
		seg->payload_len = 1 + segment_up_to(in, QNET_WIRE_SERVICE_MAX - 1);
		break;
	case QNET_SEG_ANSWER:
		seg->pid = fuzz_number(in, 4) & POSITIVE;
		seg->chid = fuzz_number(in, 4) & POSITIVE;
		seg->channel = fuzz_number(in, 8);
		break;
	}
}

static void segment_transfer(struct fuzz_input *in, struct qnet_segment_info *seg)
{
	switch (seg->kind) {
	case QNET_SEG_DATA:
		seg->pull = fuzz_number(in, 4);
		seg->payload_len = segment_up_to(in, PAYLOAD);
		seg->offset = segment_up_to(in, QNET_WIRE_MESSAGE_MAX - seg->payload_len);
		break;
	case QNET_SEG_PULL:
		seg->pull = 1 + segment_up_to(in, U32_MAX - 2);
		seg->length = 1 + segment_up_to(in, QNET_WIRE_MESSAGE_MAX - 1);
		seg->offset = segment_up_to(in, QNET_WIRE_MESSAGE_MAX - seg->length);
		seg->unasked = segment_up_to(in, QNET_WIRE_MESSAGE_MAX);
		break;
	case QNET_SEG_REPLY:
		seg->status = fuzz_number(in, 8);
		fallthrough;
	case QNET_SEG_PUSH:
		seg->seq = fuzz_number(in, 4);
		seg->payload_len = segment_up_to(in, PAYLOAD);
		seg->offset = segment_up_to(in, QNET_WIRE_MESSAGE_MAX - seg->payload_len);
		break;
	case QNET_SEG_CREDIT:
		seg->seq = fuzz_number(in, 4);
		break;
	case QNET_SEG_ERROR:
		seg->flags = fuzz_number(in, 1) & QNET_ERROR_F_NODE;
		seg->code = seg->flags ? QNET_ERROR_GONE + segment_up_to(in, 2) :
			    fuzz_number(in, 4) & POSITIVE;
		seg->seq = fuzz_number(in, 4);
		break;
	case QNET_SEG_CANCEL:
		seg->flags = QNET_CANCEL_SIGNAL + segment_up_to(in, 4);
		if (seg->flags == QNET_CANCEL_TIMEOUT)
			seg->flags |= segment_up_to(in, 3) << QNET_CANCEL_STATES;
		break;
	case QNET_SEG_STAY:
		seg->flags = segment_up_to(in, QNET_STAY_RECEIVED);
		break;
	}
}

static void segment_round_trip(struct fuzz_input *in, u8 *buf)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_DATA,
		.index = 1 + segment_up_to(in, U32_MAX - 2),
		.number = 1 + segment_up_to(in, U32_MAX - 2),
		.acked = fuzz_number(in, 4),
		.ack_bits = fuzz_number(in, 4),
	};
	struct qnet_segment_info seg, got;
	struct qnet_attach attach, room;
	struct qnet_frame head;
	const void *payload;
	size_t offset = 0;
	u8 *to;

	memset(&seg, 0, sizeof(seg));
	seg.kind = QNET_SEG_SEND + fuzz_number(in, 1) % QNET_SEG_BYE;
	seg.xid = fuzz_number(in, 4);
	segment_fields(in, &seg);
	segment_transfer(in, &seg);
	if (seg.kind == QNET_SEG_ATTACH) {
		segment_attach(in, &attach);
		seg.attach = &attach;
	}
	if (!frame.acked)
		frame.ack_bits = 0;
	to = qnet_wire_put_segment(buf + HEADER, &seg);
	fuzz_take(in, to, seg.payload_len);
	frame.length = to + seg.payload_len + QNET_WIRE_CRC_SIZE - buf;
	fuzz_check(frame.length == HEADER + qnet_wire_segment_size(&seg) + QNET_WIRE_CRC_SIZE);
	qnet_wire_build(buf, &frame);
	qnet_wire_finish(buf, &frame);

	memset(&head, 0, sizeof(head));
	memset(&room, 0, sizeof(room));
	fuzz_check(qnet_wire_parse(buf, frame.length, &head) == QNET_WIRE_OK);
	fuzz_check(qnet_wire_check(buf, &head) == QNET_WIRE_OK);
	fuzz_check(!memcmp(&head, &frame, sizeof(frame)));
	fuzz_check(!qnet_wire_segment(buf, &head, &offset, &got, &room, &payload));
	if (seg.kind == QNET_SEG_ATTACH) {
		fuzz_check(got.attach == &room && !memcmp(&room, &attach, sizeof(room)));
		got.attach = &attach;
	}
	fuzz_check(!memcmp(&got, &seg, sizeof(seg)));
	fuzz_check(!seg.payload_len || payload == to);
	fuzz_check(!qnet_wire_segment(buf, &head, &offset, &got, &room, &payload) && !got.kind);
}

static void segment_hello_round_trip(struct fuzz_input *in, u8 *buf)
{
	static const char letters[] = "abcxyzABCXYZ0189-_.";
	struct qnet_frame frame = { .type = QNET_FRAME_HELLO, .length = qnet_wire_hello_size() };
	struct qnet_hello hello, got;
	struct qnet_frame head;
	size_t i, len;

	memset(&hello, 0, sizeof(hello));
	hello.kind = QNET_HELLO_ANNOUNCE + fuzz_number(in, 1) % QNET_HELLO_COOKIE;
	hello.version_min = QNET_WIRE_VERSION;
	hello.version_max = QNET_WIRE_VERSION + fuzz_number(in, 1) % 255;
	hello.features = fuzz_number(in, 4);
	hello.incarnation = fuzz_number(in, 8) | 1;
	hello.peer_incarnation = fuzz_number(in, 8) | (hello.kind >= QNET_HELLO_RESP);
	hello.mtu = QNET_WIRE_MTU_MIN +
		    segment_up_to(in, QNET_WIRE_MTU_MAX - QNET_WIRE_MTU_MIN);
	hello.ack_delay = segment_up_to(in, QNET_WIRE_ACK_DELAY_MAX);
	hello.dead_after = QNET_WIRE_DEAD_AFTER_MIN +
		segment_up_to(in, QNET_WIRE_DEAD_AFTER_MAX - QNET_WIRE_DEAD_AFTER_MIN);
	if (hello.kind == QNET_HELLO_INIT || hello.kind == QNET_HELLO_RESP)
		hello.index = fuzz_number(in, 4) | 1;
	if (hello.kind == QNET_HELLO_RESP || hello.kind == QNET_HELLO_COOKIE)
		hello.peer_index = fuzz_number(in, 4) | 1;
	if (hello.kind == QNET_HELLO_COOKIE || hello.kind == QNET_HELLO_INIT)
		hello.cookie = fuzz_number(in, 8) | (hello.kind == QNET_HELLO_COOKIE);
	len = 1 + fuzz_number(in, 1) % (QNET_WIRE_NAME_SIZE - 1);
	for (i = 0; i < len; i++)
		hello.name[i] = letters[fuzz_number(in, 1) % (sizeof(letters) - 1)];

	qnet_wire_build(buf, &frame);
	qnet_wire_put_hello(buf, &hello);
	qnet_wire_finish(buf, &frame);
	fuzz_check(qnet_wire_parse(buf, frame.length, &head) == QNET_WIRE_OK);
	fuzz_check(qnet_wire_hello(buf, &head, &got) ==
		   (qnet_wire_name_valid(hello.name, sizeof(hello.name)) ? QNET_WIRE_OK :
		    QNET_WIRE_HELLO));
	if (qnet_wire_name_valid(hello.name, sizeof(hello.name)))
		fuzz_check(!memcmp(&got, &hello, sizeof(hello)));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { .data = data, .left = size };
	u8 *buf = malloc(HEADER + sizeof(struct qnet_wire_send_after) + PAYLOAD +
			 QNET_WIRE_CRC_SIZE);

	if (!buf)
		abort();
	if (fuzz_number(&in, 1) & 1)
		segment_hello_round_trip(&in, buf);
	else
		segment_round_trip(&in, buf);
	free(buf);
	return 0;
}
