// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - discovery of nodes and the handshake that opens a session
 *
 * Softirq only checks and queues; all decisions are made in process context under config_lock,
 * one frame at a time.  A link opens at the side that asked when the answer names its index, and
 * at the other side when the first frame for its own index comes: both are proof that the peer
 * hears.  protocol.rst section 3.
 */
#include "hello.h"

#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/net.h>
#include <linux/random.h>
#include <linux/skbuff.h>

#include "bearer.h"
#include "ether.h"
#include "net.h"
#include "node.h"
#include "receive.h"
#include "session.h"

/* Nothing to do: look again then. */
#define QNET_HELLO_IDLE		msecs_to_jiffies(QNET_FIXED(hello_idle))
#define QNET_HELLO_INITS_NEVER	(U32_MAX / 2)	/* until it announces itself */

const u8 qnet_hello_group[ETH_ALEN] = QNET_HELLO_GROUP;

/* What a frame that waits needs beside its bytes; the bearer is referenced. */
struct qnet_hello_cb {
	struct qnet_bearer *bearer;
};

static struct qnet_hello_cb *qnet_hello_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct qnet_hello_cb) > sizeof(skb->cb));
	return (struct qnet_hello_cb *)skb->cb;
}

/* Sending ----------------------------------------------------------------------------------- */

/* Ends @hello with what is the same in all of ours and sends it. */
static void qnet_hello_send(struct qnet_bearer *bearer, const u8 *to, struct qnet_hello *hello)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_HELLO,
		.length = qnet_wire_hello_size(),
	};
	struct qnet_net *qn = bearer->qn;
	struct sk_buff *skb;

	lockdep_assert_held(&qn->config_lock);
	hello->version_min = QNET_WIRE_VERSION_MIN;
	hello->version_max = QNET_WIRE_VERSION;
	hello->incarnation = qn->incarnation;
	hello->mtu = bearer->mtu;
	if (!hello->index)
		hello->ack_delay = qnet_param(&qn->params, ack_delay);
	hello->dead_after = READ_ONCE(qn->dead_after);
	memcpy(hello->name, qn->name, sizeof(hello->name));

	skb = qnet_ether_alloc(bearer, frame.length);
	if (!skb) {
		qnet_stat_inc(qn, tx_errors);
		return;
	}
	qnet_wire_build(skb->data, &frame);
	qnet_wire_put_hello(skb->data, hello);
	qnet_stat_inc(qn, tx_hellos);
	qnet_ether_finish(skb, frame.length);
	local_bh_disable();
	qnet_ether_send(bearer, skb, to);
	local_bh_enable();
}

/* @burst may have changed since the last; read by __ratelimit() on any CPU. */
static bool qnet_hello_may(struct ratelimit_state *limit, u32 burst)
{
	WRITE_ONCE(limit->burst, burst);
	return __ratelimit(limit);
}

static bool qnet_hello_may_answer(struct qnet_node *node)
{
	return qnet_hello_may(&node->answers, qnet_param(&node->qn->params, hellos_answered));
}

static void qnet_hello_announce(struct qnet_bearer *bearer)
{
	struct qnet_hello hello = { .kind = QNET_HELLO_ANNOUNCE };

	qnet_hello_send(bearer, qnet_hello_group, &hello);
}

static void qnet_hello_send_init(struct qnet_node *node)
{
	const struct qnet_params *params = &node->qn->params;
	struct qnet_link *opening = node->opening;
	struct qnet_hello hello = {
		.kind = QNET_HELLO_INIT,
		.peer_incarnation = node->expected,
		.index = opening->index,
		.ack_delay = opening->ack_delay,
		.cookie = node->echo,
	};
	unsigned int delay;

	qnet_hello_send(opening->bearer, opening->lladdr, &hello);
	delay = min(qnet_param(params, init_first) << min(node->inits, 8U),
		    qnet_param(params, init_most));
	node->next_init = jiffies + msecs_to_jiffies(delay - get_random_u32() % (delay / 4));
	node->inits++;
}

