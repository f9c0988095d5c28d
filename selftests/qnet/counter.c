// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the module's counters in one network namespace
 */
#include "counter.h"

#include <linux/qnet.h>
#include <stdio.h>
#include <string.h>

bool counter_open(struct counters *counters, int ns)
{
	return genl_open_in(&counters->genl, ns);
}

void counter_close(struct counters *counters)
{
	genl_close(&counters->genl);
}

static void counter_take(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_STAT);
	const struct nlattr *name = genl_find_in(nest, QNET_A_STAT_NAME);
	const struct nlattr *value = genl_find_in(nest, QNET_A_STAT_VALUE);
	struct counters *counters = arg;
	uint64_t number;

	if (!name || !value || counters->count == COUNTER_MAX)
		return;
	memcpy(&number, genl_data(value), sizeof(number));
	snprintf(counters->counter[counters->count].name,
		 sizeof(counters->counter[counters->count].name), "%s",
		 (const char *)genl_data(name));
	counters->counter[counters->count++].value = (long)number;
}

bool counter_read(struct counters *counters)
{
	struct genl_msg msg;

	counters->count = 0;
	genl_begin(&counters->genl, &msg, QNET_CMD_STATS_GET, NLM_F_DUMP);
	return !genl_run(&counters->genl, &msg, counter_take, counters) && counters->count;
}

long counter_get(const struct counters *counters, const char *name)
{
	int i;

	for (i = 0; i < counters->count; i++)
		if (!strcmp(counters->counter[i].name, name))
			return counters->counter[i].value;
	return -1;
}

long counter_live(const struct counters *counters, const char *name)
{
	char made[40], freed[40];

	snprintf(made, sizeof(made), "%s_made", name);
	snprintf(freed, sizeof(freed), "%s_freed", name);
	return counter_get(counters, made) - counter_get(counters, freed);
}
