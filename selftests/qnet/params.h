/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - parameters of nodes, by netlink, and nodes that differ in them
 */
#ifndef _PARAMS_H
#define _PARAMS_H

#include "qt.h"

#define PARAMS_MAX	128

struct param {
	char name[32];
	uint32_t least;
	uint32_t most;
};

struct params {
	struct param of[PARAMS_MAX];
	int count;
};

/* All that there are. */
bool params_list(int ns, struct params *params);
const struct param *params_find(const struct params *params, const char *name);
/* At one end of what it may be, as far as nodes can meet then; or as it is at first. */
bool params_give(int ns, const struct param *param, bool most);
bool params_default(int ns, const struct param *param);

/*
 * A link that begins with the parameters as they are carries messages both ways, up to @longest
 * bytes: more than 64 KiB do not go unasked.
 */
#define PARAMS_LONG	70000
#define PARAMS_LONGER	300000
bool params_carry(struct qt *qt, struct qt_server server, size_t longest);
/* The same while one node has the least of @param, the other one the most. */
bool params_differ(struct qt *qt, struct qt_server server, const struct param *param,
		   bool client_most, size_t longest);

#endif
