// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - parameters: nodes that differ in one of them get along, whichever it is
 *
 * param_test.c has a few of them, and all at once.
 *
 * vm: timeout=900 more=stock,debug
 */
#define _GNU_SOURCE
#include "params_fixture.h"

static void differ(struct __test_metadata *_metadata, struct qt *qt, struct qt_server server,
		   const struct params *params, bool client_most)
{
	int i;

	for (i = 0; i < params->count; i++) {
		if (params->of[i].least == params->of[i].most)
			continue;
		ASSERT_TRUE(params_differ(qt, server, &params->of[i], client_most, PARAMS_LONGER));
	}
}

TEST_F_TIMEOUT(param, client_has_least, 450)
{
	differ(_metadata, &self->qt, self->server, &self->params, false);
}

TEST_F_TIMEOUT(param, client_has_most, 450)
{
	differ(_metadata, &self->qt, self->server, &self->params, true);
}

TEST_HARNESS_MAIN
