// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - qnetctl bearer: the devices that carry frames
 */
#include "cmd_bearer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "netlink.h"
#include "option.h"
#include "report.h"
#include "word.h"

static const char *cmd_bearer_state(uint32_t state)
{
	static const char *const names[] = {
		[QNET_BEARER_DOWN] = "down",
		[QNET_BEARER_UP] = "up",
		[QNET_BEARER_GONE] = "gone",
	};

	return state <= QNET_BEARER_GONE ? names[state] : "unknown";
}

static void cmd_bearer_json(const struct qnl_bearer *bearer)
{
	char lladdr[WORD_LLADDR_SIZE];

	json_open(NULL, '{');
	json_string("dev", bearer->name);
	json_number("ifindex", bearer->ifindex);
	json_string("state", cmd_bearer_state(bearer->state));
	json_string("lladdr", word_from_lladdr(lladdr, bearer->lladdr));
	json_number("mtu", bearer->mtu);
	json_number("rx_frames", bearer->rx_frames);
	json_number("rx_bytes", bearer->rx_bytes);
	json_number("tx_frames", bearer->tx_frames);
	json_number("tx_bytes", bearer->tx_bytes);
	json_close('}');
}

static void cmd_bearer_row(const struct qnl_bearer *bearer)
{
	char lladdr[WORD_LLADDR_SIZE];

	printf("%-15s %-6s %-17s %-5u %10llu %12llu %10llu %12llu\n", bearer->name,
	       cmd_bearer_state(bearer->state), word_from_lladdr(lladdr, bearer->lladdr),
	       bearer->mtu, bearer->rx_frames, bearer->rx_bytes, bearer->tx_frames,
	       bearer->tx_bytes);
}

static int cmd_bearer_list(int argc, char **argv)
{
	struct qnl_bearer *bearers;
	size_t i, count;

	if (argc)
		return report_usage("bearer list: '%s' is too much", argv[0]);
	if (qnl_bearer_list(&bearers, &count))
		return report_refused("bearer list");
	if (option.json)
		json_open(NULL, '[');
	else
		printf("%-15s %-6s %-17s %-5s %10s %12s %10s %12s\n", "DEV", "STATE", "LLADDR",
		       "MTU", "RX-FRAMES", "RX-BYTES", "TX-FRAMES", "TX-BYTES");
	for (i = 0; i < count; i++) {
		if (option.json)
			cmd_bearer_json(&bearers[i]);
		else
			cmd_bearer_row(&bearers[i]);
	}
	if (option.json) {
		json_close(']');
		json_end();
	}
	free(bearers);
	return REPORT_OK;
}

/* "[dev] DEV", the device's name or NULL. */
static const char *cmd_bearer_dev(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[0], "dev"))
		return argv[1];
	return argc == 1 ? argv[0] : NULL;
}

static int cmd_bearer_add(int argc, char **argv)
{
	const char *dev = cmd_bearer_dev(argc, argv);
	uint32_t ifindex;

	if (!dev)
		return report_usage("bearer add wants one device");
	ifindex = if_nametoindex(dev);
	if (!ifindex)
		return report_failed("device %s: not found in this network namespace",
				     dev);
	if (qnl_bearer_add(ifindex))
		return report_refused("bearer %s", dev);
	return REPORT_OK;
}

static int cmd_bearer_del(int argc, char **argv)
{
	const char *dev = cmd_bearer_dev(argc, argv);

	if (!dev)
		return report_usage("bearer del wants one device");
	if (strlen(dev) >= IFNAMSIZ)
		return report_failed("device %s: a name that long is none", dev);
	if (qnl_bearer_del(dev))
		return report_refused("bearer %s", dev);
	return REPORT_OK;
}

int cmd_bearer(int argc, char **argv)
{
	static const struct word_command commands[] = {
		{ "list", cmd_bearer_list },
		{ "add", cmd_bearer_add },
		{ "del", cmd_bearer_del },
		{}
	};

	return word_dispatch(commands, "bearer", argc, argv);
}
