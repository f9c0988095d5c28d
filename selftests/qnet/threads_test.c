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
	struct load *load;
	int id;
	int number;
	pthread_t thread;
};

static void *echo_thread(void *arg)
{
	struct worker *worker = arg;

	load_echo(worker->qt, worker->id, worker->load);
	return NULL;
}

/* Four threads that receive on one channel. */
static void echo_threads(struct qt *qt, int chid, void *arg)
{
	struct worker workers[4];
	int i;

	for (i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .qt = qt, .load = arg, .id = chid };
		QT_CHECK(qt, pthread_create(&workers[i].thread, NULL, echo_thread,
					    &workers[i]) == 0);
	}
	for (i = 0; i < 4; i++)
		QT_CHECK(qt, pthread_join(workers[i].thread, NULL) == 0);
}

static void *client_thread(void *arg)
{
	struct worker *worker = arg;
	struct load_caller caller = load_caller(worker->load, worker->id);
	unsigned int seed, i, rounds = (unsigned int)qt_rounds(ROUNDS);
	size_t len;

	for (i = 0; i < rounds; i++) {
		seed = (unsigned int)worker->number * 1000 + i;
		len = i % 10 == 9 ? seed * 7919 % SIZE : seed * 31 % 3000;
		QT_CHECK(worker->qt, !load_call(&caller, len, len, seed));
	}
	return NULL;
}

static void run_clients(struct __test_metadata *_metadata, struct load *load, int coid)
{
	struct worker workers[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.qt = load->qt,
			.load = load,
			.id = coid,
			.number = i,
		};
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, client_thread, &workers[i]));
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(workers[i].thread, NULL));
}

QT_TEST(pair, one_connection)
{
	struct load load;
	int coid, i;

	ASSERT_TRUE(load_setup(&load, &self->qt));
	load.server = qt_server(&self->qt, 0, echo_threads, &load);
	coid = qt_attach(&self->qt, load.server);
	run_clients(_metadata, &load, coid);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, MsgSendPulse(coid, 10, QT_PULSE_STOP, i));
	EXPECT_EQ(0, qt_reap(&self->qt, load.server.pid));
	EXPECT_TRUE(load_clean(&load, NULL, NULL, NULL));
}

/* Processes that come and go meanwhile, some of them by force. */
static void passing_client(struct qt *qt, int chid, void *arg)
{
	struct load *load = arg;
	struct load_caller caller = load_caller(load, qt_attach(qt, load->server));

	(void)chid;
	caller.in_place = true;
	for (;;)
		QT_CHECK(qt, !load_call(&caller, 5000, 5000, 0));
}

QT_TEST(pair, among_the_dying)
{
	static const int gone[] = { ESRCH, 0 };
	struct worker worker = { .qt = &self->qt };
	struct load load;
	pid_t pid[4];
	int coid, i;

	ASSERT_TRUE(load_setup(&load, &self->qt));
	load.server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, load_echo, &load);
	coid = qt_attach(&self->qt, load.server);
	worker.load = &load;
	worker.id = coid;
	ASSERT_EQ(0, pthread_create(&worker.thread, NULL, client_thread, &worker));
	for (i = 0; i < 40; i++) {
		if (i >= 4)
			ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, pid[i % 4]));
		pid[i % 4] = qt_client(&self->qt, passing_client, &load);
		ASSERT_GT(pid[i % 4], 0);
	}
	ASSERT_EQ(0, pthread_join(worker.thread, NULL));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, pid[i]));
	EXPECT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, load.server.pid));
	EXPECT_TRUE(load_clean(&load, NULL, NULL, gone));
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
