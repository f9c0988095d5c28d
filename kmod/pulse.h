/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - 24 bytes that want no answer
 *
 * Those the system must deliver (UNBLOCK, DISCONNECT, COIDDEATH) are embedded in the object they
 * tell about, so that memory cannot be short for them.
 */
#ifndef _QNET_PULSE_H
#define _QNET_PULSE_H

#include <linux/types.h>

#include "entry.h"

struct qnet_attachment;
struct qnet_channel;
struct qnet_client;
struct qnet_net;

/*
 * Immutable once queued.  @release is called, process context or bottom halves off, when it has
 * been received or its channel is gone.
 */
struct qnet_pulse {
	struct qnet_entry entry;
	s8 code;
	s32 scoid;
	u64 value;
	void (*release)(struct qnet_pulse *pulse);
};

/*
 * A pulse of a program; @att: it came by, or NULL.  -EAGAIN: too many wait already; -ENOMEM;
 * -ESRCH: the channel is gone.
 */
int qnet_pulse_send(struct qnet_client *client, u8 priority, s8 code, u64 value,
		    struct qnet_attachment *att, gfp_t gfp);

#endif
