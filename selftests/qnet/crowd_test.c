// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - ten thousand senders and one slow server: what waits is bounded, and nobody gets an error
 *
 * vm: timeout=300 more=debug
 */
#define _GNU_SOURCE
#include "counter.h"
#include "history.h"
#include "live.h"
#include "qt_fixture.h"

#include <pthread.h>
#include <qnet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CROWD		10000
#define CROWD_FIT	3000		/* as many as one node may have waiting, and no more */
#define CROWD_PROCESSES	8
#define CROWD_PRIORITIES 60
#define CROWD_LEN	6000		/* more than a record of a request holds */
#define CROWD_REQUESTS	4096		/* that may wait */
#define CROWD_OTHERS	16		/* messages that are none of the crowd's */
#define CROWD_STACK	(32 << 10)
#define CROWD_THREADS	"/proc/sys/kernel/threads-max"
#define CROWD_PLACES	8		/* that new ones must not take from those who wait */
#define CROWD_WAIT	200		/* of more priority than those that come */
#define CROWD_COME	8		/* again and again */

/*
 * Bytes of kernel memory, at most.  Of each who waits, here or there: a record with the first 3072
 * bytes, for which an allocator has 4096; what is pinned, places in tables.  At the server's node
 * the rest of what came unasked: one peer's half of the room, in twice as much.  Then frames, and
 * pages that are not full.
 */
#define CROWD_RECORD	(5L << 10)
#define CROWD_UNASKED	(2 * (8L << 20))
#define CROWD_REST	(16L << 20)
#define CROWD_LOOK	100000		/* microseconds between two at that memory */

enum { CROWD_GO, CROWD_OUT, CROWD_HERE, CROWD_SEND };
enum { CROWD_ERROR, CROWD_INVERSIONS, CROWD_URGENT, CROWD_AHEAD, CROWD_LATEST };

struct crowd_message {
	uint16_t type;
	uint16_t priority;
	uint32_t number;
	char rest[CROWD_LEN - 8];
};

struct crowd {
	struct qt *qt;
	struct history *history;
	struct qt_server server;
	int senders;
	int process;
	int coid;
	pthread_mutex_t gate;		/* its process's threads wait for it before they send */
};

struct crowd_sender {
	struct crowd *crowd;
	uint32_t number;
	long status;
};

/* How many less urgent ones were served before this one. */
static long crowd_late(long served[], uint16_t priority)
{
	long late = 0;
	int i;

	served[priority]++;
	for (i = 0; i < priority; i++)
		late += served[i];
	return late;
}

static void crowd_server(struct qt *qt, int chid, void *arg)
{
	struct crowd *crowd = arg;
	struct history_log *log = history_begin(crowd->history);
	struct crowd_message msg;
	long served[CROWD_PRIORITIES + 1] = { 0 }, late;
	uint16_t before = 255;
	int i, rcvid;

	QT_CHECK(qt, qt_wait(qt, CROWD_GO, 1));
	for (i = 0; i < crowd->senders; i++) {
		rcvid = MsgReceive(chid, &msg, sizeof(msg), NULL);
		QT_CHECK(qt, rcvid > 0);
		history_write(log, HISTORY_RECEIVE, msg.number, 0, 0);
		QT_CHECK(qt, qt_filled(msg.rest, sizeof(msg.rest), msg.number));
		if (msg.priority > before)
			atomic_fetch_add(&qt->page->value[CROWD_INVERSIONS], 1);
		before = msg.priority;
		late = crowd_late(served, msg.priority);
		if (late > atomic_load(&qt->page->value[CROWD_LATEST]))
			atomic_store(&qt->page->value[CROWD_LATEST], late);
		usleep(100);
		history_write(log, HISTORY_REPLY, msg.number, 0, 0);
		QT_CHECK(qt, MsgReply(rcvid, (long)msg.number, NULL, 0) == 0);
	}
}

