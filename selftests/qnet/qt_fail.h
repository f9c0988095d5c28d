/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - allocations and user copies that fail
 *
 * Needs a kernel with fault injection.  Documentation/testing.rst, "Failing allocations".
 */
#ifndef _QT_FAIL_H
#define _QT_FAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum qt_fail_mode {
	QT_FAIL_ONE,		/* one allocation or user copy */
	QT_FAIL_REST,		/* that one, and every allocation that follows it */
	QT_FAIL_MODES
};

/*
 * Slab objects, pages and user copies may fail from now on; nothing does before it is armed.
 * Locks what is mapped, so that no page fault wants memory: no fork() after it.  False: this kernel
 * cannot.
 */
bool qt_fail_begin(void);
void qt_fail_end(void);

/* The @nth that this thread makes from now on fails. */
void qt_fail_arm(enum qt_fail_mode mode, unsigned int nth);
/* True: it came to that, and nothing fails any more. */
bool qt_fail_disarm(void);
/* How many are to come until the one that was armed for. */
unsigned int qt_fail_left(void);

/* In per cent of those of marked tasks, or of those that cannot wait for memory, whosever. */
struct qt_fail_rate {
	unsigned int slab;
	unsigned int page;
	unsigned int copy;
	bool atomic_only;
};

bool qt_fail_rate(const struct qt_fail_rate *rate);
/* The task and what it forks. */
bool qt_fail_mark(pid_t pid, bool mark);

#endif
