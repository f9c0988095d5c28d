// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: random calls from many threads and processes on two nodes
 *
 * QNET_CALLS_SEED= in the environment gives each thread the same choices again, QNET_CALLS_SECONDS=
 * is how long; a word of the kernel's command line gets there (vm-run.sh --append).
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=180 more=stock
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "calls.h"
#include "calls_tour.h"

#define SECONDS		30
#define ENOUGH		1000	/* calls of a kind: one has to succeed */
#define LIMIT		3000	/* of the test: an hour's run would be a program of its own */

FIXTURE(calls) {
	struct qt qt;
	struct calls calls;
	struct calls_thread own;	/* for what is drawn here */
	pid_t pid[CALLS_SLOTS];
	unsigned int generation[CALLS_SLOTS];
	unsigned int kills;
	unsigned int deaths;
	long before[2][CALLS_OBJECTS];
};

static long number_of(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? (long)strtoull(text, NULL, 0) : otherwise;
}

static uint64_t calls_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

FIXTURE_SETUP(calls)
{
	struct calls *calls = &self->calls;
	uint64_t seed;

	ASSERT_EQ(sizeof(seed), getrandom(&seed, sizeof(seed), 0));
	ASSERT_TRUE(qt_setup(&self->qt, true));
	calls->ns[0] = self->qt.client_ns;
	calls->ns[1] = self->qt.server_ns;
	ASSERT_TRUE(calls_nodes_init(calls));
	calls->page = mmap(NULL, sizeof(*calls->page), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, calls->page);
	calls->huge = memfd_create("huge", MFD_CLOEXEC);
	ASSERT_EQ(0, ftruncate(calls->huge, CALLS_HUGE));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, calls->passing));
	/* out of the way of those that are closed at random */
	ASSERT_EQ(500, dup2(calls->passing[0], 500));
	ASSERT_EQ(501, dup2(calls->passing[1], 501));
	close(calls->passing[0]);
	close(calls->passing[1]);
	calls->passing[0] = 500;
	calls->passing[1] = 501;
	setvbuf(stdout, NULL, _IOLBF, 0);
	calls_kcov_init(calls);
	calls->seed = (uint64_t)number_of("QNET_CALLS_SEED", (long)(seed >> 1));
	self->own = (struct calls_thread){ .calls = calls, .slot = CALLS_SLOTS };
	calls_seed(&self->own, 0, 0);
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	printf("# QNET_CALLS_SEED=%#" PRIx64 "\n", calls->seed);
}

FIXTURE_TEARDOWN(calls)
{
	qt_teardown(&self->qt);
}

static void start(FIXTURE_DATA(calls) *self, unsigned int slot)
{
	fflush(stdout);
	self->pid[slot] = fork();
	if (self->pid[slot])
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	calls_process(&self->calls, slot, self->generation[slot]);
}

/* Those that ended begin again, as the next generation. */
static void reap(FIXTURE_DATA(calls) *self, bool again)
{
	unsigned int i;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (i = 0; i < CALLS_SLOTS; i++) {
			if (self->pid[i] != pid)
				continue;
			self->deaths++;
			self->generation[i]++;
			self->pid[i] = 0;
			if (again)
				start(self, i);
		}
	}
}

static void disturb(FIXTURE_DATA(calls) *self)
{
	pid_t pid = self->pid[calls_below(&self->own, CALLS_SLOTS)];

	if (pid <= 0)
		return;
	if (calls_one_in(&self->own, 2)) {
		self->kills++;
		kill(pid, SIGKILL);
		return;
	}
	kill(pid, SIGSTOP);
	usleep(calls_below(&self->own, 30000));
	kill(pid, SIGCONT);
}

