/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/math64.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_MATH64_H
#define _QNET_UNIT_LINUX_MATH64_H

#include <linux/types.h>

/* For products that fit. */
static inline u64 mul_u64_u32_div(u64 a, u32 mul, u32 div)
{
	return a * mul / div;
}

#endif
