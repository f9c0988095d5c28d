// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the objects of a namespace that are made and not freed, by its counters
 */
#define _GNU_SOURCE
#include "genl.h"
#include "qt_load.h"

#include <fcntl.h>
#include <linux/qnet.h>
#include <sched.h>
#include <stdio.h>

/* NAME_made adds to NAME, NAME_freed takes from it. */
static void load_live_add(struct load_live *live, const char *name, uint64_t value)
{
	const char *end = strrchr(name, '_');
	size_t len;
	int i;

	if (!end || (strcmp(end, "_made") && strcmp(end, "_freed")))
		return;
	len = (size_t)(end - name);
	for (i = 0; i < live->count; i++) {
		if (strlen(live->object[i].name) == len && !memcmp(live->object[i].name, name, len))
			break;
	}
	if (i == LOAD_LIVE_MAX || len >= sizeof(live->object[i].name))
		return;
	if (i == live->count) {
		live->count++;
		memcpy(live->object[i].name, name, len);
	}
	live->object[i].live += strcmp(end, "_made") ? -(long)value : (long)value;
}

static void load_live_take(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *stat = genl_find(hdr, QNET_A_STAT);
	const struct nlattr *name = genl_find_in(stat, QNET_A_STAT_NAME);
	const struct nlattr *value = genl_find_in(stat, QNET_A_STAT_VALUE);
	uint64_t number;

	if (!name || !value)
		return;
	memcpy(&number, genl_data(value), sizeof(number));
	load_live_add(arg, genl_data(name), number);
}

bool load_live(int ns, struct load_live *live)
{
	int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	struct genl_msg msg;
	struct genl genl;
	bool good = false;

	memset(live, 0, sizeof(*live));
	if (here < 0 || setns(ns, CLONE_NEWNET))
		return false;
	if (genl_open(&genl)) {
		genl_begin(&genl, &msg, QNET_CMD_STATS_GET, NLM_F_DUMP);
		good = !genl_run(&genl, &msg, load_live_take, live) && live->count;
		genl_close(&genl);
	}
	good &= !setns(here, CLONE_NEWNET);
	close(here);
	return good;
}

struct load_settle {
	int ns;
	const struct load_live *base;
	struct load_live now;
};

static bool load_settled(void *arg)
{
	struct load_settle *settle = arg;

	return load_live(settle->ns, &settle->now) &&
	       !memcmp(&settle->now, settle->base, sizeof(settle->now));
}

bool load_settles(int ns, const struct load_live *base)
{
	struct load_settle settle = { .ns = ns, .base = base };
	int i;

	if (qt_until(load_settled, &settle))
		return true;
	for (i = 0; i < settle.now.count; i++) {
		if (settle.now.object[i].live != base->object[i].live)
			fprintf(stderr, "# %s: %ld live, %ld before\n", base->object[i].name,
				settle.now.object[i].live, base->object[i].live);
	}
	return false;
}
