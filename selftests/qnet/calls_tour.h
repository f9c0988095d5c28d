/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - call fuzzing: the errors that a random run need not meet, each called forth on purpose
 */
#ifndef _CALLS_TOUR_H
#define _CALLS_TOUR_H

#include <pthread.h>

#include "calls.h"

struct calls_tour {
	struct calls *calls;
	struct calls_thread t;	/* the main thread's */
	int control;
	int chid;
	int coid;
	int wrong;
};

/* An ioctl's errno, or 0. */
int calls_try(int fd, unsigned int cmd, void *arg);
void calls_check(struct calls_tour *tour, int want, int got, const char *what);

#define CALLS_WANT(tour, want, expr) calls_check(tour, want, expr, #expr)
#define CALLS_CALL .call = { .tid = 1, .priority = QNET_PRIO_DEFAULT }

/* Makes channel and connection; false when it cannot. */
bool calls_tour_init(struct calls_tour *tour, struct calls *calls);
int calls_tour_channel(struct calls_tour *tour, uint32_t flags, int *fd);
int calls_tour_connect(struct calls_tour *tour, int chid);
/* @body in a child, as nobody where @nobody. */
void calls_tour_child(struct calls_tour *tour, bool nobody, void (*body)(struct calls_tour *tour));

/* calls_tour.c, calls_tour_send.c, calls_tour_netlink.c */
void calls_tour_arguments(struct calls_tour *tour);
void calls_tour_owner(struct calls_tour *tour);
void calls_tour_send(struct calls_tour *tour);
void calls_tour_netlink(struct calls_tour *tour);

#endif
