/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * qnet - services found by name
 */
#ifndef _QNET_SYS_DISPATCH_H
#define _QNET_SYS_DISPATCH_H

#include <sys/iomsg.h>
#include <sys/neutrino.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _dispatch dispatch_t;

typedef struct _name_attach {
	dispatch_t *dpp;	/* NULL */
	int chid;
	int mntid;
	int zero[2];
} name_attach_t;

#define NAME_FLAG_ATTACH_GLOBAL		0x0001
#define NAME_FLAG_DETACH_SAVEDPP	0x0002

name_attach_t *name_attach(dispatch_t *dpp, const char *path, unsigned int flags);
int name_detach(name_attach_t *attach, unsigned int flags);
int name_open(const char *name, int flags);
int name_close(int coid);

#ifdef __cplusplus
}
#endif

#endif
