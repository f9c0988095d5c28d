// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - nothing lost, nothing run twice, on a wire that loses, doubles and reorders
 *
 * Every request carries a number, and is answered with bytes that only this number gives. What was
 * done for each stands in the history.
 *
 * vm: timeout=450
 */
#define _GNU_SOURCE
#include "counter.h"
#include "history.h"
#include "qt_fixture.h"

#include <linux/qnet.h>
#include <sched.h>
#include <stdlib.h>

#include "rtnl.h"

#define LOSS_THREADS	16
#define LOSS_REQUESTS	20000	/* at most */
#define LOSS_MANY	9000
#define LOSS_MAX	72000	/* more than goes unasked */
#define LOSS_LOGS	32
#define LOSS_BURSTS	5	/* at least */
#define LOSS_SOON	120000		/* microseconds: a probe, and no PING, is due by then */

/* Ten of a hundred frames lost, five doubled, one in five held back behind later ones. */
#define LOSS_WIRE	"limit 10000 delay 200us loss 10% duplicate 5% reorder 80%"

struct loss_request {
	uint16_t type;		/* not a pulse's */
	uint16_t pad;
	uint32_t number;
	uint32_t len;		/* of the whole message, and of its answer */
};

struct loss {
	struct qt *qt;
	struct history *history;
	atomic_int next;
	atomic_int requests;
	bool large;		/* all of them; otherwise loss_len() */
	struct qt_server server;
	int coid;		/* 0: each thread attaches for itself */
};

/* Of ten requests six fit a frame, three take more, one so many that it must be asked for. */
static uint32_t loss_len(uint32_t number)
{
	static const uint32_t len[10] = {
		64, 3000, 64, 64, 20000, 64, LOSS_MAX, 64, 3000, 64
	};

	return len[number % 10];
}

static void loss_serve_one(struct loss *loss, struct history_log *log, int rcvid, char *buf,
			   size_t len)
{
	const struct loss_request *request = (void *)buf;
	uint32_t number = request->number;

	QT_CHECK(loss->qt, len >= sizeof(*request) && request->len == len);
	QT_CHECK(loss->qt, number < LOSS_REQUESTS);
	QT_CHECK(loss->qt, qt_filled(buf + sizeof(*request), len - sizeof(*request), number));
	history_write(log, HISTORY_RECEIVE, number, 0, 0);
	qt_fill(buf, len, ~number);
	history_write(log, HISTORY_REPLY, number, 0, 0);
	QT_CHECK(loss->qt, MsgReply(rcvid, number, buf, len) == EOK);
}

static void *loss_server_thread(void *arg)
{
	struct loss *loss = arg;
	struct history_log *log = history_begin(loss->history);
	struct _msg_info info;
	char *buf = malloc(LOSS_MAX);
	int rcvid;

	for (;;) {
		rcvid = MsgReceive(1, buf, LOSS_MAX, &info);
		if (rcvid < 0)
			break;
		if (rcvid)
			loss_serve_one(loss, log, rcvid, buf, (size_t)info.msglen);
	}
	free(buf);
	return NULL;
}

static void loss_server(struct qt *qt, int chid, void *arg)
{
	pthread_t thread;
	int i;

	(void)qt;
	(void)chid;
	for (i = 0; i < 3; i++)
		pthread_create(&thread, NULL, loss_server_thread, arg);
	loss_server_thread(arg);
}

static void *loss_client_thread(void *arg)
{
	struct loss *loss = arg;
	int coid = loss->coid ? loss->coid : qt_attach(loss->qt, loss->server);
	char *out = malloc(LOSS_MAX), *in = malloc(LOSS_MAX);
	struct history_log *log = history_begin(loss->history);
	struct loss_request *request = (void *)out;
	uint32_t number, len;
	long status;

	for (;;) {
		number = (uint32_t)atomic_fetch_add(&loss->next, 1);
		/* one fault says it all; with the server gone the others are thousands */
		if (number >= (uint32_t)atomic_load(&loss->requests) ||
		    atomic_load(&loss->qt->page->faults))
			break;
		len = loss->large ? LOSS_MAX : loss_len(number);
		*request = (struct loss_request) { .type = 1, .number = number, .len = len };
		qt_fill(out + sizeof(*request), len - sizeof(*request), number);
		history_write(log, HISTORY_SEND, number, 0, 0);
		status = MsgSend(coid, out, len, in, len);
		QT_CHECK(loss->qt, status >= 0);
		history_write(log, HISTORY_DONE, number, (uint64_t)status, 0);
		QT_CHECK(loss->qt, qt_filled(in, len, ~number));
	}
	free(out);
	free(in);
	if (!loss->coid)
		ConnectDetach(coid);
	return NULL;
}

