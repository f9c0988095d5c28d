// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a station on the wire between two nodes
 *
 * What it sends itself carries a mark, so that it never takes that for a frame of a node's.
 */
#define _GNU_SOURCE
#include "frame.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qt.h"

#define FRAME_ETHERTYPE	0x88b5
#define FRAME_MARK	0x717e
#define FRAME_ROOM	(4 << 20)	/* bytes that wait to be looked at */

uint32_t frame_get32(const unsigned char *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return ntohl(value);
}

void frame_put32(unsigned char *p, uint32_t value)
{
	value = htonl(value);
	memcpy(p, &value, sizeof(value));
}

uint32_t frame_get16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

void frame_put16(unsigned char *p, uint32_t value)
{
	p[0] = (unsigned char)(value >> 8);
	p[1] = (unsigned char)value;
}

size_t frame_length(const struct frame *frame)
{
	return frame_get16(frame->byte + FRAME_HEAD + 2);
}

void frame_set_length(struct frame *frame, size_t length)
{
	frame_put16(frame->byte + FRAME_HEAD + 2, (uint32_t)length);
	frame->len = FRAME_HEAD + length;
}

static uint32_t frame_crc(const unsigned char *p, size_t n)
{
	static uint32_t table[256];
	uint32_t crc = ~0U, i, bit;

	for (i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78 : 0);
	}
	while (n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

void frame_seal(struct frame *frame, bool good)
{
	unsigned char *p = frame->byte + FRAME_HEAD;
	size_t length = frame_length(frame);

	if (length < FRAME_OVERHEAD || length > frame->len - FRAME_HEAD)
		return;
	length -= FRAME_CRC;
	frame_put32(p + length, frame_crc(p, length) ^ !good);
}

/* What this node sends and the station did not: outgoing, without the mark, ours. */
static bool frame_filter(int tap)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_MARK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FRAME_MARK, 3, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 2 * ETH_ALEN),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FRAME_ETHERTYPE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	return !setsockopt(tap, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static bool frame_bind(int fd, uint16_t protocol, unsigned char *mac)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
	};
	struct ifreq ifr = { .ifr_name = "veth0" };

	if (ioctl(fd, SIOCGIFINDEX, &ifr))
		return false;
	sll.sll_ifindex = ifr.ifr_ifindex;
	if (ioctl(fd, SIOCGIFHWADDR, &ifr))
		return false;
	memcpy(mac, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	return !bind(fd, (struct sockaddr *)&sll, sizeof(sll));
}

static bool frame_open_end(struct frame_end *end, int ns)
{
	int mark = FRAME_MARK, room = FRAME_ROOM;

	if (setns(ns, CLONE_NEWNET))
		return false;
	end->tap = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	end->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return end->tap >= 0 && end->raw >= 0 && frame_filter(end->tap) &&
	       !setsockopt(end->tap, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) &&
	       !setsockopt(end->raw, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) &&
	       frame_bind(end->tap, ETH_P_ALL, end->mac) && frame_bind(end->raw, 0, end->mac);
}

bool frame_open(struct frame_wire *wire, struct qt *qt)
{
	memset(wire, 0, sizeof(*wire));
	return frame_open_end(&wire->end[1], qt->server_ns) &&
	       frame_open_end(&wire->end[0], qt->client_ns);
}

void frame_close(struct frame_wire *wire)
{
	int i;

	for (i = 0; i < 2; i++) {
		close(wire->end[i].tap);
		close(wire->end[i].raw);
	}
}

/* Where a frame of a node is kept; it is whole, for it comes from a node. */
static unsigned int frame_kind(const struct frame *frame)
{
	const unsigned char *p = frame->byte + FRAME_HEAD;
	unsigned int first = frame->byte[FRAME_BODY];

	switch (p[0] & 0x0f) {
	case FRAME_TYPE_HELLO:
		return FRAME_KIND_HELLO + first;
	case FRAME_TYPE_RESET:
		return FRAME_KIND_RESET;
	}
	return frame_length(frame) > FRAME_OVERHEAD ? first : 0;
}

static void frame_keep(struct frame_end *end, const struct frame *frame)
{
	const unsigned char *p = frame->byte + FRAME_HEAD;
	unsigned int kind = frame_kind(frame);

	if (kind >= FRAME_KINDS)
		return;
	end->kept[kind][end->count[kind]++ % FRAME_KEEP] = *frame;
	if ((p[0] & 0x0f) == FRAME_TYPE_HELLO)
		memcpy(end->incarnation, frame->byte + FRAME_BODY + 8, sizeof(end->incarnation));
	if ((p[0] & 0x0f) != FRAME_TYPE_DATA)
		return;
	end->live.index = frame_get32(p + 4);
	end->live.number = frame_get32(p + 8);
	end->live.acked = frame_get32(p + 12);
	end->live.ack_bits = frame_get32(p + 16);
	end->live.seen++;
}

long frame_look(struct frame_wire *wire)
{
	struct frame frame;
	long seen = 0;
	ssize_t n;
	int i;

	for (i = 0; i < 2; i++) {
		while ((n = recv(wire->end[i].tap, frame.byte, FRAME_MAX, MSG_DONTWAIT)) > 0) {
			if (n < FRAME_BODY + FRAME_CRC)
				continue;
			frame.len = (size_t)n;
			frame_keep(&wire->end[i], &frame);
			seen++;
		}
	}
	return seen;
}

bool frame_send(struct frame_wire *wire, int from, const struct frame *frame)
{
	return send(wire->end[from].raw, frame->byte, frame->len, 0) == (ssize_t)frame->len;
}

void frame_address(const struct frame_wire *wire, int from, struct frame *frame)
{
	memcpy(frame->byte, wire->end[!from].mac, ETH_ALEN);
	memcpy(frame->byte + ETH_ALEN, wire->end[from].mac, ETH_ALEN);
	frame_put16(frame->byte + 2 * ETH_ALEN, FRAME_ETHERTYPE);
}
