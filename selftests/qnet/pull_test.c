// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bytes that a server's node asks for: the server is a station, the client a node
 *
 * What was asked for, and is not in memory, waits for the client's thread, which userfaultfd stops
 * as it pins: then more is asked for at the moment at which it goes on.  A kernel with DEBUG_VM
 * makes a noise of that: pinning does not wait for userfaultfd, the copying instead of it does.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120 kernel=stock
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"
#include "station.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define MIB		(1U << 20)	/* a client pins as much at a time */
#define MESSAGE		(4 * MIB)
#define AREA		(2 * MIB)	/* offset of what is not in memory */
#define SECOND		1000000		/* microseconds */

#define FIRST		(512U << 10)	/* asked for at first */
#define MORE		4096		/* each time after that */
#define MORES		40
#define LAST		(MIB + (64U << 10))	/* reaches beyond what was pinned */

#define SOONEST		20000		/* nanoseconds: the first delay */
#define ROUNDS		24		/* each with a delay 1.4 times as long */

enum { STOPPED, GO, GONE, ENDED };

FIXTURE(pull) {
	struct qt qt;
	struct station station;
	struct counters beta;
	uint32_t xid;
	unsigned char *seen;	/* how often a byte came, from AREA on */
};

FIXTURE_SETUP(pull)
{
	int ns;

	self->seen = malloc(LAST);
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ns = self->qt.server_ns;
	ASSERT_TRUE(counter_open(&self->beta, ns));
	/* nothing is sent again: the station acknowledges when it has time */
	ASSERT_EQ(0, qt_run(ns, "qnetctl param set probe_most %d", 10 * SECOND));
	ASSERT_EQ(0, qt_run(ns, "qnetctl param set loss_least %d", SECOND));
	ASSERT_TRUE(station_open(&self->station, &self->qt));
	self->station.ack_delay = SECOND;
}

FIXTURE_TEARDOWN(pull)
{
	counter_close(&self->beta);
	EXPECT_TRUE(station_close(&self->station, &self->qt));
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
	free(self->seen);
}

static int watched(void *map, size_t len)
{
	struct uffdio_register area = {
		.range = { .start = (uintptr_t)map, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &area))
		return -1;
	return fd;
}

struct keeper {
	struct qt *qt;
	char *area;
	int fd;
};

/* Stops who touches the area, and lets it have all of it when it may go on. */
static void *keep(void *arg)
{
	struct keeper *keeper = arg;
	char *content = malloc(MIB);
	struct uffdio_copy copy = {
		.dst = (uintptr_t)keeper->area,
		.src = (uintptr_t)content,
		.len = MIB,
	};
	struct qt *qt = keeper->qt;
	struct uffd_msg fault;
	int round;

	qt_fill(content, MIB, 7);
	for (round = 1; round <= ROUNDS; round++) {
		QT_CHECK(qt, read(keeper->fd, &fault, sizeof(fault)) == sizeof(fault));
		QT_CHECK(qt, fault.event == UFFD_EVENT_PAGEFAULT);
		qt_mark(qt, STOPPED);
		QT_CHECK(qt, qt_wait(qt, GO, round));
		QT_CHECK(qt, ioctl(keeper->fd, UFFDIO_COPY, &copy) == 0);
		qt_mark(qt, GONE);
		QT_CHECK(qt, qt_wait(qt, ENDED, round));
		QT_CHECK(qt, madvise(keeper->area, MIB, MADV_DONTNEED) == 0);
		qt_mark(qt, STOPPED);
	}
	return NULL;
}

