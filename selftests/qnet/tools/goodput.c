// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - goodput and late round trips over a wire that loses frames, beside TCP's and TIPC's
 *
 * A request of some length is answered with 32 bytes, one after the other.  Both ways a frame takes
 * a millisecond, and some are lost.
 *
 * In one guest two namespaces are the nodes, and netem is the wire: what is lost is chosen anew in
 * each run.  No device puts segments together or apart for anyone: what is lost is a frame, not
 * 64 KiB.  Where nothing is lost TCP has a row with GSO, too: then netem has one packet to hold up
 * instead of 45 frames.  Between two guests the wire is selftests/wire/wire.c, which sees frames
 * and may have a rate: devices are as they come.
 *
 * usage: goodput [WAY [LOSS]]		one of TCP, TIPC, qnet; per cent
 *        goodput server		one of two guests
 *        goodput client LOSS RATE	the other one; the wire is as it is, the table says so
 */
#define _GNU_SOURCE
#include "bench.h"
#include "qt.h"

#include <linux/tipc.h>
#include <qnet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPLY	32
#define MOST	(1 << 20)
#define MIDDLE	(64 << 10)
#define PORT	7000		/* TCP's first */
#define SERVICE	18888		/* TIPC's */
#define TRIPS	2000		/* round trips of REPLY bytes */

static const size_t lengths[] = { REPLY, MIDDLE, MOST };
static bool apart;		/* the servers are another machine's ... */
static const char *rate = "";	/* ... and the wire's, in words */

struct way {
	const char *name;
	void (*server)(size_t len);		/* for ever */
	int (*open)(size_t len);
	void (*call)(int fd, const char *out, size_t len);
};

static char buffer[MOST];

/* Which of the lengths: each has a server. */
static unsigned int which(size_t len)
{
	unsigned int i = 0;

	while (lengths[i] != len)
		i++;
	return i;
}

/* Streams ------------------------------------------------------------------------------------ */

static bool take(int fd, char *to, size_t len)
{
	ssize_t n;

	for (; len; len -= (size_t)n, to += n) {
		n = recv(fd, to, len, 0);
		if (n <= 0)
			return false;
	}
	return true;
}

static bool give(int fd, const char *from, size_t len)
{
	ssize_t n;

	for (; len; len -= (size_t)n, from += n) {
		n = send(fd, from, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
	}
	return true;
}

static void stream_call(int fd, const char *out, size_t len)
{
	char in[REPLY];

	if (!give(fd, out, len) || !take(fd, in, sizeof(in)))
		bench_die("a stream's call");
}

static void stream_serve(int fd, size_t len)
{
	int conn;

	if (listen(fd, 1))
		bench_die("listen");
	bench_ready();
	for (;;) {
		conn = accept(fd, NULL, NULL);
		bench_no_delay(conn);
		while (take(conn, buffer, len) && give(conn, buffer, REPLY))
			;
		close(conn);
	}
}

static void tcp_server(size_t len)
{
	bench_port = (uint16_t)(PORT + which(len));
	stream_serve(bench_ip_socket(1, SOCK_STREAM), len);
}

static int tcp_open(size_t len)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);	/* a port that no earlier one had */

	bench_port = (uint16_t)(PORT + which(len));
	bench_ip_connect(fd, 1);
	bench_no_delay(fd);
	return fd;
}

static void tipc_server(size_t len)
{
	uint32_t instance = 1 + which(len);
	const struct sockaddr_tipc range = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_RANGE,
		.scope = TIPC_CLUSTER_SCOPE,
		.addr.nameseq = { .type = SERVICE, .lower = instance, .upper = instance },
	};
	int fd = socket(AF_TIPC, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (const void *)&range, sizeof(range)))
		bench_die("TIPC bind");
	stream_serve(fd, len);
}

/* Names travel. */
static int tipc_open(size_t len)
{
	const struct sockaddr_tipc service = {
		.family = AF_TIPC,
		.addrtype = TIPC_SERVICE_ADDR,
		.addr.name.name = { .type = SERVICE, .instance = 1 + which(len) },
	};
	int i, fd;

	for (i = 0; i < 300; i++) {
		fd = socket(AF_TIPC, SOCK_STREAM, 0);
		if (!connect(fd, (const void *)&service, sizeof(service)))
			return fd;
		close(fd);
		usleep(100000);
	}
	bench_die("TIPC connect");
	return -1;
}

/* qnet --------------------------------------------------------------------------------------- */

static void qnet_server(size_t len)
{
	name_attach_t *attach;
	char name[32];
	int rcvid = 0;

	snprintf(name, sizeof(name), "goodput%u", which(len));
	attach = name_attach(NULL, name, 0);
	if (!attach)
		bench_die("name_attach");
	bench_ready();
	for (;;) {
		rcvid = MsgReplyReceive(attach->chid, rcvid, EOK, buffer, REPLY, buffer, len, NULL);
		if (rcvid < 0)
			rcvid = 0;
	}
}

static int qnet_open(size_t len)
{
	char name[64];

	snprintf(name, sizeof(name), "/net/beta/dev/name/local/goodput%u", which(len));
	return name_open(name, 0);
}

static void qnet_call(int coid, const char *out, size_t len)
{
	char in[REPLY];

	if (MsgSend(coid, out, len, in, sizeof(in)) == -1)
		bench_die("MsgSend");
}

static const struct way ways[] = {
	{ "TCP", tcp_server, tcp_open, stream_call },
	{ "TIPC", tipc_server, tipc_open, stream_call },
	{ "qnet", qnet_server, qnet_open, qnet_call },
	{ }
};

