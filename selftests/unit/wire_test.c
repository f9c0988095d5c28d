// SPDX-License-Identifier: GPL-2.0
/* unit: kmod/wire.c */
/*
 * qnet - the bytes of a frame, in user space
 */
#include "tests/wire_cases.h"

#include "tap.h"

int main(void)
{
	return tap_run(wire_cases, ARRAY_SIZE(wire_cases));
}