/* All that was started has ended, by itself. */
static bool all_ended(void *arg)
{
	FIXTURE_DATA(calls) *self = arg;

	reap(self, false);
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void show_blocked(void)
{
	fflush(stdout);
	if (system("cd /proc; grep . [0-9]*/task/*/stack"))
		printf("# who is blocked is not known\n");
}

static bool as_before(FIXTURE_DATA(calls) *self, bool say)
{
	long live[CALLS_OBJECTS];
	bool same = true;
	int i, n;

	for (n = 0; n < 2; n++) {
		if (!calls_nodes_count(&self->calls, n, live))
			return false;
		for (i = 0; i < CALLS_OBJECTS; i++) {
			if (live[i] == self->before[n][i])
				continue;
			same = false;
			if (say)
				printf("# node %d: %ld %s, %ld before\n", n, live[i],
				       calls_objects[i], self->before[n][i]);
		}
	}
	return same;
}

static bool is_as_before(void *arg)
{
	return as_before(arg, false);
}

static bool is_settled(void *arg)
{
	return calls_nodes_settled(arg);
}

/* How often each call gave each answer. */
static void print_answers(const struct calls_page *page)
{
	unsigned int i, err;

	for (i = 0; i < CALLS_IOCTLS; i++) {
		printf("# %-15s", calls_ioctl_name(i));
		for (err = 0; err < CALLS_ERRNO_MAX; err++) {
			long n = atomic_load(&page->answers[i][err]);

			const char *name = err ? strerrorname_np((int)err) : "ok";

			if (n)
				printf(" %s %ld", name ?: "QNET", n);
		}
		printf("\n");
	}
}

static long made(const struct calls_page *page, unsigned int i)
{
	unsigned int err;
	long sum = 0;

	for (err = 0; err < CALLS_ERRNO_MAX; err++)
		sum += atomic_load(&page->answers[i][err]);
	return sum;
}

static void echo_checked(struct __test_metadata *_metadata, struct qt *qt)
{
	static char out[20000], in[sizeof(out)];
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	int coid = qt_attach(qt, server);

	ASSERT_NE(-1, coid);
	qt_fill(out, sizeof(out), 7);
	ASSERT_EQ((long)qt_sum(out, sizeof(out)), MsgSend(coid, out, sizeof(out), in, sizeof(in)));
	qt_turn(out, sizeof(out));
	EXPECT_EQ(0, memcmp(out, in, sizeof(out)));
	ASSERT_EQ(0, ConnectDetach(coid));
	qt_kill(qt, server.pid);
}

/* Each error that can be had at will: calls at random, in seconds, meet not all of them. */
TEST_F_TIMEOUT(calls, errors, LIMIT)
{
	struct calls_tour tour;

	ASSERT_TRUE(qt_until(is_settled, &self->calls));
	ASSERT_TRUE(calls_tour_init(&tour, &self->calls));
	calls_tour_arguments(&tour);
	calls_tour_owner(&tour);
	calls_tour_send(&tour);
	calls_tour_netlink(&tour);
	EXPECT_EQ(0, tour.wrong);
	calls_kcov_print(&self->calls);
}

TEST_F_TIMEOUT(calls, random, LIMIT)
{
	uint64_t end = calls_now() + 1000 * (uint64_t)number_of("QNET_CALLS_SECONDS", SECONDS);
	struct calls *calls = &self->calls;
	struct qt here = self->qt;
	unsigned int i;

	ASSERT_TRUE(qt_until(is_settled, calls));
	ASSERT_TRUE(calls_nodes_count(calls, 0, self->before[0]));
	ASSERT_TRUE(calls_nodes_count(calls, 1, self->before[1]));
	for (i = 0; i < CALLS_SLOTS; i++)
		start(self, i);
	while (calls_now() < end) {
		usleep(100000);
		calls_nodes_mend(calls);
		reap(self, true);
		if (calls_one_in(&self->own, 3))
			disturb(self);
	}

	atomic_store(&calls->page->stop, 1);
	EXPECT_TRUE(qt_until(all_ended, self))
		show_blocked();
	close(calls->passing[0]);
	close(calls->passing[1]);
	printf("# %ld operations, %u processes ended, %u of them killed\n",
	       atomic_load(&calls->page->operations), self->deaths, self->kills);
	print_answers(calls->page);
	calls_kcov_print(calls);
	EXPECT_EQ(0, atomic_load(&calls->page->kcov_failed));

	EXPECT_TRUE(qt_until(is_settled, calls));
	EXPECT_TRUE(qt_until(is_as_before, self))
		as_before(self, true);
	for (i = 0; i < CALLS_IOCTLS; i++) {
		if (made(calls->page, i) < ENOUGH)
			continue;
		EXPECT_LT(0, atomic_load(&calls->page->answers[i][0]))
			TH_LOG("%s never succeeded", calls_ioctl_name(i));
	}
	self->qt.nd = atomic_load(&calls->page->nd[0]);
	echo_checked(_metadata, &self->qt);
	here.server_ns = -1;
	here.nd = 0;
	here.children = 0;
	echo_checked(_metadata, &here);
}

TEST_HARNESS_MAIN
