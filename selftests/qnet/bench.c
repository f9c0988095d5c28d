// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what the measuring programs share: two nodes on one veth pair, a clock, a way to wait
 */
#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint16_t bench_port = 7000;

static int bench_ns[2];
static uint8_t bench_address[2][ETH_ALEN];
static int bench_pipe[2];
static pid_t bench_holder;	/* of one end of the pair, until it is in its place */

void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

void bench_child(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		bench_die("prctl");
}

void bench_run(const char *format, ...)
{
	char command[256];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command)) {
		fprintf(stderr, "%s: failed: %s\n", program_invocation_short_name, command);
		exit(1);
	}
}

void bench_enter(int node)
{
	if (setns(bench_ns[node], CLONE_NEWNET))
		bench_die("setns");
}

const uint8_t *bench_mac(int node)
{
	return bench_address[node];
}

static void bench_node_up(int node)
{
	uint8_t *mac = bench_address[node];
	char text[32] = "";
	FILE *file;

	bench_enter(node);
	bench_run("ip link set lo up && ip link set veth0 up");
	bench_run("ip addr add 10.0.0.%d/24 dev veth0", node + 1);
	bench_run("qnetctl node set %s && qnetctl bearer add veth0", node ? "beta" : "alpha");
	file = popen("ip link show veth0 | sed -n 's,.*ether \\([^ ]*\\).*,\\1,p'", "r");
	if (!file || !fgets(text, sizeof(text), file) ||
	    sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		   &mac[4], &mac[5]) != 6)
		bench_die("address of veth0");
	pclose(file);
}

void bench_nodes(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (unshare(CLONE_NEWNET))
			bench_die("unshare");
		bench_ns[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	}
	bench_holder = fork();
	if (!bench_holder) {
		bench_child();
		pause();
		_exit(0);
	}
	bench_enter(0);
	bench_run("ip link add veth0 type veth peer name veth0 netns %d", bench_holder);
	bench_node_up(1);
	bench_node_up(0);
	bench_run("until qnetctl node list | grep -q 'beta.* up '; do sleep 0.1; done");
	bench_talk();
}

void bench_talk(void)
{
	if (pipe(bench_pipe))
		bench_die("pipe");
}

void bench_nodes_end(void)
{
	kill(bench_holder, SIGKILL);
	waitpid(bench_holder, NULL, 0);
}

void bench_ready(void)
{
	if (write(bench_pipe[1], "", 1) != 1)
		bench_die("pipe");
}

void bench_wait_ready(void)
{
	char c;

	if (read(bench_pipe[0], &c, 1) != 1)
		bench_die("pipe");
}

uint64_t bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int bench_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct sockaddr_in bench_sin(int node)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(bench_port) };

	sin.sin_addr.s_addr = htonl(0x0a000001 + (uint32_t)node);
	return sin;
}

int bench_ip_socket(int node, int type)
{
	struct sockaddr_in sin = bench_sin(node);
	int one = 1, fd = socket(AF_INET, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&sin, sizeof(sin)))
		bench_die("bind");
	return fd;
}

void bench_ip_connect(int fd, int node)
{
	struct sockaddr_in sin = bench_sin(node);

	if (connect(fd, (void *)&sin, sizeof(sin)))
		bench_die("connect");
}

void bench_no_delay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}
