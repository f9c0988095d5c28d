// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - configuration and events by generic netlink
 *
 * Documentation/netlink/specs/qnet.yaml describes what stands here.  Requests run in parallel;
 * node.c and bearer.c lock what they change, and dumps see one status after the other: they go
 * on at the number after the last one shown, so what stays throughout is shown exactly once.
 */
#include "netlink.h"

#include <linux/if_ether.h>
#include <linux/module.h>
#include <linux/qnet.h>
#include <linux/rwsem.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "af_qnet.h"
#include "bearer.h"
#include "ether.h"
#include "hello.h"
#include "net.h"
#include "node.h"
#include "param.h"
#include "stats.h"
#include "traffic.h"

static struct genl_family qnet_netlink_family;

/* Events only between registration and its end: after it the group's number may be another's. */
static DECLARE_RWSEM(qnet_netlink_sem);
static bool qnet_netlink_registered;	/* under qnet_netlink_sem */

static struct netlink_range_validation qnet_netlink_ifindex_range = {
	.min = 1,
	.max = S32_MAX,
};

#define QNET_NETLINK_NODE_NAME	{ .type = NLA_NUL_STRING, .len = QNET_NODE_NAME_SIZE - 1 }
#define QNET_NETLINK_PARAM_SIZE	32
#define QNET_NETLINK_IFINDEX	NLA_POLICY_FULL_RANGE(NLA_U32, &qnet_netlink_ifindex_range)

static const struct nla_policy qnet_netlink_node_key[QNET_A_NODE_MAX + 1] = {
	[QNET_A_NODE_ND]	 = { .type = NLA_U32 },
	[QNET_A_NODE_NAME]	 = QNET_NETLINK_NODE_NAME,
};

static const struct nla_policy qnet_netlink_node_settings[QNET_A_NODE_MAX + 1] = {
	[QNET_A_NODE_NAME]	 = QNET_NETLINK_NODE_NAME,
	[QNET_A_NODE_DEAD_AFTER] = { .type = NLA_U32 },
	[QNET_A_NODE_EAGER]	 = { .type = NLA_U32 },
};

static const struct nla_policy qnet_netlink_node_static[QNET_A_NODE_MAX + 1] = {
	[QNET_A_NODE_NAME]	 = QNET_NETLINK_NODE_NAME,
	[QNET_A_NODE_LLADDR]	 = NLA_POLICY_ETH_ADDR,
	[QNET_A_NODE_IFINDEX]	 = QNET_NETLINK_IFINDEX,
};

