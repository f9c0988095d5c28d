// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the size of frames that gets through to a peer
 *
 * Devices in between may carry less than both bearers do, and say nothing.  A link begins with the
 * least size and tries the greatest; what is lost brings it to halves of the difference (RFC 8899).
 * Where a size that was good is so no longer, queued segments would not fit what is: the link ends,
 * and the next one finds out.
 */
#include "mtu.h"

#include <linux/minmax.h>
#include <linux/string.h>

#include "bearer.h"
#include "net.h"
#include "session.h"
#include "wire.h"

static_assert(QNET_FIXED(mtu_first) == QNET_WIRE_MTU_MIN);

#define QNET_MTU_OVERHEAD	(sizeof(struct qnet_wire_header) + QNET_WIRE_CRC_SIZE + \
				 sizeof(struct qnet_wire_segment_header))

static struct qnet_link *qnet_mtu_link(struct qnet_segment *seg)
{
	return container_of(seg, struct qnet_link, path.segment);
}

static bool qnet_mtu_fill(struct qnet_segment *seg, void *to)
{
	struct qnet_link *link = qnet_mtu_link(seg);

	link->path.number = link->tx.next;
	memset(to, 0, seg->info.payload_len);
	return true;
}

static void qnet_mtu_try(struct qnet_link *link, u32 size)
{
	struct qnet_mtu *path = &link->path;

	lockdep_assert_held(&link->lock);
	if (path->size != size)
		path->lost = 0;
	path->size = size;
	path->busy = true;
	path->number = U64_MAX;
	path->segment.info.payload_len = size - QNET_MTU_OVERHEAD;
	qnet_transmit_queue_alone(link, &path->segment);
	/* something small after it: its acknowledgment tells a loss from a silence */
	if (!link->ping_busy)
		qnet_transmit_queue_alone(link, &link->ping);
	link->ping_busy = true;
}

/* The next size between what is good and what is not; the way may be another one some day. */
static void qnet_mtu_next(struct qnet_link *link)
{
	const struct qnet_params *params = &link->qn->params;
	struct qnet_mtu *path = &link->path;
	u32 size = path->most;

	lockdep_assert_held(&link->lock);
	path->searched = ktime_get();
	if (path->refused <= path->most)
		size = link->mtu + (path->refused - link->mtu) / 2;
	if (size > link->mtu && path->refused - link->mtu > qnet_param(params, mtu_step))
		qnet_mtu_try(link, size);
}

/* A queue that is full for a moment is no reason to end a link. */
static bool qnet_mtu_long_since(const struct qnet_link *link)
{
	u32 msecs = READ_ONCE(link->qn->dead_after) /
		    qnet_param(&link->qn->params, mtu_doubt_part);

	return ktime_ms_delta(ktime_get(), link->path.since) >= msecs;
}

/* True: a size that was good is good no longer. */
static bool qnet_mtu_lost(struct qnet_link *link)
{
	struct qnet_mtu *path = &link->path;
	const struct qnet_params *params = &link->qn->params;
	bool doubt = path->size <= link->mtu;

	lockdep_assert_held(&link->lock);
	if (path->number == U64_MAX) {
		/* there was no memory for it */
		path->searched = ktime_sub_ms(ktime_get(), qnet_param(params, mtu_again) -
					      (s64)qnet_param(params, mtu_memory_again));
		return false;
	}
	/* silence says nothing of sizes */
	if (link->tx.acked > path->number)
		path->lost++;
	if (doubt && path->lost >= qnet_param(params, mtu_tries_doubt) && qnet_mtu_long_since(link))
		return true;
	if (doubt || path->lost < qnet_param(params, mtu_tries)) {
		qnet_mtu_try(link, path->size);
		return false;
	}
	path->refused = path->size;
	qnet_mtu_next(link);
	return false;
}

/* Unless a bearer carries less by now.  What it carries may change while a size is doubted. */
static void qnet_mtu_good(struct qnet_link *link)
{
	struct qnet_mtu *path = &link->path;

	lockdep_assert_held(&link->lock);
	if (path->size > link->mtu && path->size <= path->most) {
		path->lost = 0;
		WRITE_ONCE(link->mtu, path->size);	/* read by qnet_link_room() */
		qnet_congestion_frame(&link->tx.cc, link->mtu);
	}
	qnet_mtu_next(link);
}

