// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - many nodes send to one at once, and meet in the last queue before it
 *
 * Each node is a namespace, the test's own is the switch: a bridge whose port to the server's node
 * has a rate and a queue of 64 frames.  The others do not see each other: links that nobody uses
 * would have more PINGs than the emulated CPUs have time for.
 *
 * vm: timeout=300
 */
#define _GNU_SOURCE
#include "counter.h"
#include "history.h"
#include "qt_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define INCAST_NODES	32
#define INCAST_NODES_SLOW 8
#define INCAST_DEAD_AFTER 1000	/* milliseconds: as it is at first */
#define INCAST_BYTES	(256 << 10)
#define INCAST_NUMBER	sizeof(uint64_t)	/* at the beginning of a request, and its reply */
#define INCAST_TRIES	10
#define INCAST_RECORDS	4096
#define INCAST_EXIT	"netem rate 400mbit limit 64"

/* Marks. */
enum { ALONE, WIRED, UP, CONNECTED, GO, DONE };

struct incast_time {
	uint64_t began, ended;		/* milliseconds */
};

struct incast {
	struct qt *qt;
	struct history *history;
	int nodes;			/* that send */
	struct qt_server server;
	int number;			/* of the node that begins next; 0: the server's */
	struct incast_time *time;	/* of each node; shared */
};

FIXTURE(incast) {
	struct qt qt;
	struct incast incast;
	pid_t node[INCAST_NODES + 1];
};

static bool incast_slow(void)
{
	return qt_rounds(10) < 10;
}

FIXTURE_SETUP(incast)
{
	ASSERT_TRUE(qt_setup(&self->qt, false));
	self->incast.qt = &self->qt;
	self->incast.nodes = incast_slow() ? INCAST_NODES_SLOW : INCAST_NODES;
	self->incast.time = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				 -1, 0);
	ASSERT_NE(MAP_FAILED, self->incast.time);
	self->incast.history = history_new(2 * INCAST_NODES, INCAST_RECORDS);
	ASSERT_NE(NULL, self->incast.history);
}

FIXTURE_TEARDOWN(incast)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* A namespace with a node in it. */
static void incast_node(struct qt *qt, int number)
{
	QT_CHECK(qt, unshare(CLONE_NEWNET) == 0);
	qt_mark(qt, ALONE);
	QT_CHECK(qt, qt_wait(qt, WIRED, 1));
	QT_CHECK(qt, !qt_run(-1, "/usr/sbin/ip link set veth0 up && qnetctl node set n%d", number));
	QT_CHECK(qt, !qt_run(-1, "qnetctl node set dead-after %d && qnetctl bearer add veth0",
			     INCAST_DEAD_AFTER));
}

static void *incast_server_thread(void *arg)
{
	char *buf = malloc(INCAST_BYTES);
	struct incast *incast = arg;
	struct history_log *log = history_begin(incast->history);
	struct _msg_info info;
	uint64_t id;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(1, buf, INCAST_BYTES, &info);
		if (!rcvid)
			continue;
		QT_CHECK(incast->qt, rcvid > 0);
		memcpy(&id, buf, INCAST_NUMBER);
		history_write(log, HISTORY_RECEIVE, id, 0, 0);
		QT_CHECK(incast->qt, qt_filled(buf + INCAST_NUMBER,
					       (size_t)info.msglen - INCAST_NUMBER, 1));
		history_write(log, HISTORY_REPLY, id, 0, 0);
		QT_CHECK(incast->qt, MsgReply(rcvid, info.msglen, &id, INCAST_NUMBER) == EOK);
	}
	return NULL;
}

static void incast_server(struct qt *qt, int chid, void *arg)
{
	pthread_t thread;
	int i;

	(void)chid;
	incast_node(qt, 0);
	QT_CHECK(qt, ChannelCreate(0) == 1);
	for (i = 0; i < ((struct incast *)arg)->nodes; i++)
		QT_CHECK(qt, !pthread_create(&thread, NULL, incast_server_thread, arg));
	qt_mark(qt, UP);
	for (;;)
		pause();
}

