// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - qnetctl stats: the counters of this network namespace
 */
#include "cmd_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "netlink.h"
#include "option.h"
#include "report.h"

static void cmd_stats_print(const struct qnl_stat *stat)
{
	if (option.json)
		json_number(stat->name, stat->value);
	else
		printf("%-24s %llu\n", stat->name, stat->value);
}

int cmd_stats(int argc, char **argv)
{
	const char *prefix = argc ? argv[0] : "";
	struct qnl_stat *stats;
	size_t i, count, known = 0;

	if (argc > 1)
		return report_usage("stats: '%s' is too much", argv[1]);
	if (qnl_stat_list(&stats, &count))
		return report_refused("stats");
	if (option.json)
		json_open(NULL, '{');
	for (i = 0; i < count; i++) {
		if (strncmp(stats[i].name, prefix, strlen(prefix)))
			continue;
		known++;
		if (stats[i].value || option.all)
			cmd_stats_print(&stats[i]);
	}
	if (option.json) {
		json_close('}');
		json_end();
	}
	free(stats);
	if (!known)
		return report_usage("stats: no counter's name begins with '%s'", prefix);
	return REPORT_OK;
}
