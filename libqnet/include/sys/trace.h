/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - here because programs include it; the module has tracepoints in place of TraceEvent()
 */
#ifndef _QNET_SYS_TRACE_H
#define _QNET_SYS_TRACE_H

#include <sys/neutrino.h>

#endif
