// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: arguments that each call refuses, and who may not call
 */
#define _GNU_SOURCE
#include "calls_tour.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	65534
#define BAD	((void *)8)

int calls_try(int fd, unsigned int cmd, void *arg)
{
	return ioctl(fd, cmd, arg) < 0 ? errno : 0;
}

void calls_check(struct calls_tour *tour, int want, int got, const char *what)
{
	calls_kcov_take(&tour->t);
	if (got == want)
		return;
	printf("# %s: %d, not %d\n", what, got, want);
	tour->wrong++;
}

int calls_tour_channel(struct calls_tour *tour, uint32_t flags, int *fd)
{
	struct qnet_ioc_channel_create arg = { .channel_flags = flags };

	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_CHANNEL_CREATE, &arg));
	if (fd)
		*fd = arg.fd;
	return arg.chid;
}

int calls_tour_connect(struct calls_tour *tour, int chid)
{
	struct qnet_ioc_connect arg = { .chid = chid };

	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_CONNECT, &arg));
	return arg.coid;
}

bool calls_tour_init(struct calls_tour *tour, struct calls *calls)
{
	*tour = (struct calls_tour){ .calls = calls, .t = { .calls = calls } };
	if (calls->covered)
		calls_kcov_begin(&tour->t, calls_kcov_open(calls));
	tour->control = socket(QNET_FAMILY_DEFAULT, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (tour->control < 0 || !calls_memory(&tour->t))
		return false;
	tour->chid = calls_tour_channel(tour, 0, NULL);
	tour->coid = calls_tour_connect(tour, tour->chid);
	return !tour->wrong;
}

void calls_tour_child(struct calls_tour *tour, bool nobody, void (*body)(struct calls_tour *tour))
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		tour->wrong = 0;
		tour->t.kcov = NULL;
		if (tour->calls->covered)
			calls_kcov_begin(&tour->t, calls_kcov_open(tour->calls));
		if (nobody && (setresgid(NOBODY, NOBODY, NOBODY) ||
			       setresuid(NOBODY, NOBODY, NOBODY)))
			_exit(2);
		body(tour);
		calls_kcov_take(&tour->t);
		fflush(stdout);
		_exit(!!tour->wrong);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		tour->wrong++;
}

/* What every call that may block begins with. */
static void calls_tour_call(struct calls_tour *tour)
{
	static const struct {
		int want;
		struct qnet_call call;
	} cases[] = {
		{ EINVAL, { .tid = 1, .priority = 10, .pad = 1 } },
		{ EINVAL, { .tid = 0, .priority = 10 } },
		{ EINVAL, { .tid = 1, .priority = 10, .flags = 1U << 31 } },
		{ EINVAL, { .tid = 1, .priority = 10, .states = 8 } },
		{ EINVAL, { .tid = 1, .priority = 10, .states = 4, .clock = 99 } },
		{ EINVAL, { .tid = 1, .priority = 10, .states = 4, .deadline = UINT64_MAX } },
		{ EINVAL, { .tid = 1, .priority = 10, .deadline = 1 } },
		{ EINVAL, { .tid = 1, .priority = 0 } },
		{ EINVAL, { .tid = 1, .priority = 256 } },
		{ ETIMEDOUT, { .tid = 1, .priority = 10, .states = 4, .clock = CLOCK_MONOTONIC } },
	};
	struct qnet_ioc_receive receive;
	struct qnet_ioc_transfer transfer;
	struct qnet_ioc_reply reply;
	struct qnet_ioc_send send;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		receive = (struct qnet_ioc_receive){ .call = cases[i].call, .chid = tour->chid };
		CALLS_WANT(tour, cases[i].want,
			   calls_try(tour->control, QNET_IOC_RECEIVE, &receive));
		if (cases[i].want == ETIMEDOUT)
			break;
		transfer = (struct qnet_ioc_transfer){ .call = cases[i].call };
		reply = (struct qnet_ioc_reply){ .call = cases[i].call };
		send = (struct qnet_ioc_send){ .call = cases[i].call };
		CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_READ, &transfer));
		CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_REPLY, &reply));
		CALLS_WANT(tour, EINVAL, calls_try(tour->coid, QNET_IOC_SEND, &send));
	}
}

