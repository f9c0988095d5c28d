/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the files that channels and connections are
 */
#ifndef _QNET_HANDLE_H
#define _QNET_HANDLE_H

#include <linux/types.h>

struct file;
struct qnet_channel;
struct qnet_connection;

/* A file for it, which takes over the caller's reference; ERR_PTR leaves it. */
struct file *qnet_handle_channel(struct qnet_channel *channel);
struct file *qnet_handle_connection(struct qnet_connection *conn);
/* The lowest free descriptor from @from, reserved; -EMFILE. */
int qnet_handle_reserve(u32 from, unsigned int flags);

#endif
