// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the longest message there is: the kernel holds a window of it, and no more
 *
 * vm: timeout=400 more=debug
 */
#define _GNU_SOURCE
#include "counter.h"
#include "live.h"
#include "qt_fixture.h"

#include <linux/qnet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_STATUS	23
#define HUGE_PART	(5 << 20)	/* of MsgRead() and MsgWrite() */
/* Of 1 MiB that is asked for at a time, with 1400 bytes or so in each. */
#define HUGE_CHUNKS	900
/*
 * Of 4096 bytes: 1 MiB is pinned, and what frames in flight are of, which is two more at most.  The
 * kernel's two numbers are up to 125 behind on each CPU.
 */
#define HUGE_PAGES	(3 * 256 + 2 * 2 * 125)

/* Bytes of kernel memory: those chunks in their frames, as many that are sent, and some more. */
#define HUGE_MEMORY	(6L << 20)

enum huge_way { HUGE_WHOLE, HUGE_PARTS };

struct huge {
	enum huge_way way;
	bool reply;		/* all of it comes back */
};

/* What was there at most while the message went, read every millisecond. */
struct huge_watch {
	struct counters counters[2];
	atomic_bool end;
	long samples;
	long chunks[2];
	long pages;
	long pages_before;
	long memory;
	long memory_before;
	pthread_t thread;
};

/* Pages that drivers and the like hold of programs, on the whole machine. */
static long huge_pinned(void)
{
	FILE *file = fopen("/proc/vmstat", "re");
	long pinned = 0, number;
	char name[64];

	while (file && fscanf(file, "%63s %ld", name, &number) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			pinned += number;
		else if (!strcmp(name, "nr_foll_pin_released"))
			pinned -= number;
	}
	if (file)
		fclose(file);
	return pinned;
}

static void *huge_look(void *arg)
{
	struct huge_watch *watch = arg;
	long now;
	int i;

	while (!atomic_load(&watch->end)) {
		for (i = 0; i < 2; i++) {
			if (!counter_read(&watch->counters[i]))
				return NULL;
			now = counter_live(&watch->counters[i], "chunks");
			if (now > watch->chunks[i])
				watch->chunks[i] = now;
		}
		now = huge_pinned() - watch->pages_before;
		if (now > watch->pages)
			watch->pages = now;
		now = live_memory() - watch->memory_before;
		if (now > watch->memory)
			watch->memory = now;
		watch->samples++;
		usleep(1000);
	}
	return NULL;
}

/* A tenth of the longest on the slow kernels, which look for other bugs. */
static size_t huge_len(void)
{
	return (size_t)qt_rounds(QNET_MSG_MAX);
}

static char *huge_map(size_t len)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void huge_take(struct qt *qt, int rcvid, char *buf)
{
	size_t at, part;

	for (at = 0; at < huge_len(); at += part) {
		part = huge_len() - at < HUGE_PART ? huge_len() - at : HUGE_PART;
		QT_CHECK(qt, MsgRead(rcvid, buf + at, part, at) == (ssize_t)part);
	}
}

static void huge_give(struct qt *qt, int rcvid, const char *buf)
{
	size_t at, part;

	for (at = 0; at < huge_len(); at += part) {
		part = huge_len() - at < HUGE_PART ? huge_len() - at : HUGE_PART;
		QT_CHECK(qt, MsgWrite(rcvid, buf + at, part, at) == (ssize_t)part);
	}
}

static void huge_server(struct qt *qt, int chid, void *arg)
{
	const struct huge *huge = arg;
	char *buf = huge_map(huge_len());
	bool whole = huge->way == HUGE_WHOLE;
	struct _msg_info info;
	int rcvid;

	QT_CHECK(qt, buf != MAP_FAILED);
	rcvid = MsgReceive(chid, buf, whole ? huge_len() : 16, &info);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, info.srcmsglen == (int64_t)huge_len());
	if (!whole)
		huge_take(qt, rcvid, buf);
	QT_CHECK(qt, qt_filled(buf, huge_len(), 64));
	qt_turn(buf, huge_len());
	if (huge->reply && !whole)
		huge_give(qt, rcvid, buf);
	QT_CHECK(qt, !MsgReply(rcvid, HUGE_STATUS, buf, huge->reply && whole ? huge_len() : 0));
	munmap(buf, huge_len());
}

static void huge(struct __test_metadata *_metadata, struct qt *qt, struct huge how)
{
	struct qt_server server = qt_server(qt, 0, huge_server, &how);
	char *out = huge_map(huge_len()), *in = huge_map(huge_len());
	struct huge_watch watch = { .samples = 0 };
	int coid = qt_attach(qt, server), i;
	uint64_t began;

	ASSERT_NE(MAP_FAILED, out);
	ASSERT_NE(MAP_FAILED, in);
	qt_fill(out, huge_len(), 64);
	ASSERT_TRUE(counter_open(&watch.counters[0], qt->client_ns));
	ASSERT_TRUE(counter_open(&watch.counters[1], qt->server_ns));
	watch.pages_before = huge_pinned();
	watch.memory_before = live_memory();
	ASSERT_EQ(0, pthread_create(&watch.thread, NULL, huge_look, &watch));
	began = qt_now();
	EXPECT_EQ(HUGE_STATUS, MsgSend(coid, out, huge_len(), in, how.reply ? huge_len() : 0));
	atomic_store(&watch.end, true);
	pthread_join(watch.thread, NULL);
	TH_LOG("%lu ms; %ld looks: %ld chunks here and %ld there, %ld pages at most, %ld KiB",
	       (unsigned long)(qt_now() - began), watch.samples, watch.chunks[0], watch.chunks[1],
	       watch.pages, watch.memory >> 10);
	if (how.reply) {
		qt_turn(in, huge_len());
		EXPECT_EQ(0, memcmp(out, in, huge_len()));
	}
	EXPECT_LT(100, watch.samples);
	/* bytes did wait, and pages were pinned: it was looked at the right thing */
	EXPECT_LT(0, watch.chunks[1]);
	EXPECT_LT(0, watch.pages);
	EXPECT_GT(HUGE_CHUNKS, watch.chunks[0]);
	EXPECT_GT(HUGE_CHUNKS, watch.chunks[1]);
	EXPECT_GT(HUGE_PAGES, watch.pages);
	/* what looks for bugs has memory of its own for each object */
	EXPECT_TRUE(watch.memory < HUGE_MEMORY || qt_rounds(10) < 10);
	for (i = 0; i < 2; i++)
		counter_close(&watch.counters[i]);
	EXPECT_EQ(0, qt_reap(qt, server.pid));
	munmap(out, huge_len());
	munmap(in, huge_len());
}

FIXTURE(huge) {
	struct qt qt;
};

FIXTURE_SETUP(huge)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
}

FIXTURE_TEARDOWN(huge)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

QT_TEST(huge, there_and_back)
{
	huge(_metadata, &self->qt, (struct huge){ .way = HUGE_WHOLE, .reply = true });
}

QT_TEST(huge, in_parts)
{
	huge(_metadata, &self->qt, (struct huge){ .way = HUGE_PARTS, .reply = true });
}

TEST_HARNESS_MAIN
