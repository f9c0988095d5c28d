/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - qnetctl stats
 */
#ifndef QNETCTL_CMD_STATS_H
#define QNETCTL_CMD_STATS_H

int cmd_stats(int argc, char **argv);

#endif
