// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - traffic beside which frames are fuzzed
 *
 * checkpatch: MACRO_ARG_REUSE - the traffic is a pointer, a condition is evaluated once
 */
#define _GNU_SOURCE
#include "fuzz_traffic.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define FUZZ_PULSE	1
#define FUZZ_TRIAL	20	/* requests */
#define FUZZ_TRIES	12
#define FUZZ_TRIAL_TIME	20	/* seconds */
#define FUZZ_SOON	300000000ULL	/* nanoseconds */
#define FUZZ_ERRNO_INSIDE	512	/* ERESTARTSYS and its like: from here */
#define FUZZ_ERRNO_INSIDE_END	531

struct fuzz_request {
	uint16_t type;		/* not a pulse's */
	uint16_t client;
	uint32_t number;	/* from 1 */
	uint32_t len;		/* of the whole message, and of its answer */
};

static uint32_t fuzz_len(uint32_t number)
{
	static const uint32_t len[10] = {
		64, 3000, 64, 16, 3000, 64, FUZZ_LARGEST, 64, 3072, 64
	};

	return len[number % 10];
}

bool fuzz_traffic_setup(struct fuzz_traffic *traffic)
{
	memset(traffic, 0, sizeof(*traffic));
	traffic->shared = mmap(NULL, sizeof(*traffic->shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return (void *)traffic->shared != MAP_FAILED;
}

/* The test's failure, or only this process's. */
#define FUZZ_CHECK(qt, traffic, cond) \
	do { \
		bool fuzz_good = (cond); \
\
		if (!fuzz_good && (traffic)->trial) \
			_exit(1); \
		else if (!fuzz_good) \
			qt_fail(qt, __FILE__, __LINE__, #cond); \
	} while (0)

/* Strict ------------------------------------------------------------------------------------ */

static void fuzz_strict_pulse(struct qt *qt, struct fuzz_traffic *traffic,
			      const struct _pulse *pulse)
{
	unsigned int client = (unsigned int)pulse->value.sival_int >> 24;
	long number = pulse->value.sival_int & 0xffffff;

	if (pulse->code < 0)
		return;		/* the kernel's */
	FUZZ_CHECK(qt, traffic, pulse->code == FUZZ_PULSE && client < FUZZ_CLIENTS);
	FUZZ_CHECK(qt, traffic, atomic_fetch_add(&traffic->shared->taken[client], 1) == number);
}

static void fuzz_strict_server(struct qt *qt, int chid, void *arg)
{
	static char buf[FUZZ_LARGEST];
	const struct fuzz_request *request = (void *)buf;
	struct fuzz_traffic *traffic = arg;
	struct fuzz_request copy;
	struct _msg_info info;
	int rcvid;
	long ran;

	for (;;) {
		rcvid = MsgReceive(chid, buf, sizeof(buf), &info);
		FUZZ_CHECK(qt, traffic, rcvid >= 0);
		if (!rcvid) {
			fuzz_strict_pulse(qt, traffic, (void *)buf);
			continue;
		}
		copy = *request;
		FUZZ_CHECK(qt, traffic, copy.client < FUZZ_CLIENTS && copy.len <= sizeof(buf));
		FUZZ_CHECK(qt, traffic, info.msglen == (int)copy.len &&
			   info.srcmsglen == (int)copy.len);
		FUZZ_CHECK(qt, traffic, qt_filled(buf + sizeof(copy), copy.len - sizeof(copy),
						  copy.number));
		ran = atomic_fetch_add(&traffic->shared->ran[copy.client], 1) + 1;
		FUZZ_CHECK(qt, traffic, ran == (long)copy.number);
		qt_fill(buf, copy.len, ~copy.number);
		FUZZ_CHECK(qt, traffic, MsgReply(rcvid, copy.number, buf, copy.len) == 0);
	}
}

static void fuzz_strict_one(struct qt *qt, struct fuzz_traffic *traffic, int coid, uint32_t number)
{
	static char out[FUZZ_LARGEST], in[FUZZ_LARGEST];
	struct fuzz_request request = {
		.type = 1,
		.client = traffic->number,
		.number = number,
		.len = fuzz_len(number),
	};
	long pulse;

	if (number % 4 == 0) {
		pulse = atomic_fetch_add(&traffic->shared->pulses[traffic->number], 1);
		FUZZ_CHECK(qt, traffic, MsgSendPulse(coid, 10, FUZZ_PULSE, traffic->number << 24 |
						     (int)(pulse & 0xffffff)) == 0);
	}
	memcpy(out, &request, sizeof(request));
	qt_fill(out + sizeof(request), request.len - sizeof(request), number);
	FUZZ_CHECK(qt, traffic, MsgSend(coid, out, request.len, in, request.len) == (long)number);
	FUZZ_CHECK(qt, traffic, qt_filled(in, request.len, ~number));
	atomic_fetch_add(&traffic->shared->sent[traffic->number], 1);
	atomic_fetch_add(&traffic->shared->beats, 1);
}

static void fuzz_strict_client(struct qt *qt, int chid, void *arg)
{
	struct fuzz_traffic *traffic = arg;
	int coid = qt_attach(qt, traffic->server);
	uint32_t number = 0;

	(void)chid;
	FUZZ_CHECK(qt, traffic, coid >= 0);
	while (!atomic_load(&traffic->shared->stop) &&
	       (!traffic->rounds || (long)number < traffic->rounds))
		fuzz_strict_one(qt, traffic, coid, ++number);
	/* with nothing after it the last pulse might still be on its way */
	if (number % 4 == 0)
		fuzz_strict_one(qt, traffic, coid, ++number);
	FUZZ_CHECK(qt, traffic, ConnectDetach(coid) == 0);
}

static bool fuzz_start(struct qt *qt, struct fuzz_traffic *traffic, int clients,
		       unsigned int flags, qt_body *server, qt_body *client)
{
	int i;

	memset(traffic->shared, 0, sizeof(*traffic->shared));
	traffic->server = qt_server(qt, flags, server, traffic);
	traffic->clients = clients;
	if (traffic->server.chid < 0)
		return false;
	for (i = 0; i < clients; i++) {
		traffic->number = i;
		traffic->client[i] = qt_client(qt, client, traffic);
		if (traffic->client[i] < 0)
			return false;
	}
	return true;
}

bool fuzz_strict_start(struct qt *qt, struct fuzz_traffic *traffic, int clients)
{
	return fuzz_start(qt, traffic, clients, 0, fuzz_strict_server, fuzz_strict_client);
}

static bool fuzz_complete(const struct fuzz_traffic *traffic)
{
	const struct fuzz_shared *shared = traffic->shared;
	bool complete = true;
	int i;

	for (i = 0; i < traffic->clients; i++)
		complete &= shared->sent[i] > 0 && shared->sent[i] == shared->ran[i] &&
			    shared->pulses[i] == shared->taken[i];
	return complete;
}

bool fuzz_strict_stop(struct qt *qt, struct fuzz_traffic *traffic)
{
	bool good = true;
	int i;

	atomic_store(&traffic->shared->stop, true);
	for (i = 0; i < traffic->clients; i++)
		good &= qt_reap(qt, traffic->client[i]) == 0;
	traffic->clients = 0;
	qt_kill(qt, traffic->server.pid);
	return good && fuzz_complete(traffic);
}

/* Trials ------------------------------------------------------------------------------------ */

static bool fuzz_ends(pid_t pid, int seconds)
{
	siginfo_t info;
	int i;

	for (i = 0; i < seconds * 1000; i++) {
		info.si_pid = 0;
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT))
			return false;
		if (info.si_pid)
			return true;
		usleep(1000);
	}
	return false;
}

static bool fuzz_try(struct qt *qt, struct fuzz_traffic *traffic)
{
	bool good;

	if (!fuzz_strict_start(qt, traffic, 1))
		return false;
	good = fuzz_ends(traffic->client[0], FUZZ_TRIAL_TIME) &&
	       qt_reap(qt, traffic->client[0]) == 0 && fuzz_complete(traffic);
	if (good)
		traffic->clients = 0;
	return fuzz_kill(qt, traffic) && good;
}

bool fuzz_trial(struct qt *qt, int *tries)
{
	struct fuzz_traffic traffic;
	bool good = false;

	if (!fuzz_traffic_setup(&traffic))
		return false;
	traffic.trial = true;
	traffic.rounds = FUZZ_TRIAL;
	for (*tries = 0; *tries < FUZZ_TRIES && !good; (*tries)++)
		good = fuzz_try(qt, &traffic);
	munmap(traffic.shared, sizeof(*traffic.shared));
	return good;
}

/* Loose ------------------------------------------------------------------------------------- */

/* A forged frame may bring any error, but none that is the kernel's own: it would act on that. */
static void fuzz_loose_result(struct fuzz_traffic *traffic, long result)
{
	if (result >= 0)
		return;
	atomic_fetch_add(&traffic->shared->errors, 1);
	if (-result >= FUZZ_ERRNO_INSIDE && -result < FUZZ_ERRNO_INSIDE_END)
		atomic_fetch_add(&traffic->shared->strange, 1);
}

static void fuzz_loose_server(struct qt *qt, int chid, void *arg)
{
	static char buf[FUZZ_LARGEST];
	struct fuzz_traffic *traffic = arg;
	struct _msg_info info;
	struct _pulse pulse;
	int rcvid;

	(void)qt;
	for (;;) {
		rcvid = MsgReceive_r(chid, buf, sizeof(buf), &info);
		fuzz_loose_result(traffic, rcvid);
		memcpy(&pulse, buf, sizeof(pulse));
		if (rcvid == 0 && pulse.code == _PULSE_CODE_UNBLOCK)
			MsgError_r(pulse.value.sival_int, EINTR);
		else if (rcvid == 0 && pulse.code == _PULSE_CODE_DISCONNECT)
			ConnectDetach_r(pulse.scoid);
		if (rcvid <= 0)
			continue;
		if (info.srcmsglen > info.msglen)
			fuzz_loose_result(traffic, MsgRead_r(rcvid, buf, sizeof(buf), 0));
		MsgWrite_r(rcvid, buf, 100, 0);
		MsgReply_r(rcvid, 1, buf, (size_t)info.msglen);
	}
}

static void fuzz_loose_client(struct qt *qt, int chid, void *arg)
{
	static char out[FUZZ_LARGEST], in[FUZZ_LARGEST];
	struct fuzz_traffic *traffic = arg;
	uint64_t soon = FUZZ_SOON;
	int coid, i;
	long ret;

	(void)chid;
	for (;;) {
		coid = qt_attach(qt, traffic->server);
		for (i = 0; coid >= 0 && i < 20; i++) {
			if (i % 4 == 0)
				MsgSendPulse_r(coid, 10, FUZZ_PULSE, i);
			TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, NULL,
				     &soon, NULL);
			/* a status may be any number, a forged one too */
			errno = 0;
			ret = MsgSend(coid, out, fuzz_len(i), in, fuzz_len(i)) == -1 ? -errno : 0;
			fuzz_loose_result(traffic, ret);
			atomic_fetch_add(&traffic->shared->beats, 1);
			if (ret < 0)
				break;
		}
		if (coid < 0 || i < 20)
			usleep(2000);	/* no link: leave the processor to others */
		if (coid >= 0)
			ConnectDetach_r(coid);
	}
}

bool fuzz_loose_start(struct qt *qt, struct fuzz_traffic *traffic, int clients)
{
	return fuzz_start(qt, traffic, clients, _NTO_CHF_UNBLOCK | _NTO_CHF_DISCONNECT,
			  fuzz_loose_server, fuzz_loose_client);
}

bool fuzz_kill(struct qt *qt, struct fuzz_traffic *traffic)
{
	bool good = true;
	int i;

	for (i = 0; i < traffic->clients; i++)
		good &= qt_kill(qt, traffic->client[i]) >= 0;
	traffic->clients = 0;
	return qt_kill(qt, traffic->server.pid) >= 0 && good;
}
