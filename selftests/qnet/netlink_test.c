// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - generic netlink: who may, what is refused and with which words, dumps, events
 *
 * vm: timeout=240
 *
 * Each test has a network namespace of its own, with a device:
 *
 *	veth0 --- veth1		veth0 becomes a bearer where a test says so
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/qnet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "genl.h"
#include "kselftest_harness.h"

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#endif

#define TIMEOUT	110
#define MANY	120	/* nodes: too many for one message of a dump */

static const uint8_t station[6] = { 0x02, 0, 0x5e, 0x10, 0, 1 };

FIXTURE(ns) {
	struct genl genl;
	struct genl_msg msg;
	struct nlattr *nest;
	uint32_t ifindex;
};

FIXTURE_SETUP(ns)
{
	if (geteuid())
		SKIP(_exit(255), "wants root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link add veth0 up type veth peer name veth1"));
	ASSERT_EQ(0, system("ip link set veth1 up"));
	self->ifindex = if_nametoindex("veth0");
	ASSERT_TRUE(genl_open(&self->genl));
}

FIXTURE_TEARDOWN(ns)
{
	genl_close(&self->genl);
}

/* Shorter ways to say what every test says. */
#define BEGIN(cmd, nest_type) \
	do { \
		genl_begin(&self->genl, &self->msg, cmd, 0); \
		self->nest = genl_nest(&self->msg, nest_type); \
	} while (0)
#define U32(type, value)	genl_put_u32(&self->msg, type, value)
#define STRING(type, value)	genl_put_string(&self->msg, type, value)
#define BYTES(type, value, len)	genl_put(&self->msg, type, value, len)
#define RUN(take, arg) \
	(genl_unnest(&self->msg, self->nest), genl_run(&self->genl, &self->msg, take, arg))
#define SAID(word)	(!!strstr(self->genl.text, word))

/* What an answer, a dump or an event said last, and how often. */
struct seen {
	int count;
	int cmd;
	int disorder;			/* numbers that did not rise */
	int64_t last;
	uint32_t state;
	uint32_t dead_after;
	uint32_t ifindex;
	bool is_static;
	char name[QNET_NODE_NAME_SIZE];
	uint8_t lladdr[6];
	bool named[MANY];		/* n0, n1, ... */
};

static void see_node(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_NODE);
	const struct nlattr *attr = genl_find_in(nest, QNET_A_NODE_NAME);
	struct seen *seen = arg;
	uint32_t nd = genl_u32(genl_find_in(nest, QNET_A_NODE_ND));

	if (!nest || !attr)
		return;
	seen->count++;
	seen->cmd = ((const struct genlmsghdr *)NLMSG_DATA(hdr))->cmd;
	seen->disorder += (int64_t)nd <= seen->last;
	seen->last = nd;
	seen->state = genl_u32(genl_find_in(nest, QNET_A_NODE_STATE));
	seen->dead_after = genl_u32(genl_find_in(nest, QNET_A_NODE_DEAD_AFTER));
	seen->ifindex = genl_u32(genl_find_in(nest, QNET_A_NODE_IFINDEX));
	seen->is_static = genl_find_in(nest, QNET_A_NODE_STATIC);
	snprintf(seen->name, sizeof(seen->name), "%s", (const char *)genl_data(attr));
	if (seen->name[0] == 'n' && atoi(seen->name + 1) < MANY)
		seen->named[atoi(seen->name + 1)] = true;
	attr = genl_find_in(nest, QNET_A_NODE_LLADDR);
	if (attr && attr->nla_len == NLA_HDRLEN + sizeof(seen->lladdr))
		memcpy(seen->lladdr, genl_data(attr), sizeof(seen->lladdr));
}

static void see_bearer(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_BEARER);
	const struct nlattr *name = genl_find_in(nest, QNET_A_BEARER_NAME);
	struct seen *seen = arg;

	if (!nest || !name)
		return;
	seen->count++;
	seen->cmd = ((const struct genlmsghdr *)NLMSG_DATA(hdr))->cmd;
	seen->ifindex = genl_u32(genl_find_in(nest, QNET_A_BEARER_IFINDEX));
	seen->disorder += (int64_t)seen->ifindex <= seen->last;
	seen->last = seen->ifindex;
	seen->state = genl_u32(genl_find_in(nest, QNET_A_BEARER_STATE));
	snprintf(seen->name, sizeof(seen->name), "%s", (const char *)genl_data(name));
}