static void qnet_hello_send_resp(struct qnet_link *link)
{
	struct qnet_hello hello = {
		.kind = QNET_HELLO_RESP,
		.peer_incarnation = link->peer_incarnation,
		.index = link->index,
		.ack_delay = link->ack_delay,
		.peer_index = link->remote,
	};

	qnet_hello_send(link->bearer, link->lladdr, &hello);
}

/* To where the node is known to be, whoever sent the INIT. */
static void qnet_hello_send_cookie(struct qnet_node *node, const struct qnet_hello *init)
{
	struct qnet_link *link = qnet_node_link(node);
	struct qnet_hello hello = {
		.kind = QNET_HELLO_COOKIE,
		.peer_incarnation = init->incarnation,
		.peer_index = init->index,
	};
	u64 cookie = node->cookie;

	if (!cookie || time_after(jiffies, node->cookie_until)) {
		cookie = get_random_u64() | 1;
		node->cookie = cookie;
		node->cookie_until = jiffies + msecs_to_jiffies(qnet_param(&node->qn->params,
									   cookie));
	}
	hello.cookie = cookie;
	qnet_hello_send(link->bearer, link->lladdr, &hello);
}

void qnet_hello_reset(struct qnet_bearer *bearer, const u8 *to, u32 unknown)
{
	struct qnet_frame frame = {
		.type = QNET_FRAME_RESET,
		.length = sizeof(struct qnet_wire_header) + sizeof(struct qnet_wire_reset) +
			  QNET_WIRE_CRC_SIZE,
	};
	struct sk_buff *skb;

	if (!qnet_hello_may(&bearer->resets, qnet_param(&bearer->qn->params, resets)))
		return;
	skb = qnet_ether_alloc(bearer, frame.length);
	if (!skb)
		return;
	qnet_wire_build(skb->data, &frame);
	qnet_wire_put_reset(skb->data, unknown);
	qnet_stat_inc(bearer->qn, tx_resets);
	qnet_ether_finish(skb, frame.length);
	qnet_ether_send(bearer, skb, to);
}

/* Sessions ---------------------------------------------------------------------------------- */

static bool qnet_hello_from(const struct qnet_link *link, const struct qnet_bearer *bearer,
			    const u8 *from)
{
	return link && link->bearer == bearer && ether_addr_equal(link->lladdr, from);
}

static void qnet_hello_begin(struct qnet_node *node)
{
	struct qnet_link *link;

	link = qnet_session_new(node, true);
	if (IS_ERR(link))
		return;
	node->opening = link;
	node->echo = 0;
	qnet_node_changed(node);
	qnet_hello_send_init(node);
}

static void qnet_hello_up(struct qnet_link *link)
{
	if (qnet_session_up(link))
		qnet_session_end(link, -ENOMEM, false);
	else
		qnet_mtu_begin(link);
}

/* May the node that calls itself so be at this place?  Moves it there if nothing speaks against. */
static bool qnet_hello_place(struct qnet_node *node, struct qnet_bearer *bearer, const u8 *from,
			     const struct qnet_hello *hello)
{
	struct qnet_link *link = qnet_node_link(node);
	struct qnet_net *qn = node->qn;

	if (qnet_node_bearer(node) == bearer && ether_addr_equal(node->lladdr, from))
		return true;
	if (node->is_static) {
		qnet_stat_inc(qn, rx_bad_source);
		return false;
	}
	if (link || (node->opening && node->opening->remote)) {
		/* Its own second bearer, or another node with its name. */
		if (node->incarnation != hello->incarnation)
			qnet_stat_inc(qn, rx_bad_name);
		return false;
	}
	if (node->opening)
		qnet_session_end(node->opening, -EHOSTDOWN, false);
	qnet_node_move(node, bearer, from);
	return true;
}

