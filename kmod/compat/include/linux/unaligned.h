/* SPDX-License-Identifier: GPL-2.0 */
/* <linux/unaligned.h> since 6.12; before it <asm/unaligned.h>. */
#ifndef _QNET_COMPAT_LINUX_UNALIGNED_H
#define _QNET_COMPAT_LINUX_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include_next <linux/unaligned.h>
#endif

#endif
