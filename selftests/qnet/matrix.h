/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - traffic of all kinds over a wire that is bad in a way that has a name
 */
#ifndef _MATRIX_H
#define _MATRIX_H

#include "live.h"
#include "qt.h"
#include "qt_load.h"

#define MATRIX_CLIENTS	4	/* processes */
#define MATRIX_THREADS	(MATRIX_CLIENTS * LOAD_THREADS)
#define MATRIX_TIMEOUT	300

struct matrix {
	struct qt qt;
	struct load load;
	struct live base[2];
	pid_t client[MATRIX_CLIENTS];
};

struct matrix_wire {
	const char *netem;		/* what makes it, both ways */
	unsigned int dead_after;	/* what the nodes have of patience, in milliseconds */
	const char *shows;		/* the counter that tells what the wire does, or NULL ... */
	unsigned int least;		/* ... more than it is without; 0: it is nothing then */
	bool single;			/* frames go one by one: netem loses joined ones as one */
};

bool matrix_setup(struct matrix *matrix);
/*
 * Eight clients over @wire, for a while.  False, and says why: not every request came back whole,
 * once and with its own reply; a pulse overtook another; an object was left; no node noticed
 * anything of the wire.
 */
bool matrix_run(struct matrix *matrix, const struct matrix_wire *wire);

#endif
