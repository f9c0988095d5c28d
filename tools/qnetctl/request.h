/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - one request to the kernel and what comes back
 *
 * Between netlink.c, its only user, and libnl.
 */
#ifndef QNETCTL_REQUEST_H
#define QNETCTL_REQUEST_H

#include <netlink/msg.h>

/* Gets each message of an answer. */
typedef void (*qnl_take_fn)(struct nlmsghdr *hdr, void *arg);

/* A request of @cmd to which attributes can be added, or NULL. */
struct nl_msg *qnl_request(int cmd, int flags);
/*
 * Send @msg, which is freed, and wait for the end of its answer.  NULL as @msg gives the error of
 * the qnl_request() before.  -EINTR: a dump was disturbed, start again.
 */
int qnl_run(struct nl_msg *msg, qnl_take_fn take, void *arg);
/* Say why; returns @err. */
int qnl_fail(int err, const char *text);
int qnl_fail_errno(int err);

#endif
