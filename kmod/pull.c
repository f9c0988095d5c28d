// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the bytes of a request, the server's node
 *
 * They come unasked, or a server's thread asks for them; reception sorts both into the message,
 * and the thread copies them out.
 */
#include "pull.h"

#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "chunk.h"
#include "message.h"
#include "net.h"
#include "service.h"
#include "traffic.h"
#include "usermem.h"

/* Reception: bottom halves off, one frame of a link at a time ---------------------------------- */

/* No honest peer cuts more. */
static u32 qnet_pull_pieces(const struct qnet_message *msg)
{
	u32 unasked;

	lockdep_assert_held(&msg->lock);
	unasked = max(QNET_TRAFFIC_EAGER_PIECES, msg->eager_end / QNET_FIXED(eager_piece));
	return msg->pull ? QNET_TRAFFIC_PIECES + unasked : unasked;
}

/* Unasked bytes that follow a setup: in place as soon as nothing is missing before them. */
static bool qnet_pull_eager(struct qnet_message *msg, struct qnet_chunk *chunk)
{
	lockdep_assert_held(&msg->lock);
	if (chunk->offset < msg->have || msg->pieces >= qnet_pull_pieces(msg) ||
	    !qnet_traffic_sort_offset(&msg->early, chunk, msg->capacity))
		return false;
	msg->pieces++;
	for (;;) {
		chunk = list_first_entry_or_null(&msg->early, struct qnet_chunk, list);
		if (!chunk || chunk->offset != msg->have)
			break;
		qnet_chunk_read(chunk, msg->data + chunk->offset);
		msg->have += chunk->len;
		list_del(&chunk->list);
		qnet_chunk_free(msg->qn, chunk);
	}
	return true;
}

/* Bytes of the pull under way, or unasked ones before those that it asks for. */
static bool qnet_pull_expected(const struct qnet_message *msg, const struct qnet_chunk *chunk,
			       u32 pull)
{
	lockdep_assert_held(&msg->lock);
	return pull == msg->pull || (!pull && chunk->offset + chunk->len <= msg->eager_end);
}

static bool qnet_pull_asked(struct qnet_message *msg, struct qnet_chunk *chunk, u32 pull)
{
	lockdep_assert_held(&msg->lock);
	/* less was allowed meanwhile than when it went: what is beyond that is pulled */
	if (!pull && chunk->offset < msg->eager_end)
		chunk->len = min(chunk->len, msg->eager_end - chunk->offset);
	if (!qnet_pull_expected(msg, chunk, pull) || chunk->offset < msg->pull_next ||
	    msg->pieces >= qnet_pull_pieces(msg) ||
	    !qnet_traffic_sort_offset(&msg->chunks, chunk, msg->pull_offset + msg->pull_len))
		return false;
	msg->pieces++;
	list_for_each_entry_from(chunk, &msg->chunks, list) {
		if (chunk->offset != msg->pull_next)
			break;
		msg->pull_next += chunk->len;
	}
	return true;
}

/* Takes @chunk, of pull @pull. */
static void qnet_pull_take(struct qnet_message *msg, struct qnet_chunk *chunk, u32 pull)
{
	u32 offset = chunk->offset;
	bool taken, wake;

	spin_lock_bh(&msg->lock);
	if (!pull && offset < msg->capacity)
		taken = qnet_pull_eager(msg, chunk);
	else
		taken = qnet_pull_asked(msg, chunk, pull);
	wake = offset < msg->capacity || msg->pull_next >= msg->pull_mark;
	spin_unlock_bh(&msg->lock);
	if (!taken)
		qnet_chunk_free(msg->qn, chunk);
	else if (wake)
		wake_up_all(&msg->server_wait);
}

static void qnet_pull_room_back(struct qnet_traffic *traffic, u32 len)
{
	atomic_sub(len, &traffic->eager_bytes);
	atomic_sub(len, &traffic->qn->eager_bytes);
}