static const struct nla_policy qnet_netlink_bearer_key[QNET_A_BEARER_MAX + 1] = {
	[QNET_A_BEARER_IFINDEX]	 = QNET_NETLINK_IFINDEX,
	[QNET_A_BEARER_NAME]	 = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

static const struct nla_policy qnet_netlink_bearer_device[QNET_A_BEARER_MAX + 1] = {
	[QNET_A_BEARER_IFINDEX]	 = QNET_NETLINK_IFINDEX,
};

static const struct nla_policy qnet_netlink_param[QNET_A_PARAM_MAX + 1] = {
	[QNET_A_PARAM_NAME]	 = { .type = NLA_NUL_STRING, .len = QNET_NETLINK_PARAM_SIZE - 1 },
	[QNET_A_PARAM_VALUE]	 = { .type = NLA_U32 },
};

static const struct nla_policy qnet_netlink_get_node[QNET_A_NODE + 1] = {
	[QNET_A_NODE] = NLA_POLICY_NESTED(qnet_netlink_node_key),
};

static const struct nla_policy qnet_netlink_set_node[QNET_A_NODE + 1] = {
	[QNET_A_NODE] = NLA_POLICY_NESTED(qnet_netlink_node_settings),
};

static const struct nla_policy qnet_netlink_add_node[QNET_A_NODE + 1] = {
	[QNET_A_NODE] = NLA_POLICY_NESTED(qnet_netlink_node_static),
};

static const struct nla_policy qnet_netlink_get_bearer[QNET_A_BEARER + 1] = {
	[QNET_A_BEARER] = NLA_POLICY_NESTED(qnet_netlink_bearer_key),
};

static const struct nla_policy qnet_netlink_add_bearer[QNET_A_BEARER + 1] = {
	[QNET_A_BEARER] = NLA_POLICY_NESTED(qnet_netlink_bearer_device),
};

static const struct nla_policy qnet_netlink_set_param[QNET_A_PARAM + 1] = {
	[QNET_A_PARAM] = NLA_POLICY_NESTED(qnet_netlink_param),
};

/* Requests ------------------------------------------------------------------------------- */

/* What stands in nest @type of a request; the operation's policy has checked it. */
static int qnet_netlink_parse(const struct genl_info *info, int type, struct nlattr **attrs,
			      int max)
{
	if (!info->attrs[type]) {
		NL_SET_ERR_MSG(info->extack, "the request names no node, bearer or parameter");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
		return -EINVAL;
	}
	return nla_parse_nested(attrs, max, info->attrs[type], NULL, info->extack);
}

/* nd of the node a request is about, or -errno. */
static int qnet_netlink_nd(struct qnet_net *qn, struct nlattr **attrs,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = attrs[QNET_A_NODE_NAME];
	char name[QNET_NODE_NAME_SIZE];
	int err;

	if (!attr == !attrs[QNET_A_NODE_ND]) {
		NL_SET_ERR_MSG(extack, "name one node, by its name or by its nd");
		return -EINVAL;
	}
	if (!attr) {
		attr = attrs[QNET_A_NODE_ND];
		err = min_t(u32, nla_get_u32(attr), S32_MAX);
	} else {
		nla_strscpy(name, attr, sizeof(name));
		err = qnet_node_lookup(qn, name);
	}
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(extack, attr, "no such node; qnetctl node list shows them");
	return err;
}

/* ifindex of the bearer a request is about, or -errno. */
static int qnet_netlink_ifindex(struct qnet_net *qn, struct nlattr **attrs,
				struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = attrs[QNET_A_BEARER_NAME];
	char name[IFNAMSIZ];
	int ifindex;

	if (!attr == !attrs[QNET_A_BEARER_IFINDEX]) {
		NL_SET_ERR_MSG(extack, "name one bearer, by its device's name or by its ifindex");
		return -EINVAL;
	}
	if (!attr)
		return nla_get_u32(attrs[QNET_A_BEARER_IFINDEX]);
	nla_strscpy(name, attr, sizeof(name));
	ifindex = qnet_bearer_lookup(qn, name);
	if (ifindex == -ENOENT)
		NL_SET_ERR_MSG_ATTR(extack, attr, "no such bearer; qnetctl bearer list shows them");
	return ifindex;
}

/* Answers -------------------------------------------------------------------------------- */

/* Where an answer goes to: a request's sender, a dump's reader, or the group. */
struct qnet_netlink_to {
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
};

static int qnet_netlink_fill_node(struct sk_buff *skb, const struct qnet_node_status *s)
{
	struct nlattr *nest = nla_nest_start(skb, QNET_A_NODE);

	if (!nest ||
	    nla_put_u32(skb, QNET_A_NODE_ND, s->nd) ||
	    nla_put_string(skb, QNET_A_NODE_NAME, s->name) ||
	    nla_put_u32(skb, QNET_A_NODE_STATE, s->state) ||
	    (s->nd && nla_put(skb, QNET_A_NODE_LLADDR, ETH_ALEN, s->lladdr)) ||
	    (s->ifindex && nla_put_u32(skb, QNET_A_NODE_IFINDEX, s->ifindex)) ||
	    (s->is_static && nla_put_flag(skb, QNET_A_NODE_STATIC)) ||
	    (s->incarnation && nla_put_u64_64bit(skb, QNET_A_NODE_INCARNATION, s->incarnation,
						 QNET_A_NODE_PAD)) ||
	    (s->rtt && nla_put_u32(skb, QNET_A_NODE_RTT, s->rtt)) ||
	    (s->mtu && nla_put_u32(skb, QNET_A_NODE_MTU, s->mtu)) ||
	    (s->dead_after && nla_put_u32(skb, QNET_A_NODE_DEAD_AFTER, s->dead_after)) ||
	    nla_put_u32(skb, QNET_A_NODE_EAGER, s->eager) ||
	    (s->up_for && nla_put_u64_64bit(skb, QNET_A_NODE_BOOT, s->up_for, QNET_A_NODE_PAD)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int qnet_netlink_fill_bearer(struct sk_buff *skb, const struct qnet_bearer_status *s)
{
	struct nlattr *nest = nla_nest_start(skb, QNET_A_BEARER);

	if (!nest ||
	    nla_put_u32(skb, QNET_A_BEARER_IFINDEX, s->ifindex) ||
	    nla_put_string(skb, QNET_A_BEARER_NAME, s->name) ||
	    nla_put(skb, QNET_A_BEARER_LLADDR, ETH_ALEN, s->lladdr) ||
	    nla_put_u32(skb, QNET_A_BEARER_MTU, s->mtu) ||
	    nla_put_u32(skb, QNET_A_BEARER_STATE, s->state) ||
	    nla_put_u64_64bit(skb, QNET_A_BEARER_RX_FRAMES, s->counters.rx_frames,
			      QNET_A_BEARER_PAD) ||
	    nla_put_u64_64bit(skb, QNET_A_BEARER_RX_BYTES, s->counters.rx_bytes,
			      QNET_A_BEARER_PAD) ||
	    nla_put_u64_64bit(skb, QNET_A_BEARER_TX_FRAMES, s->counters.tx_frames,
			      QNET_A_BEARER_PAD) ||
	    nla_put_u64_64bit(skb, QNET_A_BEARER_TX_BYTES, s->counters.tx_bytes,
			      QNET_A_BEARER_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int qnet_netlink_fill_stat(struct sk_buff *skb, const char *name, u64 value)
{
	struct nlattr *nest = nla_nest_start(skb, QNET_A_STAT);

	if (!nest ||
	    nla_put_string(skb, QNET_A_STAT_NAME, name) ||
	    nla_put_u64_64bit(skb, QNET_A_STAT_VALUE, value, QNET_A_STAT_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int qnet_netlink_fill_param(struct sk_buff *skb, const struct qnet_param_info *info,
				   u32 value)
{
	struct nlattr *nest = nla_nest_start(skb, QNET_A_PARAM);

	if (!nest ||
	    nla_put_string(skb, QNET_A_PARAM_NAME, info->name) ||
	    nla_put_u32(skb, QNET_A_PARAM_VALUE, value) ||
	    nla_put_string(skb, QNET_A_PARAM_UNIT, info->unit) ||
	    nla_put_u32(skb, QNET_A_PARAM_FIRST, info->value) ||
	    nla_put_u32(skb, QNET_A_PARAM_LEAST, info->least) ||
	    nla_put_u32(skb, QNET_A_PARAM_MOST, info->most))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* One message about @node or @bearer.  -EMSGSIZE: no room, @skb is as it was. */
static int qnet_netlink_put(struct sk_buff *skb, const struct qnet_netlink_to *to,
			    const struct qnet_node_status *node,
			    const struct qnet_bearer_status *bearer)
{
	void *head = genlmsg_put(skb, to->portid, to->seq, &qnet_netlink_family, to->flags,
				 to->cmd);
	int err;

	if (!head)
		return -EMSGSIZE;
	if (node)
		err = qnet_netlink_fill_node(skb, node);
	else
		err = qnet_netlink_fill_bearer(skb, bearer);
	if (err) {
		genlmsg_cancel(skb, head);
		return err;
	}
	genlmsg_end(skb, head);
	return 0;
}

static int qnet_netlink_answer(struct genl_info *info, const struct qnet_node_status *node,
			       const struct qnet_bearer_status *bearer)
{
	struct qnet_netlink_to to = {
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = info->genlhdr->cmd,
	};
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!skb)
		return -ENOMEM;
	err = qnet_netlink_put(skb, &to, node, bearer);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	return genlmsg_reply(skb, info);
}

static struct qnet_netlink_to qnet_netlink_dump_to(struct netlink_callback *cb, u8 cmd)
{
	return (struct qnet_netlink_to){
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
	};
}

static int qnet_netlink_check_dump(struct netlink_callback *cb, int type)
{
	const struct nlattr *attr = genl_info_dump(cb)->attrs[type];

	if (!attr)
		return 0;
	NL_SET_ERR_MSG_ATTR(cb->extack, attr,
			    "a dump shows all; leave out either the attribute or the dump flag");
	return -EINVAL;
}

/* Nodes ---------------------------------------------------------------------------------- */

static int qnet_netlink_node_get(struct sk_buff *skb, struct genl_info *info)
{
	struct qnet_net *qn = qnet_net(genl_info_net(info));
	struct nlattr *attrs[QNET_A_NODE_MAX + 1];
	struct qnet_node_status status;
	int err, nd;

	err = qnet_netlink_parse(info, QNET_A_NODE, attrs, QNET_A_NODE_MAX);
	if (err)
		return err;
	nd = qnet_netlink_nd(qn, attrs, info->extack);
	if (nd < 0)
		return nd;
	err = qnet_node_status(qn, nd, &status);
	if (err || status.nd != nd) {
		NL_SET_ERR_MSG(info->extack, "no such node; qnetctl node list shows them");
		return -ENOENT;
	}
	return qnet_netlink_answer(info, &status, NULL);
}

/* cb->args[0]: the number to go on at. */
static int qnet_netlink_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct qnet_netlink_to to = qnet_netlink_dump_to(cb, QNET_CMD_NODE_GET);
	struct qnet_net *qn = qnet_net(sock_net(skb->sk));
	struct qnet_node_status status;
	int err;

	err = qnet_netlink_check_dump(cb, QNET_A_NODE);
	if (err)
		return err;
	while (!qnet_node_status(qn, cb->args[0], &status)) {
		if (qnet_netlink_put(skb, &to, &status, NULL))
			break;
		cb->args[0] = status.nd + 1;
	}
	return skb->len;
}

/* The settings that are numbers, in range. */
static int qnet_netlink_node_numbers(struct nlattr **attrs, u32 *dead_after, u32 *eager,
				     struct netlink_ext_ack *extack)
{
	if (attrs[QNET_A_NODE_DEAD_AFTER]) {
		*dead_after = nla_get_u32(attrs[QNET_A_NODE_DEAD_AFTER]);
		if (*dead_after < QNET_NODE_DEAD_AFTER_MIN ||
		    *dead_after > QNET_NODE_DEAD_AFTER_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[QNET_A_NODE_DEAD_AFTER],
					    "dead-after is 50 to 60000 milliseconds");
			return -ERANGE;
		}
	}
	if (attrs[QNET_A_NODE_EAGER]) {
		*eager = nla_get_u32(attrs[QNET_A_NODE_EAGER]);
		if (*eager > QNET_TRAFFIC_EAGER_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[QNET_A_NODE_EAGER],
					    "eager is 0 to 65536 bytes");
			return -ERANGE;
		}
	}
	return 0;
}

static int qnet_netlink_node_set(struct sk_buff *skb, struct genl_info *info)
{
	struct qnet_net *qn = qnet_net(genl_info_net(info));
	struct netlink_ext_ack *extack = info->extack;
	struct nlattr *attrs[QNET_A_NODE_MAX + 1];
	char name[QNET_NODE_NAME_SIZE];
	u32 dead_after, eager;
	int err;

	err = qnet_netlink_parse(info, QNET_A_NODE, attrs, QNET_A_NODE_MAX);
	if (err)
		return err;
	if (!attrs[QNET_A_NODE_NAME] && !attrs[QNET_A_NODE_DEAD_AFTER] &&
	    !attrs[QNET_A_NODE_EAGER]) {
		NL_SET_ERR_MSG(extack, "nothing to set: give a name, dead-after or eager");
		return -EINVAL;
	}
	/* Everything is checked before anything is changed. */
	err = qnet_netlink_node_numbers(attrs, &dead_after, &eager, extack);
	if (err)
		return err;
	if (attrs[QNET_A_NODE_NAME]) {
		nla_strscpy(name, attrs[QNET_A_NODE_NAME], sizeof(name));
		err = qnet_node_set_name(qn, name, extack);
		if (err)
			return err;
	}
	if (attrs[QNET_A_NODE_DEAD_AFTER])
		WRITE_ONCE(qn->dead_after, dead_after);	/* read anywhere, as .eager */
	if (attrs[QNET_A_NODE_EAGER])
		WRITE_ONCE(qn->eager, eager);
	return 0;
}

static int qnet_netlink_node_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attrs[QNET_A_NODE_MAX + 1];
	char name[QNET_NODE_NAME_SIZE];
	int err;

	err = qnet_netlink_parse(info, QNET_A_NODE, attrs, QNET_A_NODE_MAX);
	if (err)
		return err;
	if (!attrs[QNET_A_NODE_NAME] || !attrs[QNET_A_NODE_LLADDR] || !attrs[QNET_A_NODE_IFINDEX]) {
		NL_SET_ERR_MSG(info->extack,
			       "a node added by hand needs its name, its lladdr and the bearer's device");
		return -EINVAL;
	}
	nla_strscpy(name, attrs[QNET_A_NODE_NAME], sizeof(name));
	return qnet_node_add(qnet_net(genl_info_net(info)), name,
			     nla_data(attrs[QNET_A_NODE_LLADDR]),
			     nla_get_u32(attrs[QNET_A_NODE_IFINDEX]), info->extack);
}

static int qnet_netlink_node_del(struct sk_buff *skb, struct genl_info *info)
{
	struct qnet_net *qn = qnet_net(genl_info_net(info));
	struct nlattr *attrs[QNET_A_NODE_MAX + 1];
	int err, nd;

	err = qnet_netlink_parse(info, QNET_A_NODE, attrs, QNET_A_NODE_MAX);
	if (err)
		return err;
	nd = qnet_netlink_nd(qn, attrs, info->extack);
	if (nd < 0)
		return nd;
	return qnet_node_del(qn, nd, info->extack);
}

/* Bearers -------------------------------------------------------------------------------- */

static int qnet_netlink_bearer_get(struct sk_buff *skb, struct genl_info *info)
{
	struct qnet_net *qn = qnet_net(genl_info_net(info));
	struct nlattr *attrs[QNET_A_BEARER_MAX + 1];
	struct qnet_bearer_status status;
	int err, ifindex;

	err = qnet_netlink_parse(info, QNET_A_BEARER, attrs, QNET_A_BEARER_MAX);
	if (err)
		return err;
	ifindex = qnet_netlink_ifindex(qn, attrs, info->extack);
	if (ifindex < 0)
		return ifindex;
	err = qnet_bearer_status(qn, ifindex, &status);
	if (err || status.ifindex != ifindex) {
		NL_SET_ERR_MSG(info->extack, "no such bearer; qnetctl bearer list shows them");
		return -ENOENT;
	}
	return qnet_netlink_answer(info, NULL, &status);
}

/* cb->args[0]: the ifindex to go on at. */
static int qnet_netlink_bearer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct qnet_netlink_to to = qnet_netlink_dump_to(cb, QNET_CMD_BEARER_GET);
	struct qnet_net *qn = qnet_net(sock_net(skb->sk));
	struct qnet_bearer_status status;
	int err;

	err = qnet_netlink_check_dump(cb, QNET_A_BEARER);
	if (err)
		return err;
	while (!qnet_bearer_status(qn, cb->args[0], &status)) {
		if (qnet_netlink_put(skb, &to, NULL, &status))
			break;
		cb->args[0] = (long)status.ifindex + 1;
	}
	return skb->len;
}

static int qnet_netlink_bearer_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attrs[QNET_A_BEARER_MAX + 1];
	int err;

	err = qnet_netlink_parse(info, QNET_A_BEARER, attrs, QNET_A_BEARER_MAX);
	if (err)
		return err;
	if (!attrs[QNET_A_BEARER_IFINDEX]) {
		NL_SET_ERR_MSG(info->extack, "a bearer is added by the ifindex of its device");
		return -EINVAL;
	}
	return qnet_bearer_add(qnet_net(genl_info_net(info)),
			       nla_get_u32(attrs[QNET_A_BEARER_IFINDEX]), info->extack);
}

static int qnet_netlink_bearer_del(struct sk_buff *skb, struct genl_info *info)
{
	struct qnet_net *qn = qnet_net(genl_info_net(info));
	struct nlattr *attrs[QNET_A_BEARER_MAX + 1];
	int err, ifindex;

	err = qnet_netlink_parse(info, QNET_A_BEARER, attrs, QNET_A_BEARER_MAX);
	if (err)
		return err;
	ifindex = qnet_netlink_ifindex(qn, attrs, info->extack);
	if (ifindex < 0)
		return ifindex;
	return qnet_bearer_del(qn, ifindex, info->extack);
}

/* Parameters ----------------------------------------------------------------------------- */

/* cb->args[0]: the parameter to go on at. */
static int qnet_netlink_param_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct qnet_net *qn = qnet_net(sock_net(skb->sk));
	void *head;

	for (; cb->args[0] < QNET_PARAM_MAX; cb->args[0]++) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &qnet_netlink_family, NLM_F_MULTI, QNET_CMD_PARAM_GET);
		if (!head)
			break;
		if (qnet_netlink_fill_param(skb, &qnet_param_infos[cb->args[0]],
					    READ_ONCE(qn->params.value[cb->args[0]]))) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	return skb->len;
}

static const struct qnet_param_info *qnet_netlink_param_find(const struct nlattr *name)
{
	int i;

	for (i = 0; i < QNET_PARAM_MAX; i++)
		if (!nla_strcmp(name, qnet_param_infos[i].name))
			return &qnet_param_infos[i];
	return NULL;
}

static int qnet_netlink_param_set(struct sk_buff *skb, struct genl_info *info)
{
	struct qnet_net *qn = qnet_net(genl_info_net(info));
	struct nlattr *attrs[QNET_A_PARAM_MAX + 1];
	const struct qnet_param_info *param;
	u32 value;
	int err;

	err = qnet_netlink_parse(info, QNET_A_PARAM, attrs, QNET_A_PARAM_MAX);
	if (err)
		return err;
	if (!attrs[QNET_A_PARAM_NAME]) {
		NL_SET_ERR_MSG(info->extack, "name one parameter");
		return -EINVAL;
	}
	param = qnet_netlink_param_find(attrs[QNET_A_PARAM_NAME]);
	if (!param) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[QNET_A_PARAM_NAME],
				    "no such parameter; qnetctl param list shows them");
		return -ENOENT;
	}
	value = param->value;
	if (attrs[QNET_A_PARAM_VALUE])
		value = nla_get_u32(attrs[QNET_A_PARAM_VALUE]);
	if (param->least == param->most && value != param->value) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[QNET_A_PARAM_VALUE],
				    "it is the same everywhere, and cannot be set");
		return -ERANGE;
	}
	if (value < param->least || value > param->most) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[QNET_A_PARAM_VALUE],
				    "out of range; qnetctl param list shows what may be");
		return -ERANGE;
	}
	if (param->bounds_memory && value > param->value &&
	    !netlink_capable(skb, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attrs[QNET_A_PARAM_VALUE],
				    "more than the default wants CAP_NET_ADMIN of the machine");
		return -EPERM;
	}
	WRITE_ONCE(qn->params.value[param - qnet_param_infos], value);	/* by qnet_param() */
	/* timers that run may be too long now */
	mutex_lock(&qn->config_lock);
	qnet_hello_kick(qn);
	mutex_unlock(&qn->config_lock);
	return 0;
}

