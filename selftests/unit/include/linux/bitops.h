/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/bitops.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_BITOPS_H
#define _QNET_UNIT_LINUX_BITOPS_H

#include <limits.h>

#define BITS_PER_LONG		(sizeof(long) * CHAR_BIT)
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

#endif
