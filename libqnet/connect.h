/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - connections, for name_open() too
 */
#ifndef _LIBQNET_CONNECT_H
#define _LIBQNET_CONNECT_H

struct qnet_ioc_connect;

#pragma GCC visibility push(hidden)

/* The coid, or -errno. */
int qnet_connect(struct qnet_ioc_connect *req);

#pragma GCC visibility pop

#endif
