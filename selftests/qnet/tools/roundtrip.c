// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what a 32-byte round trip costs, ours and others', in one run
 *
 * Under QEMU's -icount with one CPU a nanosecond of virtual time is one instruction, so that the
 * median is a count and the same in every run. Two network namespaces on one veth pair are the
 * two nodes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <qnet.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BYTES	32
#define ROUNDS	1000
#define WARM	200
#define TYPE	0x88b6		/* IEEE's second experimental EtherType */

static int ns[2];
static uint8_t mac[2][ETH_ALEN];
static int sync_pipe[2];

static void die(const char *what)
{
	fprintf(stderr, "roundtrip: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(int node)
{
	if (setns(ns[node], CLONE_NEWNET))
		die("setns");
}

static void run(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "roundtrip: failed: %s\n", command);
		exit(1);
	}
}

/* The other side is there. */
static void ready(void)
{
	if (write(sync_pipe[1], "", 1) != 1)
		die("pipe");
}

static void wait_ready(void)
{
	char c;

	if (read(sync_pipe[0], &c, 1) != 1)
		die("pipe");
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

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
		way->server();
		_exit(1);
	}
	wait_ready();
	fd = way->open();
	for (i = -WARM; i < ROUNDS; i++) {
		uint64_t began = now();

		way->round(fd, buf);
		if (i >= 0)
			times[i] = now() - began;
	}
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	printf("%-28s %8llu\n", way->name, (unsigned long long)times[ROUNDS / 2]);
	fflush(stdout);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (fd >= 0)
		close(fd);
}

static void exchange(int fd, char *buf)
{
	if (send(fd, buf, BYTES, 0) != BYTES || recv(fd, buf, BYTES, 0) != BYTES)
		die("exchange");
}

static void echo(int fd)
{
	char buf[BYTES];

	ready();
	while (recv(fd, buf, BYTES, 0) == BYTES && send(fd, buf, BYTES, 0) == BYTES)
		;
	die("echo");
}

/* Pipes, a socket pair ----------------------------------------------------------------------- */

static int there[2], back[2], pair[2];

static void pipe_server(void)
{
	char buf[BYTES];

	ready();
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
		die("pipe");
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

static struct sockaddr_in address(int node)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(7000) };

	sin.sin_addr.s_addr = htonl(0x0a000001 + (uint32_t)node);
	return sin;
}

static int ip_socket(int node, int type)
{
	struct sockaddr_in sin = address(node);
	int one = 1, fd = socket(AF_INET, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&sin, sizeof(sin)))
		die("bind");
	return fd;
}

static void ip_connect(int fd, int node)
{
	struct sockaddr_in sin = address(node);

	if (connect(fd, (void *)&sin, sizeof(sin)))
		die("connect");
}

static void udp_server(void)
{
	int fd;

	enter(1);
	fd = ip_socket(1, SOCK_DGRAM);
	ip_connect(fd, 0);
	echo(fd);
}

static int udp_open(void)
{
	int fd = ip_socket(0, SOCK_DGRAM);

	ip_connect(fd, 1);
	return fd;
}

static void no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void tcp_server(void)
{
	int fd, conn;

	enter(1);
	fd = ip_socket(1, SOCK_STREAM);
	if (listen(fd, 1))
		die("listen");
	ready();
	conn = accept(fd, NULL, NULL);
	no_delay(conn);
	echo(conn);
}

static int tcp_open(void)
{
	int fd = ip_socket(0, SOCK_STREAM);

	ip_connect(fd, 1);
	no_delay(fd);
	wait_ready();
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
		die("packet");
	memcpy(sll.sll_addr, mac[!node], ETH_ALEN);
	peer[node] = sll;
	return fd;
}

static void packet_send(int fd, int node, const char *buf)
{
	if (sendto(fd, buf, BYTES, 0, (void *)&peer[node], sizeof(peer[node])) != BYTES)
		die("packet");
}

static void packet_server(void)
{
	char buf[BYTES];
	int fd;

	enter(1);
	fd = packet_socket(1);
	ready();
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
		die("packet");
}

/* qnet --------------------------------------------------------------------------------------- */

static void serve(void)
{
	name_attach_t *attach = name_attach(NULL, "cost", 0);
	char buf[BYTES];
	int rcvid;

	if (!attach)
		die("name_attach");
	ready();
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
		die("name_attach");
	ready();
	for (;;) {
		rcvid = MsgReplyReceive(attach->chid, rcvid, EOK, buf, BYTES, buf, BYTES, NULL);
		if (rcvid < 0)
			rcvid = 0;
	}
}

static void serve_there(void)
{
	enter(1);
	serve();
}

static void serve_there_in_one(void)
{
	enter(1);
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
		die("MsgSend");
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

static void node_up(int node)
{
	char command[256], text[32] = "";
	FILE *file;

	enter(node);
	run("ip link set lo up && ip link set veth0 up");
	snprintf(command, sizeof(command), "ip addr add 10.0.0.%d/24 dev veth0", node + 1);
	run(command);
	snprintf(command, sizeof(command), "qnetctl node set %s && qnetctl bearer add veth0",
		 node ? "beta" : "alpha");
	run(command);
	file = popen("ip link show veth0 | sed -n 's,.*ether \\([^ ]*\\).*,\\1,p'", "r");
	if (!file || !fgets(text, sizeof(text), file) ||
	    sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[node][0], &mac[node][1],
		   &mac[node][2], &mac[node][3], &mac[node][4], &mac[node][5]) != 6)
		die("address of veth0");
	pclose(file);
}

int main(void)
{
	const struct way *way;
	char command[128];
	size_t i;
	pid_t pid;

	for (i = 0; i < 2; i++) {
		if (unshare(CLONE_NEWNET))
			die("unshare");
		ns[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	}
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	enter(0);
	snprintf(command, sizeof(command), "ip link add veth0 type veth peer name veth0 netns %d",
		 pid);
	run(command);
	node_up(1);
	node_up(0);
	run("until qnetctl node list | grep -q 'beta.* up '; do sleep 0.1; done");

	if (pipe(there) || pipe(back) || pipe(sync_pipe) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		die("pipe");
	printf("instructions for a round trip of %d bytes, median of %d\n", BYTES, ROUNDS);
	for (way = ways; way->name; way++)
		measure(way);
	kill(pid, SIGKILL);
	return 0;
}
