// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bytes of a request, cut into segments
 *
 * Each holds the message and the pages that its bytes are in. They are cut in reception, or by the
 * client's thread when it pinned what a pull wants.
 */
#include "cut.h"

#include <linux/minmax.h>
#include <linux/slab.h>

#include "link.h"
#include "message.h"
#include "usermem.h"

/* One segment of them, while the link has it. */
struct qnet_cut {
	struct qnet_segment seg;
	struct list_head list;
	struct qnet_message *msg;
	struct qnet_pin *pin;		/* NULL: in the message */
};

/* Not after another pull, nor when nothing was kept of what came unasked, or it is asked for. */
static bool qnet_cut_wanted(const struct qnet_message *msg, const struct qnet_segment_info *info)
{
	/* this and the others: set in reception; pairs with qnet_answer_pull() */
	u32 pull = smp_load_acquire(&msg->pull);

	if (info->pull)
		return info->pull == pull;
	/* .busy, .pull_offset; the first bytes are always at hand, and may be waited for */
	return !READ_ONCE(msg->busy) && (!pull || info->offset < msg->have ||
					 info->offset < READ_ONCE(msg->pull_offset));
}

static bool qnet_cut_fill(struct qnet_segment *seg, void *to)
{
	struct qnet_cut *cut = container_of(seg, struct qnet_cut, seg);
	struct qnet_message *msg = cut->msg;

	if (READ_ONCE(msg->final) || READ_ONCE(msg->done) || !qnet_cut_wanted(msg, &seg->info))
		return false;
	if (cut->pin)
		qnet_pin_read(cut->pin, seg->info.offset, seg->info.payload_len, to);
	else
		memcpy(to, msg->data + seg->info.offset, seg->info.payload_len);
	return true;
}

static void qnet_cut_free(struct qnet_cut *cut)
{
	qnet_pin_put(cut->pin);
	atomic_dec(&cut->msg->cuts);
	qnet_message_put(cut->msg);
	kfree(cut);
}

static void qnet_cut_done(struct qnet_segment *seg, int err)
{
	qnet_cut_free(container_of(seg, struct qnet_cut, seg));
}

static const struct qnet_segment_ops qnet_cut_ops = {
	.fill = qnet_cut_fill,
	.done = qnet_cut_done,
};

int qnet_cut_make(struct qnet_message *msg, struct qnet_pin *pin, u32 pull, u32 offset, u32 len,
		  struct list_head *list, gfp_t gfp)
{
	u32 room = qnet_link_room(msg->link) - sizeof(struct qnet_wire_data);
	struct qnet_cut *cut;

	while (len) {
		u32 part = min(len, room);

		cut = kzalloc(sizeof(*cut), gfp);
		if (!cut)
			return -ENOMEM;
		cut->msg = qnet_message_get(msg);
		atomic_inc(&msg->cuts);
		cut->pin = pin ? qnet_pin_get(pin) : NULL;
		cut->seg.ops = &qnet_cut_ops;
		cut->seg.owner = msg;
		cut->seg.priority = msg->priority;
		cut->seg.info = (struct qnet_segment_info) {
			.kind = QNET_SEG_DATA,
			.xid = msg->xid,
			.pull = pull,
			.offset = offset,
			.payload_len = part,
		};
		list_add_tail(&cut->list, list);
		offset += part;
		len -= part;
	}
	return 0;
}

void qnet_cut_free_all(struct list_head *list)
{
	struct qnet_cut *cut, *next;

	list_for_each_entry_safe(cut, next, list, list)
		qnet_cut_free(cut);
	INIT_LIST_HEAD(list);
}

void qnet_cut_queue(struct qnet_message *msg, struct list_head *list)
{
	struct qnet_cut *cut, *next;

	lockdep_assert_held(&msg->lock);
	list_for_each_entry_safe(cut, next, list, list) {
		if (!qnet_link_queue(msg->link, &cut->seg))
			return;
		list_del(&cut->list);
	}
}

bool qnet_cut_wants(const struct qnet_message *msg, u32 pull)
{
	lockdep_assert_held(&msg->lock);
	return msg->want.pull == pull && (msg->want.set || msg->want.served);
}

void qnet_cut_want(struct qnet_message *msg, u32 pull, u32 from, u32 end)
{
	struct qnet_want *want = &msg->want;

	lockdep_assert_held(&msg->lock);
	if (want->set && want->pull == pull) {
		from = min(from, want->offset);
		end = max(end, want->offset + want->len);
	}
	*want = (struct qnet_want) {
		.set = true,
		.served = qnet_cut_wants(msg, pull) && want->served,
		.offset = from,
		.len = end - from,
		.pull = pull,
	};
}

void qnet_cut_pinned(struct qnet_message *msg, const struct qnet_want *want)
{
	struct qnet_pin *pin = msg->pin;	/* changed by this thread only */
	LIST_HEAD(cuts);
	u32 part;

	part = min(want->len, pin->offset + pin->len - want->offset);
	if (qnet_cut_make(msg, pin, want->pull, want->offset, part, &cuts, GFP_KERNEL)) {
		qnet_cut_free_all(&cuts);
		part = 0;		/* no memory: once more */
	}
	spin_lock_bh(&msg->lock);
	if (want->pull == msg->want.pull)
		msg->want.served = false;
	if (part < want->len && want->pull == msg->pull)
		qnet_cut_want(msg, want->pull, want->offset + part, want->offset + want->len);
	qnet_cut_queue(msg, &cuts);
	spin_unlock_bh(&msg->lock);
	qnet_cut_free_all(&cuts);
	qnet_link_kick(msg->link);
}
