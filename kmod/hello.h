/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - discovery of nodes and the handshake that opens a session
 *
 * Everything here runs in process context from one bounded queue for each network namespace.
 */
#ifndef _QNET_HELLO_H
#define _QNET_HELLO_H

#include <linux/types.h>

#include "wire.h"

struct qnet_bearer;
struct qnet_link;
struct qnet_net;
struct qnet_node;
struct sk_buff;

/* Locally administered group address of ANNOUNCE. */
#define QNET_HELLO_GROUP	{ 0x73, 0x51, 0x4e, 0x45, 0x54, 0x01 }

extern const u8 qnet_hello_group[];

/*
 * Consumes @skb, a checked frame (HELLO, RESET, or DATA for a link that is not up yet) whose data
 * begins with our header.  Softirq context.
 */
void qnet_hello_queue(struct qnet_bearer *bearer, struct sk_buff *skb);

/* Answer a frame for an unknown index, within the bearer's rate.  Softirq context. */
void qnet_hello_reset(struct qnet_bearer *bearer, const u8 *to, u32 unknown);

/* Something changed that may let a session begin: look at all nodes and bearers soon. */
void qnet_hello_kick(struct qnet_net *qn);

void qnet_hello_net_init(struct qnet_net *qn);
void qnet_hello_net_exit(struct qnet_net *qn);

#endif
