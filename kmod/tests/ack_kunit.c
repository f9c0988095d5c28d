// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - packet numbers and timing, under KUnit
 */
#include "../ack.c"
#include "../congestion.c"
#include "../param.c"

#include <kunit/test.h>

#include "ack_cases.h"
#include "congestion_cases.h"

static void qnet_ack_kunit_describe(const struct qnet_case *one, char *text)
{
	strscpy(text, one->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(qnet_ack_kunit, ack_cases, qnet_ack_kunit_describe);
KUNIT_ARRAY_PARAM(qnet_congestion_kunit, congestion_cases, qnet_ack_kunit_describe);

static void qnet_ack_kunit_run(struct kunit *test)
{
	const struct qnet_case *one = test->param_value;
	struct qnet_case_result result = { };

	one->run(&result);
	if (result.failed)
		KUNIT_FAIL(test, "line %d %s: %s", result.line, result.row, result.failed);
}

static struct kunit_case qnet_ack_kunit_cases[] = {
	KUNIT_CASE_PARAM(qnet_ack_kunit_run, qnet_ack_kunit_gen_params),
	KUNIT_CASE_PARAM(qnet_ack_kunit_run, qnet_congestion_kunit_gen_params),
	{ }
};

static struct kunit_suite qnet_ack_kunit_suite = {
	.name = "qnet-ack",
	.test_cases = qnet_ack_kunit_cases,
};

kunit_test_suite(qnet_ack_kunit_suite);
