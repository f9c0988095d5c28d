// SPDX-License-Identifier: GPL-2.0
/* unit: selftests/qnet/history.c selftests/qnet/history_check.c */
/* cflags: -Iselftests/qnet */
/*
 * qnet - the history checker: good histories pass, and each rule is seen to fire
 */
#include "history.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(x)	(sizeof(x) / sizeof((x)[0]))

#define LOGS	3
#define RECORDS	16
#define TEXT	4096

#define A	0x100000001ULL	/* requests */
#define B	0x100000002ULL
#define P	0x1010000ULL	/* connections */
#define Q	0x1020000ULL

/* What log 1 (a client), 2 and 3 (two threads of a server) say, in this order. */
struct row {
	uint32_t log;
	enum history_kind kind;
	uint64_t id;
	uint64_t value;
	int err;
};

struct history_case {
	const char *name;
	const char *rule;	/* that is broken; NULL: none */
	struct row rows[RECORDS];
};

#define SEND(id)		{ 1, HISTORY_SEND, id, 0, 0 }
#define SEEN(id, value)		{ 1, HISTORY_SEEN, id, value, 0 }
#define DONE(id, reply)		{ 1, HISTORY_DONE, id, reply, 0 }
#define FAILED(id, err)		{ 1, HISTORY_DONE, id, 0, err }
#define RECEIVE(log, id)	{ log, HISTORY_RECEIVE, id, 0, 0 }
#define READ(id, found)		{ 2, HISTORY_READ, id, found, 0 }
#define WRITE(id, value)	{ 2, HISTORY_WRITE, id, value, 0 }
#define REPLY(log, id)		{ log, HISTORY_REPLY, id, 0, 0 }
#define REPLIED(id, err)	{ 2, HISTORY_REPLIED, id, 0, err }
#define PULSE(id)		{ 1, HISTORY_PULSE, id, 0, 0 }
#define PULSED(log, id)		{ log, HISTORY_PULSED, id, 0, 0 }

