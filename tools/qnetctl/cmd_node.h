/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - qnetctl node
 */
#ifndef QNETCTL_CMD_NODE_H
#define QNETCTL_CMD_NODE_H

int cmd_node(int argc, char **argv);

#endif
