// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - the library's one way into the kernel
 *
 * A process has one control socket, made on first use and again after fork; a program that closes
 * descriptors it does not know gets a new one.  Without the module calls fail with EAFNOSUPPORT.
 */
#include "call.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/single_threaded.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define QNET_FAMILY_PATH "/sys/module/qnet/parameters/family"

/* The lowest descriptor the control socket takes: 0, 1 and 2 are the program's. */
#define QNET_FD_FIRST 3

/* Under lock, except that fd is read without it. */
static struct {
	pthread_mutex_t lock;
	atomic_int fd;
	pid_t pid;
	dev_t dev;
	ino_t ino;
} control = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

void qnet_undo_nothing(void *arg)
{
	(void)arg;
}

void qnet_fd_close(int fd)
{
	int saved = errno;

	syscall(SYS_close, fd);
	errno = saved;
}

static int qnet_call_plain(int fd, unsigned long op, void *arg)
{
	int saved = errno;
	int err = 0;

	if (ioctl(fd, op, arg) < 0) {
		err = -errno;
		errno = saved;
	}
	return err;
}

/* Cancellation is asynchronous while the thread is in the kernel, and at no other time. */
static int qnet_call_cancellable(int fd, unsigned long op, void *arg, qnet_undo *undo)
{
	int type;
	int err;

	pthread_cleanup_push(undo, arg);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	err = qnet_call_plain(fd, op, arg);
	pthread_setcanceltype(type, &type);
	pthread_cleanup_pop(0);
	return err;
}

static int qnet_call(int fd, unsigned long op, void *arg, qnet_undo *undo)
{
	int err;

	if (undo)
		pthread_testcancel();
	if (undo && !__libc_single_threaded)
		err = qnet_call_cancellable(fd, op, arg, undo);
	else
		err = qnet_call_plain(fd, op, arg);
	qnet_timeout_end();
	return err;
}

static int qnet_control_family(void)
{
	int family = QNET_FAMILY_DEFAULT;
	FILE *file = fopen(QNET_FAMILY_PATH, "re");

	if (!file)
		return family;
	if (fscanf(file, "%d", &family) != 1)
		family = QNET_FAMILY_DEFAULT;
	fclose(file);
	return family;
}

static int qnet_control_family_socket(int family)
{
	int fd = socket(family, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* The second attempt is for a module that the first one loaded, with another family set. */
static int qnet_control_socket(void)
{
	int family = qnet_control_family();
	int fd = qnet_control_family_socket(family);
	int high;

	if (fd == -EAFNOSUPPORT && qnet_control_family() != family)
		fd = qnet_control_family_socket(qnet_control_family());
	if (fd < 0)
		return fd;
	if (fd >= QNET_FD_FIRST)
		return fd;

	high = fcntl(fd, F_DUPFD_CLOEXEC, QNET_FD_FIRST);
	if (high < 0)
		high = -errno;
	qnet_fd_close(fd);
	return high;
}

static int qnet_control_make(void)
{
	struct stat st;
	int fd = qnet_control_socket();

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		qnet_fd_close(fd);
		return -EBADF;
	}
	control.pid = getpid();
	control.dev = st.st_dev;
	control.ino = st.st_ino;
	atomic_store_explicit(&control.fd, fd, memory_order_release);
	return fd;
}

static int qnet_control_open(void)
{
	int saved = errno;
	int state;
	int fd;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	pthread_mutex_lock(&control.lock);
	fd = atomic_load(&control.fd);
	if (fd < 0)
		fd = qnet_control_make();
	pthread_mutex_unlock(&control.lock);
	pthread_setcancelstate(state, &state);
	errno = saved;
	return fd;
}

/* Or did the program close it, and perhaps open something else in its place? */
static bool qnet_control_is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == control.dev && st.st_ino == control.ino;
}

static void qnet_control_forget(int fd)
{
	if (qnet_control_is_socket(fd))
		qnet_fd_close(fd);
	atomic_store(&control.fd, -1);
}

/* Is the socket not ours any more: closed, replaced, or the parent's? */
static bool qnet_control_lost(int fd)
{
	int saved = errno;
	bool lost = true;

	pthread_mutex_lock(&control.lock);
	if (atomic_load(&control.fd) == fd) {
		lost = control.pid != getpid() || !qnet_control_is_socket(fd);
		if (lost)
			qnet_control_forget(fd);
	}
	pthread_mutex_unlock(&control.lock);
	errno = saved;
	return lost;
}

int qnet_control_call(unsigned long op, void *arg, qnet_undo *undo)
{
	int tries = 2;
	int err, fd;

	do {
		fd = atomic_load_explicit(&control.fd, memory_order_acquire);
		if (fd < 0)
			fd = qnet_control_open();
		if (fd < 0) {
			qnet_timeout_end();
			return fd;
		}
		err = qnet_call(fd, op, arg, undo);
		if (err != -EBADF && err != -ENOTTY && err != -EINVAL)
			return err;
	} while (qnet_control_lost(fd) && --tries);
	return err;
}

int qnet_connection_call(int coid, unsigned long op, void *arg, qnet_undo *undo)
{
	struct qnet_ioc_connection req = { 0 };
	int fd = qnet_coid_fd(coid);
	int err = qnet_call(fd, op, arg, undo);

	/* A descriptor of some other kind, unless a server said so by MsgError(). */
	if (err == -ENOTTY && qnet_call_plain(fd, QNET_IOC_CONNECTION, &req) == -ENOTTY)
		return -EBADF;
	return err;
}

static void qnet_fork_prepare(void)
{
	pthread_mutex_lock(&control.lock);
}

static void qnet_fork_parent(void)
{
	pthread_mutex_unlock(&control.lock);
}

static void qnet_fork_child(void)
{
	int saved = errno;
	int fd = atomic_load(&control.fd);

	if (fd >= 0)
		qnet_control_forget(fd);
	errno = saved;
	pthread_mutex_init(&control.lock, NULL);
	qnet_thread_forked();
}

__attribute__((constructor)) static void qnet_call_init(void)
{
	pthread_atfork(qnet_fork_prepare, qnet_fork_parent, qnet_fork_child);
}
