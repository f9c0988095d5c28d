// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - checks that every call shares
 */
#include "call.h"

#include <linux/capability.h>

#include "message.h"
#include "net.h"

int qnet_call_priority(struct qnet_net *qn, u32 priority)
{
	if (priority < QNET_PRIO_MIN || priority > QNET_PRIO_MAX)
		return -EINVAL;
	if (priority > QNET_PRIO_USER_MAX && !ns_capable(qn->net->user_ns, CAP_SYS_NICE))
		return -EPERM;
	return 0;
}

static bool qnet_call_clock(u32 clock)
{
	return clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME ||
	       clock == CLOCK_TAI;
}

int qnet_call_check(struct qnet_net *qn, const struct qnet_call *call, u32 flags, u32 states,
		    struct qnet_deadline *deadline)
{
	if ((call->flags & ~flags) || call->pad || call->tid < 1)
		return -EINVAL;
	*deadline = (struct qnet_deadline) { };
	if (call->states) {
		if (!qnet_call_clock(call->clock) || call->deadline > KTIME_MAX ||
		    (call->states & ~(QNET_STATE_SEND | QNET_STATE_REPLY | QNET_STATE_RECEIVE)))
			return -EINVAL;
		deadline->states = call->states & states;
		deadline->armed = deadline->states;
		deadline->clock = call->clock;
		deadline->time = ns_to_ktime(call->deadline);
	} else if (call->deadline || call->clock) {
		return -EINVAL;
	}
	return qnet_call_priority(qn, call->priority);
}
