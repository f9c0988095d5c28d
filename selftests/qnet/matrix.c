// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - traffic of all kinds over a wire that is bad in a way that has a name
 */
#define _GNU_SOURCE
#include "matrix.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define MATRIX_SECONDS	2	/* unless QNET_SECONDS says how many */

bool matrix_setup(struct matrix *matrix)
{
	if (!qt_setup(&matrix->qt, true) || !load_setup(&matrix->load, &matrix->qt))
		return false;
	matrix->load.node = "/net/beta";
	return true;
}

static bool matrix_both(struct matrix *matrix, const char *command)
{
	return !qt_run(matrix->qt.client_ns, "%s", command) &&
	       !qt_run(matrix->qt.server_ns, "%s", command);
}

static bool matrix_make(struct matrix *matrix, const struct matrix_wire *wire)
{
	char command[256];

	if (wire->single && !matrix_both(matrix, "ip link set veth0 gso_max_segs 1"))
		return false;
	snprintf(command, sizeof(command),
		 "qnetctl node set dead-after %u && tc qdisc add dev veth0 root netem %s",
		 wire->dead_after, wire->netem);
	return matrix_both(matrix, command);
}

static bool matrix_begin(struct matrix *matrix, unsigned int *seed)
{
	int i;

	load_clear(&matrix->load);
	matrix->load.server = qt_server(&matrix->qt, _NTO_CHF_DISCONNECT, load_serve,
					&matrix->load);
	for (i = 0; i < MATRIX_CLIENTS; i++) {
		matrix->load.seed = load_random(seed, ~0U);
		matrix->client[i] = qt_client(&matrix->qt, load_send, &matrix->load);
	}
	return load_reaches(&matrix->load.page->running, MATRIX_THREADS);
}

/* All that is under way comes to its end. */
static bool matrix_end(struct matrix *matrix)
{
	struct load_page *page = matrix->load.page;
	bool good = true;
	int i;

	atomic_store(&page->stop, true);
	atomic_store(&page->after, true);
	for (i = 0; i < MATRIX_CLIENTS; i++)
		good &= !qt_reap(&matrix->qt, matrix->client[i]);
	good &= load_reaches(&page->disconnects, MATRIX_CLIENTS);
	good &= qt_kill(&matrix->qt, matrix->load.server.pid) == 256 + SIGKILL;
	return good;
}

/* One of the nodes counted it: on a slow kernel few frames go in that time. */
static bool matrix_shows(struct matrix *matrix, const struct matrix_wire *wire)
{
	char command[96];

	if (!wire->shows)
		return true;
	/* one that is 0 has no line */
	snprintf(command, sizeof(command),
		 "qnetctl stats %s | awk '$2 > %u { n++ } END { exit !n }'",
		 wire->shows, wire->least);
	if (!qt_run(matrix->qt.client_ns, "%s", command) ||
	    !qt_run(matrix->qt.server_ns, "%s", command))
		return true;
	printf("# %s is %u or less\n", wire->shows, wire->least);
	fflush(stdout);
	return false;
}

bool matrix_run(struct matrix *matrix, const struct matrix_wire *wire)
{
	struct load_page *page = matrix->load.page;
	unsigned int seed = load_seed();
	bool good;

	if (!live_base(matrix->qt.client_ns, &matrix->base[0]) ||
	    !live_base(matrix->qt.server_ns, &matrix->base[1]) ||
	    !matrix_make(matrix, wire))
		return false;
	good = matrix_begin(matrix, &seed);
	if (good)
		sleep(load_env("QNET_SECONDS", MATRIX_SECONDS));
	good &= matrix_end(matrix);
	printf("# %d requests\n", atomic_load(&page->succeeded));
	fflush(stdout);
	qt_run(matrix->qt.client_ns, "qnetctl stats tx | sed 's/^/# /'");
	good &= matrix_shows(matrix, wire);
	good &= atomic_load(&page->first[0]) == MATRIX_THREADS;
	good &= load_clean(&matrix->load, NULL, NULL, NULL);
	good &= matrix_both(matrix, "tc qdisc del dev veth0 root");
	good &= live_settles(matrix->qt.client_ns, &matrix->base[0]);
	good &= live_settles(matrix->qt.server_ns, &matrix->base[1]);
	return good;
}