/* No more than what this leaves for others. */
static bool qnet_pull_room(struct qnet_traffic *traffic, u32 len)
{
	u32 own = atomic_add_return(len, &traffic->eager_bytes);
	u32 all = atomic_add_return(len, &traffic->qn->eager_bytes);

	if (own + all <= qnet_param(&traffic->qn->params, eager_room))
		return true;
	qnet_pull_room_back(traffic, len);
	return false;
}

/* What one more may take. */
static u32 qnet_pull_room_left(const struct qnet_traffic *traffic)
{
	u32 room = qnet_param(&traffic->qn->params, eager_room);
	u32 used = atomic_read(&traffic->eager_bytes) + atomic_read(&traffic->qn->eager_bytes);

	return (room - min(room, used)) / 2;
}

/* Bytes of a request that overtook its setup ... */
static void qnet_pull_early_del(struct qnet_traffic *traffic, struct qnet_chunk *chunk)
{
	list_del_init(&chunk->list);
	traffic->early_count--;
	qnet_pull_room_back(traffic, chunk->len);
}

static bool qnet_pull_dropped(const struct qnet_traffic *traffic, u32 xid)
{
	return traffic->dropped[xid % QNET_TRAFFIC_DROPPED] == xid;
}

/* ... are forgotten, and what is still to come of them is, too. */
void qnet_pull_drop(struct qnet_traffic *traffic, u32 xid)
{
	struct qnet_chunk *chunk, *next;

	traffic->dropped[xid % QNET_TRAFFIC_DROPPED] = xid;
	list_for_each_entry_safe(chunk, next, &traffic->early, list) {
		if (chunk->seq != xid)
			continue;
		qnet_pull_early_del(traffic, chunk);
		qnet_chunk_free(traffic->qn, chunk);
	}
}

/* ... are kept, as far as there is room. */
static int qnet_pull_keep(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			  const struct qnet_payload *payload)
{
	struct qnet_chunk *chunk;

	if (seg->pull || qnet_pull_dropped(traffic, seg->xid))
		return 0;
	while (traffic->early_count >= qnet_param(&traffic->qn->params, eager_early))
		qnet_pull_drop(traffic, list_first_entry(&traffic->early, struct qnet_chunk,
							 list)->seq);
	if (qnet_pull_dropped(traffic, seg->xid))
		return 0;
	if (!qnet_pull_room(traffic, seg->payload_len)) {
		qnet_pull_drop(traffic, seg->xid);
		return 0;
	}
	chunk = qnet_traffic_chunk(traffic->qn, seg, payload, false);
	if (!chunk) {
		qnet_pull_room_back(traffic, seg->payload_len);
		return -ENOMEM;
	}
	chunk->seq = seg->xid;
	list_add_tail(&chunk->list, &traffic->early);
	traffic->early_count++;
	return 0;
}

/* ... find their message. */
void qnet_pull_early(struct qnet_traffic *traffic, struct qnet_message *msg)
{
	struct qnet_chunk *chunk, *next;

	if (qnet_pull_dropped(traffic, msg->xid))
		traffic->dropped[msg->xid % QNET_TRAFFIC_DROPPED] = 0;
	list_for_each_entry_safe(chunk, next, &traffic->early, list) {
		if (chunk->seq != msg->xid)
			continue;
		qnet_pull_early_del(traffic, chunk);
		qnet_pull_take(msg, chunk, 0);
	}
}

u32 qnet_pull_eager_of(const struct qnet_traffic *traffic, const struct qnet_segment_info *seg)
{
	return qnet_pull_dropped(traffic, seg->xid) ? seg->payload_len : seg->eager;
}

/* Of a request so much may come unasked. */
static u32 qnet_pull_unasked_most(const struct qnet_message *msg)
{
	struct qnet_traffic *traffic = qnet_link_private(msg->link);

	/* set by servers' threads */
	return max(QNET_TRAFFIC_EAGER_MAX, READ_ONCE(traffic->given));
}

