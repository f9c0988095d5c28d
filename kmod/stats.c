// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - counters, per CPU and per network namespace
 *
 * checkpatch: COMPLEX_MACRO - an element of an array cannot stand in parentheses
 */
#include "stats.h"

#include <linux/cpumask.h>

#include "net.h"

static const char * const qnet_stat_names[] = {
#define QNET_STAT_NAME(name) #name,
	QNET_STATS(QNET_STAT_NAME)
#undef QNET_STAT_NAME
};

static_assert(ARRAY_SIZE(qnet_stat_names) == QNET_STAT_MAX);

void qnet_stat_add(struct qnet_net *qn, enum qnet_stat stat, u64 n)
{
	this_cpu_add(qn->stats->value[stat], n);
}

const char *qnet_stat_name(enum qnet_stat stat)
{
	return qnet_stat_names[stat];
}

u64 qnet_stat_read(const struct qnet_net *qn, enum qnet_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(qn->stats, cpu)->value[stat]);
	return sum;
}
