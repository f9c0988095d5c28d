// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames of a station on the wire, beside live traffic
 *
 * True frames are caught, changed, and sent again in either node's name. What a station can forge
 * that does not know the session, and whatever is malformed, must leave the link and its checked
 * traffic undisturbed. Who reads the session off the wire can forge anything as yet: then calls
 * may fail, but nothing breaks, hangs, or grows past its cap, and all is well again afterwards.
 *
 * QNET_FUZZ_FRAMES and QNET_FUZZ_SEED in the environment (or on the guest's command line) say how
 * many frames, and which.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=600 more=stock
 */
#define _GNU_SOURCE
#include "counter.h"
#include "forge.h"
#include "fuzz_traffic.h"
#include "qt_fixture.h"

#include <fcntl.h>
#include <linux/qnet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define FUZZ_FRAMES	50000
#define FUZZ_WINDOW	1024		/* numbers that a receiver remembers */
#define FUZZ_LOOK	16		/* frames between looks at what the nodes send */
#define FUZZ_WATCH	512		/* frames between looks at memory and counters */
#define FUZZ_BURST	600		/* frames of one session that goes down by them */
#define FUZZ_TRICKLE	60		/* the same where its own come between */
#define FUZZ_SETTLES	5		/* seconds: for a death and a handshake, and to spare */
#define FUZZ_NICE	(-10)		/* before the traffic: it may have what is left */
#define FUZZ_MEMORY	(160 << 10)	/* KiB that may be in use more than before */

#define FUZZ_SERVICES	4096		/* requests of one peer, pulses of one client */
#define FUZZ_NODES	257
#define FUZZ_CREDIT	64		/* pushes for one call */
#define FUZZ_SLACK	16
#define FUZZ_EAGER	65536		/* bytes: the most that may come unasked */

enum { ALPHA, BETA };

/* What of the module lives no longer than its programs. */
static const char * const fuzz_objects[] = {
	"processes", "channels", "connections", "clients", "messages", "pulses", "pins", "chunks",
};

/* Not a reason to drop. */
static const char * const fuzz_taken[] = {
	"rx_frames", "rx_bytes", "rx_segments", "rx_acks", "rx_hellos", "rx_resets", "rx_twin",
};

FIXTURE(fuzz) {
	struct qt qt;
	struct frame_wire *wire;
	struct counters counters[2];
	struct fuzz_traffic traffic;
	struct dice dice;
	long frames;
	long sent;
	long memory;		/* KiB available at the beginning */
	long least;		/* ... and at worst */
	long most[2];		/* messages, nodes */
	long base[2][8];	/* objects, before there was anything */
};

#define FUZZ_ARGS	struct __test_metadata *_metadata, FIXTURE_DATA(fuzz) *self

static double fuzz_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long fuzz_number(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 0) : otherwise;
}