/* What follows .data's bytes is as if pull 0 had asked for it, if there is room. */
static void qnet_pull_expect(struct qnet_message *msg, u32 eager)
{
	u32 len = eager - msg->capacity;

	if (!len)
		return;
	if (!qnet_pull_room(qnet_link_private(msg->link), len)) {
		qnet_stat_inc(msg->qn, rx_eager_forgotten);
		return;
	}
	msg->pull_len = len;
	msg->pull_mark = msg->pull_offset + len;
	msg->eager_bytes = len;
	msg->eager_end = eager;
}

void qnet_pull_first(struct qnet_message *msg, u32 eager, const void *payload, u32 len)
{
	msg->pull_offset = msg->capacity;
	msg->pull_next = msg->capacity;
	msg->have = min(len, msg->capacity);
	memcpy(msg->data, payload, msg->have);
	/* a payload that .data cannot hold is pulled again */
	if (len <= msg->capacity)
		qnet_pull_expect(msg, min(eager, qnet_pull_unasked_most(msg)));
}

int qnet_pull_data(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
		   const struct qnet_payload *payload)
{
	struct qnet_message *msg = qnet_traffic_message(&traffic->services, seg->xid);
	struct qnet_chunk *chunk;
	bool soon;

	if (!msg)		/* answered; or its setup is still to come */
		return xa_load(&traffic->services, seg->xid) ? 0 :
		       qnet_pull_keep(traffic, seg, payload);
	/* what is asked for is waited for, and what a server is about to copy */
	soon = seg->pull || mutex_is_locked(&msg->pull_lock);
	chunk = qnet_traffic_chunk(traffic->qn, seg, payload, soon);
	if (!chunk) {
		qnet_message_put(msg);
		return -ENOMEM;
	}
	qnet_pull_take(msg, chunk, seg->pull);
	qnet_message_put(msg);
	return 0;
}

void qnet_pull_down(struct qnet_traffic *traffic)
{
	struct qnet_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &traffic->early, list) {
		qnet_pull_early_del(traffic, chunk);
		qnet_chunk_free(traffic->qn, chunk);
	}
}

/* Servers' threads ----------------------------------------------------------------------------- */

/* A pull as its thread sees it: [done, next) is asked for and not copied. */
struct qnet_pull {
	struct qnet_message *msg;
	u32 offset;
	u32 from;		/* bytes before it come unasked */
	u32 end;
	u32 done;
	u32 next;
	unsigned int first;	/* turns [first, last) are taken; indices modulo their number */
	unsigned int last;
	struct {
		struct qnet_pace_turn turn;
		u32 end;
	} asked[QNET_FIXED(pull_asked)];
};

/* Of @chunk what lies in [pull->done, @end); they come in order, without a gap. */
static int qnet_pull_piece(struct qnet_pull *pull, const struct qnet_chunk *chunk, u32 end,
			   struct iov_iter *to)
{
	u32 len;

	if (chunk->offset + chunk->len <= pull->done)
		return 0;		/* it came unasked, and was skipped */
	if (WARN_ON_ONCE(chunk->offset > pull->done))
		return -EFAULT;
	len = min(chunk->offset + chunk->len, end) - pull->done;
	if (!qnet_chunk_copy(chunk, pull->done - chunk->offset, len, to))
		return -EFAULT;
	pull->done += len;
	return 0;
}

/* Copies what is there. */
static int qnet_pull_copy(struct qnet_pull *pull, struct iov_iter *to)
{
	struct qnet_message *msg = pull->msg;
	struct qnet_chunk *chunk, *next;
	LIST_HEAD(chunks);
	int err = 0;
	u32 end;

	spin_lock_bh(&msg->lock);
	end = min(msg->pull_next, pull->end);
	list_for_each_entry_safe(chunk, next, &msg->chunks, list) {
		if (chunk->offset + chunk->len > end)
			break;
		list_move_tail(&chunk->list, &chunks);
		msg->pieces--;
	}
	/* The rest of one that came unasked is for the next pull; reception only adds. */
	if (list_entry_is_head(chunk, &msg->chunks, list) || chunk->offset >= end)
		chunk = NULL;
	spin_unlock_bh(&msg->lock);
	list_for_each_entry(next, &chunks, list) {
		err = qnet_pull_piece(pull, next, end, to);
		if (err)
			break;
	}
	if (!err && chunk)
		err = qnet_pull_piece(pull, chunk, end, to);
	qnet_chunk_free_list(msg->qn, &chunks);
	return err;
}

