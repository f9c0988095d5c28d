/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - here because servers include it beside <sys/dispatch.h>; there are no iofunc_*() calls
 */
#ifndef _QNET_SYS_IOFUNC_H
#define _QNET_SYS_IOFUNC_H

#include <sys/dispatch.h>
#include <sys/iomsg.h>
#include <sys/stat.h>

#endif
