// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: the errors of transactions; this thread is the server, others are clients
 */
#define _GNU_SOURCE
#include "calls_tour.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "qt.h"

#define LARGE	100000
#define PULSES	4096		/* of one client; one more is refused */

/* Another thread's ioctl. */
struct calls_other {
	struct calls_tour *tour;
	int fd;
	unsigned int cmd;
	void *arg;
	int err;
	atomic_int tid;
	pthread_t thread;
};

static void *calls_other_run(void *arg)
{
	struct calls_other *other = arg;
	struct calls_thread t = { .calls = other->tour->calls };
	int kcov = calls_kcov_open(t.calls);

	calls_kcov_begin(&t, kcov);
	atomic_store(&other->tid, (int)syscall(SYS_gettid));
	other->err = calls_try(other->fd, other->cmd, other->arg);
	calls_kcov_take(&t);
	calls_kcov_end(&t, kcov);
	close(kcov);
	return NULL;
}

static void calls_other_start(struct calls_other *other)
{
	atomic_store(&other->tid, 0);
	pthread_create(&other->thread, NULL, calls_other_run, other);
	while (!atomic_load(&other->tid))
		usleep(1000);
	qt_wait_blocked(atomic_load(&other->tid), other->cmd);
}

static int calls_other_join(struct calls_other *other)
{
	pthread_join(other->thread, NULL);
	return other->err;
}

static void calls_client(struct calls_tour *tour, struct calls_other *client,
			 struct qnet_ioc_send *send, void *out, size_t len)
{
	*send = (struct qnet_ioc_send){ CALLS_CALL };
	send->send = (uintptr_t)out;
	send->send_len = len;
	*client = (struct calls_other){
		.tour = tour,
		.fd = tour->coid,
		.cmd = QNET_IOC_SEND,
		.arg = send,
	};
}

static struct qnet_ioc_receive calls_receive_into(struct calls_tour *tour, void *to, size_t len)
{
	return (struct qnet_ioc_receive){
		CALLS_CALL, .chid = tour->chid, .recv = (uintptr_t)to, .recv_len = len,
	};
}

static int calls_take_one(struct calls_tour *tour)
{
	struct qnet_ioc_receive receive = calls_receive_into(tour, tour->t.plain, LARGE);

	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_RECEIVE, &receive));
	return receive.rcvid;
}

static int calls_reply_with(struct calls_tour *tour, int rcvid, const void *from, size_t len)
{
	struct qnet_ioc_reply reply = {
		CALLS_CALL, .rcvid = rcvid, .send = (uintptr_t)from, .send_len = len,
	};

	return calls_try(tour->control, QNET_IOC_REPLY, &reply);
}

static int calls_reply_error(struct calls_tour *tour, int rcvid, int64_t status)
{
	struct qnet_ioc_reply reply = { CALLS_CALL, .rcvid = rcvid, .status = status };

	reply.call.flags = QNET_F_REPLY_ERROR;
	return calls_try(tour->control, QNET_IOC_REPLY, &reply);
}

/* The server's mistakes with one rcvid. */
static void calls_tour_rcvid(struct calls_tour *tour)
{
	struct qnet_ioc_transfer transfer = { CALLS_CALL, .len = 1 };
	struct qnet_ioc_info info = { };
	struct qnet_ioc_send send;
	struct calls_other client;
	int rcvid;

	calls_client(tour, &client, &send, tour->t.huge, 10);
	calls_other_start(&client);
	rcvid = calls_take_one(tour);
	info.rcvid = rcvid;
	transfer.rcvid = rcvid;
	info.info = (uintptr_t)tour->t.plain;
	transfer.buf = (uintptr_t)tour->t.plain;
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_INFO, &info));
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_READ, &transfer));
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_WRITE, &transfer));
	info.info = 8;
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_INFO, &info));
	info.flags = 1;
	CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_INFO, &info));
	transfer.buf = 8;
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_READ, &transfer));
	transfer.pad = 1;
	CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_WRITE, &transfer));
	CALLS_WANT(tour, EINVAL, calls_reply_error(tour, rcvid, -2));
	CALLS_WANT(tour, EMSGSIZE, calls_reply_with(tour, rcvid, tour->t.huge, QNET_MSG_MAX + 1));
	CALLS_WANT(tour, EMSGSIZE, calls_reply_with(tour, rcvid, tour->t.huge, SIZE_MAX));
	CALLS_WANT(tour, 0, calls_reply_error(tour, rcvid, 512));
	CALLS_WANT(tour, EPROTO, calls_other_join(&client));
	transfer.pad = 0;
	info.flags = 0;
	CALLS_WANT(tour, ESRCH, calls_try(tour->control, QNET_IOC_INFO, &info));
	CALLS_WANT(tour, ESRCH, calls_try(tour->control, QNET_IOC_READ, &transfer));
	CALLS_WANT(tour, ESRCH, calls_try(tour->control, QNET_IOC_WRITE, &transfer));
	CALLS_WANT(tour, ESRCH, calls_reply_with(tour, rcvid, NULL, 0));
}