void qnet_pull_room_free(struct qnet_message *msg)
{
	if (msg->eager_bytes)
		qnet_pull_room_back(qnet_link_private(msg->link), msg->eager_bytes);
	msg->eager_bytes = 0;
}

/* Bytes in place from the first one on. */
static u32 qnet_pull_eager_have(struct qnet_message *msg)
{
	u32 have;

	spin_lock_bh(&msg->lock);
	have = msg->have < msg->capacity || (msg->pull && !msg->eager_end) ? msg->have :
	       msg->pull_next;
	spin_unlock_bh(&msg->lock);
	return have;
}

/*
 * Until all up to @mark came unasked.  -ETIME: for long nothing did, and may never: where bytes
 * overtook their setup they may have been dropped.
 */
static int qnet_pull_eager_wait(struct qnet_message *msg, u32 mark)
{
	long patience = msecs_to_jiffies(qnet_param(&msg->qn->params, eager_wait));
	long left = patience;
	u32 have, before = 0;
	DEFINE_WAIT(wait);
	int err;

	if (qnet_pull_eager_have(msg) >= mark)
		return 0;
	spin_lock_bh(&msg->lock);
	msg->pull_mark = mark;
	spin_unlock_bh(&msg->lock);
	for (;;) {
		prepare_to_wait(&msg->server_wait, &wait, QNET_SLEEP_SIGNAL);
		have = qnet_pull_eager_have(msg);
		err = 0;
		if (have >= mark)
			break;
		err = -ESRCH;
		if (qnet_service_ended(msg))
			break;
		err = -EINTR;
		if (signal_pending(current))
			break;
		if (have > before)
			left = patience;
		before = have;
		err = -ETIME;
		if (!left)
			break;
		left = schedule_timeout(left);
	}
	finish_wait(&msg->server_wait, &wait);
	return err;
}

/* Where that ends which comes unasked, if @pull begins where the last one ended, or later; or 0. */
static u32 qnet_pull_unasked_end(const struct qnet_pull *pull)
{
	struct qnet_message *msg = pull->msg;
	u32 end;

	spin_lock_bh(&msg->lock);
	end = msg->pull_offset + msg->pull_len;
	if (msg->pull || pull->offset < msg->pull_offset || pull->offset >= end)
		end = 0;
	spin_unlock_bh(&msg->lock);
	return end;
}

/*
 * Its thread copies while the rest comes, in "copied_parts" of "copied_least" to "copied_most"
 * (param.h): up to here, of what is waited for up to @end.
 */
static u32 qnet_pull_step(const struct qnet_pull *pull, u32 end)
{
	const struct qnet_params *params = &pull->msg->qn->params;
	u32 step = (pull->end - pull->offset) / qnet_param(params, copied_parts);

	step = min(max(step, qnet_param(params, copied_least)), qnet_param(params, copied_most));
	return min(pull->done + step, end);
}

/*
 * A turn of what comes unasked, up to @end, and is not there.  Messages that go as a whole in any
 * case take none.
 */
static struct qnet_pace_turn qnet_pull_unasked_turn(struct qnet_message *msg, u32 end)
{
	u32 left;

	spin_lock_bh(&msg->lock);
	left = msg->eager_end > QNET_TRAFFIC_EAGER_MAX && end > msg->pull_next ?
	       end - msg->pull_next : 0;
	spin_unlock_bh(&msg->lock);
	if (!left)
		return (struct qnet_pace_turn) { };
	return qnet_pace_unasked(&msg->qn->pace, msg->link, left);
}

