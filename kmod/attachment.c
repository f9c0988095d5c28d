// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the server's end of a connection from another node
 *
 * A handle is the index here and a random tag, so one that is stale, or guessed, names nothing.
 */
#include "attachment.h"

#include <linux/random.h>
#include <linux/slab.h>

#include "channel.h"
#include "client.h"
#include "net.h"
#include "node.h"
#include "process.h"
#include "traffic.h"

struct qnet_attachment *qnet_attachment_find(struct qnet_traffic *traffic, u64 handle)
{
	struct qnet_attachment *att;

	xa_lock_bh(&traffic->attachments);
	att = xa_load(&traffic->attachments, handle >> 32);
	if (att && att->handle == handle)
		qnet_attachment_get(att);
	else
		att = NULL;
	xa_unlock_bh(&traffic->attachments);
	return att;
}

struct qnet_attachment *qnet_attachment_get(struct qnet_attachment *att)
{
	refcount_inc(&att->refs);
	return att;
}

void qnet_attachment_put(struct qnet_attachment *att)
{
	struct qnet_link *link;

	if (!refcount_dec_and_test(&att->refs))
		return;
	link = att->traffic->link;
	qnet_client_put(att->client);
	kfree(att);
	qnet_link_put(link);
}

/* The channel @attach asks for: referenced, or ERR_PTR. */
static struct qnet_channel *qnet_attachment_channel(struct qnet_net *qn,
						    const struct qnet_attach *attach)
{
	struct qnet_process *server = qnet_process_find(qn, attach->pid);
	struct qnet_channel *channel = NULL;

	if (server) {
		channel = qnet_channel_find(server, attach->chid);
		qnet_process_put(server);
	}
	if (!channel)
		return ERR_PTR(-ESRCH);
	if (attach->channel && attach->channel != channel->incarnation) {
		qnet_channel_put(channel);
		return ERR_PTR(-ESRCH);
	}
	if (channel->flags & QNET_CHF_PRIVATE) {
		qnet_channel_put(channel);
		return ERR_PTR(-EPERM);
	}
	return channel;
}

/* An index and a place in the client's list; the array takes a reference. */
static int qnet_attachment_insert(struct qnet_attachment *att)
{
	struct qnet_traffic *traffic = att->traffic;
	struct qnet_client *client = att->client;
	struct qnet_net *qn = traffic->qn;
	int err = 0;
	u32 index;

	xa_lock_bh(&traffic->attachments);
	if (traffic->attachment_count >= qnet_param(&qn->params, attached) ||
	    (u32)atomic_read(&qn->attachments) >= qnet_param(&qn->params, attached_all))
		err = -EAGAIN;
	else if (__xa_alloc_cyclic(&traffic->attachments, &index, att, XA_LIMIT(1, U32_MAX),
				   &traffic->next_attachment, GFP_ATOMIC) < 0)
		err = -ENOMEM;
	if (!err) {
		att->handle = (u64)index << 32 | get_random_u32();
		qnet_attachment_get(att);
		traffic->attachment_count++;
		atomic_inc(&qn->attachments);
	}
	xa_unlock_bh(&traffic->attachments);
	if (err)
		return err;

	spin_lock_bh(&client->channel->lock);
	if (client->channel->dead)
		err = -ESRCH;
	else
		list_add(&att->of_client, &client->attachments);
	spin_unlock_bh(&client->channel->lock);
	if (err)
		qnet_attachment_remove(att);
	return err;
}

struct qnet_attachment *qnet_attachment_make(struct qnet_traffic *traffic,
					     const struct qnet_attach *attach)
{
	struct qnet_client_info info = {
		.id = { .link = traffic->link, .process = attach->process },
		.nd = qnet_node_nd(qnet_link_node(traffic->link)),
		.pid = attach->client_pid,
		.sid = attach->client_sid,
		.remote = true,
	};
	struct qnet_attachment *att;
	struct qnet_channel *channel;
	struct qnet_client *client;
	int err;

	channel = qnet_attachment_channel(traffic->qn, attach);
	if (IS_ERR(channel))
		return ERR_CAST(channel);
	client = qnet_client_attach(channel, &info, GFP_ATOMIC);
	qnet_channel_put(channel);
	if (IS_ERR(client))
		return ERR_CAST(client);
	att = kzalloc(sizeof(*att), GFP_ATOMIC);
	if (!att) {
		qnet_client_detach(client, NULL);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&att->refs, 1);
	qnet_link_get(traffic->link);
	att->traffic = traffic;
	att->client = qnet_client_get(client);
	INIT_LIST_HEAD(&att->of_client);
	att->conn = attach->conn;
	att->coid = attach->coid;
	att->srcnd = attach->srcnd;
	att->pulse_next = qnet_net_first(0, U32_MAX);
	atomic_set(&att->taken, att->pulse_next);
	atomic_set(&att->told, att->pulse_next);
	err = qnet_attachment_insert(att);
	if (err) {
		if (err != -ESRCH)
			qnet_client_detach(client, NULL);
		qnet_attachment_put(att);
		return ERR_PTR(err);
	}
	return att;
}

/* True for the one who took it out. */
static bool qnet_attachment_erase(struct qnet_attachment *att)
{
	struct qnet_traffic *traffic = att->traffic;
	bool ours;

	xa_lock_bh(&traffic->attachments);
	ours = xa_load(&traffic->attachments, att->handle >> 32) == att;
	if (ours) {
		__xa_erase(&traffic->attachments, att->handle >> 32);
		traffic->attachment_count--;
		atomic_dec(&traffic->qn->attachments);
	}
	xa_unlock_bh(&traffic->attachments);
	return ours;
}

void qnet_attachment_remove(struct qnet_attachment *att)
{
	if (!qnet_attachment_erase(att))
		return;
	qnet_client_detach(att->client, &att->of_client);
	qnet_attachment_put(att);
}

void qnet_attachment_die(struct qnet_attachment *att)
{
	struct qnet_segment_info info = { .kind = QNET_SEG_DEATH, .conn = att->conn };

	qnet_traffic_send(att->traffic, &info, GFP_KERNEL | __GFP_NOFAIL);
	qnet_attachment_remove(att);
}

int qnet_attachment_taken(struct qnet_attachment *att, gfp_t gfp)
{
	u32 taken = atomic_inc_return(&att->taken), told = atomic_read(&att->told);
	struct qnet_segment_info info = {
		.kind = QNET_SEG_TAKEN,
		.conn = att->conn,
		.count = taken,
	};
	int err;

	if (taken - told < QNET_TRAFFIC_TOLD || qnet_link_dead(att->traffic->link))
		return 0;
	err = qnet_traffic_send(att->traffic, &info, gfp);
	if (!err)
		atomic_set(&att->told, taken);
	return err;
}

void qnet_attachment_down(struct qnet_traffic *traffic)
{
	struct qnet_attachment *att;
	unsigned long index;

	for (;;) {
		index = 0;
		xa_lock_bh(&traffic->attachments);
		att = xa_find(&traffic->attachments, &index, ULONG_MAX, XA_PRESENT);
		if (att)
			qnet_attachment_get(att);
		xa_unlock_bh(&traffic->attachments);
		if (!att)
			break;
		qnet_attachment_remove(att);
		qnet_attachment_put(att);
	}
}
