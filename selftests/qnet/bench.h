/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what the measuring programs share: two nodes on one veth pair, a clock, a way to wait
 *
 * The nodes are 10.0.0.1 or alpha and 10.0.0.2 or beta, each with its end of the pair, veth0.
 */
#ifndef _BENCH_H
#define _BENCH_H

#include <netinet/in.h>
#include <stdint.h>

/* Of bench_ip_*(); programs with several servers change it. */
extern uint16_t bench_port;

/* Makes both, and a link between them; the caller is in neither. */
void bench_nodes(void);
void bench_nodes_end(void);
void bench_enter(int node);
/* Its device's address. */
const uint8_t *bench_mac(int node);

/* In a child, at once: it goes when the program does. */
void bench_child(void);
/* Ends the program, with errno. */
void bench_die(const char *what);
void bench_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The other process is as far as the caller needs it.  bench_nodes() lets them talk, too. */
void bench_talk(void);
void bench_ready(void);
void bench_wait_ready(void);

uint64_t bench_now(void);	/* nanoseconds */
/* For qsort(), of uint64_t. */
int bench_compare(const void *a, const void *b);

/* Bound to the node's address; TCP ones are connected or accepted by those who call. */
int bench_ip_socket(int node, int type);
void bench_ip_connect(int fd, int node);
void bench_no_delay(int fd);

#endif