static void *crowd_send(void *arg)
{
	struct crowd_sender *sender = arg;
	struct crowd *crowd = sender->crowd;
	struct crowd_message *msg = calloc(1, sizeof(*msg));
	uint32_t number = sender->number;

	QT_CHECK(crowd->qt, msg);
	msg->type = 1;
	msg->number = number;
	msg->priority = (uint16_t)(1 + number % CROWD_PRIORITIES);
	qt_fill(msg->rest, sizeof(msg->rest), number);
	QT_CHECK(crowd->qt, qnet_setprio(msg->priority) >= 0);
	pthread_mutex_lock(&crowd->gate);
	pthread_mutex_unlock(&crowd->gate);
	sender->status = MsgSend_r(crowd->coid, msg, sizeof(*msg), NULL, 0);
	free(msg);
	return NULL;
}

/* A process has one log, its main thread's: it writes before a sender begins and when it ended. */
static void crowd_done(struct crowd_sender *sender, struct history_log *log)
{
	int err = sender->status < 0 ? (int)-sender->status : 0;

	history_write(log, HISTORY_DONE, sender->number, (uint64_t)sender->status, err);
	if (err)
		atomic_store(&sender->crowd->qt->page->value[CROWD_ERROR], err);
}

static void crowd_client(struct qt *qt, int chid, void *arg)
{
	struct crowd *crowd = arg;
	int i, share = crowd->senders / CROWD_PROCESSES;
	struct crowd_sender *senders = calloc((size_t)share, sizeof(*senders));
	pthread_t *threads = calloc((size_t)share, sizeof(*threads));
	struct history_log *log = history_begin(crowd->history);
	pthread_attr_t attr;

	(void)chid;
	crowd->qt = qt;
	crowd->coid = qt_attach(qt, crowd->server);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, CROWD_STACK);
	pthread_mutex_init(&crowd->gate, NULL);
	pthread_mutex_lock(&crowd->gate);
	for (i = 0; i < share; i++) {
		senders[i].crowd = crowd;
		senders[i].number = (uint32_t)(crowd->process * share + i);
		history_write(log, HISTORY_SEND, senders[i].number, 0, 0);
		QT_CHECK(qt, !pthread_create(&threads[i], &attr, crowd_send, &senders[i]));
	}
	qt_mark(qt, CROWD_HERE);
	QT_CHECK(qt, qt_wait(qt, CROWD_SEND, 1));
	pthread_mutex_unlock(&crowd->gate);
	for (i = 0; i < share; i++) {
		pthread_join(threads[i], NULL);
		crowd_done(&senders[i], log);
	}
	qt_mark(qt, CROWD_OUT);
}

FIXTURE(crowd) {
	struct qt qt;
	struct live base[2];
	long most_threads;
};

static long threads_most(long most)
{
	FILE *file = fopen(CROWD_THREADS, most ? "r+" : "r");
	long before = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%ld", &before) == 1 && most) {
		rewind(file);
		fprintf(file, "%ld\n", most);
	}
	fclose(file);
	return before;
}

FIXTURE_SETUP(crowd)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	self->most_threads = threads_most(3 * CROWD);
	ASSERT_TRUE(live_base(self->qt.client_ns, &self->base[0]));
	ASSERT_TRUE(live_base(self->qt.server_ns, &self->base[1]));
}

