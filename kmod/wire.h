/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the bytes of a frame
 *
 * Layouts as Documentation/protocol.rst sections 2 to 4 draw them.  Only wire.c touches these
 * structs; everything else sees the host-order structs at the end.  Pure: no locks, no skb, no
 * allocation.
 */
#ifndef _QNET_WIRE_H
#define _QNET_WIRE_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define QNET_WIRE_VERSION	1
#define QNET_WIRE_VERSION_MIN	1

#define QNET_WIRE_NAME_SIZE	64
#define QNET_WIRE_GROUPS_MAX	32
#define QNET_WIRE_HANDSHAKE	192
#define QNET_WIRE_CRC_SIZE	4
#define QNET_WIRE_MTU_MIN	576
#define QNET_WIRE_MTU_MAX	9216
#define QNET_WIRE_SERVICE_MAX	255	/* longest service name in a QUERY, without NUL */
#define QNET_WIRE_MESSAGE_MAX	(64U << 20)
#define QNET_WIRE_ACK_DELAY_MAX	1000000	/* microseconds */
#define QNET_WIRE_DEAD_AFTER_MIN 50	/* milliseconds */
#define QNET_WIRE_DEAD_AFTER_MAX 60000

/* Frame types, protocol.rst section 2. */
enum qnet_frame_type {
	QNET_FRAME_HELLO = 1,	/* discovery and sessions; body struct qnet_wire_hello */
	QNET_FRAME_DATA = 2,	/* numbered frame of a link; body: segments, none in a bare ack */
	QNET_FRAME_RESET = 3,	/* "I do not know that index"; body struct qnet_wire_reset */
};

#define QNET_FRAME_F_SEALED	0x80	/* reserved for sealed links */
#define QNET_FRAME_F_KEY_PHASE	0x40	/* reserved for sealed links */
#define QNET_FRAME_F_PATH	0x0f	/* path id; zero until there are several */

/* Section 2: at the head of every frame; a CRC32C over header and body ends it. */
struct qnet_wire_header {
	__u8   version_type;	/* version << 4 | type */
	__u8   flags;
	__be16 length;		/* header, body and CRC; the rest of the frame is padding */
	__be32 index;		/* the receiver's index of the link; 0 in HELLO and RESET */
	__be32 number;		/* low half of the packet number, never 0; 0 in HELLO and RESET */
	__be32 acked;		/* low half of a number received, as a rule the largest; 0: none */
	__be32 ack_bits;	/* bit i: acked - 1 - i was received too */
};

static_assert(sizeof(struct qnet_wire_header) == 20);

/* Section 3. */
enum qnet_hello_kind {
	QNET_HELLO_ANNOUNCE = 1, /* multicast: I am here */
	QNET_HELLO_INIT = 2,	 /* let us start a session, here is my index */
	QNET_HELLO_RESP = 3,	 /* agreed, here are both indices */
	QNET_HELLO_COOKIE = 4,	 /* a session is alive: echo this cookie to replace it */
};

struct qnet_wire_hello {
	__u8   kind;
	__u8   version_min;
	__u8   version_max;
	__u8   reserved;
	__be32 features;
	__be32 incarnation_hi;
	__be32 incarnation_lo;
	__be32 peer_incarnation_hi;	/* whom it is meant for; 0: anybody */
	__be32 peer_incarnation_lo;
	__be32 index;			/* the sender's index of the link; 0 in ANNOUNCE */
	__be32 peer_index;		/* the receiver's, where known */
	__be32 cookie_hi;
	__be32 cookie_lo;
	__be16 mtu;
	__be16 reserved2;
	__be32 ack_delay;		/* microseconds */
	__be32 dead_after;		/* milliseconds */
	__u8   ciphers[8];		/* zero: unsealed only */
	char   name[QNET_WIRE_NAME_SIZE];
	__u8   handshake[QNET_WIRE_HANDSHAKE];
};

static_assert(sizeof(struct qnet_wire_hello) == 316);

struct qnet_wire_reset {
	__be32 unknown;		/* the index that is not known here */
};

static_assert(sizeof(struct qnet_wire_reset) == 4);

