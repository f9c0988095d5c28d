// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: the ioctls
 *
 * Each begins with an argument that makes sense; then, one time in four, something in it is
 * broken.
 */
#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define CALLS_ARG_MAX	320

static void calls_fill_call(struct calls_thread *t, struct qnet_call *call)
{
	static const clockid_t clocks[] = {
		CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI
	};
	struct timespec now;

	call->tid = 1 + (int)calls_below(t, 8);
	call->priority = 1 + calls_below(t, calls_one_in(t, 16) ? 300 : QNET_PRIO_USER_MAX);
	if (!t->careful && calls_one_in(t, 16))
		return;
	call->states = calls_one_in(t, 4) ? 1 + calls_below(t, 7) : 7;
	call->clock = (uint32_t)calls_pick(t, clocks);
	clock_gettime((clockid_t)call->clock, &now);
	call->deadline = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
			 calls_below(t, t->careful ? 300000000 : 40000000);
	if (!t->careful && calls_one_in(t, 8))
		call->deadline = 0;
}

static void calls_fill_none(struct calls_thread *t, void *data)
{
	(void)t;
	(void)data;
}

static void calls_fill_channel_create(struct calls_thread *t, void *data)
{
	struct qnet_ioc_channel_create *arg = data;

	arg->channel_flags = (uint32_t)calls_draw(t) & 0xff;
}

static void calls_did_channel_create(struct calls_thread *t, const void *data)
{
	const struct qnet_ioc_channel_create *arg = data;

	calls_keep(t, CALLS_CHANNEL, arg->fd);
	calls_keep(t, CALLS_CHID, arg->chid);
}

static void calls_fill_channel(struct calls_thread *t, void *data)
{
	struct qnet_ioc_channel *arg = data;

	arg->chid = calls_id(t, CALLS_CHID);
}

static void calls_fill_connect(struct calls_thread *t, void *data)
{
	static const uint32_t index[] = { 1, 3, 40, 200, 255, 256, 1U << 30, UINT32_MAX };
	const struct calls_slot *to = &t->calls->page->slot[calls_below(t, CALLS_SLOTS)];
	struct qnet_ioc_connect *arg = data;

	arg->flags = calls_below(t, 4);
	arg->pid = to == t->me && calls_one_in(t, 2) ? 0 : atomic_load(&to->pid);
	arg->chid = calls_id_of(t, to, CALLS_CHID);
	if ((unsigned int)(to - t->calls->page->slot) % 2 != (unsigned int)t->slot % 2)
		arg->nd = atomic_load(&t->calls->page->nd[t->slot % 2]);
	if (calls_one_in(t, 16))
		arg->nd = calls_below(t, 5);
	if (calls_one_in(t, 8))
		arg->index = calls_pick(t, index);
	if (calls_one_in(t, 32))
		arg->incarnation = calls_draw(t);
}

static void calls_did_connect(struct calls_thread *t, const void *data)
{
	const struct qnet_ioc_connect *arg = data;

	calls_keep(t, CALLS_COID, arg->coid & ~QNET_SIDE_CHANNEL);
}

static int calls_rcvid(struct calls_thread *t)
{
	return t->careful || calls_one_in(t, 2) ? t->rcvid : calls_id(t, CALLS_RCVID);
}

static bool calls_is_plain(const struct calls_thread *t, uint64_t address)
{
	const char *at = (const char *)(uintptr_t)address;

	return at >= t->plain && at < t->plain + CALLS_PLAIN / 2;
}

static void calls_fill_receive(struct calls_thread *t, void *data)
{
	struct qnet_ioc_receive *arg = data;

	calls_fill_call(t, &arg->call);
	arg->chid = calls_id(t, CALLS_CHID);
	if (calls_buffer(t, &arg->recv, &arg->recv_len))
		arg->call.flags |= QNET_F_RECV_IOV;
	if (calls_one_in(t, 8))
		arg->call.flags |= QNET_F_PULSE_ONLY;
	if (!calls_one_in(t, 4))
		arg->info = (uintptr_t)calls_pointer(t, sizeof(struct qnet_msg_info));
	if (t->careful || !calls_one_in(t, 4))
		return;
	arg->call.flags |= QNET_F_REPLY_FIRST;
	arg->rcvid = calls_rcvid(t);
	if (calls_buffer(t, &arg->send, &arg->send_len))
		arg->call.flags |= QNET_F_SEND_IOV;
	if (calls_one_in(t, 8))
		arg->call.flags |= QNET_F_REPLY_ERROR;
	arg->status = calls_one_in(t, 4) ? (int64_t)calls_draw(t) : calls_below(t, 140);
}

