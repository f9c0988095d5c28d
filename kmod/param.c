// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - timers, caps and thresholds that a network namespace may set
 *
 * checkpatch: COMPLEX_MACRO - an element of an array cannot stand in parentheses
 */
#include "param.h"

const struct qnet_param_info qnet_param_infos[QNET_PARAM_MAX] = {
#define QNET_PARAM_INFO(n, u, first, lo, hi, cap) \
	{ .name = #n, .unit = u, .value = first, .least = lo, .most = hi, .bounds_memory = cap },
	QNET_PARAMS(QNET_PARAM_INFO)
#undef QNET_PARAM_INFO
};

void qnet_params_init(struct qnet_params *params)
{
	int i;

	for (i = 0; i < QNET_PARAM_MAX; i++)
		params->value[i] = qnet_param_infos[i].value;
}
