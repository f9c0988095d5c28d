/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the objects of a namespace that are made and not freed, by its counters
 */
#ifndef _LIVE_H
#define _LIVE_H

#include "counter.h"

#define LIVE_MAX	16	/* kinds */

/* Two of them are the same bytes when as many objects of each kind live. */
struct live {
	int count;
	struct {
		char name[32];
		long live;
	} object[LIVE_MAX];
};

/* As @counters were last read. */
void live_take(const struct counters *counters, struct live *live);
bool live_read(int ns, struct live *live);
/* The same once none comes or goes any more. */
bool live_base(int ns, struct live *live);
/* Are (become) the objects of @ns as many as they were?  Says which are not. */
bool live_settles(int ns, const struct live *base);
/* Which are not, and @what is behind it. */
void live_report(const char *what, const struct live *now, const struct live *base);

/* Bytes that the kernel of the machine has for objects of all kinds. */
long live_memory(void);

#endif
