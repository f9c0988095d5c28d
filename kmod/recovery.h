/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames in flight: what arrived, what is lost, when to ask
 *
 * As RFC 9002 has it: a frame is lost when later ones arrived, by number or by time, and when
 * nothing is heard the first one is sent again as a probe.
 */
#ifndef _QNET_RECOVERY_H
#define _QNET_RECOVERY_H

#include <linux/ktime.h>
#include <linux/types.h>

struct list_head;
struct qnet_frame;
struct qnet_link;
struct qnet_transmit;
struct qnet_transmit_record;

void qnet_recovery_setup(struct qnet_link *link);

/* The link's timer runs at @at, or earlier.  The link's lock held. */
void qnet_recovery_arm_at(struct qnet_link *link, ktime_t at);
/* ... when a frame in flight is to be looked at. */
void qnet_recovery_arm(struct qnet_link *link);

/*
 * The peer's acknowledgment state; segments that are through go to @done.  False: it names a
 * number never sent.  The link's lock held.
 */
bool qnet_recovery_acked(struct qnet_link *link, const struct qnet_frame *frame, ktime_t now,
			 struct list_head *done);

/* What is lost goes now; false: nothing is, or the window is shut.  The link's lock held. */
bool qnet_recovery_may_repair(struct qnet_transmit *tx);

/*
 * What went alone waits for nothing when it is lost, and was no congestion: RFC 8899, 3.  The
 * link's lock held.
 */
void qnet_recovery_alone_lost(struct qnet_link *link, struct qnet_transmit_record *record);

/*
 * True if the timer should have run @limit ago and did not: the CPU that it is on stands still.
 * What it is for is done here then; and what may go goes, for its tasklet may stand there, too.
 * No locks held.
 */
bool qnet_recovery_overdue(struct qnet_link *link, ktime_t now, ktime_t limit);

#endif
