/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what lies in a queue: highest priority first, then in order of .seq
 *
 * Queues are a channel's messages and pulses, and the messages that a peer had no room for
 * (traffic.c).  All under the lock of the queue's owner.
 */
#ifndef _QNET_ENTRY_H
#define _QNET_ENTRY_H

#include <linux/rbtree.h>
#include <linux/types.h>

struct qnet_entry {
	struct rb_node node;
	u64 seq;
	u8 priority;
};

static inline bool qnet_entry_before(const struct qnet_entry *a, const struct qnet_entry *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->seq < b->seq;
}

static inline bool qnet_entry_less(struct rb_node *a, const struct rb_node *b)
{
	return qnet_entry_before(rb_entry(a, struct qnet_entry, node),
				 rb_entry(b, struct qnet_entry, node));
}

static inline void qnet_entry_insert(struct rb_root_cached *queue, struct qnet_entry *entry)
{
	rb_add_cached(&entry->node, queue, qnet_entry_less);
}

#endif
