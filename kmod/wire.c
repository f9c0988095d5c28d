// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the bytes of a frame
 *
 * One table says how long each segment is; every length is held against what was received before
 * a field is read.  A field out of its range faults the whole frame.
 */
#include "wire.h"

#include <linux/crc32c.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#define QNET_WIRE_HEADER	sizeof(struct qnet_wire_header)
#define QNET_WIRE_OVERHEAD	(QNET_WIRE_HEADER + QNET_WIRE_CRC_SIZE)

#define get8(p, layout, field) \
	(((const u8 *)(p))[offsetof(struct qnet_wire_##layout, field)])
#define get16(p, layout, field) \
	get_unaligned_be16((const u8 *)(p) + offsetof(struct qnet_wire_##layout, field))
#define get32(p, layout, field) \
	get_unaligned_be32((const u8 *)(p) + offsetof(struct qnet_wire_##layout, field))
/* Two words in a row, the high one named. */
#define get64(p, layout, field) \
	get_unaligned_be64((const u8 *)(p) + offsetof(struct qnet_wire_##layout, field))

#define put8(value, p, layout, field) \
	(((u8 *)(p))[offsetof(struct qnet_wire_##layout, field)] = (value))
#define put16(value, p, layout, field) \
	put_unaligned_be16(value, (u8 *)(p) + offsetof(struct qnet_wire_##layout, field))
#define put32(value, p, layout, field) \
	put_unaligned_be32(value, (u8 *)(p) + offsetof(struct qnet_wire_##layout, field))
#define put64(value, p, layout, field) \
	put_unaligned_be64(value, (u8 *)(p) + offsetof(struct qnet_wire_##layout, field))

/* Fixed part of each kind, and whether bytes may follow it. */
static const struct {
	u8 size;
	bool payload;
} qnet_wire_kinds[] = {
	[QNET_SEG_SEND]		= { sizeof(struct qnet_wire_send), true },
	[QNET_SEG_SEND_AFTER]	= { sizeof(struct qnet_wire_send_after), true },
	[QNET_SEG_DATA]		= { sizeof(struct qnet_wire_data), true },
	[QNET_SEG_PULL]		= { sizeof(struct qnet_wire_pull) },
	[QNET_SEG_PUSH]		= { sizeof(struct qnet_wire_push), true },
	[QNET_SEG_CREDIT]	= { sizeof(struct qnet_wire_credit) },
	[QNET_SEG_REPLY]	= { sizeof(struct qnet_wire_reply), true },
	[QNET_SEG_ERROR]	= { sizeof(struct qnet_wire_error) },
	[QNET_SEG_CANCEL]	= { sizeof(struct qnet_wire_segment_header) },
	[QNET_SEG_STAY]		= { sizeof(struct qnet_wire_segment_header) },
	[QNET_SEG_ATTACH]	= { sizeof(struct qnet_wire_attach), true },
	[QNET_SEG_ATTACHED]	= { sizeof(struct qnet_wire_attached) },
	[QNET_SEG_DETACH]	= { sizeof(struct qnet_wire_detach) },
	[QNET_SEG_DEATH]	= { sizeof(struct qnet_wire_death) },
	[QNET_SEG_PULSE]	= { sizeof(struct qnet_wire_pulse) },
	[QNET_SEG_TAKEN]	= { sizeof(struct qnet_wire_taken) },
	[QNET_SEG_QUERY]	= { sizeof(struct qnet_wire_segment_header), true },
	[QNET_SEG_ANSWER]	= { sizeof(struct qnet_wire_answer) },
	[QNET_SEG_PING]		= { sizeof(struct qnet_wire_segment_header), true },
	[QNET_SEG_BYE]		= { sizeof(struct qnet_wire_segment_header) },
};

/* Frames ------------------------------------------------------------------------------------ */

static enum qnet_wire_fault qnet_wire_parse_length(const struct qnet_frame *frame, size_t len)
{
	if (frame->length > len)
		return QNET_WIRE_SHORT;
	switch (frame->type) {
	case QNET_FRAME_HELLO:
		return frame->length == qnet_wire_hello_size() ? QNET_WIRE_OK : QNET_WIRE_LENGTH;
	case QNET_FRAME_DATA:
		return frame->length >= QNET_WIRE_OVERHEAD && frame->length <= QNET_WIRE_MTU_MAX ?
		       QNET_WIRE_OK : QNET_WIRE_LENGTH;
	case QNET_FRAME_RESET:
		return frame->length == QNET_WIRE_OVERHEAD + sizeof(struct qnet_wire_reset) ?
		       QNET_WIRE_OK : QNET_WIRE_LENGTH;
	}
	return QNET_WIRE_TYPE;
}

enum qnet_wire_fault qnet_wire_parse(const void *buf, size_t len, struct qnet_frame *frame)
{
	enum qnet_wire_fault fault;

	if (len < QNET_WIRE_OVERHEAD)
		return QNET_WIRE_SHORT;
	if (get8(buf, header, version_type) >> 4 != QNET_WIRE_VERSION)
		return QNET_WIRE_VERSION_FAULT;

	frame->type = get8(buf, header, version_type) & 0x0f;
	frame->flags = get8(buf, header, flags);
	frame->length = get16(buf, header, length);
	frame->index = get32(buf, header, index);
	frame->number = get32(buf, header, number);
	frame->acked = get32(buf, header, acked);
	frame->ack_bits = get32(buf, header, ack_bits);

	fault = qnet_wire_parse_length(frame, len);
	if (fault)
		return fault;
	if (frame->flags)
		return QNET_WIRE_FLAGS;
	if (frame->type != QNET_FRAME_DATA)
		return frame->index || frame->number || frame->acked || frame->ack_bits ?
		       QNET_WIRE_FLAGS : QNET_WIRE_OK;
	if (!frame->index || !frame->number || (!frame->acked && frame->ack_bits))
		return QNET_WIRE_FLAGS;
	return QNET_WIRE_OK;
}

u32 qnet_wire_crc_add(u32 crc, const void *buf, size_t len)
{
	return crc32c(crc, buf, len);
}

u32 qnet_wire_crc_end(u32 crc)
{
	return ~crc;
}

static u32 qnet_wire_crc(const void *buf, const struct qnet_frame *frame)
{
	return qnet_wire_crc_end(qnet_wire_crc_add(QNET_WIRE_CRC_FIRST, buf,
						   frame->length - QNET_WIRE_CRC_SIZE));
}

enum qnet_wire_fault qnet_wire_check(const void *buf, const struct qnet_frame *frame)
{
	const u8 *crc = (const u8 *)buf + frame->length - QNET_WIRE_CRC_SIZE;

	return get_unaligned_be32(crc) == qnet_wire_crc(buf, frame) ? QNET_WIRE_OK : QNET_WIRE_CRC;
}

bool qnet_wire_is_bulk(const void *buf, size_t len)
{
	const u8 *p = (const u8 *)buf + QNET_WIRE_HEADER;
	u16 length;
	u8 kind;

	if (len < QNET_WIRE_BULK_HEAD ||
	    (get8(buf, header, version_type) & 0x0f) != QNET_FRAME_DATA)
		return false;
	length = get16(buf, header, length);
	kind = get8(p, segment_header, kind);
	return (kind == QNET_SEG_DATA || kind == QNET_SEG_PUSH) && length > QNET_WIRE_OVERHEAD &&
	       get16(p, segment_header, length) == length - QNET_WIRE_OVERHEAD;
}

void qnet_wire_build(void *buf, const struct qnet_frame *frame)
{
	put8(QNET_WIRE_VERSION << 4 | frame->type, buf, header, version_type);
	put8(frame->flags, buf, header, flags);
	put16(frame->length, buf, header, length);
	put32(frame->index, buf, header, index);
	put32(frame->number, buf, header, number);
	put32(frame->acked, buf, header, acked);
	put32(frame->ack_bits, buf, header, ack_bits);
}

void qnet_wire_finish(void *buf, const struct qnet_frame *frame)
{
	put_unaligned_be32(qnet_wire_crc(buf, frame),
			   (u8 *)buf + frame->length - QNET_WIRE_CRC_SIZE);
}

/* Segments ---------------------------------------------------------------------------------- */

static bool qnet_wire_range_ok(u32 offset, u32 length)
{
	return offset <= QNET_WIRE_MESSAGE_MAX && length <= QNET_WIRE_MESSAGE_MAX - offset;
}

static bool qnet_wire_flags_ok(const struct qnet_segment_info *seg)
{
	switch (seg->kind) {
	case QNET_SEG_SEND:
	case QNET_SEG_SEND_AFTER:
	case QNET_SEG_PULSE:
		return seg->flags != 0;
	case QNET_SEG_ERROR:
		return !(seg->flags & ~QNET_ERROR_F_NODE);
	case QNET_SEG_CANCEL:
		if ((seg->flags & QNET_CANCEL_REASON) == QNET_CANCEL_TIMEOUT)
			return seg->flags >> QNET_CANCEL_STATES <= 3;
		return seg->flags >= QNET_CANCEL_SIGNAL && seg->flags <= QNET_CANCEL_DETACH;
	case QNET_SEG_STAY:
		return seg->flags <= QNET_STAY_RECEIVED;
	}
	return seg->flags == 0;
}

static bool qnet_wire_get_attach(const u8 *p, struct qnet_segment_info *seg,
				 struct qnet_attach *attach)
{
	struct qnet_creds *creds = &attach->creds;
	u32 i;

	creds->ngroups = get16(p, attach, ngroups);
	if (creds->ngroups > QNET_WIRE_GROUPS_MAX || get16(p, attach, reserved) ||
	    seg->payload_len != creds->ngroups * sizeof(__be32))
		return false;

	attach->conn = get32(p, attach, conn);
	attach->pid = get32(p, attach, pid);
	attach->chid = get32(p, attach, chid);
	attach->coid = get32(p, attach, coid);
	attach->srcnd = get32(p, attach, srcnd);
	attach->client_pid = get32(p, attach, client_pid);
	attach->client_sid = get32(p, attach, client_sid);
	attach->process = get64(p, attach, process_hi);
	attach->channel = get64(p, attach, channel_hi);
	creds->ruid = get32(p, attach, ruid);
	creds->euid = get32(p, attach, euid);
	creds->suid = get32(p, attach, suid);
	creds->rgid = get32(p, attach, rgid);
	creds->egid = get32(p, attach, egid);
	creds->sgid = get32(p, attach, sgid);
	p += sizeof(struct qnet_wire_attach);
	for (i = 0; i < creds->ngroups; i++)
		creds->groups[i] = get_unaligned_be32(p + i * sizeof(__be32));

	seg->attach = attach;
	seg->payload_len = 0;
	return attach->pid >= 0 && attach->chid >= 0 && attach->coid >= 0 &&
	       attach->client_pid >= 0 && attach->client_sid >= 0;
}

/* Those that have a handle. */
static bool qnet_wire_get_handle(const u8 *p, struct qnet_segment_info *seg)
{
	switch (seg->kind) {
	case QNET_SEG_SEND_AFTER:
		seg->after = get32(p, send_after, after);
		fallthrough;
	case QNET_SEG_SEND:
		seg->handle = get64(p, send, handle_index);
		seg->send_len = get32(p, send, send_len);
		seg->recv_len = get32(p, send, recv_len);
		seg->eager = get32(p, send, eager);
		seg->tid = get16(p, send, tid);
		return seg->send_len <= QNET_WIRE_MESSAGE_MAX &&
		       seg->recv_len <= QNET_WIRE_MESSAGE_MAX &&
		       seg->eager <= seg->send_len && seg->payload_len <= seg->eager;
	case QNET_SEG_ATTACHED:
		seg->handle = get64(p, attached, handle_index);
		seg->channel_flags = get32(p, attached, channel_flags);
		return true;
	case QNET_SEG_DETACH:
		seg->handle = get64(p, detach, handle_index);
		seg->after = get32(p, detach, after);
		return true;
	case QNET_SEG_PULSE:
		seg->handle = get64(p, pulse, handle_index);
		seg->pulse_seq = get32(p, pulse, seq);
		seg->pulse_code = get32(p, pulse, code);
		seg->pulse_value = get64(p, pulse, value_hi);
		return seg->pulse_code >= S8_MIN && seg->pulse_code <= S8_MAX;
	}
	return false;
}

/* Those that move bytes or end a transaction. */
static bool qnet_wire_get_transfer(const u8 *p, struct qnet_segment_info *seg)
{
	switch (seg->kind) {
	case QNET_SEG_DATA:
		seg->pull = get32(p, data, pull);
		seg->offset = get32(p, data, offset);
		return qnet_wire_range_ok(seg->offset, seg->payload_len);
	case QNET_SEG_PULL:
		seg->pull = get32(p, pull, pull);
		seg->offset = get32(p, pull, offset);
		seg->length = get32(p, pull, length);
		seg->unasked = get32(p, pull, unasked);
		return seg->pull && seg->length && seg->unasked <= QNET_WIRE_MESSAGE_MAX &&
		       qnet_wire_range_ok(seg->offset, seg->length);
	case QNET_SEG_PUSH:
		seg->seq = get32(p, push, seq);
		seg->offset = get32(p, push, offset);
		return qnet_wire_range_ok(seg->offset, seg->payload_len);
	case QNET_SEG_CREDIT:
		seg->seq = get32(p, credit, seq);
		return true;
	case QNET_SEG_REPLY:
		seg->status = get64(p, reply, status_hi);
		seg->seq = get32(p, reply, seq);
		seg->offset = get32(p, reply, offset);
		return qnet_wire_range_ok(seg->offset, seg->payload_len);
	case QNET_SEG_ERROR:
		seg->code = get32(p, error, code);
		seg->seq = get32(p, error, seq);
		if (seg->flags & QNET_ERROR_F_NODE)
			return seg->code >= QNET_ERROR_GONE && seg->code <= QNET_ERROR_CANCELLED;
		return seg->code <= S32_MAX;
	}
	return false;
}

static bool qnet_wire_get_body(const u8 *p, struct qnet_segment_info *seg,
			       struct qnet_attach *attach)
{
	switch (seg->kind) {
	case QNET_SEG_SEND:
	case QNET_SEG_SEND_AFTER:
	case QNET_SEG_ATTACHED:
	case QNET_SEG_DETACH:
	case QNET_SEG_PULSE:
		return qnet_wire_get_handle(p, seg);
	case QNET_SEG_DATA:
	case QNET_SEG_PULL:
	case QNET_SEG_PUSH:
	case QNET_SEG_CREDIT:
	case QNET_SEG_REPLY:
	case QNET_SEG_ERROR:
		return qnet_wire_get_transfer(p, seg);
	case QNET_SEG_CANCEL:
	case QNET_SEG_STAY:
	case QNET_SEG_PING:
	case QNET_SEG_BYE:
		return true;
	case QNET_SEG_ATTACH:
		return qnet_wire_get_attach(p, seg, attach);
	case QNET_SEG_DEATH:
		seg->conn = get32(p, death, conn);
		return true;
	case QNET_SEG_TAKEN:
		seg->conn = get32(p, taken, conn);
		seg->count = get32(p, taken, count);
		return true;
	case QNET_SEG_QUERY:
		return seg->payload_len >= 1 && seg->payload_len <= QNET_WIRE_SERVICE_MAX;
	case QNET_SEG_ANSWER:
		seg->pid = get32(p, answer, pid);
		seg->chid = get32(p, answer, chid);
		seg->channel = get64(p, answer, channel_hi);
		return seg->pid >= 0 && seg->chid >= 0;
	}
	return false;
}

enum qnet_wire_fault qnet_wire_segment(const void *buf, const struct qnet_frame *frame,
				       size_t *offset, struct qnet_segment_info *seg,
				       struct qnet_attach *attach, const void **payload)
{
	const u8 *p = (const u8 *)buf + QNET_WIRE_HEADER + *offset;
	size_t left = frame->length - QNET_WIRE_OVERHEAD - *offset;
	u16 length;

	memset(seg, 0, sizeof(*seg));
	if (!left)
		return QNET_WIRE_OK;
	if (left < sizeof(struct qnet_wire_segment_header))
		return QNET_WIRE_LENGTH;

	seg->kind = get8(p, segment_header, kind);
	seg->flags = get8(p, segment_header, flags);
	seg->xid = get32(p, segment_header, xid);
	length = get16(p, segment_header, length);
	if (!seg->kind || seg->kind >= ARRAY_SIZE(qnet_wire_kinds))
		return QNET_WIRE_SEGMENT;
	if (length > left || length < qnet_wire_kinds[seg->kind].size ||
	    (length > qnet_wire_kinds[seg->kind].size && !qnet_wire_kinds[seg->kind].payload))
		return QNET_WIRE_LENGTH;

	seg->payload_len = length - qnet_wire_kinds[seg->kind].size;
	if (!qnet_wire_flags_ok(seg) || !qnet_wire_get_body(p, seg, attach))
		return QNET_WIRE_SEGMENT;
	*payload = p + qnet_wire_kinds[seg->kind].size;
	*offset += length;
	return QNET_WIRE_OK;
}

size_t qnet_wire_segment_size(const struct qnet_segment_info *seg)
{
	if (seg->kind == QNET_SEG_ATTACH)
		return sizeof(struct qnet_wire_attach) +
		       seg->attach->creds.ngroups * sizeof(__be32);
	return qnet_wire_kinds[seg->kind].size + seg->payload_len;
}

static void qnet_wire_put_attach(u8 *p, const struct qnet_attach *attach)
{
	const struct qnet_creds *creds = &attach->creds;
	u32 i;

	put32(attach->conn, p, attach, conn);
	put32(attach->pid, p, attach, pid);
	put32(attach->chid, p, attach, chid);
	put32(attach->coid, p, attach, coid);
	put32(attach->srcnd, p, attach, srcnd);
	put32(attach->client_pid, p, attach, client_pid);
	put32(attach->client_sid, p, attach, client_sid);
	put16(creds->ngroups, p, attach, ngroups);
	put16(0, p, attach, reserved);
	put64(attach->process, p, attach, process_hi);
	put64(attach->channel, p, attach, channel_hi);
	put32(creds->ruid, p, attach, ruid);
	put32(creds->euid, p, attach, euid);
	put32(creds->suid, p, attach, suid);
	put32(creds->rgid, p, attach, rgid);
	put32(creds->egid, p, attach, egid);
	put32(creds->sgid, p, attach, sgid);
	p += sizeof(struct qnet_wire_attach);
	for (i = 0; i < creds->ngroups; i++)
		put_unaligned_be32(creds->groups[i], p + i * sizeof(__be32));
}

static void qnet_wire_put_transfer(u8 *p, const struct qnet_segment_info *seg)
{
	switch (seg->kind) {
	case QNET_SEG_DATA:
		put32(seg->pull, p, data, pull);
		put32(seg->offset, p, data, offset);
		break;
	case QNET_SEG_PULL:
		put32(seg->pull, p, pull, pull);
		put32(seg->offset, p, pull, offset);
		put32(seg->length, p, pull, length);
		put32(seg->unasked, p, pull, unasked);
		break;
	case QNET_SEG_PUSH:
		put32(seg->seq, p, push, seq);
		put32(seg->offset, p, push, offset);
		break;
	case QNET_SEG_CREDIT:
		put32(seg->seq, p, credit, seq);
		break;
	case QNET_SEG_REPLY:
		put64(seg->status, p, reply, status_hi);
		put32(seg->seq, p, reply, seq);
		put32(seg->offset, p, reply, offset);
		break;
	case QNET_SEG_ERROR:
		put32(seg->code, p, error, code);
		put32(seg->seq, p, error, seq);
		break;
	}
}

/* Writes the fixed part (all of an ATTACH); returns where the payload goes. */
void *qnet_wire_put_segment(void *to, const struct qnet_segment_info *seg)
{
	u8 *p = to;

	put8(seg->kind, p, segment_header, kind);
	put8(seg->flags, p, segment_header, flags);
	put16(qnet_wire_segment_size(seg), p, segment_header, length);
	put32(seg->xid, p, segment_header, xid);

	switch (seg->kind) {
	case QNET_SEG_SEND_AFTER:
		put32(seg->after, p, send_after, after);
		fallthrough;
	case QNET_SEG_SEND:
		put64(seg->handle, p, send, handle_index);
		put32(seg->send_len, p, send, send_len);
		put32(seg->recv_len, p, send, recv_len);
		put32(seg->eager, p, send, eager);
		put16(seg->tid, p, send, tid);
		break;
	case QNET_SEG_ATTACHED:
		put64(seg->handle, p, attached, handle_index);
		put32(seg->channel_flags, p, attached, channel_flags);
		break;
	case QNET_SEG_DETACH:
		put64(seg->handle, p, detach, handle_index);
		put32(seg->after, p, detach, after);
		break;
	case QNET_SEG_PULSE:
		put64(seg->handle, p, pulse, handle_index);
		put32(seg->pulse_seq, p, pulse, seq);
		put32(seg->pulse_code, p, pulse, code);
		put64(seg->pulse_value, p, pulse, value_hi);
		break;
	case QNET_SEG_ATTACH:
		qnet_wire_put_attach(p, seg->attach);
		return p + qnet_wire_segment_size(seg);
	case QNET_SEG_DEATH:
		put32(seg->conn, p, death, conn);
		break;
	case QNET_SEG_TAKEN:
		put32(seg->conn, p, taken, conn);
		put32(seg->count, p, taken, count);
		break;
	case QNET_SEG_ANSWER:
		put32(seg->pid, p, answer, pid);
		put32(seg->chid, p, answer, chid);
		put64(seg->channel, p, answer, channel_hi);
		break;
	default:
		qnet_wire_put_transfer(p, seg);
	}
	return p + qnet_wire_kinds[seg->kind].size;
}

/* HELLO and RESET ---------------------------------------------------------------------------- */

bool qnet_wire_name_valid(const char *name, size_t size)
{
	bool start = true;
	size_t i;

	for (i = 0; i < size && name[i]; i++) {
		char c = name[i];

		if (c == '.' ? start : !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
					 (c >= '0' && c <= '9') || c == '_' ||
					 (c == '-' && !start)))
			return false;
		start = c == '.';
	}
	return i > 0 && i < size && !start;
}

size_t qnet_wire_hello_size(void)
{
	return QNET_WIRE_OVERHEAD + sizeof(struct qnet_wire_hello);
}

/* Which of the numbers a HELLO of this kind must have, and which it must not. */
static bool qnet_wire_hello_numbers_ok(const struct qnet_hello *hello)
{
	switch (hello->kind) {
	case QNET_HELLO_ANNOUNCE:
		return !hello->index && !hello->peer_index && !hello->cookie;
	case QNET_HELLO_INIT:
		return hello->index && !hello->peer_index;
	case QNET_HELLO_RESP:
		return hello->index && hello->peer_index && !hello->cookie &&
		       hello->peer_incarnation;
	case QNET_HELLO_COOKIE:
		return !hello->index && hello->peer_index && hello->cookie &&
		       hello->peer_incarnation;
	}
	return false;
}

/* What a newer version offers beside (features, ciphers, handshake) is not looked at. */
enum qnet_wire_fault qnet_wire_hello(const void *buf, const struct qnet_frame *frame,
				     struct qnet_hello *hello)
{
	const u8 *p = (const u8 *)buf + QNET_WIRE_HEADER;
	const char *name = (const char *)p + offsetof(struct qnet_wire_hello, name);

	if (frame->length != qnet_wire_hello_size())
		return QNET_WIRE_LENGTH;
	memset(hello, 0, sizeof(*hello));
	hello->kind = get8(p, hello, kind);
	hello->version_min = get8(p, hello, version_min);
	hello->version_max = get8(p, hello, version_max);
	hello->features = get32(p, hello, features);
	hello->incarnation = get64(p, hello, incarnation_hi);
	hello->peer_incarnation = get64(p, hello, peer_incarnation_hi);
	hello->index = get32(p, hello, index);
	hello->peer_index = get32(p, hello, peer_index);
	hello->cookie = get64(p, hello, cookie_hi);
	hello->mtu = get16(p, hello, mtu);
	hello->ack_delay = get32(p, hello, ack_delay);
	hello->dead_after = get32(p, hello, dead_after);

	if (!hello->version_min || hello->version_min > hello->version_max)
		return QNET_WIRE_HELLO;
	if (hello->version_min > QNET_WIRE_VERSION || hello->version_max < QNET_WIRE_VERSION_MIN)
		return QNET_WIRE_VERSION_FAULT;
	if (get8(p, hello, reserved) || get16(p, hello, reserved2) || !hello->incarnation ||
	    hello->mtu < QNET_WIRE_MTU_MIN || hello->mtu > QNET_WIRE_MTU_MAX ||
	    hello->ack_delay > QNET_WIRE_ACK_DELAY_MAX ||
	    hello->dead_after < QNET_WIRE_DEAD_AFTER_MIN ||
	    hello->dead_after > QNET_WIRE_DEAD_AFTER_MAX ||
	    !qnet_wire_hello_numbers_ok(hello) || !qnet_wire_name_valid(name, QNET_WIRE_NAME_SIZE))
		return QNET_WIRE_HELLO;
	memcpy(hello->name, name, strnlen(name, QNET_WIRE_NAME_SIZE));
	return QNET_WIRE_OK;
}

/* Writes the body only; header and CRC as for any frame. */
void qnet_wire_put_hello(void *buf, const struct qnet_hello *hello)
{
	u8 *p = (u8 *)buf + QNET_WIRE_HEADER;

	memset(p, 0, sizeof(struct qnet_wire_hello));
	put8(hello->kind, p, hello, kind);
	put8(hello->version_min, p, hello, version_min);
	put8(hello->version_max, p, hello, version_max);
	put32(hello->features, p, hello, features);
	put64(hello->incarnation, p, hello, incarnation_hi);
	put64(hello->peer_incarnation, p, hello, peer_incarnation_hi);
	put32(hello->index, p, hello, index);
	put32(hello->peer_index, p, hello, peer_index);
	put64(hello->cookie, p, hello, cookie_hi);
	put16(hello->mtu, p, hello, mtu);
	put32(hello->ack_delay, p, hello, ack_delay);
	put32(hello->dead_after, p, hello, dead_after);
	memcpy(p + offsetof(struct qnet_wire_hello, name), hello->name,
	       strnlen(hello->name, QNET_WIRE_NAME_SIZE - 1));
}

enum qnet_wire_fault qnet_wire_reset(const void *buf, const struct qnet_frame *frame, u32 *unknown)
{
	if (frame->length != QNET_WIRE_OVERHEAD + sizeof(struct qnet_wire_reset))
		return QNET_WIRE_LENGTH;
	*unknown = get32((const u8 *)buf + QNET_WIRE_HEADER, reset, unknown);
	return *unknown ? QNET_WIRE_OK : QNET_WIRE_LENGTH;
}

void qnet_wire_put_reset(void *buf, u32 unknown)
{
	put32(unknown, (u8 *)buf + QNET_WIRE_HEADER, reset, unknown);
}