static struct seen dump(struct genl *genl, int cmd)
{
	struct seen seen = { .last = -1 };
	struct genl_msg msg;

	genl_begin(genl, &msg, cmd, NLM_F_DUMP);
	if (genl_run(genl, &msg, cmd == QNET_CMD_NODE_GET ? see_node : see_bearer, &seen))
		seen.count = -1;
	return seen;
}

static struct seen get_node(struct genl *genl, const char *name)
{
	struct seen seen = { .last = -1 };
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, QNET_CMD_NODE_GET, 0);
	nest = genl_nest(&msg, QNET_A_NODE);
	genl_put_string(&msg, QNET_A_NODE_NAME, name);
	genl_unnest(&msg, nest);
	if (genl_run(genl, &msg, see_node, &seen))
		seen.count = -1;
	return seen;
}

static int drop_admin(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[0].effective &= ~(1U << CAP_NET_ADMIN);
	data[0].permitted &= ~(1U << CAP_NET_ADMIN);
	return syscall(SYS_capset, &head, data);
}

TEST_F_TIMEOUT(ns, changes_want_cap_net_admin, TIMEOUT)
{
	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	ASSERT_EQ(0, drop_admin());

	EXPECT_EQ(-EPERM, genl_set_name(&self->genl, "beta"));
	EXPECT_EQ(-EPERM, genl_node_add(&self->genl, "beta", station, self->ifindex));
	EXPECT_EQ(-EPERM, genl_node_del(&self->genl, "beta"));
	EXPECT_EQ(-EPERM, genl_bearer_add(&self->genl, self->ifindex));
	EXPECT_EQ(-EPERM, genl_bearer_del(&self->genl, self->ifindex));

	EXPECT_EQ(1, dump(&self->genl, QNET_CMD_NODE_GET).count);
	EXPECT_EQ(0, dump(&self->genl, QNET_CMD_BEARER_GET).count);
	EXPECT_STREQ("alpha", get_node(&self->genl, "alpha").name);
}

/* Root of a user namespace may configure its own network namespace and no other. */
TEST_F_TIMEOUT(ns, user_namespace, TIMEOUT)
{
	struct genl inside;

	ASSERT_EQ(0, setresuid(65534, 65534, 65534));
	if (unshare(CLONE_NEWUSER))
		SKIP(return, "no user namespaces for unprivileged users");
	EXPECT_EQ(-EPERM, genl_set_name(&self->genl, "outside"));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_TRUE(genl_open(&inside));
	EXPECT_EQ(0, genl_set_name(&inside, "inside"));
	EXPECT_STREQ("inside", get_node(&inside, "inside").name);
	genl_close(&inside);
}

TEST_F_TIMEOUT(ns, node_set, TIMEOUT)
{
	struct seen seen = dump(&self->genl, QNET_CMD_NODE_GET);

	EXPECT_EQ(1, seen.count);
	EXPECT_EQ(0, seen.last);
	EXPECT_EQ(QNET_NODE_LOCAL, seen.state);
	EXPECT_EQ(1000, seen.dead_after);

	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "alpha.example");
	U32(QNET_A_NODE_DEAD_AFTER, 250);
	ASSERT_EQ(0, RUN(NULL, NULL));
	seen = get_node(&self->genl, "alpha.example");
	EXPECT_EQ(1, seen.count);
	EXPECT_EQ(250, seen.dead_after);

	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	U32(QNET_A_NODE_DEAD_AFTER, 60000);
	EXPECT_EQ(0, RUN(NULL, NULL));
	seen = get_node(&self->genl, "alpha.example");
	EXPECT_EQ(60000, seen.dead_after);
}

TEST_F_TIMEOUT(ns, node_set_is_all_or_nothing, TIMEOUT)
{
	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "beta");
	U32(QNET_A_NODE_DEAD_AFTER, 49);
	EXPECT_EQ(-ERANGE, RUN(NULL, NULL));
	EXPECT_TRUE(SAID("dead-after"));
	EXPECT_EQ(1, get_node(&self->genl, "alpha").count);
}