/* Buffers of both sides that are no good. */
static void calls_tour_faults(struct calls_tour *tour)
{
	struct qnet_ioc_receive receive = calls_receive_into(tour, (void *)8, LARGE);
	struct qnet_ioc_send send, *constant = (void *)tour->t.edge;
	struct calls_other client;

	/* the server's: for a message, for a long one, for the info, for a reply short and long */
	calls_client(tour, &client, &send, tour->t.huge, 10);
	calls_other_start(&client);
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_RECEIVE, &receive));
	CALLS_WANT(tour, QNET_ESRVRFAULT, calls_other_join(&client));
	send.send_len = LARGE;
	calls_other_start(&client);
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_RECEIVE, &receive));
	CALLS_WANT(tour, QNET_ESRVRFAULT, calls_other_join(&client));
	calls_other_start(&client);
	receive = calls_receive_into(tour, tour->t.plain, LARGE);
	receive.info = 8;
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_RECEIVE, &receive));
	CALLS_WANT(tour, QNET_ESRVRFAULT, calls_other_join(&client));
	send.recv = (uintptr_t)tour->t.huge;
	send.recv_len = LARGE;
	calls_other_start(&client);
	CALLS_WANT(tour, EFAULT, calls_reply_with(tour, calls_take_one(tour), (void *)8, 10));
	CALLS_WANT(tour, QNET_ESRVRFAULT, calls_other_join(&client));
	calls_other_start(&client);
	CALLS_WANT(tour, EFAULT, calls_reply_with(tour, calls_take_one(tour), (void *)8, LARGE));
	CALLS_WANT(tour, QNET_ESRVRFAULT, calls_other_join(&client));

	/* the client's: a reply short and long, and its status */
	send.recv = 8;
	calls_other_start(&client);
	CALLS_WANT(tour, 0, calls_reply_with(tour, calls_take_one(tour), tour->t.plain, 10));
	CALLS_WANT(tour, EFAULT, calls_other_join(&client));
	calls_other_start(&client);
	calls_reply_with(tour, calls_take_one(tour), tour->t.plain, LARGE);
	CALLS_WANT(tour, EFAULT, calls_other_join(&client));
	*constant = (struct qnet_ioc_send){ CALLS_CALL };
	mprotect(constant, 4096, PROT_READ);
	client.arg = constant;
	calls_other_start(&client);
	CALLS_WANT(tour, 0, calls_reply_with(tour, calls_take_one(tour), NULL, 0));
	CALLS_WANT(tour, EFAULT, calls_other_join(&client));
	mprotect(constant, 4096, PROT_READ | PROT_WRITE);

	calls_client(tour, &client, &send, NULL, 0);
	calls_other_start(&client);
	CALLS_WANT(tour, 0, calls_reply_with(tour, calls_take_one(tour), NULL, 0));
	CALLS_WANT(tour, 0, calls_other_join(&client));

	/* a message too long, one that is nowhere */
	send.send_len = QNET_MSG_MAX + 1;
	CALLS_WANT(tour, EMSGSIZE, calls_try(tour->coid, QNET_IOC_SEND, &send));
	send.send_len = 10;
	send.send = 8;
	CALLS_WANT(tour, EFAULT, calls_try(tour->coid, QNET_IOC_SEND, &send));
	send.send_len = LARGE;
	CALLS_WANT(tour, EFAULT, calls_try(tour->coid, QNET_IOC_SEND, &send));
}

