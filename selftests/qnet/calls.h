/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - call fuzzing: what its files share
 *
 * Every thread draws from a generator of its own, seeded with the run's seed, its process' slot
 * and generation, its number, and the number of the operation: the same seed gives each thread
 * the same choices, whatever the calls before answered.
 *
 * checkpatch: MACRO_ARG_REUSE - an array, and it has no side effect
 */
#ifndef _CALLS_H
#define _CALLS_H

#include <linux/qnet.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "genl.h"

#define CALLS_SLOTS	6	/* processes */
#define CALLS_THREADS	4	/* of each */
#define CALLS_IDS	12
#define CALLS_ERRNO_MAX	640

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#endif

/* What the processes know of each other's objects; old ones stay in it, to be used stale. */
enum calls_kind {
	CALLS_CONTROL,		/* control sockets */
	CALLS_CHANNEL,		/* files of channels */
	CALLS_COID,
	CALLS_FILE,		/* copies, and files of other kinds */
	CALLS_KIND_FILES,
	CALLS_CHID = CALLS_KIND_FILES,
	CALLS_RCVID,
	CALLS_SCOID,
	CALLS_KINDS
};

struct calls_slot {
	atomic_int pid;
	atomic_int id[CALLS_KINDS][CALLS_IDS];
};

#define CALLS_IOCTLS	20

/* Shared by all processes of a run. */
struct calls_page {
	struct calls_slot slot[CALLS_SLOTS];
	atomic_uint nd[2];	/* of the other node, as each numbers it now */
	atomic_int stop;
	atomic_long operations;
	atomic_long answers[CALLS_IOCTLS][CALLS_ERRNO_MAX];
	atomic_int kcov_failed;
};

#define CALLS_HUGE	(72UL << 20)	/* above QNET_MSG_MAX */

struct calls {
	uint64_t seed;
	struct calls_page *page;
	int ns[2];		/* alpha, beta */
	int passing[2];		/* AF_UNIX: files on their way from one process to another */
	int huge;		/* memfd of CALLS_HUGE bytes */
	struct genl genl[2];
	uint32_t ifindex[2];	/* of veth0 */
	unsigned char *covered;	/* by offset in .text; NULL: no KCOV */
	uint64_t text;		/* where the module's code begins */
};

#define CALLS_PLAIN	(256UL << 10)

struct calls_thread {
	struct calls *calls;
	struct calls_slot *me;
	unsigned int slot;
	unsigned int number;
	uint64_t random;
	int rcvid;		/* the last */
	int scoid;		/* the last that disconnected */
	bool careful;		/* no nonsense for now */
	/* memory, below 4 GiB */
	char *plain;
	char *edge;		/* one page before a hole */
	char *constant;		/* one page, read only */
	char *huge;
	uint64_t *kcov;
};

typedef void calls_op(struct calls_thread *t);

/* calls_random.c */
void calls_seed(struct calls_thread *t, uint64_t generation, uint64_t operation);
uint64_t calls_draw(struct calls_thread *t);
uint32_t calls_below(struct calls_thread *t, uint32_t n);
bool calls_one_in(struct calls_thread *t, uint32_t n);
/* An id of @kind: mostly the process' own, sometimes another's, a stale or a senseless one. */
int calls_id(struct calls_thread *t, enum calls_kind kind);
int calls_id_of(struct calls_thread *t, const struct calls_slot *slot, enum calls_kind kind);
/* Remembers @id; closes the file that had its place. */
void calls_keep(struct calls_thread *t, enum calls_kind kind, int id);
void calls_forget(struct calls_thread *t, enum calls_kind kind, int id);
int calls_file(struct calls_thread *t);
bool calls_memory(struct calls_thread *t);
/* Somewhere: mostly where @len bytes can be written. */
char *calls_pointer(struct calls_thread *t, size_t len);
size_t calls_length(struct calls_thread *t);
/* A buffer, and whether it is a vector. */
bool calls_buffer(struct calls_thread *t, __u64 *base, __u64 *len);

#define calls_pick(t, array) ((array)[calls_below(t, ARRAY_SIZE(array))])

/* calls_ioctl.c */
calls_op calls_ioctl, calls_ioctl_garbage, calls_ask, calls_serve;
const char *calls_ioctl_name(unsigned int i);

/* calls_file.c, calls_socket.c, calls_netlink.c */
calls_op calls_close, calls_dup, calls_dup_onto, calls_poll, calls_epoll, calls_rw, calls_fcntl;
calls_op calls_fdinfo, calls_pass, calls_take, calls_fork, calls_exec, calls_mmap;
calls_op calls_socket, calls_socket_call, calls_socket_option;
calls_op calls_netlink;

/* calls_process.c: never returns */
void calls_process(struct calls *calls, unsigned int slot, unsigned int generation);

/* calls_nodes.c: what the run does to the two nodes is mended, and in the end gone */
bool calls_nodes_init(struct calls *calls);
void calls_nodes_mend(struct calls *calls);
/* Forgets all nodes but the two; true when their link is up. */
bool calls_nodes_settled(struct calls *calls);
#define CALLS_OBJECTS	10
extern const char * const calls_objects[CALLS_OBJECTS];
/* Objects that live on node @i. */
bool calls_nodes_count(struct calls *calls, int i, long live[CALLS_OBJECTS]);

/* calls_kcov.c */
void calls_kcov_init(struct calls *calls);
int calls_kcov_open(const struct calls *calls);
void calls_kcov_begin(struct calls_thread *t, int fd);
void calls_kcov_take(struct calls_thread *t);
void calls_kcov_end(struct calls_thread *t, int fd);
void calls_kcov_print(const struct calls *calls);

#endif
