/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the test of one wire; a program adds the wires
 */
#ifndef _MATRIX_FIXTURE_H
#define _MATRIX_FIXTURE_H

#include "matrix.h"
#include "qt_fixture.h"

FIXTURE(wire) {
	struct matrix matrix;
};

FIXTURE_VARIANT(wire) {
	const char *netem;
	unsigned int dead_after;
	const char *shows;
	unsigned int least;
	bool single;
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
	const struct matrix_wire wire = {
		.netem = variant->netem,
		.dead_after = variant->dead_after,
		.shows = variant->shows,
		.least = variant->least,
		.single = variant->single,
	};

	EXPECT_TRUE(matrix_run(&self->matrix, &wire));
}

#endif
