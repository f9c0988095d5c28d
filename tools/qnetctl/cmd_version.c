// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - qnetctl version: this tool's and the module's
 */
#include "cmd_version.h"

#include <stdio.h>

#include "json.h"
#include "netlink.h"
#include "option.h"
#include "report.h"

#ifndef QNET_VERSION
#define QNET_VERSION "unknown"
#endif

static void cmd_version_json(const struct qnl_version *version)
{
	char ethertype[8];

	json_open(NULL, '{');
	json_string("qnetctl", QNET_VERSION);
	json_bool("loaded", version);
	if (version) {
		snprintf(ethertype, sizeof(ethertype), "0x%04x", version->ethertype);
		json_string("module", version->module);
		json_number("abi", version->abi);
		json_number("wire", version->wire);
		json_number("family", version->family);
		json_string("ethertype", ethertype);
	}
	json_close('}');
	json_end();
}

static void cmd_version_text(const struct qnl_version *version)
{
	printf("qnetctl    %s\n", QNET_VERSION);
	if (!version) {
		printf("module     not loaded: modprobe qnet\n");
		return;
	}
	printf("module     %s\n", version->module);
	printf("abi        %u\n", version->abi);
	printf("wire       %u\n", version->wire);
	printf("family     %u\n", version->family);
	printf("ethertype  0x%04x\n", version->ethertype);
	if (version->abi != QNET_ABI_VERSION)
		printf("This qnetctl was made for abi %u.\n", QNET_ABI_VERSION);
}

/* A module that is not there is an answer, not an error. */
int cmd_version(int argc, char **argv)
{
	const struct qnl_version *known = NULL;
	struct qnl_version version;

	if (argc)
		return report_usage("version: '%s' is too much", argv[0]);
	if (!qnl_version_get(&version))
		known = &version;
	else if (!qnl_absent())
		return report_refused("version");
	if (option.json)
		cmd_version_json(known);
	else
		cmd_version_text(known);
	return REPORT_OK;
}
