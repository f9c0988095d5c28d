// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what a server's scoid names
 *
 * A slot, once made, stays with its client: so an rcvid names the client after the reply, too,
 * and only the generation tells one transaction from the next.
 */
#include "client.h"

#include <linux/cred.h>
#include <linux/slab.h>

#include "channel.h"
#include "message.h"
#include "net.h"
#include "process.h"
#include "user.h"

#define QNET_SCOID_MAX	0x3fffffff

static int qnet_client_compare(const struct qnet_client_id *a, const struct qnet_client_id *b)
{
	if (a->link != b->link)
		return a->link < b->link ? -1 : 1;
	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	return 0;
}

static struct qnet_client *qnet_client_lookup(struct qnet_channel *channel,
					      const struct qnet_client_id *id)
{
	struct rb_node *node = channel->clients.rb_node;

	lockdep_assert_held(&channel->lock);
	while (node) {
		struct qnet_client *client = rb_entry(node, struct qnet_client, node);
		int cmp = qnet_client_compare(id, &client->id);

		if (!cmp)
			return client;
		node = cmp < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void qnet_client_insert(struct qnet_channel *channel, struct qnet_client *client)
{
	struct rb_node **link = &channel->clients.rb_node, *parent = NULL;

	while (*link) {
		struct qnet_client *other = rb_entry(*link, struct qnet_client, node);

		parent = *link;
		if (qnet_client_compare(&client->id, &other->id) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&client->node, parent, link);
	rb_insert_color(&client->node, &channel->clients);
}

static void qnet_client_disconnect_release(struct qnet_pulse *pulse)
{
	qnet_client_put(container_of(pulse, struct qnet_client, disconnect));
}

static struct qnet_client *qnet_client_make(struct qnet_channel *channel,
					    const struct qnet_client_info *info, gfp_t gfp)
{
	struct qnet_process *server = channel->process;
	struct qnet_client *client;
	u32 scoid;
	int err;

	client = kzalloc(sizeof(*client), gfp);
	if (!client)
		return ERR_PTR(-ENOMEM);
	refcount_set(&client->refs, 2);	/* the tree's, and the caller's */
	client->id = info->id;
	client->nd = info->nd;
	client->pid = info->pid;
	client->sid = info->sid;
	client->remote = info->remote;
	INIT_LIST_HEAD(&client->slots);
	INIT_LIST_HEAD(&client->slots_free);
	INIT_LIST_HEAD(&client->connections);
	INIT_LIST_HEAD(&client->attachments);
	RB_CLEAR_NODE(&client->node);
	client->disconnect.code = QNET_PULSE_DISCONNECT;
	client->disconnect.release = qnet_client_disconnect_release;
	client->channel = qnet_channel_get(channel);
	client->cred = info->cred ? qnet_user_cred(info->cred) : NULL;
	err = xa_alloc_bh(&server->clients, &scoid, client,
			  XA_LIMIT(QNET_SCOID_MIN, QNET_SCOID_MAX), gfp);
	if (err) {
		put_cred(client->cred);
		qnet_channel_put(channel);
		kfree(client);
		return ERR_PTR(err == -EBUSY ? -EAGAIN : err);
	}
	client->scoid = scoid;
	client->disconnect.scoid = scoid;
	qnet_stat_inc(server->qn, clients_made);
	return client;
}

struct qnet_client *qnet_client_attach(struct qnet_channel *channel,
				       const struct qnet_client_info *info, gfp_t gfp)
{
	struct qnet_client *client, *new;

	new = qnet_client_make(channel, info, gfp);
	if (IS_ERR(new))
		return new;

	spin_lock_bh(&channel->lock);
	if (channel->dead) {
		client = ERR_PTR(-ESRCH);
	} else {
		client = qnet_client_lookup(channel, &info->id);
		if (client) {
			qnet_client_get(client);
		} else if (channel->client_count >= (info->remote ? QNET_CHANNEL_CLIENTS / 2 :
						     QNET_CHANNEL_CLIENTS)) {
			client = ERR_PTR(-EAGAIN);
		} else {
			client = new;
			new = NULL;
			channel->client_count++;
			qnet_client_insert(channel, client);
		}
		if (!IS_ERR(client))
			client->conns++;
	}
	spin_unlock_bh(&channel->lock);

	if (new) {
		qnet_client_put(new);
		qnet_client_put(new);
	}
	return client;
}

/* Slots go with the tree's entry; a transaction still in one is the client's to withdraw. */
void qnet_client_unlink(struct qnet_client *client)
{
	struct qnet_process *server = client->channel->process;
	struct qnet_slot *slot, *next;

	lockdep_assert_held(&client->channel->lock);
	client->gone = true;
	client->channel->client_count--;
	rb_erase(&client->node, &client->channel->clients);
	xa_erase_bh(&server->clients, client->scoid);
	list_for_each_entry_safe(slot, next, &client->slots_free, free) {
		list_del(&slot->free);
		list_del(&slot->all);
		xa_erase_bh(&server->slots, slot->index);
		kfree_rcu(slot, rcu);
	}
}

/*
 * The scoid stays until the server gives it back; should the process attach again it is another
 * client, so this one takes a key that no process has.
 */
static void qnet_client_disconnect(struct qnet_client *client)
{
	struct qnet_channel *channel = client->channel;

	rb_erase(&client->node, &channel->clients);
	client->id.link = client;
	qnet_client_insert(channel, client);
	qnet_client_get(client);
	client->disconnect.entry.priority = QNET_PRIO_DEFAULT;
	qnet_channel_add_pulse(channel, &client->disconnect);
}

void qnet_client_detach(struct qnet_client *client, struct list_head *conn)
{
	struct qnet_channel *channel = client->channel;
	bool unlinked = false;

	spin_lock_bh(&channel->lock);
	if (conn)
		list_del_init(conn);
	if (!--client->conns && !client->gone) {
		if ((channel->flags & QNET_CHF_DISCONNECT) && !channel->dead) {
			qnet_client_disconnect(client);
		} else {
			qnet_client_unlink(client);
			unlinked = true;
		}
	}
	spin_unlock_bh(&channel->lock);
	if (unlinked)
		qnet_client_put(client);
	qnet_client_put(client);
}

struct qnet_client *qnet_client_get(struct qnet_client *client)
{
	refcount_inc(&client->refs);
	return client;
}

void qnet_client_put(struct qnet_client *client)
{
	struct qnet_channel *channel;
	struct qnet_process *server;

	if (!client || !refcount_dec_and_test(&client->refs))
		return;
	channel = client->channel;
	server = channel->process;
	if (!client->gone)		/* never reached the tree */
		xa_erase_bh(&server->clients, client->scoid);
	put_cred(client->cred);
	qnet_stat_inc(server->qn, clients_freed);
	kfree_rcu(client, rcu);
	qnet_channel_put(channel);
}

struct qnet_client *qnet_client_find(struct qnet_process *process, s32 scoid)
{
	struct qnet_client *client;

	rcu_read_lock();
	client = xa_load(&process->clients, scoid);
	if (client && !refcount_inc_not_zero(&client->refs))
		client = NULL;
	rcu_read_unlock();
	return client;
}

int qnet_client_release(struct qnet_process *process, s32 scoid)
{
	struct qnet_client *client = qnet_client_find(process, scoid);
	int err = -EINVAL;

	if (!client)
		return -EINVAL;
	spin_lock_bh(&client->channel->lock);
	if (!client->gone && !client->conns && !RB_EMPTY_NODE(&client->node)) {
		qnet_client_unlink(client);
		err = 0;
	}
	spin_unlock_bh(&client->channel->lock);
	if (!err)
		qnet_client_put(client);
	qnet_client_put(client);
	return err;
}

struct qnet_slot *qnet_client_take_slot(struct qnet_client *client)
{
	struct qnet_channel *channel = client->channel;
	struct qnet_slot *slot;
	int err;

	spin_lock_bh(&channel->lock);
	slot = list_first_entry_or_null(&client->slots_free, struct qnet_slot, free);
	if (slot)
		list_del_init(&slot->free);
	spin_unlock_bh(&channel->lock);
	if (slot)
		return slot;

	slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	if (!slot)
		return ERR_PTR(-ENOMEM);
	slot->client = client;
	INIT_LIST_HEAD(&slot->all);
	INIT_LIST_HEAD(&slot->free);
	/* cyclic, with the process' generations: an old rcvid is nobody's for as long as can be */
	err = xa_alloc_cyclic_bh(&channel->process->slots, &slot->index, slot,
				 XA_LIMIT(1, QNET_SLOT_MAX), &channel->process->next_slot,
				 GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		kfree(slot);
		return ERR_PTR(err == -EBUSY ? -EAGAIN : err);
	}
	spin_lock_bh(&channel->lock);
	list_add(&slot->all, &client->slots);
	spin_unlock_bh(&channel->lock);
	return slot;
}

int qnet_client_use_slot(struct qnet_slot *slot, struct qnet_message *msg)
{
	lockdep_assert_held(&slot->client->channel->lock);
	slot->generation = atomic_inc_return(&slot->client->channel->process->generation) &
			   QNET_SLOT_GENERATION;
	slot->msg = msg;
	msg->slot = slot;
	return slot->generation << QNET_SLOT_BITS | slot->index;
}

void qnet_client_free_slot(struct qnet_slot *slot)
{
	struct qnet_client *client = slot->client;

	lockdep_assert_held(&client->channel->lock);
	slot->msg = NULL;
	if (!client->gone) {
		list_add_tail(&slot->free, &client->slots_free);
		return;
	}
	list_del(&slot->all);
	xa_erase_bh(&client->channel->process->slots, slot->index);
	kfree_rcu(slot, rcu);
}
