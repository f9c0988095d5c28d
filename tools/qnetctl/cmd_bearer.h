/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - qnetctl bearer
 */
#ifndef QNETCTL_CMD_BEARER_H
#define QNETCTL_CMD_BEARER_H

int cmd_bearer(int argc, char **argv);

#endif
