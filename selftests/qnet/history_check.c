// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - does what was written down keep to the rules?
 *
 * The records of all logs are put in order of what they are about. Then each request, and each
 * connection's pulses, are a run of records that can be judged alone.
 */
#include "history.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_SHOWN	4	/* faults */
#define HISTORY_LINES	40	/* records of each */

struct history_entry {
	const struct history_record *record;
	uint32_t log;
};

struct history_judge {
	struct history_sum sum;
	char *text;
	size_t room;
};

static const char * const history_names[HISTORY_KINDS] = {
	[HISTORY_SEND] = "send",
	[HISTORY_SEEN] = "seen",
	[HISTORY_DONE] = "done",
	[HISTORY_RECEIVE] = "receive",
	[HISTORY_READ] = "read",
	[HISTORY_WRITE] = "write",
	[HISTORY_REPLY] = "reply",
	[HISTORY_REPLIED] = "replied",
	[HISTORY_PULSE] = "pulse",
	[HISTORY_PULSED] = "pulsed",
};

static void history_say(struct history_judge *judge, const char *format, ...)
{
	va_list args;
	int n;

	if (!judge->room)
		return;
	va_start(args, format);
	n = vsnprintf(judge->text, judge->room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= judge->room)
		n = (int)judge->room - 1;
	judge->text += n;
	judge->room -= (size_t)n;
}

static void history_fault(struct history_judge *judge, const char *rule,
			  const struct history_entry *entries, size_t count)
{
	const struct history_record *record;
	size_t i;

	if (++judge->sum.faults > HISTORY_SHOWN)
		return;
	history_say(judge, "%s:\n", rule);
	for (i = 0; i < count && i < HISTORY_LINES; i++) {
		record = entries[i].record;
		history_say(judge, "  log %" PRIu32 " %s %#" PRIx64 " value %#" PRIx64
			    " err %" PRId32 "\n", entries[i].log,
			    history_names[record->kind], record->id, record->value, record->err);
	}
}

static bool history_is_pulse(const struct history_record *record)
{
	return record->kind == HISTORY_PULSE || record->kind == HISTORY_PULSED;
}

/* Requests before pulses, by number; the records of one log stay in its order. */
static int history_compare(const void *a, const void *b)
{
	const struct history_entry *x = a, *y = b;

	if (history_is_pulse(x->record) != history_is_pulse(y->record))
		return history_is_pulse(x->record) ? 1 : -1;
	if (x->record->id != y->record->id)
		return x->record->id < y->record->id ? -1 : 1;
	if (x->record == y->record)
		return 0;
	return x->record < y->record ? -1 : 1;
}

static uint64_t history_connection_of(const struct history_entry *entry)
{
	return entry->record->id >> HISTORY_PULSE_BITS;
}

/* What one log received of each connection, in its order. */
static int history_compare_received(const void *a, const void *b)
{
	const struct history_entry *x = a, *y = b;

	if (x->log != y->log)
		return x->log < y->log ? -1 : 1;
	if (history_connection_of(x) != history_connection_of(y))
		return history_connection_of(x) < history_connection_of(y) ? -1 : 1;
	if (x->record == y->record)
		return 0;
	return x->record < y->record ? -1 : 1;
}

static void history_request_check(struct history_judge *judge, const struct history_entry *entries,
				  size_t count)
{
	uint32_t n[HISTORY_KINDS] = { 0 };
	bool foreign_read = false, order = false, foreign_reply = false;
	const struct history_record *record;
	bool success = false, refused = false;
	size_t i;

	for (i = 0; i < count; i++) {
		record = entries[i].record;
		n[record->kind]++;
		switch (record->kind) {
		case HISTORY_READ:
			foreign_read |= record->value != record->id;
			break;
		case HISTORY_WRITE:
		case HISTORY_SEEN:
			order |= record->value != n[record->kind];
			break;
		case HISTORY_REPLIED:
			refused |= record->err != 0;
			break;
		case HISTORY_DONE:
			success |= record->err == 0;
			foreign_reply |= record->err == 0 && record->value != record->id;
			break;
		}
	}
	judge->sum.requests += n[HISTORY_SEND];
	judge->sum.runs += n[HISTORY_RECEIVE];
	judge->sum.succeeded += success;
	judge->sum.failed += n[HISTORY_DONE] && !success;
	judge->sum.unknown += !n[HISTORY_DONE];

	if (!n[HISTORY_SEND])
		history_fault(judge, "never sent", entries, count);
	if (n[HISTORY_SEND] > 1 || n[HISTORY_DONE] > 1)
		history_fault(judge, "sent or done twice", entries, count);
	if (n[HISTORY_RECEIVE] > 1)
		history_fault(judge, "run twice", entries, count);
	if (n[HISTORY_REPLY] > 1)
		history_fault(judge, "replied to twice", entries, count);
	if (!n[HISTORY_RECEIVE] && (n[HISTORY_READ] || n[HISTORY_WRITE] || n[HISTORY_REPLY]))
		history_fault(judge, "served without a run", entries, count);
	if (success && !n[HISTORY_RECEIVE])
		history_fault(judge, "success without a run", entries, count);
	else if (success && !n[HISTORY_REPLY])
		history_fault(judge, "success without a reply", entries, count);
	if (success && refused)
		history_fault(judge, "success by a reply that failed", entries, count);
	if (foreign_reply)
		history_fault(judge, "the reply of another request", entries, count);
	if (foreign_read)
		history_fault(judge, "bytes of another request", entries, count);
	if (order)
		history_fault(judge, "writes out of order", entries, count);
	if (success && n[HISTORY_SEEN] != n[HISTORY_WRITE])
		history_fault(judge, "a write is missing", entries, count);
}