/* The node that an ANNOUNCE or INIT is from, learnt if need be; NULL when refused. */
static struct qnet_node *qnet_hello_newcomer(struct qnet_bearer *bearer, const u8 *from,
					     const struct qnet_hello *hello)
{
	struct qnet_net *qn = bearer->qn;
	struct qnet_node *node;
	struct qnet_link *link;

	if (!strcmp(hello->name, qn->name)) {
		qnet_stat_inc(qn, rx_bad_name);
		return NULL;
	}
	node = qnet_node_find(qn, hello->name);
	if (!node) {
		node = qnet_node_learn(qn, hello->name);
		if (IS_ERR(node)) {
			qnet_stat_inc(qn, rx_bad_name);
			return NULL;
		}
		/* Whoever asks is answered; only who announces itself is asked. */
		node->inits = QNET_HELLO_INITS_NEVER;
	}
	link = qnet_node_link(node);
	if (link && qnet_link_dead(link))
		qnet_session_end(link, -EHOSTDOWN, false);
	if (!qnet_hello_place(node, bearer, from, hello))
		return NULL;
	node->seen = jiffies;
	return node;
}

/* The node that an answer is from; NULL when it is not one we asked. */
static struct qnet_node *qnet_hello_asked(struct qnet_bearer *bearer, const u8 *from,
					  const struct qnet_hello *hello)
{
	struct qnet_node *node = qnet_node_find(bearer->qn, hello->name);

	if (!node) {
		qnet_stat_inc(bearer->qn, rx_bad_name);
		return NULL;
	}
	if (qnet_node_bearer(node) != bearer || !ether_addr_equal(node->lladdr, from)) {
		qnet_stat_inc(bearer->qn, rx_bad_source);
		return NULL;
	}
	node->seen = jiffies;
	return node;
}

/* Kinds ------------------------------------------------------------------------------------- */

static void qnet_hello_announced(struct qnet_node *node, const struct qnet_hello *hello)
{
	struct qnet_link *opening = node->opening, *link = qnet_node_link(node);

	if (link && link->peer_incarnation == hello->incarnation) {
		link->peer_mtu = hello->mtu;
		qnet_mtu_follow(link);
	}
	if (link || (opening && opening->remote))
		return;
	node->expected = hello->incarnation;
	node->inits = 0;
	if (!qnet_hello_may_answer(node))
		return;
	if (opening)
		qnet_hello_send_init(node);
	else
		qnet_hello_begin(node);
}

/* True if the live link may go: the INIT brings the cookie that was sent for it. */
static bool qnet_hello_may_replace(struct qnet_node *node, const struct qnet_hello *hello)
{
	if (!hello->cookie)
		return false;
	if (hello->cookie == node->cookie && time_before(jiffies, node->cookie_until))
		return true;
	qnet_stat_inc(node->qn, rx_bad_cookie);
	return false;
}

static void qnet_hello_init(struct qnet_node *node, const struct qnet_hello *hello)
{
	struct qnet_link *link = qnet_node_link(node);
	struct qnet_link *opening = node->opening;

	if (!qnet_hello_may_answer(node))
		return;
	if (link && link->remote == hello->index && link->peer_incarnation == hello->incarnation) {
		qnet_hello_send_resp(link);
		return;
	}
	if (link && !qnet_hello_may_replace(node, hello)) {
		qnet_hello_send_cookie(node, hello);
		return;
	}
	if (link) {
		node->cookie = 0;
		qnet_stat_inc(node->qn, links_dead);
		qnet_session_end(link, -EHOSTDOWN, false);
	}

	/* Late frames of a handshake that the peer gave up must not count for this one. */
	if (opening && opening->remote && (opening->remote != hello->index ||
					   opening->peer_incarnation != hello->incarnation)) {
		qnet_session_end(opening, -EHOSTDOWN, false);
		opening = NULL;
	}
	if (!opening) {
		opening = qnet_session_new(node, false);
		if (IS_ERR(opening))
			return;
		node->opening = opening;
		qnet_node_changed(node);
	}
	qnet_session_agree(opening, hello);
	opening->expires = jiffies + msecs_to_jiffies(qnet_param(&node->qn->params, opening));
	qnet_hello_send_resp(opening);
}

