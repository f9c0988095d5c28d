/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - two nodes, a server, and the parameters there are
 */
#ifndef _PARAMS_FIXTURE_H
#define _PARAMS_FIXTURE_H

#include "params.h"
#include "qt_fixture.h"

FIXTURE(param) {
	struct qt qt;
	struct params params;
	struct qt_server server;
};

FIXTURE_SETUP(param)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(params_list(self->qt.client_ns, &self->params));
	ASSERT_LT(50, self->params.count);
	self->server = qt_server(&self->qt, 0, qt_echo, NULL);
}

FIXTURE_TEARDOWN(param)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

#endif
