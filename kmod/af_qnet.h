/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the socket family
 */
#ifndef _QNET_AF_QNET_H
#define _QNET_AF_QNET_H

int qnet_family_number(void);
int qnet_family_init(void);
void qnet_family_exit(void);

#endif
