// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - parameters: nodes that differ in one of them get along
 *
 * vm: timeout=900 more=stock,debug
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARAMS	128

struct param {
	char name[32];
	unsigned int least;
	unsigned int most;
};

struct params {
	struct param of[PARAMS];
	int count;
};

FIXTURE(param) {
	struct qt qt;
	struct params params;
};

static void params_list(int ns, struct params *params)
{
	struct param *param = params->of;
	FILE *file;

	if (setns(ns, CLONE_NEWNET))
		return;
	file = popen("qnetctl param | tail -n +2", "re");
	if (!file)
		return;
	while (param < params->of + PARAMS &&
	       fscanf(file, "%31s %*u %*u %u %u %*[^\n]", param->name, &param->least,
		      &param->most) == 3)
		param++;
	pclose(file);
	params->count = (int)(param - params->of);
}

FIXTURE_SETUP(param)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	params_list(self->qt.client_ns, &self->params);
	ASSERT_LT(50, self->params.count);
}

FIXTURE_TEARDOWN(param)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* Of a link that begins with these parameters. */
static bool moves(struct qt *qt, struct qt_server server)
{
	static const size_t sizes[] = { 1, 3000, 70000, 300000 };
	bool good;
	size_t i;
	int coid;

	if (!qt_bearer(qt->client_ns, false) || !qt_bearer(qt->client_ns, true) || !qt_relink(qt))
		return false;
	coid = qt_attach(qt, server);
	good = coid != -1;
	for (i = 0; good && i < ARRAY_SIZE(sizes); i++)
		good = qt_echoed(coid, sizes[i]);
	ConnectDetach(coid);
	return good;
}

static int give(int ns, const struct param *param, unsigned int value)
{
	/* nobody could be met */
	if (!strcmp(param->name, "nodes_learnt") && !value)
		value = 1;
	return qt_run(ns, "qnetctl param set %s %u", param->name, value);
}

/* One has the least, the other one the most. */
static void differ(struct __test_metadata *_metadata, struct qt *qt, const struct params *params,
		   bool client_most)
{
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	int least = client_most ? qt->server_ns : qt->client_ns;
	int most = client_most ? qt->client_ns : qt->server_ns;
	const struct param *param;
	uint64_t began;

	for (param = params->of; param < params->of + params->count; param++) {
		began = qt_now();
		ASSERT_EQ(0, give(least, param, param->least));
		ASSERT_EQ(0, give(most, param, param->most));
		ASSERT_TRUE(moves(qt, server))
			TH_LOG("%s: %u and %u", param->name, param->least, param->most);
		ASSERT_EQ(0, qt_run(least, "qnetctl param set %s default", param->name));
		ASSERT_EQ(0, qt_run(most, "qnetctl param set %s default", param->name));
		if (qt_now() - began > 5000)
			TH_LOG("%s: %d ms", param->name, (int)(qt_now() - began));
	}
}

TEST_F_TIMEOUT(param, client_has_least, 450)
{
	differ(_metadata, &self->qt, &self->params, false);
}

TEST_F_TIMEOUT(param, client_has_most, 450)
{
	differ(_metadata, &self->qt, &self->params, true);
}

/* All at once, on both. */
TEST_F_TIMEOUT(param, all_at_an_end, 200)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	const int nodes[] = { self->qt.client_ns, self->qt.server_ns };
	const struct param *param = self->params.of;
	int most, i;

	for (most = 0; most < 2; most++) {
		for (i = 0; i < 2 * self->params.count; i++)
			ASSERT_EQ(0, give(nodes[i % 2], &param[i / 2],
					  most ? param[i / 2].most : param[i / 2].least));
		EXPECT_TRUE(moves(&self->qt, server))
			TH_LOG("all at the %s", most ? "most" : "least");
	}
}

TEST_HARNESS_MAIN
