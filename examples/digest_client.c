// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - digest client: has the SHA-256 of files computed by a server, on whatever machine
 *
 * Where the server is, only the path says.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>
#include <sys/stat.h>

#include "digest.h"

#define DIGEST_SIZE	32
#define MIB		(1024.0 * 1024.0)

static const char *service;
static int connection;
static bool progress;
static char data[DIGEST_CHUNK];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *cure(int err)
{
	switch (err) {
	case EAFNOSUPPORT:
		return "load the module: modprobe qnet";
	case ENOENT:
		return "start digest_server there; does 'qnetctl node list' show the node?";
	case EHOSTDOWN:
	case EHOSTUNREACH:
		return "no answer: see 'qnetctl node list' and 'qnetctl bearer list'";
	case ESRCH:
	case EBADF:
		return "the server ended: start it again";
	default:
		return "see qnet(7)";
	}
}

static void complain(const char *what, const char *object)
{
	int err = errno;

	fprintf(stderr, "%sdigest_client: %s \"%s\": %s (%s)\n", progress ? "\n" : "", what, object,
		strerror(err), cure(err));
}

static void show_progress(const char *path, uint64_t done, uint64_t size, double began)
{
	double seconds = now() - began;
	static double shown;

	/* Ten times a second, and the last one. */
	if (!progress || !size || (done < size && began + seconds - shown < 0.1))
		return;
	shown = began + seconds;
	fprintf(stderr, "\r%s: %3u%%  %.1f MiB  %.1f MiB/s ", path,
		(unsigned int)(done < size ? done * 100 / size : 100), (double)done / MIB,
		seconds > 0 ? (double)done / MIB / seconds : 0.0);
}

/* Fills data as far as the file goes; the bytes, or -1. */
static ssize_t read_chunk(int fd)
{
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(data)) {
		n = read(fd, data + used, sizeof(data) - used);
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* A chunk that is not full is the last one, so a file may end with an empty one. */
static bool send_file(int fd, const char *path, uint64_t size, uint8_t *digest, uint64_t *sent)
{
	struct digest_header header = { .type = DIGEST_DATA, .flags = DIGEST_FIRST };
	double began = now();
	iov_t parts[2];
	ssize_t n;

	*sent = 0;
	do {
		n = read_chunk(fd);
		if (n < 0) {
			complain("reading", path);
			return false;
		}
		if ((size_t)n < sizeof(data))
			header.flags |= DIGEST_LAST;
		header.bytes = (uint32_t)n;
		SETIOV(&parts[0], &header, sizeof(header));
		SETIOV(&parts[1], data, n);
		if (MsgSendvs(connection, parts, 2, digest, DIGEST_SIZE) == -1) {
			complain("sending to", service);
			return false;
		}
		header.flags &= ~DIGEST_FIRST;
		*sent += (uint64_t)n;
		show_progress(path, *sent, size, began);
	} while (!(header.flags & DIGEST_LAST));
	return true;
}

static bool digest_file(const char *path)
{
	uint8_t digest[DIGEST_SIZE];
	double began = now();
	double seconds;
	struct stat st;
	uint64_t sent;
	int fd, i;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "digest_client: file \"%s\": %s\n", path, strerror(errno));
		return false;
	}
	if (!send_file(fd, path, (uint64_t)st.st_size, digest, &sent)) {
		close(fd);
		return false;
	}
	close(fd);
	seconds = now() - began;
	if (progress && sent)
		fprintf(stderr, "\n");
	for (i = 0; i < DIGEST_SIZE; i++)
		printf("%02x", digest[i]);
	printf("  %s  %llu bytes  %.1f MiB/s\n", path, (unsigned long long)sent,
	       seconds > 0 ? (double)sent / MIB / seconds : 0.0);
	fflush(stdout);
	return true;
}

static int print_usage(void)
{
	fprintf(stderr, "usage: digest_client [-p] SERVICE FILE...\n"
		"  has the SHA-256 of each FILE computed by SERVICE: \"digest\" on this node, or\n"
		"  /net/NODE/dev/name/local/digest on another\n"
		"  -p  show progress also where standard error is no terminal\n");
	return 2;
}

int main(int argc, char **argv)
{
	int status = 0;
	int option;

	progress = isatty(STDERR_FILENO);
	while ((option = getopt(argc, argv, "p")) != -1) {
		if (option != 'p')
			return print_usage();
		progress = true;
	}
	if (argc - optind < 2)
		return print_usage();

	service = argv[optind++];
	connection = name_open(service, 0);
	if (connection == -1) {
		progress = false;
		complain("service", service);
		return 1;
	}
	for (; optind < argc; optind++) {
		if (!digest_file(argv[optind]))
			status = 1;
	}
	name_close(connection);
	return status;
}
