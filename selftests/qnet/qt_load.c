// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - traffic of all kinds that writes its history
 */
#define _GNU_SOURCE
#include "qt_load.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/random.h>

#define LOAD_LOGS	64
#define LOAD_RECORDS	65536
#define LOAD_CALLS	(LOAD_RECORDS / 3)	/* all of them by one thread of load_echo() */

#define LOAD_PULSE	10
#define LOAD_MAX	(128 << 10)	/* of a request; a reply of it needs credit */
#define LOAD_RECEIVE	8192		/* of it that are received; the rest is read */
#define LOAD_WRITES	4

/* What a request begins with, and a reply; up to its length each has its number in every word. */
struct load_request {
	uint16_t type;		/* not a pulse's */
	uint16_t writes;
	uint32_t len;
	uint32_t reply_len;
	uint32_t pad;
	uint64_t id[];
};

bool load_setup(struct load *load, struct qt *qt)
{
	*load = (struct load){ .qt = qt };
	load->history = history_new(LOAD_LOGS, LOAD_RECORDS);
	load->page = mmap(NULL, sizeof(*load->page), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return load->history && load->page != MAP_FAILED;
}

void load_clear(struct load *load)
{
	history_clear(load->history);
	memset(load->page, 0, sizeof(*load->page));
}

static void load_count(atomic_int *errors, int err)
{
	if (err < 0)
		err = -err;
	atomic_fetch_add(&errors[err < LOAD_ERRNOS ? err : LOAD_ERRNOS - 1], 1);
}

/* @id, or the first word that is another. */
static uint64_t load_words(const void *buf, size_t len, uint64_t id)
{
	const uint64_t *words = buf;
	size_t i;

	for (i = 0; i < len / sizeof(id); i++) {
		if (words[i] != id)
			return words[i];
	}
	return id;
}

/* The server --------------------------------------------------------------------------------- */

struct load_thread {
	struct load *load;
	struct history_log *log;
	int chid;		/* or the connection */
	unsigned int seed;
	pthread_t thread;
};

/* The bytes that were received, and of a long request the last page. */
static void load_read(struct load_thread *self, int rcvid, const struct load_request *request,
		      size_t got)
{
	uint64_t id = request->id[0], tail[512];
	size_t head = sizeof(*request);
	ssize_t n;

	history_write(self->log, HISTORY_READ, id, load_words(request->id, got - head, id), 0);
	if (got == request->len)
		return;
	n = MsgRead_r(rcvid, tail, sizeof(tail), request->len - sizeof(tail));
	load_count(self->load->page->served, n < 0 ? (int)n : 0);
	if (n >= 0)
		history_write(self->log, HISTORY_READ, id,
			      n == sizeof(tail) ? load_words(tail, sizeof(tail), id) : 0, 0);
}

/* Each write is two words that the next one overlaps by one: so their order shows. */
static void load_write(struct load_thread *self, int rcvid, const struct load_request *request)
{
	uint64_t words[2];
	unsigned int i;
	ssize_t n;

	for (i = 1; i <= request->writes; i++) {
		words[0] = i;
		words[1] = i;
		history_write(self->log, HISTORY_WRITE, request->id[0], i, 0);
		n = MsgWrite_r(rcvid, words, sizeof(words),
			       request->reply_len + (i - 1) * sizeof(words[0]));
		load_count(self->load->page->served, n < 0 ? (int)n : 0);
		if (n < 0)
			break;
	}
}

static void load_answer(struct load_thread *self, int rcvid, const struct load_request *request,
			size_t got)
{
	uint64_t id = request->id[0], reply[LOAD_MAX / sizeof(uint64_t)];
	size_t i;
	int err;

	history_write(self->log, HISTORY_RECEIVE, id, 0, 0);
	load_read(self, rcvid, request, got);
	load_write(self, rcvid, request);
	for (i = 0; i < request->reply_len / sizeof(id); i++)
		reply[i] = id;
	history_write(self->log, HISTORY_REPLY, id, 0, 0);
	err = -MsgReply_r(rcvid, 0, reply, request->reply_len);
	history_write(self->log, HISTORY_REPLIED, id, 0, err);
	load_count(self->load->page->served, err);
}

static void load_disconnect(struct load *load, const struct _pulse *pulse)
{
	QT_CHECK(load->qt, ConnectDetach(pulse->scoid) == 0);
	atomic_fetch_add(&load->page->disconnects, 1);
}

static void *load_serve_thread(void *arg)
{
	uint64_t buf[LOAD_RECEIVE / sizeof(uint64_t)];
	const struct _pulse *pulse = (void *)buf;
	struct load_thread *self = arg;
	struct load *load = self->load;
	struct _msg_info info;
	int rcvid;

	self->log = history_begin(load->history);
	for (;;) {
		rcvid = MsgReceive_r(self->chid, buf, sizeof(buf), &info);
		QT_CHECK(load->qt, rcvid >= 0);
		if (rcvid) {
			QT_CHECK(load->qt, (size_t)info.msglen > sizeof(struct load_request));
			load_answer(self, rcvid, (void *)buf, (size_t)info.msglen);
		} else if (pulse->code == _PULSE_CODE_DISCONNECT) {
			load_disconnect(load, pulse);
		} else if (pulse->code == LOAD_PULSE) {
			history_write(self->log, HISTORY_PULSED,
				      (uint64_t)(uintptr_t)pulse->value.sival_ptr, 0, 0);
		}
	}
	return NULL;
}

/* Runs @run in all threads of this process, its own the last of them. */
static void load_threads(struct load *load, void *(*run)(void *arg), int chid)
{
	struct load_thread threads[LOAD_THREADS];
	int i;

	for (i = 0; i < LOAD_THREADS; i++) {
		threads[i] = (struct load_thread){
			.load = load,
			.chid = chid,
			.seed = load->seed + (unsigned int)i * 7919,
		};
		if (i < LOAD_THREADS - 1)
			QT_CHECK(load->qt, !pthread_create(&threads[i].thread, NULL, run,
							   &threads[i]));
	}
	run(&threads[--i]);
	while (i--)
		QT_CHECK(load->qt, !pthread_join(threads[i].thread, NULL));
}

void load_serve(struct qt *qt, int chid, void *arg)
{
	/* no reference on a namespace that is to go */
	if (qt->server_ns >= 0)
		close(qt->server_ns);
	load_threads(arg, load_serve_thread, chid);
}

static void load_echo_one(struct load *load, struct history_log *log, int rcvid, char *buf,
			  const struct _msg_info *info)
{
	size_t len = (size_t)info->msglen;
	uint32_t sum = qt_sum(buf, len);
	uint64_t id = 0;
	int err;

	if (len >= LOAD_NUMBER)
		memcpy(&id, buf, LOAD_NUMBER);
	if (!id)
		log = NULL;
	history_write(log, HISTORY_RECEIVE, id, 0, 0);
	qt_turn(buf, len);
	history_write(log, HISTORY_REPLY, id, 0, 0);
	err = -MsgReply_r(rcvid, (long)sum, buf, len);
	history_write(log, HISTORY_REPLIED, id, 0, err);
	QT_CHECK(load->qt, err || info->msglen == info->srcmsglen);
	load_count(load->page->served, err);
}

void load_echo(struct qt *qt, int chid, void *arg)
{
	struct load *load = arg;
	struct history_log *log = history_begin(load->history);
	char *buf = malloc(LOAD_MAX);
	const struct _pulse *pulse = (void *)buf;
	struct _msg_info info;
	int rcvid;

	QT_CHECK(qt, buf);
	for (;;) {
		rcvid = MsgReceive_r(chid, buf, LOAD_MAX, &info);
		QT_CHECK(qt, rcvid >= 0);
		if (rcvid)
			load_echo_one(load, log, rcvid, buf, &info);
		else if (pulse->code == _PULSE_CODE_DISCONNECT)
			load_disconnect(load, pulse);
		else if (pulse->code == QT_PULSE_STOP)
			break;
	}
	free(buf);
}

/* The client --------------------------------------------------------------------------------- */

static uint32_t load_len(unsigned int *seed)
{
	static const uint32_t len[8] = { 64, 64, 64, 1024, 3000, 64, 20000, LOAD_MAX };

	return len[load_random(seed, 8)];
}

/* What is in the client's buffer after success; the reply's number. */
static uint64_t load_look(struct load_thread *self, const struct load_request *request,
			  const uint64_t *in)
{
	const uint64_t *writes = in + request->reply_len / sizeof(*in);
	uint64_t id = request->id[0];
	unsigned int i;

	for (i = 0; i < request->writes; i++)
		history_write(self->log, HISTORY_SEEN, id, writes[i], 0);
	return load_words(in, request->reply_len, id);
}

static int load_request(struct load_thread *self, uint64_t *out, uint64_t *in)
{
	struct load_request *request = (void *)out;
	uint64_t id = history_request(self->log);
	size_t i;
	long err;

	*request = (struct load_request){
		.type = 1,
		.writes = (uint16_t)(load_random(&self->seed, 4) ? 0 :
				     1 + load_random(&self->seed, LOAD_WRITES)),
		.len = load_len(&self->seed),
		.reply_len = load_len(&self->seed),
	};
	for (i = sizeof(*request) / sizeof(id); i < request->len / sizeof(id); i++)
		out[i] = id;
	/* nothing of an earlier reply may count */
	memset(in, 0, request->reply_len + (LOAD_WRITES + 1) * sizeof(id));
	history_write(self->log, HISTORY_SEND, id, 0, 0);
	err = MsgSend_r(self->chid, out, request->len, in,
			request->reply_len + (LOAD_WRITES + 1) * sizeof(id));
	history_write(self->log, HISTORY_DONE, id, err ? 0 : load_look(self, request, in),
		      (int)-err);
	return (int)err;
}

/* Until told to stop, or an error. Pulses may meet a full queue, or what ends the sends, too. */
static int load_requests(struct load_thread *self, uint64_t *out, uint64_t *in)
{
	uint64_t pulse = history_connection(self->log);
	struct load_page *page = self->load->page;
	bool first = true;
	int err = 0;

	while (!err && !atomic_load(&page->stop)) {
		if (load_random(&self->seed, 3) == 0) {
			history_write(self->log, HISTORY_PULSE, ++pulse, 0, 0);
			MsgSendPulsePtr_r(self->chid, -1, LOAD_PULSE, (void *)(uintptr_t)pulse);
		}
		err = load_request(self, out, in);
		if (err)
			break;
		atomic_fetch_add(&page->succeeded, 1);
		if (first)
			atomic_fetch_add(&page->running, 1);
		first = false;
	}
	return err;
}

static bool load_after(void *arg)
{
	return atomic_load(&((struct load *)arg)->page->after);
}

static void *load_send_thread(void *arg)
{
	struct load_thread *self = arg;
	struct load *load = self->load;
	uint64_t *out = malloc(LOAD_MAX), *in = malloc(2 * LOAD_MAX);
	uint32_t nd = load->node ? (uint32_t)netmgr_strtond(load->node, NULL) : 0;
	int err;

	self->log = history_begin(load->history);
	self->chid = ConnectAttach(nd, load->server.pid, load->server.chid, _NTO_SIDE_CHANNEL, 0);
	QT_CHECK(load->qt, self->chid != -1);
	err = load_requests(self, out, in);
	load_count(load->page->first, err);
	if (err) {
		QT_CHECK(load->qt, qt_until(load_after, load));
		load_count(load->page->later, load_request(self, out, in));
	}
	atomic_fetch_add(&load->page->ended, 1);
	QT_CHECK(load->qt, ConnectDetach_r(self->chid) == 0);
	free(in);
	free(out);
	return NULL;
}

void load_send(struct qt *qt, int chid, void *arg)
{
	(void)chid;
	if (qt->server_ns >= 0)
		close(qt->server_ns);
	load_threads(arg, load_send_thread, 0);
}

struct load_caller load_caller(struct load *load, int coid)
{
	return (struct load_caller){
		.load = load,
		.log = history_begin(load->history),
		.coid = coid,
	};
}

/* 0: it is not written down. */
static uint64_t load_number(struct load_caller *caller, size_t len)
{
	if (len < LOAD_NUMBER ||
	    atomic_fetch_add(&caller->load->page->calls, 1) >= LOAD_CALLS)
		return 0;
	return history_request(caller->log);
}

int load_call(struct load_caller *caller, size_t len, size_t back, unsigned int seed)
{
	uint64_t id = load_number(caller, len), reply = 0;
	struct history_log *log = id ? caller->log : NULL;
	char *out = malloc(len), *in = caller->in_place ? out : calloc(1, back);
	struct load *load = caller->load;
	long status, sum;
	int err;

	qt_fill(out, len, seed);
	memcpy(out, &id, len < LOAD_NUMBER ? 0 : LOAD_NUMBER);
	sum = (long)qt_sum(out, len);
	history_write(log, HISTORY_SEND, id, 0, 0);
	status = MsgSend(caller->coid, out, len, in, back);
	err = status == -1 ? errno : 0;
	if (!err) {
		qt_turn(in, back);
		memcpy(&reply, in, back < LOAD_NUMBER ? 0 : LOAD_NUMBER);
	}
	history_write(log, HISTORY_DONE, id, reply, err);
	QT_CHECK(load->qt, err || (status == sum && !memcmp(in, out, back)));
	load_count(load->page->first, err);
	if (in != out)
		free(in);
	free(out);
	return err;
}

/* The judgement ------------------------------------------------------------------------------- */

struct load_counter {
	atomic_int *counter;
	int least;
};

static bool load_reached(void *arg)
{
	struct load_counter *wait = arg;

	return atomic_load(wait->counter) >= wait->least;
}

bool load_reaches(atomic_int *counter, int least)
{
	return qt_until(load_reached, &(struct load_counter){ counter, least });
}

static bool load_allowed(const char *what, atomic_int *errors, const int *allowed)
{
	bool good = true;
	int err, i;

	for (err = 1; err < LOAD_ERRNOS; err++) {
		for (i = 0; allowed[i] && allowed[i] != err; i++)
			;
		if (allowed[i] || !atomic_load(&errors[err]))
			continue;
		fprintf(stderr, "# %s: errno %d (%s), %d times\n", what, err, strerror(err),
			atomic_load(&errors[err]));
		good = false;
	}
	return good;
}

bool load_clean(struct load *load, const int *first, const int *later, const int *served)
{
	static const int none[] = { 0 };
	bool good;

	good = load_allowed("send", load->page->first, first ?: none);
	good &= load_allowed("later send", load->page->later, later ?: none);
	good &= load_allowed("server", load->page->served, served ?: none);
	if (later && atomic_load(&load->page->later[0])) {
		fprintf(stderr, "# a dead connection was used\n");
		good = false;
	}
	return history_clean(load->history, &load->sum) && good;
}

unsigned int load_env(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text && *text ? (unsigned int)strtoul(text, NULL, 0) : otherwise;
}

unsigned int load_seed(void)
{
	unsigned int seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = 1;
	seed = load_env("QNET_SEED", seed);
	printf("# QNET_SEED=%u\n", seed);
	fflush(stdout);
	return seed;
}

unsigned int load_random(unsigned int *state, unsigned int below)
{
	*state = *state * 1664525 + 1013904223;
	return (unsigned int)((uint64_t)*state * below >> 32);
}
