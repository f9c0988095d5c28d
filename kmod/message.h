/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - one transaction: SEND-blocked, received, replied
 */
#ifndef _QNET_MESSAGE_H
#define _QNET_MESSAGE_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include <linux/qnet.h>

#include "link.h"
#include "param.h"
#include "peer.h"
#include "pulse.h"

struct qnet_channel;
struct qnet_chunk;
struct qnet_client;
struct qnet_connection;
struct qnet_iter;
struct qnet_net;
struct qnet_pin;
struct qnet_process;
struct qnet_slot;
struct qnet_tomb;
struct task_struct;

/* Up to here a message is copied into the object, which is a page then; above it is pinned. */
#define QNET_MESSAGE_INLINE	QNET_FIXED(first_bytes)
/* Pushed bytes that may wait for the client to copy them out. */
#define QNET_PUSH_WINDOW	QNET_FIXED(write_room)

/* The server's side, under the channel's lock. */
enum qnet_message_state {
	QNET_MSG_NEW,
	QNET_MSG_QUEUED,
	QNET_MSG_RECEIVING,	/* off the queue, being copied */
	QNET_MSG_RECEIVED,	/* has a slot: may be read, written, replied to */
	QNET_MSG_GONE,		/* replied to, withdrawn, or the channel is dead */
};

struct qnet_deadline {
	bool armed;
	u32 states;
	clockid_t clock;
	ktime_t time;
};

/*
 * Sleeps of servers' threads. Those with a message's pull_lock held say "unsafe", as the freezer
 * wants it: who waits for that lock can be woken by a signal.
 */
#define QNET_SLEEP_SIGNAL	(TASK_INTERRUPTIBLE | TASK_FREEZABLE_UNSAFE)
#define QNET_SLEEP_KILL		(TASK_KILLABLE | TASK_FREEZABLE_UNSAFE)

/* What the client's thread is asked to do besides waiting; under msg->lock. */
struct qnet_want {
	bool set;
	bool served;		/* remote: it has an earlier one of this pull in hand */
	u32 offset;
	u32 len;
	u32 pull;		/* remote: which pull asks */
};

/*
 * Lifetime and locking: the client's thread holds a reference until it leaves, the server's side
 * one from queueing to QNET_MSG_GONE, anyone who works on it one meanwhile.  Immutable once sent:
 * qn, conn, peer, lengths, priority, tid, capacity.  The server's side (state, entry, channel,
 * client, slot, unblock*) is under channel->lock; state is read by qnet_service_ended() without.
 * .lock, a leaf with bottom halves off (order: channel, message, link), covers the client's side;
 * done, final, busy, pull and pull_offset are read by fill() of remote.c and cut.c without, under
 * the link's.
 */
struct qnet_message {
	refcount_t refs;
	const struct qnet_peer_ops *peer;	/* server's side: towards the client */
	struct qnet_net *qn;
	struct qnet_connection *conn;		/* client's side */
	u32 send_len;
	u32 recv_len;
	u32 have;		/* bytes of the request in .data */
	u32 capacity;		/* of .data */
	s32 tid;
	s32 coid;
	u8 priority;
	u32 srcnd;

	/* the server's side */
	struct qnet_entry entry;
	enum qnet_message_state state;
	struct qnet_channel *channel;
	struct qnet_client *client;
	struct qnet_slot *slot;
	bool unblock_req;
	int unblock_reason;
	u32 received;		/* bytes the receive copied */
	bool late;		/* tell the client's side when it is received */
	struct qnet_pulse unblock;
	struct mutex pull_lock;	/* one puller at a time */
	wait_queue_head_t server_wait;

	/* the client's side */
	spinlock_t lock;
	struct task_struct *task;	/* who waits; NULL: nobody (any more) */
	bool done;
	bool left;			/* the client's thread is gone */
	int kick;			/* enum qnet_cancel_reason, asked for by others */
	int err;
	s64 status;
	u32 reply_len;			/* in .data, for offset reply_offset */
	u32 reply_offset;
	struct list_head chunks;
	u32 chunk_bytes;		/* pushed, and not yet copied out */
	struct qnet_want want;
	struct qnet_pin *pin;

