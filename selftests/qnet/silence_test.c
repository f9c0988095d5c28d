// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - silence: the shortest that may mean death, and what it leaves behind
 *
 * The wire is cut by netlink: to start tc(8) takes longer than the silence.
 *
 * vm: timeout=200
 */
#include "live.h"
#include "qt_fixture.h"

#include <linux/qnet.h>
#include <string.h>
#include <time.h>

#include "rtnl.h"

#define SILENCE		50		/* milliseconds: the least that may be said */
#define SILENCE_SLOW	1000
#define SILENCE_TRIES	6
#define SILENCE_BEFORE	100000		/* microseconds without a call before the cut */
#define SILENCE_LONG	(1 << 20)
#define SILENCE_PULSES	10

FIXTURE(silence) {
	struct qt qt;
};

FIXTURE_SETUP(silence)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "tc qdisc add dev veth0 root netem limit 10000"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "tc qdisc add dev veth0 root netem limit 10000"));
}

FIXTURE_TEARDOWN(silence)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static int silence_say(struct qt *qt, int milliseconds)
{
	return qt_run(qt->client_ns, "qnetctl node set dead-after %d", milliseconds) ||
	       qt_run(qt->server_ns, "qnetctl node set dead-after %d", milliseconds);
}

static bool silence_wire(struct qt *qt, bool whole)
{
	unsigned int loss = whole ? 0 : 100;

	return !rtnl_netem(qt->server_ns, "veth0", loss, 0) &&
	       !rtnl_netem(qt->client_ns, "veth0", loss, 0);
}

static double silence_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

struct silence_call {
	struct qt *qt;
	struct qt_send send;
	int received;		/* by the server, before */
};

static bool silence_waits(void *arg)
{
	struct silence_call *call = arg;

	return atomic_load(&call->qt->page->mark[QT_RECEIVED]) > call->received ||
	       __atomic_load_n(&call->send.done, __ATOMIC_ACQUIRE);
}

/*
 * Milliseconds from the cut to the error of a client that waits for its reply; 0: where a guest
 * stood still that came before the cut.
 */
static double silence_try(struct __test_metadata *_metadata, struct qt *qt,
			  struct qt_server server)
{
	struct silence_call call = { .qt = qt };
	double began = 0;

	ASSERT_TRUE(qt_relink(qt));
	call.received = atomic_load(&qt->page->mark[QT_RECEIVED]);
	call.send.coid = qt_attach(qt, server);
	ASSERT_TRUE(qt_send_start(&call.send));
	ASSERT_TRUE(qt_until(silence_waits, &call));
	usleep(SILENCE_BEFORE);
	if (!__atomic_load_n(&call.send.done, __ATOMIC_ACQUIRE))
		began = silence_now();
	ASSERT_TRUE(silence_wire(qt, false));
	ASSERT_TRUE(qt_send_join(&call.send));
	if (began)
		began = silence_now() - began;
	EXPECT_EQ(-1, call.send.status);
	EXPECT_EQ(EHOSTDOWN, call.send.err);
	ConnectDetach(call.send.coid);
	ASSERT_TRUE(silence_wire(qt, true));
	return began;
}

/*
 * A quarter more than was said, at most: a link looks each eighth of it, and its end waits for all
 * who are in the midst of a frame.  Where other guests take the CPU it takes longer: once in a few
 * tries not.  The debug kernel may be silent for so long by itself.
 */
QT_TEST(silence, of_fifty_milliseconds)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_keep, NULL);
	double took, least = 1e9, most = 0;
	int i, tries = 0;

	ASSERT_EQ(0, silence_say(&self->qt, SILENCE));
	for (i = 0; i < SILENCE_TRIES; i++) {
		took = silence_try(_metadata, &self->qt, server);
		if (!took)
			continue;
		tries++;
		least = took < least ? took : least;
		most = took > most ? took : most;
		TH_LOG("%d ms: dead after %.1f ms", SILENCE, took);
	}
	TH_LOG("%d of %d times it died when it was cut", tries, SILENCE_TRIES);
	if (qt_rounds(10) < 10)
		return;
	EXPECT_LE(SILENCE_TRIES / 2, tries);
	EXPECT_GE(1.25 * SILENCE, least);
	EXPECT_LE(0.5 * SILENCE, most);
}

/* Of @kind there is one less. */
static bool silence_one_less(struct live *live, const char *kind)
{
	int i;

	for (i = 0; i < live->count; i++) {
		if (strcmp(live->object[i].name, kind))
			continue;
		return live->object[i].live-- > 0;
	}
	return false;
}

/* Of a client: a short request and a long one, and pulses before each. */
static void silence_begin(struct __test_metadata *_metadata, struct qt *qt,
			  struct qt_server server, struct qt_send *send)
{
	int i, n;

	for (i = 0; i < 2; i++) {
		send[i].coid = qt_attach(qt, server);
		for (n = 0; n < SILENCE_PULSES; n++)
			ASSERT_EQ(0, MsgSendPulse(send[i].coid, -1, 1, n));
		ASSERT_TRUE(qt_send_start(&send[i]));
	}
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 2));
}

static void silence_end(struct __test_metadata *_metadata, struct qt *qt,
			struct qt_server server, struct qt_send *send)
{
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(qt_send_join(&send[i]));
		EXPECT_EQ(EHOSTDOWN, send[i].err);
		EXPECT_EQ(-EBADF, MsgSend_r(send[i].coid, NULL, 0, NULL, 0));
		EXPECT_EQ(0, ConnectDetach(send[i].coid));
	}
	ASSERT_TRUE(qt_wait(qt, QT_DISCONNECTED, 1));
	EXPECT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
}

/* The wire does not come back: nodes ask for each other for a while, and then nothing is left. */
static void silence_leaves(struct __test_metadata *_metadata, struct qt *qt, bool calls)
{
	char *out = calloc(1, SILENCE_LONG);
	struct qt_send send[2] = {
		{ .out = out, .out_len = 64 },
		{ .out = out, .out_len = SILENCE_LONG },
	};
	struct qt_server server;
	struct live base[2];

	ASSERT_NE(NULL, out);
	ASSERT_TRUE(live_base(qt->client_ns, &base[0]));
	ASSERT_TRUE(live_base(qt->server_ns, &base[1]));
	ASSERT_TRUE(silence_one_less(&base[0], "links"));
	ASSERT_TRUE(silence_one_less(&base[1], "links"));
	if (calls) {
		server = qt_server(qt, _NTO_CHF_DISCONNECT, qt_keep, NULL);
		silence_begin(_metadata, qt, server, send);
	}
	/* not before: a guest that stands still may look dead from now on */
	ASSERT_EQ(0, silence_say(qt, qt_rounds(10) == 10 ? SILENCE : SILENCE_SLOW));
	ASSERT_TRUE(silence_wire(qt, false));
	if (calls)
		silence_end(_metadata, qt, server, send);
	EXPECT_TRUE(live_settles(qt->client_ns, &base[0]));
	EXPECT_TRUE(live_settles(qt->server_ns, &base[1]));
	EXPECT_NE(0, qt_run(qt->client_ns, "qnetctl node list | grep -q 'beta.* up '"));
	free(out);
}

QT_TEST(silence, leaves_nothing)
{
	silence_leaves(_metadata, &self->qt, false);
}

QT_TEST(silence, leaves_nothing_of_calls)
{
	silence_leaves(_metadata, &self->qt, true);
}

TEST_HARNESS_MAIN