static void qnet_hello_resp(struct qnet_node *node, const struct qnet_hello *hello)
{
	struct qnet_link *link = qnet_node_link(node);
	struct qnet_link *opening = node->opening;

	if (link && link->index == hello->peer_index && link->remote == hello->index)
		return;
	if (!opening || opening->index != hello->peer_index) {
		qnet_stat_inc(node->qn, rx_bad_index);
		return;
	}
	if (node->expected && node->expected != hello->incarnation) {
		qnet_stat_inc(node->qn, rx_bad_hello);
		return;
	}
	/*
	 * An index is the other half of one index only.  Which of the two is late, or forged, the
	 * INIT or this, nobody can tell: ask once more, with another.
	 */
	if (opening->remote && (opening->remote != hello->index ||
				opening->peer_incarnation != hello->incarnation)) {
		qnet_stat_inc(node->qn, rx_bad_index);
		if (opening->initiator && qnet_hello_may_answer(node)) {
			qnet_session_end(opening, -EHOSTDOWN, false);
			qnet_hello_begin(node);
		}
		return;
	}
	qnet_session_agree(opening, hello);
	qnet_hello_up(opening);
}

static void qnet_hello_cookie(struct qnet_node *node, const struct qnet_hello *hello)
{
	struct qnet_link *opening = node->opening;

	if (!opening || !opening->initiator || opening->index != hello->peer_index) {
		qnet_stat_inc(node->qn, rx_bad_cookie);
		return;
	}
	node->echo = hello->cookie;
	if (qnet_hello_may_answer(node))
		qnet_hello_send_init(node);
}

/* Frames from the queue --------------------------------------------------------------------- */

/* Another node has @bearer's address.  Where a switch is between them one cuts the other off. */
static void qnet_hello_twin(struct qnet_bearer *bearer, const char *name)
{
	qnet_stat_inc(bearer->qn, rx_twin);
	if (bearer->twin_told)
		return;
	bearer->twin_told = true;
	net_warn_ratelimited("qnet: %s: node %s has the same address %pM: give one another\n",
			     bearer->name, name, bearer->lladdr);
}

static void qnet_hello_handle(struct qnet_bearer *bearer, const struct sk_buff *skb,
			      const struct qnet_frame *frame)
{
	const u8 *from = eth_hdr(skb)->h_source;
	struct qnet_net *qn = bearer->qn;
	enum qnet_wire_fault fault;
	struct qnet_hello hello;
	struct qnet_node *node;

	fault = qnet_wire_hello(skb->data, frame, &hello);
	if (fault) {
		qnet_stat_add(qn, fault == QNET_WIRE_VERSION_FAULT ? QNET_STAT_rx_bad_version :
			      QNET_STAT_rx_bad_hello, 1);
		return;
	}
	/* A node without a name is silent; one that hears itself has a loop, not a neighbour. */
	if (!qn->name[0] || hello.incarnation == qn->incarnation)
		return;
	if (hello.peer_incarnation && hello.peer_incarnation != qn->incarnation) {
		qnet_stat_inc(qn, rx_bad_hello);
		return;
	}
	if (ether_addr_equal(from, bearer->lladdr))
		qnet_hello_twin(bearer, hello.name);
	if (hello.kind == QNET_HELLO_ANNOUNCE || hello.kind == QNET_HELLO_INIT)
		node = qnet_hello_newcomer(bearer, from, &hello);
	else
		node = qnet_hello_asked(bearer, from, &hello);
	if (!node)
		return;

	switch (hello.kind) {
	case QNET_HELLO_ANNOUNCE:
		qnet_hello_announced(node, &hello);
		break;
	case QNET_HELLO_INIT:
		qnet_hello_init(node, &hello);
		break;
	case QNET_HELLO_RESP:
		qnet_hello_resp(node, &hello);
		break;
	case QNET_HELLO_COOKIE:
		qnet_hello_cookie(node, &hello);
		break;
	}
}

/* The peer does not know the index we use: the session is over. */
static void qnet_hello_handle_reset(struct qnet_bearer *bearer, const struct sk_buff *skb,
				    const struct qnet_frame *frame)
{
	const u8 *from = eth_hdr(skb)->h_source;
	struct qnet_net *qn = bearer->qn;
	struct qnet_node *node;
	struct qnet_link *link;
	u32 unknown;

	if (qnet_wire_reset(skb->data, frame, &unknown)) {
		qnet_stat_inc(qn, rx_bad_length);
		return;
	}
	list_for_each_entry(node, &qn->nodes, list) {
		link = qnet_node_link(node);
		if (!qnet_hello_from(link, bearer, from) || link->remote != unknown)
			continue;
		qnet_stat_inc(qn, links_dead);
		qnet_session_end(link, -EHOSTDOWN, false);
		qnet_hello_kick(qn);
		return;
	}
	qnet_stat_inc(qn, rx_bad_index);
}