static const struct history_case cases[] = {
	{ "nothing", NULL, { } },
	{ "two_requests", NULL, {
		SEND(A), RECEIVE(2, A), REPLY(2, A), REPLIED(A, 0), DONE(A, A),
		SEND(B), RECEIVE(3, B), REPLY(3, B), DONE(B, B) } },
	{ "read_and_written", NULL, {
		SEND(A), RECEIVE(2, A), READ(A, A), WRITE(A, 1), WRITE(A, 2), REPLY(2, A),
		SEEN(A, 1), SEEN(A, 2), DONE(A, A) } },
	{ "replied_to_by_another_thread", NULL, {
		SEND(A), RECEIVE(2, A), REPLY(3, A), DONE(A, A) } },
	{ "error_without_a_run", NULL, { SEND(A), FAILED(A, 113) } },
	{ "error_after_a_run", NULL, {
		SEND(A), RECEIVE(2, A), WRITE(A, 1), REPLY(2, A), REPLIED(A, 3), FAILED(A, 3) } },
	{ "error_while_the_reply_was_under_way", NULL, {
		SEND(A), RECEIVE(2, A), REPLY(2, A), REPLIED(A, 0), FAILED(A, 112) } },
	{ "client_killed", NULL, { SEND(A), RECEIVE(2, A), REPLY(2, A), REPLIED(A, 3) } },
	{ "client_killed_looking", NULL, {
		SEND(A), RECEIVE(2, A), WRITE(A, 1), WRITE(A, 2), REPLY(2, A), SEEN(A, 1) } },
	{ "server_killed", NULL, { SEND(A), RECEIVE(2, A), FAILED(A, 3) } },
	{ "pulses", NULL, {
		PULSE(P + 1), PULSE(Q + 1), PULSE(P + 2), PULSE(P + 3), PULSED(2, P + 1),
		PULSED(2, Q + 1), PULSED(2, P + 3), PULSED(3, P + 2) } },
	{ "pulses_lost_at_the_end", NULL, { PULSE(P + 1), PULSED(2, P + 1), PULSE(P + 2) } },

	{ "received_but_not_sent", "never sent", { RECEIVE(2, A) } },
	{ "done_but_not_sent", "never sent", { FAILED(A, 4) } },
	{ "sent_twice", "sent or done twice", { SEND(A), SEND(A), FAILED(A, 3) } },
	{ "done_twice", "sent or done twice", {
		SEND(A), RECEIVE(2, A), REPLY(2, A), DONE(A, A), FAILED(A, 4) } },
	{ "run_twice", "run twice", {
		SEND(A), RECEIVE(2, A), REPLY(2, A), DONE(A, A), RECEIVE(3, A) } },
	{ "run_twice_and_failed", "run twice", {
		SEND(A), RECEIVE(2, A), RECEIVE(2, A), FAILED(A, 112) } },
	{ "replied_to_twice", "replied to twice", {
		SEND(A), RECEIVE(2, A), REPLY(2, A), REPLY(3, A), DONE(A, A) } },
	{ "reply_without_a_run", "served without a run", { SEND(A), REPLY(2, A), FAILED(A, 3) } },
	{ "write_without_a_run", "served without a run", { SEND(A), WRITE(A, 1), FAILED(A, 3) } },
	{ "read_without_a_run", "served without a run", { SEND(A), READ(A, A), FAILED(A, 3) } },
	{ "success_without_a_run", "success without a run", { SEND(A), DONE(A, A) } },
	{ "success_without_a_reply", "success without a reply", {
		SEND(A), RECEIVE(2, A), DONE(A, A) } },
	{ "success_by_a_failed_reply", "success by a reply that failed", {
		SEND(A), RECEIVE(2, A), REPLY(2, A), REPLIED(A, 3), DONE(A, A) } },
	{ "foreign_reply", "the reply of another request", {
		SEND(A), RECEIVE(2, A), REPLY(2, A), DONE(A, B), SEND(B), FAILED(B, 3) } },
	{ "foreign_read", "bytes of another request", {
		SEND(A), SEND(B), RECEIVE(2, A), READ(A, B), FAILED(A, 3), FAILED(B, 3) } },
	{ "writes_out_of_order", "writes out of order", {
		SEND(A), RECEIVE(2, A), WRITE(A, 1), WRITE(A, 2), REPLY(2, A),
		SEEN(A, 1), SEEN(A, 1), DONE(A, A) } },
	{ "write_missing", "a write is missing", {
		SEND(A), RECEIVE(2, A), WRITE(A, 1), WRITE(A, 2), REPLY(2, A),
		SEEN(A, 1), DONE(A, A) } },
	{ "pulse_never_sent", "a pulse never sent", { PULSE(P + 1), PULSED(2, P + 2) } },
	{ "pulse_sent_twice", "a pulse sent twice", { PULSE(P + 1), PULSE(P + 1) } },
	{ "pulse_received_twice", "a pulse received twice", {
		PULSE(P + 1), PULSED(2, P + 1), PULSED(3, P + 1) } },
	{ "pulses_out_of_order", "pulses out of order", {
		PULSE(P + 1), PULSE(Q + 1), PULSE(P + 2), PULSED(2, P + 2), PULSED(2, Q + 1),
		PULSED(2, P + 1) } },
};

/* Exactly the rule that the case is for. */
static bool judged(const struct history_case *test, struct history *history, char *text)
{
	struct history_log *logs[LOGS];
	const struct row *row;
	uint32_t faults;
	size_t len;
	int i;

	for (i = 0; i < LOGS; i++)
		logs[i] = history_begin(history);
	for (row = test->rows; row->log; row++)
		history_write(logs[row->log - 1], row->kind, row->id, row->value, row->err);
	faults = history_check(history, NULL, text, TEXT);
	if (!test->rule)
		return faults == 0 && !text[0];
	len = strlen(test->rule);
	return faults == 1 && !strncmp(text, test->rule, len) && text[len] == ':';
}

