/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/build_bug.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_BUILD_BUG_H
#define _QNET_UNIT_LINUX_BUILD_BUG_H

#include <assert.h>

#undef static_assert
#define static_assert(expr)	_Static_assert(expr, #expr)

#endif
