/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - traffic of all kinds that writes its history, for tests that disturb it
 *
 * Clients send requests of a few lengths with pulses between them; servers read the rest of long
 * ones, write into some clients' buffers and reply at some length. Every word of a request, and of
 * its reply, is its number.
 *
 * Tests with traffic of their own have load_call() and load_echo() to write it down.
 */
#ifndef _QT_LOAD_H
#define _QT_LOAD_H

#include "history.h"
#include "qt.h"

#define LOAD_THREADS	2	/* of each process, clients' and servers' */
#define LOAD_ERRNOS	1024	/* ESRVRFAULT is among them */

/* Shared by all processes; cleared before each use. */
struct load_page {
	atomic_bool stop;		/* clients end after the request they are at */
	atomic_bool after;		/* they need not wait to send again after an error */
	atomic_int running;		/* clients' threads whose first request succeeded */
	atomic_int ended;
	atomic_int succeeded;		/* requests */
	atomic_int disconnects;		/* pulses that servers got */
	atomic_int calls;		/* load_call()s that had room for a number */
	atomic_int first[LOAD_ERRNOS];	/* threads whose sends ended so; 0: were told to stop */
	atomic_int later[LOAD_ERRNOS];	/* the same threads' next sends */
	atomic_int served[LOAD_ERRNOS];	/* MsgRead(), MsgWrite(), MsgReply() */
};

#define LOAD_NUMBER	sizeof(uint64_t)	/* what load_call() puts a message's number in */

struct load {
	struct qt *qt;
	struct history *history;
	struct load_page *page;
	const char *node;		/* the servers', as clients name it; NULL: their own */
	struct qt_server server;
	unsigned int flags;	/* of the channel, where the body makes it */
	unsigned int seed;
	struct history_sum sum;		/* load_clean() counted */
};

bool load_setup(struct load *load, struct qt *qt);
/* Before a round; nobody runs. */
void load_clear(struct load *load);

/* Bodies of a server's and of a client's process; @arg is the load. */
qt_body load_serve;
qt_body load_send;

/*
 * Like qt_echo(), and writes down what it does; @arg is the load.  A client may leave: load_clean()
 * is told where one does.
 */
qt_body load_echo;

/* A thread that calls load_echo(). */
struct load_caller {
	struct load *load;
	struct history_log *log;
	int coid;
	bool in_place;		/* what comes back comes over what was sent */
};

/* Of this thread. */
struct load_caller load_caller(struct load *load, int coid);
/*
 * A number and then bytes made of @seed, @len in all, to load_echo(); the first @back of them come
 * back, among them the number.  0 or an errno, which is counted as one of the first.
 * A message too short for a number is not written down, nor is one that a log might have no room
 * for.
 */
int load_call(struct load_caller *caller, size_t len, size_t back, unsigned int seed);

/* Becomes the counter @atomic at least @least? */
bool load_reaches(atomic_int *counter, int least);
/* Is the history clean, and did no error happen but @first, @later, @served (each ends with 0)? */
bool load_clean(struct load *load, const int *first, const int *later, const int *served);

/* A number from the environment: what the kernel's command line says, in a guest. */
unsigned int load_env(const char *name, unsigned int otherwise);
/* QNET_SEED, or a random one; printed. */
unsigned int load_seed(void);
unsigned int load_random(unsigned int *state, unsigned int below);

#endif
