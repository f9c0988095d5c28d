// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - call fuzzing: which of the module's code the threads ran, where the kernel tells (KCOV)
 */
#define _GNU_SOURCE
#include "calls.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcov.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CALLS_KCOV	"/sys/kernel/debug/kcov"
#define CALLS_KCOV_SIZE	(32UL << 10)	/* addresses, the first one a count */
#define CALLS_TEXT_SIZE	(4UL << 20)

static uint64_t calls_section(const char *name)
{
	unsigned long address = 0;
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/module/qnet/sections/%s", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%lx", &address) != 1)
		address = 0;
	fclose(file);
	return address;
}

/* Processes that run as nobody, later, cannot open it. */
void calls_kcov_init(struct calls *calls)
{
	uint64_t unlikely = calls_section(".text.unlikely");

	calls->text = calls_section(".text");
	if (unlikely && unlikely < calls->text)
		calls->text = unlikely;
	if (access(CALLS_KCOV, R_OK) || !calls->text)
		return;
	calls->covered = mmap(NULL, CALLS_TEXT_SIZE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (calls->covered == MAP_FAILED)
		calls->covered = NULL;
}

int calls_kcov_open(const struct calls *calls)
{
	int fd, high;

	if (!calls->covered)
		return -1;
	fd = open(CALLS_KCOV, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* out of the way of those that are closed at random */
	high = fcntl(fd, F_DUPFD_CLOEXEC, 400);
	close(fd);
	if (ioctl(high, KCOV_INIT_TRACE, CALLS_KCOV_SIZE) == 0)
		return high;
	close(high);
	return -1;
}

void calls_kcov_begin(struct calls_thread *t, int fd)
{
	if (!t->calls->covered)
		return;
	t->kcov = mmap(NULL, CALLS_KCOV_SIZE * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (t->kcov != MAP_FAILED && !ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return;
	if (t->kcov != MAP_FAILED)
		munmap(t->kcov, CALLS_KCOV_SIZE * 8);
	t->kcov = NULL;
	atomic_fetch_add(&t->calls->page->kcov_failed, 1);
}

void calls_kcov_take(struct calls_thread *t)
{
	uint64_t i, n;

	if (!t->kcov)
		return;
	n = __atomic_load_n(&t->kcov[0], __ATOMIC_RELAXED);
	for (i = 1; i <= n && i < CALLS_KCOV_SIZE; i++) {
		uint64_t offset = t->kcov[i] - t->calls->text;

		if (offset < CALLS_TEXT_SIZE)
			t->calls->covered[offset] = 1;
	}
	__atomic_store_n(&t->kcov[0], 0, __ATOMIC_RELAXED);
}

void calls_kcov_end(struct calls_thread *t, int fd)
{
	if (!t->kcov)
		return;
	ioctl(fd, KCOV_DISABLE, 0);
	munmap(t->kcov, CALLS_KCOV_SIZE * 8);
}

/* For scripts/calls-reached.py, which knows the lines. */
void calls_kcov_print(const struct calls *calls)
{
	uint64_t i;
	int n = 0;

	if (!calls->covered)
		return;
	printf("# kcov: .text at %#" PRIx64 ", .text.unlikely at %#" PRIx64 "\n",
	       calls_section(".text") - calls->text, calls_section(".text.unlikely") - calls->text);
	for (i = 0; i < CALLS_TEXT_SIZE; i++) {
		if (calls->covered[i])
			printf(n++ % 16 ? " %" PRIx64 : "\n# kcov %" PRIx64, i);
	}
	printf("\n");
}
