// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - pingpong: how long a message and its reply take
 */
#include <qnet.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/dispatch.h>
#include <sys/neutrino.h>

#define PINGPONG_NAME	"pingpong"
#define BYTES_MAX	(16 * 1024 * 1024)

static int print_usage(void)
{
	fprintf(stderr, "usage: pingpong -s [-r] [NAME]                     the server\n"
		"       pingpong [-n COUNT] [-b BYTES] [-w COUNT] SERVICE   the client\n"
		"  -r  one system call a message in place of two: MsgReplyReceive()\n"
		"  -n  round trips to measure (2000)\n"
		"  -b  bytes each way (32)\n"
		"  -w  round trips before that, not measured (100)\n"
		"  SERVICE: \"%s\" on this node, or /net/NODE/dev/name/local/%s\n",
		PINGPONG_NAME, PINGPONG_NAME);
	return 2;
}

static int complain(const char *what, const char *object)
{
	const char *cure = "see qnet(7)";

	if (errno == EAFNOSUPPORT)
		cure = "load the module: modprobe qnet";
	else if (errno == ENOENT)
		cure = "start 'pingpong -s' there; does 'qnetctl node list' show the node?";
	else if (errno == EBUSY)
		cure = "another server here has this name: stop it, or give another name";
	fprintf(stderr, "pingpong: %s \"%s\": %s (%s)\n", what, object, strerror(errno), cure);
	return 1;
}

static void drop_client(const void *buf)
{
	const struct _pulse *pulse = buf;

	if (pulse->code == _PULSE_CODE_DISCONNECT)
		ConnectDetach(pulse->scoid);
}

/* Sends every message back. */
static void serve(int chid, char *buf)
{
	struct _msg_info info;
	int rcvid;

	while ((rcvid = MsgReceive(chid, buf, BYTES_MAX, &info)) != -1) {
		if (rcvid == 0)
			drop_client(buf);
		else
			MsgReply(rcvid, EOK, buf, (size_t)info.msglen);
	}
}

static void serve_in_one(int chid, char *buf)
{
	struct _msg_info info = { 0 };
	int rcvid = 0;

	for (;;) {
		rcvid = MsgReplyReceive(chid, rcvid, EOK, buf, (size_t)info.msglen, buf,
					BYTES_MAX, &info);
		if (rcvid == -1 && errno != ESRCH)
			return;
		if (rcvid == 0)
			drop_client(buf);
		if (rcvid <= 0) {
			rcvid = 0;
			info.msglen = 0;
		}
	}
}

static int server(const char *name, bool in_one)
{
	name_attach_t *attach = name_attach(NULL, name, 0);
	char *buf = malloc(BYTES_MAX);

	if (!buf || !attach)
		return complain("name", name);
	printf("pingpong: serving \"%s\"\n", name);
	fflush(stdout);
	if (in_one)
		serve_in_one(attach->chid, buf);
	else
		serve(attach->chid, buf);
	free(buf);
	return complain("receive on", name);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Times the round trips, and checks that each brings back what was sent. */
static int measure(int coid, uint64_t *times, long count, size_t bytes)
{
	static char out[BYTES_MAX], in[BYTES_MAX];
	uint64_t began;
	long i;

	for (i = 0; i < count; i++) {
		memset(out, (int)i, bytes);
		began = now();
		if (MsgSend(coid, out, bytes, in, bytes) == -1)
			return -1;
		times[i] = now() - began;
		if (memcmp(out, in, bytes)) {
			errno = EBADMSG;
			return -1;
		}
	}
	return 0;
}

static int client(const char *service, long count, size_t bytes, long warm)
{
	uint64_t *times = calloc((size_t)(count > warm ? count : warm), sizeof(*times));
	int coid = name_open(service, 0);

	if (!times || coid == -1)
		return complain("service", service);
	if (measure(coid, times, warm, bytes) || measure(coid, times, count, bytes))
		return complain("sending to", service);
	name_close(coid);

	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%ld round trips of %zu bytes: p50 %.1f us, p99 %.1f us, min %.1f us, max %.1f us\n",
	       count, bytes, (double)times[count / 2] / 1e3,
	       (double)times[count * 99 / 100] / 1e3, (double)times[0] / 1e3,
	       (double)times[count - 1] / 1e3);
	free(times);
	return 0;
}

int main(int argc, char **argv)
{
	long count = 2000, warm = 100, bytes = 32;
	bool serving = false, in_one = false;
	int option;

	while ((option = getopt(argc, argv, "srn:b:w:")) != -1) {
		switch (option) {
		case 's':
			serving = true;
			break;
		case 'r':
			in_one = true;
			break;
		case 'n':
			count = strtol(optarg, NULL, 0);
			break;
		case 'b':
			bytes = strtol(optarg, NULL, 0);
			break;
		case 'w':
			warm = strtol(optarg, NULL, 0);
			break;
		default:
			return print_usage();
		}
	}
	if (serving && argc - optind <= 1)
		return server(argc > optind ? argv[optind] : PINGPONG_NAME, in_one);
	if (serving || argc - optind != 1 || count < 1 || warm < 0 || bytes < 0 ||
	    bytes > BYTES_MAX)
		return print_usage();
	return client(argv[optind], count, (size_t)bytes, warm);
}
