/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - each call, with its 1st, 2nd, ... nth allocation or user copy failing
 *
 * A call that fails says why with one of the few errors that fit, leaves no object and no file
 * behind, and can be made again.  What is made to fail is the calling thread; the other side, a
 * server or a client, is not, and must neither hang nor see wrong bytes.
 */
#ifndef _FAIL_H
#define _FAIL_H

#include <linux/qnet.h>
#include <sys/uio.h>

#include "live.h"
#include "qt.h"
#include "qt_fail.h"

#define FAIL_SMALL	100
#define FAIL_LARGE	(70 << 10)	/* more than one chunk */
#define FAIL_FRAMES	9000		/* more than a frame and the first bytes that go unasked */
#define FAIL_VECTORS	20	/* too many for the kernel's stack */
#define FAIL_NAME	"fail/nth"

/* The mark that ends a client. */
#define FAIL_STOP	0

struct fail {
	struct qt qt;
	struct counters counters[2]; /* the client's node, and the server's where it is another */
	int nodes;
	struct qt_server server;
	size_t len;		/* of requests and replies */
	char *out;
	char *in;
	char *expected;
	struct iovec iov[FAIL_VECTORS];
	int sock;		/* the process' control socket */
	int chid;
	int channel;		/* its file */
	int fd;			/* a connection, or what a call made */
	int rcvid;
	int scoid;
	uint32_t groups[QNET_GROUPS_MAX];
};

/*
 * @call is made to fail: 0 or -errno.  @before brings about what it needs, @after undoes that and
 * what the call did; it looks whether a call that failed was undone by itself.
 */
struct fail_call {
	const char *name;
	void (*before)(struct fail *f);
	int (*call)(struct fail *f);
	void (*after)(struct fail *f, int ret);
};

/* Asks the nodes how many objects there are. */
bool fail_open(struct fail *f);
/* Buffers for messages of @len bytes; vectors that are @in. */
bool fail_buffers(struct fail *f, size_t len);
/* From here on the calling thread can be made to fail; no fork() after it. */
bool fail_begin(struct fail *f);
void fail_end(struct fail *f);

void fail_calls(struct fail *f, const struct fail_call *calls, size_t n);

/* 0 or -errno. */
int fail_ioctl(int fd, unsigned long op, void *arg);

/* Calls that more than one program makes. */
int fail_call_connection(struct fail *f);
int fail_call_pulse(struct fail *f);
int fail_call_name_lookup(struct fail *f);
int fail_call_node_lookup(struct fail *f);
int fail_call_node_name(struct fail *f);
int fail_call_client(struct fail *f);
int fail_call_receive(struct fail *f);

#endif
