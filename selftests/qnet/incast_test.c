// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - many nodes send to one at once, and meet in the last queue before it
 *
 * Each node is a namespace, the test's own is the switch: a bridge whose port to the server's node
 * has a rate and a queue of 64 frames.
 *
 * vm: timeout=150
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define INCAST_NODES	32
#define INCAST_BYTES	(256 << 10)
#define INCAST_EXIT	"netem rate 400mbit limit 64"

/* Marks. */
enum { ALONE, WIRED, UP, CONNECTED, GO, DONE };

struct incast {
	struct qt *qt;
	struct qt_server server;
	int number;			/* of the node that begins next; 0: the server's */
	uint64_t *took;			/* microseconds; shared */
};

FIXTURE(incast) {
	struct qt qt;
	struct incast incast;
	pid_t node[INCAST_NODES + 1];
};

FIXTURE_SETUP(incast)
{
	ASSERT_TRUE(qt_setup(&self->qt, false));
	self->incast.qt = &self->qt;
	self->incast.took = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
				 -1, 0);
	ASSERT_NE(MAP_FAILED, self->incast.took);
}

FIXTURE_TEARDOWN(incast)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static uint64_t incast_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* A namespace with a node in it.  Each has a link to each, all on one CPU: they ping at leisure. */
static void incast_node(struct qt *qt, int number)
{
	QT_CHECK(qt, unshare(CLONE_NEWNET) == 0);
	qt_mark(qt, ALONE);
	QT_CHECK(qt, qt_wait(qt, WIRED, 1));
	QT_CHECK(qt, !qt_run(-1, "/usr/sbin/ip link set veth0 up && qnetctl node set n%d", number));
	QT_CHECK(qt, !qt_run(-1, "qnetctl node set dead-after 10000 && qnetctl bearer add veth0"));
}

static void *incast_server_thread(void *arg)
{
	char *buf = malloc(INCAST_BYTES);
	struct incast *incast = arg;
	struct _msg_info info;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(1, buf, INCAST_BYTES, &info);
		if (!rcvid)
			continue;
		QT_CHECK(incast->qt, rcvid > 0);
		QT_CHECK(incast->qt, qt_filled(buf, (size_t)info.msglen, 1));
		QT_CHECK(incast->qt, MsgReply(rcvid, info.msglen, NULL, 0) == EOK);
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
	for (i = 0; i < INCAST_NODES; i++)
		QT_CHECK(qt, !pthread_create(&thread, NULL, incast_server_thread, arg));
	qt_mark(qt, UP);
	for (;;)
		pause();
}

static void incast_client(struct qt *qt, int chid, void *arg)
{
	struct incast *incast = arg;
	int number = incast->number, coid;
	char *out = malloc(INCAST_BYTES);
	uint64_t began;

	(void)chid;
	incast_node(qt, number);
	QT_CHECK(qt, qt_wait(qt, UP, 1));
	qt_fill(out, INCAST_BYTES, 1);
	coid = ConnectAttach((uint32_t)netmgr_strtond("/net/n0", NULL), incast->server.pid, 1,
			     _NTO_SIDE_CHANNEL, 0);
	QT_CHECK(qt, coid != -1);
	QT_CHECK(qt, MsgSend(coid, out, 64, NULL, 0) == 64);
	qt_mark(qt, CONNECTED);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	began = incast_now();
	QT_CHECK(qt, MsgSend(coid, out, INCAST_BYTES, NULL, 0) == INCAST_BYTES);
	incast->took[number] = incast_now() - began;
	qt_mark(qt, DONE);
	for (;;)
		pause();
}

/* Cables from all of @node to the switch. */
static int incast_wire(const pid_t *node)
{
	FILE *file = popen("/usr/sbin/ip -batch -", "w");
	int i;

	if (!file)
		return -1;
	fprintf(file, "link add br0 type bridge\nlink set br0 up\n");
	for (i = 0; i <= INCAST_NODES; i++)
		fprintf(file, "link add v%d type veth peer name veth0 netns %d\n"
			      "link set v%d master br0 up\n", i, node[i], i);
	if (pclose(file))
		return -1;
	return qt_run(-1, "/usr/sbin/tc qdisc add dev v0 root " INCAST_EXIT);
}

/* What all nodes counted. */
static long incast_count(const pid_t *node, const char *name)
{
	struct counters counters;
	char path[64];
	long sum = 0;
	int i, fd;

	for (i = 0; i <= INCAST_NODES; i++) {
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

TEST_F_TIMEOUT(incast, to_one, 600)
{
	struct incast *incast = &self->incast;
	long segments, again, dead;
	double sum = 0, squares = 0, jain;
	uint64_t longest = 0;
	int i;

	self->node[0] = qt_client(&self->qt, incast_server, incast);
	incast->server.pid = self->node[0];
	for (i = 1; i <= INCAST_NODES; i++) {
		incast->number = i;
		self->node[i] = qt_client(&self->qt, incast_client, incast);
	}
	ASSERT_TRUE(qt_wait(&self->qt, ALONE, INCAST_NODES + 1));
	ASSERT_EQ(0, incast_wire(self->node));
	qt_mark(&self->qt, WIRED);
	ASSERT_TRUE(qt_wait(&self->qt, CONNECTED, INCAST_NODES));
	segments = incast_count(self->node, "tx_segments");
	again = incast_count(self->node, "tx_retransmits");
	dead = incast_count(self->node, "links_dead");
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(qt_wait(&self->qt, DONE, INCAST_NODES));

	segments = incast_count(self->node, "tx_segments") - segments;
	again = incast_count(self->node, "tx_retransmits") - again;
	TH_LOG("since the nodes are up: %ld lost, %ld probes, %ld of both in vain",
	       incast_count(self->node, "tx_lost"), incast_count(self->node, "tx_probes"),
	       incast_count(self->node, "tx_spurious"));
	EXPECT_EQ(dead, incast_count(self->node, "links_dead"));
	for (i = 1; i <= INCAST_NODES; i++) {
		double rate = 1 / (double)(incast->took[i] + 1);

		longest = incast->took[i] > longest ? incast->took[i] : longest;
		sum += rate;
		squares += rate * rate;
	}
	jain = sum * sum / (INCAST_NODES * squares);
	TH_LOG("%ld of %ld segments again, fairness %.3f, %lu ms", again, segments, jain,
	       (unsigned long)(longest / 1000));
	/* all bytes crossed */
	EXPECT_LE(INCAST_NODES * INCAST_BYTES / 1500, segments);
	EXPECT_GE(segments / 20, again);
	EXPECT_LT(0.9, jain);
}

TEST_HARNESS_MAIN
