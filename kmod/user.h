/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - how much each user may have
 */
#ifndef _QNET_USER_H
#define _QNET_USER_H

#include <linux/compiler.h>
#include <linux/cred.h>
#include <linux/uidgid.h>

struct qnet_user;

enum qnet_user_kind {
	QNET_USER_PROCESSES,
	QNET_USER_CHANNELS,
	QNET_USER_CONNECTIONS,
	QNET_USER_NAMES,
	QNET_USER_KINDS
};

/* Referenced; -EAGAIN at the cap, -ENOMEM. */
struct qnet_user *qnet_user_charge(kuid_t uid, enum qnet_user_kind kind);
/* Takes NULL. */
void qnet_user_uncharge(struct qnet_user *user, enum qnet_user_kind kind);

/* Referenced. */
static inline const struct cred *qnet_user_cred(const struct cred *cred)
{
	/* whoever takes a reference clears .non_rcu, the kernel's own users, too */
	return data_race(get_cred(cred));
}

#endif