static long fuzz_available(void)
{
	char line[128];
	long kib = 0;
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

FIXTURE_SETUP(fuzz)
{
	size_t i;

	self->frames = fuzz_number("QNET_FUZZ_FRAMES", FUZZ_FRAMES);
	self->dice.state = (uint64_t)fuzz_number("QNET_FUZZ_SEED", 1);
	TH_LOG("QNET_FUZZ_SEED=%ld QNET_FUZZ_FRAMES=%ld", (long)self->dice.state, self->frames);
	/* a flood is to reach the module, not to end in the queue before it */
	ASSERT_EQ(0, qt_run(-1, "echo 100000 >/proc/sys/net/core/netdev_max_backlog"));
	ASSERT_TRUE(qt_setup(&self->qt, true));
	self->wire = calloc(1, sizeof(*self->wire));
	ASSERT_NE(NULL, self->wire);
	ASSERT_TRUE(frame_open(self->wire, &self->qt));
	ASSERT_TRUE(counter_open(&self->counters[ALPHA], self->qt.client_ns));
	ASSERT_TRUE(counter_open(&self->counters[BETA], self->qt.server_ns));
	ASSERT_TRUE(fuzz_traffic_setup(&self->traffic));
	self->memory = fuzz_available();
	self->least = self->memory;
	ASSERT_TRUE(counter_read(&self->counters[ALPHA]) && counter_read(&self->counters[BETA]));
	for (i = 0; i < ARRAY_SIZE(fuzz_objects); i++) {
		self->base[ALPHA][i] = counter_live(&self->counters[ALPHA], fuzz_objects[i]);
		self->base[BETA][i] = counter_live(&self->counters[BETA], fuzz_objects[i]);
	}
}

FIXTURE_TEARDOWN(fuzz)
{
	frame_close(self->wire);
	free(self->wire);
	counter_close(&self->counters[ALPHA]);
	counter_close(&self->counters[BETA]);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static void fuzz_read(FUZZ_ARGS)
{
	ASSERT_TRUE(counter_read(&self->counters[ALPHA]));
	ASSERT_TRUE(counter_read(&self->counters[BETA]));
}

/* Both nodes' together. */
static long fuzz_count(FUZZ_ARGS, const char *name)
{
	fuzz_read(_metadata, self);
	return counter_get(&self->counters[ALPHA], name) +
	       counter_get(&self->counters[BETA], name);
}

/* Nothing is past its cap. */
static void fuzz_watch(FUZZ_ARGS)
{
	long memory = fuzz_available(), live;
	int i;

	self->least = memory < self->least ? memory : self->least;
	ASSERT_LT(self->memory - memory, FUZZ_MEMORY);
	fuzz_read(_metadata, self);
	for (i = ALPHA; i <= BETA; i++) {
		live = counter_live(&self->counters[i], "messages");
		ASSERT_GE(FUZZ_SERVICES + FUZZ_SLACK, live);
		self->most[0] = live > self->most[0] ? live : self->most[0];
		live = counter_live(&self->counters[i], "pulses");
		ASSERT_GE(FUZZ_SERVICES + FUZZ_SLACK, live);
		live = counter_live(&self->counters[i], "nodes");
		ASSERT_GE(FUZZ_NODES, live);
		self->most[1] = live > self->most[1] ? live : self->most[1];
		/* one opens, one is up, one of each is being buried */
		ASSERT_GE(4 * FUZZ_NODES, counter_live(&self->counters[i], "links"));
	}
}

static void fuzz_send(FUZZ_ARGS, int from, const struct frame *frame)
{
	ASSERT_TRUE(frame_send(self->wire, from, frame));
	self->sent++;
	if (self->sent % FUZZ_LOOK == 0)
		frame_look(self->wire);
	if (self->sent % FUZZ_WATCH == 0)
		fuzz_watch(_metadata, self);
}

/* Waits until node @from sent @more frames; false when it does not. */
static bool fuzz_flows(FIXTURE_DATA(fuzz) *self, int from, long more)
{
	const struct frame_live *live = &self->wire->end[from].live;
	double end = fuzz_now() + QT_PATIENCE;
	long until = live->seen + more;

	while (live->seen < until && fuzz_now() < end)
		if (!frame_look(self->wire))
			usleep(200);
	return live->seen >= until;
}

/* Sessions ---------------------------------------------------------------------------------- */

/* Within @patience both nodes talk in a session that is not the one of these indices. */
static bool fuzz_renewed(FIXTURE_DATA(fuzz) *self, const uint32_t *old, double patience)
{
	struct frame_end *end = self->wire->end;
	double until = fuzz_now() + patience;

	while (end[ALPHA].live.index == old[ALPHA] || end[BETA].live.index == old[BETA]) {
		if (fuzz_now() > until)
			return false;
		if (!frame_look(self->wire))
			usleep(200);
	}
	return true;
}

/* ALPHA's name under the end of BETA's session; again, as one may be lost in a full queue. */
static bool fuzz_renew(FUZZ_ARGS, const uint32_t *old)
{
	const struct frame_end *end = self->wire->end;
	struct frame frame;
	int i;

	/* it may have to wait for all of a flood */
	for (i = 0; i < 3 * QT_PATIENCE; i++) {
		/* not of the new one, whose other end is not heard yet */
		if (end[BETA].live.index == old[BETA]) {
			forge_reset(self->wire, ALPHA, old[BETA], &frame);
			fuzz_send(_metadata, self, ALPHA, &frame);
		}
		if (fuzz_renewed(self, old, 1))
			return true;
	}
	for (i = ALPHA; i <= BETA; i++)
		TH_LOG("%d: %s session", i, end[i].live.index == old[i] ? "same" : "new");
	qt_run(self->qt.client_ns, "qnetctl node list; qnetctl stats");
	qt_run(self->qt.server_ns, "qnetctl node list; qnetctl stats");
	return false;
}

/* Off the path ------------------------------------------------------------------------------ */

/*
 * A copy that comes so late that nobody remembers whether it came before.  What was sent may not
 * have arrived yet: it is what was acknowledged that counts.
 */
static void fuzz_old_copy(FUZZ_ARGS, const struct frame *first)
{
	const struct frame_live *other = &self->wire->end[BETA].live;
	uint32_t number = frame_get32(first->byte + FRAME_HEAD + 8);

	while ((int32_t)(other->acked - number) <= FUZZ_WINDOW)
		ASSERT_TRUE(fuzz_flows(self, ALPHA, 50));
	fuzz_send(_metadata, self, ALPHA, first);
}

static void fuzz_off_path(FUZZ_ARGS, long frames)
{
	struct frame_end *end = self->wire->end;
	struct frame frame, first;
	uint32_t index[2];
	long i, dead;
	int from;

	ASSERT_TRUE(fuzz_strict_start(&self->qt, &self->traffic, 2));
	ASSERT_TRUE(fuzz_flows(self, ALPHA, 50));
	index[ALPHA] = end[ALPHA].live.index;
	index[BETA] = end[BETA].live.index;
	dead = fuzz_count(_metadata, self, "links_dead");
	first = end[ALPHA].kept[1][(end[ALPHA].count[1] + FRAME_KEEP - 1) % FRAME_KEEP];
	setpriority(PRIO_PROCESS, 0, FUZZ_NICE);
	for (i = 0; i < frames && !self->qt.page->faults; i++) {
		from = (int)dice_roll(&self->dice, 2);
		forge_harmless(self->wire, from, &self->dice, &frame);
		fuzz_send(_metadata, self, from, &frame);
	}
	setpriority(PRIO_PROCESS, 0, 0);
	fuzz_old_copy(_metadata, self, &first);
	ASSERT_TRUE(fuzz_flows(self, ALPHA, 50));
	TH_LOG("%ld harmless frames, %ld requests beside them", i,
	       (long)self->traffic.shared->beats);
	/* the traffic got through, in the session that it began in */
	EXPECT_TRUE(fuzz_strict_stop(&self->qt, &self->traffic));
	EXPECT_EQ(index[ALPHA], end[ALPHA].live.index);
	EXPECT_EQ(index[BETA], end[BETA].live.index);
	EXPECT_EQ(dead, fuzz_count(_metadata, self, "links_dead"));
}

/* On the path ------------------------------------------------------------------------------- */

/*
 * The numbers that were forged are passed, or the session is another; false after some seconds.
 * A link whose every client waits for what was taken away may go on, with a frame now and then.
 */
static bool fuzz_settled(FIXTURE_DATA(fuzz) *self, const uint32_t *old, const uint32_t *number)
{
	double until = fuzz_now() + FUZZ_SETTLES;
	bool settled = false;
	int i, good;

	while (!settled && fuzz_now() < until) {
		if (!frame_look(self->wire))
			usleep(200);
		for (good = 0, i = ALPHA; i <= BETA; i++) {
			const struct frame_live *live = &self->wire->end[i].live;

			good += live->index != old[i] ||
				(int32_t)(live->number - number[i]) > 0;
		}
		settled = good == 2;
	}
	return settled;
}

static void fuzz_burst(FUZZ_ARGS, const uint32_t *old, uint32_t *number)
{
	bool trickle = dice_roll(&self->dice, 2);
	uint32_t most = trickle ? FUZZ_TRICKLE : FUZZ_BURST;
	uint32_t count = most / 2 + dice_roll(&self->dice, most);
	const struct frame_live *live;
	struct frame frame;
	double soon;
	int from;

	while (count--) {
		from = (int)dice_roll(&self->dice, 2);
		live = &self->wire->end[from].live;
		if ((int32_t)(number[from] - live->number) < 0)
			number[from] = live->number;
		number[from] += 1 + !dice_roll(&self->dice, 4);
		forge_harmful(self->wire, from, number[from], &self->dice, &frame);
		fuzz_send(_metadata, self, from, &frame);
		/* one of theirs for each of ours, while they come */
		soon = fuzz_now() + 0.002;
		while (trickle && (int32_t)(number[from] - live->number) > 3 && fuzz_now() < soon)
			if (!frame_look(self->wire))
				usleep(100);
		if (live->index != old[from])
			break;
	}
}

/* Forges within one session until that is over. */
static void fuzz_session(FUZZ_ARGS)
{
	const struct frame_end *end = self->wire->end;
	uint32_t old[2] = { end[ALPHA].live.index, end[BETA].live.index };
	uint32_t number[2] = { end[ALPHA].live.number, end[BETA].live.number };
	int from = (int)dice_roll(&self->dice, 2);
	struct frame frame;
	long seen[2];

	fuzz_burst(_metadata, self, old, number);
	seen[ALPHA] = end[ALPHA].live.seen;
	seen[BETA] = end[BETA].live.seen;
	switch (dice_roll(&self->dice, 8)) {
	case 0:
		forge_bye(self->wire, from, ++number[from], &frame);
		fuzz_send(_metadata, self, from, &frame);
		break;
	case 1:
		break;
	default:
		forge_reset(self->wire, from, end[!from].live.index, &frame);
		fuzz_send(_metadata, self, from, &frame);
		break;
	}
	if (fuzz_settled(self, old, number))
		return;
	for (from = ALPHA; from <= BETA; from++)
		TH_LOG("%d: %s session, %d numbers behind, %ld frames sent in %d s", from,
		       end[from].live.index == old[from] ? "same" : "new",
		       (int32_t)(number[from] - end[from].live.number),
		       end[from].live.seen - seen[from], FUZZ_SETTLES);
	ASSERT_TRUE(fuzz_renew(_metadata, self, old));
}

/* Requests are had an answer, or an error, by someone. */
static bool fuzz_busy(FIXTURE_DATA(fuzz) *self)
{
	long beats = self->traffic.shared->beats + 10;
	double soon = fuzz_now() + 3;

	while (self->traffic.shared->beats < beats && fuzz_now() < soon)
		if (!frame_look(self->wire))
			usleep(200);
	return self->traffic.shared->beats >= beats;
}

static void fuzz_on_path(FUZZ_ARGS, long frames)
{
	long until = self->sent + frames, errors = 0, sessions = 0, beats = 0, told = 1;
	double began = fuzz_now();
	int tries, most = 0;

	while (self->sent < until) {
		if (10 * (self->sent + frames - until) >= told * frames) {
			told = 10 * (self->sent + frames - until) / frames + 1;
			TH_LOG("%ld forged frames in %.1f s", self->sent + frames - until,
			       fuzz_now() - began);
		}
		ASSERT_TRUE(fuzz_loose_start(&self->qt, &self->traffic, FUZZ_CLIENTS));
		/* who waits for what a forged frame took away is killed, too */
		while (self->sent < until && fuzz_busy(self)) {
			fuzz_session(_metadata, self);
			if (++sessions % 16 == 0)
				break;
		}
		beats += self->traffic.shared->beats;
		errors += self->traffic.shared->errors;
		EXPECT_EQ(0, self->traffic.shared->strange);
		ASSERT_TRUE(fuzz_kill(&self->qt, &self->traffic));
		ASSERT_TRUE(fuzz_trial(&self->qt, &tries));
		most = tries > most ? tries : most;
	}
	TH_LOG("%ld forged frames in %ld sessions; %ld calls, %ld errors; well again in %d tries",
	       frames, sessions, beats, errors, most);
}

/* Caps -------------------------------------------------------------------------------------- */

/* Never receives. */
static void fuzz_idle_server(struct qt *qt, int chid, void *arg)
{
	(void)qt;
	(void)chid;
	(void)arg;
	for (;;)
		pause();
}

/* One request that nobody answers. */
static void fuzz_waiting_client(struct qt *qt, int chid, void *arg)
{
	static char out[FUZZ_LARGEST], in[FUZZ_LARGEST];
	struct fuzz_traffic *traffic = arg;

	(void)chid;
	MsgSend_r(qt_attach(qt, traffic->server), out, sizeof(out), in, sizeof(in) - 1);
}

/* What all segments of a flood have, and what each has. */
struct fuzz_flood {
	int from;
	unsigned char kind;
	unsigned char flags;
	unsigned int size;	/* with its head */
	unsigned int at;	/* where its own number stands */
	uint32_t first;		/* ... of the first */
	unsigned char body[80];	/* after kind, flags, length */
};

/* @count segments, as many as fit in each frame; in order, as pulses are: each CPU has a queue. */
static void fuzz_flood(FUZZ_ARGS, const struct fuzz_flood *flood, uint32_t *number, uint32_t count)
{
	struct frame frame;
	cpu_set_t all, one;
	uint32_t i = 0;
	unsigned char *p;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ASSERT_EQ(0, sched_getaffinity(0, sizeof(all), &all));
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	while (i < count) {
		memset(&frame, 0, sizeof(frame));
		forge_head(self->wire, flood->from, ++number[flood->from], &frame);
		p = frame.byte + FRAME_BODY;
		for (; i < count && p + flood->size + FRAME_CRC <= frame.byte + 1500; i++) {
			memcpy(p + 4, flood->body, flood->size - 4);
			p[0] = flood->kind;
			p[1] = flood->flags;
			frame_put16(p + 2, flood->size);
			frame_put32(p + flood->at, flood->first + i);
			p += flood->size;
		}
		frame_set_length(&frame, (size_t)(p + FRAME_CRC - frame.byte) - FRAME_HEAD);
		frame_seal(&frame, true);
		fuzz_send(_metadata, self, flood->from, &frame);
	}
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(all), &all));
	fuzz_watch(_metadata, self);
}

