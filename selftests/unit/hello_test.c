// SPDX-License-Identifier: GPL-2.0
/* unit: kmod/wire.c */
/*
 * qnet - the bytes of HELLO and RESET, in user space
 */
#include "tests/hello_cases.h"

#include "tap.h"

int main(void)
{
	return tap_run(hello_cases, ARRAY_SIZE(hello_cases));
}