/* Measuring ---------------------------------------------------------------------------------- */

static pid_t serve(const struct way *way, size_t len)
{
	pid_t pid = fork();

	if (!pid) {
		bench_child();
		if (!apart)
			bench_enter(1);
		way->server(len);
		_exit(1);
	}
	bench_wait_ready();
	return pid;
}

/* Fills @times with what @count requests of @len bytes took, after some that do not count. */
static void measure(const struct way *way, size_t len, int count, uint64_t *times)
{
	pid_t pid = apart ? 0 : serve(way, len);
	uint64_t began;
	int fd, i;

	fd = way->open(len);
	if (fd < 0)
		bench_die(way->name);
	for (i = -count / 10; i < count; i++) {
		began = bench_now();
		way->call(fd, buffer, len);
		if (i >= 0)
			times[i] = bench_now() - began;
	}
	if (pid) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(fd);
}

/* In 10^6 bytes a second. */
static double goodput(const struct way *way, size_t len, int count)
{
	static uint64_t times[TRIPS];
	uint64_t sum = 0;
	int i;

	measure(way, len, count, times);
	for (i = 0; i < count; i++)
		sum += times[i];
	return (double)len * count * 1000 / (double)sum;
}

/* With GSO netem gets up to 64 KiB at once, to be lost as one; with TCP whatever ethtool says. */
static void wire(int node, int loss, bool gso)
{
	bench_enter(node);
	bench_run("/usr/sbin/ip link set dev veth0 gso_max_segs %s", gso ? "65535" : "1");
	bench_run("ethtool -K veth0 gso %s >/dev/null", gso ? "on" : "off");
	bench_run("tc qdisc replace dev veth0 root netem limit 10000 delay 1ms loss %d%%", loss);
}

/* How wide the rate's is. */
static int column(void)
{
	return apart ? 8 : 0;
}

static void table_row(const struct way *way, int loss, const char *name)
{
	static uint64_t times[TRIPS];
	double middle, large;

	middle = goodput(way, MIDDLE, 200);
	large = goodput(way, MOST, 40);
	measure(way, REPLY, TRIPS, times);
	qsort(times, TRIPS, sizeof(times[0]), bench_compare);
	printf("# measured: %-*s%3d %%  %-9s %7.2f %8.2f %10.2f %10.2f %10.2f\n", column(), rate,
	       loss, name, middle, large, (double)times[TRIPS / 2] / 1e6,
	       (double)times[TRIPS * 99 / 100] / 1e6, (double)times[TRIPS - 1] / 1e6);
	fflush(stdout);
}

static void plain(int node)
{
	bench_enter(node);
	bench_run("ethtool -K veth0 tso off gso off gro off >/dev/null");
	/*
	 * TIPC leaves out the wire where it knows that the other namespace is of the same machine:
	 * by a word of the frame that seeks neighbours.
	 */
	bench_run("tc qdisc add dev veth0 clsact");
	bench_run("tc filter add dev veth0 ingress %s %s >/dev/null",
		  "protocol 0x88ca u32 match u32 0x1a000000 0x1e000000 at 0",
		  "action pedit munge offset 52 u32 set 0x0");
	bench_run("modprobe tipc && tipc node set identity node%d", node);
	bench_run("tipc bearer enable media eth device veth0");
}

static void table_head(void)
{
	printf("# measured: %-*sloss   of           64 KiB    1 MiB   32 bytes:\n", column(),
	       apart ? "Mbit/s" : "");
	printf("# measured: %*s %8s %11s %10s %10s\n", column() + 25, "MB/s", "MB/s", "median, ms",
	       "99 %", "the last");
	fflush(stdout);
}

/* Until it is killed; says when all servers are there. */
static int serve_all(void)
{
	const struct way *way;
	size_t i;

	apart = true;
	bench_talk();
	for (way = ways; way->name; way++)
		for (i = 0; i < ARRAY_SIZE(lengths); i++)
			serve(way, lengths[i]);
	puts("serving");
	fflush(stdout);
	pause();
	return 0;
}

static int ask_all(int loss)
{
	const struct way *way;

	apart = true;
	if (!loss)
		table_head();
	for (way = ways; way->name; way++)
		table_row(way, loss, way->name);
	return 0;
}

int main(int argc, char **argv)
{
	static const int losses[] = { 0, 1, 5 };
	const struct way *way;
	size_t i;

	/* a page that nobody ever wrote is not one of memory, and costs otherwise */
	memset(buffer, 'q', sizeof(buffer));
	if (argc == 2 && !strcmp(argv[1], "server"))
		return serve_all();
	if (argc == 4 && !strcmp(argv[1], "client")) {
		rate = argv[3];
		return ask_all(atoi(argv[2]));
	}
	bench_nodes();
	plain(1);
	plain(0);
	table_head();
	for (i = 0; i < ARRAY_SIZE(losses); i++) {
		if (argc > 2 && atoi(argv[2]) != losses[i])
			continue;
		if (!losses[i] && argc < 2) {
			wire(1, 0, true);
			wire(0, 0, true);
			table_row(&ways[0], 0, "TCP, GSO");
			table_row(&ways[2], 0, "qnet, GSO");
		}
		wire(1, losses[i], false);
		wire(0, losses[i], false);
		for (way = ways; way->name; way++)
			if (argc < 2 || !strcmp(argv[1], way->name))
				table_row(way, losses[i], way->name);
	}
	bench_nodes_end();
	return 0;
}
