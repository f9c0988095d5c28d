/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - named cases that run under KUnit and in user space alike
 */
#ifndef _QNET_TESTS_CASES_H
#define _QNET_TESTS_CASES_H

#include <linux/kernel.h>
#include <linux/types.h>

/* The first expectation of a case that did not hold, and for which row of its table. */
struct qnet_case_result {
	const char *failed;
	int line;
	const char *row;
};

struct qnet_case {
	const char *name;
	void (*run)(struct qnet_case_result *result);
};

static inline void qnet_case_expect(struct qnet_case_result *result, bool good, const char *what,
				    int line)
{
	if (good || result->failed)
		return;
	result->failed = what;
	result->line = line;
}

#define expect(result, condition) qnet_case_expect(result, condition, #condition, __LINE__)

/* The same numbers every time. */
static inline u32 qnet_case_random(u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33;
}

#endif
