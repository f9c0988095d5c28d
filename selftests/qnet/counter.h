/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the module's counters in one network namespace
 */
#ifndef _COUNTER_H
#define _COUNTER_H

#include "genl.h"

#define COUNTER_MAX	96

struct counters {
	struct genl genl;
	int count;
	struct {
		char name[32];
		long value;
	} counter[COUNTER_MAX];
};

/* Of the namespace @ns. */
bool counter_open(struct counters *counters, int ns);
void counter_close(struct counters *counters);
/* All of them as they are now. */
bool counter_read(struct counters *counters);
/* As last read; -1: there is none of that name. */
long counter_get(const struct counters *counters, const char *name);
/* Objects NAME_made and not yet freed. */
long counter_live(const struct counters *counters, const char *name);

#endif