#define TRY(cmd, type, ...) \
	calls_try(tour->control, QNET_IOC_##cmd, &(struct qnet_ioc_##type){ __VA_ARGS__ })
#define TRY_COID(cmd, type, ...) \
	calls_try(tour->coid, QNET_IOC_##cmd, &(struct qnet_ioc_##type){ __VA_ARGS__ })

static void calls_tour_objects(struct calls_tour *tour)
{
	struct rlimit files, few = { .rlim_cur = 3, .rlim_max = 4096 };
	uint32_t *groups = (uint32_t *)tour->t.plain;
	gid_t group = 7;

	CALLS_WANT(tour, EINVAL, TRY(CHANNEL_CREATE, channel_create, .flags = 1));
	CALLS_WANT(tour, EINVAL, TRY(CHANNEL_CREATE, channel_create, .channel_flags = 1U << 31));
	CALLS_WANT(tour, EINVAL, TRY(CHANNEL_INFO, channel, .flags = 1, .chid = tour->chid));
	CALLS_WANT(tour, EINVAL, TRY(CHANNEL_INFO, channel, .chid = 9999));
	CALLS_WANT(tour, 0, TRY(CHANNEL_INFO, channel, .chid = tour->chid));
	CALLS_WANT(tour, EINVAL, TRY(CONNECT, connect, .flags = 8, .chid = tour->chid));
	CALLS_WANT(tour, EAGAIN, TRY(CONNECT, connect, .index = 1U << 30, .chid = tour->chid));
	CALLS_WANT(tour, ESRCH, TRY(CONNECT, connect, .chid = 9999));
	CALLS_WANT(tour, ESRCH, TRY(CONNECT, connect, .pid = 1, .chid = 1));
	CALLS_WANT(tour, ESRCH, TRY(CONNECT, connect, .chid = tour->chid, .incarnation = 5));
	CALLS_WANT(tour, ESRCH, TRY(CONNECT, connect, .nd = 999, .pid = 1, .chid = 1));
	CALLS_WANT(tour, ESRCH, TRY(CONNECT, connect, .nd = tour->calls->page->nd[0]));
	getrlimit(RLIMIT_NOFILE, &files);
	few.rlim_max = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	CALLS_WANT(tour, EAGAIN, TRY(CHANNEL_CREATE, channel_create, .flags = 0));
	setrlimit(RLIMIT_NOFILE, &files);

	CALLS_WANT(tour, EINVAL, TRY(CLIENT, client, .flags = 1));
	CALLS_WANT(tour, EINVAL, TRY(CLIENT, client, .scoid = 77));
	CALLS_WANT(tour, 0, setgroups(1, &group));
	CALLS_WANT(tour, 0, TRY(CLIENT, client, .scoid = -1, .ngroups = 4,
				.groups = (uintptr_t)groups));
	CALLS_WANT(tour, 7, (int)groups[0]);
	CALLS_WANT(tour, EFAULT, TRY(CLIENT, client, .scoid = -1, .ngroups = 4, .groups = 8));
	CALLS_WANT(tour, EINVAL, TRY(CLIENT_DETACH, client_detach, .flags = 1));
	CALLS_WANT(tour, EINVAL, TRY(CLIENT_DETACH, client_detach, .scoid = 77));

	CALLS_WANT(tour, EINVAL, TRY_COID(PULSE, pulse, CALLS_CALL, .code = 128));
	CALLS_WANT(tour, EINVAL, TRY_COID(PULSE, pulse, CALLS_CALL, .priority = 256));
	CALLS_WANT(tour, EINVAL, TRY_COID(CONNECTION, connection, .flags = 1));
	CALLS_WANT(tour, 0, TRY_COID(CONNECTION, connection, .flags = 0));
	CALLS_WANT(tour, EFAULT, calls_try(tour->coid, QNET_IOC_SEND, BAD));
	CALLS_WANT(tour, EFAULT, calls_try(tour->coid, QNET_IOC_PULSE, BAD));
	CALLS_WANT(tour, EFAULT, calls_try(tour->coid, QNET_IOC_CONNECTION, BAD));
	CALLS_WANT(tour, EFAULT, calls_try(tour->coid, QNET_IOC_CONNECTION, tour->t.constant));
	CALLS_WANT(tour, ENOTTY, calls_try(tour->coid, QNET_IOC_RECEIVE, BAD));
	CALLS_WANT(tour, ENOTTY, calls_try(tour->control, QNET_IOC_SEND, BAD));
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_RECEIVE, BAD));
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_NODE_NAME, tour->t.constant));
	CALLS_WANT(tour, EINVAL, TRY(PRIORITY, priority, .flags = 1));
	CALLS_WANT(tour, 0, TRY(PRIORITY, priority, .priority = 255));
}

