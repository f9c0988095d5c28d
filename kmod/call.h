/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - checks that every call shares
 */
#ifndef _QNET_CALL_H
#define _QNET_CALL_H

#include <linux/qnet.h>

struct qnet_deadline;
struct qnet_net;

/*
 * Flags outside @flags, states outside @states, pads, thread number and clock: -EINVAL; a priority
 * above what the caller may: -EPERM.
 */
int qnet_call_check(struct qnet_net *qn, const struct qnet_call *call, u32 flags, u32 states,
		    struct qnet_deadline *deadline);
int qnet_call_priority(struct qnet_net *qn, u32 priority);

#endif
