/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/minmax.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_MINMAX_H
#define _QNET_UNIT_LINUX_MINMAX_H

#define min_t(type, a, b) \
	({ type qnet_a = (a), qnet_b = (b); qnet_a < qnet_b ? qnet_a : qnet_b; })
#define max_t(type, a, b) \
	({ type qnet_a = (a), qnet_b = (b); qnet_a > qnet_b ? qnet_a : qnet_b; })
#define clamp_t(type, value, low, high)	min_t(type, max_t(type, value, low), high)

#endif
