// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - calls whose machines stop and go on: none runs twice, none is answered after its link died
 *
 * usage: once NAME                     the server
 *        once SERVICE SECONDS STILL    the clients; says how it went, and fails if that was wrong:
 *                                      nobody was answered for STILL seconds, and not for much
 *                                      longer; with SECONDS 0 is the server there?
 *        once SERVICE quiet SECONDS    one call, and after that time one more on its connection
 *
 * Each call has a number that no other has, and is never made again. One thread's calls take long,
 * so that one is always with the server.
 */
#include <errno.h>
#include <pthread.h>
#include <qnet.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include <time.h>
#include <unistd.h>

#define THREADS		4
#define NUMBERS		(1 << 22)
#define THINKS		200000	/* microseconds */
#define GAP		3	/* seconds without an answer that a call, or a link, may take */
#define PATIENCE	5000	/* milliseconds that the link may be away at first */

enum op { RUN, THINK, COUNT };

struct call {
	uint16_t type;		/* not a pulse's */
	uint16_t op;
	uint32_t number;
};

struct answer {
	uint32_t number;	/* of the call */
	uint32_t ready;
	uint32_t next;		/* more than any number that was seen */
	uint32_t twice;		/* calls that ran more than once */
	uint32_t ran;
	uint32_t sent;		/* replies that somebody waited for */
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* The server ---------------------------------------------------------------------------------- */

static atomic_uchar seen[NUMBERS];
static atomic_uint most, twice, ran, sent;

static void serve_number(uint32_t number)
{
	uint32_t before = atomic_load(&most);

	while (before <= number && !atomic_compare_exchange_weak(&most, &before, number + 1))
		;
	if (atomic_exchange(&seen[number % NUMBERS], 1))
		atomic_fetch_add(&twice, 1);
}

static void serve_call(int rcvid, const struct call *call)
{
	struct answer answer = { .number = call->number };

	if (call->op == COUNT) {
		answer.ready = true;
		answer.next = atomic_load(&most);
		answer.twice = atomic_load(&twice);
		answer.ran = atomic_load(&ran);
		answer.sent = atomic_load(&sent);
		MsgReply_r(rcvid, 0, &answer, sizeof(answer));
		return;
	}
	atomic_fetch_add(&ran, 1);
	serve_number(call->number);
	if (call->op == THINK)
		usleep(THINKS);
	if (!MsgReply_r(rcvid, 0, &answer, sizeof(answer)))
		atomic_fetch_add(&sent, 1);
}

static void *serve(void *arg)
{
	int chid = *(int *)arg, rcvid;
	union {
		struct _pulse pulse;
		struct call call;
	} buf;

	while ((rcvid = MsgReceive(chid, &buf, sizeof(buf), NULL)) != -1) {
		if (rcvid)
			serve_call(rcvid, &buf.call);
		else if (buf.pulse.code == _PULSE_CODE_DISCONNECT)
			ConnectDetach(buf.pulse.scoid);
	}
	return NULL;
}

static int server(const char *name)
{
	name_attach_t *attach = name_attach(NULL, name, 0);
	pthread_t thread;
	int i;

	if (!attach) {
		perror(name);
		return 1;
	}
	for (i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, serve, &attach->chid);
	serve(&attach->chid);
	return 1;
}

/* The clients --------------------------------------------------------------------------------- */

static const char *service;
static uint64_t until;
static atomic_uint next, answered, failed, links, wrong;
static _Atomic uint64_t last, gap;

/* That somebody was answered, now. */
static void answered_now(void)
{
	uint64_t time = now(), before = atomic_exchange(&last, time);

	if (time > before && time - before > atomic_load(&gap))
		atomic_store(&gap, time - before);
}

static bool expected(int err)
{
	return err == EHOSTDOWN || err == EHOSTUNREACH || err == EBADF;
}

static void *make_calls(void *arg)
{
	struct call out = { .type = 1, .op = arg ? THINK : RUN };
	struct answer in = { 0 };
	int coid = -1, err;

	while (now() < until) {
		if (coid == -1) {
			coid = name_open(service, 0);
			if (coid == -1) {
				usleep(20000);
				continue;
			}
			atomic_fetch_add(&links, 1);
		}
		out.number = atomic_fetch_add(&next, 1);
		err = (int)-MsgSend_r(coid, &out, sizeof(out), &in, sizeof(in));
		if (!err && in.number == out.number) {
			atomic_fetch_add(&answered, 1);
			answered_now();
			if (!arg)
				usleep(1000);
			continue;
		}
		if (err && expected(err)) {
			atomic_fetch_add(&failed, 1);
		} else {
			printf("call %u: errno %d, answered as %u\n", out.number, err, in.number);
			atomic_fetch_add(&wrong, 1);
		}
		name_close(coid);
		coid = -1;
	}
	return NULL;
}

static bool ask(int coid, struct answer *in)
{
	struct call out = { .type = 1, .op = COUNT };

	if (coid != -1 && MsgSend(coid, &out, sizeof(out), in, sizeof(*in)) != -1)
		return true;
	perror(service);
	return false;
}

/* A machine that gets no time for a second looks dead, whatever is tested: the link comes back. */
static int open_patiently(void)
{
	uint64_t end = now() + PATIENCE;
	int coid;

	while ((coid = name_open(service, 0)) == -1 && now() < end)
		usleep(20000);
	return coid;
}

/* What the server counted. */
static bool count(struct answer *in)
{
	int coid = open_patiently();
	bool good = ask(coid, in);

	name_close(coid);
	return good;
}

static int stay_quiet(int seconds)
{
	int coid = open_patiently();
	struct answer in = { 0 };

	if (!ask(coid, &in))
		return 1;
	puts("answered, and quiet");
	fflush(stdout);
	until = now() + (uint64_t)seconds * 1000;
	while (now() < until)
		usleep(100000);
	if (!ask(coid, &in))
		return 1;
	puts("answered again");
	return 0;
}

static int judge(const struct answer *before, int still)
{
	uint32_t good = atomic_load(&answered), calls = atomic_load(&next) - before->next;
	struct answer in = { 0 };

	if (!count(&in))
		return 1;
	in.ran -= before->ran;
	in.sent -= before->sent;
	in.twice -= before->twice;
	printf("%u calls: %u answered, %u failed, on %u connections; %u ran, %u of them twice; "
	       "%.1f s without an answer\n", calls, good, atomic_load(&failed), atomic_load(&links),
	       in.ran, in.twice, (double)atomic_load(&gap) / 1e3);
	return atomic_load(&wrong) || in.twice || !good || in.ran < good || in.ran > calls ||
	       in.sent < good || now() - atomic_load(&last) > GAP * 1000 ||
	       atomic_load(&gap) < (uint64_t)still * 1000 - (still ? 500 : 0) ||
	       atomic_load(&gap) > (uint64_t)(still + GAP) * 1000;
}

static int clients(int seconds, int still)
{
	struct answer before = { 0 };
	pthread_t thread[THREADS];
	long i;

	if (!count(&before) || !seconds)
		return seconds || !before.ready;
	atomic_store(&next, before.next);
	atomic_store(&last, now());
	until = now() + (uint64_t)seconds * 1000;
	for (i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, make_calls, (void *)(intptr_t)!i);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	return judge(&before, still);
}

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 4) {
		fprintf(stderr, "usage: once NAME|SERVICE SECONDS STILL|SERVICE quiet SECONDS\n");
		return 2;
	}
	service = argv[1];
	if (argc == 2)
		return server(argv[1]);
	if (!strcmp(argv[2], "quiet"))
		return stay_quiet(atoi(argv[3]));
	return clients(atoi(argv[2]), atoi(argv[3]));
}
