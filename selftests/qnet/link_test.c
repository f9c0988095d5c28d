// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the wire is cut, the device goes, the peer is short of room
 *
 * vm: timeout=400
 */
#define _GNU_SOURCE
#include "counter.h"
#include "live.h"
#include "qt_fixture.h"
#include "rtnl.h"

#include <errno.h>
#include <linux/qnet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

FIXTURE(link) {
	struct qt qt;
};

FIXTURE_SETUP(link)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
}

FIXTURE_TEARDOWN(link)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int wire(struct qt *qt, const char *what)
{
	return qt_run(qt->client_ns, "tc qdisc replace dev veth0 root netem %s", what) ||
	       qt_run(qt->server_ns, "tc qdisc replace dev veth0 root netem %s", what);
}

static int wait_state(struct qt *qt, const char *state)
{
	int tries;

	for (tries = 0; tries < 400; tries++) {
		if (!qt_run(qt->client_ns, "qnetctl node list | grep -q 'beta.* %s '", state))
			return 0;
		usleep(100000);
	}
	return -1;
}

/* How long death takes is said by dead-after; a debug kernel under load gets more. */
TEST_F_TIMEOUT(link, cut_and_back, 200)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, qt_keep, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server) };
	double began, took;
	int coid;

	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, wire(&self->qt, "loss 100%"));
	began = seconds();
	ASSERT_TRUE(qt_send_join(&send));
	took = seconds() - began;
	EXPECT_EQ(-1, send.status);
	EXPECT_EQ(EHOSTDOWN, send.err);
	EXPECT_GT(30, took);
	/* the server's side hears of it, too */
	ASSERT_TRUE(qt_wait(&self->qt, QT_DISCONNECTED, 1));

	/* what was used is dead for good; what comes new has no way yet */
	EXPECT_EQ(-EBADF, MsgSend_r(send.coid, NULL, 0, NULL, 0));
	coid = qt_attach(&self->qt, server);
	ASSERT_NE(-1, coid);
	EXPECT_EQ(-EHOSTDOWN, MsgSend_r(coid, NULL, 0, NULL, 0));

	ASSERT_EQ(0, wire(&self->qt, "loss 0%"));
	ASSERT_EQ(0, wait_state(&self->qt, "up"));
	EXPECT_EQ(-EBADF, MsgSend_r(send.coid, NULL, 0, NULL, 0));
	/* never used, so it attaches anew */
	send.coid = coid;
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, QT_RECEIVED, 2));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(ESRCH, send.err);
}

struct cut {
	double dead;		/* seconds from before the cut to the error of a blocked client */
	double took;		/* of them, the program that cuts */
	double back;		/* from the wire's return to the first answer */
};

/* Frames get lost from now on, both ways, or do not any more. */
static bool lossy(struct qt *qt, bool cut)
{
	return !rtnl_netem(qt->server_ns, "veth0", cut ? 100 : 0, 0) &&
	       !rtnl_netem(qt->client_ns, "veth0", cut ? 100 : 0, 0);
}

/* The other end of the client's device goes down, and comes up. */
static bool unplug(struct qt *qt, bool cut)
{
	return !qt_run(qt->server_ns, "ip link set veth0 %s", cut ? "down" : "up");
}

/* One cut of the wire under a client that waits for its reply. */
static bool cut(struct qt *qt, struct qt_server server, bool (*wire)(struct qt *qt, bool cut),
		struct cut *cut)
{
	struct qt_send send = { .coid = qt_attach(qt, server) };
	int coid, gone = atomic_load(&qt->page->mark[QT_DISCONNECTED]);
	double began, after;

	if (!qt_send_start(&send) || !qt_wait_blocked(send.tid, QNET_IOC_SEND))
		return false;
	usleep(300000);		/* received, and all is quiet */
	began = seconds();
	if (!wire(qt, true))
		return false;
	after = seconds();
	if (!qt_send_join(&send) || send.err != EHOSTDOWN)
		return false;
	cut->dead = seconds() - began;
	cut->took = after - began;
	/* the server's side hears of it, too */
	if (!qt_wait(qt, QT_DISCONNECTED, gone + 1))
		return false;
	usleep(1200000);	/* longer than from one ANNOUNCE to the next */
	if (!wire(qt, false))
		return false;
	began = seconds();
	/* what is dead is not used again; a pulse says that the link is there */
	do {
		coid = qt_attach(qt, server);
		send.err = -MsgSendPulse_r(coid, -1, 1, 0);
		ConnectDetach(coid);
		usleep(5000);
	} while (send.err && seconds() - began < 60);
	cut->back = seconds() - began;
	ConnectDetach(send.coid);
	/* what sent the pulse went, too */
	return qt_wait(qt, QT_DISCONNECTED, gone + 2);
}

