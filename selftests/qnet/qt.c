// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what the test programs share: children, marks, waiting for a condition
 */
#define _GNU_SOURCE
#include "qt.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Marks of the helpers stand above those of the tests. */
#define QT_MARK_READY	(QT_SLOTS - 1)

uint64_t qt_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int qt_patience(void)
{
	const char *text = getenv("QNET_PATIENCE");

	return text ? atoi(text) : 60;
}

bool qt_until(bool (*check)(void *arg), void *arg)
{
	uint64_t end = qt_now() + (uint64_t)QT_PATIENCE * 1000;

	while (!check(arg)) {
		if (qt_now() > end)
			return false;
		usleep(1000);
	}
	return true;
}

/* In the test's own process the check is remembered, and the teardown fails. */
void qt_fail(struct qt *qt, const char *file, int line, const char *what)
{
	int err = errno;

	if (!atomic_exchange(&qt->page->first, 1))
		snprintf(qt->page->fault, sizeof(qt->page->fault), "%s:%d: %s (errno %d: %s)",
			 file, line, what, err, strerror(err));
	atomic_fetch_add(&qt->page->faults, 1);
	fprintf(stderr, "# %d: %s:%d: %s (errno %d: %s)\n", getpid(), file, line, what, err,
		strerror(err));
	if (getpid() != qt->pid)
		_exit(1);
}

void qt_mark(struct qt *qt, int slot)
{
	atomic_fetch_add(&qt->page->mark[slot], 1);
	syscall(SYS_futex, &qt->page->mark[slot], FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

bool qt_wait(struct qt *qt, int slot, int count)
{
	uint64_t end = qt_now() + (uint64_t)QT_PATIENCE * 1000;
	struct timespec second = { .tv_sec = 1 };
	int seen;

	while ((seen = atomic_load(&qt->page->mark[slot])) < count) {
		if (qt_now() > end || atomic_load(&qt->page->faults))
			return false;
		syscall(SYS_futex, &qt->page->mark[slot], FUTEX_WAIT, seen, &second, NULL, 0);
	}
	return true;
}

static pid_t qt_fork(struct qt *qt, int ns, unsigned int flags, qt_body *body, void *arg, int *chid)
{
	pid_t pid;

	if (qt->children == QT_CHILDREN)
		return -1;
	pid = fork();
	if (pid) {
		if (pid > 0)
			qt->child[qt->children++] = pid;
		return pid;
	}

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	qt->children = 0;
	if (ns >= 0)
		QT_CHECK(qt, setns(ns, CLONE_NEWNET) == 0);
	if (chid) {
		*chid = ChannelCreate(flags);
		QT_CHECK(qt, *chid > 0);
		atomic_store(&qt->page->value[QT_MARK_READY], *chid);
		qt_mark(qt, QT_MARK_READY);
	}
	body(qt, chid ? *chid : 0, arg);
	_exit(0);
}

struct qt_server qt_server(struct qt *qt, unsigned int flags, qt_body *body, void *arg)
{
	struct qt_server server = { .pid = -1, .chid = -1 };
	int ready = atomic_load(&qt->page->mark[QT_MARK_READY]);
	int chid;

	server.pid = qt_fork(qt, qt->server_ns, flags, body, arg, &chid);
	if (server.pid > 0 && qt_wait(qt, QT_MARK_READY, ready + 1))
		server.chid = (int)atomic_load(&qt->page->value[QT_MARK_READY]);
	return server;
}

pid_t qt_client(struct qt *qt, qt_body *body, void *arg)
{
	return qt_fork(qt, -1, 0, body, arg, NULL);
}

int qt_attach(struct qt *qt, struct qt_server server)
{
	return ConnectAttach(qt->nd, server.pid, server.chid, _NTO_SIDE_CHANNEL, 0);
}

struct qt_reaped {
	pid_t pid;
	int status;
};

static bool qt_reaped(void *arg)
{
	struct qt_reaped *reaped = arg;

	return waitpid(reaped->pid, &reaped->status, WNOHANG) != 0;
}

int qt_reap(struct qt *qt, pid_t pid)
{
	struct qt_reaped reaped = { .pid = pid };
	int i;

	if (!qt_until(qt_reaped, &reaped)) {
		/* where it is, for who reads the log */
		qt_run(-1, "cd /proc/%d/task && for t in *; do grep -h State $t/status; "
		       "cat $t/syscall $t/stack; done", pid);
		return -1;
	}
	for (i = 0; i < qt->children; i++) {
		if (qt->child[i] == pid)
			qt->child[i] = qt->child[--qt->children];
	}
	if (WIFSIGNALED(reaped.status))
		return 256 + WTERMSIG(reaped.status);
	return WEXITSTATUS(reaped.status);
}

int qt_kill(struct qt *qt, pid_t pid)
{
	kill(pid, SIGKILL);
	return qt_reap(qt, pid);
}

struct qt_blocked {
	pid_t tid;
	unsigned long op;
};

/* /proc/TID/syscall: the call's number and arguments while the thread sleeps in it. */
static bool qt_blocked(void *arg)
{
	struct qt_blocked *blocked = arg;
	unsigned long fd, op;
	char path[64];
	FILE *file;
	long nr;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/syscall", blocked->tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fscanf(file, "%ld %lx %lx", &nr, &fd, &op);
	fclose(file);
	return n == 3 && nr == SYS_ioctl && op == blocked->op;
}

bool qt_wait_blocked(pid_t tid, unsigned long op)
{
	struct qt_blocked blocked = { .tid = tid, .op = op };

	return qt_until(qt_blocked, &blocked);
}

bool qt_wait_poll(int fd, short events)
{
	struct pollfd poller = { .fd = fd, .events = events };

	return poll(&poller, 1, QT_PATIENCE * 1000) == 1 && (poller.revents & events);
}

bool qt_wait_queued(int chid)
{
	int fd = qnet_channel_fd(chid);

	return fd >= 0 && qt_wait_poll(fd, POLLIN);
}