static void history_pulse_check(struct history_judge *judge, const struct history_entry *entries,
				size_t count)
{
	size_t i, sent = 0;

	for (i = 0; i < count; i++)
		sent += entries[i].record->kind == HISTORY_PULSE;
	judge->sum.pulses += count - sent;
	if (!sent)
		history_fault(judge, "a pulse never sent", entries, count);
	if (sent > 1)
		history_fault(judge, "a pulse sent twice", entries, count);
	if (count - sent > 1)
		history_fault(judge, "a pulse received twice", entries, count);
}

/*
 * Threads that receive on one channel take turns, so what each gets of a connection is in order,
 * too.
 */
static void history_pulse_order(struct history_judge *judge, const struct history_entry *entries,
				size_t count)
{
	size_t i;

	for (i = 1; i < count; i++) {
		if (entries[i].log == entries[i - 1].log &&
		    history_connection_of(&entries[i]) == history_connection_of(&entries[i - 1]) &&
		    entries[i].record->id < entries[i - 1].record->id)
			history_fault(judge, "pulses out of order", &entries[i - 1], 2);
	}
}

static size_t history_collect(const struct history *history, struct history_entry *entries)
{
	const struct history_log *log;
	size_t count = 0;
	uint32_t i, j, n;

	for (i = 0; i < atomic_load(&history->logs_used); i++) {
		log = &history->logs[i];
		n = atomic_load(&log->count);
		for (j = 0; j < n; j++) {
			if (entries)
				entries[count] = (struct history_entry) {
					.record = &log->records[j],
					.log = i + 1,
				};
			count++;
		}
	}
	return count;
}

static void history_judge_all(struct history_judge *judge, struct history_entry *entries,
			      size_t count)
{
	size_t i, end, received = 0;

	qsort(entries, count, sizeof(*entries), history_compare);
	for (i = 0; i < count; i = end) {
		for (end = i + 1; end < count; end++) {
			if (entries[end].record->id != entries[i].record->id ||
			    history_is_pulse(entries[end].record) !=
			    history_is_pulse(entries[i].record))
				break;
		}
		if (history_is_pulse(entries[i].record))
			history_pulse_check(judge, &entries[i], end - i);
		else
			history_request_check(judge, &entries[i], end - i);
	}

	for (i = 0; i < count; i++) {
		if (entries[i].record->kind == HISTORY_PULSED)
			entries[received++] = entries[i];
	}
	qsort(entries, received, sizeof(*entries), history_compare_received);
	history_pulse_order(judge, entries, received);
}

uint32_t history_check(const struct history *history, struct history_sum *sum, char *text,
		       size_t room)
{
	size_t count = history_collect(history, NULL);
	struct history_judge judge = { .text = text, .room = text ? room : 0 };
	struct history_entry *entries = malloc((count + 1) * sizeof(*entries));

	if (text && room)
		text[0] = '\0';
	if (!entries || atomic_load(&history->lost)) {
		history_fault(&judge, "no room for all of it", NULL, 0);
	} else {
		history_collect(history, entries);
		history_judge_all(&judge, entries, count);
	}
	free(entries);
	if (sum)
		*sum = judge.sum;
	return judge.sum.faults;
}

bool history_clean(const struct history *history, struct history_sum *sum)
{
	static char text[4096];

	if (!history_check(history, sum, text, sizeof(text)))
		return true;
	fprintf(stderr, "# history:\n%s", text);
	return false;
}