#define CUTS	5

/*
 * Silence means death after as long as was said and a quarter more; a wire that is good again is
 * used within a second.  So it is more often than not; where each program takes seconds, or the cut
 * itself does, once.
 */
static void cuts(struct __test_metadata *_metadata, struct qt *qt, int said,
		 bool (*wire)(struct qt *qt, bool cut))
{
	struct qt_server server = qt_server(qt, _NTO_CHF_DISCONNECT, qt_keep, NULL);
	int enough = qt_rounds(CUTS) == CUTS && said <= 1000 ? CUTS / 2 + 1 : 1;
	int tries, dead = 0, back = 0;
	struct cut now;

	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node set dead-after %d", said));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl node set dead-after %d", said));
	for (tries = 0; tries < CUTS && (dead < enough || back < enough); tries++) {
		ASSERT_TRUE(cut(qt, server, wire, &now));
		TH_LOG("%d ms: dead after %.3f s (the cut took %.3f), back after %.3f s", said,
		       now.dead, now.took, now.back);
		EXPECT_LT(0.5 * said / 1000, now.dead);
		/* the program that cuts takes a fifth of the least time: from its end, then */
		dead += now.dead - (said < 400 ? now.took : 0) <= 1.25 * said / 1000;
		back += now.back <= 1;
	}
	EXPECT_LE(enough, dead);
	EXPECT_LE(enough, back);
	EXPECT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
	atomic_store(&qt->page->mark[QT_DISCONNECTED], 0);
}

TEST_F_TIMEOUT(link, as_soon_as_said, 240)
{
	static const int said[] = { 100, 400, 1000, 3000 };
	size_t i;

	ASSERT_EQ(0, wire(&self->qt, "loss 0%"));
	for (i = 0; i < ARRAY_SIZE(said); i++)
		cuts(_metadata, &self->qt, said[i], lossy);
}

/* A cable that is pulled out is a wire that is cut: the same error, as soon. */
TEST_F_TIMEOUT(link, unplugged, 120)
{
	cuts(_metadata, &self->qt, 1000, unplug);
}

#define CALLERS		8
#define CALL_LONG	20000	/* bytes: a window of frames is on its way */

struct caller {
	pthread_t thread;
	int coid;
	size_t len;
	int err;
	double end;
};

/* One call after the other, until one fails. */
static void *keep_calling(void *arg)
{
	static char bytes[CALL_LONG];
	struct caller *caller = arg;

	/* a sum is no errno where long has 32 bits */
	while (MsgSend(caller->coid, bytes, caller->len, NULL, 0) != -1)
		;
	caller->err = errno;
	caller->end = seconds();
	return NULL;
}

/* What is sent again and again in vain does not keep a link alive. */
TEST_F_TIMEOUT(link, cut_at_work, 120)
{
	int tries, i, good = 0, enough = qt_rounds(CUTS) == CUTS ? CUTS / 2 + 1 : 1;
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, QT_LEAVING);
	struct caller callers[CALLERS];
	double began, last;

	ASSERT_EQ(0, wire(qt, "loss 0%"));
	for (tries = 0; tries < CUTS && good < enough; tries++) {
		for (i = 0; i < CALLERS; i++) {
			callers[i].coid = qt_attach(qt, server);
			callers[i].len = i % 2 ? CALL_LONG : 64;
			ASSERT_EQ(0, pthread_create(&callers[i].thread, NULL, keep_calling,
						    &callers[i]));
		}
		usleep(300000);
		began = seconds();
		ASSERT_TRUE(lossy(qt, true));
		for (last = 0, i = 0; i < CALLERS; i++) {
			pthread_join(callers[i].thread, NULL);
			EXPECT_EQ(EHOSTDOWN, callers[i].err);
			ConnectDetach(callers[i].coid);
			last = callers[i].end > last ? callers[i].end : last;
		}
		TH_LOG("the last one ended after %.3f s", last - began);
		good += last - began <= 1.25;
		ASSERT_TRUE(lossy(qt, false));
		ASSERT_EQ(0, wait_state(qt, "up"));
	}
	EXPECT_LE(enough, good);
}

enum { OVER = QT_DISCONNECTED + 1, AGAIN };

