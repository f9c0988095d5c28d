/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - node names, for name_open() too
 */
#ifndef _LIBQNET_NETMGR_H
#define _LIBQNET_NETMGR_H

#include <linux/types.h>

#define QNET_NET_DIR "/net/"

#pragma GCC visibility push(hidden)

/*
 * The node that [/net/]NODE[~QOS] begins with; *end is what follows it.  0 or -errno.
 */
int qnet_node_parse(const char *path, const char **end, __u32 *nd);

#pragma GCC visibility pop

#endif
