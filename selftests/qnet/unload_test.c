// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the module is loaded, used and unloaded again and again
 *
 * In each round two nodes have traffic; then all processes are killed in the midst of it, the
 * namespaces go with them, and the module is unloaded as soon as it lets itself be. The last round
 * leaves it unloaded: the runner loads it again as it wants it.  And it is unloaded while a qdisc
 * has frames that only it can split.
 *
 * vm: timeout=300 more=debug
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"
#include "qt_load.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNLOAD_TIMEOUT	1200
#define UNLOAD_LONG	65536	/* bytes, all of them unasked */
#define UNLOAD_HELD	3	/* seconds in a qdisc */
#define UNLOAD_CLIENTS	2
#define UNLOAD_LATEST	20000	/* microseconds of traffic */
#define UNLOAD_ROUNDS	40	/* unless QNET_UNLOADS says how many */
#define UNLOAD_ROUNDS_DEBUG 20

struct unload {
	struct qt qt;
	struct load load;
	unsigned int seed;
};

static bool unload_traffic(struct unload *self)
{
	struct load *load = &self->load;
	int i;

	load->node = "/net/beta";
	load->server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, load_serve, load);
	for (i = 0; i < UNLOAD_CLIENTS; i++) {
		load->seed = load_random(&self->seed, ~0U);
		if (qt_client(&self->qt, load_send, load) < 0)
			return false;
	}
	if (!load_reaches(&load->page->running, UNLOAD_CLIENTS * LOAD_THREADS))
		return false;
	usleep(load_random(&self->seed, UNLOAD_LATEST));
	return true;
}

/* In a process of its own, whose death takes its children and namespaces along. */
static int unload_round(struct unload *self)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (!pid) {
		if (!qt_setup(&self->qt, true) || !unload_traffic(self))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static bool unload_module(void *arg)
{
	(void)arg;
	return access("/sys/module/qnet", F_OK) || !system("rmmod qnet 2>/dev/null");
}

static bool unload_joined(void *arg)
{
	const int *ns = arg;

	return !qt_run(*ns, "qnetctl stats tx_joined | grep -q '[1-9]'");
}

FIXTURE(unload) {
	struct unload unload;
};

FIXTURE_SETUP(unload)
{
	ASSERT_TRUE(load_setup(&self->unload.load, &self->unload.qt));
	self->unload.seed = load_seed();
}

FIXTURE_TEARDOWN(unload)
{
}

/* Clients may outlive the server, or the wire, for a moment. */
TEST_F_TIMEOUT(unload, again_and_again, UNLOAD_TIMEOUT)
{
	static const int first[] = { ESRCH, EBADF, EHOSTDOWN, EHOSTUNREACH, 0 };
	static const int served[] = { ESRCH, 0 };
	static const int none[] = { 0 };
	unsigned int rounds = load_env("QNET_UNLOADS", qt_rounds(10) == 10 ? UNLOAD_ROUNDS :
				       UNLOAD_ROUNDS_DEBUG), i;
	struct unload *unload = &self->unload;

	ASSERT_TRUE(qt_until(unload_module, NULL));
	for (i = 0; i < rounds; i++) {
		load_clear(&unload->load);
		unload->seed = load_random(&unload->seed, ~0U);
		ASSERT_EQ(0, system("modprobe qnet"));
		ASSERT_EQ(SIGKILL, unload_round(unload))
			TH_LOG("round %u", i);
		ASSERT_TRUE(qt_until(unload_module, NULL));
		ASSERT_TRUE(load_clean(&unload->load, first, none, served))
			TH_LOG("round %u", i);
	}
	TH_LOG("%u rounds", i);
}

/* Frames that crossed the stack as one lie in a qdisc that let go of them; the namespaces stay. */
static void unload_hold(struct unload *self)
{
	struct qt *qt = &self->qt;
	static char message[UNLOAD_LONG];
	struct qt_send send = { .out = message, .out_len = sizeof(message) };
	int ns[2], i;

	if (!qt_setup(qt, true))
		_exit(1);
	ns[0] = qt->client_ns;
	ns[1] = qt->server_ns;
	send.coid = qt_attach(qt, qt_server(qt, 0, qt_echo, NULL));
	if (send.coid < 0 || MsgSend(send.coid, message, 1, NULL, 0) < 0 ||
	    qt_run(ns[0], "tc qdisc add dev veth0 root netem limit 1000 delay %ds", UNLOAD_HELD))
		_exit(2);
	for (i = 0; i < 2; i++)
		if (qt_run(ns[i], "sleep %d >/dev/null 2>&1 &", 3 * UNLOAD_HELD))
			_exit(3);
	if (!qt_send_start(&send) || !qt_until(unload_joined, &ns[0]))
		_exit(4);
	kill(getpid(), SIGKILL);
}

/* Nobody is left to split them when they may go. */
TEST_F_TIMEOUT(unload, joined_frames_held, 120)
{
	struct unload *unload = &self->unload;
	uint64_t began = qt_now();
	int status;
	pid_t pid;

	ASSERT_TRUE(qt_until(unload_module, NULL));
	ASSERT_EQ(0, system("modprobe qnet"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		unload_hold(unload);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status))
		TH_LOG("step %d", WEXITSTATUS(status));
	began = qt_now();
	ASSERT_TRUE(qt_until(unload_module, NULL));
	TH_LOG("unloaded after %d ms", (int)(qt_now() - began));
	EXPECT_GT(UNLOAD_HELD * 1000, (int)(qt_now() - began));
	/* until the qdisc is through with them */
	sleep(2 * UNLOAD_HELD);
}

TEST_HARNESS_MAIN