static const char * const bad_names[] = {
	"", ".", "a.", ".a", "a..b", "-a", "a b", "a/b", "a\n", "\x80", "caf\xc3\xa9", "a%d",
};

TEST_F_TIMEOUT(ns, bad_names, TIMEOUT)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_names); i++) {
		EXPECT_EQ(-EINVAL, genl_set_name(&self->genl, bad_names[i]))
			TH_LOG("name '%s'", bad_names[i]);
		EXPECT_STRNE("", self->genl.text);
	}
	EXPECT_STREQ("", dump(&self->genl, QNET_CMD_NODE_GET).name);
}

TEST_F_TIMEOUT(ns, names_that_do_not_end, TIMEOUT)
{
	char name[QNET_NODE_NAME_SIZE + 1];

	memset(name, 'a', sizeof(name));
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	BYTES(QNET_A_NODE_NAME, name, 4);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));

	name[QNET_NODE_NAME_SIZE] = '\0';
	EXPECT_NE(0, genl_set_name(&self->genl, name));
	EXPECT_STRNE("", self->genl.text);
	name[QNET_NODE_NAME_SIZE - 1] = '\0';
	EXPECT_EQ(0, genl_set_name(&self->genl, name));
}

TEST_F_TIMEOUT(ns, bad_addresses, TIMEOUT)
{
	static const uint8_t bad[][6] = {
		{ 0, 0, 0, 0, 0, 0 },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x01, 0, 0x5e, 0, 0, 1 },
	};
	size_t i;

	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, genl_node_add(&self->genl, "beta", bad[i], self->ifindex));
		EXPECT_STRNE("", self->genl.text);
	}
	BEGIN(QNET_CMD_NODE_ADD, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "beta");
	BYTES(QNET_A_NODE_LLADDR, station, 5);
	U32(QNET_A_NODE_IFINDEX, self->ifindex);
	EXPECT_NE(0, RUN(NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	EXPECT_EQ(1, dump(&self->genl, QNET_CMD_NODE_GET).count);
}

TEST_F_TIMEOUT(ns, bad_devices, TIMEOUT)
{
	EXPECT_EQ(-ENODEV, genl_bearer_add(&self->genl, 4711));
	EXPECT_STRNE("", self->genl.text);
	EXPECT_EQ(-ERANGE, genl_bearer_add(&self->genl, 0));
	EXPECT_EQ(-ERANGE, genl_bearer_add(&self->genl, 0x80000000));
	EXPECT_NE(0, genl_bearer_add(&self->genl, if_nametoindex("lo")));
	EXPECT_STRNE("", self->genl.text);
	EXPECT_EQ(-ENOENT, genl_bearer_del(&self->genl, self->ifindex));
	EXPECT_STRNE("", self->genl.text);
	/* A device that is no bearer. */
	EXPECT_NE(0, genl_node_add(&self->genl, "beta", station, self->ifindex));
	EXPECT_STRNE("", self->genl.text);
	/* One whose frames are shorter than every node must take. */
	ASSERT_EQ(0, system("ip link set veth0 mtu 575"));
	EXPECT_EQ(-EINVAL, genl_bearer_add(&self->genl, self->ifindex));
	EXPECT_STRNE("", self->genl.text);
}

/* Requests of the wrong shape: each is refused, with words. */
TEST_F_TIMEOUT(ns, bad_requests, TIMEOUT)
{
	uint64_t wide = 1;

	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));

	/* no nest */
	genl_begin(&self->genl, &self->msg, QNET_CMD_NODE_SET, 0);
	EXPECT_EQ(-EINVAL, genl_run(&self->genl, &self->msg, NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	/* an empty one */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	/* a nest that does not say that it is one */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "beta");
	self->nest->nla_type &= ~NLA_F_NESTED;
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	/* another object's nest */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_BEARER);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	/* what only the kernel says */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "beta");
	U32(QNET_A_NODE_STATE, QNET_NODE_UP);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	/* what nobody knows */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "beta");
	U32(QNET_A_NODE_MAX + 1, 0);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	/* a number of the wrong width */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	BYTES(QNET_A_NODE_DEAD_AFTER, &wide, sizeof(wide));
	EXPECT_NE(0, RUN(NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	/* two ways to name a node */
	BEGIN(QNET_CMD_NODE_GET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "alpha");
	U32(QNET_A_NODE_ND, 0);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	EXPECT_STRNE("", self->genl.text);
	/* a command that takes nothing */
	BEGIN(QNET_CMD_VERSION_GET, QNET_A_NODE);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	/* the reserved half of the header */
	BEGIN(QNET_CMD_NODE_SET, QNET_A_NODE);
	STRING(QNET_A_NODE_NAME, "beta");
	self->msg.genl.reserved = 1;
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	/* a dump of one */
	BEGIN(QNET_CMD_NODE_GET, QNET_A_NODE);
	self->msg.hdr.nlmsg_flags |= NLM_F_DUMP;
	STRING(QNET_A_NODE_NAME, "alpha");
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
	EXPECT_TRUE(SAID("dump"));
	/* no such command */
	genl_begin(&self->genl, &self->msg, QNET_CMD_MAX + 1, 0);
	EXPECT_EQ(-EOPNOTSUPP, genl_run(&self->genl, &self->msg, NULL, NULL));

	EXPECT_EQ(1, get_node(&self->genl, "alpha").count);
}

TEST_F_TIMEOUT(ns, unknown_objects, TIMEOUT)
{
	EXPECT_EQ(-1, get_node(&self->genl, "nobody").count);
	EXPECT_TRUE(SAID("no such node"));
	EXPECT_EQ(-ENOENT, genl_node_del(&self->genl, "nobody"));
	EXPECT_TRUE(SAID("no such node"));
	BEGIN(QNET_CMD_NODE_GET, QNET_A_NODE);
	U32(QNET_A_NODE_ND, 77);
	EXPECT_EQ(-ENOENT, RUN(NULL, NULL));
	EXPECT_TRUE(SAID("no such node"));
	BEGIN(QNET_CMD_NODE_GET, QNET_A_NODE);
	U32(QNET_A_NODE_ND, UINT32_MAX);
	EXPECT_EQ(-ENOENT, RUN(NULL, NULL));
	BEGIN(QNET_CMD_BEARER_DEL, QNET_A_BEARER);
	STRING(QNET_A_BEARER_NAME, "eth77");
	EXPECT_EQ(-ENOENT, RUN(NULL, NULL));
	EXPECT_TRUE(SAID("no such bearer"));
}

TEST_F_TIMEOUT(ns, this_node_stays, TIMEOUT)
{
	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	EXPECT_EQ(-EINVAL, genl_node_del(&self->genl, "alpha"));
	EXPECT_STRNE("", self->genl.text);
	EXPECT_EQ(1, get_node(&self->genl, "alpha").count);
}

TEST_F_TIMEOUT(ns, nodes_by_hand, TIMEOUT)
{
	struct seen seen;

	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	ASSERT_EQ(0, genl_node_add(&self->genl, "beta", station, self->ifindex));
	seen = get_node(&self->genl, "beta");
	EXPECT_EQ(1, seen.count);
	EXPECT_GT(seen.last, 0);
	EXPECT_TRUE(seen.is_static);
	EXPECT_EQ(self->ifindex, seen.ifindex);
	EXPECT_EQ(0, memcmp(station, seen.lladdr, sizeof(station)));
	EXPECT_NE(QNET_NODE_UP, seen.state);
	EXPECT_NE(QNET_NODE_LOCAL, seen.state);

	EXPECT_NE(0, genl_node_add(&self->genl, "alpha", station, self->ifindex));
	EXPECT_STRNE("", self->genl.text);
	EXPECT_EQ(0, genl_node_del(&self->genl, "beta"));
	EXPECT_EQ(-ENOENT, genl_node_del(&self->genl, "beta"));
	EXPECT_EQ(1, dump(&self->genl, QNET_CMD_NODE_GET).count);
}

TEST_F_TIMEOUT(ns, bearers, TIMEOUT)
{
	struct seen seen;

	EXPECT_EQ(0, dump(&self->genl, QNET_CMD_BEARER_GET).count);
	ASSERT_EQ(0, genl_bearer_add(&self->genl, if_nametoindex("veth1")));
	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	EXPECT_EQ(-EEXIST, genl_bearer_add(&self->genl, self->ifindex));
	EXPECT_STRNE("", self->genl.text);
	seen = dump(&self->genl, QNET_CMD_BEARER_GET);
	EXPECT_EQ(2, seen.count);
	EXPECT_EQ(0, seen.disorder);

	memset(&seen, 0, sizeof(seen));
	BEGIN(QNET_CMD_BEARER_GET, QNET_A_BEARER);
	STRING(QNET_A_BEARER_NAME, "veth0");
	EXPECT_EQ(0, RUN(see_bearer, &seen));
	EXPECT_EQ(self->ifindex, seen.ifindex);
	EXPECT_EQ(QNET_BEARER_UP, seen.state);

	EXPECT_EQ(0, genl_bearer_del(&self->genl, self->ifindex));
	EXPECT_EQ(-ENOENT, genl_bearer_del(&self->genl, self->ifindex));
	EXPECT_EQ(1, dump(&self->genl, QNET_CMD_BEARER_GET).count);
}

TEST_F_TIMEOUT(ns, a_device_that_goes_is_shown, TIMEOUT)
{
	struct seen seen;

	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	ASSERT_EQ(0, system("ip link set veth0 down"));
	EXPECT_EQ(QNET_BEARER_DOWN, dump(&self->genl, QNET_CMD_BEARER_GET).state);
	ASSERT_EQ(0, system("ip link del veth0"));
	seen = dump(&self->genl, QNET_CMD_BEARER_GET);
	EXPECT_EQ(1, seen.count);
	EXPECT_EQ(QNET_BEARER_GONE, seen.state);
	EXPECT_STREQ("veth0", seen.name);

	BEGIN(QNET_CMD_BEARER_DEL, QNET_A_BEARER);
	STRING(QNET_A_BEARER_NAME, "veth0");
	EXPECT_EQ(0, RUN(NULL, NULL));
	EXPECT_EQ(0, dump(&self->genl, QNET_CMD_BEARER_GET).count);
}

/* A namespace that goes with everything in it leaves nothing: the kernel log would tell. */
TEST_F_TIMEOUT(ns, a_namespace_that_goes, TIMEOUT)
{
	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	ASSERT_EQ(0, genl_node_add(&self->genl, "beta", station, self->ifindex));
}

/* Its timer is set for a minute from now. */
TEST_F_TIMEOUT(ns, a_quiet_namespace_that_goes, TIMEOUT)
{
	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	usleep(300000);
}

TEST_F_TIMEOUT(ns, namespaces_do_not_see_each_other, TIMEOUT)
{
	struct genl other;

	ASSERT_EQ(0, genl_set_name(&self->genl, "alpha"));
	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	ASSERT_EQ(0, genl_node_add(&self->genl, "beta", station, self->ifindex));

	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_TRUE(genl_open(&other));
	EXPECT_STREQ("", dump(&other, QNET_CMD_NODE_GET).name);
	EXPECT_EQ(1, dump(&other, QNET_CMD_NODE_GET).count);
	EXPECT_EQ(0, dump(&other, QNET_CMD_BEARER_GET).count);
	EXPECT_EQ(-ENODEV, genl_bearer_add(&other, self->ifindex + 1000));
	genl_close(&other);
	EXPECT_EQ(2, dump(&self->genl, QNET_CMD_NODE_GET).count);
}

static bool add_many(struct genl *genl, uint32_t ifindex)
{
	uint8_t lladdr[6];
	char name[16];
	int i;

	memcpy(lladdr, station, sizeof(lladdr));
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		lladdr[4] = i;
		if (genl_node_add(genl, name, lladdr, ifindex))
			return false;
	}
	return true;
}

