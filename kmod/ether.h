/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - raw Ethernet frames in and out
 */
#ifndef _QNET_ETHER_H
#define _QNET_ETHER_H

#include <linux/types.h>

struct net_device;
struct packet_type;
struct qnet_bearer;
struct sk_buff;

/* IEEE local experimental; QNX has 0x8204 for its own protocol, which this is not. */
#define QNET_ETHER_TYPE_DEFAULT	0x88b5
#define QNET_ETHER_TYPE_QNX	0x8204
#define QNET_ETHER_TYPE_MIN	0x0600

int qnet_ether_init(void);
u16 qnet_ether_protocol(void);

/* packet_type function of a bearer: consumes @skb. */
int qnet_ether_receive(struct sk_buff *skb, struct net_device *dev, struct packet_type *packet,
		       struct net_device *orig_dev);

/* An empty skb with room for a frame of @length bytes at skb->data, or NULL.  Any context. */
struct sk_buff *qnet_ether_alloc(struct qnet_bearer *bearer, size_t length);

/* Ends the frame of @length bytes that stands at skb->data with its CRC, and padding. */
void qnet_ether_finish(struct sk_buff *skb, u16 length);
/* Sends what was so ended to @to.  Consumes @skb.  No locks held, bottom halves off. */
void qnet_ether_send(struct qnet_bearer *bearer, struct sk_buff *skb, const u8 *to);
/* The same for @count of them, in order, that count as the device's (backlog.h). */
void qnet_ether_send_all(struct qnet_bearer *bearer, struct sk_buff **skb, unsigned int count,
			 const u8 *to);

#endif
