/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - run a table of cases and say TAP
 */
#ifndef _QNET_UNIT_TAP_H
#define _QNET_UNIT_TAP_H

#include <stdio.h>

#include "tests/cases.h"

static inline int tap_run(const struct qnet_case *cases, size_t count)
{
	int failed = 0;
	size_t i;

	printf("TAP version 13\n1..%zu\n", count);
	for (i = 0; i < count; i++) {
		struct qnet_case_result result = { 0 };

		cases[i].run(&result);
		failed += result.failed ? 1 : 0;
		printf("%s %zu %s\n", result.failed ? "not ok" : "ok", i + 1, cases[i].name);
		if (result.failed)
			printf("# line %d%s%s: %s\n", result.line, result.row ? ", " : "",
			       result.row ? result.row : "", result.failed);
		fflush(stdout);
	}
	return failed ? 1 : 0;
}

#endif
