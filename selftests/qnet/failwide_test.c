// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - traffic while a few of all allocations and user copies fail, wherever they are made
 *
 * Calls may fail, with an error that fits, after one run or none.  Bytes may not be wrong, nobody
 * may hang, and when the processes are gone there is nothing left of them.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=120 kernel=debug more=debug allow=oom
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "history.h"
#include "live.h"
#include "qt_fail.h"

#define CLIENTS		3
#define LONGEST		(40 << 10)
#define PULSE		5
#define RECORDS		65536

/* Marks and values of the page. */
enum { STOP, DONE, FAILED };

static bool wide_fits(long ret)
{
	return ret == -ENOMEM || ret == -EFAULT || ret == -EAGAIN || ret == -ENOBUFS ||
	       ret == -ENFILE ||
	       ret == -ESRVRFAULT || ret == -EHOSTDOWN || ret == -EBADF;
}

/* A message begins with its number where it is long enough; else it is not written down. */
static bool wide_numbered(size_t len)
{
	return len >= sizeof(uint64_t);
}

static void wide_serve(struct qt *qt, int chid, void *arg)
{
	struct history_log *log = history_begin(arg), *told;
	char *buf = malloc(LONGEST);
	struct _msg_info info;
	uint64_t id = 0;
	int rcvid;
	long ret;

	QT_CHECK(qt, buf && qt_fail_mark(getpid(), true));
	for (;;) {
		rcvid = MsgReceive_r(chid, buf, LONGEST, &info);
		QT_CHECK(qt, rcvid >= 0 || wide_fits(rcvid));
		if (rcvid <= 0)
			continue;
		told = wide_numbered((size_t)info.msglen) ? log : NULL;
		if (told)
			memcpy(&id, buf, sizeof(id));
		history_write(told, HISTORY_RECEIVE, id, 0, 0);
		qt_turn(buf, (size_t)info.msglen);
		history_write(told, HISTORY_REPLY, id, 0, 0);
		/* one that failed has answered the client, or it has done nothing */
		do {
			ret = MsgReply_r(rcvid, (long)info.msglen, buf, (size_t)info.msglen);
			QT_CHECK(qt, !ret || ret == -ESRCH || wide_fits(ret));
		} while (ret == -ENOMEM || ret == -EFAULT);
	}
}

struct wide_sender {
	struct qt *qt;
	struct history_log *log;
	int coid;
	char *out;
	char *in;
};

static long wide_call(struct wide_sender *sender, size_t len)
{
	struct history_log *log = wide_numbered(len) ? sender->log : NULL;
	uint64_t id = history_request(log), reply = 0;
	long ret;

	memset(sender->in, 0, len);
	if (log)
		memcpy(sender->out, &id, sizeof(id));
	history_write(log, HISTORY_SEND, id, 0, 0);
	ret = MsgSend_r(sender->coid, sender->out, len, sender->in, len);
	qt_turn(sender->in, len);
	if (log && ret >= 0)
		memcpy(&reply, sender->in, sizeof(reply));
	history_write(log, HISTORY_DONE, id, reply, ret < 0 ? (int)-ret : 0);
	return ret;
}

/* One message; false: the connection is of no use any more. */
static bool wide_send(struct wide_sender *sender, unsigned int seed)
{
	size_t len = seed % 4 ? seed % 500 : seed % LONGEST;
	struct qt *qt = sender->qt;
	long ret;

	qt_fill(sender->out, len, seed);
	ret = wide_call(sender, len);
	if (ret >= 0) {
		QT_CHECK(qt, (size_t)ret == len && !memcmp(sender->in, sender->out, len));
		qt_mark(qt, DONE);
		return true;
	}
	if (!wide_fits(ret))
		fprintf(stderr, "# MsgSend: %ld\n", ret);
	QT_CHECK(qt, wide_fits(ret));
	qt_mark(qt, FAILED);
	return ret != -EBADF && ret != -EHOSTDOWN;
}

struct wide_load {
	struct qt_server server;
	struct history *history;
};

static void wide_client(struct qt *qt, int chid, void *arg)
{
	unsigned int seed = (unsigned int)getpid(), left = 0;
	struct wide_load *load = arg;
	struct wide_sender sender = {
		.qt = qt,
		.log = history_begin(load->history),
		.out = malloc(LONGEST),
		.in = malloc(LONGEST),
	};

	(void)chid;
	QT_CHECK(qt, sender.out && sender.in && qt_fail_mark(getpid(), true));
	while (!atomic_load(&qt->page->mark[STOP])) {
		if (!left) {
			sender.coid = ConnectAttach_r(qt->nd, load->server.pid, load->server.chid,
						      _NTO_SIDE_CHANNEL, 0);
			QT_CHECK(qt, sender.coid >= 0 || wide_fits(sender.coid));
			if (sender.coid < 0)
				continue;
			left = 10;
		}
		seed = seed * 1664525 + 1013904223;
		left = wide_send(&sender, seed >> 8) ? left - 1 : 0;
		if (left == 5)
			MsgSendPulse_r(sender.coid, -1, PULSE, 0);
		if (!left)
			ConnectDetach_r(sender.coid);
	}
}

FIXTURE(wide) {
	struct qt qt;
	struct live base[2];
	struct history *history;
};

FIXTURE_VARIANT(wide) {
	bool remote;
};