/* The request that waits: where its SEND stands in the newest frame that has it. */
static const unsigned char *fuzz_waiting(FIXTURE_DATA(fuzz) *self)
{
	struct frame_end *alpha = &self->wire->end[ALPHA];
	double until = fuzz_now() + QT_PATIENCE;
	const unsigned char *p;

	while (fuzz_now() < until) {
		frame_look(self->wire);
		p = alpha->kept[1][(alpha->count[1] + FRAME_KEEP - 1) % FRAME_KEEP].byte +
		    FRAME_BODY;
		if (frame_get32(p + 16) == FUZZ_LARGEST && frame_get32(p + 20) == FUZZ_LARGEST - 1)
			return p;
		usleep(200);
	}
	return NULL;
}

/* To the server's node: requests, pulses, questions and cancels without end. */
static void fuzz_flood_server(FUZZ_ARGS, const unsigned char *request, uint32_t *number)
{
	struct fuzz_flood send = { ALPHA, 1, 10, 30, 4, 0x10000000, { 0 } };
	struct fuzz_flood pulse = { ALPHA, 15, 10, 32, 16, 0, { 0 } };
	struct fuzz_flood query = { ALPHA, 17, 0, 9, 4, 0x20000000, { [4] = 'x' } };
	struct fuzz_flood cancel = { ALPHA, 9, 1, 8, 4, 0x30000000, { 0 } };

	memcpy(send.body + 4, request + 8, 8);
	memcpy(pulse.body + 4, request + 8, 8);
	/* all of it is to come unasked, and nothing does */
	frame_put32(send.body + 12, FUZZ_EAGER);
	frame_put32(send.body + 20, FUZZ_EAGER);
	fuzz_flood(_metadata, self, &send, number, 6000);
	fuzz_flood(_metadata, self, &pulse, number, 6000);
	fuzz_flood(_metadata, self, &query, number, 10000);
	fuzz_flood(_metadata, self, &cancel, number, 20000);
}

