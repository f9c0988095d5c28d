/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - the states of a thread that message passing knows
 */
#ifndef _QNET_SYS_STATES_H
#define _QNET_SYS_STATES_H

enum {
	STATE_DEAD,
	STATE_RUNNING,
	STATE_READY,
	STATE_STOPPED,
	STATE_SEND,
	STATE_RECEIVE,
	STATE_REPLY,
	STATE_NET_REPLY,
	STATE_NET_SEND
};

#endif