FIXTURE_TEARDOWN(crowd)
{
	threads_most(self->most_threads);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

struct crowd_waits {
	int ns;
	long least;
	long live;
};

static bool crowd_waits(void *arg)
{
	struct crowd_waits *waits = arg;
	struct live live;
	int i;

	if (!live_read(waits->ns, &live))
		return false;
	for (i = 0; i < live.count; i++)
		if (!strcmp(live.object[i].name, "messages"))
			waits->live = live.object[i].live;
	return waits->live >= waits->least;
}

/* All of them wait, and @may of those at the server's node; then it serves them. */
static void crowd_gathers(struct __test_metadata *_metadata, struct qt *qt, int senders, int may)
{
	struct crowd_waits waits[] = {
		{ .ns = qt->client_ns, .least = senders },
		{ .ns = qt->server_ns, .least = may < senders ? may : senders },
	};
	long before, took, now, most = CROWD_UNASKED + CROWD_REST +
				  CROWD_RECORD * (waits[0].least + waits[1].least);
	struct crowd crowd = { .senders = senders };
	pid_t pids[CROWD_PROCESSES];
	struct history_sum sum;
	uint64_t began;
	int i;

	/* the server's log has two records of each */
	crowd.history = history_new(CROWD_PROCESSES + 1, 2 * (uint32_t)senders);
	ASSERT_NE(NULL, crowd.history);
	crowd.server = qt_server(qt, 0, crowd_server, &crowd);
	for (i = 0; i < CROWD_PROCESSES; i++) {
		crowd.process = i;
		pids[i] = qt_client(qt, crowd_client, &crowd);
		ASSERT_LT(0, pids[i]);
	}
	/* threads take memory, too: they are there before it counts */
	ASSERT_TRUE(qt_wait(qt, CROWD_HERE, CROWD_PROCESSES));
	before = live_memory();
	qt_mark(qt, CROWD_SEND);
	for (i = 0; i < 2; i++)
		ASSERT_TRUE(qt_until(crowd_waits, &waits[i]));
	/* those that have no place try again and again: that brings no more of them in */
	usleep(500000);
	crowd_waits(&waits[1]);
	TH_LOG("%d senders wait, %ld of them at the server's node", senders, waits[1].live);
	EXPECT_GE(may + CROWD_OTHERS, waits[1].live);
	took = live_memory() - before;
	TH_LOG("they take %ld KiB of kernel memory, %ld may be", took >> 10, most >> 10);

	began = qt_now();
	qt_mark(qt, CROWD_GO);
	while (atomic_load(&qt->page->mark[CROWD_OUT]) < CROWD_PROCESSES &&
	       qt_now() - began < 1000 * (uint64_t)QT_PATIENCE) {
		now = live_memory() - before;
		took = now > took ? now : took;
		usleep(CROWD_LOOK);
	}
	ASSERT_TRUE(qt_wait(qt, CROWD_OUT, CROWD_PROCESSES));
	TH_LOG("all were served within %d ms, with %ld KiB at most", (int)(qt_now() - began),
	       took >> 10);
	/* what looks for bugs has memory of its own for each object */
	EXPECT_TRUE(took <= most || qt_rounds(10) < 10);
	for (i = 0; i < CROWD_PROCESSES; i++)
		EXPECT_EQ(0, qt_reap(qt, pids[i]));
	EXPECT_EQ(0, qt_reap(qt, crowd.server.pid));
	EXPECT_EQ(0, atomic_load(&qt->page->value[CROWD_ERROR]));
	EXPECT_TRUE(history_clean(crowd.history, &sum));
	EXPECT_EQ((uint32_t)senders, sum.runs);
	EXPECT_EQ((uint32_t)senders, sum.succeeded);
}

/* As many as fit are served in order of their priority. */
TEST_F_TIMEOUT(crowd, in_order, 120)
{
	int senders = qt_rounds(CROWD_FIT / CROWD_PROCESSES) * CROWD_PROCESSES;

	crowd_gathers(_metadata, &self->qt, senders, CROWD_REQUESTS);
	EXPECT_EQ(0, atomic_load(&self->qt.page->value[CROWD_INVERSIONS]));
	EXPECT_TRUE(live_settles(self->qt.client_ns, &self->base[0]));
	EXPECT_TRUE(live_settles(self->qt.server_ns, &self->base[1]));
}

/* The rest waits at home, and few of them ask in vain. */
TEST_F_TIMEOUT(crowd, more_than_fit, 180)
{
	int may = qt_rounds(CROWD_REQUESTS);
	struct counters server;
	long late, most;

	ASSERT_TRUE(counter_open(&server, self->qt.server_ns));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set requests %d", may));
	crowd_gathers(_metadata, &self->qt, qt_rounds(CROWD), may);
	/* there was a place for a more urgent one only when a less urgent one had been served */
	late = atomic_load(&self->qt.page->value[CROWD_INVERSIONS]);
	most = atomic_load(&self->qt.page->value[CROWD_LATEST]);
	TH_LOG("%ld times one came too late, at the most after %ld others", late, most);
	/* in rounds of 64 that are not the most urgent ones it were up to a hundred times ... */
	EXPECT_GT(20 + qt_rounds(CROWD) / 500, late);
	/* ... and after thousands; a debug kernel serves many while a round is on its way */
	if (qt_rounds(10) == 10)
		EXPECT_GT(CROWD / 8, most);
	ASSERT_TRUE(counter_read(&server));
	TH_LOG("%ld times there was no room", counter_get(&server, "rx_busy"));
	EXPECT_LT(0, counter_get(&server, "rx_busy"));
	EXPECT_GT(2 * qt_rounds(CROWD), counter_get(&server, "rx_busy"));
	counter_close(&server);
	EXPECT_TRUE(live_settles(self->qt.client_ns, &self->base[0]));
	EXPECT_TRUE(live_settles(self->qt.server_ns, &self->base[1]));
}

static void behind_server(struct qt *qt, int chid, void *arg)
{
	atomic_long *value = qt->page->value;
	uint16_t msg[2];
	int rcvid;

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, CROWD_GO, 1));
	for (;;) {
		rcvid = MsgReceive(chid, msg, sizeof(msg), NULL);
		if (rcvid <= 0)
			continue;
		if (msg[1])
			atomic_fetch_add(&value[CROWD_URGENT], 1);
		else if (atomic_load(&value[CROWD_URGENT]) < CROWD_WAIT)
			atomic_fetch_add(&value[CROWD_AHEAD], 1);
		usleep(300);
		QT_CHECK(qt, MsgReply(rcvid, 0, NULL, 0) == 0);
	}
}

