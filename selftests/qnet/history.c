// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what clients and servers did, written down
 */
#include "history.h"

#include <string.h>
#include <sys/mman.h>

struct history *history_new(uint32_t logs, uint32_t records)
{
	size_t each = sizeof(struct history_log) + records * sizeof(struct history_record);
	size_t size = sizeof(struct history) + logs * each;
	struct history *history;

	history = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (history == MAP_FAILED)
		return NULL;
	history->size = size;
	history->log_room = logs;
	history->record_room = records;
	return history;
}

void history_free(struct history *history)
{
	munmap(history, history->size);
}

void history_clear(struct history *history)
{
	uint32_t used = atomic_load(&history->logs_used);

	memset(history->logs, 0, used * sizeof(history->logs[0]));
	atomic_store(&history->logs_used, 0);
	atomic_store(&history->lost, 0);
}

struct history_log *history_begin(struct history *history)
{
	struct history_record *records = (void *)&history->logs[history->log_room];
	uint32_t index = atomic_load(&history->logs_used);
	struct history_log *log;

	do {
		if (index == history->log_room) {
			atomic_fetch_add(&history->lost, 1);
			return NULL;
		}
	} while (!atomic_compare_exchange_weak(&history->logs_used, &index, index + 1));
	log = &history->logs[index];
	log->history = history;
	log->records = records + (size_t)index * history->record_room;
	log->number = index + 1;
	return log;
}

uint64_t history_request(struct history_log *log)
{
	return log ? (uint64_t)log->number << 32 | ++log->requests : 0;
}

uint64_t history_connection(struct history_log *log)
{
	if (!log)
		return 0;
	if (log->number > UINT8_MAX || log->connections == UINT8_MAX) {
		atomic_fetch_add(&log->history->lost, 1);
		return 0;
	}
	return (log->number << 8 | ++log->connections) << HISTORY_PULSE_BITS;
}

void history_write(struct history_log *log, enum history_kind kind, uint64_t id, uint64_t value,
		   int err)
{
	uint32_t count;

	if (!log)
		return;
	count = atomic_load_explicit(&log->count, memory_order_relaxed);
	if (count == log->history->record_room) {
		atomic_fetch_add(&log->history->lost, 1);
		return;
	}
	log->records[count] = (struct history_record) {
		.kind = kind,
		.err = err,
		.id = id,
		.value = value,
	};
	/* killed before this it was not written */
	atomic_store_explicit(&log->count, count + 1, memory_order_release);
}