	/* remote.c, service.c: under lock, but for what one of them says */
	struct list_head list;		/* of a connection's sends, under its lock */
	struct qnet_entry of_traffic;	/* busy ones, under the traffic's lock */
	const struct qnet_deadline *deadline; /* client's thread only */
	struct qnet_link *link;		/* referenced */
	u32 xid;
	struct qnet_segment segment;	/* the setup, or the answer */
	bool segment_busy;		/* the link has it */
	bool busy;			/* BUSY came: to be sent again */
	bool again;			/* ... and it was; set by busy_work, no lock */
	bool answered;			/* service: .segment is taken for the answer */
	u32 seq;			/* pushes applied, or sent */
	u32 credit;			/* of those, consumed; as told or known */
	u32 pull;			/* number of the pull under way, or served last */
	u32 pull_offset;
	u32 pull_len;			/* asked for so far */
	u32 pull_next;			/* service: up to here nothing is missing */
	u32 pull_mark;			/* from here on the server's thread wants to know */
	u32 pieces;			/* of it that wait for the thread, or of the eager bytes */
	u32 eager_bytes;		/* service: of what the namespace has room for */
	u32 eager_end;			/* service: whatever is asked for, up to here they come */
	atomic_t cuts;			/* segments of request bytes on the link */
	u8 verdict;			/* STAY's flags, for the client's thread */
	enum qnet_cancel_reason reason;	/* of the last cancel; read by reception, no lock */
	bool final;			/* the answer came, .final_seq pushes before it are due */
	u32 final_seq;
	s64 final_status;
	int final_err;
	struct qnet_chunk *final_chunk;
	struct list_head early;		/* chunks that came before their turn */
	struct qnet_tomb *tomb;		/* service: made in time */

	u8 data[];
};

static_assert(IS_ENABLED(CONFIG_DEBUG_SPINLOCK) ||
	      sizeof(struct qnet_message) + QNET_MESSAGE_INLINE <= SZ_4K);

struct qnet_message *qnet_message_alloc(struct qnet_net *qn, u32 capacity, gfp_t gfp);
struct qnet_message *qnet_message_get(struct qnet_message *msg);
void qnet_message_put(struct qnet_message *msg);

/* Client: send, wait, copy the reply out.  0 with @status, or -errno. */
int qnet_message_send(struct qnet_connection *conn, const struct qnet_call *call,
		      const struct qnet_deadline *deadline, struct qnet_iter *from,
		      struct qnet_iter *to, s64 *status);
/* Client's side, any context: it is over. */
void qnet_message_complete(struct qnet_message *msg, s64 status, int err);
/* Client's side, any context: wake the thread; with @reason it shall want out. */
void qnet_message_kick(struct qnet_message *msg, enum qnet_cancel_reason reason);
void qnet_message_wake(struct qnet_message *msg);
/* Client's side: append a chunk for the reply buffer, takes it on success; false: nobody there. */
bool qnet_message_push(struct qnet_message *msg, struct qnet_chunk *chunk);

/*
 * Server's side: the client wants out, by a time-out in @states (0: any). Any context.
 * QNET_CANCEL_WAIT: it must stay; QNET_CANCEL_NOT_NOW: the time-out does not hold in its state, and
 * if it may later, .received() will be called.
 */
enum qnet_cancelled qnet_message_withdraw(struct qnet_message *msg, enum qnet_cancel_reason reason,
					  u32 states, bool *replied);
/* The -errno of a client that leaves. */
int qnet_message_reason_errno(enum qnet_cancel_reason reason);
/* What a program gets for an errno of a server or a peer; the kernel's own are none. */
int qnet_message_errno(int err);

/* Server: by rcvid, referenced or NULL; claim takes it out of its slot, so that only one can. */
struct qnet_message *qnet_message_find(struct qnet_process *process, s32 rcvid);
struct qnet_message *qnet_message_claim(struct qnet_process *process, s32 rcvid);
int qnet_message_reply(struct qnet_process *process, s32 rcvid, s64 status, bool error,
		       struct qnet_iter *from);
ssize_t qnet_message_read(struct qnet_process *process, s32 rcvid, u64 offset,
			  struct qnet_iter *to);
ssize_t qnet_message_write(struct qnet_process *process, s32 rcvid, u64 offset,
			   struct qnet_iter *from);
int qnet_message_info(struct qnet_process *process, s32 rcvid, struct qnet_msg_info *info);
void qnet_message_fill_info(const struct qnet_message *msg, struct qnet_msg_info *info);

/* Sleep till woken, the deadline (-ETIMEDOUT) or what @state lets through. */
int qnet_message_sleep(const struct qnet_deadline *deadline, u32 states);

#endif
