/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the fixture of the tests of failing allocations
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 */
#ifndef _FAIL_FIXTURE_H
#define _FAIL_FIXTURE_H

#include "fail.h"
#include "qt_fixture.h"

FIXTURE(fail) {
	struct fail f;
};

FIXTURE_VARIANT(fail) {
	bool remote;
};

FIXTURE_VARIANT_ADD(fail, local) {
	.remote = false,
};

FIXTURE_VARIANT_ADD(fail, remote) {
	.remote = true,
};

FIXTURE_SETUP(fail)
{
	struct qt *qt = &self->f.qt;

	/* one node is given a name, which others have no use for */
	ASSERT_TRUE(variant->remote ? qt_setup_shared(qt, true) : qt_setup(qt, false));
	ASSERT_TRUE(fail_open(&self->f));
}

FIXTURE_TEARDOWN(fail)
{
	fail_end(&self->f);
	EXPECT_EQ(0, self->f.qt.page->faults)
		TH_LOG("first of them: %s", self->f.qt.page->fault);
}

#endif