/* To the client's: bytes for its buffer, and wishes for bytes. */
static void fuzz_flood_client(FUZZ_ARGS, const unsigned char *request, uint32_t *number)
{
	struct fuzz_flood push = { BETA, 5, 0, 80, 8, 0, { 0 } };
	struct fuzz_flood pull = { BETA, 4, 0, 20, 8, 1, { 0 } };

	memcpy(push.body, request + 4, 4);
	memcpy(pull.body, request + 4, 4);
	frame_put32(pull.body + 12, FUZZ_LARGEST - 1);
	fuzz_flood(_metadata, self, &pull, number, 1000);
	fuzz_flood(_metadata, self, &push, number, 4000);
	ASSERT_GE(FUZZ_CREDIT + FUZZ_SLACK, counter_live(&self->counters[ALPHA], "chunks"));
}

static void fuzz_dead_after(FUZZ_ARGS, int msecs)
{
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl node set dead-after %d", msecs));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl node set dead-after %d", msecs));
}

/* What a peer can make this node keep. */
static void fuzz_caps(FUZZ_ARGS)
{
	const struct frame_end *end = self->wire->end;
	struct fuzz_traffic *traffic = &self->traffic;
	const unsigned char *request;
	uint32_t old[2], number[2];
	int i;

	/* the nodes do not hear each other during this: their numbers are used up */
	fuzz_dead_after(_metadata, self, 30000);
	traffic->server = qt_server(&self->qt, 0, fuzz_idle_server, NULL);
	traffic->clients = 1;
	traffic->client[0] = qt_client(&self->qt, fuzz_waiting_client, traffic);
	request = fuzz_waiting(self);
	ASSERT_NE(NULL, request);
	for (i = ALPHA; i <= BETA; i++) {
		old[i] = end[i].live.index;
		number[i] = end[i].live.number;
	}
	fuzz_flood_server(_metadata, self, request, number);
	fuzz_flood_client(_metadata, self, request, number);
	ASSERT_TRUE(fuzz_renew(_metadata, self, old));
	ASSERT_TRUE(fuzz_kill(&self->qt, traffic));
	fuzz_dead_after(_metadata, self, 1000);
}

