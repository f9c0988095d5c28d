// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - each call, with its 1st, 2nd, ... nth allocation or user copy failing
 */
#define _GNU_SOURCE
#include "fail.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAIL_MOST	400	/* allocations and copies of a call: more than any makes */
#define FAIL_LOOKS	100	/* until two show the same objects */

int fail_ioctl(int fd, unsigned long op, void *arg)
{
	return ioctl(fd, op, arg) < 0 ? -errno : 0;
}

static int fail_lowest_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void fail_live(struct fail *f, struct live *live)
{
	int i;

	for (i = 0; i < f->nodes; i++) {
		QT_CHECK(&f->qt, counter_read(&f->counters[i]));
		live_take(&f->counters[i], &live[i]);
	}
}

struct fail_settle {
	struct fail *f;
	const struct live *base;
	struct live now[2];
};

static bool fail_settled(void *arg)
{
	struct fail_settle *s = arg;

	fail_live(s->f, s->now);
	return !memcmp(s->now, s->base, (size_t)s->f->nodes * sizeof(*s->base));
}

/* Some objects live until the other node acknowledged, or a grace period is over. */
static void fail_settle(struct fail *f, const char *name, const struct live *base)
{
	struct fail_settle s = { .f = f, .base = base };
	int i;

	if (qt_until(fail_settled, &s))
		return;
	for (i = 0; i < f->nodes; i++)
		live_report(name, &s.now[i], &base[i]);
	QT_CHECK(&f->qt, !"as many objects as before");
}

static void fail_step(struct fail *f, const struct fail_call *call, const struct live *base)
{
	int fd = fail_lowest_fd(), ret;

	if (call->before)
		call->before(f);
	ret = call->call(f);
	if (ret)
		fprintf(stderr, "# %s: %d though nothing failed\n", call->name, ret);
	QT_CHECK(&f->qt, ret == 0);
	if (call->after)
		call->after(f, ret);
	fail_settle(f, call->name, base);
	QT_CHECK(&f->qt, fail_lowest_fd() == fd);
}

/* Where socket() has no memory for its inode it says ENFILE. */
static bool fail_fits(int ret)
{
	return ret == -ENOMEM || ret == -EFAULT || ret == -ENOBUFS || ret == -ENFILE;
}

/* True: a fault was injected. */
static bool fail_inject(struct fail *f, const struct fail_call *call, const struct live *base,
			enum qt_fail_mode mode, unsigned int nth)
{
	int fd = fail_lowest_fd(), ret;
	bool injected, fits;

	if (call->before)
		call->before(f);
	qt_fail_arm(mode, nth);
	ret = call->call(f);
	injected = qt_fail_disarm();
	/* an allocation that can be done without may fail and the call not */
	fits = !ret || (injected && fail_fits(ret));
	if (!fits)
		fprintf(stderr, "# %s: %d at %u\n", call->name, ret, nth);
	QT_CHECK(&f->qt, fits);
	if (call->after)
		call->after(f, ret);
	fail_settle(f, call->name, base);
	QT_CHECK(&f->qt, fail_lowest_fd() == fd);
	if (ret)
		fail_step(f, call, base);
	return injected;
}

/* Where all that follows fails one that comes late is much like the one before. */
static unsigned int fail_stride(enum qt_fail_mode mode, unsigned int nth)
{
	return mode == QT_FAIL_ONE ? 1 : 1 + nth / 8;
}

static void fail_call(struct fail *f, const struct fail_call *call)
{
	unsigned int nth, faults = 0;
	enum qt_fail_mode mode;
	struct live base[2];

	fail_live(f, base);
	for (mode = QT_FAIL_ONE; mode < QT_FAIL_MODES && !f->qt.page->faults; mode++) {
		for (nth = 1; nth < FAIL_MOST; nth += fail_stride(mode, nth), faults++)
			if (!fail_inject(f, call, base, mode, nth) || f->qt.page->faults)
				break;
		QT_CHECK(&f->qt, nth < FAIL_MOST);
	}
	fprintf(stderr, "# %s: %u faults\n", call->name, faults);
}

/* What went before may still be dying: a base is of what stays. */
static void fail_quiet(struct fail *f)
{
	struct live before[2], now[2];
	int i;

	fail_live(f, now);
	for (i = 0; i < FAIL_LOOKS; i++) {
		memcpy(before, now, sizeof(before));
		usleep(100000);
		fail_live(f, now);
		if (!memcmp(now, before, (size_t)f->nodes * sizeof(*now)))
			return;
	}
	QT_CHECK(&f->qt, !"objects that come and go");
}

