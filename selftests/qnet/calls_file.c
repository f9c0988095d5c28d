// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: what can be done to files that are channels, connections, control sockets
 */
#define _GNU_SOURCE
#include "calls.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void calls_close(struct calls_thread *t)
{
	int fd = calls_file(t);

	if (fd > 2)
		close(fd);
}

void calls_dup(struct calls_thread *t)
{
	int fd = dup(calls_file(t));

	if (fd > 2)
		calls_keep(t, CALLS_FILE, fd);
}

void calls_dup_onto(struct calls_thread *t)
{
	int from = calls_file(t), onto = calls_file(t);

	if (onto > 2)
		dup3(from, onto, calls_one_in(t, 2) ? O_CLOEXEC : 0);
}

void calls_poll(struct calls_thread *t)
{
	struct pollfd files[4];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		files[i].fd = calls_file(t);
		files[i].events = (short)calls_draw(t);
	}
	poll(files, ARRAY_SIZE(files), (int)calls_below(t, 20));
}

/* Sets of files that outlive them, and sets in sets. */
void calls_epoll(struct calls_thread *t)
{
	struct epoll_event event = { .events = (uint32_t)calls_draw(t) }, got[4];
	int set = calls_id(t, CALLS_FILE);

	if (calls_one_in(t, 4)) {
		set = epoll_create1(EPOLL_CLOEXEC);
		if (set > 2)
			calls_keep(t, CALLS_FILE, set);
	}
	epoll_ctl(set, EPOLL_CTL_ADD, calls_file(t), &event);
	epoll_ctl(set, calls_one_in(t, 2) ? EPOLL_CTL_MOD : EPOLL_CTL_DEL, calls_file(t), &event);
	epoll_wait(set, got, ARRAY_SIZE(got), (int)calls_below(t, 20));
}

void calls_rw(struct calls_thread *t)
{
	size_t len = calls_length(t);
	struct iovec iov = { .iov_len = len };
	int fd = calls_file(t);

	iov.iov_base = calls_pointer(t, len);
	if (fd < 3)
		return;
	switch (calls_below(t, 8)) {
	case 0:
		syscall(SYS_read, fd, iov.iov_base, len);
		break;
	case 1:
		syscall(SYS_write, fd, iov.iov_base, len);
		break;
	case 2:
		syscall(SYS_pread64, fd, iov.iov_base, len, calls_draw(t));
		break;
	case 3:
		syscall(SYS_readv, fd, &iov, 1);
		break;
	case 4:
		syscall(SYS_writev, fd, &iov, 1);
		break;
	case 5:
		lseek(fd, (off_t)calls_draw(t), (int)calls_below(t, 6));
		break;
	case 6:
		syscall(SYS_sendfile, fd, calls_file(t), NULL, len);
		break;
	default:
		syscall(SYS_splice, calls_file(t), NULL, fd, NULL, len, SPLICE_F_NONBLOCK);
		break;
	}
}

void calls_fcntl(struct calls_thread *t)
{
	static const int harmless[] = { F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE,
					F_GETPIPE_SZ, F_GET_SEALS };
	int fd = calls_file(t), copy;
	struct stat status;

	switch (calls_below(t, 8)) {
	case 0:
		fcntl(fd, F_SETFL, calls_one_in(t, 2) ? O_NONBLOCK : O_NONBLOCK | O_ASYNC);
		break;
	case 1:
		fcntl(fd, F_SETFD, calls_below(t, 2));
		break;
	case 2:
		copy = fcntl(fd, F_DUPFD, 3 + calls_below(t, 250));
		if (copy > 2)
			calls_keep(t, CALLS_FILE, copy);
		break;
	case 3:
		fstat(fd, &status);
		fsync(fd);
		break;
	case 4:
		ftruncate(fd, (off_t)calls_draw(t));
		fchmod(fd, (mode_t)calls_below(t, 01000));
		break;
	default:
		fcntl(fd, calls_pick(t, harmless), 0);
		break;
	}
}

/* What /proc says of a file: another process' as well. */
void calls_fdinfo(struct calls_thread *t)
{
	const struct calls_slot *slot = &t->calls->page->slot[calls_below(t, CALLS_SLOTS)];
	int pid = atomic_load(&slot->pid), kind = (int)calls_below(t, CALLS_KIND_FILES), fd;
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, calls_id_of(t, slot, kind));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text)) < 0)
		t->rcvid = 0;
	close(fd);
}

void calls_mmap(struct calls_thread *t)
{
	void *at = mmap(NULL, 4096, PROT_READ, calls_one_in(t, 2) ? MAP_SHARED : MAP_PRIVATE,
			calls_file(t), 0);

	if (at != MAP_FAILED)
		munmap(at, 4096);
}

union calls_control {
	char room[CMSG_SPACE(4 * sizeof(int))];
	struct cmsghdr align;
};

void calls_pass(struct calls_thread *t)
{
	struct iovec iov = { .iov_base = "", .iov_len = 1 };
	union calls_control control = { };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};
	struct cmsghdr *head = &control.align;
	uint32_t i, n = 1 + calls_below(t, 4);
	int fds[4];

	for (i = 0; i < n; i++)
		fds[i] = calls_file(t);
	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(head), fds, n * sizeof(int));
	sendmsg(t->calls->passing[calls_below(t, 2)], &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void calls_take(struct calls_thread *t)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union calls_control control = { };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;
	int fd;

	if (recvmsg(t->calls->passing[calls_below(t, 2)], &msg, MSG_DONTWAIT) < 0)
		return;
	for (head = CMSG_FIRSTHDR(&msg); head; head = CMSG_NXTHDR(&msg, head)) {
		size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;

		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof(fd));
			calls_keep(t, calls_below(t, CALLS_KIND_FILES), fd);
		}
	}
}

static const struct {
	calls_op *op;
} calls_of_child[] = {
	{ calls_ioctl }, { calls_ioctl }, { calls_ioctl }, { calls_close }, { calls_dup },
	{ calls_poll }, { calls_pass }, { calls_take }, { calls_socket }, { calls_netlink },
};

/* A child with copies of all files, or one that shares the table; it ends, whatever it is in. */
void calls_fork(struct calls_thread *t)
{
	unsigned long flags = calls_one_in(t, 3) ? CLONE_FILES | SIGCHLD : SIGCHLD;
	long pid = syscall(SYS_clone, flags, 0, NULL, NULL, 0);
	uint32_t n;

	if (pid)
		return;
	t->kcov = NULL;
	signal(SIGALRM, SIG_DFL);
	alarm(2);
	for (n = 1 + calls_below(t, 8); n; n--)
		calls_pick(t, calls_of_child).op(t);
	if (calls_one_in(t, 3))
		calls_exec(t);
	_exit(0);
}

/* The end of everything that belonged to the process, and of its other threads. */
void calls_exec(struct calls_thread *t)
{
	(void)t;
	execl("/bin/busybox", "true", NULL);
}
