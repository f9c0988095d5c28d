/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames that cross the stack as one, and are split before the device
 *
 * A pass through qdisc and driver costs as much for sixteen frames as for one, and the driver tells
 * its device once.  Every frame is complete, with its number and CRC: the splitter only gives each
 * the Ethernet header of the first, as it is by then.
 */
#ifndef _QNET_GSO_H
#define _QNET_GSO_H

struct net_device;
struct sk_buff;

/* The EtherType must be known.  Exit: no device has frames of ours that count (backlog.h). */
void qnet_gso_init(void);
void qnet_gso_exit(void);

/*
 * Joins some of @count frames that begin at *@skb to the first, which is told of it: how many, at
 * least 1.  They are ended and have no Ethernet header; the first gets one for all.
 */
unsigned int qnet_gso_join(const struct net_device *dev, struct sk_buff **skb, unsigned int count);

/*
 * A list of the frames of @skb, which may begin with @skb itself, with one reference more then; or
 * an error.  @skb stands behind its Ethernet header.
 */
struct sk_buff *qnet_gso_split(struct sk_buff *skb);

#endif
