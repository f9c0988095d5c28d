// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - how much each user may have
 *
 * Caps are per user of the machine, not per namespace: a namespace more must not be a way to get
 * more.  Charges are rare (objects are made once), so one lock serves all.
 */
#include "user.h"

#include <linux/hashtable.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

/* Under qnet_user_lock; freed with its last charge. */
struct qnet_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int charges;
	unsigned int count[QNET_USER_KINDS];
};

static DEFINE_SPINLOCK(qnet_user_lock);
static DEFINE_HASHTABLE(qnet_users, 6);

static unsigned int qnet_user_cap[QNET_USER_KINDS] = {
	[QNET_USER_PROCESSES] = 16384,
	[QNET_USER_CHANNELS] = 65536,
	[QNET_USER_CONNECTIONS] = 262144,
	[QNET_USER_NAMES] = 4096,
};
module_param_named(max_processes, qnet_user_cap[QNET_USER_PROCESSES], uint, 0644);
MODULE_PARM_DESC(max_processes, "processes a user may have that use qnet");
module_param_named(max_channels, qnet_user_cap[QNET_USER_CHANNELS], uint, 0644);
MODULE_PARM_DESC(max_channels, "channels a user may have");
module_param_named(max_connections, qnet_user_cap[QNET_USER_CONNECTIONS], uint, 0644);
MODULE_PARM_DESC(max_connections, "connections a user may have");

module_param_named(max_names, qnet_user_cap[QNET_USER_NAMES], uint, 0644);
MODULE_PARM_DESC(max_names, "service names a user may publish");

static struct qnet_user *qnet_user_lookup(kuid_t uid)
{
	struct qnet_user *user;

	hash_for_each_possible(qnet_users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

struct qnet_user *qnet_user_charge(kuid_t uid, enum qnet_user_kind kind)
{
	struct qnet_user *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	struct qnet_user *user;

	if (!new)
		return ERR_PTR(-ENOMEM);
	new->uid = uid;

	spin_lock_bh(&qnet_user_lock);
	user = qnet_user_lookup(uid);
	/* parameters of the module: sysfs may set them at any time */
	if (user && user->count[kind] >= READ_ONCE(qnet_user_cap[kind])) {
		user = ERR_PTR(-EAGAIN);
	} else {
		if (!user) {
			user = new;
			new = NULL;
			hash_add(qnet_users, &user->node, __kuid_val(uid));
		}
		user->charges++;
		user->count[kind]++;
	}
	spin_unlock_bh(&qnet_user_lock);
	kfree(new);
	return user;
}

void qnet_user_uncharge(struct qnet_user *user, enum qnet_user_kind kind)
{
	if (!user)
		return;
	spin_lock_bh(&qnet_user_lock);
	user->count[kind]--;
	if (--user->charges)
		user = NULL;
	else
		hash_del(&user->node);
	spin_unlock_bh(&qnet_user_lock);
	kfree(user);
}
