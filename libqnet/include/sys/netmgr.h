/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - names of nodes and their numbers
 *
 * A node descriptor is one machine's own number for another machine; it means nothing elsewhere.
 */
#ifndef _QNET_SYS_NETMGR_H
#define _QNET_SYS_NETMGR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ND_LOCAL_NODE
#define ND_LOCAL_NODE		0
#endif

static inline int qnet_nd_compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

#define ND_NODE_CMP(_a, _b)	qnet_nd_compare((uint32_t)(_a), (uint32_t)(_b))

/* Which parts netmgr_ndtostr() writes of /net/NODE.DOMAIN~QOS; never SHOW and HIDE of one part. */
#define ND2S_DIR_SHOW		0x0001
#define ND2S_DIR_HIDE		0x0002
#define ND2S_NAME_SHOW		0x0004
#define ND2S_NAME_HIDE		0x0008
#define ND2S_DOMAIN_SHOW	0x0010
#define ND2S_DOMAIN_HIDE	0x0020
#define ND2S_QOS_SHOW		0x0040
#define ND2S_QOS_HIDE		0x0080
#define ND2S_LOCAL_STR		0x0100	/* leave out a domain that is this node's, too */
#define ND2S_SEP_FORCE		0x0200	/* separators also where nothing stands before them */

int netmgr_strtond(const char *path, char **endstr);
int netmgr_ndtostr(unsigned int flags, int nd, char *buf, size_t maxbuf);
int netmgr_remote_nd(int remote_nd, int local_nd);

#ifdef __cplusplus
}
#endif

#endif
