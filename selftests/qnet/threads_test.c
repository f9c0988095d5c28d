// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - many threads at once: on one connection, on one channel, between two processes
 *
 * vm: timeout=180
 */
#include "qt_fixture.h"
#include "qt_load.h"

#define THREADS 8
#define ROUNDS 150
#define SIZE (96 << 10)

struct worker {
	struct qt *qt;
	int id;
	int number;
	pthread_t thread;
};

static void *echo_thread(void *arg)
{
	struct worker *worker = arg;

	qt_echo(worker->qt, worker->id, NULL);
	return NULL;
}

/* Four threads that receive on one channel. */
static void echo_threads(struct qt *qt, int chid, void *arg)
{
	struct worker workers[4];
	int i;

	(void)arg;
	for (i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .qt = qt, .id = chid };
		QT_CHECK(qt, pthread_create(&workers[i].thread, NULL, echo_thread,
					    &workers[i]) == 0);
	}
	for (i = 0; i < 4; i++)
		QT_CHECK(qt, pthread_join(workers[i].thread, NULL) == 0);
}

static void *client_thread(void *arg)
{
	char *out = malloc(SIZE), *in = malloc(SIZE);
	struct worker *worker = arg;
	unsigned int seed, i, rounds = (unsigned int)qt_rounds(ROUNDS);
	size_t len;

	for (i = 0; i < rounds; i++) {
		seed = (unsigned int)worker->number * 1000 + i;
		len = i % 10 == 9 ? seed * 7919 % SIZE : seed * 31 % 3000;
		qt_fill(out, len, seed);
		QT_CHECK(worker->qt, MsgSend(worker->id, out, len, in, len) ==
				     (long)qt_sum(out, len));
		qt_turn(in, len);
		QT_CHECK(worker->qt, qt_filled(in, len, seed));
	}
	free(out);
	free(in);
	return NULL;
}

static void run_clients(struct __test_metadata *_metadata, struct qt *qt, int coid)
{
	struct worker workers[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .qt = qt, .id = coid, .number = i };
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, client_thread, &workers[i]));
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
}

QT_TEST(pair, one_connection)
{
	struct qt_server server = qt_server(&self->qt, 0, echo_threads, NULL);
	int coid = qt_attach(&self->qt, server), i;

	run_clients(_metadata, &self->qt, coid);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, MsgSendPulse(coid, 10, QT_PULSE_STOP, i));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* Processes that come and go meanwhile, some of them by force. */
static void passing_client(struct qt *qt, int chid, void *arg)
{
	int coid = qt_attach(qt, *(struct qt_server *)arg);
	char buf[5000] = "";

	(void)chid;
	for (;;)
		QT_CHECK(qt, MsgSend(coid, buf, sizeof(buf), buf, sizeof(buf)) != -1);
}

static void tolerant_echo(struct qt *qt, int chid, void *arg)
{
	char *buf = malloc(SIZE);
	struct _msg_info info;
	struct _pulse *pulse;
	uint32_t sum;
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, buf, SIZE, &info);
		pulse = (struct _pulse *)buf;
		QT_CHECK(qt, rcvid >= 0);
		if (rcvid) {
			sum = qt_sum(buf, (size_t)info.msglen);
			qt_turn(buf, (size_t)info.msglen);
			MsgReply(rcvid, sum, buf, (size_t)info.msglen);
		} else if (pulse->code == _PULSE_CODE_DISCONNECT) {
			QT_CHECK(qt, ConnectDetach(pulse->scoid) == 0);
		}
	}
}

QT_TEST(pair, among_the_dying)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, tolerant_echo, NULL);
	int coid = qt_attach(&self->qt, server), i;
	struct worker worker = { .qt = &self->qt, .id = coid };
	pid_t pid[4];

	ASSERT_EQ(0, pthread_create(&worker.thread, NULL, client_thread, &worker));
	for (i = 0; i < 40; i++) {
		if (i >= 4)
			ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, pid[i % 4]));
		pid[i % 4] = qt_client(&self->qt, passing_client, &server);
		ASSERT_GT(pid[i % 4], 0);
	}
	ASSERT_EQ(0, pthread_join(worker.thread, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, pid[i]));
	EXPECT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
}

/* Requests and replies of all lengths, reads, writes and pulses, of several processes. */
QT_TEST(pair, mixed_traffic)
{
	static const int none[] = { 0 };
	struct load load;
	pid_t pid[4];
	int i;

	ASSERT_TRUE(load_setup(&load, &self->qt));
	load.node = self->qt.remote ? "/net/beta" : NULL;
	load.server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, load_serve, &load);
	for (i = 0; i < 4; i++) {
		load.seed = (unsigned int)i;
		pid[i] = qt_client(&self->qt, load_send, &load);
		ASSERT_GT(pid[i], 0);
	}
	ASSERT_TRUE(load_reaches(&load.page->succeeded, qt_rounds(1500)));
	atomic_store(&load.page->stop, true);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, qt_reap(&self->qt, pid[i]));
	ASSERT_TRUE(load_reaches(&load.page->disconnects, 4));
	EXPECT_TRUE(load_clean(&load, none, none, none));
}

/* Channels and connections made and undone by many threads of one process. */
static void *maker_thread(void *arg)
{
	struct worker *worker = arg;
	struct _pulse pulse;
	int i, chid, coid;

	for (i = 0; i < 100; i++) {
		chid = ChannelCreate(_NTO_CHF_DISCONNECT);
		QT_CHECK(worker->qt, chid > 0);
		coid = ConnectAttach(0, 0, chid, i % 2 ? _NTO_SIDE_CHANNEL : 0, 0);
		QT_CHECK(worker->qt, coid > 0);
		QT_CHECK(worker->qt, MsgSendPulse(coid, 10, 1, i) == 0);
		QT_CHECK(worker->qt, MsgReceive(chid, &pulse, sizeof(pulse), NULL) == 0);
		QT_CHECK(worker->qt, pulse.value.sival_int == i);
		if (i % 3)
			QT_CHECK(worker->qt, ConnectDetach(coid) == 0);
		QT_CHECK(worker->qt, ChannelDestroy(chid) == 0);
		if (i % 3 == 0)
			QT_CHECK(worker->qt, ConnectDetach(coid) == 0);
	}
	return NULL;
}

QT_TEST(here, make_and_undo)
{
	struct worker workers[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .qt = &self->qt };
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, maker_thread, &workers[i]));
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
	EXPECT_EQ(1, ChannelCreate(0));
}

TEST_HARNESS_MAIN