/* What stays during a dump is shown once, whatever comes and goes meanwhile. */
TEST_F_TIMEOUT(ns, dump_goes_on_after_changes, TIMEOUT)
{
	struct seen seen = { .last = -1 };
	struct genl other;
	int i, err, first, missing = 0;

	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	ASSERT_TRUE(add_many(&self->genl, self->ifindex));
	ASSERT_TRUE(genl_open(&other));

	genl_begin(&self->genl, &self->msg, QNET_CMD_NODE_GET, NLM_F_DUMP);
	ASSERT_EQ(0, genl_send(&self->genl, &self->msg));
	ASSERT_EQ(1, genl_receive(&self->genl, see_node, &seen));
	first = seen.count;
	ASSERT_LT(first, MANY);

	/* One that was shown and one that is still to come go; one more comes. */
	ASSERT_TRUE(seen.named[0]);
	ASSERT_FALSE(seen.named[MANY - 2]);
	EXPECT_EQ(0, genl_node_del(&other, "n0"));
	EXPECT_EQ(0, genl_node_del(&other, "n118"));
	EXPECT_EQ(0, genl_node_add(&other, "late", station, self->ifindex));
	do {
		err = genl_receive(&self->genl, see_node, &seen);
	} while (err == 1);
	EXPECT_EQ(0, err);
	EXPECT_EQ(0, seen.disorder);
	for (i = 0; i < MANY; i++)
		missing += !seen.named[i];
	EXPECT_EQ(1, missing);
	EXPECT_FALSE(seen.named[MANY - 2]);
	genl_close(&other);
}