static bool counted(struct history *history, char *text)
{
	static const struct history_case sums = { "", NULL, {
		SEND(A), RECEIVE(2, A), REPLY(2, A), DONE(A, A), SEND(B), RECEIVE(2, B),
		FAILED(B, 3), SEND(B + 1), PULSE(P + 1), PULSED(3, P + 1) } };
	struct history_sum sum;

	return judged(&sums, history, text) && !history_check(history, &sum, NULL, 0) &&
	       sum.requests == 3 && sum.succeeded == 1 && sum.failed == 1 && sum.unknown == 1 &&
	       sum.runs == 2 && sum.pulses == 1 && !sum.faults;
}

static bool room_ends(struct history *history, char *text)
{
	struct history_log *log = history_begin(history);
	int i;

	for (i = 0; i < RECORDS; i++)
		history_write(log, HISTORY_PULSE, P + (unsigned int)i, 0, 0);
	if (history_check(history, NULL, text, TEXT))
		return false;
	history_write(log, HISTORY_PULSE, P + RECORDS, 0, 0);
	return history_check(history, NULL, text, TEXT) == 1 && strstr(text, "no room");
}

static bool logs_end(struct history *history, char *text)
{
	struct history_log *log;
	int i;

	for (i = 0; i < LOGS; i++)
		log = history_begin(history);
	if (!log || history_check(history, NULL, text, TEXT) || history_begin(history))
		return false;
	history_write(NULL, HISTORY_SEND, A, 0, 0);
	return history_request(NULL) == 0 && history_connection(NULL) == 0 &&
	       history_check(history, NULL, text, TEXT) == 1 && strstr(text, "no room");
}

static bool numbers_differ(struct history *history, char *text)
{
	struct history_log *one = history_begin(history), *two = history_begin(history);
	uint64_t a = history_request(one), b = history_request(one), c = history_request(two);
	uint64_t p = history_connection(one), q = history_connection(one);
	uint64_t r = history_connection(two);

	(void)text;
	return a && a != b && b != c && a != c && p && p != q && q != r && p != r &&
	       p <= UINT32_MAX && q <= UINT32_MAX && r <= UINT32_MAX &&
	       !((p | q | r) & ((1 << HISTORY_PULSE_BITS) - 1));
}

static bool short_text(struct history *history, char *text)
{
	struct history_log *log = history_begin(history);

	history_write(log, HISTORY_RECEIVE, A, 0, 0);
	memset(text, 'x', 16);
	return history_check(history, NULL, text, 8) == 1 && !strcmp(text, "never s") &&
	       text[8] == 'x';
}

static const struct {
	const char *name;
	bool (*run)(struct history *history, char *text);
} others[] = {
	{ "sums", counted },
	{ "room_for_records_ends", room_ends },
	{ "room_for_logs_ends", logs_end },
	{ "numbers_differ", numbers_differ },
	{ "text_is_short", short_text },
};

int main(void)
{
	size_t count = ARRAY_SIZE(cases), more = ARRAY_SIZE(others);
	struct history *history = history_new(LOGS, RECORDS);
	static char text[TEXT];
	size_t i, failed = 0;
	const char *name;
	bool good;

	if (!history)
		return 1;
	printf("TAP version 13\n1..%zu\n", count + more);
	for (i = 0; i < count + more; i++) {
		text[0] = '\0';
		if (i < count) {
			name = cases[i].name;
			good = judged(&cases[i], history, text);
		} else {
			name = others[i - count].name;
			good = others[i - count].run(history, text);
		}
		printf("%sok %zu %s\n", good ? "" : "not ", i + 1, name);
		if (!good)
			printf("# %s\n", text);
		failed += !good;
		history_clear(history);
	}
	history_free(history);
	return failed ? 1 : 0;
}
