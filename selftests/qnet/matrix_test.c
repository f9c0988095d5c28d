// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - eight clients over wires that are bad in more than one way
 *
 * The other twelve cells of the matrix are in matrix_more_test.c.
 *
 * vm: timeout=400
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

FIXTURE_VARIANT_ADD(wire, loss_5) {
	.netem = "limit 10000 delay 1ms loss 5%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, narrow_loss_2) {
	.netem = "limit 64 rate 10mbit loss 2%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, near_everything) {
	.netem = "limit 10000 delay 3ms 1ms loss 3% duplicate 3% corrupt 1% reorder 20%",
	.dead_after = 1000,
};

FIXTURE_VARIANT_ADD(wire, far_everything) {
	.netem = "limit 10000 delay 50ms 10ms loss 2% duplicate 2% corrupt 1%",
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