/* HELLOs of nodes that nobody knows, faster than they can be looked at, beside good traffic. */
static void fuzz_storm(FUZZ_ARGS)
{
	double until = fuzz_now() + QT_PATIENCE;
	struct frame frame;
	int i, tries;
	long dead;

	ASSERT_TRUE(fuzz_trial(&self->qt, &tries));
	dead = fuzz_count(_metadata, self, "links_dead");
	ASSERT_TRUE(fuzz_strict_start(&self->qt, &self->traffic, 2));
	ASSERT_TRUE(fuzz_flows(self, ALPHA, 50));
	while (!fuzz_count(_metadata, self, "rx_flood") && fuzz_now() < until) {
		for (i = 0; i < 1000; i++) {
			mutate_hello(&frame, self->wire, ALPHA, &self->dice);
			frame_address(self->wire, ALPHA, &frame);
			forge_stranger(&self->dice, &frame);
			frame_seal(&frame, true);
			fuzz_send(_metadata, self, ALPHA, &frame);
		}
	}
	ASSERT_TRUE(fuzz_flows(self, ALPHA, 50));
	EXPECT_TRUE(fuzz_strict_stop(&self->qt, &self->traffic));
	EXPECT_EQ(dead, fuzz_count(_metadata, self, "links_dead"));
}

