// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - somebody dies, or something goes, at any point of the traffic
 *
 * Each round runs two processes of clients against a server, strikes after a random time, and then
 * looks at three things: what the survivors were told, that no object is left, and the history. A
 * round's chances come from QNET_SEED, which is printed; QNET_ROUNDS says how many there are.
 *
 * vm: timeout=600
 */
#define _GNU_SOURCE
#include "live.h"
#include "qt_fixture.h"
#include "qt_load.h"
#include "rtnl.h"

#include <sched.h>
#include <stdio.h>

#define KILL_TIMEOUT	1200
#define KILL_ROUNDS	50	/* unless QNET_ROUNDS says how many */
#define KILL_ROUNDS_DEBUG 12
#define KILL_CLIENTS	2	/* processes */
#define KILL_THREADS	(KILL_CLIENTS * LOAD_THREADS)
#define KILL_LATEST	20000	/* microseconds from the traffic's begin to the strike */
#define KILL_MORE	10	/* requests the survivors go on for */

/* Marks. */
enum { SERVING };

struct kill {
	struct qt qt;
	struct load load;
	unsigned int seed;
	pid_t client[KILL_CLIENTS];
	struct live base[2];	/* of the tests' node, of the other */
};

static bool kill_setup(struct kill *self, bool remote)
{
	if (!qt_setup(&self->qt, remote) || !load_setup(&self->load, &self->qt))
		return false;
	if (remote)
		self->load.node = "/net/beta";
	self->seed = load_seed();
	return true;
}

static int kill_rounds(void)
{
	return (int)load_env("QNET_ROUNDS", qt_rounds(10) == 10 ? KILL_ROUNDS : KILL_ROUNDS_DEBUG);
}

static bool kill_base(struct kill *self)
{
	return live_base(self->qt.client_ns, &self->base[0]) &&
	       (self->qt.server_ns < 0 || live_base(self->qt.server_ns, &self->base[1]));
}

static bool kill_settles(struct kill *self)
{
	return live_settles(self->qt.client_ns, &self->base[0]) &&
	       (self->qt.server_ns < 0 || live_settles(self->qt.server_ns, &self->base[1]));
}

/* Every second server holds its clients by UNBLOCK until it replied. */
static unsigned int kill_flags(struct kill *self)
{
	return _NTO_CHF_DISCONNECT | (load_random(&self->seed, 2) ? _NTO_CHF_UNBLOCK : 0);
}

/* Traffic, and then a while. */
static bool kill_clients(struct kill *self, qt_body *body)
{
	int i;

	for (i = 0; i < KILL_CLIENTS; i++) {
		self->load.seed = load_random(&self->seed, ~0U);
		self->client[i] = qt_client(&self->qt, body, &self->load);
		if (self->client[i] < 0)
			return false;
	}
	if (!load_reaches(&self->load.page->running, KILL_THREADS))
		return false;
	usleep(load_random(&self->seed, KILL_LATEST));
	return true;
}

static bool kill_begin(struct kill *self)
{
	load_clear(&self->load);
	self->load.server = qt_server(&self->qt, kill_flags(self), load_serve, &self->load);
	return self->load.server.chid > 0 && kill_clients(self, load_send);
}

static bool kill_client(struct kill *self, int i)
{
	pid_t pid = self->client[i];

	self->client[i] = 0;
	return qt_kill(&self->qt, pid) == 256 + SIGKILL;
}

static bool kill_server(struct kill *self)
{
	return qt_kill(&self->qt, self->load.server.pid) == 256 + SIGKILL;
}

static bool kill_reap_clients(struct kill *self)
{
	int i;

	for (i = 0; i < KILL_CLIENTS; i++) {
		if (self->client[i] && qt_reap(&self->qt, self->client[i]))
			return false;
	}
	return true;
}

/* The clients, who all heard of it, try once more and end. */
static bool kill_after(struct kill *self)
{
	atomic_store(&self->load.page->after, true);
	return kill_reap_clients(self) &&
	       atomic_load(&self->load.page->ended) == KILL_THREADS &&
	       !atomic_load(&self->load.page->first[0]);
}

