/* SPDX-License-Identifier: GPL-2.0 */
/* qnet - <linux/slab.h> for pure files in user space: exact sizes, so that ASan sees */
#ifndef _QNET_UNIT_LINUX_SLAB_H
#define _QNET_UNIT_LINUX_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL		0
#define kmalloc(size, gfp)	malloc(size)
#define kfree(p)		free(p)

#endif
