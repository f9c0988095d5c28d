// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - pulses: small messages that nobody answers
 */
#include "call.h"

_Static_assert(sizeof(struct _pulse) == sizeof(struct qnet_pulse_msg), "pulse");
_Static_assert(offsetof(struct _pulse, code) == offsetof(struct qnet_pulse_msg, code), "code");
_Static_assert(offsetof(struct _pulse, value) == offsetof(struct qnet_pulse_msg, value), "value");
_Static_assert(offsetof(struct _pulse, scoid) == offsetof(struct qnet_pulse_msg, scoid), "scoid");
_Static_assert(sizeof(union qnet_sigval) == sizeof(__u64), "value's size");
_Static_assert(_PULSE_CODE_UNBLOCK == QNET_PULSE_UNBLOCK, "unblock");
_Static_assert(_PULSE_CODE_DISCONNECT == QNET_PULSE_DISCONNECT, "disconnect");
_Static_assert(_PULSE_CODE_THREADDEATH == QNET_PULSE_THREADDEATH, "thread death");
_Static_assert(_PULSE_CODE_COIDDEATH == QNET_PULSE_COIDDEATH, "coid death");

static int qnet_pulse_send(int coid, int priority, int code, __u64 value)
{
	struct qnet_ioc_pulse req = { .priority = priority, .code = code, .value = value };

	qnet_call_fill(&req.call, 0);
	return -qnet_connection_call(coid, QNET_IOC_PULSE, &req, NULL);
}

/* Sign and all, so that sival_long reads what sival_int does. */
int MsgSendPulse_r(int coid, int priority, int code, int value)
{
	return qnet_pulse_send(coid, priority, code, (__u64)(__s64)value);
}

int MsgSendPulse(int coid, int priority, int code, int value)
{
	return qnet_result(-MsgSendPulse_r(coid, priority, code, value));
}

int MsgSendPulsePtr_r(int coid, int priority, int code, void *value)
{
	return qnet_pulse_send(coid, priority, code, qnet_address(value));
}

int MsgSendPulsePtr(int coid, int priority, int code, void *value)
{
	return qnet_result(-MsgSendPulsePtr_r(coid, priority, code, value));
}
