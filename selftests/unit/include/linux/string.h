/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/string.h> for pure files in user space */
#ifndef _QNET_UNIT_LINUX_STRING_H
#define _QNET_UNIT_LINUX_STRING_H

#include <string.h>

#endif
