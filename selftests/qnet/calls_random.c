// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: numbers, ids and memory drawn at random
 */
#define _GNU_SOURCE
#include "calls.h"

#include <limits.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define CALLS_PAGE 4096UL

/* splitmix64 */
static uint64_t calls_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

void calls_seed(struct calls_thread *t, uint64_t generation, uint64_t operation)
{
	uint64_t who = generation << 16 | t->slot << 8 | t->number;

	t->random = calls_mix(calls_mix(t->calls->seed ^ calls_mix(who)) + operation);
}

uint64_t calls_draw(struct calls_thread *t)
{
	t->random += 0x9e3779b97f4a7c15;
	return calls_mix(t->random);
}

uint32_t calls_below(struct calls_thread *t, uint32_t n)
{
	return (uint32_t)((calls_draw(t) >> 32) * n >> 32);
}

bool calls_one_in(struct calls_thread *t, uint32_t n)
{
	return !calls_below(t, n);
}

/* Few of a kind, so that clients and servers meet. */
static const unsigned int calls_room[CALLS_KINDS] = {
	[CALLS_CONTROL] = 3, [CALLS_CHANNEL] = 4, [CALLS_COID] = 8, [CALLS_FILE] = CALLS_IDS,
	[CALLS_CHID] = 4, [CALLS_RCVID] = 6, [CALLS_SCOID] = 6,
};

static const int calls_junk[] = {
	0, -1, 1, 2, 77, INT_MAX, INT_MIN, 0x10001, 0x20001, 0x01000001, 0x40000003, -100,
};

int calls_id_of(struct calls_thread *t, const struct calls_slot *slot, enum calls_kind kind)
{
	return atomic_load(&slot->id[kind][calls_below(t, calls_room[kind])]);
}

int calls_id(struct calls_thread *t, enum calls_kind kind)
{
	const struct calls_slot *slot = t->me;
	uint32_t luck = t->careful ? 32 : calls_below(t, 32);
	int tries = 8, id;

	if (luck == 0)
		return calls_pick(t, calls_junk);
	if (luck == 1)
		return (int)calls_draw(t);
	if (luck < 4)
		slot = &t->calls->page->slot[calls_below(t, CALLS_SLOTS)];
	do {
		id = calls_id_of(t, slot, kind);
	} while (!id && --tries);
	return id;
}

void calls_forget(struct calls_thread *t, enum calls_kind kind, int id)
{
	unsigned int i;

	for (i = 0; i < CALLS_IDS; i++)
		if (atomic_load(&t->me->id[kind][i]) == id)
			atomic_store(&t->me->id[kind][i], 0);
}

/* A number that is given anew is not what it was. */
static void calls_forget_file(struct calls_thread *t, int id)
{
	unsigned int kind;

	for (kind = 0; kind < CALLS_KIND_FILES; kind++)
		calls_forget(t, kind, id);
}

void calls_keep(struct calls_thread *t, enum calls_kind kind, int id)
{
	int old;

	if (kind < CALLS_KIND_FILES && !calls_one_in(t, 8))
		calls_forget_file(t, id);
	old = atomic_exchange(&t->me->id[kind][calls_below(t, calls_room[kind])], id);
	if (kind < CALLS_KIND_FILES && old > 2)
		close(old);
}

/* A file of any kind; never one of the first three. */
int calls_file(struct calls_thread *t)
{
	int fd = calls_id(t, calls_below(t, CALLS_KIND_FILES));

	return fd < 0 || fd > 2 ? fd : 3 + (int)calls_below(t, 60);
}

static char *calls_map(size_t len, int prot, int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	return mmap(NULL, len, prot, flags | MAP_32BIT | MAP_NORESERVE, fd, 0);
}

bool calls_memory(struct calls_thread *t)
{
	t->plain = calls_map(CALLS_PLAIN, PROT_READ | PROT_WRITE, -1);
	t->edge = calls_map(2 * CALLS_PAGE, PROT_READ | PROT_WRITE, -1);
	t->constant = calls_map(CALLS_PAGE, PROT_READ, -1);
	t->huge = calls_map(CALLS_HUGE, PROT_READ | PROT_WRITE, t->calls->huge);
	return t->plain != MAP_FAILED && t->edge != MAP_FAILED && t->constant != MAP_FAILED &&
	       t->huge != MAP_FAILED && !munmap(t->edge + CALLS_PAGE, CALLS_PAGE);
}

static char *calls_bad_pointer(struct calls_thread *t, size_t len)
{
	static const uint64_t bad[] = {
		0, 8, 1ULL << 47, (1ULL << 47) - 4096, 0xffff888000000000, 0xffffffff81000000,
		UINT64_MAX, 1ULL << 63,
	};
	uint32_t end;

	switch (calls_below(t, 4)) {
	case 0:
		return (char *)(uintptr_t)calls_pick(t, bad);
	case 1:
		return t->constant;
	case 2:
		end = len < CALLS_PAGE ? (uint32_t)len : CALLS_PAGE;
		return t->edge + CALLS_PAGE - calls_below(t, end + 1);
	default:
		return (char *)(uintptr_t)calls_draw(t);
	}
}

char *calls_pointer(struct calls_thread *t, size_t len)
{
	uint32_t luck = t->careful ? 32 : calls_below(t, 32);

	if (luck < 2)
		return calls_bad_pointer(t, len);
	if (luck == 2 && len <= CALLS_PAGE)
		return t->edge + CALLS_PAGE - len;
	if (len > CALLS_PLAIN / 2)
		return t->huge;
	return t->plain + calls_below(t, CALLS_PLAIN / 2);
}

size_t calls_length(struct calls_thread *t)
{
	static const size_t usual[] = {
		0, 0, 1, 7, 24, 100, 3071, 3072, 3073, 4095, 4096, 4097, 65535, 65536, 70000,
	};
	static const size_t limit[] = {
		1UL << 20, (1UL << 20) + 1, QNET_MSG_MAX, QNET_MSG_MAX + 1, INT_MAX, 1UL << 31,
		UINT32_MAX, (size_t)(1ULL << 32), (size_t)(1ULL << 63), SIZE_MAX, SIZE_MAX - 4095,
	};
	uint32_t luck = t->careful ? 1 + calls_below(t, 39) : calls_below(t, 40);

	if (!luck)
		return calls_pick(t, limit);
	return luck < 20 ? calls_pick(t, usual) : calls_below(t, 5000);
}

static uint64_t calls_count(struct calls_thread *t)
{
	static const uint64_t limit[] = { 9, 1023, 1024, 1025, 1ULL << 32, UINT64_MAX, 1ULL << 60 };

	if (!t->careful && calls_one_in(t, 16))
		return calls_pick(t, limit);
	return calls_below(t, 9);
}

bool calls_buffer(struct calls_thread *t, __u64 *base, __u64 *len)
{
	uint64_t count, i;
	struct iovec *iov;

	if (!calls_one_in(t, 4)) {
		*len = calls_length(t);
		*base = (uintptr_t)calls_pointer(t, *len);
		return false;
	}
	count = calls_count(t);
	iov = (struct iovec *)(t->plain + CALLS_PLAIN / 2 + 16UL * calls_below(t, 4096));
	for (i = 0; i < count && i < 12; i++) {
		iov[i].iov_len = calls_length(t);
		iov[i].iov_base = calls_pointer(t, iov[i].iov_len);
	}
	*len = count;
	*base = (uintptr_t)iov;
	if (!t->careful && calls_one_in(t, 20))
		*base = (uintptr_t)calls_bad_pointer(t, 64);
	return true;
}