FIXTURE(loss) {
	struct qt qt;
	struct loss loss;
};

FIXTURE_SETUP(loss)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	self->loss.qt = &self->qt;
	self->loss.requests = qt_rounds(LOSS_MANY);
	self->loss.history = history_new(LOSS_LOGS, 2 * LOSS_REQUESTS);
	ASSERT_NE(NULL, self->loss.history);
	self->loss.server = qt_server(&self->qt, 0, loss_server, &self->loss);
}

FIXTURE_TEARDOWN(loss)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults) {
		TH_LOG("%s", self->qt.page->fault);
	}
}

/* The wire's behaviour, the same both ways. */
static int loss_wire(struct qt *qt, const char *verb, const char *netem)
{
	return qt_run(qt->client_ns, "tc qdisc %s dev veth0 root netem %s", verb, netem) ||
	       qt_run(qt->server_ns, "tc qdisc %s dev veth0 root netem %s", verb, netem);
}

/* Each of @requests ran once, and its own reply came. */
static void loss_judge(struct __test_metadata *_metadata, struct loss *loss, uint32_t requests)
{
	struct history_sum sum;

	EXPECT_TRUE(history_clean(loss->history, &sum));
	EXPECT_EQ(requests, sum.runs);
	EXPECT_EQ(requests, sum.succeeded);
}

TEST_F_TIMEOUT(loss, loses_doubles_reorders, 280)
{
	pthread_t threads[LOSS_THREADS];
	int i;

	ASSERT_EQ(0, loss_wire(&self->qt, "add", LOSS_WIRE));
	for (i = 0; i < LOSS_THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, loss_client_thread, &self->loss));
	for (i = 0; i < LOSS_THREADS; i++)
		pthread_join(threads[i], NULL);
	loss_judge(_metadata, &self->loss, (uint32_t)self->loss.requests);
	qt_run(self->qt.client_ns, "qnetctl stats tx | sed 's/^/# /'");
	EXPECT_EQ(0, loss_wire(&self->qt, "change", "limit 10000"));
}

/*
 * Of a window full of frames hardly one arrives: it tells that the others are lost, the window gets
 * too small for them, and of those that it has room for none arrives.  Then time must help.
 */
TEST_F_TIMEOUT(loss, bursts, 120)
{
	const struct sched_param soon = { .sched_priority = 10 }, later = { .sched_priority = 0 };
	pthread_t threads[LOSS_THREADS];
	int i, bad = 0, soon_again = 0, before;

	self->loss.requests = LOSS_REQUESTS;
	self->loss.large = true;
	ASSERT_EQ(0, loss_wire(&self->qt, "add", "limit 10000 delay 1ms"));
	for (i = 0; i < LOSS_THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, loss_client_thread, &self->loss));
	/* so that it is as short as it should be */
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_FIFO, &soon));
	while ((atomic_load(&self->loss.next) < qt_rounds(600) || bad < LOSS_BURSTS) &&
	       !atomic_load(&self->qt.page->faults)) {
		ASSERT_EQ(0, rtnl_netem(self->qt.client_ns, "veth0", 90, 1000));
		usleep(100000);
		ASSERT_EQ(0, rtnl_netem(self->qt.client_ns, "veth0", 0, 1000));
		before = atomic_load(&self->loss.next);
		usleep(LOSS_SOON);
		soon_again += atomic_load(&self->loss.next) > before;
		usleep(250000 - LOSS_SOON);	/* for the window to grow */
		bad++;
	}
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_OTHER, &later));
	self->loss.requests = 0;	/* that is enough */
	for (i = 0; i < LOSS_THREADS; i++)
		pthread_join(threads[i], NULL);
	TH_LOG("bad %d times, and %d times it went on soon", bad, soon_again);
	EXPECT_LE(LOSS_BURSTS, bad);
	/* on a slow machine the answer to a probe may come later */
	EXPECT_LE(qt_rounds(12) < 12 ? bad : 3 * bad, 4 * soon_again);
	loss_judge(_metadata, &self->loss, (uint32_t)atomic_load(&self->loss.next) - LOSS_THREADS);
	EXPECT_EQ(0, loss_wire(&self->qt, "change", "limit 10000"));
}