/* Section 4: segments.  Each begins with these eight bytes. */
enum qnet_segment_kind {
	QNET_SEG_SEND = 1,	/* client: request setup and its first bytes */
	QNET_SEG_SEND_AFTER = 2, /* the same, to be seen after .after pulses of the connection */
	QNET_SEG_DATA = 3,	/* client: more request bytes, pull 0: eager */
	QNET_SEG_PULL = 4,	/* server: send me these request bytes */
	QNET_SEG_PUSH = 5,	/* server: bytes for the reply buffer, numbered */
	QNET_SEG_CREDIT = 6,	/* client: pushes below .seq are consumed */
	QNET_SEG_REPLY = 7,	/* server: status and the last bytes; ends the transaction */
	QNET_SEG_ERROR = 8,	/* server: it failed; ends the transaction */
	QNET_SEG_CANCEL = 9,	/* client: wants out; flags: enum qnet_cancel_reason */
	QNET_SEG_STAY = 10,	/* server: an UNBLOCK pulse was queued, wait for the reply */
	QNET_SEG_ATTACH = 11,	/* client: open a connection */
	QNET_SEG_ATTACHED = 12,	/* server: the handle of it */
	QNET_SEG_DETACH = 13,	/* client: the connection is closed, after .after pulses */
	QNET_SEG_DEATH = 14,	/* server: the channel of this connection is gone */
	QNET_SEG_PULSE = 15,	/* client: a pulse; flags: priority */
	QNET_SEG_TAKEN = 16,	/* server: pulses of this connection received so far */
	QNET_SEG_QUERY = 17,	/* ask for a service name (the payload) */
	QNET_SEG_ANSWER = 18,	/* where it is */
	QNET_SEG_PING = 19,	/* wants an acknowledgment, at once if it is filled up; zeros */
	QNET_SEG_BYE = 20,	/* the sender ends the session */
};

enum qnet_cancel_reason {
	QNET_CANCEL_SIGNAL = 1,
	QNET_CANCEL_TIMEOUT = 2,
	QNET_CANCEL_KILLED = 3,	/* nobody waits for an answer */
	QNET_CANCEL_FAULT = 4,	/* the client's buffer faulted */
	QNET_CANCEL_DETACH = 5,	/* the connection is closed */
};

/* CANCEL's flags: the reason, and for a time-out the QNET_STATE_* it holds in, 0: any. */
#define QNET_CANCEL_REASON	0x0f
#define QNET_CANCEL_STATES	4	/* shift */

/* STAY's flags. */
#define QNET_STAY_NOT_NOW	1	/* the time-out does not hold in the request's state */
#define QNET_STAY_RECEIVED	2	/* ... but now it may: the server has received it */

/* ERROR with this flag carries a code below, without it an errno. */
#define QNET_ERROR_F_NODE	0x01
enum qnet_error_code {
	QNET_ERROR_GONE = 1,	/* the handle names nothing (any more) */
	QNET_ERROR_BUSY = 2,	/* no room; nothing was kept; send it again later */
	QNET_ERROR_CANCELLED = 3, /* as asked; it was not replied to */
};

struct qnet_wire_segment_header {
	__u8   kind;
	__u8   flags;		/* SEND, PULSE: priority */
	__be16 length;		/* of the segment, these bytes included */
	__be32 xid;		/* transaction; 0 where there is none */
};

static_assert(sizeof(struct qnet_wire_segment_header) == 8);

struct qnet_wire_send {
	struct qnet_wire_segment_header head;
	__be32 handle_index;
	__be32 handle_tag;
	__be32 send_len;
	__be32 recv_len;
	__be32 eager;		/* bytes that come without a PULL, these included */
	__be16 tid;
} __packed __aligned(2);

static_assert(sizeof(struct qnet_wire_send) == 30);

struct qnet_wire_send_after {
	struct qnet_wire_send send;
	__be32 after;
} __packed __aligned(2);

static_assert(sizeof(struct qnet_wire_send_after) == 34);

struct qnet_wire_data {
	struct qnet_wire_segment_header head;
	__be32 pull;
	__be32 offset;
};

static_assert(sizeof(struct qnet_wire_data) == 16);

struct qnet_wire_pull {
	struct qnet_wire_segment_header head;
	__be32 pull;
	__be32 offset;
	__be32 length;
	__be32 unasked;		/* bytes of long requests after it that may come without a PULL */
};

static_assert(sizeof(struct qnet_wire_pull) == 24);

struct qnet_wire_push {
	struct qnet_wire_segment_header head;
	__be32 seq;
	__be32 offset;
};

static_assert(sizeof(struct qnet_wire_push) == 16);