struct incast_sender {
	struct incast *incast;
	struct history_log *log;
	char *out;
	int coid;
};

/* @len bytes, in the first of them a number that comes back. */
static bool incast_send(struct incast_sender *sender, size_t len)
{
	uint64_t id = history_request(sender->log), reply = 0;
	long status;

	memcpy(sender->out, &id, INCAST_NUMBER);
	history_write(sender->log, HISTORY_SEND, id, 0, 0);
	status = MsgSend(sender->coid, sender->out, len, &reply, INCAST_NUMBER);
	history_write(sender->log, HISTORY_DONE, id, reply, status == -1 ? errno : 0);
	return status == (long)len;
}

/* All nodes shake hands at once: it may take longer than one of them waits. */
static bool incast_connected(void *arg)
{
	struct incast_sender *sender = arg;
	int nd = netmgr_strtond("/net/n0", NULL);

	sender->coid = nd < 0 ? -1 : ConnectAttach((uint32_t)nd, sender->incast->server.pid, 1,
						   _NTO_SIDE_CHANNEL, 0);
	if (sender->coid == -1)
		return false;
	if (incast_send(sender, 64))
		return true;
	ConnectDetach(sender->coid);
	return false;
}

static void incast_client(struct qt *qt, int chid, void *arg)
{
	struct incast *incast = arg;
	struct incast_sender sender = {
		.incast = incast,
		.log = history_begin(incast->history),
		.out = malloc(INCAST_BYTES),
	};
	struct incast_time *time = &incast->time[incast->number];
	int number = incast->number, round;

	(void)chid;
	incast_node(qt, number);
	QT_CHECK(qt, qt_wait(qt, UP, 1));
	qt_fill(sender.out + INCAST_NUMBER, INCAST_BYTES - INCAST_NUMBER, 1);
	QT_CHECK(qt, qt_until(incast_connected, &sender) || qt_until(incast_connected, &sender));
	qt_mark(qt, CONNECTED);
	for (round = 1; qt_wait(qt, GO, round) || qt_wait(qt, GO, round); round++) {
		time->began = qt_now();
		QT_CHECK(qt, incast_send(&sender, INCAST_BYTES));
		time->ended = qt_now();
		qt_mark(qt, DONE);
	}
	for (;;)
		pause();
}

/* Cables from all of @node to the switch.  The server's port is not one of the isolated. */
static int incast_wire(const pid_t *node, int nodes)
{
	FILE *file = popen("/usr/sbin/ip -batch -", "w");
	int i;

	if (!file)
		return -1;
	fprintf(file, "link add br0 type bridge\nlink set br0 up\n");
	for (i = 0; i <= nodes; i++)
		fprintf(file, "link add v%d type veth peer name veth0 netns %d\n"
			      "link set v%d master br0 up\n"
			      "link set v%d type bridge_slave isolated %s\n",
			i, node[i], i, i, i ? "on" : "off");
	if (pclose(file))
		return -1;
	return qt_run(-1, "/usr/sbin/tc qdisc add dev v0 root " INCAST_EXIT);
}

enum { FRAMES, ACKS, HELLOS, SEGMENTS, AGAIN, LOST, PROBES, IN_VAIN, DEAD, COUNTS };

static const char * const incast_counts[COUNTS] = {
	[FRAMES] = "tx_frames",
	[ACKS] = "tx_acks",
	[HELLOS] = "tx_hellos",
	[SEGMENTS] = "tx_segments",
	[AGAIN] = "tx_retransmits",
	[LOST] = "tx_lost",
	[PROBES] = "tx_probes",
	[IN_VAIN] = "tx_spurious",
	[DEAD] = "links_dead",
};

