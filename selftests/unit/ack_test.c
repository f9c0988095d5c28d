// SPDX-License-Identifier: GPL-2.0
/* unit: kmod/ack.c */
/*
 * qnet - packet numbers, in user space
 */
#include "tests/ack_cases.h"

#include "tap.h"

int main(void)
{
	return tap_run(ack_cases, ARRAY_SIZE(ack_cases));
}