/* The rest ------------------------------------------------------------------------------- */

/* cb->args[0]: the counter to go on at. */
static int qnet_netlink_stats_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct qnet_net *qn = qnet_net(sock_net(skb->sk));
	void *head;

	for (; cb->args[0] < QNET_STAT_MAX; cb->args[0]++) {
		head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				   &qnet_netlink_family, NLM_F_MULTI, QNET_CMD_STATS_GET);
		if (!head)
			break;
		if (qnet_netlink_fill_stat(skb, qnet_stat_name(cb->args[0]),
					   qnet_stat_read(qn, cb->args[0]))) {
			genlmsg_cancel(skb, head);
			break;
		}
		genlmsg_end(skb, head);
	}
	return skb->len;
}

static int qnet_netlink_version_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *head;

	if (!reply)
		return -ENOMEM;
	head = genlmsg_put_reply(reply, info, &qnet_netlink_family, 0, QNET_CMD_VERSION_GET);
	if (!head ||
	    nla_put_string(reply, QNET_A_VERSION, THIS_MODULE->version) ||
	    nla_put_u32(reply, QNET_A_ABI, QNET_ABI_VERSION) ||
	    nla_put_u32(reply, QNET_A_WIRE_VERSION, QNET_WIRE_VERSION) ||
	    nla_put_u32(reply, QNET_A_FAMILY, qnet_family_number()) ||
	    nla_put_u16(reply, QNET_A_ETHERTYPE, qnet_ether_protocol())) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, head);
	return genlmsg_reply(reply, info);
}

