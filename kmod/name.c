// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - service names of this node
 *
 * A name belongs to a channel and goes with it. Names are looked up here, in the kernel, by
 * local programs and by other nodes alike: there is no daemon to ask.
 */
#include "name.h"

#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "channel.h"
#include "net.h"
#include "process.h"
#include "user.h"

/* Under the namespace's name_lock; holds no reference: the channel drops it first. */
struct qnet_name {
	struct hlist_node node;
	struct list_head of_channel;
	struct qnet_channel *channel;
	struct qnet_user *user;
	size_t len;
	char text[];
};

static struct hlist_head *qnet_name_bucket(struct qnet_net *qn, const char *text, size_t len)
{
	return &qn->names[full_name_hash(qn, text, len) % ARRAY_SIZE(qn->names)];
}

static struct qnet_name *qnet_name_find(struct qnet_net *qn, const char *text, size_t len)
{
	struct qnet_name *name;

	lockdep_assert_held(&qn->name_lock);
	hlist_for_each_entry(name, qnet_name_bucket(qn, text, len), node)
		if (name->len == len && !memcmp(name->text, text, len))
			return name;
	return NULL;
}

static bool qnet_name_valid(const char *text, size_t len)
{
	const char *part = text, *end = text + len;
	size_t n;

	if (!len || *text == '/')
		return false;
	while (part < end) {
		n = strcspn(part, "/");
		if (n == 2 && part[0] == '.' && part[1] == '.')
			return false;
		part += n + 1;
	}
	return true;
}

int qnet_name_attach(struct qnet_channel *channel, const char *text, size_t size)
{
	struct qnet_net *qn = channel->process->qn;
	size_t len = strnlen(text, size);
	struct qnet_name *name;
	int err = 0;

	if (len == size || !qnet_name_valid(text, len))
		return -EINVAL;
	name = kmalloc(struct_size(name, text, len), GFP_KERNEL_ACCOUNT);
	if (!name)
		return -ENOMEM;
	name->user = qnet_user_charge(current_uid(), QNET_USER_NAMES);
	if (IS_ERR(name->user)) {
		err = PTR_ERR(name->user);
		kfree(name);
		return err;
	}
	name->channel = channel;
	name->len = len;
	memcpy(name->text, text, len);

	spin_lock_bh(&qn->name_lock);
	if (READ_ONCE(channel->dead))	/* set before qnet_name_drop() takes the lock */
		err = -ESRCH;
	else if (qnet_name_find(qn, text, len))
		err = -EBUSY;
	if (!err) {
		hlist_add_head(&name->node, qnet_name_bucket(qn, text, len));
		list_add(&name->of_channel, &channel->names);
	}
	spin_unlock_bh(&qn->name_lock);
	if (err) {
		qnet_user_uncharge(name->user, QNET_USER_NAMES);
		kfree(name);
	}
	return err;
}

static void qnet_name_remove(struct qnet_name *name)
{
	hlist_del(&name->node);
	list_del(&name->of_channel);
	qnet_user_uncharge(name->user, QNET_USER_NAMES);
	kfree(name);
}

int qnet_name_detach(struct qnet_channel *channel, const char *text, size_t size)
{
	struct qnet_net *qn = channel->process->qn;
	struct qnet_name *name = NULL;
	int err = -ENOENT;

	spin_lock_bh(&qn->name_lock);
	name = qnet_name_find(qn, text, strnlen(text, size));
	if (name && name->channel == channel) {
		qnet_name_remove(name);
		err = 0;
	}
	spin_unlock_bh(&qn->name_lock);
	return err;
}

void qnet_name_drop(struct qnet_channel *channel)
{
	struct qnet_net *qn = channel->process->qn;
	struct qnet_name *name, *next;

	spin_lock_bh(&qn->name_lock);
	list_for_each_entry_safe(name, next, &channel->names, of_channel)
		qnet_name_remove(name);
	spin_unlock_bh(&qn->name_lock);
}

int qnet_name_lookup(struct qnet_net *qn, const char *text, size_t len,
		     struct qnet_name_place *place)
{
	struct qnet_name *name;

	spin_lock_bh(&qn->name_lock);
	name = qnet_name_find(qn, text, len);
	if (name) {
		place->pid = name->channel->process->pid;
		place->chid = name->channel->chid;
		place->incarnation = name->channel->incarnation;
	}
	spin_unlock_bh(&qn->name_lock);
	return name ? 0 : -ENOENT;
}

void qnet_name_net_init(struct qnet_net *qn)
{
	spin_lock_init(&qn->name_lock);
}