static void *behind_send(void *arg)
{
	struct crowd_sender *sender = arg;
	struct crowd *crowd = sender->crowd;
	atomic_long *urgent = &crowd->qt->page->value[CROWD_URGENT];
	uint16_t msg[2] = { 1, (uint16_t)sender->number };

	QT_CHECK(crowd->qt, qnet_setprio(msg[1] ? 40 : 20) >= 0);
	do {
		QT_CHECK(crowd->qt, MsgSend(crowd->coid, msg, sizeof(msg), NULL, 0) == 0);
	} while (!msg[1] && atomic_load(urgent) < CROWD_WAIT);
	return NULL;
}

/* Those that come while others wait at home do not get the places that become free. */
TEST_F_TIMEOUT(crowd, new_ones_wait_behind, 120)
{
	struct crowd crowd = { .qt = &self->qt };
	struct crowd_waits waits = { .ns = self->qt.client_ns, .least = CROWD_WAIT };
	struct crowd_sender sender[2] = {
		{ .crowd = &crowd, .number = 0 }, { .crowd = &crowd, .number = 1 },
	};
	pthread_t thread[CROWD_WAIT + CROWD_COME];
	long ahead;
	int i;

	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set requests %d", CROWD_PLACES));
	crowd.server = qt_server(&self->qt, 0, behind_server, NULL);
	crowd.coid = qt_attach(&self->qt, crowd.server);
	for (i = 0; i < CROWD_WAIT; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, behind_send, &sender[1]));
	ASSERT_TRUE(qt_until(crowd_waits, &waits));
	usleep(100000);
	qt_mark(&self->qt, CROWD_GO);
	for (; i < CROWD_WAIT + CROWD_COME; i++)
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, behind_send, &sender[0]));
	for (i = 0; i < CROWD_WAIT + CROWD_COME; i++)
		pthread_join(thread[i], NULL);
	ahead = atomic_load(&self->qt.page->value[CROWD_AHEAD]);
	TH_LOG("%ld that came later were served before %d that waited", ahead, CROWD_WAIT);
	/* while a round of those that waited is on its way nobody knows of them */
	EXPECT_GT(CROWD_WAIT / 4, ahead);
	EXPECT_EQ(256 + SIGKILL, qt_kill(&self->qt, crowd.server.pid));
}

#define URGENT_FRAMES	60	/* at the least, that wait before it */
#define URGENT_MOST	12000

struct urgent {
	int coid;
	size_t len;
	int priority;
	uint64_t returned;
	int err;
	pthread_barrier_t *go;
	pthread_t thread;
};

static void *urgent_send(void *arg)
{
	struct urgent *urgent = arg;
	char *msg = calloc(1, urgent->len);

	if (urgent->go)
		pthread_barrier_wait(urgent->go);
	/* a status may be negative where long has 32 bits */
	if (!msg || qnet_setprio(urgent->priority) < 0 ||
	    MsgSend(urgent->coid, msg, urgent->len, NULL, 0) == -1)
		urgent->err = errno;
	urgent->returned = qt_now();
	free(msg);
	return NULL;
}

