/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - timers, caps and thresholds that a network namespace may set
 *
 * A parameter is one line here: name, unit, default, least and most, and whether it bounds memory:
 * then more than the default is for who rules the machine, not for who rules the namespace alone.
 * `qnetctl param` shows and sets it, protocol.rst section 6 says why it is so.  What both ends must
 * have the same, what arrays are made for, and what nobody needs another value of, can be shown,
 * and has one: QNET_FIXED().
 * Pure: no locks; any of them may be set at any time.
 *
 * checkpatch: COMPLEX_MACRO - a list of names for an enum and an array cannot stand in parentheses
 * checkpatch: MACRO_ARG_REUSE - its argument is a macro's name
 */
#ifndef _QNET_PARAM_H
#define _QNET_PARAM_H

#include <linux/kernel.h>
#include <linux/types.h>

#define QNET_PARAMS(X) \
	/* acknowledgments: see transmit.h */ \
	X(ack_delay, "us", 10000, 0, 20000, false) \
	X(ack_frames, "frames", 16, 1, 16, false) \
	X(ack_frames_gap, "frames", 4, 1, 16, false) \
	X(receive_window, "frames", 1024, 1024, 1024, false) \
	/* the window, and what is lost: congestion.h */ \
	X(window_first, "frames", 32, 2, 512, false) \
	X(window_least, "frames", 16, 2, 512, false) \
	X(window_most, "frames", 512, 2, 512, false) \
	X(noise_part, "parts", 8, 2, 1000, false) \
	X(queue_part, "parts", 4, 1, 1000, false) \
	X(queue_least, "us", 500, 0, 1000000, false) \
	X(bulk_yields, "ms", 50, 0, 60000, false) \
	X(bulk_part, "parts", 4, 1, 1000, false) \
	X(bulk_least, "us", 100, 0, 1000000, false) \
	X(bulk_trips, "round trips", 8, 0, 1000, false) \
	X(bulk_round, "us", 2500, 0, 1000000, false) \
	X(bulk_always, "frames", 16, 16, 512, false) \
	X(bulk_grows, "parts", 4, 1, 1000, false) \
	X(bulk_used, "parts", 8, 1, 1000, false) \
	X(reorder_least, "frames", 3, 1, 30, false) \
	X(reorder_most, "frames", 30, 1, 30, false) \
	X(reorder_time_most, "eighths", 8, 0, 64, false) \
	X(loss_least, "us", 1000, 0, 1000000, false) \
	X(rtt_first, "us", 10000, 100, 1000000, false) \
	X(rtt_deviation_least, "us", 2000, 0, 20000, false) \
	X(probe_least, "us", 3000, 100, 20000, false) \
	X(probe_most, "us", 250000, 10000, 10000000, false) \
	X(probes_persistent, "probes", 2, 1, 100, false) \
	X(probes_dead, "probes", 16, 16, 16, false) \
	X(rtt_samples, "frames", 1024, 1024, 1024, false) \
	X(rtt_recent, "frames", 4, 4, 4, false) \
	X(rtt_room, "frames", 64, 64, 64, false) \
	X(rtt_longest, "us", 16000000, 16000000, 16000000, false) \
	X(doublings, "times", 8, 8, 8, false) \
	X(frame_numbers, "numbers", 4, 4, 4, false) \
	/* sending: transmit.c, session.c */ \
	X(frames_in_a_go, "frames", 256, 16, 65536, false) \
	X(frames_together, "frames", 16, 16, 16, false) \
	X(memory_again, "us", 1000, 100, 1000000, false) \
	X(timer_late, "us", 10000, 100, 10000000, false) \
	X(small_reply, "bytes", 4096, 0, 65536, false) \
	/* frames that a device has not sent: backlog.c */ \
	X(device_frames, "frames", 16, 1, 512, false) \
	X(device_most, "frames", 64, 1, 512, false) \
	X(device_less, "parts", 8, 1, 1000, false) \
	X(device_urgent, "parts", 4, 2, 1000, false) \
	X(joined_again, "times", 256, 1, 1000000, false) \
	X(unload_said, "ms", 10000, 10000, 10000, false) \
	/* small frames that wait for more: transmit.c */ \
	X(share_frames, "frames", 2, 0, 512, false) \
	X(share_least, "us", 50, 0, 10000, false) \
	X(share_most, "us", 1000, 0, 10000, false) \
	/* the size of frames: mtu.c */ \
	X(mtu_first, "bytes", 576, 576, 576, false) \
	X(mtu_memory_again, "ms", 100, 1, 100000, false) \
	X(mtu_tries, "frames", 3, 1, 100, false) \
	X(mtu_tries_doubt, "frames", 8, 1, 100, false) \
	X(mtu_doubt, "frames", 16, 1, 10000, false) \
	X(mtu_doubt_part, "parts", 2, 1, 1000, false) \
	X(mtu_step, "bytes", 32, 1, 9216, false) \
	X(mtu_again, "ms", 600000, 100, 86400000, false) \
	/* parts of dead-after: session.c */ \
	X(silence_dead, "ticks", 16, 16, 16, false) \
	X(silence_ping, "ticks", 4, 4, 4, false) \
	X(silence_look, "ticks", 2, 2, 2, false) \
	/* finding nodes: hello.c, node.c, bearer.c */ \
	X(announce, "ms", 800, 10, 3600000, false) \
	X(announce_linked, "ms", 10000, 10, 3600000, false) \
	X(init_first, "ms", 50, 10, 60000, false) \
	X(init_most, "ms", 1000, 10, 60000, false) \
	X(inits, "frames", 8, 1, 1000, false) \
	X(inits_new, "frames", 3, 1, 1000, false) \
	X(opening, "ms", 2000, 100, 60000, false) \
	X(cookie, "ms", 2000, 100, 60000, false) \
	X(hellos_answered, "a second", 20, 1, 10000, false) \
	X(hellos_waiting, "frames", 64, 1, 10000, true) \
	X(resets, "a second", 10, 1, 10000, false) \
	X(nodes_learnt, "nodes", 256, 0, 65536, true) \
	X(node_stale, "ms", 60000, 100, 3600000, false) \
	X(node_stale_new, "ms", 5000, 100, 3600000, false) \
	X(hello_idle, "ms", 60000, 60000, 60000, false) \
	/* messages: pull.c, pace.c, service.c, traffic.c, remote.c, chunk.c, local.c, ... */ \
	X(first_bytes, "bytes", 3072, 3072, 3072, false) \
	X(pinned, "bytes", 1048576, 1048576, 1048576, false) \
	X(copied, "bytes", 65536, 65536, 65536, false) \
	X(kept_least, "bytes", 1024, 1024, 9216, false) \
	X(kept_waste, "times", 3, 1, 64, true) \
	X(write_room, "bytes", 1048576, 1048576, 1048576, false) \
	X(eager_room, "bytes", 16777216, 0, 1073741824, true) \
	X(eager_early, "pieces", 512, 1, 65536, true) \
	X(eager_wait, "ms", 500, 10, 60000, false) \
	X(pull, "bytes", 65536, 4096, 1048576, false) \
	X(pull_least, "bytes", 16384, 4096, 1048576, false) \
	X(pull_peer, "bytes", 1048576, 4096, 1048576, false) \
	X(pull_ahead, "bytes", 1048576, 1048576, 1048576, false) \
	X(pull_pieces, "pieces", 2560, 2560, 2560, false) \
	X(eager_pieces, "pieces", 256, 256, 256, false) \
	X(eager_piece, "bytes", 512, 512, 512, false) \
	X(eager_forgotten, "requests", 256, 256, 256, false) \
	X(pushes, "pushes", 64, 64, 64, false) \
	X(pull_turns, "turns", 4, 4, 16, false) \
	X(pull_asked, "turns", 4, 4, 4, false) \
	X(copied_parts, "parts", 8, 1, 1000, false) \
	X(copied_least, "bytes", 16384, 1, 67108864, false) \
	X(copied_most, "bytes", 131072, 1, 67108864, false) \
	X(made_together, "bytes", 65536, 4096, 1048576, false) \
	X(pull_patience, "ms", 20, 1, 10000, false) \
	X(pull_idle, "ms", 100, 1, 60000, false) \
	X(requests, "requests", 4096, 1, 1048576, true) \
	X(requests_all, "requests", 16384, 1, 1048576, true) \
	X(busy, "ms", 5, 1, 10000, false) \
	X(busy_round, "requests", 64, 1, 4096, false) \
	X(busy_doublings, "times", 4, 4, 4, false) \
	X(clients, "clients", 131072, 131072, 131072, false) \
	X(attached, "connections", 131072, 1, 1048576, true) \
	X(attached_all, "connections", 262144, 1, 1048576, true) \
	X(answers, "answers", 16384, 16384, 1048576, true) \
	X(pulses, "pulses", 1024, 512, 65536, true) \
	X(pulses_client, "pulses", 4096, 1, 1048576, true) \
	X(pulses_told, "pulses", 256, 256, 256, false)

enum qnet_param {
#define QNET_PARAM_ENUM(name, ...) QNET_PARAM_##name,
	QNET_PARAMS(QNET_PARAM_ENUM)
#undef QNET_PARAM_ENUM
	QNET_PARAM_MAX
};

/* Values at first; of those whose least and most are the same, for ever. */
enum {
#define QNET_PARAM_FIRST(name, unit, first, ...) QNET_PARAM_FIRST_##name = first,
	QNET_PARAMS(QNET_PARAM_FIRST)
#undef QNET_PARAM_FIRST
};

/* Of one that cannot be set. */
#define QNET_FIXED(name) QNET_PARAM_FIRST_##name

struct qnet_params {
	u32 value[QNET_PARAM_MAX];	/* set by netlink.c, read anywhere; no lock */
};

struct qnet_param_info {
	const char *name;
	const char *unit;
	u32 value;			/* at first */
	u32 least;
	u32 most;
	bool bounds_memory;
};

extern const struct qnet_param_info qnet_param_infos[QNET_PARAM_MAX];

void qnet_params_init(struct qnet_params *params);

/* Set by netlink.c at any time. */
#define qnet_param(params, name) READ_ONCE((params)->value[QNET_PARAM_##name])

#endif
