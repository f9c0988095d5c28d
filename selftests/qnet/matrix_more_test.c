// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - eight clients over wires that are bad in one way, or two
 *
 * The cells of the matrix that are not in matrix_test.c.
 *
 * vm: timeout=900 more=debug
 */
#define _GNU_SOURCE
#include "matrix.h"
#include "qt_fixture.h"

FIXTURE(wire) {
	struct matrix matrix;
};

FIXTURE_VARIANT(wire) {
	const char *netem;
	unsigned int dead_after;
};

FIXTURE_VARIANT_ADD(wire, near) {
	.netem = "limit 10000 delay 1ms 200us",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, near_loss_1) {
	.netem = "limit 10000 delay 1ms loss 1%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, near_loss_20) {
	.netem = "limit 10000 delay 1ms loss 20%",
	.dead_after = 5000,
};

FIXTURE_VARIANT_ADD(wire, far) {
	.netem = "limit 10000 delay 50ms 10ms",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, far_loss_1) {
	.netem = "limit 10000 delay 50ms 10ms loss 1%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, far_loss_5) {
	.netem = "limit 10000 delay 50ms loss 5%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, doubled) {
	.netem = "limit 10000 delay 1ms duplicate 20%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, reordered) {
	.netem = "limit 10000 delay 2ms reorder 70%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, doubled_reordered) {
	.netem = "limit 10000 delay 5ms 2ms duplicate 10% reorder 50%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, corrupt) {
	.netem = "limit 10000 delay 1ms corrupt 5%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, narrow) {
	.netem = "limit 64 rate 10mbit",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, bursts) {
	.netem = "limit 10000 delay 1ms loss gemodel 1% 20%",
	.dead_after = 1000,
};

FIXTURE_SETUP(wire)
{
	(void)variant;
	ASSERT_TRUE(matrix_setup(&self->matrix));
}

FIXTURE_TEARDOWN(wire)
{
	qt_teardown(&self->matrix.qt);
	EXPECT_EQ(0, self->matrix.qt.page->faults)
		TH_LOG("first of them: %s", self->matrix.qt.page->fault);
}

TEST_F_TIMEOUT(wire, carries, MATRIX_TIMEOUT)
{
	EXPECT_TRUE(matrix_run(&self->matrix, variant->netem, variant->dead_after));
}

TEST_HARNESS_MAIN
