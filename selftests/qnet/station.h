/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - a third station, gamma, that talks to the server's node by hand
 *
 * It sends from the client's device and hears what leaves the server's.
 */
#ifndef _STATION_H
#define _STATION_H

#include "frame.h"
#include "qt.h"

#define STATION_PATIENCE 20000	/* milliseconds that it waits for a frame */

/* First bytes of frames. */
#define STATION_HELLO	(0x10 | FRAME_TYPE_HELLO)
#define STATION_DATA	(0x10 | FRAME_TYPE_DATA)
#define STATION_RESET	(0x10 | FRAME_TYPE_RESET)

/* Kinds of HELLOs, and where theirs are. */
#define STATION_INIT	2
#define STATION_RESP	3
#define STATION_COOKIE	4
#define STATION_AT_KIND		FRAME_BODY
#define STATION_AT_INDEX	(FRAME_BODY + 24)
#define STATION_AT_PEER		(FRAME_BODY + 28)
#define STATION_AT_COOKIE	(FRAME_BODY + 32)

/* Kinds of segments, and sizes without payload. */
#define STATION_SEND	1
#define STATION_BYTES	3		/* DATA */
#define STATION_PULL	4
#define STATION_PUSH	5
#define STATION_REPLY	7
#define STATION_ATTACH	11
#define STATION_ATTACHED	12
#define STATION_PULSE	15
#define STATION_SEND_SIZE	30
#define STATION_BYTES_SIZE	16
#define STATION_PULL_SIZE	24
#define STATION_PUSH_SIZE	16
#define STATION_REPLY_SIZE	24
#define STATION_ATTACHED_SIZE	20
#define STATION_PULSE_SIZE	32

struct station {
	struct frame_wire wire;
	unsigned char incarnation[8];	/* the node's, as last heard */
	uint32_t ack_delay;		/* microseconds, as the node is told */
	/* when it is attached */
	uint32_t index;			/* the node's */
	uint32_t number;		/* of its last frame */
	uint32_t acked;			/* the node's last number that it acknowledges */
	unsigned char handle[8];
};

/* The node asks for a session until it has one; it may be silent for a minute. */
bool station_open(struct station *station, struct qt *qt);
bool station_close(struct station *station, struct qt *qt);

/* A HELLO; @cookie: 8 bytes or NULL. */
bool station_say(struct station *station, int kind, uint32_t index, uint32_t peer,
		 const unsigned char *cookie);
bool station_say_reset(struct station *station, uint32_t index);
/* The next frame, of that type and kind of HELLO if any, that the node sends to the station. */
bool station_hear(struct station *station, int type, int kind, struct frame *frame);
/* The same of a frame with segments, within @msecs. */
bool station_hear_segments(struct station *station, unsigned int msecs, struct frame *frame);
uint32_t station_index(const struct frame *frame);
uint32_t station_number(const struct frame *frame);
/* The segment of @frame after that one, or its first; NULL: there is none. */
const unsigned char *station_after(const struct frame *frame, const unsigned char *segment);

/* A session. */
bool station_join(struct station *station);
/* The same, and a connection to @server. */
bool station_attach(struct station *station, struct qt_server server);
/* One segment, in a frame that acknowledges all up to the last number. */
bool station_segment(struct station *station, const unsigned char *segment, size_t size);
/* A bare acknowledgment. */
bool station_ack(struct station *station, uint32_t acked, uint32_t bits);

#endif
