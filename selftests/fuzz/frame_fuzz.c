// SPDX-License-Identifier: GPL-2.0
/* fuzz: kmod/wire.c */
/*
 * qnet - any bytes as a frame
 *
 * What is accepted stays within the frame and encodes to the bytes it came from: the layout has
 * one form for each content, but for what HELLO sets aside.
 */
#include "wire.h"

#include "fuzz.h"

#define HEADER	sizeof(struct qnet_wire_header)

/* The input in memory of exactly its size, so that ASan sees each byte read past it. */
static u8 *frame_copy(const u8 *data, size_t size)
{
	u8 *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	return copy;
}

static void frame_segments(const u8 *buf, const struct qnet_frame *frame, u8 *again)
{
	const u8 *end = buf + frame->length - QNET_WIRE_CRC_SIZE;
	struct qnet_segment_info seg;
	struct qnet_attach attach;
	enum qnet_wire_fault fault;
	const void *payload;
	size_t offset = 0;
	u8 *to = again + HEADER;

	for (;;) {
		size_t before = offset;

		fault = qnet_wire_segment(buf, frame, &offset, &seg, &attach, &payload);
		if (fault) {
			fuzz_check(fault == QNET_WIRE_LENGTH || fault == QNET_WIRE_SEGMENT);
			return;
		}
		if (!seg.kind)
			break;
		fuzz_check(offset - before == qnet_wire_segment_size(&seg));
		fuzz_check((const u8 *)payload >= buf + HEADER);
		fuzz_check((const u8 *)payload + seg.payload_len <= end);
		to = qnet_wire_put_segment(to, &seg);
		if (seg.payload_len)
			memcpy(to, payload, seg.payload_len);
		to += seg.payload_len;
	}
	fuzz_check(offset == frame->length - HEADER - QNET_WIRE_CRC_SIZE);
	qnet_wire_build(again, frame);
	qnet_wire_finish(again, frame);
	fuzz_check(!memcmp(again, buf, frame->length));
}

/* Ciphers, handshake and what follows the name's end are not looked at: all else is kept. */
static void frame_hello(const u8 *buf, const struct qnet_frame *frame, u8 *again)
{
	size_t name = HEADER + offsetof(struct qnet_wire_hello, name);
	size_t ciphers = HEADER + offsetof(struct qnet_wire_hello, ciphers);
	struct qnet_hello hello, same;

	if (qnet_wire_hello(buf, frame, &hello))
		return;
	fuzz_check(qnet_wire_name_valid(hello.name, sizeof(hello.name)));
	qnet_wire_build(again, frame);
	qnet_wire_put_hello(again, &hello);
	qnet_wire_finish(again, frame);
	fuzz_check(!memcmp(again, buf, ciphers));
	fuzz_check(!memcmp(again + name, buf + name, strlen(hello.name) + 1));
	fuzz_check(qnet_wire_hello(again, frame, &same) == QNET_WIRE_OK);
	fuzz_check(!memcmp(&hello, &same, sizeof(hello)));
}

static void frame_reset(const u8 *buf, const struct qnet_frame *frame, u8 *again)
{
	u32 unknown;

	if (qnet_wire_reset(buf, frame, &unknown))
		return;
	fuzz_check(unknown);
	qnet_wire_build(again, frame);
	qnet_wire_put_reset(again, unknown);
	qnet_wire_finish(again, frame);
	fuzz_check(!memcmp(again, buf, frame->length));
}

static void frame_crc(u8 *buf, const struct qnet_frame *frame)
{
	u8 *bit = buf + frame->acked % frame->length;
	bool fits = qnet_wire_check(buf, frame) == QNET_WIRE_OK;
	u8 was = *bit;

	qnet_wire_finish(buf, frame);
	fuzz_check(qnet_wire_check(buf, frame) == QNET_WIRE_OK);
	*bit ^= 1 << (frame->number & 7);
	fuzz_check(qnet_wire_check(buf, frame) == QNET_WIRE_CRC);
	*bit ^= 1 << (frame->number & 7);
	fuzz_check(!fits || *bit == was);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u8 *buf = frame_copy(data, size);
	struct qnet_frame frame;
	u8 *again;

	if (qnet_wire_parse(buf, size, &frame))
		goto out;
	fuzz_check(frame.length <= size && frame.length >= HEADER + QNET_WIRE_CRC_SIZE);
	frame_crc(buf, &frame);

	again = malloc(frame.length);
	if (!again)
		abort();
	switch (frame.type) {
	case QNET_FRAME_DATA:
		frame_segments(buf, &frame, again);
		break;
	case QNET_FRAME_HELLO:
		frame_hello(buf, &frame, again);
		break;
	case QNET_FRAME_RESET:
		frame_reset(buf, &frame, again);
		break;
	default:
		fuzz_check(!"a type that nobody knows was accepted");
	}
	free(again);
out:
	free(buf);
	return 0;
}
