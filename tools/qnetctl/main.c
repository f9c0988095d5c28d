// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - qnetctl: names nodes, adds bearers, shows what the module knows
 */
#include <getopt.h>
#include <stdio.h>

#include "cmd_bearer.h"
#include "cmd_node.h"
#include "cmd_param.h"
#include "cmd_stats.h"
#include "cmd_version.h"
#include "option.h"
#include "report.h"
#include "word.h"

struct option_set option;

static int cmd_help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs("qnetctl [-j] node [list]                        nodes, this one first\n"
	      "qnetctl [-j] node show NAME\n"
	      "qnetctl node set [NAME] [dead-after MS] [eager BYTES]   this node\n"
	      "qnetctl node add NAME lladdr MAC dev DEV        a node that needs no finding\n"
	      "qnetctl node del NAME\n"
	      "qnetctl [-j] bearer [list]                      devices that carry frames\n"
	      "qnetctl bearer add DEV\n"
	      "qnetctl bearer del DEV\n"
	      "qnetctl [-j] param [list [PREFIX]]              timers, caps, thresholds\n"
	      "qnetctl param set NAME VALUE|default\n"
	      "qnetctl [-j] [-a] stats [PREFIX]                counters; -a: also those that are 0\n"
	      "qnetctl [-j] version\n"
	      "qnetctl help\n"
	      "\n"
	      "-j, --json    JSON        -a, --all    all counters        -h, --help\n"
	      "Words may be abbreviated.  Exit code: 0 done, 1 refused, 2 not understood.\n"
	      "See qnetctl(8) and qnet(7).\n", stdout);
	return REPORT_OK;
}

static const struct word_command commands[] = {
	{ "help", cmd_help },
	{ "node", cmd_node },
	{ "bearer", cmd_bearer },
	{ "param", cmd_param },
	{ "stats", cmd_stats },
	{ "version", cmd_version },
	{}
};

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	int c, code;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "jahV", longs, NULL)) != -1) {
		switch (c) {
		case 'j':
			option.json = true;
			break;
		case 'a':
			option.all = true;
			break;
		case 'h':
			return cmd_help(0, NULL);
		case 'V':
			return cmd_version(0, NULL);
		default:
			return report_usage("unknown option '%s'", argv[optind - 1]);
		}
	}
	code = word_dispatch(commands, "", argc - optind, argv + optind);
	if ((fflush(stdout) || ferror(stdout)) && code == REPORT_OK)
		code = report_output();
	return code;
}