/* Of many that wait one has priority, and returns before most of those that were there before. */
static void urgent_first(struct __test_metadata *_metadata, struct qt *qt, int coid, size_t len,
			 int count)
{
	struct crowd_waits waits = { .ns = qt->client_ns, .least = count / 2 };
	struct urgent low[URGENT_FRAMES], high = { .coid = coid, .len = len, .priority = 50 };
	uint64_t began, last = 0;
	pthread_barrier_t go;
	int i;

	pthread_barrier_init(&go, NULL, (unsigned int)count + 1);
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc replace dev veth0 root netem delay 100ms"));
	for (i = 0; i < count; i++) {
		low[i] = (struct urgent){
			.coid = coid, .len = len, .priority = 10, .go = &go,
		};
		ASSERT_EQ(0, pthread_create(&low[i].thread, NULL, urgent_send, &low[i]));
	}
	pthread_barrier_wait(&go);
	ASSERT_TRUE(qt_until(crowd_waits, &waits));
	began = qt_now();
	ASSERT_EQ(0, pthread_create(&high.thread, NULL, urgent_send, &high));
	pthread_join(high.thread, NULL);
	for (i = 0; i < count; i++) {
		pthread_join(low[i].thread, NULL);
		ASSERT_EQ(0, low[i].err);
		last = low[i].returned > last ? low[i].returned : last;
	}
	ASSERT_EQ(0, high.err);
	TH_LOG("it returned after %d of %d ms", (int)(high.returned - began), (int)(last - began));
	EXPECT_LT(3 * (high.returned - began), 2 * (last - began));
}

#define URGENT_PULLS	24	/* that take turns with it */
#define URGENT_LONG	100000	/* bytes: six turns */

static void *pulls_receive(void *arg)
{
	char *buf = malloc(URGENT_LONG);
	struct qt *qt = arg;
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(1, buf, URGENT_LONG, NULL);
		QT_CHECK(qt, rcvid > 0 && MsgReply(rcvid, 0, NULL, 0) == 0);
	}
	return NULL;
}

/*
 * A thread for each message that comes: one that received waits for the bytes, however urgent those
 * of others are.
 */
static void pulls_server(struct qt *qt, int chid, void *arg)
{
	pthread_t thread;
	int i;

	(void)chid;
	(void)arg;
	for (i = 0; i < URGENT_PULLS; i++)
		QT_CHECK(qt, !pthread_create(&thread, NULL, pulls_receive, qt));
	pulls_receive(qt);
}

/* They wait at home for their turn on the wire, which takes four frames in a tenth of a second. */
static void urgent_frames(struct __test_metadata *_metadata, struct qt *qt, size_t len, int count)
{
	static const char first[URGENT_MOST];
	struct qt_server server = qt_server(qt, 0, pulls_server, NULL);
	int coid = qt_attach(qt, server);

	ASSERT_EQ(0, MsgSend(coid, first, len, NULL, 0));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set window_most 4"));
	urgent_first(_metadata, qt, coid, len, count);
	EXPECT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
}

TEST_F_TIMEOUT(crowd, urgent_requests_go_first, 120)
{
	urgent_frames(_metadata, &self->qt, 1200, URGENT_FRAMES);
}

TEST_F_TIMEOUT(crowd, urgent_bytes_go_first, 120)
{
	urgent_frames(_metadata, &self->qt, URGENT_MOST, URGENT_FRAMES / (URGENT_MOST / 1400));
}

/* All are received, and wait at the server's node: four of them are pulled at a time. */
TEST_F_TIMEOUT(crowd, urgent_pulls_go_first, 120)
{
	static const char * const pulls[] = { "pull_peer 65536", "pull_patience 10000" };
	struct qt *qt = &self->qt;
	struct qt_server server;
	int coid, i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl param set %s", pulls[i]));
	server = qt_server(qt, 0, pulls_server, NULL);
	coid = qt_attach(qt, server);
	ASSERT_EQ(0, MsgSend(coid, "\1", 1, NULL, 0));
	urgent_first(_metadata, qt, coid, URGENT_LONG, URGENT_PULLS);
	EXPECT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
}

TEST_HARNESS_MAIN
