// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the objects of a namespace that are made and not freed, by its counters
 */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qt.h"

#define LIVE_LOOKS	100	/* until two are the same */

/* NAME_made says that there is a NAME. */
void live_take(const struct counters *counters, struct live *live)
{
	const char *name, *end;
	int i;

	memset(live, 0, sizeof(*live));
	for (i = 0; i < counters->count; i++) {
		name = counters->counter[i].name;
		end = strrchr(name, '_');
		if (!end || strcmp(end, "_made"))
			continue;
		if (live->count == LIVE_MAX) {
			fprintf(stderr, "# more kinds of objects than %d\n", LIVE_MAX);
			abort();
		}
		memcpy(live->object[live->count].name, name, (size_t)(end - name));
		live->object[live->count].live = counter_live(counters,
							      live->object[live->count].name);
		live->count++;
	}
}

bool live_read(int ns, struct live *live)
{
	struct counters counters;
	bool good;

	memset(live, 0, sizeof(*live));
	if (!counter_open(&counters, ns))
		return false;
	good = counter_read(&counters);
	if (good)
		live_take(&counters, live);
	counter_close(&counters);
	return good && live->count;
}

bool live_base(int ns, struct live *live)
{
	struct live before;
	int i;

	if (!live_read(ns, live))
		return false;
	for (i = 0; i < LIVE_LOOKS; i++) {
		before = *live;
		usleep(100000);
		if (!live_read(ns, live))
			return false;
		if (!memcmp(&before, live, sizeof(before)))
			return true;
	}
	return false;
}

void live_report(const char *what, const struct live *now, const struct live *base)
{
	int i;

	for (i = 0; i < now->count; i++) {
		if (now->object[i].live != base->object[i].live)
			fprintf(stderr, "# %s: %s: %ld live, %ld before\n", what,
				base->object[i].name, now->object[i].live,
				base->object[i].live);
	}
}

struct live_settle {
	int ns;
	const struct live *base;
	struct live now;
};

static bool live_settled(void *arg)
{
	struct live_settle *settle = arg;

	return live_read(settle->ns, &settle->now) &&
	       !memcmp(&settle->now, settle->base, sizeof(settle->now));
}

bool live_settles(int ns, const struct live *base)
{
	struct live_settle settle = { .ns = ns, .base = base };

	if (qt_until(live_settled, &settle))
		return true;
	live_report("in the end", &settle.now, base);
	return false;
}

long live_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	long kilobytes, sum = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %ld", &kilobytes) == 1 ||
		    sscanf(line, "Percpu: %ld", &kilobytes) == 1)
			sum += kilobytes << 10;
	if (file)
		fclose(file);
	return sum;
}
