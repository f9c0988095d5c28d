/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - here because programs include it: struct sigevent and the SIGEV_* names
 */
#ifndef _QNET_SYS_SIGINFO_H
#define _QNET_SYS_SIGINFO_H

#include <signal.h>
#include <sys/neutrino.h>

#endif
