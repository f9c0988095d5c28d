/* SPDX-License-Identifier: GPL-2.0 */
/* iter_iov() since 6.4. */
#ifndef _QNET_COMPAT_LINUX_UIO_H
#define _QNET_COMPAT_LINUX_UIO_H

#include <linux/version.h>
#include_next <linux/uio.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
static inline const struct iovec *iter_iov(const struct iov_iter *iter)
{
	return iter->iov;
}
#endif

#endif