TEST_F_TIMEOUT(ns, events, TIMEOUT)
{
	struct genl events;
	struct seen seen;

	ASSERT_TRUE(genl_open(&events));
	ASSERT_TRUE(genl_join(&events));

	ASSERT_EQ(0, genl_bearer_add(&self->genl, self->ifindex));
	do {
		seen = (struct seen){ .cmd = -1 };
		ASSERT_TRUE(genl_event(&events, 10000, see_bearer, &seen));
	} while (!seen.count);
	EXPECT_EQ(QNET_CMD_BEARER_GET, seen.cmd);
	EXPECT_EQ(self->ifindex, seen.ifindex);

	ASSERT_EQ(0, genl_node_add(&self->genl, "beta", station, self->ifindex));
	do {
		seen = (struct seen){ .cmd = -1 };
		ASSERT_TRUE(genl_event(&events, 10000, see_node, &seen));
	} while (!seen.count);
	EXPECT_EQ(QNET_CMD_NODE_GET, seen.cmd);
	EXPECT_STREQ("beta", seen.name);

	ASSERT_EQ(0, genl_node_del(&self->genl, "beta"));
	do {
		seen = (struct seen){ .cmd = -1 };
		ASSERT_TRUE(genl_event(&events, 10000, see_node, &seen));
	} while (seen.cmd != QNET_CMD_NODE_DEL);
	EXPECT_STREQ("beta", seen.name);

	ASSERT_EQ(0, system("ip link del veth0"));
	do {
		seen = (struct seen){ .cmd = -1 };
		ASSERT_TRUE(genl_event(&events, 10000, see_bearer, &seen));
	} while (seen.state != QNET_BEARER_GONE);
	genl_close(&events);
}

