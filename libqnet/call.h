/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - the library's one way into the kernel
 */
#ifndef _LIBQNET_CALL_H
#define _LIBQNET_CALL_H

#include <linux/qnet.h>
#include <sys/neutrino.h>

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#pragma GCC visibility push(hidden)

/*
 * Makes the call a cancellation point.  Runs, with the call's argument, in a thread that is
 * cancelled while it waits; also when the kernel had finished but the caller had not heard of it.
 */
typedef void qnet_undo(void *arg);

qnet_undo qnet_undo_nothing;

/* Each of these gives 0 or -errno, leaves errno alone, and ends a TimerTimeout(). */
int qnet_control_call(unsigned long op, void *arg, qnet_undo *undo);
int qnet_connection_call(int coid, unsigned long op, void *arg, qnet_undo *undo);

/* Closes without being a cancellation point. */
void qnet_fd_close(int fd);

/* Fills what leads every call that may block: this thread's number, priority, time-out. */
void qnet_call_fill(struct qnet_call *call, __u32 flags);

/* This thread's time-out is over, because a call into the kernel is. */
void qnet_timeout_end(void);

/* In a child after fork: it has no control socket yet, and its one thread is the first. */
void qnet_thread_forked(void);

static inline int qnet_coid_fd(int coid)
{
	return (int)((unsigned int)coid & ~QNET_SIDE_CHANNEL);
}

static inline __u64 qnet_address(const void *pointer)
{
	return (uintptr_t)pointer;
}

/* The public form of a result that is -errno where it is negative. */
static inline int qnet_result(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

#pragma GCC visibility pop

#endif