static void qnet_mtu_done(struct qnet_segment *seg, int err)
{
	struct qnet_link *link = qnet_mtu_link(seg);
	bool dead = false;

	spin_lock_bh(&link->lock);
	link->path.busy = false;
	if (link->state == QNET_SESSION_UP) {
		if (err)
			dead = qnet_mtu_lost(link);
		else
			qnet_mtu_good(link);
	}
	spin_unlock_bh(&link->lock);

	if (dead) {
		qnet_stat_inc(link->qn, links_dead);
		qnet_session_kill(link, -EHOSTDOWN);
	}
}

static const struct qnet_segment_ops qnet_mtu_ops = {
	.fill = qnet_mtu_fill,
	.done = qnet_mtu_done,
};

void qnet_mtu_setup(struct qnet_link *link)
{
	struct qnet_segment *seg = &link->path.segment;

	INIT_LIST_HEAD(&seg->list);
	seg->ops = &qnet_mtu_ops;
	seg->owner = &link->path;
	seg->info.kind = QNET_SEG_PING;
}

/* What both bearers carry. */
static u32 qnet_mtu_most(const struct qnet_link *link)
{
	lockdep_assert_held(&link->qn->config_lock);
	return min(link->bearer->mtu, link->peer_mtu);
}

void qnet_mtu_agree(struct qnet_link *link)
{
	link->path.most = qnet_mtu_most(link);
	link->path.refused = link->path.most + 1;
	link->path.searched = KTIME_MAX;
	link->mtu = QNET_WIRE_MTU_MIN;
}

void qnet_mtu_begin(struct qnet_link *link)
{
	spin_lock_bh(&link->lock);
	if (link->state == QNET_SESSION_UP && !link->path.busy)
		qnet_mtu_next(link);
	spin_unlock_bh(&link->lock);
	qnet_transmit_drain(link);
	qnet_session_ping(link);	/* where there is nothing to try */
}

bool qnet_mtu_follow(struct qnet_link *link)
{
	struct qnet_mtu *path = &link->path;
	u32 most = qnet_mtu_most(link);
	bool fits;

	spin_lock_bh(&link->lock);
	fits = link->mtu <= most;
	if (fits && most != path->most) {
		path->refused = most > path->most ? most + 1 : min(path->refused, most + 1);
		path->most = most;
		path->lost = 0;
		if (link->state == QNET_SESSION_UP && !path->busy)
			qnet_mtu_next(link);
	}
	spin_unlock_bh(&link->lock);
	qnet_transmit_drain(link);
	return fits;
}

void qnet_mtu_doubt(struct qnet_link *link)
{
	lockdep_assert_held(&link->lock);
	if (link->path.busy || link->mtu <= QNET_WIRE_MTU_MIN)
		return;
	link->path.lost = 0;
	link->path.since = ktime_get();
	qnet_mtu_try(link, link->mtu);
}

void qnet_mtu_again(struct qnet_link *link, ktime_t now)
{
	struct qnet_mtu *path = &link->path;

	lockdep_assert_held(&link->lock);
	if (path->busy || link->mtu == path->most || path->searched == KTIME_MAX ||
	    ktime_ms_delta(now, path->searched) < qnet_param(&link->qn->params, mtu_again))
		return;
	path->refused = path->most + 1;
	path->lost = 0;
	qnet_mtu_next(link);
}

void qnet_mtu_arrived(struct qnet_link *link, u32 size)
{
	lockdep_assert_held(&link->lock);
	if (link->path.size > link->mtu && size < link->path.size)
		return;		/* what is tried is more */
	link->path.lost = 0;
	link->path.since = ktime_get();
}

bool qnet_mtu_is_try(const struct qnet_link *link, struct qnet_transmit_record *record)
{
	return list_first_entry_or_null(&record->segments, struct qnet_segment, list) ==
	       &link->path.segment;
}
