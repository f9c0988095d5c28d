// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the module is loaded, used and unloaded again and again
 *
 * In each round two nodes have traffic; then all processes are killed in the midst of it, the
 * namespaces go with them, and the module is unloaded as soon as it lets itself be. The last round
 * leaves it unloaded: the runner loads it again as it wants it.
 *
 * vm: timeout=300 more=debug
 */
#define _GNU_SOURCE
#include "kselftest_harness.h"
#include "qt_load.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define UNLOAD_TIMEOUT	1200
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

TEST_HARNESS_MAIN
