/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - frames that go to the device together
 *
 * To hand over a frame costs the device as much as to hand over many: a virtual one stops the
 * machine for it.  So frames of one link go through the network stack as one packet with a list
 * (SKB_GSO_FRAGLIST), which is cut into frames again right before the device, as TCP's are.
 */
#ifndef _QNET_BATCH_H
#define _QNET_BATCH_H

struct net_device;
struct sk_buff;
struct sk_buff_head;

void qnet_batch_init(void);
void qnet_batch_exit(void);

/* As many frames may go to @dev together as @wanted, or as it lets others join: gso, gso_max_segs. */
unsigned int qnet_batch_most(const struct net_device *dev, unsigned int wanted);

/*
 * Joins @frames, complete but for their Ethernet headers, into the first of them, which gets one
 * for all.  The list is empty then.
 */
struct sk_buff *qnet_batch_join(struct sk_buff_head *frames);

/*
 * The frames of @skb, as reception has it, in @frames: for those that never reached a device.
 * Consumes it; -errno.
 */
int qnet_batch_cut(struct sk_buff *skb, struct sk_buff_head *frames);

#endif
