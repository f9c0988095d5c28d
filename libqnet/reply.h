/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - replies, for a cancelled receive too
 */
#ifndef _LIBQNET_REPLY_H
#define _LIBQNET_REPLY_H

#pragma GCC visibility push(hidden)

/* 0 or -errno. */
int qnet_reply_error(int rcvid, int error);

#pragma GCC visibility pop

#endif