static void see_version(const struct nlmsghdr *hdr, void *arg)
{
	uint32_t *version = arg;

	version[0] = genl_u32(genl_find(hdr, QNET_A_ABI));
	version[1] = genl_u32(genl_find(hdr, QNET_A_WIRE_VERSION));
	version[2] = genl_u32(genl_find(hdr, QNET_A_FAMILY));
	version[3] = !!genl_find(hdr, QNET_A_VERSION);
}

TEST_F_TIMEOUT(ns, version, TIMEOUT)
{
	uint32_t version[4] = {};

	genl_begin(&self->genl, &self->msg, QNET_CMD_VERSION_GET, 0);
	EXPECT_EQ(0, genl_run(&self->genl, &self->msg, see_version, version));
	EXPECT_EQ(QNET_ABI_VERSION, version[0]);
	EXPECT_EQ(1, version[1]);
	EXPECT_LT(version[2], 64);
	EXPECT_EQ(1, version[3]);
}

static void see_stat(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_STAT);
	const struct nlattr *name = genl_find_in(nest, QNET_A_STAT_NAME);
	int *count = arg;

	if (!name || !genl_find_in(nest, QNET_A_STAT_VALUE))
		return;
	count[0]++;
	if (!strcmp(genl_data(name), "processes_made"))
		count[1]++;
	if (!strcmp(genl_data(name), "links_dead"))
		count[2]++;
}

/* The first counter and the last, each once. */
TEST_F_TIMEOUT(ns, stats, TIMEOUT)
{
	int count[3] = {};

	genl_begin(&self->genl, &self->msg, QNET_CMD_STATS_GET, NLM_F_DUMP);
	EXPECT_EQ(0, genl_run(&self->genl, &self->msg, see_stat, count));
	EXPECT_GT(count[0], 40);
	EXPECT_EQ(1, count[1]);
	EXPECT_EQ(1, count[2]);
}

