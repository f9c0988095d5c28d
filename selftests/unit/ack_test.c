// SPDX-License-Identifier: GPL-2.0
/* unit: kmod/ack.c kmod/congestion.c kmod/param.c */
/*
 * qnet - packet numbers and timing, in user space
 */
#include "tests/ack_cases.h"

#include "tap.h"

int main(void)
{
	return tap_run(ack_cases, ARRAY_SIZE(ack_cases));
}