/* Answers its first request when the wire is back, and all others at once. */
static void slow_to_answer(struct qt *qt, int chid, void *arg)
{
	struct _pulse *pulse;
	char buf[64];
	int first = MsgReceive(chid, buf, sizeof(buf), NULL), rcvid;

	(void)arg;
	QT_CHECK(qt, first > 0);
	qt_mark(qt, QT_RECEIVED);
	QT_CHECK(qt, qt_wait(qt, OVER, 1));
	for (;;) {
		rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
		pulse = (void *)buf;
		if (!rcvid && pulse->code == _PULSE_CODE_DISCONNECT) {
			/* nobody waits for it any more */
			QT_CHECK(qt, MsgReply_r(first, 7, NULL, 0) == -ESRCH);
			ConnectDetach(pulse->scoid);
			qt_mark(qt, QT_DISCONNECTED);
		} else if (rcvid > 0) {
			qt_mark(qt, AGAIN);
			QT_CHECK(qt, MsgReply(rcvid, 5, NULL, 0) == 0);
		}
	}
}

/* A cut that only one of them is told to notice ends the session of both. */
static void one_notices(struct __test_metadata *_metadata, struct qt *qt, int client, int server)
{
	struct qt_server slow = qt_server(qt, _NTO_CHF_DISCONNECT, slow_to_answer, NULL);
	struct qt_send send = { .coid = qt_attach(qt, slow) };
	char out[64] = { 1 };
	int coid, err, i;

	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node set dead-after %d", client));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl node set dead-after %d", server));
	send.out = out;
	send.out_len = sizeof(out);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, wire(qt, "loss 100%"));
	usleep(1500000);
	ASSERT_EQ(0, wire(qt, "loss 0%"));
	qt_mark(qt, OVER);
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTDOWN, send.err);
	ASSERT_TRUE(qt_wait(qt, QT_DISCONNECTED, 1));
	EXPECT_EQ(-EBADF, MsgSend_r(send.coid, out, sizeof(out), NULL, 0));
	for (i = 0; i < 1000; i++) {
		coid = qt_attach(qt, slow);
		err = (int)MsgSend_r(coid, out, sizeof(out), NULL, 0);
		if (err != -EHOSTDOWN)
			break;
		ConnectDetach(coid);
		usleep(20000);
	}
	EXPECT_EQ(5, err);
	/* each ran once */
	EXPECT_EQ(1, atomic_load(&qt->page->mark[AGAIN]));
	EXPECT_EQ(1, atomic_load(&qt->page->mark[QT_RECEIVED]));
}

TEST_F_TIMEOUT(link, client_notices, 120)
{
	one_notices(_metadata, &self->qt, 300, 20000);
}

TEST_F_TIMEOUT(link, server_notices, 120)
{
	one_notices(_metadata, &self->qt, 20000, 300);
}

TEST_F_TIMEOUT(link, device_removed, 120)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_keep, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server) };
	int coid = qt_attach(&self->qt, server);

	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "ip link del veth0"));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTUNREACH, send.err);
	EXPECT_EQ(-EHOSTUNREACH, MsgSend_r(coid, NULL, 0, NULL, 0));
	EXPECT_EQ(-EBADF, MsgSend_r(send.coid, NULL, 0, NULL, 0));
	EXPECT_EQ(0, qt_run(self->qt.client_ns, "qnetctl bearer list | grep -q 'veth0.* gone '"));
}

TEST_F_TIMEOUT(link, bearer_deleted, 120)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_keep, NULL);
	struct qt_send send = { .coid = qt_attach(&self->qt, server) };
	double began;

	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set dead-after 30000"));
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, QT_RECEIVED, 1));
	/* at the other end: it says good-bye, nobody has to wait for silence */
	began = seconds();
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl bearer del veth0"));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTDOWN, send.err);
	EXPECT_GT(20, seconds() - began);
}

static void *sender(void *arg)
{
	struct qt_send *send = arg;
	char out[32], in[32];
	int i;

	for (i = 0; i < 5; i++) {
		memset(out, i, sizeof(out));
		if (MsgSend(send->coid, out, sizeof(out), in, sizeof(in)) == -1) {
			send->err = errno;
			return NULL;
		}
	}
	send->done = true;
	return NULL;
}

enum { PULSES_GO, PULSES_LAST };

#define PULSES_SENT	1000
#define PULSES_MARK	99

