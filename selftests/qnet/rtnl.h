/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - devices, by rtnetlink: to start ip(8) takes an emulated machine as long as many a test
 *
 * @ns: the device's namespace, or -1 for the caller's. Each returns 0, or -errno as the kernel
 * answered.
 */
#ifndef _RTNL_H
#define _RTNL_H

/* A pair, one end of it in each namespace, both called @name. */
int rtnl_veth(int ns, int peer_ns, const char *name);
/* Its index; 0: there is no such device. */
unsigned int rtnl_index(int ns, const char *name);
int rtnl_up(int ns, const char *name);
int rtnl_del(int ns, const char *name);
/* The netem queue that is there loses so many in a hundred from now on and holds up the rest. */
int rtnl_netem(int ns, const char *name, unsigned int loss, unsigned int microseconds);

#endif