/* Events --------------------------------------------------------------------------------- */

static void qnet_netlink_event(struct qnet_net *qn, u8 cmd, const struct qnet_node_status *node,
			       const struct qnet_bearer_status *bearer)
{
	struct qnet_netlink_to to = { .cmd = cmd };
	struct sk_buff *skb;

	down_read(&qnet_netlink_sem);
	if (!qnet_netlink_registered || !genl_has_listeners(&qnet_netlink_family, qn->net, 0))
		goto out;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb) {
		/* who listens knows then that there was one */
		genl_set_err(&qnet_netlink_family, qn->net, 0, 0, -ENOBUFS);
		goto out;
	}
	if (qnet_netlink_put(skb, &to, node, bearer))
		nlmsg_free(skb);
	else
		genlmsg_multicast_netns(&qnet_netlink_family, qn->net, skb, 0, 0, GFP_KERNEL);
out:
	up_read(&qnet_netlink_sem);
}

void qnet_netlink_node_event(struct qnet_net *qn, const struct qnet_node_status *status,
			     bool removed)
{
	qnet_netlink_event(qn, removed ? QNET_CMD_NODE_DEL : QNET_CMD_NODE_GET, status, NULL);
}

void qnet_netlink_bearer_event(struct qnet_net *qn, const struct qnet_bearer_status *status,
			       bool removed)
{
	qnet_netlink_event(qn, removed ? QNET_CMD_BEARER_DEL : QNET_CMD_BEARER_GET, NULL, status);
}