/* As servers do when the last connection of a client went. */
static void calls_disconnected(struct calls_thread *t, const struct qnet_ioc_receive *arg)
{
	struct qnet_pulse_msg pulse;

	if ((arg->call.flags & QNET_F_RECV_IOV) || !calls_is_plain(t, arg->recv))
		return;
	memcpy(&pulse, (void *)(uintptr_t)arg->recv, sizeof(pulse));
	if (pulse.code != QNET_PULSE_DISCONNECT)
		return;
	calls_keep(t, CALLS_SCOID, pulse.scoid);
	t->scoid = pulse.scoid;
}

static void calls_did_receive(struct calls_thread *t, const void *data)
{
	const struct qnet_ioc_receive *arg = data;
	struct qnet_msg_info info;

	if (!arg->rcvid) {
		calls_disconnected(t, arg);
		return;
	}
	t->rcvid = arg->rcvid;
	calls_keep(t, CALLS_RCVID, arg->rcvid);
	if (calls_is_plain(t, arg->info)) {
		memcpy(&info, (void *)(uintptr_t)arg->info, sizeof(info));
		calls_keep(t, CALLS_SCOID, info.scoid);
	}
}

static void calls_fill_reply(struct calls_thread *t, void *data)
{
	struct qnet_ioc_reply *arg = data;

	calls_fill_call(t, &arg->call);
	arg->rcvid = calls_rcvid(t);
	if (calls_buffer(t, &arg->send, &arg->send_len))
		arg->call.flags |= QNET_F_SEND_IOV;
	if (calls_one_in(t, 8))
		arg->call.flags |= QNET_F_REPLY_ERROR;
	arg->status = calls_one_in(t, 4) ? (int64_t)calls_draw(t) :
					   (int64_t)calls_below(t, 700) - 1;
}

static void calls_fill_transfer(struct calls_thread *t, void *data, uint32_t vector)
{
	struct qnet_ioc_transfer *arg = data;

	calls_fill_call(t, &arg->call);
	arg->rcvid = calls_rcvid(t);
	if (calls_buffer(t, &arg->buf, &arg->len))
		arg->call.flags |= vector;
	if (!calls_one_in(t, 3))
		arg->offset = calls_length(t);
}

static void calls_fill_read(struct calls_thread *t, void *data)
{
	calls_fill_transfer(t, data, QNET_F_RECV_IOV);
}

static void calls_fill_write(struct calls_thread *t, void *data)
{
	calls_fill_transfer(t, data, QNET_F_SEND_IOV);
}

static void calls_fill_info(struct calls_thread *t, void *data)
{
	struct qnet_ioc_info *arg = data;

	arg->rcvid = calls_rcvid(t);
	arg->info = (uintptr_t)calls_pointer(t, sizeof(struct qnet_msg_info));
}

static void calls_fill_client(struct calls_thread *t, void *data)
{
	struct qnet_ioc_client *arg = data;

	arg->scoid = calls_one_in(t, 4) ? -1 : calls_id(t, CALLS_SCOID);
	arg->ngroups = calls_below(t, 40);
	arg->groups = (uintptr_t)calls_pointer(t, arg->ngroups * sizeof(uint32_t));
}

static void calls_fill_detach(struct calls_thread *t, void *data)
{
	struct qnet_ioc_client_detach *arg = data;

	arg->scoid = t->scoid && calls_one_in(t, 2) ? t->scoid : calls_id(t, CALLS_SCOID);
}

/* Few names, so that they collide. */
static void calls_name(struct calls_thread *t, char *name, size_t size)
{
	static const char * const names[] = {
		"a", "b", "a/b", "some where", "", "/a", "../a", "a/../b", "alpha", "beta", "%s%n",
	};

	if (calls_one_in(t, 16))
		memset(name, 'x', size - calls_below(t, 2));
	else
		memcpy(name, calls_pick(t, names), 2);
	if (calls_one_in(t, 2))
		strcpy(name, calls_pick(t, names));
}

static void calls_fill_name(struct calls_thread *t, void *data)
{
	struct qnet_ioc_name *arg = data;

	arg->chid = calls_id(t, CALLS_CHID);
	calls_name(t, arg->name, sizeof(arg->name));
}

static void calls_fill_name_lookup(struct calls_thread *t, void *data)
{
	struct qnet_ioc_name_lookup *arg = data;

	calls_fill_call(t, &arg->call);
	arg->nd = calls_one_in(t, 4) ? calls_below(t, 5) : calls_one_in(t, 2) ?
		  atomic_load(&t->calls->page->nd[t->slot % 2]) : 0;
	calls_name(t, arg->name, sizeof(arg->name));
}

static void calls_fill_node(struct calls_thread *t, void *data)
{
	struct qnet_ioc_node *arg = data;

	arg->nd = calls_below(t, 4);
	calls_name(t, arg->name, sizeof(arg->name));
}