/* Sends one message, of which an area of 1 MiB is not in memory. */
static void sender(struct qt *qt, int chid, void *arg)
{
	char *map = mmap(NULL, MESSAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	struct keeper keeper = { .qt = qt, .area = map + AREA };
	pthread_t thread;
	int coid;

	(void)chid;
	(void)arg;
	QT_CHECK(qt, map != MAP_FAILED);
	keeper.fd = watched(keeper.area, MIB);
	QT_CHECK(qt, keeper.fd >= 0);
	memset(map, 1, AREA);
	memset(map + AREA + MIB, 2, MESSAGE - AREA - MIB);
	QT_CHECK(qt, !pthread_create(&thread, NULL, keep, &keeper));
	coid = ConnectAttach((uint32_t)netmgr_strtond("/net/gamma", NULL), 1, 1,
			     _NTO_SIDE_CHANNEL, 0);
	QT_CHECK(qt, coid > 0);
	QT_CHECK(qt, MsgSend(coid, map, MESSAGE, NULL, 0) == 0);
}

/* The id of the next transaction with a segment of that kind, or 0. */
static uint32_t hear(FIXTURE_DATA(pull) *self, unsigned char kind)
{
	const unsigned char *segment;
	struct frame frame;

	for (;;) {
		if (!station_hear_segments(&self->station, STATION_PATIENCE, &frame) ||
		    !station_ack(&self->station, station_number(&frame), UINT32_MAX))
			return 0;
		segment = station_after(&frame, NULL);
		while (segment && *segment != kind)
			segment = station_after(&frame, segment);
		if (segment)
			return frame_get32(segment + 4);
	}
}

/* A node attaches to the station, and sends. */
static bool accepted(FIXTURE_DATA(pull) *self)
{
	unsigned char attached[STATION_ATTACHED_SIZE] = { STATION_ATTACHED };
	uint32_t xid = hear(self, STATION_ATTACH);

	frame_put32(attached + 4, xid);
	memset(attached + 8, 1, 8);
	if (!xid || !station_segment(&self->station, attached, sizeof(attached)))
		return false;
	self->xid = hear(self, STATION_SEND);
	return self->xid;
}

static bool ask(FIXTURE_DATA(pull) *self, uint32_t number, uint32_t len)
{
	unsigned char segment[STATION_PULL_SIZE] = { STATION_PULL };

	frame_put32(segment + 4, self->xid);
	frame_put32(segment + 8, number);
	frame_put32(segment + 12, AREA);
	frame_put32(segment + 16, len);
	return station_segment(&self->station, segment, sizeof(segment));
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void spin(uint64_t ns)
{
	uint64_t end = nanoseconds() + ns;

	while (nanoseconds() < end)
		;
}

/*
 * The thread is stopped as it pins the first bytes, and more of them are waiting.  From when it may
 * go on, for so long, a little more is asked for each time, at last what it did not pin.
 */
static bool overtake(FIXTURE_DATA(pull) *self, uint32_t number, uint64_t delay)
{
	struct qt *qt = &self->qt;
	uint64_t end = qt_now() + STATION_PATIENCE;
	uint32_t len = FIRST + MORE, i;

	if (!ask(self, number, FIRST) || !qt_wait(qt, STOPPED, 2 * (int)number - 1) ||
	    !ask(self, number, len))
		return false;
	qt_mark(qt, GO);
	while (atomic_load(&qt->page->mark[GONE]) < (int)number)
		if (qt_now() > end || atomic_load(&qt->page->faults))
			return false;
	for (i = 0; i < MORES; i++) {
		spin(delay / MORES);
		len += MORE;
		if (!ask(self, number, len))
			return false;
	}
	return ask(self, number, LAST);
}

/* Takes in all that was asked for; how many bytes came twice, or -1. */
static long gather(FIXTURE_DATA(pull) *self, uint32_t number)
{
	uint32_t left = LAST, offset, len, i;
	const unsigned char *next;
	struct frame frame;
	long twice = 0;

	memset(self->seen, 0, LAST);
	while (left) {
		if (!station_hear_segments(&self->station, STATION_PATIENCE, &frame) ||
		    !station_ack(&self->station, station_number(&frame), UINT32_MAX))
			return -1;
		next = station_after(&frame, NULL);
		for (; next; next = station_after(&frame, next)) {
			if (*next != STATION_BYTES || frame_get32(next + 8) != number)
				continue;
			offset = frame_get32(next + 12) - AREA;
			len = frame_get16(next + 2) - STATION_BYTES_SIZE;
			if (offset > LAST || len > LAST - offset)
				return -1;
			for (i = offset; i < offset + len; i++) {
				left -= !self->seen[i];
				twice += self->seen[i];
				self->seen[i] = 1;
			}
		}
	}
	return twice;
}

static long sent_again(FIXTURE_DATA(pull) *self)
{
	return counter_read(&self->beta) ? counter_get(&self->beta, "tx_retransmits") : -1;
}

/* Each byte goes once, however the thread and what asks for more meet. */
TEST_F_TIMEOUT(pull, once, QT_TIMEOUT)
{
	unsigned char reply[STATION_REPLY_SIZE] = { STATION_REPLY };
	struct qt *qt = &self->qt;
	double delay = SOONEST;
	struct qt_server client;
	int round;
	long again, twice;

	ASSERT_TRUE(station_join(&self->station));
	client = qt_server(qt, 0, sender, NULL);
	ASSERT_LT(0, client.pid);
	ASSERT_TRUE(accepted(self));
	for (round = 1; round <= ROUNDS; round++, delay *= 1.4) {
		again = sent_again(self);
		ASSERT_TRUE(overtake(self, (uint32_t)round, (uint64_t)delay));
		twice = gather(self, (uint32_t)round);
		ASSERT_LE(0, twice);
		/* a probe is no fault of it; it waits for more than a second */
		EXPECT_TRUE(!twice || sent_again(self) != again)
			TH_LOG("%.0f us after the thread went on: %ld bytes twice",
			       delay / 1000, twice);
		qt_mark(qt, ENDED);
		ASSERT_TRUE(qt_wait(qt, STOPPED, 2 * round));
	}
	frame_put32(reply + 4, self->xid);
	ASSERT_TRUE(station_segment(&self->station, reply, sizeof(reply)));
	EXPECT_EQ(0, qt_reap(qt, client.pid));
}

TEST_HARNESS_MAIN