static const struct qnet_node_watch qnet_netlink_node_watch = {
	.changed = qnet_netlink_node_event,
};

static const struct qnet_bearer_watch qnet_netlink_bearer_watch = {
	.changed = qnet_netlink_bearer_event,
};

/* Family --------------------------------------------------------------------------------- */

/* What changes something needs CAP_NET_ADMIN in the user namespace of the network namespace. */
static const struct genl_ops qnet_netlink_ops[] = {
	{
		.cmd = QNET_CMD_NODE_GET,
		.doit = qnet_netlink_node_get,
		.dumpit = qnet_netlink_node_dump,
		.policy = qnet_netlink_get_node,
		.maxattr = ARRAY_SIZE(qnet_netlink_get_node) - 1,
	},
	{
		.cmd = QNET_CMD_NODE_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = qnet_netlink_node_set,
		.policy = qnet_netlink_set_node,
		.maxattr = ARRAY_SIZE(qnet_netlink_set_node) - 1,
	},
	{
		.cmd = QNET_CMD_NODE_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = qnet_netlink_node_add,
		.policy = qnet_netlink_add_node,
		.maxattr = ARRAY_SIZE(qnet_netlink_add_node) - 1,
	},
	{
		.cmd = QNET_CMD_NODE_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = qnet_netlink_node_del,
		.policy = qnet_netlink_get_node,
		.maxattr = ARRAY_SIZE(qnet_netlink_get_node) - 1,
	},
	{
		.cmd = QNET_CMD_BEARER_GET,
		.doit = qnet_netlink_bearer_get,
		.dumpit = qnet_netlink_bearer_dump,
		.policy = qnet_netlink_get_bearer,
		.maxattr = ARRAY_SIZE(qnet_netlink_get_bearer) - 1,
	},
	{
		.cmd = QNET_CMD_BEARER_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = qnet_netlink_bearer_add,
		.policy = qnet_netlink_add_bearer,
		.maxattr = ARRAY_SIZE(qnet_netlink_add_bearer) - 1,
	},
	{
		.cmd = QNET_CMD_BEARER_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = qnet_netlink_bearer_del,
		.policy = qnet_netlink_get_bearer,
		.maxattr = ARRAY_SIZE(qnet_netlink_get_bearer) - 1,
	},
	{
		.cmd = QNET_CMD_STATS_GET,
		.dumpit = qnet_netlink_stats_dump,
	},
	{
		.cmd = QNET_CMD_VERSION_GET,
		.doit = qnet_netlink_version_get,
	},
	{
		.cmd = QNET_CMD_PARAM_GET,
		.dumpit = qnet_netlink_param_dump,
	},
	{
		.cmd = QNET_CMD_PARAM_SET,
		.flags = GENL_UNS_ADMIN_PERM,
		.doit = qnet_netlink_param_set,
		.policy = qnet_netlink_set_param,
		.maxattr = ARRAY_SIZE(qnet_netlink_set_param) - 1,
	},
};