/* All that is not copied yet is asked for. */
static void qnet_pull_begin(struct qnet_pull *pull)
{
	struct qnet_message *msg = pull->msg;
	LIST_HEAD(chunks);

	pull->offset = pull->done;
	pull->from = pull->done;
	pull->next = pull->done;
	spin_lock_bh(&msg->lock);
	list_splice_init(&msg->chunks, &chunks);	/* of one that was interrupted */
	qnet_pull_room_free(msg);
	msg->pull++;
	msg->pull_offset = pull->offset;
	msg->pull_len = 0;
	msg->pull_next = pull->offset;
	msg->pieces = 0;
	msg->eager_end = 0;
	spin_unlock_bh(&msg->lock);
	qnet_chunk_free_list(msg->qn, &chunks);
}

/* All of @pull comes unasked, and more up to @end. */
static int qnet_pull_unasked(struct qnet_pull *pull, u32 end, struct iov_iter *to)
{
	struct qnet_pace_turn turn = qnet_pull_unasked_turn(pull->msg, pull->end);
	struct qnet_message *msg = pull->msg;
	int err;

	do {
		err = qnet_pull_eager_wait(msg, qnet_pull_step(pull, pull->end));
		if (!err)
			err = qnet_pull_copy(pull, to);
	} while (!err && pull->done < pull->end);
	qnet_pace_give(&msg->qn->pace, msg->link, turn, !err);
	if (err == -ETIME)
		return 0;
	if (err) {		/* what was copied is gone: it is pulled when it is read again */
		qnet_pull_begin(pull);
		return err;
	}
	spin_lock_bh(&msg->lock);
	msg->pull_offset = pull->end;
	msg->pull_len = end - pull->end;
	if (pull->end == end)
		qnet_pull_room_free(msg);
	spin_unlock_bh(&msg->lock);
	return 0;
}

static bool qnet_pull_came(struct qnet_message *msg)
{
	bool came;

	spin_lock_bh(&msg->lock);
	came = msg->pull_next >= msg->pull_mark;
	spin_unlock_bh(&msg->lock);
	return came;
}

/* Until all up to @mark is there; as above where nobody asked for it. */
static int qnet_pull_wait(struct qnet_pull *pull, u32 mark)
{
	struct qnet_message *msg = pull->msg;

	if (mark <= pull->from && pull->from != pull->offset)
		return qnet_pull_eager_wait(msg, mark);
	spin_lock_bh(&msg->lock);
	msg->pull_mark = mark;
	spin_unlock_bh(&msg->lock);
	if (wait_event_state(msg->server_wait, qnet_pull_came(msg) || qnet_service_ended(msg),
			     QNET_SLEEP_SIGNAL))
		return -EINTR;
	return qnet_pull_came(msg) ? 0 : -ESRCH;
}

/* The same where bytes up to @end come unasked: those after them are asked for at once. */
static void qnet_pull_begin_after(struct qnet_pull *pull, u32 end)
{
	struct qnet_message *msg = pull->msg;

	pull->from = end;
	pull->next = end;
	spin_lock_bh(&msg->lock);
	pull->offset = msg->pull_offset;
	msg->pull++;
	spin_unlock_bh(&msg->lock);
	pull->asked[0].turn = qnet_pull_unasked_turn(msg, end);
	pull->asked[0].end = end;
	pull->last = 1;
}

/* What came unasked was copied, or is asked for now. */
static void qnet_pull_end_unasked(struct qnet_message *msg)
{
	spin_lock_bh(&msg->lock);
	msg->eager_end = 0;
	qnet_pull_room_free(msg);
	spin_unlock_bh(&msg->lock);
}

