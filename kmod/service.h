/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - peer operations over a link, the server's node
 */
#ifndef _QNET_SERVICE_H
#define _QNET_SERVICE_H

#include <linux/types.h>

struct qnet_message;
struct qnet_payload;
struct qnet_segment_info;
struct qnet_traffic;

/* For traffic.c. */
int qnet_service_segment(struct qnet_traffic *traffic, const struct qnet_segment_info *seg,
			 const struct qnet_payload *payload);
void qnet_service_down(struct qnet_traffic *traffic);
/* A request is out of the table. */
void qnet_service_uncount(struct qnet_traffic *traffic);
/* The client took it back, or somebody else replied. */
bool qnet_service_ended(struct qnet_message *msg);

#endif
