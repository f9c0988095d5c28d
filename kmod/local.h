/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - peer operations, both sides on this machine
 */
#ifndef _QNET_LOCAL_H
#define _QNET_LOCAL_H

struct qnet_connection;
struct qnet_message;
struct qnet_process;

/* Attach @conn to the channel it names: -ESRCH, -EPERM. */
int qnet_local_attach(struct qnet_connection *conn);

#endif