/* Asks for as much as may be; waits only where nothing is asked for. */
static int qnet_pull_ask(struct qnet_pull *pull)
{
	struct qnet_message *msg = pull->msg;
	struct qnet_segment_info info = { .kind = QNET_SEG_PULL, .xid = msg->xid };
	struct qnet_traffic *traffic = qnet_link_private(msg->link);
	u32 before = pull->next, left;
	struct qnet_pace_turn turn;
	unsigned int i;

	while (pull->next < pull->end && pull->last - pull->first < ARRAY_SIZE(pull->asked)) {
		left = pull->end - pull->next;
		turn = pull->last == pull->first ?
		       qnet_pace_take(&msg->qn->pace, msg->link, left, msg->priority) :
		       qnet_pace_more(&msg->qn->pace, msg->link, left);
		if (!turn.len)
			break;
		pull->next += turn.len;
		i = pull->last++ % ARRAY_SIZE(pull->asked);
		pull->asked[i].turn = turn;
		pull->asked[i].end = pull->next;
	}
	if (pull->last == pull->first)
		return -EINTR;
	if (pull->next == before)
		return 0;
	spin_lock_bh(&msg->lock);
	msg->pull_len = pull->next - pull->offset;
	info.pull = msg->pull;
	info.offset = pull->from;
	info.length = pull->next - pull->from;
	spin_unlock_bh(&msg->lock);
	info.unasked = min3(qnet_pace_grant(&msg->qn->pace, msg->link),
			    qnet_pull_room_left(traffic), QNET_TRAFFIC_PULL);
	WRITE_ONCE(traffic->given, info.unasked);	/* qnet_pull_unasked_most() */
	return qnet_traffic_send(traffic, &info, GFP_KERNEL);
}

/* Where what was asked for first ends. */
static u32 qnet_pull_awaited(const struct qnet_pull *pull)
{
	return pull->asked[pull->first % ARRAY_SIZE(pull->asked)].end;
}

/* What came makes room for others, and so does what is waited for no more: turns up to @end. */
static void qnet_pull_give(struct qnet_pull *pull, u32 end, bool came)
{
	u32 i;

	for (; pull->first != pull->last; pull->first++) {
		i = pull->first % ARRAY_SIZE(pull->asked);
		if (pull->asked[i].end > end)
			break;
		qnet_pace_give(&pull->msg->qn->pace, pull->msg->link, pull->asked[i].turn, came);
	}
}

/* Bytes after those in .data: that come unasked, or are asked for while earlier ones come. */
static int qnet_pull_rest(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *to)
{
	struct qnet_pull pull = {
		.msg = msg,
		.offset = offset,
		.end = offset + len,
		.done = offset,
	};
	u32 unasked = qnet_pull_unasked_end(&pull);
	int err = 0;

	if (unasked >= pull.end) {
		err = qnet_pull_unasked(&pull, unasked, to);
		if (err || pull.done == pull.end)
			return err;
		unasked = 0;
	}
	if (unasked)
		qnet_pull_begin_after(&pull, unasked);
	else
		qnet_pull_begin(&pull);
	while (!err && pull.done < pull.end) {
		err = qnet_pull_ask(&pull);
		if (!err)
			err = qnet_pull_wait(&pull, qnet_pull_step(&pull,
								   qnet_pull_awaited(&pull)));
		if (!err)
			err = qnet_pull_copy(&pull, to);
		qnet_pull_give(&pull, err ? U32_MAX : pull.done, !err);
		if (err == -ETIME) {	/* what was to come unasked did not */
			qnet_pull_begin(&pull);
			err = 0;
		}
	}
	qnet_pull_end_unasked(msg);
	return err;
}

int qnet_pull(struct qnet_message *msg, u32 offset, u32 len, struct iov_iter *to)
{
	u32 part;
	int err;

	if (mutex_lock_interruptible(&msg->pull_lock))
		return -EINTR;
	err = 0;
	if (offset < msg->capacity) {
		part = min(len, msg->capacity - offset);
		err = qnet_pull_eager_wait(msg, offset + part);
		if (err == -ETIME) {
			part = 0;
			err = 0;
		} else if (!err && copy_to_iter(msg->data + offset, part, to) != part) {
			err = -EFAULT;
		}
		offset += part;
		len -= part;
	}
	if (!err && len)
		err = qnet_pull_rest(msg, offset, len, to);
	mutex_unlock(&msg->pull_lock);
	return err;
}
