// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a third station, gamma, that talks to the server's node by hand
 */
#define _GNU_SOURCE
#include "station.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define ALPHA		0		/* from whose device the station sends */
#define BETA		1		/* the node that is talked to */

#define AT_INCARNATION	(FRAME_BODY + 8)
#define AT_WHOM		(FRAME_BODY + 16)

#define ATTACH_SIZE	80

static const unsigned char gamma_mac[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 9 };

bool station_open(struct station *station, struct qt *qt)
{
	memset(station, 0, sizeof(*station));
	station->ack_delay = 10000;
	return frame_open(&station->wire, qt) &&
	       !qt_run(qt->server_ns, "qnetctl node set dead-after 60000") &&
	       !qt_run(qt->server_ns, "qnetctl node add gamma lladdr 02:00:00:00:00:09 dev veth0");
}

bool station_close(struct station *station, struct qt *qt)
{
	frame_close(&station->wire);
	return !qt_run(qt->server_ns, "qnetctl node del gamma") &&
	       !qt_run(qt->server_ns, "qnetctl node set dead-after 1000");
}

/* A frame without its type and body. */
static void station_head(const struct frame_wire *wire, size_t length, struct frame *frame)
{
	memset(frame->byte, 0, sizeof(frame->byte));
	frame_address(wire, ALPHA, frame);
	memcpy(frame->byte + ETH_ALEN, gamma_mac, ETH_ALEN);
	frame_set_length(frame, length);
	if (frame->len < ETH_ZLEN)
		frame->len = ETH_ZLEN;
}

bool station_say(struct station *station, int kind, uint32_t index, uint32_t peer,
		 const unsigned char *cookie)
{
	struct frame frame;

	station_head(&station->wire, FRAME_HELLO, &frame);
	memcpy(frame.byte + AT_WHOM, station->incarnation, sizeof(station->incarnation));
	frame.byte[FRAME_HEAD] = STATION_HELLO;
	frame.byte[STATION_AT_KIND] = (unsigned char)kind;
	frame.byte[STATION_AT_KIND + 1] = 1;
	frame.byte[STATION_AT_KIND + 2] = 1;
	memcpy(frame.byte + AT_INCARNATION, "\0gamma's", 8);
	frame_put32(frame.byte + STATION_AT_INDEX, index);
	frame_put32(frame.byte + STATION_AT_PEER, peer);
	if (cookie)
		memcpy(frame.byte + STATION_AT_COOKIE, cookie, 8);
	frame_put16(frame.byte + STATION_AT_COOKIE + 8, 1500);
	frame_put32(frame.byte + STATION_AT_COOKIE + 12, station->ack_delay);
	frame_put32(frame.byte + STATION_AT_COOKIE + 16, 1000);
	strcpy((char *)frame.byte + STATION_AT_COOKIE + 28, "gamma");
	frame_seal(&frame, true);
	return frame_send(&station->wire, ALPHA, &frame);
}

bool station_say_reset(struct station *station, uint32_t index)
{
	struct frame frame;

	station_head(&station->wire, FRAME_OVERHEAD + 4, &frame);
	frame.byte[FRAME_HEAD] = STATION_RESET;
	frame_put32(frame.byte + FRAME_BODY, index);
	frame_seal(&frame, true);
	return frame_send(&station->wire, ALPHA, &frame);
}

/* The next frame that the node sends to the station before @end. */
static bool station_next(struct station *station, uint64_t end, struct frame *frame)
{
	struct pollfd wait = { .fd = station->wire.end[BETA].tap, .events = POLLIN };
	uint64_t now;

	while ((now = qt_now()) < end) {
		if (poll(&wait, 1, end - now < 100 ? (int)(end - now) : 100) <= 0 ||
		    recv(wait.fd, frame->byte, FRAME_MAX, 0) < FRAME_BODY ||
		    memcmp(frame->byte, gamma_mac, ETH_ALEN))
			continue;
		if (frame->byte[FRAME_HEAD] == STATION_HELLO)
			memcpy(station->incarnation, frame->byte + AT_INCARNATION,
			       sizeof(station->incarnation));
		return true;
	}
	return false;
}

