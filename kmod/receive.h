/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - a numbered frame comes in
 */
#ifndef _QNET_RECEIVE_H
#define _QNET_RECEIVE_H

#include "wire.h"

struct qnet_bearer;
struct sk_buff;

/*
 * Consumes @skb, a DATA frame whose CRC was right.  Bottom halves off.  The fault, if its
 * segments have one, is for the caller to count.
 */
enum qnet_wire_fault qnet_receive_frame(struct qnet_bearer *bearer, struct sk_buff *skb,
					const struct qnet_frame *frame);

#endif