/* A wire that is cut half of the time, and never for long, is not a dead node. */
TEST_F_TIMEOUT(loss, half_of_the_time, 120)
{
	const struct sched_param soon = { .sched_priority = 10 }, later = { .sched_priority = 0 };
	pthread_t threads[LOSS_THREADS];
	uint64_t cut, longest = 0;
	struct counters counters;
	long dead;
	int i;

	self->loss.requests = LOSS_REQUESTS;
	ASSERT_TRUE(counter_open(&counters, self->qt.client_ns));
	ASSERT_TRUE(counter_read(&counters));
	dead = counter_get(&counters, "links_dead");
	ASSERT_EQ(0, loss_wire(&self->qt, "add", "limit 10000 delay 1ms"));
	for (i = 0; i < LOSS_THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, loss_client_thread, &self->loss));
	/* so that it is not for long */
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_FIFO, &soon));
	for (i = 0; i < 100; i++) {
		cut = qt_now();
		ASSERT_EQ(0, rtnl_netem(self->qt.client_ns, "veth0", 100, 1000));
		usleep(60000);
		ASSERT_EQ(0, rtnl_netem(self->qt.client_ns, "veth0", 0, 1000));
		cut = qt_now() - cut;
		longest = cut > longest ? cut : longest;
		usleep(60000);
	}
	ASSERT_EQ(0, sched_setscheduler(0, SCHED_OTHER, &later));
	TH_LOG("cut for %d ms at the longest", (int)longest);
	self->loss.requests = 0;	/* that is enough */
	for (i = 0; i < LOSS_THREADS; i++)
		pthread_join(threads[i], NULL);
	ASSERT_TRUE(counter_read(&counters));
	EXPECT_EQ(dead, counter_get(&counters, "links_dead"));
	counter_close(&counters);
	loss_judge(_metadata, &self->loss, (uint32_t)atomic_load(&self->loss.next) - LOSS_THREADS);
	EXPECT_EQ(0, loss_wire(&self->qt, "change", "limit 10000"));
}

/* Request @number and no other; what the thread did not take is the next one's. */
static void loss_request(struct loss *loss, int number)
{
	atomic_store(&loss->next, number);
	loss->requests = number + 1;
	loss_client_thread(loss);
}

/* Frames wait in the queue. */
#define LOSS_HELD	"tc -s qdisc show dev veth0 | grep -q 'backlog [1-9]'"

/*
 * The first copy of a request stays on the wire for long. Another copy, sent later, is run,
 * answered, and the answer acknowledged; then the first comes.
 */
TEST_F_TIMEOUT(loss, late_first_copy, 120)
{
	struct loss_request request = { .type = 1, .number = 1, .len = sizeof(request) };
	struct loss *loss = &self->loss;
	struct history_log *log;
	struct loss_request answer;
	struct qt_send slow = {
		.out = &request,
		.out_len = sizeof(request),
		.in = &answer,
		.in_len = sizeof(answer),
	};
	int i;

	loss->coid = qt_attach(&self->qt, loss->server);
	loss_request(loss, 0);	/* attached: what is late then is a request, not an attach */
	slow.coid = loss->coid;
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set dead-after 30000"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl node set dead-after 30000"));
	ASSERT_EQ(0, qt_run(self->qt.client_ns,
			    "tc qdisc add dev veth0 root netem limit 1000 delay 6s"));
	log = history_begin(loss->history);
	history_write(log, HISTORY_SEND, request.number, 0, 0);
	ASSERT_TRUE(qt_send_start(&slow));
	/* blocked, so its frame is in the queue, where the delay finds it no more */
	ASSERT_TRUE(qt_wait_blocked(slow.tid, QNET_IOC_SEND));
	ASSERT_EQ(0, qt_run(self->qt.client_ns, LOSS_HELD));
	ASSERT_EQ(0, qt_run(self->qt.client_ns,
			    "tc qdisc change dev veth0 root netem limit 1000 delay 0ms"));
	ASSERT_TRUE(qt_send_join(&slow));
	history_write(log, HISTORY_DONE, request.number, (uint64_t)slow.status, slow.err);
	for (i = 2; i < 20; i++)
		loss_request(loss, i);
	/* until the late frame is delivered */
	for (i = 0; i < 1000 && !qt_run(self->qt.client_ns, LOSS_HELD " || exit 1"); i++)
		usleep(100000);
	ASSERT_GT(1000, i);
	loss_request(loss, 20);
	loss_judge(_metadata, loss, 21);
}

TEST_HARNESS_MAIN