/* The first frame for a link that was opening; it is taken as any other then.  Consumes @skb. */
static void qnet_hello_handle_data(struct qnet_bearer *bearer, struct sk_buff *skb,
				   const struct qnet_frame *frame)
{
	const u8 *from = eth_hdr(skb)->h_source;
	struct qnet_net *qn = bearer->qn;
	struct qnet_link *link;
	bool up;

	link = qnet_session_find(qn, frame->index);
	if (link && link->node->opening == link && link->remote &&
	    qnet_hello_from(link, bearer, from))
		qnet_hello_up(link);
	up = link && READ_ONCE(link->state) == QNET_SESSION_UP;
	qnet_link_put(link);
	if (!up) {
		qnet_stat_inc(qn, rx_refused);
		kfree_skb(skb);
		return;
	}
	local_bh_disable();
	qnet_receive_frame(bearer, skb, frame);
	local_bh_enable();
}

/* Consumes @skb. */
static void qnet_hello_take(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	struct qnet_net *qn = bearer->qn;
	struct qnet_frame frame;

	mutex_lock(&qn->config_lock);
	if (qn->hello_closed || !qnet_bearer_is_up(bearer) ||
	    qnet_wire_parse(skb->data, skb->len, &frame)) {
		mutex_unlock(&qn->config_lock);
		kfree_skb(skb);
		return;
	}
	if (frame.type == QNET_FRAME_DATA) {
		qnet_hello_handle_data(bearer, skb, &frame);
	} else {
		if (frame.type == QNET_FRAME_HELLO)
			qnet_hello_handle(bearer, skb, &frame);
		else
			qnet_hello_handle_reset(bearer, skb, &frame);
		consume_skb(skb);
	}
	mutex_unlock(&qn->config_lock);
}

static void qnet_hello_work(struct work_struct *work)
{
	struct qnet_net *qn = container_of(work, struct qnet_net, hello_work);
	struct qnet_bearer *bearer;
	struct sk_buff *skb;

	for (;;) {
		skb = skb_dequeue(&qn->hello_queue);
		if (!skb)
			return;
		bearer = qnet_hello_cb(skb)->bearer;
		qnet_hello_take(bearer, skb);
		qnet_bearer_put(bearer);
		cond_resched();
	}
}

void qnet_hello_queue(struct qnet_bearer *bearer, struct sk_buff *skb)
{
	struct qnet_net *qn = bearer->qn;

	if (skb_queue_len_lockless(&qn->hello_queue) >= qnet_param(&qn->params, hellos_waiting)) {
		qnet_stat_inc(qn, rx_flood);
		kfree_skb(skb);
		return;
	}
	qnet_hello_cb(skb)->bearer = qnet_bearer_get(bearer);
	skb_queue_tail(&qn->hello_queue, skb);
	queue_work(qnet_session_wq, &qn->hello_work);
}

/* In time ----------------------------------------------------------------------------------- */

/* There is a link, and none is missing that there was. */
static bool qnet_hello_settled(const struct qnet_bearer *bearer)
{
	const struct qnet_link *link;
	struct qnet_node *node;
	bool any = false;

	list_for_each_entry(node, &bearer->qn->nodes, list) {
		link = qnet_node_link(node);
		if (link && link->bearer == bearer)
			any = true;
		else if (!link && node->incarnation && qnet_node_bearer(node) == bearer)
			return false;
	}
	return any;
}

/* Each returns when it is to be called again, in jiffies. */
static unsigned long qnet_hello_tick_bearer(struct qnet_bearer *bearer)
{
	const struct qnet_params *params = &bearer->qn->params;
	unsigned long delay;

	if (!qnet_bearer_is_up(bearer))
		return jiffies + QNET_HELLO_IDLE;
	delay = msecs_to_jiffies(qnet_hello_settled(bearer) ? qnet_param(params, announce_linked) :
							      qnet_param(params, announce));
	if (time_after_eq(jiffies, bearer->next_announce)) {
		qnet_hello_announce(bearer);
		bearer->next_announce = jiffies + delay - get_random_u32() % (delay / 4 + 1);
	} else if (time_after(bearer->next_announce, jiffies + delay)) {
		bearer->next_announce = jiffies + delay;
	}
	return bearer->next_announce;
}

