// SPDX-License-Identifier: GPL-2.0
/* unit: kmod/congestion.c kmod/param.c */
/*
 * qnet - timing and windows, in user space
 */
#include "tests/congestion_cases.h"

#include "tap.h"

int main(void)
{
	return tap_run(congestion_cases, ARRAY_SIZE(congestion_cases));
}