struct qnet_wire_credit {
	struct qnet_wire_segment_header head;
	__be32 seq;
};

static_assert(sizeof(struct qnet_wire_credit) == 12);

struct qnet_wire_reply {
	struct qnet_wire_segment_header head;
	__be32 status_hi;
	__be32 status_lo;
	__be32 seq;
	__be32 offset;
};

static_assert(sizeof(struct qnet_wire_reply) == 24);

struct qnet_wire_error {
	struct qnet_wire_segment_header head;
	__be32 code;
	__be32 seq;
};

static_assert(sizeof(struct qnet_wire_error) == 16);

struct qnet_wire_attach {
	struct qnet_wire_segment_header head;
	__be32 conn;		/* the client node's number of the connection */
	__be32 pid;
	__be32 chid;
	__be32 coid;
	__be32 srcnd;		/* the receiver's node as the sender numbers it */
	__be32 client_pid;
	__be32 client_sid;
	__be16 ngroups;
	__be16 reserved;
	__be32 process_hi;	/* incarnation of the client's process */
	__be32 process_lo;
	__be32 channel_hi;	/* incarnation of the channel wanted; 0: any */
	__be32 channel_lo;
	__be32 ruid;
	__be32 euid;
	__be32 suid;
	__be32 rgid;
	__be32 egid;
	__be32 sgid;
	/* __be32 groups[ngroups] */
};

static_assert(sizeof(struct qnet_wire_attach) == 80);

struct qnet_wire_attached {
	struct qnet_wire_segment_header head;
	__be32 handle_index;
	__be32 handle_tag;
	__be32 channel_flags;
};

static_assert(sizeof(struct qnet_wire_attached) == 20);

struct qnet_wire_detach {
	struct qnet_wire_segment_header head;
	__be32 handle_index;
	__be32 handle_tag;
	__be32 after;
};

static_assert(sizeof(struct qnet_wire_detach) == 20);

struct qnet_wire_death {
	struct qnet_wire_segment_header head;
	__be32 conn;
};

static_assert(sizeof(struct qnet_wire_death) == 12);

struct qnet_wire_pulse {
	struct qnet_wire_segment_header head;
	__be32 handle_index;
	__be32 handle_tag;
	__be32 seq;		/* 0 for the first pulse of a connection */
	__be32 code;		/* -128..127 */
	__be32 value_hi;
	__be32 value_lo;
};

static_assert(sizeof(struct qnet_wire_pulse) == 32);

struct qnet_wire_taken {
	struct qnet_wire_segment_header head;
	__be32 conn;
	__be32 count;
};

static_assert(sizeof(struct qnet_wire_taken) == 16);

struct qnet_wire_answer {
	struct qnet_wire_segment_header head;
	__be32 pid;
	__be32 chid;
	__be32 channel_hi;
	__be32 channel_lo;
};

static_assert(sizeof(struct qnet_wire_answer) == 24);

/* Host order -------------------------------------------------------------------------------- */

struct qnet_frame {
	u8  type;
	u8  flags;
	u16 length;		/* as the header says: header + body + CRC */
	u32 index;
	u32 number;
	u32 acked;
	u32 ack_bits;
};

struct qnet_hello {
	u8   kind;
	u8   version_min;
	u8   version_max;
	u32  features;
	u64  incarnation;
	u64  peer_incarnation;
	u32  index;
	u32  peer_index;
	u64  cookie;
	u16  mtu;
	u32  ack_delay;		/* microseconds */
	u32  dead_after;	/* milliseconds */
	char name[QNET_WIRE_NAME_SIZE];
};

/* Credentials as they travel; numbers in the sender's initial user namespace. */
struct qnet_creds {
	u32 ruid;
	u32 euid;
	u32 suid;
	u32 rgid;
	u32 egid;
	u32 sgid;
	u32 ngroups;
	u32 groups[QNET_WIRE_GROUPS_MAX];
};

struct qnet_attach {
	u32 conn;
	s32 pid;
	s32 chid;
	s32 coid;
	u32 srcnd;
	s32 client_pid;
	s32 client_sid;
	u64 process;
	u64 channel;
	struct qnet_creds creds;
};

/*
 * One segment.  Which members count depends on the kind; the attach body is large, so a segment
 * points at it: when building, at the caller's; when parsing, at the caller's room for one.
 */
