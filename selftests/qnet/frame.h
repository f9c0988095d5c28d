/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - a station on the wire between two nodes: sees what they send, sends what it likes
 */
#ifndef _FRAME_H
#define _FRAME_H

#include <net/ethernet.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qt;

#define FRAME_MAX	1600
#define FRAME_HEAD	ETH_HLEN	/* our header begins here */
#define FRAME_BODY	(FRAME_HEAD + 20)
#define FRAME_CRC	4
#define FRAME_OVERHEAD	24		/* our header and CRC */
#define FRAME_HELLO	340		/* a HELLO with both */

enum { FRAME_TYPE_HELLO = 1, FRAME_TYPE_DATA, FRAME_TYPE_RESET };

/* Kinds of frames: that of the first segment, 0: none, then HELLOs, RESET. */
#define FRAME_KIND_HELLO	20
#define FRAME_KIND_RESET	25
#define FRAME_KINDS		26
#define FRAME_KEEP		8	/* of each kind, the newest */

struct frame {
	unsigned char byte[FRAME_MAX];
	size_t len;		/* with Ethernet header and padding */
};

/* What the last DATA frame of one node said. */
struct frame_live {
	uint32_t index;
	uint32_t number;
	uint32_t acked;
	uint32_t ack_bits;
	long seen;		/* frames of this node so far */
};

/* One of the two nodes: what it sends, and frames in its name. */
struct frame_end {
	int tap;
	int raw;
	unsigned char mac[ETH_ALEN];
	unsigned char incarnation[8];	/* as its HELLOs have it */
	struct frame_live live;
	struct frame kept[FRAME_KINDS][FRAME_KEEP];
	long count[FRAME_KINDS];
};

/* end[0] is the client's node, end[1] the server's. */
struct frame_wire {
	struct frame_end end[2];
};

uint32_t frame_get32(const unsigned char *p);
void frame_put32(unsigned char *p, uint32_t value);
uint32_t frame_get16(const unsigned char *p);
void frame_put16(unsigned char *p, uint32_t value);

/* As its header says, CRC and all. */
size_t frame_length(const struct frame *frame);
void frame_set_length(struct frame *frame, size_t length);
/* The CRC that fits, or one bit of it wrong; nothing where the length leaves no room for one. */
void frame_seal(struct frame *frame, bool good);

bool frame_open(struct frame_wire *wire, struct qt *qt);
void frame_close(struct frame_wire *wire);
/* Takes in what both nodes sent meanwhile; how many frames. */
long frame_look(struct frame_wire *wire);
/* As from node @from: addresses as the frame has them. */
bool frame_send(struct frame_wire *wire, int from, const struct frame *frame);
/* The right addresses for a frame from node @from. */
void frame_address(const struct frame_wire *wire, int from, struct frame *frame);

#endif
