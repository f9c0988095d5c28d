// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the bytes of a frame, under KUnit
 */
#include "../wire.c"

#include <kunit/test.h>
#include <linux/module.h>

#include "hello_cases.h"
#include "wire_cases.h"

static void qnet_wire_kunit_describe(const struct qnet_case *one, char *text)
{
	strscpy(text, one->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(qnet_wire_kunit, wire_cases, qnet_wire_kunit_describe);
KUNIT_ARRAY_PARAM(qnet_hello_kunit, hello_cases, qnet_wire_kunit_describe);

static void qnet_wire_kunit_run(struct kunit *test)
{
	const struct qnet_case *one = test->param_value;
	struct qnet_case_result result = { };

	one->run(&result);
	if (result.failed)
		KUNIT_FAIL(test, "line %d %s: %s", result.line, result.row, result.failed);
}

static struct kunit_case qnet_wire_kunit_cases[] = {
	KUNIT_CASE_PARAM(qnet_wire_kunit_run, qnet_wire_kunit_gen_params),
	KUNIT_CASE_PARAM(qnet_wire_kunit_run, qnet_hello_kunit_gen_params),
	{ }
};

static struct kunit_suite qnet_wire_kunit_suite = {
	.name = "qnet-wire",
	.test_cases = qnet_wire_kunit_cases,
};

kunit_test_suite(qnet_wire_kunit_suite);

MODULE_LICENSE("GPL");
