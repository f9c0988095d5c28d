/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - here because programs include it; Linux has capabilities(7) in place of abilities
 */
#ifndef _QNET_SYS_PROCMGR_H
#define _QNET_SYS_PROCMGR_H

#include <sys/neutrino.h>

#endif
