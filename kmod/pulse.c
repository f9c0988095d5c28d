// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - 24 bytes that want no answer
 */
#include "pulse.h"

#include <linux/slab.h>

#include "attachment.h"
#include "channel.h"
#include "client.h"
#include "net.h"
#include "process.h"

/* A program's pulse; holds its client until it is received. */
struct qnet_user_pulse {
	struct qnet_pulse pulse;
	struct qnet_client *client;
	struct qnet_attachment *att;	/* NULL: of this machine */
};

static void qnet_pulse_free(struct qnet_user_pulse *up)
{
	struct qnet_client *client = up->client;

	qnet_stat_inc(client->channel->process->qn, pulses_freed);
	atomic_dec(&client->pulses);
	if (up->att)
		qnet_attachment_put(up->att);
	kfree(up);
	qnet_client_put(client);
}

static void qnet_pulse_release(struct qnet_pulse *pulse)
{
	struct qnet_user_pulse *up = container_of(pulse, struct qnet_user_pulse, pulse);

	if (up->att)
		qnet_attachment_taken(up->att, GFP_KERNEL);
	qnet_pulse_free(up);
}

int qnet_pulse_send(struct qnet_client *client, u8 priority, s8 code, u64 value,
		    struct qnet_attachment *att, gfp_t gfp)
{
	struct qnet_net *qn = client->channel->process->qn;
	struct qnet_user_pulse *up;
	int err;

	if ((u32)atomic_inc_return(&client->pulses) > qnet_param(&qn->params, pulses_client)) {
		err = -EAGAIN;
		goto err_count;
	}
	err = -ENOMEM;
	up = kzalloc(sizeof(*up), gfp);
	if (!up)
		goto err_count;
	up->client = qnet_client_get(client);
	up->att = att ? qnet_attachment_get(att) : NULL;
	up->pulse.code = code;
	up->pulse.value = value;
	up->pulse.scoid = client->scoid;
	up->pulse.entry.priority = priority;
	up->pulse.release = qnet_pulse_release;
	qnet_stat_inc(qn, pulses_made);
	err = qnet_channel_queue_pulse(client->channel, &up->pulse);
	if (err)
		qnet_pulse_free(up);
	return err;

err_count:
	atomic_dec(&client->pulses);
	return err;
}
