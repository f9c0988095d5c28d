/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what comes back from a server's node
 */
#ifndef _QNET_ANSWER_H
#define _QNET_ANSWER_H

struct qnet_payload;
struct qnet_segment_info;
struct qnet_traffic;

/* For traffic.c. */
int qnet_answer_segment(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			const struct qnet_payload *payload);
/* The link is dead: every call fails, every connection is dead. Process context. */
void qnet_answer_down(struct qnet_traffic *traffic);

#endif
