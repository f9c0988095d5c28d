/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the life of a link: opening, up, dead
 *
 * struct qnet_link is known here and in the files that make up the link: link.c, session.c,
 * transmit.c, recovery.c, receive.c and hello.c.
 */
#ifndef _QNET_SESSION_H
#define _QNET_SESSION_H

#include <linux/hrtimer.h>
#include <linux/if_ether.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "ack.h"
#include "link.h"
#include "mtu.h"
#include "transmit.h"

struct qnet_bearer;
struct qnet_hello;
struct qnet_net;
struct qnet_node;

#define QNET_SESSION_TICKS	QNET_FIXED(silence_dead)	/* in a silence that means death */
#define QNET_SESSION_TICKS_PING	QNET_FIXED(silence_ping)	/* in one that is worth a PING */
/* Between looks before that; after it, one. */
#define QNET_SESSION_TICKS_LOOK	QNET_FIXED(silence_look)

enum qnet_session_state {
	QNET_SESSION_OPENING,
	QNET_SESSION_UP,
	QNET_SESSION_DEAD,
};

/*
 * Lifetime and locking: made by a handshake, it is the node's .opening and then its .link; each
 * is one reference.  Death comes in two steps: qnet_session_kill() marks it in any context, takes
 * it off the index hash and schedules the second one, qnet_session_bury(), which stops timers and
 * the tasklet, gives segments back and takes it from its node, under config_lock.  The upper
 * layer's and passing references may last longer.  Freed by RCU.
 *
 * qn, node, bearer, backlog, index, lladdr and initiator are constant; remote and the peer_ members
 * are until it is up set under config_lock, then constant.  Two are not: peer_mtu, which changes
 * under config_lock, and mtu, which then grows under lock and is read anywhere.  lock covers error,
 * ack_*, tx, ping and is the innermost lock of the module.  state and frontier change under it and
 * are read anywhere.  rx changes under rx_lock and lock, so either is enough to read it (low needs
 * none); gaps changes under rx_lock.  rx_lock serialises frames and is outside the locks of the
 * layer above.  heard is set by reception, cleared by the live timer, whose own silent, ticks, due
 * and expected are.  private is the layer's above.
 */
struct qnet_link {
	struct hlist_node hash;
	struct qnet_net *qn;
	struct qnet_node *node;
	struct qnet_bearer *bearer;
	struct qnet_backlog *backlog;
	refcount_t refs;
	struct rcu_head rcu;
	void *private;

	u32 index;
	u32 remote;			/* the peer's index; 0: not known yet */
	u32 mtu;			/* bytes of header, body and CRC; see mtu.h */
	u32 ack_delay;			/* microseconds; as the peer was told */
	u32 peer_ack_delay;
	u32 peer_mtu;			/* of its bearer, as last told; under config_lock */
	u64 peer_incarnation;
	u8 lladdr[ETH_ALEN];
	bool initiator;
	bool buried;			/* under config_lock */
	bool was_up;			/* under config_lock */
	u64 up_since;			/* nanoseconds, monotonic */
	unsigned long expires;		/* jiffies; while opening */

	spinlock_t lock;		/* for all that follow until rx_lock */
	enum qnet_session_state state;
	int error;			/* why it is dead */
	bool ack_now;
	bool ack_armed;
	u32 ack_owed;			/* frames that want an acknowledgment not given yet */
	ktime_t ack_deadline;
	struct hrtimer ack_timer;
	struct qnet_transmit tx;
	struct qnet_segment ping;
	bool ping_busy;
	struct qnet_mtu path;

	spinlock_t rx_lock;		/* for rx; one frame at a time */
	struct qnet_ack_window rx;
	u64 frontier;			/* largest number seen, taken or not; under lock */
	u32 gaps;			/* numbers that came before an earlier one; read anywhere */
	unsigned long small;		/* jiffies: something small went or came last; anywhere */

	bool heard;
	u32 silent;			/* ticks */
	u32 ticks;			/* that the next look is for */
	ktime_t due;			/* the end of the last of them */
	ktime_t expected;		/* when the live timer is to run */
	struct hrtimer live_timer;
	struct work_struct dead_work;
};

/* Of links that die; the hellos use it too. */
extern struct workqueue_struct *qnet_session_wq;

/* A link to @node where it is now, opening, with an index of its own; ERR_PTR.  config_lock. */
struct qnet_link *qnet_session_new(struct qnet_node *node, bool initiator);
void qnet_session_agree(struct qnet_link *link, const struct qnet_hello *hello);
int qnet_session_up(struct qnet_link *link);

/* Referenced link or NULL.  Any context. */
struct qnet_link *qnet_session_find(struct qnet_net *qn, u32 index);

/* Any context but hard interrupts; @err is negative.  The first call counts. */
void qnet_session_kill(struct qnet_link *link, int err);

/* Kill and bury; @bye tells the peer.  config_lock held, may sleep. */
void qnet_session_end(struct qnet_link *link, int err, bool bye);

/* A segment of this kind goes or came: bulk yields to small ones for a while.  Any context. */
void qnet_session_saw(struct qnet_link *link, const struct qnet_segment_info *info);
bool qnet_session_yields(const struct qnet_link *link);

/* Queue a PING unless one is on its way. */
void qnet_session_ping(struct qnet_link *link);

int qnet_session_init(void);
void qnet_session_exit(void);

#endif
