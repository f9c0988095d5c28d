// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - eight clients over wires that are bad in one way, or two
 *
 * The cells of the matrix that are not in matrix_test.c.
 *
 * vm: timeout=900 more=debug
 */
#define _GNU_SOURCE
#include "matrix_fixture.h"

FIXTURE_VARIANT_ADD(wire, near) {
	.netem = "limit 10000 delay 1ms 200us",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, near_loss_1) {
	.netem = "limit 10000 delay 1ms loss 1%",
	.dead_after = 1000,
	.shows = "tx_retransmits",
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, near_loss_20) {
	.netem = "limit 10000 delay 1ms loss 20%",
	.dead_after = 5000,
	.shows = "tx_retransmits",
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, far) {
	.netem = "limit 10000 delay 50ms 10ms",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, far_loss_1) {
	.netem = "limit 10000 delay 50ms 10ms loss 1%",
	.dead_after = 1000,
	.shows = "tx_retransmits",
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, far_loss_5) {
	.netem = "limit 10000 delay 50ms 10ms loss 5%",
	.dead_after = 1000,
	.shows = "tx_retransmits",
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, doubled) {
	.netem = "limit 10000 delay 1ms duplicate 20%",
	.dead_after = 1000,
	.shows = "rx_duplicate",
};

FIXTURE_VARIANT_ADD(wire, reordered) {
	.netem = "limit 10000 delay 2ms reorder 70%",
	.dead_after = 1000,
	.shows = "tx_spurious",
	.least = 30,	/* 2 to 15 where none overtakes another */
};

FIXTURE_VARIANT_ADD(wire, doubled_reordered) {
	.netem = "limit 10000 delay 5ms 2ms duplicate 10% reorder 50%",
	.dead_after = 1000,
	.shows = "rx_duplicate",
};

FIXTURE_VARIANT_ADD(wire, corrupt) {
	.netem = "limit 10000 delay 1ms corrupt 5%",
	.dead_after = 1000,
	.shows = "rx_bad_crc",
};

FIXTURE_VARIANT_ADD(wire, narrow) {
	.netem = "limit 64 rate 10mbit",
	.dead_after = 1000,
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, bursts) {
	/* a burst is counted in frames: where only probes go it is as long as many of them */
	.netem = "limit 10000 delay 1ms loss gemodel 1% 20% 70%",
	.dead_after = 5000,
	.shows = "tx_retransmits",
	.single = true,
};

TEST_HARNESS_MAIN
