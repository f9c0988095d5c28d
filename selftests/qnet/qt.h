/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what the test programs share: two nodes, servers, threads that are blocked
 *
 * qt_fixture.h has the fixtures.
 */
#ifndef _QT_H
#define _QT_H

#include <pthread.h>
#include <qnet.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/netmgr.h>
#include <sys/neutrino.h>

/* Seconds: what a test may take on a debug kernel, and what one wait may (QNET_PATIENCE). */
#define QT_TIMEOUT	300
#define QT_PATIENCE	qt_patience()
int qt_patience(void);

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#endif

#define QT_SLOTS	16
#define QT_CHILDREN	64

/* The pulse that ends qt_echo(). */
#define QT_PULSE_STOP	100

/* Shared by a test and its servers. */
struct qt_page {
	atomic_int mark[QT_SLOTS];
	atomic_long value[QT_SLOTS];
	char fault[512];	/* the first check that failed in a child or a thread */
	atomic_int first;
	atomic_int faults;
};

struct qt {
	bool remote;
	uint32_t nd;		/* the servers' node */
	pid_t pid;		/* the test's */
	int client_ns;
	int server_ns;		/* -1: the client's */
	struct qt_page *page;
	pid_t child[QT_CHILDREN];
	int children;
};

struct qt_server {
	pid_t pid;
	int chid;
};

/* Runs in the server's process and node; @chid is its first channel. */
typedef void qt_body(struct qt *qt, int chid, void *arg);

bool qt_setup(struct qt *qt, bool remote);
/* Nodes that other tests use, too: for those that leave the wire and the nodes alone. */
bool qt_setup_shared(struct qt *qt, bool remote);
void qt_teardown(struct qt *qt);
/* After the device, or the bearer, went: a wire and a link as before. */
bool qt_rewire(struct qt *qt);
bool qt_relink(struct qt *qt);
/* The fixture's device of this namespace becomes a bearer, or is none any more. */
bool qt_bearer(int ns, bool add);
/* The servers' namespace goes and another gets its name; nobody else holds the old one. */
bool qt_server_node_new(struct qt *qt);

/* Starts a server, and returns when its channel is there. */
struct qt_server qt_server(struct qt *qt, unsigned int flags, qt_body *body, void *arg);
/* Starts a process on the client's node; chid is 0. */
pid_t qt_client(struct qt *qt, qt_body *body, void *arg);
/* ConnectAttach() on the side channel. */
int qt_attach(struct qt *qt, struct qt_server server);
/* How a child ended: its exit code, 256 + the signal, or -1 when it does not. */
int qt_reap(struct qt *qt, pid_t pid);
int qt_kill(struct qt *qt, pid_t pid);

/* Marks count how often something happened. */
void qt_mark(struct qt *qt, int slot);
bool qt_wait(struct qt *qt, int slot, int count);

/* Is (becomes) this thread blocked in the ioctl @op? */
bool qt_wait_blocked(pid_t tid, unsigned long op);
/* Something is queued on the channel: POLLIN. */
bool qt_wait_queued(int chid);
/* poll() says @events of the file. */
bool qt_wait_poll(int fd, short events);
/* Milliseconds that only grow. */
uint64_t qt_now(void);
/* @check() becomes true. */
bool qt_until(bool (*check)(void *arg), void *arg);

/* @rounds, or a tenth of them on a debug or KCSAN kernel: it is five to ten times slower. */
int qt_rounds(int rounds);

/* Runs a shell command in a namespace of the fixture; its exit code. */
int qt_run(int ns, const char *format, ...);

/*
 * Receives messages and replies with their bytes turned over and their sum as status.  A client
 * may be gone by then where the argument says so.
 */
qt_body qt_echo;
#define QT_LEAVING	((void *)1)
/* Keeps what it receives, and marks that, and who went. */
qt_body qt_keep;
enum { QT_RECEIVED, QT_DISCONNECTED };

void qt_turn(void *buf, size_t len);
void qt_fill(void *buf, size_t len, unsigned int seed);
bool qt_filled(const void *buf, size_t len, unsigned int seed);
uint32_t qt_sum(const void *buf, size_t len);
/* So many bytes to qt_echo() and back. */
bool qt_echoed(int coid, size_t len);

/*
 * What was sent on @coid before is queued on the other side: a message that goes after it is had
 * back.
 */
bool qt_flush(int coid);

/* A MsgSend() by another thread. */
struct qt_send {
	int coid;
	const void *out;
	size_t out_len;
	void *in;
	size_t in_len;
	int priority;		/* 0: as it is */
	uint64_t timeout;	/* nanoseconds; 0: none */
	int timeout_states;
	long status;
	int err;
	pid_t tid;
	bool done;
	pthread_t thread;
};

bool qt_send_start(struct qt_send *send);
bool qt_send_join(struct qt_send *send);

/* For children and threads, where ASSERT_* cannot be: the test sees it in qt_reap(). */
void qt_fail(struct qt *qt, const char *file, int line, const char *what);

#define QT_CHECK(qt, cond) \
	do { \
		if (!(cond)) \
			qt_fail(qt, __FILE__, __LINE__, #cond); \
	} while (0)

#endif
