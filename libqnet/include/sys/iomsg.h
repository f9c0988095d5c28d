/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - the range of message types that Neutrino's I/O messages take
 *
 * libqnet sends none of them to a program; servers written for Neutrino test for them.
 */
#ifndef _QNET_SYS_IOMSG_H
#define _QNET_SYS_IOMSG_H

#include <sys/neutrino.h>

#define _IO_BASE		0x100
#define _IO_MAX			0x1ff

#define _IO_CONNECT		0x100
#define _IO_MSG			0x113

/* Subtypes of _IO_CONNECT. */
#define _IO_CONNECT_COMBINE	0
#define _IO_CONNECT_OPEN	2

#endif