/* Time-out, signal, detach, a channel's end: while the message waits and when it is received. */
static void calls_tour_leaving(struct calls_tour *tour)
{
	int chid = tour->chid, coid = tour->coid;
	struct qnet_ioc_receive receive;
	struct qnet_ioc_channel destroy;
	struct qnet_ioc_send send[2];
	struct calls_other client[2];
	int rcvid;

	calls_client(tour, &client[0], &send[0], NULL, 0);
	send[0].call.states = QNET_STATE_SEND;
	send[0].call.clock = CLOCK_MONOTONIC;
	CALLS_WANT(tour, ETIMEDOUT, calls_try(coid, QNET_IOC_SEND, &send[0]));
	calls_client(tour, &client[0], &send[0], NULL, 0);
	calls_other_start(&client[0]);
	syscall(SYS_tgkill, getpid(), atomic_load(&client[0].tid), SIGUSR1);
	CALLS_WANT(tour, EINTR, calls_other_join(&client[0]));
	calls_other_start(&client[0]);
	close(coid);
	CALLS_WANT(tour, EBADF, calls_other_join(&client[0]));

	/* one asks to leave and is told with which error */
	tour->chid = calls_tour_channel(tour, QNET_CHF_UNBLOCK, NULL);
	tour->coid = calls_tour_connect(tour, tour->chid);
	client[0].fd = tour->coid;
	calls_other_start(&client[0]);
	rcvid = calls_take_one(tour);
	syscall(SYS_tgkill, getpid(), atomic_load(&client[0].tid), SIGUSR1);
	CALLS_WANT(tour, 0, calls_take_one(tour));
	CALLS_WANT(tour, 0, calls_reply_error(tour, rcvid, -1));
	CALLS_WANT(tour, EINTR, calls_other_join(&client[0]));

	/* one message received and one that waits, and the channel goes */
	calls_client(tour, &client[1], &send[1], NULL, 0);
	calls_other_start(&client[0]);
	calls_take_one(tour);
	calls_other_start(&client[1]);
	destroy = (struct qnet_ioc_channel){ .chid = tour->chid };
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_CHANNEL_DESTROY, &destroy));
	CALLS_WANT(tour, ESRCH, calls_other_join(&client[0]));
	CALLS_WANT(tour, ESRCH, calls_other_join(&client[1]));
	CALLS_WANT(tour, EBADF, calls_try(tour->coid, QNET_IOC_SEND, &send[0]));
	receive = calls_receive_into(tour, NULL, 0);
	CALLS_WANT(tour, ESRCH, calls_try(tour->control, QNET_IOC_RECEIVE, &receive));

	/* the receiver is the one that waits */
	tour->chid = calls_tour_channel(tour, 0, NULL);
	receive = calls_receive_into(tour, NULL, 0);
	client[0] = (struct calls_other){
		.tour = tour, .fd = tour->control, .cmd = QNET_IOC_RECEIVE, .arg = &receive,
	};
	calls_other_start(&client[0]);
	syscall(SYS_tgkill, getpid(), atomic_load(&client[0].tid), SIGUSR1);
	CALLS_WANT(tour, EINTR, calls_other_join(&client[0]));
	calls_other_start(&client[0]);
	destroy.chid = tour->chid;
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_CHANNEL_DESTROY, &destroy));
	CALLS_WANT(tour, ESRCH, calls_other_join(&client[0]));
	close(tour->coid);
	tour->chid = chid;
	tour->coid = calls_tour_connect(tour, chid);
}

static void calls_tour_pulses(struct calls_tour *tour)
{
	struct qnet_ioc_receive receive = calls_receive_into(tour, (void *)8, 24);
	struct qnet_ioc_pulse pulse = { CALLS_CALL, .priority = -1, .code = 3 };
	int i, err = 0;

	for (i = 0; i < PULSES && !err; i++)
		err = calls_try(tour->coid, QNET_IOC_PULSE, &pulse);
	CALLS_WANT(tour, 0, err);
	CALLS_WANT(tour, EAGAIN, calls_try(tour->coid, QNET_IOC_PULSE, &pulse));
	CALLS_WANT(tour, EFAULT, calls_try(tour->control, QNET_IOC_RECEIVE, &receive));
}

/* A client whose last connection went is the server's to forget. */
static void calls_tour_detach(struct calls_tour *tour)
{
	int coid = calls_tour_connect(tour, calls_tour_channel(tour, QNET_CHF_DISCONNECT, NULL));
	struct qnet_ioc_connection connection = { };
	struct qnet_ioc_client_detach detach = { };

	CALLS_WANT(tour, 0, calls_try(coid, QNET_IOC_CONNECTION, &connection));
	detach.scoid = connection.scoid;
	CALLS_WANT(tour, EINVAL, calls_try(tour->control, QNET_IOC_CLIENT_DETACH, &detach));
	close(coid);
	CALLS_WANT(tour, 0, calls_try(tour->control, QNET_IOC_CLIENT_DETACH, &detach));
}

static void calls_ignore(int number)
{
	(void)number;
}

void calls_tour_send(struct calls_tour *tour)
{
	struct sigaction action = { .sa_handler = calls_ignore };

	sigaction(SIGUSR1, &action, NULL);
	calls_tour_rcvid(tour);
	calls_tour_faults(tour);
	calls_tour_leaving(tour);
	calls_tour_detach(tour);
	calls_tour_pulses(tour);
}
