// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a wire between two QEMUs that holds frames up and loses some
 *
 * usage: wire SOCKET OTHER SETTINGS
 * Connects to the first (of a QEMU that listens), listens at the second, and hands frames from one
 * to the other.  The file SETTINGS has one line: microseconds, per cent, and how many megabits pass
 * in a second, 0 or nothing: as many as come.  It is read again and again.  Which frames are lost
 * is the same in each run, as far as what is sent is.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WIRE_FRAMES	16384		/* that it holds, one way; a power of two */
#define WIRE_LEN	(64U << 10)	/* of a frame, at most */
#define WIRE_LOOK	100000000	/* nanoseconds between looks at SETTINGS */
#define WIRE_BUFFER	(8 << 20)
#define WIRE_ETHERNET	24		/* bytes that a frame takes besides: preamble, FCS, gap */

struct wire_frame {
	uint64_t due;
	uint32_t len;		/* of .data, QEMU's length in front */
	char *data;
};

/* One way. */
struct wire_way {
	int from;
	int to;
	uint64_t random;
	struct wire_frame queue[WIRE_FRAMES];
	uint32_t first, last;
	uint64_t busy;		/* with what came, until then */
	char in[WIRE_BUFFER];	/* what came, and is not all of a frame yet */
	size_t have;
};

static struct wire_way ways[2];
static uint64_t delay;		/* nanoseconds */
static double loss;		/* of one */
static double rate;		/* bits in a nanosecond; 0: no end of them */
static const char *settings;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* SplitMix64. */
static double chance(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (double)((z ^ (z >> 31)) >> 11) / (double)(1ULL << 53);
}

static void look_at_settings(void)
{
	FILE *file = fopen(settings, "r");
	double usecs, percent, megabits = 0;

	if (!file)
		return;
	if (fscanf(file, "%lf %lf %lf", &usecs, &percent, &megabits) >= 2) {
		delay = (uint64_t)(usecs * 1000);
		loss = percent / 100;
		rate = megabits / 1000;
	}
	fclose(file);
}

static void hand_on(struct wire_way *way, const struct wire_frame *frame)
{
	size_t done = 0;
	ssize_t n;

	while (done < frame->len) {
		n = write(way->to, frame->data + done, frame->len - done);
		if (n <= 0)
			exit(0);	/* that machine is gone */
		done += (size_t)n;
	}
}

/* When the next one is due; 0: there is none. */
static uint64_t send_due(struct wire_way *way)
{
	struct wire_frame *frame;

	while (way->first != way->last) {
		frame = &way->queue[way->first % WIRE_FRAMES];
		if (frame->due > now())
			return frame->due;
		hand_on(way, frame);
		free(frame->data);
		way->first++;
	}
	return 0;
}

/* When a frame of @len bytes that came now has left @way's end. */
static uint64_t passed(struct wire_way *way, uint32_t len)
{
	uint64_t time = now();

	if (rate <= 0)
		return time;
	if (way->busy < time)
		way->busy = time;
	way->busy += (uint64_t)(8 * (len + WIRE_ETHERNET) / rate);
	return way->busy;
}

static void keep(struct wire_way *way, const char *data, uint32_t len)
{
	struct wire_frame *frame = &way->queue[way->last % WIRE_FRAMES];
	bool full = way->last - way->first == WIRE_FRAMES;
	uint64_t due = full ? 0 : passed(way, len - (uint32_t)sizeof(len)) + delay;

	if (chance(&way->random) < loss || full)
		return;
	frame->due = due;
	frame->len = len;
	frame->data = malloc(len);
	if (!frame->data)
		err(1, "a frame");
	memcpy(frame->data, data, len);
	way->last++;
}

static void take(struct wire_way *way)
{
	ssize_t n = read(way->from, way->in + way->have, sizeof(way->in) - way->have);
	size_t at = 0;
	uint32_t len;

	if (n <= 0)
		exit(0);
	way->have += (size_t)n;
	while (way->have - at >= sizeof(len)) {
		memcpy(&len, way->in + at, sizeof(len));
		len = ntohl(len);
		if (len > WIRE_LEN)
			errx(1, "a frame of %u bytes", len);
		len += (uint32_t)sizeof(len);
		if (way->have - at < len)
			break;
		keep(way, way->in + at, len);
		at += len;
	}
	way->have -= at;
	memmove(way->in, way->in + at, way->have);
}

static int unix_socket(const char *path, struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (fd < 0 || strlen(path) >= sizeof(address->sun_path))
		err(1, "%s", path);
	strcpy(address->sun_path, path);
	return fd;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address;
	int fd = unix_socket(path, &address);

	if (connect(fd, (void *)&address, sizeof(address)))
		err(1, "%s", path);
	return fd;
}

static int accept_at(const char *path)
{
	struct sockaddr_un address;
	int fd = unix_socket(path, &address), conn;

	if (bind(fd, (void *)&address, sizeof(address)) || listen(fd, 1))
		err(1, "%s", path);
	conn = accept(fd, NULL, NULL);
	if (conn < 0)
		err(1, "%s", path);
	close(fd);
	return conn;
}

static void wait_until(uint64_t at)
{
	struct pollfd fds[2] = {
		{ .fd = ways[0].from, .events = POLLIN },
		{ .fd = ways[1].from, .events = POLLIN },
	};
	uint64_t time = now(), left = at > time ? at - time : 0;
	struct timespec t = { .tv_nsec = (long)left };
	int i;

	if (ppoll(fds, 2, &t, NULL) <= 0)
		return;
	for (i = 0; i < 2; i++)
		if (fds[i].revents)
			take(&ways[i]);
}

int main(int argc, char **argv)
{
	uint64_t look = 0, due, next;
	int i;

	if (argc != 4) {
		fprintf(stderr, "usage: wire SOCKET OTHER SETTINGS\n");
		return 2;
	}
	settings = argv[3];
	ways[0].from = connect_to(argv[1]);
	ways[1].from = accept_at(argv[2]);
	ways[0].to = ways[1].from;
	ways[1].to = ways[0].from;
	ways[1].random = 1;
	for (;;) {
		if (now() >= look) {
			look_at_settings();
			look = now() + WIRE_LOOK;
		}
		next = look;
		for (i = 0; i < 2; i++) {
			due = send_due(&ways[i]);
			if (due && due < next)
				next = due;
		}
		wait_until(next);
	}
}