/* Lets pulses wait for long, then takes all to the last. */
static void pulses_late(struct qt *qt, int chid, void *arg)
{
	struct _pulse pulse = { 0 };

	(void)arg;
	QT_CHECK(qt, qt_wait(qt, PULSES_GO, 1));
	while (pulse.code != PULSES_MARK)
		QT_CHECK(qt, MsgReceivePulse(chid, &pulse, sizeof(pulse), NULL) == 0);
	qt_mark(qt, PULSES_LAST);
}

static bool pulse_sent(void *arg)
{
	return MsgSendPulse(*(int *)arg, -1, PULSES_MARK, 0) == 0;
}

struct pulses_end {
	struct qt *qt;
	int coid;
};

/* Of those that are sent now one finds room. */
static bool pulses_ended(void *arg)
{
	struct pulses_end *end = arg;

	MsgSendPulse(end->coid, -1, PULSES_MARK, 0);
	return atomic_load(&end->qt->page->mark[PULSES_LAST]);
}

/* What the other node had no room for makes room for more. */
TEST_F_TIMEOUT(link, pulses_dropped, 200)
{
	struct pulses_end end = { .qt = &self->qt };
	struct qt_server server;
	int i, coid;

	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set pulses_client 100"));
	server = qt_server(&self->qt, 0, pulses_late, NULL);
	coid = qt_attach(&self->qt, server);
	for (i = 0; i < PULSES_SENT; i++)
		ASSERT_EQ(0, MsgSendPulse(coid, -1, 1, i));
	/* more than may wait here: not before it is known what became of those */
	ASSERT_TRUE(qt_until(pulse_sent, &coid));
	for (i = 0; i < PULSES_SENT; i++)
		ASSERT_TRUE(qt_until(pulse_sent, &coid));
	qt_mark(&self->qt, PULSES_GO);
	end.coid = coid;
	ASSERT_TRUE(qt_until(pulses_ended, &end));
	EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl stats | grep -q rx_pulses_dropped"));
	EXPECT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set pulses_client default"));
	ConnectDetach(coid);
}

/* More requests than the server's node has room for wait; none fails. */
static void busy(struct __test_metadata *_metadata, struct qt *qt, const char *cap)
{
	struct qt_server server;
	struct qt_send send[24] = { 0 };
	size_t i;

	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl param set %s 2", cap));
	server = qt_server(qt, 0, qt_echo, NULL);
	for (i = 0; i < ARRAY_SIZE(send); i++) {
		send[i].coid = qt_attach(qt, server);
		ASSERT_EQ(0, pthread_create(&send[i].thread, NULL, sender, &send[i]));
	}
	for (i = 0; i < ARRAY_SIZE(send); i++) {
		pthread_join(send[i].thread, NULL);
		EXPECT_EQ(0, send[i].err);
		EXPECT_TRUE(send[i].done);
	}
	EXPECT_EQ(0, qt_run(qt->server_ns, "qnetctl stats | grep -q rx_busy"));
	EXPECT_EQ(0, qt_run(qt->server_ns, "qnetctl param set %s default", cap));
}

TEST_F_TIMEOUT(link, busy, 200)
{
	busy(_metadata, &self->qt, "requests");
}

TEST_F_TIMEOUT(link, busy_in_all, 200)
{
	busy(_metadata, &self->qt, "requests_all");
}

#define ROUNDS	2000
#define SLOW	0.009		/* seconds; the acknowledgement waits ten milliseconds at most */

/* Frames that the node's device has sent. */
static long frames(int ns)
{
	char line[256];
	long sent = -1;
	FILE *file;

	if (setns(ns, CLONE_NEWNET))
		return -1;
	file = fopen("/proc/thread-self/net/dev", "re");
	while (file && fgets(line, sizeof(line), file))
		/* eight numbers of what was received, then bytes and frames sent */
		sscanf(line, " veth0: %*u %*u %*u %*u %*u %*u %*u %*u %*u %ld", &sent);
	if (file)
		fclose(file);
	return sent;
}

