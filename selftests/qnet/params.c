// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - parameters of nodes, by netlink, and nodes that differ in them
 */
#define _GNU_SOURCE
#include "params.h"

#include <linux/qnet.h>
#include <stdio.h>
#include <string.h>

#include "genl.h"

#define PARAMS_SLOW	5000	/* milliseconds: worth a line in the log */

static void params_take(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_PARAM);
	const struct nlattr *name = genl_find_in(nest, QNET_A_PARAM_NAME);
	struct params *params = arg;
	struct param *param = &params->of[params->count];

	if (!name || params->count == PARAMS_MAX)
		return;
	snprintf(param->name, sizeof(param->name), "%s", (const char *)genl_data(name));
	param->least = genl_u32(genl_find_in(nest, QNET_A_PARAM_LEAST));
	param->most = genl_u32(genl_find_in(nest, QNET_A_PARAM_MOST));
	params->count++;
}

bool params_list(int ns, struct params *params)
{
	struct genl_msg msg;
	struct genl genl;
	bool good;

	params->count = 0;
	if (!genl_open_in(&genl, ns))
		return false;
	genl_begin(&genl, &msg, QNET_CMD_PARAM_GET, NLM_F_DUMP);
	good = !genl_run(&genl, &msg, params_take, params);
	genl_close(&genl);
	return good;
}

const struct param *params_find(const struct params *params, const char *name)
{
	int i;

	for (i = 0; i < params->count; i++)
		if (!strcmp(params->of[i].name, name))
			return &params->of[i];
	return NULL;
}

/* Without @value as it is at first. */
static bool params_set(int ns, const char *name, const uint32_t *value)
{
	struct genl_msg msg;
	struct nlattr *nest;
	struct genl genl;
	int err;

	if (!genl_open_in(&genl, ns))
		return false;
	genl_begin(&genl, &msg, QNET_CMD_PARAM_SET, 0);
	nest = genl_nest(&msg, QNET_A_PARAM);
	genl_put_string(&msg, QNET_A_PARAM_NAME, name);
	if (value)
		genl_put_u32(&msg, QNET_A_PARAM_VALUE, *value);
	genl_unnest(&msg, nest);
	err = genl_run(&genl, &msg, NULL, NULL);
	if (err)
		fprintf(stderr, "# param %s: %s (%s)\n", name, strerror(-err), genl.text);
	genl_close(&genl);
	return !err;
}

bool params_give(int ns, const struct param *param, bool most)
{
	uint32_t value = most ? param->most : param->least;

	/* nobody could be met */
	if (!strcmp(param->name, "nodes_learnt") && !value)
		value = 1;
	return params_set(ns, param->name, &value);
}

bool params_default(int ns, const struct param *param)
{
	return params_set(ns, param->name, NULL);
}

bool params_carry(struct qt *qt, struct qt_server server, size_t longest)
{
	static const size_t sizes[] = { 1, 3000, PARAMS_LONG, PARAMS_LONGER };
	bool good;
	size_t i;
	int coid;

	if (!qt_bearer(qt->client_ns, false) || !qt_bearer(qt->client_ns, true) || !qt_relink(qt))
		return false;
	coid = qt_attach(qt, server);
	good = coid != -1;
	for (i = 0; good && i < ARRAY_SIZE(sizes) && sizes[i] <= longest; i++)
		good = qt_echoed(coid, sizes[i]);
	ConnectDetach(coid);
	return good;
}

bool params_differ(struct qt *qt, struct qt_server server, const struct param *param,
		   bool client_most, size_t longest)
{
	uint64_t began = qt_now();
	bool good;

	good = params_give(qt->client_ns, param, client_most) &&
	       params_give(qt->server_ns, param, !client_most) &&
	       params_carry(qt, server, longest);
	if (!good || qt_now() - began > PARAMS_SLOW)
		fprintf(stderr, "# %s: %u and %u: %d ms\n", param->name, param->least, param->most,
			(int)(qt_now() - began));
	return params_default(qt->client_ns, param) && params_default(qt->server_ns, param) &&
	       good;
}