static const int kill_none[] = { 0 };
static const int kill_dead[] = { EBADF, 0 };
static const int kill_served[] = { ESRCH, 0 };

FIXTURE(killed) {
	struct kill kill;
};

FIXTURE_VARIANT(killed) {
	bool remote;
};

FIXTURE_VARIANT_ADD(killed, local) {
	.remote = false,
};

FIXTURE_VARIANT_ADD(killed, remote) {
	.remote = true,
};

FIXTURE_SETUP(killed)
{
	ASSERT_TRUE(kill_setup(&self->kill, variant->remote));
}

FIXTURE_TEARDOWN(killed)
{
	qt_teardown(&self->kill.qt);
	EXPECT_EQ(0, self->kill.qt.page->faults)
		TH_LOG("first of them: %s", self->kill.qt.page->fault);
}

/* The other process goes on as if nothing had been. */
TEST_F_TIMEOUT(killed, client, KILL_TIMEOUT)
{
	struct kill *kill = &self->kill;
	struct load_page *page = kill->load.page;
	int rounds = kill_rounds(), i, before;

	ASSERT_TRUE(kill_base(kill));
	for (i = 0; i < rounds; i++) {
		ASSERT_TRUE(kill_begin(kill));
		ASSERT_TRUE(kill_client(kill, (int)load_random(&kill->seed, KILL_CLIENTS)));
		before = atomic_load(&page->succeeded);
		ASSERT_TRUE(load_reaches(&page->succeeded, before + KILL_MORE));
		ASSERT_TRUE(load_reaches(&page->disconnects, 1));
		atomic_store(&page->stop, true);
		ASSERT_TRUE(kill_reap_clients(kill));
		ASSERT_EQ(LOAD_THREADS, atomic_load(&page->first[0]));
		ASSERT_TRUE(load_reaches(&page->disconnects, KILL_CLIENTS));
		ASSERT_TRUE(kill_server(kill));
		ASSERT_TRUE(load_clean(&kill->load, kill_none, kill_none, kill_served))
			TH_LOG("round %d", i);
		ASSERT_TRUE(kill_settles(kill));
	}
}

/* A request that comes to a channel that is gone already is as one on a dead connection. */
TEST_F_TIMEOUT(killed, server, KILL_TIMEOUT)
{
	static const int first[] = { ESRCH, EBADF, 0 };
	int rounds = kill_rounds(), i;
	struct kill *kill = &self->kill;

	ASSERT_TRUE(kill_base(kill));
	for (i = 0; i < rounds; i++) {
		ASSERT_TRUE(kill_begin(kill));
		ASSERT_TRUE(kill_server(kill));
		ASSERT_TRUE(kill_after(kill));
		ASSERT_TRUE(load_clean(&kill->load, first, kill_dead, kill_served))
			TH_LOG("round %d", i);
		ASSERT_TRUE(kill_settles(kill));
	}
}

/* The wire, or the other node, goes ---------------------------------------------------------- */

FIXTURE(wire) {
	struct kill kill;
};

FIXTURE_SETUP(wire)
{
	ASSERT_TRUE(kill_setup(&self->kill, true));
}

FIXTURE_TEARDOWN(wire)
{
	qt_teardown(&self->kill.qt);
	EXPECT_EQ(0, self->kill.qt.page->faults)
		TH_LOG("first of them: %s", self->kill.qt.page->fault);
}

/* Clients and server live: each hears that the others are gone. */
static void wire_rounds(struct __test_metadata *_metadata, struct kill *kill,
			bool (*strike)(int ns), bool (*mend)(struct qt *qt, int ns))
{
	static const int first[] = { EHOSTDOWN, EHOSTUNREACH, EBADF, 0 };
	int rounds = kill_rounds(), i, ns;

	ASSERT_TRUE(kill_base(kill));
	for (i = 0; i < rounds; i++) {
		ASSERT_TRUE(kill_begin(kill));
		ns = load_random(&kill->seed, 2) ? kill->qt.client_ns : kill->qt.server_ns;
		ASSERT_TRUE(strike(ns));
		ASSERT_TRUE(load_reaches(&kill->load.page->disconnects, KILL_CLIENTS));
		ASSERT_TRUE(mend(&kill->qt, ns));
		ASSERT_TRUE(kill_after(kill));
		ASSERT_TRUE(kill_server(kill));
		ASSERT_TRUE(load_clean(&kill->load, first, kill_dead, kill_served))
			TH_LOG("round %d", i);
		ASSERT_TRUE(kill_settles(kill));
	}
}