static void calls_fill_priority(struct calls_thread *t, void *data)
{
	struct qnet_ioc_priority *arg = data;

	arg->priority = calls_below(t, 300);
}

static void calls_fill_send(struct calls_thread *t, void *data)
{
	struct qnet_ioc_send *arg = data;

	calls_fill_call(t, &arg->call);
	if (calls_buffer(t, &arg->send, &arg->send_len))
		arg->call.flags |= QNET_F_SEND_IOV;
	if (calls_buffer(t, &arg->recv, &arg->recv_len))
		arg->call.flags |= QNET_F_RECV_IOV;
}

static void calls_fill_pulse(struct calls_thread *t, void *data)
{
	struct qnet_ioc_pulse *arg = data;

	calls_fill_call(t, &arg->call);
	arg->priority = (int)calls_below(t, 70) - 1;
	arg->code = (int)calls_below(t, 300) - 150;
	arg->value = calls_draw(t);
}

#define CALLS_IOCTL(NAME, file, fill, did, weight) \
	{ #NAME, QNET_IOC_##NAME, file, fill, did, weight }

static const struct calls_ioctl {
	const char *name;
	unsigned int cmd;
	enum calls_kind file;
	void (*fill)(struct calls_thread *t, void *data);
	void (*did)(struct calls_thread *t, const void *data);
	unsigned int weight;
} calls_ioctls[CALLS_IOCTLS] = {
	CALLS_IOCTL(CHANNEL_CREATE, CALLS_CONTROL, calls_fill_channel_create,
		    calls_did_channel_create, 4),
	CALLS_IOCTL(CHANNEL_DESTROY, CALLS_CONTROL, calls_fill_channel, NULL, 1),
	CALLS_IOCTL(CHANNEL_INFO, CALLS_CONTROL, calls_fill_channel, NULL, 2),
	CALLS_IOCTL(CONNECT, CALLS_CONTROL, calls_fill_connect, calls_did_connect, 8),
	CALLS_IOCTL(RECEIVE, CALLS_CONTROL, calls_fill_receive, calls_did_receive, 24),
	CALLS_IOCTL(REPLY, CALLS_CONTROL, calls_fill_reply, NULL, 14),
	CALLS_IOCTL(READ, CALLS_CONTROL, calls_fill_read, NULL, 6),
	CALLS_IOCTL(WRITE, CALLS_CONTROL, calls_fill_write, NULL, 6),
	CALLS_IOCTL(INFO, CALLS_CONTROL, calls_fill_info, NULL, 4),
	CALLS_IOCTL(CLIENT, CALLS_CONTROL, calls_fill_client, NULL, 4),
	CALLS_IOCTL(CLIENT_DETACH, CALLS_CONTROL, calls_fill_detach, NULL, 2),
	CALLS_IOCTL(NAME_ATTACH, CALLS_CONTROL, calls_fill_name, NULL, 3),
	CALLS_IOCTL(NAME_DETACH, CALLS_CONTROL, calls_fill_name, NULL, 2),
	CALLS_IOCTL(NAME_LOOKUP, CALLS_CONTROL, calls_fill_name_lookup, NULL, 4),
	CALLS_IOCTL(NODE_LOOKUP, CALLS_CONTROL, calls_fill_node, NULL, 2),
	CALLS_IOCTL(NODE_NAME, CALLS_CONTROL, calls_fill_node, NULL, 2),
	CALLS_IOCTL(PRIORITY, CALLS_CONTROL, calls_fill_priority, NULL, 2),
	CALLS_IOCTL(SEND, CALLS_COID, calls_fill_send, NULL, 28),
	CALLS_IOCTL(PULSE, CALLS_COID, calls_fill_pulse, NULL, 6),
	CALLS_IOCTL(CONNECTION, CALLS_COID, calls_fill_none, NULL, 3),
};

const char *calls_ioctl_name(unsigned int i)
{
	return calls_ioctls[i].name;
}

/* A 32 bit program's way in; @arg is below 4 GiB. */
static long calls_ioctl32(int fd, unsigned int cmd, void *arg)
{
#ifdef __x86_64__
	long ret;

	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (54L), "b" ((long)fd), "c" ((long)cmd), "d" (arg)
		     : "memory", "r8", "r9", "r10", "r11");
	if ((int)ret >= 0)
		return (int)ret;
	errno = -(int)ret;
	return -1;
#else
	return ioctl(fd, cmd, arg);
#endif
}

