/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the two fixtures of the API tests
 *
 * Each test of "pair" runs twice: with the server in the client's own network namespace, and with
 * it on another node.  QNET_TEST_LOCAL_ONLY=1 in the environment leaves the second run out.
 *
 *	+- alpha (the test) -+         +- beta (servers) -+
 *	|   client    veth0 -+---------+- veth0   server  |
 *	+--------------------+         +------------------+
 *
 * The tests of "here" have no remote side.
 */
#ifndef _QT_FIXTURE_H
#define _QT_FIXTURE_H

#include "kselftest_harness.h"
#include "qt.h"

#define QT_TEST(fixture, test) TEST_F_TIMEOUT(fixture, test, QT_TIMEOUT)

FIXTURE(pair) {
	struct qt qt;
};

FIXTURE_VARIANT(pair) {
	bool remote;
};

FIXTURE_VARIANT_ADD(pair, local) {
	.remote = false,
};

FIXTURE_VARIANT_ADD(pair, remote) {
	.remote = true,
};

FIXTURE_SETUP(pair)
{
	if (variant->remote && getenv("QNET_TEST_LOCAL_ONLY"))
		SKIP(_exit(255), "local only");
	ASSERT_TRUE(qt_setup_shared(&self->qt, variant->remote));
}

FIXTURE_TEARDOWN(pair)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

FIXTURE(here) {
	struct qt qt;
};

FIXTURE_SETUP(here)
{
	ASSERT_TRUE(qt_setup_shared(&self->qt, false));
}

FIXTURE_TEARDOWN(here)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

#endif