#define PARAMS	128

struct param {
	char name[32];
	uint32_t value, first, least, most;
};

struct params {
	struct param of[PARAMS];
	int count;
};

static void see_param(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_PARAM);
	const struct nlattr *name = genl_find_in(nest, QNET_A_PARAM_NAME);
	struct params *params = arg;
	struct param *param = &params->of[params->count];

	if (!name || !genl_find_in(nest, QNET_A_PARAM_UNIT) || params->count == PARAMS)
		return;
	snprintf(param->name, sizeof(param->name), "%s", (const char *)genl_data(name));
	param->value = genl_u32(genl_find_in(nest, QNET_A_PARAM_VALUE));
	param->first = genl_u32(genl_find_in(nest, QNET_A_PARAM_FIRST));
	param->least = genl_u32(genl_find_in(nest, QNET_A_PARAM_LEAST));
	param->most = genl_u32(genl_find_in(nest, QNET_A_PARAM_MOST));
	params->count++;
}

static int see_params(struct genl *genl, struct genl_msg *msg, struct params *params)
{
	memset(params, 0, sizeof(*params));
	genl_begin(genl, msg, QNET_CMD_PARAM_GET, NLM_F_DUMP);
	return genl_run(genl, msg, see_param, params);
}

static int set_param(struct genl *genl, struct genl_msg *msg, const char *name,
		     const uint32_t *value)
{
	struct nlattr *nest;

	genl_begin(genl, msg, QNET_CMD_PARAM_SET, 0);
	nest = genl_nest(msg, QNET_A_PARAM);
	genl_put_string(msg, QNET_A_PARAM_NAME, name);
	if (value)
		genl_put_u32(msg, QNET_A_PARAM_VALUE, *value);
	genl_unnest(msg, nest);
	return genl_run(genl, msg, NULL, NULL);
}

/* Each is within its range, is set to both ends of it and not beyond, alone, and comes back. */
TEST_F_TIMEOUT(ns, params, TIMEOUT)
{
	static struct params at_first, seen;
	const struct param *param;
	uint32_t value;
	int i, j;

	ASSERT_EQ(0, see_params(&self->genl, &self->msg, &at_first));
	ASSERT_GT(at_first.count, 50);
	ASSERT_LT(at_first.count, PARAMS);
	for (i = 0; i < at_first.count; i++) {
		param = &at_first.of[i];
		EXPECT_EQ(param->first, param->value);
		EXPECT_LE(param->least, param->value);
		EXPECT_GE(param->most, param->value);
		if (param->least) {
			value = param->least - 1;
			EXPECT_EQ(-ERANGE, set_param(&self->genl, &self->msg, param->name, &value));
			EXPECT_TRUE(SAID(param->least < param->most ? "range" : "cannot be set"));
		}
		value = param->most + 1;
		EXPECT_EQ(-ERANGE, set_param(&self->genl, &self->msg, param->name, &value));
		EXPECT_EQ(0, set_param(&self->genl, &self->msg, param->name, &param->least));
		EXPECT_EQ(0, set_param(&self->genl, &self->msg, param->name, &param->most));
		ASSERT_EQ(0, see_params(&self->genl, &self->msg, &seen));
		ASSERT_EQ(at_first.count, seen.count);
		for (j = 0; j < seen.count; j++)
			EXPECT_EQ(j == i ? param->most : at_first.of[j].first, seen.of[j].value);
		EXPECT_EQ(0, set_param(&self->genl, &self->msg, param->name, NULL));
	}
	ASSERT_EQ(0, see_params(&self->genl, &self->msg, &seen));
	EXPECT_EQ(0, memcmp(&at_first, &seen, sizeof(seen)));
	EXPECT_EQ(-ENOENT, set_param(&self->genl, &self->msg, "ack_delays", NULL));
	EXPECT_TRUE(SAID("param list"));
	EXPECT_EQ(-ENOENT, set_param(&self->genl, &self->msg, "", NULL));
	BEGIN(QNET_CMD_PARAM_SET, QNET_A_PARAM);
	EXPECT_EQ(-EINVAL, RUN(NULL, NULL));
}

TEST_HARNESS_MAIN
