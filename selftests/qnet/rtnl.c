// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - devices, by rtnetlink: to start ip(8) takes an emulated machine as long as many a test
 */
#include "rtnl.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "genl.h"

/* Room for what stands before the attributes of a device. */
static struct ifinfomsg *rtnl_info(struct genl_msg *msg)
{
	struct ifinfomsg *info = (struct ifinfomsg *)((char *)msg + msg->hdr.nlmsg_len);

	msg->hdr.nlmsg_len += NLMSG_ALIGN(sizeof(*info));
	return info;
}

static void rtnl_begin(struct genl_msg *msg, int type, int flags)
{
	memset(msg, 0, sizeof(*msg));
	msg->hdr.nlmsg_len = NLMSG_HDRLEN;
	msg->hdr.nlmsg_type = type;
	msg->hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
}

static int rtnl_run(int ns, const struct genl_msg *msg)
{
	struct genl rtnl;
	int err;

	if (!genl_socket(&rtnl, ns, NETLINK_ROUTE))
		return -errno;
	err = genl_run(&rtnl, msg, NULL, NULL);
	genl_close(&rtnl);
	return err;
}

int rtnl_veth(int ns, int peer_ns, const char *name)
{
	struct nlattr *link, *data, *peer;
	struct genl_msg msg;

	rtnl_begin(&msg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_info(&msg);
	genl_put_string(&msg, IFLA_IFNAME, name);
	link = genl_nest(&msg, IFLA_LINKINFO);
	genl_put_string(&msg, IFLA_INFO_KIND, "veth");
	data = genl_nest(&msg, IFLA_INFO_DATA);
	peer = genl_nest(&msg, VETH_INFO_PEER);
	rtnl_info(&msg);
	genl_put_string(&msg, IFLA_IFNAME, name);
	genl_put_u32(&msg, IFLA_NET_NS_FD, (uint32_t)peer_ns);
	genl_unnest(&msg, peer);
	genl_unnest(&msg, data);
	genl_unnest(&msg, link);
	return rtnl_run(ns, &msg);
}

unsigned int rtnl_index(int ns, const char *name)
{
	struct ifreq request = { .ifr_ifindex = 0 };
	struct genl rtnl;
	int err;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (!genl_socket(&rtnl, ns, NETLINK_ROUTE))
		return 0;
	err = ioctl(rtnl.fd, SIOCGIFINDEX, &request);
	genl_close(&rtnl);
	return err ? 0 : (unsigned int)request.ifr_ifindex;
}

int rtnl_up(int ns, const char *name)
{
	struct ifinfomsg *info;
	struct genl_msg msg;

	rtnl_begin(&msg, RTM_NEWLINK, 0);
	info = rtnl_info(&msg);
	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
	genl_put_string(&msg, IFLA_IFNAME, name);
	return rtnl_run(ns, &msg);
}

int rtnl_del(int ns, const char *name)
{
	struct genl_msg msg;

	rtnl_begin(&msg, RTM_DELLINK, 0);
	rtnl_info(&msg);
	genl_put_string(&msg, IFLA_IFNAME, name);
	return rtnl_run(ns, &msg);
}

int rtnl_netem(int ns, const char *name, unsigned int loss, unsigned int microseconds)
{
	struct tc_netem_qopt options = {
		.limit = 10000,
		.loss = (uint32_t)((uint64_t)loss * UINT32_MAX / 100),
		/* the clock's unit is 64 ns */
		.latency = (uint32_t)((uint64_t)microseconds * 1000 / 64),
	};
	struct genl_msg msg;
	struct tcmsg *tc;

	rtnl_begin(&msg, RTM_NEWQDISC, 0);
	tc = (struct tcmsg *)((char *)&msg + msg.hdr.nlmsg_len);
	tc->tcm_ifindex = (int)rtnl_index(ns, name);
	tc->tcm_parent = TC_H_ROOT;
	msg.hdr.nlmsg_len += NLMSG_ALIGN(sizeof(*tc));
	genl_put_string(&msg, TCA_KIND, "netem");
	genl_put(&msg, TCA_OPTIONS, &options, sizeof(options));
	return rtnl_run(ns, &msg);
}
