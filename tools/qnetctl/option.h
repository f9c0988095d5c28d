/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - options that hold for every command
 */
#ifndef QNETCTL_OPTION_H
#define QNETCTL_OPTION_H

#include <stdbool.h>

struct option_set {
	bool json;
	bool all;	/* stats: those that are 0, too */
};

extern struct option_set option;

#endif
