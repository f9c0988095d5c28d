// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - eight clients over wires that are bad in more than one way
 *
 * The other twelve cells of the matrix are in matrix_more_test.c.
 *
 * vm: timeout=400
 */
#define _GNU_SOURCE
#include "matrix_fixture.h"

FIXTURE_VARIANT_ADD(wire, loss_5) {
	.netem = "limit 10000 delay 1ms loss 5%",
	.dead_after = 1000,
	.shows = "tx_retransmits",
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, narrow_loss_2) {
	.netem = "limit 64 rate 10mbit loss 2%",
	.dead_after = 1000,
	.shows = "tx_retransmits",
	.single = true,
};

FIXTURE_VARIANT_ADD(wire, near_everything) {
	.netem = "limit 10000 delay 3ms 1ms loss 3% duplicate 3% corrupt 1% reorder 20%",
	.dead_after = 1000,
	.shows = "rx_duplicate",
};

FIXTURE_VARIANT_ADD(wire, far_everything) {
	.netem = "limit 10000 delay 50ms 10ms loss 2% duplicate 2% corrupt 1%",
	.dead_after = 1000,
	.shows = "tx_retransmits",
	.single = true,
};

TEST_HARNESS_MAIN