/* Every reason to drop a frame was met. */
static void fuzz_reasons(FUZZ_ARGS)
{
	const struct counters *alpha = &self->counters[ALPHA];
	const char *name;
	long count;
	size_t t;
	int i;

	fuzz_read(_metadata, self);
	for (i = 0; i < alpha->count; i++) {
		name = alpha->counter[i].name;
		for (t = 0; t < ARRAY_SIZE(fuzz_taken) && strcmp(name, fuzz_taken[t]); t++)
			;
		if (strncmp(name, "rx_", 3) || t < ARRAY_SIZE(fuzz_taken))
			continue;
		count = alpha->counter[i].value + counter_get(&self->counters[BETA], name);
		TH_LOG("%-18s %ld", name, count);
		EXPECT_LT(0, count);
	}
}

static bool fuzz_gone(void *arg)
{
	FIXTURE_DATA(fuzz) *self = arg;
	size_t i;
	int n;

	for (n = ALPHA; n <= BETA; n++) {
		if (!counter_read(&self->counters[n]) ||
		    counter_live(&self->counters[n], "links") != 1)
			return false;
		for (i = 0; i < ARRAY_SIZE(fuzz_objects); i++)
			if (counter_live(&self->counters[n], fuzz_objects[i]) != self->base[n][i])
				return false;
	}
	return true;
}