static unsigned long qnet_hello_tick_node(struct qnet_node *node)
{
	const struct qnet_params *params = &node->qn->params;
	struct qnet_link *opening = node->opening;
	unsigned int inits = node->incarnation ? qnet_param(params, inits) :
						 qnet_param(params, inits_new);
	bool tired = !node->is_static && node->inits >= inits;
	struct qnet_bearer *bearer;

	if (qnet_node_link(node))
		return jiffies + QNET_HELLO_IDLE;
	if (opening && opening->remote && time_after_eq(jiffies, opening->expires)) {
		qnet_session_end(opening, -EHOSTDOWN, false);
		qnet_node_changed(node);
		opening = NULL;
	}
	if (opening && (!opening->initiator || (tired && opening->remote)))
		return opening->expires;
	if (time_before(jiffies, node->next_init))
		return node->next_init;
	if (tired && opening) {
		qnet_session_end(opening, -EHOSTDOWN, false);
		qnet_node_changed(node);
	}
	if (tired)
		return jiffies + QNET_HELLO_IDLE;

	bearer = qnet_node_bearer(node);
	if (!bearer) {
		bearer = qnet_bearer_find(node->qn, node->ifindex);
		if (bearer)
			qnet_node_move(node, bearer, node->lladdr);
	}
	if (!bearer || !qnet_bearer_is_up(bearer))
		return jiffies + QNET_HELLO_IDLE;
	if (opening)
		qnet_hello_send_init(node);
	else
		qnet_hello_begin(node);
	if (node->opening)
		return node->next_init;
	return jiffies + msecs_to_jiffies(qnet_param(params, announce));
}

static unsigned long qnet_hello_earlier(unsigned long a, unsigned long b)
{
	return time_before(a, b) ? a : b;
}

static void qnet_hello_tick(struct work_struct *work)
{
	struct qnet_net *qn = container_of(work, struct qnet_net, hello_tick.work);
	unsigned long next = jiffies + QNET_HELLO_IDLE;
	struct qnet_bearer *bearer;
	struct qnet_node *node;

	mutex_lock(&qn->config_lock);
	if (qn->name[0] && !qn->hello_closed) {
		list_for_each_entry(bearer, &qn->bearers, list)
			next = qnet_hello_earlier(next, qnet_hello_tick_bearer(bearer));
		list_for_each_entry(node, &qn->nodes, list)
			next = qnet_hello_earlier(next, qnet_hello_tick_node(node));
		/* An earlier time was set while we were at it if something was kicked. */
		if (!delayed_work_pending(&qn->hello_tick))
			queue_delayed_work(qnet_session_wq, &qn->hello_tick,
					   time_after(next, jiffies) ? next - jiffies : 1);
	}
	mutex_unlock(&qn->config_lock);
}

void qnet_hello_kick(struct qnet_net *qn)
{
	lockdep_assert_held(&qn->config_lock);
	if (!qn->hello_closed)
		mod_delayed_work(qnet_session_wq, &qn->hello_tick, 0);
}

void qnet_hello_net_init(struct qnet_net *qn)
{
	skb_queue_head_init(&qn->hello_queue);
	INIT_WORK(&qn->hello_work, qnet_hello_work);
	INIT_DELAYED_WORK(&qn->hello_tick, qnet_hello_tick);
	qn->hello_closed = false;
}

/*
 * Nothing begins after this.  Frames may still come until the bearers are gone: they only wait,
 * and go with the last of them.
 */
void qnet_hello_net_exit(struct qnet_net *qn)
{
	mutex_lock(&qn->config_lock);
	qn->hello_closed = true;
	mutex_unlock(&qn->config_lock);
	cancel_delayed_work_sync(&qn->hello_tick);
	flush_work(&qn->hello_work);
}
