/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - qnetctl version
 */
#ifndef QNETCTL_CMD_VERSION_H
#define QNETCTL_CMD_VERSION_H

int cmd_version(int argc, char **argv);

#endif