void fail_calls(struct fail *f, const struct fail_call *calls, size_t n)
{
	size_t i;

	fail_quiet(f);
	for (i = 0; i < n && !f->qt.page->faults; i++)
		fail_call(f, &calls[i]);
}

/* Calls ------------------------------------------------------------------------------------- */

int fail_call_connection(struct fail *f)
{
	struct qnet_ioc_connection arg = { 0 };
	int ret = fail_ioctl(f->fd, QNET_IOC_CONNECTION, &arg);

	f->scoid = arg.scoid;
	return ret;
}

int fail_call_pulse(struct fail *f)
{
	struct qnet_ioc_pulse arg = {
		.call = { .priority = QNET_PRIO_DEFAULT, .tid = 1 },
		.priority = -1,
		.code = 1,
	};

	return fail_ioctl(f->fd, QNET_IOC_PULSE, &arg);
}

int fail_call_name_lookup(struct fail *f)
{
	struct qnet_ioc_name_lookup arg = {
		.call = { .priority = QNET_PRIO_DEFAULT, .tid = 1 },
		.nd = f->qt.nd,
		.name = FAIL_NAME,
	};
	int ret = fail_ioctl(f->sock, QNET_IOC_NAME_LOOKUP, &arg);

	QT_CHECK(&f->qt, ret || arg.chid == (f->server.chid ?: f->chid));
	return ret;
}

int fail_call_node_lookup(struct fail *f)
{
	struct qnet_ioc_node arg = { .nd = UINT32_MAX };
	int ret;

	snprintf(arg.name, sizeof(arg.name), f->qt.remote ? "beta" : "alone");
	ret = fail_ioctl(f->sock, QNET_IOC_NODE_LOOKUP, &arg);
	QT_CHECK(&f->qt, ret || arg.nd == f->qt.nd);
	return ret;
}

int fail_call_node_name(struct fail *f)
{
	struct qnet_ioc_node arg = { .nd = f->qt.nd };
	int ret = fail_ioctl(f->sock, QNET_IOC_NODE_NAME, &arg);

	QT_CHECK(&f->qt, ret || !strcmp(arg.name, f->qt.remote ? "beta" : "alone"));
	return ret;
}

int fail_call_client(struct fail *f)
{
	struct qnet_ioc_client arg = {
		.scoid = f->scoid,
		.ngroups = QNET_GROUPS_MAX,
		.groups = (uintptr_t)f->groups,
	};

	return fail_ioctl(f->sock, QNET_IOC_CLIENT, &arg);
}

int fail_call_receive(struct fail *f)
{
	struct qnet_msg_info info;
	struct qnet_ioc_receive arg = {
		.call = {
			.flags = QNET_F_RECV_IOV,
			.priority = QNET_PRIO_DEFAULT,
			.tid = 1,
		},
		.chid = f->chid,
		.recv = (uintptr_t)f->iov,
		.recv_len = FAIL_VECTORS,
		.info = (uintptr_t)&info,
	};
	int ret = fail_ioctl(f->sock, QNET_IOC_RECEIVE, &arg);

	f->rcvid = arg.rcvid;
	QT_CHECK(&f->qt, ret || !arg.rcvid || (size_t)info.msglen == f->len);
	return ret;
}

/* Before and after ---------------------------------------------------------------------------- */

bool fail_buffers(struct fail *f, size_t len)
{
	size_t i, part = len / FAIL_VECTORS;

	f->len = len;
	f->out = malloc(FAIL_LARGE);
	f->in = malloc(FAIL_LARGE);
	f->expected = malloc(FAIL_LARGE);
	if (!f->out || !f->in || !f->expected)
		return false;
	memset(f->out, 0, FAIL_LARGE);
	memset(f->in, 0, FAIL_LARGE);
	for (i = 0; i < FAIL_VECTORS; i++) {
		f->iov[i].iov_base = f->in + i * part;
		f->iov[i].iov_len = i < FAIL_VECTORS - 1 ? part : len - i * part;
	}
	return true;
}

bool fail_open(struct fail *f)
{
	f->nodes = f->qt.remote ? 2 : 1;
	return counter_open(&f->counters[0], f->qt.client_ns) &&
	       (!f->qt.remote || counter_open(&f->counters[1], f->qt.server_ns));
}

bool fail_begin(struct fail *f)
{
	f->sock = socket(QNET_FAMILY_DEFAULT, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return f->sock >= 0 && qt_fail_begin();
}

void fail_end(struct fail *f)
{
	qt_fail_end();
	qt_mark(&f->qt, FAIL_STOP);
	qt_teardown(&f->qt);
}
