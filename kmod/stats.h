/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - counters, per CPU and per network namespace
 *
 * A counter is one line here; its name is what `qnetctl stats` prints.
 *
 * checkpatch: COMPLEX_MACRO - a list of names for an enum and an array cannot stand in parentheses
 * checkpatch: MACRO_ARG_REUSE - its argument is a macro's name
 */
#ifndef _QNET_STATS_H
#define _QNET_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

struct qnet_net;

#define QNET_STATS(X) \
	X(processes_made)	/* objects made and freed: live ones are the difference */ \
	X(processes_freed) \
	X(channels_made) \
	X(channels_freed) \
	X(connections_made) \
	X(connections_freed) \
	X(clients_made) \
	X(clients_freed) \
	X(messages_made) \
	X(messages_freed) \
	X(pulses_made) \
	X(pulses_freed) \
	X(pins_made) \
	X(pins_freed) \
	X(chunks_made) \
	X(chunks_freed) \
	X(nodes_made) \
	X(nodes_freed) \
	X(links_made) \
	X(links_freed) \
	X(sends_local)		/* transactions begun */ \
	X(sends_remote) \
	X(receives)		/* messages taken by servers */ \
	X(replies)		/* transactions answered by MsgReply or MsgError */ \
	X(cancels)		/* transactions given up by their client */ \
	X(pulses_queued) \
	X(tx_frames)		/* link */ \
	X(tx_bytes) \
	X(tx_segments) \
	X(tx_acks)		/* frames that carry nothing but acknowledgement state */ \
	X(tx_retransmits)	/* segments sent again */ \
	X(tx_lost)		/* frames given up, to be sent again */ \
	X(tx_spurious)		/* frames sent again of which an earlier copy had arrived */ \
	X(tx_probes)		/* probe timer ran out */ \
	X(tx_hellos) \
	X(tx_resets) \
	X(tx_joined)		/* frames that crossed the stack with the one before them */ \
	X(tx_errors)		/* the device did not take it */ \
	X(rx_frames) \
	X(rx_bytes) \
	X(rx_segments) \
	X(rx_acks) \
	X(rx_hellos) \
	X(rx_resets) \
	X(rx_duplicate)		/* packet number seen before */ \
	X(rx_old)		/* packet number below the window */ \
	X(rx_refused)		/* no memory or too early: counts as never received */ \
	X(rx_bad_short)		/* dropped frames by reason, as enum qnet_wire_fault */ \
	X(rx_bad_length) \
	X(rx_bad_version) \
	X(rx_bad_type) \
	X(rx_bad_flags) \
	X(rx_bad_crc) \
	X(rx_bad_segment) \
	X(rx_bad_hello) \
	X(rx_bad_index)		/* link index unknown here */ \
	X(rx_bad_source)	/* right index, wrong address or bearer */ \
	X(rx_bad_cookie) \
	X(rx_bad_ack)		/* acknowledges what was never sent */ \
	X(rx_bad_name)		/* a name that another node has, or too many nodes */ \
	X(rx_flood)		/* HELLOs beyond what may wait */ \
	X(rx_twin)		/* HELLOs of another node that has the bearer's address */ \
	X(rx_pulses_dropped)	/* too many of one client waited */ \
	X(rx_busy)		/* requests put off: too many queued */ \
	X(rx_eager_forgotten)	/* requests of which what came unasked found no room */ \
	X(links_dead)		/* links declared dead */

enum qnet_stat {
#define QNET_STAT_ENUM(name) QNET_STAT_##name,
	QNET_STATS(QNET_STAT_ENUM)
#undef QNET_STAT_ENUM
	QNET_STAT_MAX
};

struct qnet_stats {
	u64 value[QNET_STAT_MAX];	/* each CPU adds to its own; read by any */
};

void qnet_stat_add(struct qnet_net *qn, enum qnet_stat stat, u64 n);
const char *qnet_stat_name(enum qnet_stat stat);
u64 qnet_stat_read(const struct qnet_net *qn, enum qnet_stat stat);

#define qnet_stat_inc(qn, stat) qnet_stat_add(qn, QNET_STAT_##stat, 1)

#endif
