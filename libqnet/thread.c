// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - what belongs to one thread: its number, its priority, its time-out
 *
 * Numbers are Neutrino's: 1 for the first thread, then up, in the order of their first call.
 */
#include "call.h"

#include <qnet.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#define QNET_NSEC_PER_SEC	1000000000ULL
#define QNET_TIMEOUT_OURS	(_NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY | _NTO_TIMEOUT_RECEIVE)
#define QNET_TIMEOUT_OTHERS	(_NTO_TIMEOUT_SEM | _NTO_TIMEOUT_MUTEX | _NTO_TIMEOUT_CONDVAR | \
				 _NTO_TIMEOUT_JOIN | _NTO_TIMEOUT_INTR | \
				 _NTO_TIMEOUT_SIGSUSPEND | _NTO_TIMEOUT_SIGWAITINFO | \
				 _NTO_TIMEOUT_NANOSLEEP)

struct qnet_thread {
	__s32 tid;		/* 0: not numbered yet */
	__u32 priority;
	__u32 states;		/* in which the time-out holds; 0: no time-out */
	__u32 clock;
	__u64 deadline;
};

static __thread struct qnet_thread thread __attribute__((tls_model("initial-exec"))) = {
	.priority = QNET_PRIO_DEFAULT,
};

static atomic_int thread_next = 2;

static __s32 qnet_thread_number(void)
{
	if (thread.tid)
		return thread.tid;
	if (syscall(SYS_gettid) == getpid())
		thread.tid = 1;
	else
		thread.tid = atomic_fetch_add(&thread_next, 1);
	return thread.tid;
}

void qnet_thread_forked(void)
{
	thread.tid = 1;
	atomic_store(&thread_next, 2);
}

void qnet_call_fill(struct qnet_call *call, __u32 flags)
{
	*call = (struct qnet_call){
		.flags = flags,
		.states = thread.states,
		.tid = qnet_thread_number(),
		.priority = thread.priority,
	};
	if (thread.states) {
		call->deadline = thread.deadline;
		call->clock = thread.clock;
	}
}

void qnet_timeout_end(void)
{
	thread.states = 0;
}

int qnet_getprio(void)
{
	return (int)thread.priority;
}

static int qnet_thread_setprio(int priority)
{
	struct qnet_ioc_priority req = { .priority = (__u32)priority };
	int old = (int)thread.priority;
	int err;

	if (priority < QNET_PRIO_MIN || priority > QNET_PRIO_MAX)
		return -EINVAL;
	err = qnet_control_call(QNET_IOC_PRIORITY, &req, NULL);
	if (err)
		return err;
	thread.priority = (__u32)priority;
	return old;
}

int qnet_setprio(int priority)
{
	return qnet_result(qnet_thread_setprio(priority));
}

/* Another process's priorities are its own affair: ESRCH. */
int getprio(pid_t pid)
{
	if (pid && pid != getpid())
		return qnet_result(-ESRCH);
	return qnet_getprio();
}

int setprio(pid_t pid, int priority)
{
	if (pid && pid != getpid())
		return qnet_result(-ESRCH);
	return qnet_setprio(priority);
}

static __u32 qnet_timeout_states(int flags)
{
	__u32 states = 0;

	if (flags & _NTO_TIMEOUT_SEND)
		states |= QNET_STATE_SEND;
	if (flags & _NTO_TIMEOUT_REPLY)
		states |= QNET_STATE_REPLY;
	if (flags & _NTO_TIMEOUT_RECEIVE)
		states |= QNET_STATE_RECEIVE;
	return states;
}

/* What is relative does not follow a clock that is set: it counts on the monotonic one. */
static int qnet_timeout_set(clockid_t id, int flags, const uint64_t *ntime)
{
	struct timespec now;
	uint64_t deadline = 0;

	if (ntime && !(flags & TIMER_ABSTIME)) {
		if (id == CLOCK_REALTIME || id == CLOCK_TAI)
			id = CLOCK_MONOTONIC;
		clock_gettime(id, &now);
		deadline = (uint64_t)now.tv_sec * QNET_NSEC_PER_SEC + (uint64_t)now.tv_nsec;
		if (*ntime > INT64_MAX - deadline)
			deadline = INT64_MAX;
		else
			deadline += *ntime;
	} else if (ntime) {
		deadline = *ntime > INT64_MAX ? INT64_MAX : *ntime;
	}
	thread.clock = (__u32)id;
	thread.deadline = deadline;
	thread.states = qnet_timeout_states(flags);
	return 0;
}

int TimerTimeout_r(clockid_t id, int flags, const struct sigevent *notify, const uint64_t *ntime,
		   uint64_t *otime)
{
	if (flags & ~(TIMER_ABSTIME | QNET_TIMEOUT_OURS | QNET_TIMEOUT_OTHERS))
		return EINVAL;
	if (notify && notify->sigev_notify != SIGEV_UNBLOCK)
		return EINVAL;
	if (id != CLOCK_MONOTONIC && id != CLOCK_REALTIME && id != CLOCK_BOOTTIME &&
	    id != CLOCK_TAI)
		return EINVAL;
	/* Only states that no call here waits in: better an error than a time-out that is none. */
	if ((flags & QNET_TIMEOUT_OTHERS) && !(flags & QNET_TIMEOUT_OURS))
		return ENOTSUP;

	if (otime)
		*otime = 0;
	return qnet_timeout_set(id, flags, ntime);
}

int TimerTimeout(clockid_t id, int flags, const struct sigevent *notify, const uint64_t *ntime,
		 uint64_t *otime)
{
	return qnet_result(-TimerTimeout_r(id, flags, notify, ntime, otime));
}

int timer_timeout_r(clockid_t id, int flags, const struct sigevent *notify,
		    const struct timespec *ntime, struct timespec *otime)
{
	uint64_t time;

	if (ntime && (ntime->tv_sec < 0 || ntime->tv_nsec < 0 ||
		      (uint64_t)ntime->tv_nsec >= QNET_NSEC_PER_SEC))
		return EINVAL;
	if (ntime)
		time = (uint64_t)ntime->tv_sec > INT64_MAX / QNET_NSEC_PER_SEC - 1 ? INT64_MAX :
		       (uint64_t)ntime->tv_sec * QNET_NSEC_PER_SEC + (uint64_t)ntime->tv_nsec;
	if (otime)
		*otime = (struct timespec){ 0 };
	return TimerTimeout_r(id, flags, notify, ntime ? &time : NULL, NULL);
}

int timer_timeout(clockid_t id, int flags, const struct sigevent *notify,
		  const struct timespec *ntime, struct timespec *otime)
{
	return qnet_result(-timer_timeout_r(id, flags, notify, ntime, otime));
}