FIXTURE_VARIANT_ADD(wide, local) {
	.remote = false,
};

FIXTURE_VARIANT_ADD(wide, remote) {
	.remote = true,
};

static bool wide_base(struct qt *qt, struct live base[2])
{
	return live_base(qt->client_ns, &base[0]) &&
	       (!qt->remote || live_base(qt->server_ns, &base[1]));
}

FIXTURE_SETUP(wide)
{
	struct qt *qt = &self->qt;

	ASSERT_TRUE(variant->remote ? qt_setup_shared(qt, true) : qt_setup(qt, false));
	ASSERT_TRUE(wide_base(qt, self->base));
	/* before memory is locked and fails */
	self->history = history_new(CLIENTS + 1, RECORDS);
	ASSERT_NE(NULL, self->history);
	ASSERT_TRUE(qt_fail_begin());
}

FIXTURE_TEARDOWN(wide)
{
	qt_fail_end();
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* Until so many calls went well, and with at least one that did not where that is @wanted. */
static void wide_traffic(struct __test_metadata *_metadata, struct qt *qt, struct history *history,
			 int rounds, bool wanted)
{
	struct wide_load load = {
		.server = qt_server(qt, 0, wide_serve, history),
		.history = history,
	};
	pid_t client[CLIENTS];
	int i;

	ASSERT_LT(0, load.server.chid);
	for (i = 0; i < CLIENTS; i++)
		client[i] = qt_client(qt, wide_client, &load);
	EXPECT_TRUE(qt_wait(qt, DONE, rounds));
	EXPECT_TRUE(!wanted || qt_wait(qt, FAILED, 1));
	qt_mark(qt, STOP);
	for (i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, qt_reap(qt, client[i]));
	TH_LOG("%d calls, and %d that failed", atomic_load(&qt->page->mark[DONE]),
	       atomic_load(&qt->page->mark[FAILED]));
}

/* Processes, and with them all that they made, are gone; but not their history. */
static void wide_nothing_left(struct __test_metadata *_metadata, struct qt *qt,
			      const struct live base[2], const struct history *history)
{
	qt_fail_end();
	qt_teardown(qt);
	EXPECT_TRUE(history_clean(history, NULL));
	EXPECT_TRUE(live_settles(qt->client_ns, &base[0]));
	EXPECT_TRUE(!qt->remote || live_settles(qt->server_ns, &base[1]));
}

/* What the processes of both sides allocate and copy. */
QT_TEST(wide, processes)
{
	struct qt_fail_rate rate = { .slab = 3, .page = 3, .copy = 2 };

	ASSERT_TRUE(qt_fail_rate(&rate));
	wide_traffic(_metadata, &self->qt, self->history, qt_rounds(3000), true);
	wide_nothing_left(_metadata, &self->qt, self->base, self->history);
}

FIXTURE(wire) {
	struct qt qt;
	struct live base[2];
	struct history *history;
};

FIXTURE_SETUP(wire)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set dead-after 10000"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl node set dead-after 10000"));
	ASSERT_TRUE(wide_base(&self->qt, self->base));
	self->history = history_new(CLIENTS + 1, RECORDS);
	ASSERT_NE(NULL, self->history);
}

FIXTURE_TEARDOWN(wire)
{
	qt_fail_end();
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/*
 * Whatever cannot wait for memory, as reception and sending of frames, in any context: what is not
 * taken for want of memory is sent again, and no call fails for it.
 */
QT_TEST(wire, reception)
{
	struct qt_fail_rate rate = { .slab = 5, .atomic_only = true };

	ASSERT_TRUE(qt_fail_begin());
	ASSERT_TRUE(qt_fail_rate(&rate));
	wide_traffic(_metadata, &self->qt, self->history, qt_rounds(2000), false);
	EXPECT_EQ(0, atomic_load(&self->qt.page->mark[FAILED]));
	wide_nothing_left(_metadata, &self->qt, self->base, self->history);
}

static bool wide_linked(void *arg)
{
	struct qt *qt = arg;
	int status = system("qnetctl -j node list | grep -qi '\"up\"'");

	return setns(qt->client_ns, CLONE_NEWNET) == 0 && status == 0;
}

/* The kernel's own threads that make links and nodes: kworker/u*, which serve no one CPU. */
static int wide_mark_workers(bool mark)
{
	char path[300], name[64];
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int n = 0;
	FILE *file;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = isdigit(entry->d_name[0]) ? fopen(path, "re") : NULL;
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && !strncmp(name, "kworker/u", 9))
			n += qt_fail_mark(atoi(entry->d_name), mark);
		fclose(file);
	}
	closedir(dir);
	return n;
}

/* Handshakes: a link that cannot be made for want of memory is made at the next try. */
QT_TEST(wire, handshake)
{
	struct qt_fail_rate rate = { .slab = 30 };
	int i;

	ASSERT_TRUE(qt_fail_begin());
	ASSERT_TRUE(qt_fail_rate(&rate));
	ASSERT_LT(0, wide_mark_workers(true));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node del beta; "
				    "qnetctl bearer del veth0 && qnetctl bearer add veth0"));
		EXPECT_TRUE(qt_until(wide_linked, &self->qt));
	}
	EXPECT_LT(0, wide_mark_workers(false));
	wide_nothing_left(_metadata, &self->qt, self->base, self->history);
}

TEST_HARNESS_MAIN
