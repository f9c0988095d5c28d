/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - here because programs include it for getpid() and its like; there is no spawn*()
 */
#ifndef _QNET_PROCESS_H
#define _QNET_PROCESS_H

#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#endif