/* What all nodes counted. */
static long incast_count(const pid_t *node, int nodes, const char *name)
{
	struct counters counters;
	char path[64];
	long sum = 0;
	int i, fd;

	for (i = 0; i <= nodes; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/net", node[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || !counter_open(&counters, fd))
			return -1;
		if (!counter_read(&counters))
			return -1;
		sum += counter_get(&counters, name);
		counter_close(&counters);
		close(fd);
	}
	return sum;
}

/*
 * Frames that were sent again, at most: one that was given up is, or one that a probe is for; and
 * none is without a segment that is sent again.
 */
static long incast_again(const long *count)
{
	long frames = count[LOST] + count[PROBES];

	return frames < count[AGAIN] ? frames : count[AGAIN];
}

/* Did none end before all had begun?  CPUs are few: some may be late. */
static bool incast_together(const struct incast_time *time, int nodes)
{
	uint64_t began = time[1].began, ended = time[1].ended;
	int i;

	for (i = 2; i <= nodes; i++) {
		began = time[i].began > began ? time[i].began : began;
		ended = time[i].ended < ended ? time[i].ended : ended;
	}
	printf("# the last began %ld ms before the first ended\n", (long)(ended - began));
	fflush(stdout);
	return began < ended;
}

TEST_F_TIMEOUT(incast, to_one, 600)
{
	struct incast *incast = &self->incast;
	struct history_sum history;
	long count[COUNTS], data, again;
	double sum = 0, squares = 0, jain;
	uint64_t longest = 0;
	int nodes = incast->nodes, round = 0, i;
	bool together;

	self->node[0] = qt_client(&self->qt, incast_server, incast);
	incast->server.pid = self->node[0];
	for (i = 1; i <= nodes; i++) {
		incast->number = i;
		self->node[i] = qt_client(&self->qt, incast_client, incast);
	}
	ASSERT_TRUE(qt_wait(&self->qt, ALONE, nodes + 1));
	ASSERT_EQ(0, incast_wire(self->node, nodes));
	qt_mark(&self->qt, WIRED);
	/* with other guests beside it may take more than one patience */
	ASSERT_TRUE(qt_wait(&self->qt, CONNECTED, nodes) || qt_wait(&self->qt, CONNECTED, nodes));
	do {
		for (i = 0; i < COUNTS; i++)
			count[i] = incast_count(self->node, nodes, incast_counts[i]);
		qt_mark(&self->qt, GO);
		ASSERT_TRUE(qt_wait(&self->qt, DONE, ++round * nodes));
		together = incast_together(incast->time, nodes);
	} while (!together && round < INCAST_TRIES);
	EXPECT_TRUE(together);
	for (i = 0; i < COUNTS; i++) {
		count[i] = incast_count(self->node, nodes, incast_counts[i]) - count[i];
		TH_LOG("%-15s %ld", incast_counts[i], count[i]);
	}
	EXPECT_EQ(0, count[DEAD]);
	for (i = 1; i <= nodes; i++) {
		uint64_t took = incast->time[i].ended - incast->time[i].began;
		double rate = 1 / (double)(took + 1);

		longest = took > longest ? took : longest;
		sum += rate;
		squares += rate * rate;
	}
	jain = sum * sum / (nodes * squares);
	TH_LOG("fairness %.3f, %lu ms", jain, (unsigned long)longest);
	/* all bytes crossed */
	EXPECT_LE(nodes * INCAST_BYTES / 1500, count[SEGMENTS]);
	data = count[FRAMES] - count[ACKS] - count[HELLOS];
	again = incast_again(count);
	TH_LOG("%ld frames of data, %ld of them again", data, again);
	/* a debug kernel that is late makes probes of its own: those had nothing to repair */
	EXPECT_GE(data / 20, incast_slow() ? again - count[IN_VAIN] : again);
	EXPECT_LT(0.9, jain);
	for (i = 0; i <= nodes; i++)
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, self->node[i]));
	EXPECT_TRUE(history_clean(incast->history, &history));
	/* each node's first, and its large ones */
	EXPECT_EQ((uint32_t)((1 + round) * nodes), history.succeeded);
}

TEST_HARNESS_MAIN
