// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what a 32-byte round trip costs, ours and others', in one run
 *
 * Under QEMU's -icount with one CPU a nanosecond of virtual time is one instruction, so that the
 * median is a count and the same in every run. Two network namespaces on one veth pair are the
 * two nodes.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <qnet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES	32
#define ROUNDS	1000
#define WARM	200
#define TYPE	0x88b6		/* IEEE's second experimental EtherType */

struct way {
	const char *name;
	void (*server)(void);			/* for ever */
	int (*open)(void);
	void (*round)(int fd, char *buf);
};

static void measure(const struct way *way)
{
	static uint64_t times[ROUNDS];
	char buf[BYTES] = { 1 };
	pid_t pid = fork();
	int fd, i;

	if (!pid) {
		bench_child();
		way->server();
		_exit(1);
	}
	bench_wait_ready();
	fd = way->open();
	for (i = -WARM; i < ROUNDS; i++) {
		uint64_t began = bench_now();

		way->round(fd, buf);
		if (i >= 0)
			times[i] = bench_now() - began;
	}
	qsort(times, ROUNDS, sizeof(times[0]), bench_compare);
	printf("# measured: %-28s %8llu\n", way->name, (unsigned long long)times[ROUNDS / 2]);
	fflush(stdout);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (fd >= 0)
		close(fd);
}

static void exchange(int fd, char *buf)
{
	if (send(fd, buf, BYTES, 0) != BYTES || recv(fd, buf, BYTES, 0) != BYTES)
		bench_die("exchange");
}

static void echo(int fd)
{
	char buf[BYTES];

	bench_ready();
	while (recv(fd, buf, BYTES, 0) == BYTES && send(fd, buf, BYTES, 0) == BYTES)
		;
	bench_die("echo");
}

/* Pipes, a socket pair ----------------------------------------------------------------------- */

static int there[2], back[2], pair[2];

static void pipe_server(void)
{
	char buf[BYTES];

	bench_ready();
	while (read(there[0], buf, BYTES) == BYTES && write(back[1], buf, BYTES) == BYTES)
		;
}

static int pipe_open(void)
{
	return -1;
}

static void pipe_round(int fd, char *buf)
{
	(void)fd;
	if (write(there[1], buf, BYTES) != BYTES || read(back[0], buf, BYTES) != BYTES)
		bench_die("pipe");
}

static void unix_server(void)
{
	echo(pair[1]);
}

static int unix_open(void)
{
	return dup(pair[0]);
}

/* Over veth ---------------------------------------------------------------------------------- */

static void udp_server(void)
{
	int fd;

	bench_enter(1);
	fd = bench_ip_socket(1, SOCK_DGRAM);
	bench_ip_connect(fd, 0);
	echo(fd);
}

static int udp_open(void)
{
	int fd = bench_ip_socket(0, SOCK_DGRAM);

	bench_ip_connect(fd, 1);
	return fd;
}

static void tcp_server(void)
{
	int fd, conn;

	bench_enter(1);
	fd = bench_ip_socket(1, SOCK_STREAM);
	if (listen(fd, 1))
		bench_die("listen");
	bench_ready();
	conn = accept(fd, NULL, NULL);
	bench_no_delay(conn);
	echo(conn);
}

static int tcp_open(void)
{
	int fd = bench_ip_socket(0, SOCK_STREAM);

	bench_ip_connect(fd, 1);
	bench_no_delay(fd);
	bench_wait_ready();
	return fd;
}

static struct sockaddr_ll peer[2];

static int packet_socket(int node)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(TYPE),
		.sll_halen = ETH_ALEN,
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(TYPE));

	sll.sll_ifindex = (int)if_nametoindex("veth0");
	if (fd < 0 || bind(fd, (void *)&sll, sizeof(sll)))
		bench_die("packet");
	memcpy(sll.sll_addr, bench_mac(!node), ETH_ALEN);
	peer[node] = sll;
	return fd;
}

static void packet_send(int fd, int node, const char *buf)
{
	if (sendto(fd, buf, BYTES, 0, (void *)&peer[node], sizeof(peer[node])) != BYTES)
		bench_die("packet");
}

static void packet_server(void)
{
	char buf[BYTES];
	int fd;

	bench_enter(1);
	fd = packet_socket(1);
	bench_ready();
	while (recv(fd, buf, BYTES, 0) == BYTES)
		packet_send(fd, 1, buf);
}

static int packet_open(void)
{
	return packet_socket(0);
}

static void packet_round(int fd, char *buf)
{
	packet_send(fd, 0, buf);
	if (recv(fd, buf, BYTES, 0) != BYTES)
		bench_die("packet");
}

/* qnet --------------------------------------------------------------------------------------- */

static void serve(void)
{
	name_attach_t *attach = name_attach(NULL, "cost", 0);
	char buf[BYTES];
	int rcvid;

	if (!attach)
		bench_die("name_attach");
	bench_ready();
	for (;;) {
		rcvid = MsgReceive(attach->chid, buf, BYTES, NULL);
		if (rcvid > 0)
			MsgReply(rcvid, EOK, buf, BYTES);
	}
}

static void serve_in_one(void)
{
	name_attach_t *attach = name_attach(NULL, "cost", 0);
	char buf[BYTES];
	int rcvid = 0;

	if (!attach)
		bench_die("name_attach");
	bench_ready();
	for (;;) {
		rcvid = MsgReplyReceive(attach->chid, rcvid, EOK, buf, BYTES, buf, BYTES, NULL);
		if (rcvid < 0)
			rcvid = 0;
	}
}

static void serve_there(void)
{
	bench_enter(1);
	serve();
}

static void serve_there_in_one(void)
{
	bench_enter(1);
	serve_in_one();
}

static int local_open(void)
{
	return name_open("cost", 0);
}

static int remote_open(void)
{
	return name_open("/net/beta/dev/name/local/cost", 0);
}

static void qnet_round(int coid, char *buf)
{
	if (MsgSend(coid, buf, BYTES, buf, BYTES) == -1)
		bench_die("MsgSend");
}

static const struct way ways[] = {
	{ "pipe", pipe_server, pipe_open, pipe_round },
	{ "AF_UNIX SEQPACKET", unix_server, unix_open, exchange },
	{ "qnet here, 3 calls", serve, local_open, qnet_round },
	{ "qnet here, 2 calls", serve_in_one, local_open, qnet_round },
	{ "veth: AF_PACKET", packet_server, packet_open, packet_round },
	{ "veth: UDP", udp_server, udp_open, exchange },
	{ "veth: TCP", tcp_server, tcp_open, exchange },
	{ "veth: qnet, 3 calls", serve_there, remote_open, qnet_round },
	{ "veth: qnet, 2 calls", serve_there_in_one, remote_open, qnet_round },
	{ }
};

int main(void)
{
	const struct way *way;

	bench_nodes();
	bench_enter(0);
	if (pipe(there) || pipe(back) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		bench_die("pipe");
	printf("# measured: instructions for a round trip of %d bytes, median of %d\n", BYTES,
	       ROUNDS);
	for (way = ways; way->name; way++)
		measure(way);
	bench_nodes_end();
	return 0;
}