struct qnet_segment_info {
	u8  kind;
	u8  flags;
	u16 tid;
	u32 xid;
	u32 payload_len;	/* bytes after the fixed part */
	union {
		struct {
			u64 handle;	/* SEND DETACH PULSE ATTACHED: index << 32 | tag */
			u32 send_len;	/* SEND */
			u32 recv_len;	/* SEND */
			u32 eager;	/* SEND */
			u32 after;	/* SEND_AFTER DETACH */
			u32 channel_flags; /* ATTACHED */
			u32 pulse_seq;	/* PULSE */
			s32 pulse_code;	/* PULSE */
			u64 pulse_value; /* PULSE */
		};
		struct {
			s64 status;	/* REPLY */
			u32 seq;	/* PUSH CREDIT REPLY ERROR */
			u32 offset;	/* DATA PULL PUSH REPLY */
			u32 length;	/* PULL; of PUSH the reply's room, not on the wire */
			u32 pull;	/* DATA PULL */
			u32 unasked;	/* PULL */
			u32 code;	/* ERROR */
		};
		struct {
			u32 conn;	/* DEATH TAKEN */
			u32 count;	/* TAKEN */
		};
		struct {
			s32 pid;	/* ANSWER */
			s32 chid;	/* ANSWER */
			u64 channel;	/* ANSWER */
		};
		struct qnet_attach *attach; /* ATTACH */
	};
};

/* Why a frame was not taken; the order is that of the counters rx_bad_* in stats. */
enum qnet_wire_fault {
	QNET_WIRE_OK,
	QNET_WIRE_SHORT,	/* fewer bytes than its length says, or than a header */
	QNET_WIRE_LENGTH,	/* a length that does not fit its type or kind */
	QNET_WIRE_VERSION_FAULT,
	QNET_WIRE_TYPE,
	QNET_WIRE_FLAGS,
	QNET_WIRE_CRC,
	QNET_WIRE_SEGMENT,	/* unknown kind, or a field out of range */
	QNET_WIRE_HELLO,	/* a field of a HELLO out of range */
};

/* Frames.  A buffer holds header, body, CRC; @len is what the wire delivered, padding included. */
enum qnet_wire_fault qnet_wire_parse(const void *buf, size_t len, struct qnet_frame *frame);
enum qnet_wire_fault qnet_wire_check(const void *buf, const struct qnet_frame *frame);
/* ... where they are in pieces: the CRC begins with .._FIRST, pieces are added, then it ends. */
#define QNET_WIRE_CRC_FIRST	(~0U)
u32 qnet_wire_crc_add(u32 crc, const void *buf, size_t len);
u32 qnet_wire_crc_end(u32 crc);
/*
 * Is the frame that begins with the @len bytes at @buf, .._BULK_HEAD or all of it, full of one DATA
 * or PUSH?  Then nothing but its payload comes after those.
 */
#define QNET_WIRE_BULK_HEAD	(sizeof(struct qnet_wire_header) + sizeof(struct qnet_wire_data))
static_assert(sizeof(struct qnet_wire_data) == sizeof(struct qnet_wire_push));
bool qnet_wire_is_bulk(const void *buf, size_t len);
void qnet_wire_build(void *buf, const struct qnet_frame *frame);
void qnet_wire_finish(void *buf, const struct qnet_frame *frame);

/*
 * Segments: the one at @offset of a DATA frame's body, 0 for the first; @offset moves on.  At the
 * end seg->kind is 0.  @payload points into @buf.
 */
enum qnet_wire_fault qnet_wire_segment(const void *buf, const struct qnet_frame *frame,
				       size_t *offset, struct qnet_segment_info *seg,
				       struct qnet_attach *attach, const void **payload);
size_t qnet_wire_segment_size(const struct qnet_segment_info *seg);
void *qnet_wire_put_segment(void *to, const struct qnet_segment_info *seg);

enum qnet_wire_fault qnet_wire_hello(const void *buf, const struct qnet_frame *frame,
				     struct qnet_hello *hello);
size_t qnet_wire_hello_size(void);
void qnet_wire_put_hello(void *buf, const struct qnet_hello *hello);
enum qnet_wire_fault qnet_wire_reset(const void *buf, const struct qnet_frame *frame, u32 *unknown);
void qnet_wire_put_reset(void *buf, u32 unknown);

/* A name of a node: labels of letters, digits, '-' and '_', joined by dots, with its NUL. */
bool qnet_wire_name_valid(const char *name, size_t size);

#endif
