/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - qnetctl param: timers, caps and thresholds of this network namespace
 */
#ifndef QNETCTL_CMD_PARAM_H
#define QNETCTL_CMD_PARAM_H

int cmd_param(int argc, char **argv);

#endif
