/* SPDX-License-Identifier: GPL-2.0 */
/* genl_info_dump() since 6.6; before it the attributes stood in struct genl_dumpit_info itself. */
#ifndef _QNET_COMPAT_NET_GENETLINK_H
#define _QNET_COMPAT_NET_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
static inline const struct genl_dumpit_info *genl_info_dump(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb);
}
#endif

#endif