static const struct genl_multicast_group qnet_netlink_groups[] = {
	{ .name = QNET_GENL_MCGRP },
};

/* resv_start_op stays 0: headers and attributes are checked strictly from the first command on. */
static struct genl_family qnet_netlink_family __ro_after_init = {
	.name = QNET_GENL_NAME,
	.version = QNET_GENL_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = qnet_netlink_ops,
	.n_ops = ARRAY_SIZE(qnet_netlink_ops),
	.mcgrps = qnet_netlink_groups,
	.n_mcgrps = ARRAY_SIZE(qnet_netlink_groups),
};

int __init qnet_netlink_init(void)
{
	int err;

	qnet_node_watcher = &qnet_netlink_node_watch;
	qnet_bearer_watcher = &qnet_netlink_bearer_watch;
	err = genl_register_family(&qnet_netlink_family);
	if (err)
		return err;
	down_write(&qnet_netlink_sem);
	qnet_netlink_registered = true;
	up_write(&qnet_netlink_sem);
	return 0;
}

void qnet_netlink_exit(void)
{
	down_write(&qnet_netlink_sem);
	qnet_netlink_registered = false;
	up_write(&qnet_netlink_sem);
	genl_unregister_family(&qnet_netlink_family);
}

MODULE_ALIAS_GENL_FAMILY(QNET_GENL_NAME);
