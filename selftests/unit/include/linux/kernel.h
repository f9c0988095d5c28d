/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - <linux/kernel.h> for pure files in user space
 *
 * checkpatch: VOLATILE - it is what READ_ONCE() and WRITE_ONCE() are made of
 */
#ifndef _QNET_UNIT_LINUX_KERNEL_H
#define _QNET_UNIT_LINUX_KERNEL_H

#include <linux/types.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile __typeof__(x) *)&(x) = (value))
#ifndef fallthrough
#define fallthrough		__attribute__((__fallthrough__))
#endif

#endif
