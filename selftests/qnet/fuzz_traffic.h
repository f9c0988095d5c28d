/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - traffic beside which frames are fuzzed
 */
#ifndef _FUZZ_TRAFFIC_H
#define _FUZZ_TRAFFIC_H

#include "qt.h"

#define FUZZ_CLIENTS	3
#define FUZZ_LARGEST	40000

/* Shared by the test and its children. */
struct fuzz_shared {
	atomic_bool stop;
	atomic_long beats;			/* rounds of all clients, good or not */
	atomic_long sent[FUZZ_CLIENTS];		/* requests answered well */
	atomic_long ran[FUZZ_CLIENTS];		/* as the server saw them */
	atomic_long pulses[FUZZ_CLIENTS];	/* sent */
	atomic_long taken[FUZZ_CLIENTS];	/* received */
	atomic_long errors;			/* of calls that may fail */
	atomic_long strange;			/* errnos that no program may see */
};

struct fuzz_traffic {
	struct fuzz_shared *shared;
	struct qt_server server;
	pid_t client[FUZZ_CLIENTS];
	int clients;
	long rounds;		/* of each client; 0: until it is told to stop */
	bool trial;		/* what fails ends the client, and not the test */
	int number;		/* of the client that is started */
};

bool fuzz_traffic_setup(struct fuzz_traffic *traffic);

/* Every byte is checked, every request runs once and in order, pulses too. */
bool fuzz_strict_start(struct qt *qt, struct fuzz_traffic *traffic, int clients);
/* Ends the clients; false unless all that was sent came once. */
bool fuzz_strict_stop(struct qt *qt, struct fuzz_traffic *traffic);
/* A few requests between new processes; again if that fails, but not for ever. */
bool fuzz_trial(struct qt *qt, int *tries);

/* Anything may fail, with an errno that a program may see. */
bool fuzz_loose_start(struct qt *qt, struct fuzz_traffic *traffic, int clients);
/* Kills server and clients; false if one does not die. */
bool fuzz_kill(struct qt *qt, struct fuzz_traffic *traffic);

#endif