static void calls_tour_names(struct calls_tour *tour)
{
	struct qnet_ioc_name_lookup lookup = { CALLS_CALL };
	struct qnet_ioc_name longest = { .chid = tour->chid };
	int other = calls_tour_channel(tour, 0, NULL);
	struct qnet_ioc_node node = { };

	memset(longest.name, 'x', sizeof(longest.name));
	memset(lookup.name, 'x', sizeof(lookup.name));
	memset(node.name, 'x', sizeof(node.name));
	CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_NAME_ATTACH, &longest));
	CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_NAME_LOOKUP, &lookup));
	CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_NODE_LOOKUP, &node));
	CALLS_WANT(tour, EINVAL, TRY(NAME_ATTACH, name, .flags = 1, .chid = tour->chid));
	CALLS_WANT(tour, EINVAL, TRY(NAME_ATTACH, name, .chid = tour->chid, .name = "a/../b"));
	CALLS_WANT(tour, ESRCH, TRY(NAME_ATTACH, name, .chid = 9999, .name = "tour"));
	CALLS_WANT(tour, 0, TRY(NAME_ATTACH, name, .chid = tour->chid, .name = "tour"));
	CALLS_WANT(tour, EBUSY, TRY(NAME_ATTACH, name, .chid = other, .name = "tour"));
	CALLS_WANT(tour, 0, TRY(NAME_LOOKUP, name_lookup, CALLS_CALL, .name = "tour"));
	CALLS_WANT(tour, ENOENT, TRY(NAME_LOOKUP, name_lookup, CALLS_CALL, .name = "none"));
	CALLS_WANT(tour, ESRCH, TRY(NAME_LOOKUP, name_lookup, CALLS_CALL, .nd = 99, .name = "a"));
	CALLS_WANT(tour, ENOENT, TRY(NAME_LOOKUP, name_lookup, CALLS_CALL,
				     .nd = tour->calls->page->nd[0], .name = "none"));
	CALLS_WANT(tour, ENOENT, TRY(NAME_DETACH, name, .chid = other, .name = "tour"));
	CALLS_WANT(tour, 0, TRY(NAME_DETACH, name, .chid = tour->chid, .name = "tour"));
	CALLS_WANT(tour, 0, TRY(NODE_LOOKUP, node, .name = "beta"));
	CALLS_WANT(tour, ENOENT, TRY(NODE_LOOKUP, node, .name = "nowhere"));
	CALLS_WANT(tour, 0, TRY(NODE_NAME, node, .nd = 0));
	CALLS_WANT(tour, EINVAL, TRY(NODE_NAME, node, .flags = 1));
	CALLS_WANT(tour, ESRCH, TRY(NODE_NAME, node, .nd = 999));
	CALLS_WANT(tour, 0, TRY(CHANNEL_DESTROY, channel, .chid = other));
}

static int calls_socket_errno(int type, int protocol)
{
	return socket(QNET_FAMILY_DEFAULT, type, protocol) < 0 ? errno : 0;
}

static void calls_set_cap(const char *name, const char *value)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/qnet/parameters/%s", name);
	file = fopen(path, "we");
	if (!file)
		return;
	fputs(value, file);
	fclose(file);
}

void calls_tour_arguments(struct calls_tour *tour)
{
	calls_tour_call(tour);
	calls_tour_objects(tour);
	calls_tour_names(tour);
	CALLS_WANT(tour, ESOCKTNOSUPPORT, calls_socket_errno(SOCK_STREAM, 0));
	CALLS_WANT(tour, EPROTONOSUPPORT, calls_socket_errno(SOCK_SEQPACKET, 1));
	calls_set_cap("max_channels", "0");
	CALLS_WANT(tour, EAGAIN, TRY(CHANNEL_CREATE, channel_create, .flags = 0));
	calls_set_cap("max_channels", "65536");
}

/* In another process; it has copies of the files. */
static void calls_tour_foreign(struct calls_tour *tour)
{
	CALLS_WANT(tour, EBADF, TRY(CHANNEL_INFO, channel, .chid = tour->chid));
	CALLS_WANT(tour, EBADF, TRY_COID(CONNECTION, connection, .flags = 0));
	CALLS_WANT(tour, EBADF, TRY_COID(SEND, send, CALLS_CALL));
}

static void calls_tour_nobody(struct calls_tour *tour)
{
	struct qnet_ioc_connect connect = { .pid = getppid(), .chid = tour->chid };

	tour->control = socket(QNET_FAMILY_DEFAULT, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	CALLS_WANT(tour, EPERM, TRY(PRIORITY, priority, .priority = 64));
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_CONNECT, &connect));
	tour->coid = connect.coid;
	CALLS_WANT(tour, EPERM, TRY_COID(PULSE, pulse, CALLS_CALL, .code = 1));
	connect.chid = tour->chid + 1;		/* private */
	CALLS_WANT(tour, EPERM, calls_try(tour->control, QNET_IOC_CONNECT, &connect));
}

void calls_tour_owner(struct calls_tour *tour)
{
	CALLS_WANT(tour, tour->chid + 1, calls_tour_channel(tour, QNET_CHF_PRIVATE, NULL));
	calls_tour_child(tour, false, calls_tour_foreign);
	calls_tour_child(tour, true, calls_tour_nobody);
	CALLS_WANT(tour, 0, TRY(CHANNEL_DESTROY, channel, .chid = tour->chid + 1));
}
