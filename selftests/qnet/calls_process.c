// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: one process and its threads
 *
 * Even slots are on node alpha, odd ones on beta; the last two run as nobody.
 */
#define _GNU_SOURCE
#include "calls.h"

#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLS_FILES	512	/* descriptors of a process */
#define CALLS_NOBODY	65534

static const struct {
	calls_op *op;
	unsigned int weight;
} calls_operations[] = {
	{ calls_ioctl, 400 },
	{ calls_ask, 40 },
	{ calls_serve, 60 },
	{ calls_ioctl_garbage, 10 },
	{ calls_close, 4 },
	{ calls_dup, 6 },
	{ calls_dup_onto, 2 },
	{ calls_poll, 10 },
	{ calls_epoll, 10 },
	{ calls_rw, 10 },
	{ calls_fcntl, 8 },
	{ calls_fdinfo, 4 },
	{ calls_mmap, 2 },
	{ calls_pass, 6 },
	{ calls_take, 6 },
	{ calls_fork, 3 },
	{ calls_socket, 6 },
	{ calls_socket_call, 10 },
	{ calls_socket_option, 6 },
	{ calls_netlink, 16 },
};

struct calls_worker {
	struct calls_thread t;
	unsigned int generation;
	uint64_t operation;
	int kcov;
	atomic_int tid;		/* 0: not running */
};

static struct calls_worker calls_workers[CALLS_THREADS];

static calls_op *calls_next(struct calls_thread *t)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < ARRAY_SIZE(calls_operations); i++)
		sum += calls_operations[i].weight;
	at = calls_below(t, sum);
	for (i = 0; at >= calls_operations[i].weight; i++)
		at -= calls_operations[i].weight;
	return calls_operations[i].op;
}

/* A thread lives for some operations; one in six has a files table of its own at its end. */
static void *calls_work(void *arg)
{
	struct calls_worker *worker = arg;
	struct calls_thread *t = &worker->t;
	uint64_t end;

	t->careful = false;
	calls_seed(t, worker->generation, worker->operation);
	end = worker->operation + 100 + calls_below(t, 1000);
	calls_kcov_begin(t, worker->kcov);
	for (; worker->operation < end; worker->operation++) {
		if (atomic_load(&t->calls->page->stop))
			break;
		calls_seed(t, worker->generation, worker->operation);
		calls_next(t)(t);
		calls_kcov_take(t);
		atomic_fetch_add(&t->calls->page->operations, 1);
	}
	if (calls_one_in(t, 6))
		unshare(CLONE_FILES);
	if (calls_one_in(t, 40))
		calls_exec(t);
	calls_kcov_end(t, worker->kcov);
	atomic_store(&worker->tid, 0);
	return NULL;
}

static void *calls_enter(void *arg)
{
	struct calls_worker *worker = arg;

	atomic_store(&worker->tid, (int)syscall(SYS_gettid));
	return calls_work(arg);
}

static void calls_start(struct calls_worker *worker)
{
	pthread_attr_t attr;
	pthread_t thread;

	atomic_store(&worker->tid, -1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, calls_enter, worker))
		atomic_store(&worker->tid, 0);
	pthread_attr_destroy(&attr);
}

static void calls_signal(int number)
{
	(void)number;
}

static bool calls_settle(struct calls *calls, unsigned int slot)
{
	struct rlimit files = { .rlim_cur = CALLS_FILES, .rlim_max = CALLS_FILES };
	struct rlimit locked = { .rlim_cur = 64 << 10, .rlim_max = 64 << 10 };
	struct sigaction action = { .sa_handler = calls_signal };

	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
	if (setrlimit(RLIMIT_NOFILE, &files) || setns(calls->ns[slot % 2], CLONE_NEWNET))
		return false;
	if (slot < CALLS_SLOTS - 2)
		return true;
	return !setrlimit(RLIMIT_MEMLOCK, &locked) && !setgroups(0, NULL) &&
	       !setresgid(CALLS_NOBODY, CALLS_NOBODY, CALLS_NOBODY) &&
	       !setresuid(CALLS_NOBODY, CALLS_NOBODY, CALLS_NOBODY);
}

/* Signals at random until the run is over; then the end, whatever the threads are blocked in. */
static void calls_disturb(struct calls_thread *t)
{
	pid_t pid = getpid();

	while (!atomic_load(&t->calls->page->stop)) {
		struct calls_worker *worker = &calls_workers[calls_below(t, CALLS_THREADS)];
		int tid = atomic_load(&worker->tid);

		usleep(1000 + calls_below(t, 40000));
		if (!tid)
			calls_start(worker);
		else if (tid > 0)
			syscall(SYS_tgkill, pid, tid, calls_one_in(t, 3) ? SIGUSR2 : SIGUSR1);
	}
}

void calls_process(struct calls *calls, unsigned int slot, unsigned int generation)
{
	struct calls_slot *me = &calls->page->slot[slot];
	struct calls_thread own = {
		.calls = calls,
		.me = me,
		.slot = slot,
		.number = CALLS_THREADS,
	};
	unsigned int i, kind;

	for (kind = 0; kind < CALLS_KINDS; kind++)
		for (i = 0; i < CALLS_IDS; i++)
			atomic_store(&me->id[kind][i], 0);
	for (i = 0; i < CALLS_THREADS; i++) {
		calls_workers[i].kcov = calls_kcov_open(calls);
		calls_workers[i].generation = generation;
		calls_workers[i].t = own;
		calls_workers[i].t.number = i;
		if (!calls_memory(&calls_workers[i].t))
			_exit(3);
	}
	if (!calls_settle(calls, slot))
		_exit(4);
	atomic_store(&me->pid, getpid());
	calls_seed(&own, generation, 0);
	for (i = 0; i < 3; i++)
		calls_socket(&own);
	for (i = 0; i < CALLS_THREADS; i++)
		calls_start(&calls_workers[i]);
	calls_disturb(&own);
	_exit(0);
}