static void calls_break(struct calls_thread *t, char *arg, size_t size)
{
	uint32_t i, n = 1 + calls_below(t, 4);

	for (i = 0; i < n; i++) {
		size_t at = calls_below(t, (uint32_t)size);

		if (calls_one_in(t, 2))
			arg[at] ^= (char)(1 << calls_below(t, 8));
		else
			arg[at] = (char)calls_draw(t);
	}
}

static unsigned int calls_choose(struct calls_thread *t)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < CALLS_IOCTLS; i++)
		sum += calls_ioctls[i].weight;
	at = calls_below(t, sum);
	for (i = 0; at >= calls_ioctls[i].weight; i++)
		at -= calls_ioctls[i].weight;
	return i;
}

static int calls_ioctl_file(struct calls_thread *t, enum calls_kind kind)
{
	int fd;

	if (!t->careful && calls_one_in(t, 20))
		return calls_file(t);
	fd = calls_id(t, kind);
	if (fd || kind != CALLS_CONTROL)
		return fd;
	calls_socket(t);
	return calls_id(t, kind);
}

/* The argument lies at the start of the plain memory, which buffers overlap now and then. */
static int calls_ioctl_one(struct calls_thread *t, const struct calls_ioctl *call)
{
	uint64_t room[CALLS_ARG_MAX / 8] = { };
	size_t size = _IOC_SIZE(call->cmd);
	void *arg = t->plain;
	int fd, err;
	long ret;

	call->fill(t, room);
	if (!t->careful && calls_one_in(t, 4))
		calls_break(t, (char *)room, size);
	fd = calls_ioctl_file(t, call->file);
	if (!t->careful && calls_one_in(t, 24))
		arg = calls_pointer(t, size);
	else
		memcpy(arg, room, size);
	if (calls_one_in(t, 8) && (uintptr_t)arg <= UINT32_MAX)
		ret = calls_ioctl32(fd, call->cmd, arg);
	else
		ret = ioctl(fd, call->cmd, arg);
	err = ret < 0 ? errno : 0;
	if (err < CALLS_ERRNO_MAX)
		atomic_fetch_add(&t->calls->page->answers[call - calls_ioctls][err], 1);
	if (!err && call->did && arg == t->plain) {
		memcpy(room, arg, size);
		call->did(t, room);
	}
	if ((err == EBADF || err == ENOTTY) && !calls_one_in(t, 4))
		calls_forget(t, call->file, fd);
	return err;
}

void calls_ioctl(struct calls_thread *t)
{
	calls_ioctl_one(t, &calls_ioctls[calls_choose(t)]);
}

static int calls_ioctl_named(struct calls_thread *t, unsigned int cmd)
{
	unsigned int i = 0;

	while (calls_ioctls[i].cmd != cmd)
		i++;
	return calls_ioctl_one(t, &calls_ioctls[i]);
}

/* A client: connects and sends. */
void calls_ask(struct calls_thread *t)
{
	uint32_t n;

	t->careful = true;
	if (calls_ioctl_named(t, QNET_IOC_CONNECT))
		t->careful = !calls_one_in(t, 4);
	for (n = calls_below(t, 6); n; n--)
		calls_ioctl_named(t, calls_one_in(t, 6) ? QNET_IOC_PULSE : QNET_IOC_SEND);
	t->careful = false;
}

/* A server: receives, looks at what it has, replies. */
void calls_serve(struct calls_thread *t)
{
	static const unsigned int cmds[] = {
		QNET_IOC_INFO, QNET_IOC_READ, QNET_IOC_WRITE, QNET_IOC_CLIENT,
	};
	uint32_t n, calls;

	t->careful = true;
	for (n = 1 + calls_below(t, 8); n; n--) {
		t->rcvid = 0;
		t->scoid = 0;
		if (calls_ioctl_named(t, QNET_IOC_RECEIVE) == ESRCH)
			calls_ioctl_named(t, QNET_IOC_CHANNEL_CREATE);
		if (t->scoid)
			calls_ioctl_named(t, QNET_IOC_CLIENT_DETACH);
		if (!t->rcvid)
			continue;
		for (calls = calls_below(t, 4); calls; calls--)
			calls_ioctl_named(t, calls_pick(t, cmds));
		t->careful = !calls_one_in(t, 16);
		calls_ioctl_named(t, QNET_IOC_REPLY);
		t->careful = true;
	}
	t->careful = false;
}

/* A command that there is not: another size, direction, number, or anything. */
void calls_ioctl_garbage(struct calls_thread *t)
{
	unsigned int cmd = calls_ioctls[calls_below(t, CALLS_IOCTLS)].cmd;

	if (calls_one_in(t, 4))
		cmd = (unsigned int)calls_draw(t);
	else
		cmd ^= 1U << calls_below(t, 32);
	ioctl(calls_file(t), cmd, calls_pointer(t, CALLS_ARG_MAX));
}
