/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what clients and servers did, written down, and a check of it afterwards
 *
 * Each thread has a log of its own in memory that all processes of a test share, so what a killed
 * one did is known up to its end. A record says what is about to be done or what has been: its kind
 * tells which, and the rules hold wherever between two records a process is killed.
 */
#ifndef _HISTORY_H
#define _HISTORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A record's .id is a request's number, or a pulse's: history_connection() + 1, + 2, ... in the
 * order in which they are sent. The programs carry these in what they send and reply; a pulse's
 * fits the value that a pulse of a 32-bit program has.
 */
#define HISTORY_PULSE_BITS	16	/* of each connection's */

enum history_kind {
	HISTORY_NONE,
	HISTORY_SEND,		/* client: about to send */
	HISTORY_SEEN,		/* client: a MsgWrite() in its buffer, in place; .value: which */
	HISTORY_DONE,		/* client: has .err, or 0 and in .value the reply's number */
	HISTORY_RECEIVE,	/* server: received, it runs */
	HISTORY_READ,		/* server: MsgRead() gave bytes of the request with number .value */
	HISTORY_WRITE,		/* server: about to write; .value: 1, 2, ... */
	HISTORY_REPLY,		/* server: about to reply, or to answer with an error */
	HISTORY_REPLIED,	/* server: has, with .err */
	HISTORY_PULSE,		/* client: about to send */
	HISTORY_PULSED,		/* server: received */
	HISTORY_KINDS
};

struct history_record {
	uint32_t kind;
	int32_t err;
	uint64_t id;
	uint64_t value;
};

struct history;

/* One thread's; only that thread touches it while it lives. */
struct history_log {
	struct history *history;
	struct history_record *records;
	atomic_uint count;
	uint32_t number;	/* from 1 */
	uint32_t requests;	/* numbers given out */
	uint32_t connections;
};

struct history {
	size_t size;		/* of the memory */
	uint32_t log_room;
	uint32_t record_room;	/* of each log */
	atomic_uint logs_used;
	atomic_uint lost;	/* records and logs there was no room for */
	struct history_log logs[];
};

/* In shared memory; room that is not used costs nothing. NULL: no memory. */
struct history *history_new(uint32_t logs, uint32_t records);
void history_free(struct history *history);
/* Empty again; nobody writes any more. */
void history_clear(struct history *history);

/* A log for the calling thread; NULL: no room, and the check will tell. */
struct history_log *history_begin(struct history *history);
/* Numbers that nobody else has; 0 without a log. */
uint64_t history_request(struct history_log *log);
uint64_t history_connection(struct history_log *log);
void history_write(struct history_log *log, enum history_kind kind, uint64_t id, uint64_t value,
		   int err);

struct history_sum {
	uint32_t requests;
	uint32_t succeeded;
	uint32_t failed;	/* the client got an error */
	uint32_t unknown;	/* the client was killed in it */
	uint32_t runs;
	uint32_t pulses;	/* received */
	uint32_t faults;
};

/*
 * Counts, and returns the faults. For the first few @text gets the rule that is broken and the
 * records that break it; both may be NULL.
 */
uint32_t history_check(const struct history *history, struct history_sum *sum, char *text,
		       size_t room);
/* Is there no fault? Otherwise stderr gets the text. */
bool history_clean(const struct history *history, struct history_sum *sum);

#endif