static bool wire_bearer_gone(int ns)
{
	return qt_bearer(ns, false);
}

static bool wire_bearer_back(struct qt *qt, int ns)
{
	return qt_bearer(ns, true) && qt_relink(qt);
}

TEST_F_TIMEOUT(wire, bearer_removed, KILL_TIMEOUT)
{
	wire_rounds(_metadata, &self->kill, wire_bearer_gone, wire_bearer_back);
}

static bool wire_device_gone(int ns)
{
	return !rtnl_del(ns, "veth0");
}

static bool wire_device_back(struct qt *qt, int ns)
{
	(void)ns;
	return qt_rewire(qt);
}

TEST_F_TIMEOUT(wire, device_removed, KILL_TIMEOUT)
{
	wire_rounds(_metadata, &self->kill, wire_device_gone, wire_device_back);
}

/* The servers' node is another one of the same name afterwards. */
TEST_F_TIMEOUT(wire, peer_recreated, KILL_TIMEOUT)
{
	static const int first[] = { ESRCH, EHOSTDOWN, EHOSTUNREACH, EBADF, 0 };
	int rounds = kill_rounds(), i;
	struct kill *kill = &self->kill;

	ASSERT_TRUE(kill_base(kill));
	for (i = 0; i < rounds; i++) {
		ASSERT_TRUE(kill_begin(kill));
		ASSERT_TRUE(kill_server(kill));
		ASSERT_TRUE(qt_server_node_new(&kill->qt));
		ASSERT_TRUE(kill_after(kill));
		ASSERT_TRUE(load_clean(&kill->load, first, kill_dead, kill_served))
			TH_LOG("round %d", i);
		ASSERT_TRUE(kill_settles(kill));
	}
}

/* The other way round: the server here, the clients in the namespace that goes. */
static void wire_serve(struct qt *qt, int chid, void *arg)
{
	struct load *load = arg;

	chid = ChannelCreate(load->flags);
	QT_CHECK(qt, chid == load->server.chid);
	qt_mark(qt, SERVING);
	load_serve(qt, chid, arg);
}

static void wire_send(struct qt *qt, int chid, void *arg)
{
	QT_CHECK(qt, setns(qt->server_ns, CLONE_NEWNET) == 0);
	load_send(qt, chid, arg);
}

TEST_F_TIMEOUT(wire, namespace_deleted, KILL_TIMEOUT)
{
	struct kill *kill = &self->kill;
	int rounds = kill_rounds(), i, j;

	kill->load.node = "/net/alpha";
	kill->load.server.chid = 1;
	ASSERT_TRUE(kill_base(kill));
	for (i = 0; i < rounds; i++) {
		load_clear(&kill->load);
		kill->load.flags = kill_flags(kill);
		kill->load.server.pid = qt_client(&kill->qt, wire_serve, &kill->load);
		ASSERT_TRUE(qt_wait(&kill->qt, SERVING, i + 1));
		ASSERT_TRUE(kill_clients(kill, wire_send));
		for (j = 0; j < KILL_CLIENTS; j++)
			ASSERT_TRUE(kill_client(kill, j));
		ASSERT_TRUE(qt_server_node_new(&kill->qt));
		ASSERT_TRUE(load_reaches(&kill->load.page->disconnects, KILL_CLIENTS));
		ASSERT_TRUE(kill_server(kill));
		ASSERT_TRUE(load_clean(&kill->load, kill_none, kill_none, kill_served))
			TH_LOG("round %d", i);
		ASSERT_TRUE(kill_settles(kill));
	}
}

TEST_HARNESS_MAIN