/* Request and reply acknowledge each other: two frames, and none besides, unless one is slow. */
TEST_F_TIMEOUT(link, two_frames, 200)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server), rounds = qt_rounds(ROUNDS), i;
	long before, used, slow = 0;
	char out[32], in[32];
	double began;

	memset(out, 1, sizeof(out));
	ASSERT_NE(-1, MsgSend(coid, out, 0, in, 0));
	before = frames(self->qt.server_ns) + frames(self->qt.client_ns);
	for (i = 0; i < rounds; i++) {
		began = seconds();
		ASSERT_NE(-1, MsgSend(coid, out, sizeof(out), in, sizeof(in)));
		slow += seconds() - began > SLOW;
	}
	used = frames(self->qt.server_ns) + frames(self->qt.client_ns) - before;
	TH_LOG("%ld frames for %d round trips, %ld of them slow", used, rounds, slow);
	EXPECT_LE(2 * rounds, used);
	/* a slow one may cost two acknowledgements and a probe; keepalives are few */
	EXPECT_GE(2 * rounds + rounds / 100 + 3 * slow, used);
}

enum { THINK_GO, THINK_RECEIVED };

#define THINK_LEN	40000
#define THINK_DEAD	250		/* milliseconds of silence */
#define THINK_DEATHS	24		/* it thinks so many times as long */

static void thinker(struct qt *qt, int chid, void *arg)
{
	char *buf = malloc(THINK_LEN);
	int rcvid;

	(void)arg;
	rcvid = MsgReceive(chid, buf, THINK_LEN, NULL);
	QT_CHECK(qt, rcvid > 0);
	qt_mark(qt, THINK_RECEIVED);
	QT_CHECK(qt, qt_wait(qt, THINK_GO, 1));
	qt_turn(buf, THINK_LEN);
	QT_CHECK(qt, MsgReply(rcvid, 17, buf, THINK_LEN) == EOK);
	free(buf);
}

/* A server that thinks costs what an idle link does, and nothing is sent again for it. */
TEST_F_TIMEOUT(link, thinks, 200)
{
	static const char * const none[] = { "tx_retransmits", "tx_lost", "links_dead" };
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, thinker, NULL);
	struct counters counters[2];
	long before[2][ARRAY_SIZE(none)], used;
	struct live live[2];
	char *out = malloc(THINK_LEN), *in = malloc(THINK_LEN);
	struct qt_send send = {
		.out = out,
		.out_len = THINK_LEN,
		.in = in,
		.in_len = THINK_LEN,
	};
	int ns[2] = { qt->client_ns, qt->server_ns };
	unsigned int i, j;

	ASSERT_EQ(0, qt_run(ns[0], "qnetctl node set dead-after %d", THINK_DEAD));
	ASSERT_EQ(0, qt_run(ns[1], "qnetctl node set dead-after %d", THINK_DEAD));
	qt_fill(out, THINK_LEN, 3);
	send.coid = qt_attach(qt, server);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, THINK_RECEIVED, 1));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(counter_open(&counters[i], ns[i]));
		ASSERT_TRUE(live_base(ns[i], &live[i]));
		ASSERT_TRUE(counter_read(&counters[i]));
		for (j = 0; j < ARRAY_SIZE(none); j++)
			before[i][j] = counter_get(&counters[i], none[j]);
	}
	used = frames(ns[0]) + frames(ns[1]);
	usleep(THINK_DEATHS * THINK_DEAD * 1000);
	used = frames(ns[0]) + frames(ns[1]) - used;
	TH_LOG("%ld frames in %d times dead-after", used, THINK_DEATHS);
	/* a PING after a quarter of it, from one side or both, and an answer to each */
	EXPECT_GE(16 * THINK_DEATHS, used);
	EXPECT_LE(THINK_DEATHS, used);
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(counter_read(&counters[i]));
		for (j = 0; j < ARRAY_SIZE(none); j++)
			EXPECT_EQ(before[i][j], counter_get(&counters[i], none[j]))
				TH_LOG("%s", none[j]);
		EXPECT_TRUE(live_settles(ns[i], &live[i]));
		counter_close(&counters[i]);
	}
	ASSERT_EQ(0, setns(qt->client_ns, CLONE_NEWNET));
	EXPECT_FALSE(__atomic_load_n(&send.done, __ATOMIC_ACQUIRE));
	qt_mark(qt, THINK_GO);
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(17, send.status);
	qt_turn(in, THINK_LEN);
	EXPECT_EQ(0, memcmp(out, in, THINK_LEN));
	EXPECT_EQ(0, qt_reap(qt, server.pid));
	free(out);
	free(in);
}

QT_TEST(here, module_in_use)
{
	int chid = ChannelCreate(0);

	ASSERT_LT(0, chid);
	EXPECT_NE(0, qt_run(-1, "rmmod qnet 2>/dev/null"));
	EXPECT_EQ(0, ChannelDestroy(chid));
}

TEST_HARNESS_MAIN
