// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - qnetctl param: timers, caps and thresholds of this network namespace
 */
#include "cmd_param.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "netlink.h"
#include "option.h"
#include "report.h"
#include "word.h"

static void cmd_param_print(const struct qnl_param *param)
{
	if (!option.json) {
		printf("%-20s %10u %10u %10u %10u %s\n", param->name, param->value, param->first,
		       param->least, param->most, param->unit);
		return;
	}
	json_open(NULL, '{');
	json_string("name", param->name);
	json_number("value", param->value);
	json_number("default", param->first);
	json_number("least", param->least);
	json_number("most", param->most);
	json_string("unit", param->unit);
	json_close('}');
}

static int cmd_param_list(int argc, char **argv)
{
	const char *prefix = argc ? argv[0] : "";
	size_t i, count, known = 0;
	struct qnl_param *params;

	if (argc > 1)
		return report_usage("param list: '%s' is too much", argv[1]);
	if (qnl_param_list(&params, &count))
		return report_refused("param list");
	if (option.json)
		json_open(NULL, '[');
	else
		printf("%-20s %10s %10s %10s %10s %s\n", "NAME", "VALUE", "DEFAULT", "LEAST",
		       "MOST", "UNIT");
	for (i = 0; i < count; i++) {
		if (strncmp(params[i].name, prefix, strlen(prefix)))
			continue;
		known++;
		cmd_param_print(&params[i]);
	}
	if (option.json) {
		json_close(']');
		json_end();
	}
	free(params);
	if (!known)
		return report_usage("param list: no parameter's name begins with '%s'", prefix);
	return REPORT_OK;
}

static int cmd_param_set(int argc, char **argv)
{
	struct qnl_param param = { .has = QNL_HAS(QNET_A_PARAM_NAME) };

	if (argc < 2)
		return report_usage("param set wants NAME VALUE, or NAME default");
	if (argc > 2)
		return report_usage("param set: '%s' is too much", argv[2]);
	if (!*argv[0] || strlen(argv[0]) >= sizeof(param.name))
		return report_usage("param '%s': a name has 1 to %zu characters", argv[0],
				    sizeof(param.name) - 1);
	strcpy(param.name, argv[0]);
	if (strcmp(argv[1], "default")) {
		if (!word_to_u32(argv[1], &param.value))
			return report_usage("param %s: '%s' is neither a number nor 'default'",
					    argv[0], argv[1]);
		param.has |= QNL_HAS(QNET_A_PARAM_VALUE);
	}
	if (qnl_param_set(&param))
		return report_refused("param %s", argv[0]);
	return REPORT_OK;
}

int cmd_param(int argc, char **argv)
{
	static const struct word_command commands[] = {
		{ "list", cmd_param_list },
		{ "set", cmd_param_set },
		{}
	};

	return word_dispatch(commands, "param", argc, argv);
}