bool station_hear(struct station *station, int type, int kind, struct frame *frame)
{
	uint64_t end = qt_now() + STATION_PATIENCE;

	do {
		if (!station_next(station, end, frame))
			return false;
	} while ((type && frame->byte[FRAME_HEAD] != type) ||
		 (kind && frame->byte[STATION_AT_KIND] != kind));
	return true;
}

bool station_hear_segments(struct station *station, unsigned int msecs, struct frame *frame)
{
	uint64_t end = qt_now() + msecs;

	do {
		if (!station_next(station, end, frame))
			return false;
	} while (frame->byte[FRAME_HEAD] != STATION_DATA || frame_length(frame) == FRAME_OVERHEAD);
	return true;
}

uint32_t station_index(const struct frame *frame)
{
	return frame_get32(frame->byte + (frame->byte[FRAME_HEAD] == STATION_HELLO ?
					  STATION_AT_INDEX : FRAME_HEAD + 4));
}

uint32_t station_number(const struct frame *frame)
{
	return frame_get32(frame->byte + FRAME_HEAD + 8);
}

const unsigned char *station_after(const struct frame *frame, const unsigned char *segment)
{
	const unsigned char *end = frame->byte + FRAME_HEAD + frame_length(frame) - FRAME_CRC;

	segment = segment ? segment + frame_get16(segment + 2) : frame->byte + FRAME_BODY;
	return segment + 8 <= end && frame_get16(segment + 2) >= 8 &&
	       segment + frame_get16(segment + 2) <= end ? segment : NULL;
}

static bool station_send(struct station *station, uint32_t bits, const unsigned char *segment,
			 size_t size)
{
	struct frame frame;

	station_head(&station->wire, FRAME_OVERHEAD + size, &frame);
	frame.byte[FRAME_HEAD] = STATION_DATA;
	frame_put32(frame.byte + FRAME_HEAD + 4, station->index);
	frame_put32(frame.byte + FRAME_HEAD + 8, ++station->number);
	frame_put32(frame.byte + FRAME_HEAD + 12, station->acked);
	frame_put32(frame.byte + FRAME_HEAD + 16, bits);
	if (size) {
		memcpy(frame.byte + FRAME_BODY, segment, size);
		frame_put16(frame.byte + FRAME_BODY + 2, (uint32_t)size);
	}
	frame_seal(&frame, true);
	return frame_send(&station->wire, ALPHA, &frame);
}

bool station_segment(struct station *station, const unsigned char *segment, size_t size)
{
	return station_send(station, station->acked ? UINT32_MAX : 0, segment, size);
}

bool station_ack(struct station *station, uint32_t acked, uint32_t bits)
{
	station->acked = acked;
	return station_send(station, bits, NULL, 0);
}

bool station_join(struct station *station)
{
	struct frame frame;

	if (!station_hear(station, STATION_HELLO, STATION_INIT, &frame))
		return false;
	station->index = station_index(&frame);
	return station_say(station, STATION_RESP, 1, station->index, NULL) &&
	       station_hear(station, STATION_DATA, 0, &frame);
}

bool station_attach(struct station *station, struct qt_server server)
{
	unsigned char segment[ATTACH_SIZE] = { STATION_ATTACH };
	struct frame frame;

	if (!station_join(station))
		return false;
	frame_put32(segment + 4, 1);
	frame_put32(segment + 8, 1);
	frame_put32(segment + 12, (uint32_t)server.pid);
	frame_put32(segment + 16, (uint32_t)server.chid);
	if (!station_segment(station, segment, sizeof(segment)))
		return false;
	do {
		if (!station_hear_segments(station, STATION_PATIENCE, &frame))
			return false;
	} while (frame.byte[FRAME_BODY] != STATION_ATTACHED);
	station->acked = station_number(&frame);
	memcpy(station->handle, frame.byte + FRAME_BODY + 8, sizeof(station->handle));
	return true;
}