/* A handshake is among what is caught, too. */
static void fuzz_catch(FUZZ_ARGS)
{
	const struct frame_end *end = self->wire->end;
	uint32_t old[2];
	int tries;

	ASSERT_TRUE(fuzz_trial(&self->qt, &tries));
	frame_look(self->wire);
	old[ALPHA] = end[ALPHA].live.index;
	old[BETA] = end[BETA].live.index;
	ASSERT_TRUE(fuzz_renew(_metadata, self, old));
}

TEST_F_TIMEOUT(fuzz, frames, 1650)
{
	double began = fuzz_now();
	size_t i;
	int tries;

	fuzz_catch(_metadata, self);
	fuzz_off_path(_metadata, self, self->frames / 2);
	TH_LOG("after %.1f s", fuzz_now() - began);
	fuzz_on_path(_metadata, self, self->frames / 2);
	TH_LOG("after %.1f s", fuzz_now() - began);
	fuzz_caps(_metadata, self);
	fuzz_storm(_metadata, self);
	fuzz_reasons(_metadata, self);
	EXPECT_TRUE(fuzz_trial(&self->qt, &tries));
	EXPECT_TRUE(qt_until(fuzz_gone, self)) {
		for (i = 0; i < ARRAY_SIZE(fuzz_objects); i++)
			TH_LOG("%s: %ld, %ld", fuzz_objects[i],
			       counter_live(&self->counters[ALPHA], fuzz_objects[i]),
			       counter_live(&self->counters[BETA], fuzz_objects[i]));
	}
	TH_LOG("%ld frames in %.1f s; at most %ld messages, %ld nodes, %ld MiB", self->sent,
	       fuzz_now() - began, self->most[0], self->most[1],
	       (self->memory - self->least) >> 10);
}

TEST_HARNESS_MAIN
