// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - failing allocations: every netlink command
 *
 * Netlink itself says ENOBUFS where a command was carried out and its acknowledgment had no
 * memory, and EFAULT where that could not be copied: then all of it was done, or nothing.  Who
 * listens to events gets each, or ENOBUFS.
 *
 *	veth0 --- veth1		veth0 becomes a bearer; veth1 is down, so that no link is tried
 *
 * vm: timeout=120 kernel=debug allow=oom
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define NODES	40	/* too many for one message of a dump */
#define BEFORE	16	/* frames: window_first */
#define AFTER	17

static const uint8_t station[6] = { 0x02, 0, 0x5e, 0x10, 0, 1 };

/* Beside the one whose thread fails: what looks, and what listens. */
static struct genl faulty, events;
static uint32_t ifindex;

/* A dump that was cut short goes on at the socket's next one. */
static void after_nl(struct fail *f, int ret)
{
	if (!ret)
		return;
	genl_close(&faulty);
	QT_CHECK(&f->qt, genl_open(&faulty));
}

static void nl_count(const struct nlmsghdr *hdr, void *arg)
{
	int *count = arg;

	*count += genl_find(hdr, QNET_A_NODE) || genl_find(hdr, QNET_A_BEARER) ||
		  genl_find(hdr, QNET_A_STAT) || genl_find(hdr, QNET_A_VERSION) ||
		  genl_find(hdr, QNET_A_PARAM);
}

/* By a socket whose requests do not fail: how many there are, 0 or 1. */
static int nl_there(struct fail *f, int cmd, const char *name)
{
	struct genl *genl = &f->counters[0].genl;
	int count = 0, ret;

	if (cmd == QNET_CMD_NODE_GET)
		ret = genl_node(genl, cmd, name, nl_count, &count);
	else
		ret = genl_bearer(genl, cmd, ifindex, nl_count, &count);
	QT_CHECK(&f->qt, ret == (count ? 0 : -ENOENT));
	return count;
}

/* What was told since the last look; -ENOBUFS: more. */
static int nl_told(void)
{
	int count = 0, ret = 1;
	struct pollfd polled = { .fd = events.fd, .events = POLLIN };

	while (ret == 1 && poll(&polled, 1, 0) == 1)
		ret = genl_receive(&events, nl_count, &count);
	return ret < 0 ? ret : count;
}

/* @there: what was asked for came about.  It may have, and the answer was lost on its way. */
static void nl_outcome(struct fail *f, int ret, bool there)
{
	int told = nl_told();

	QT_CHECK(&f->qt, ret == -ENOBUFS || ret == -EFAULT || there == !ret);
	QT_CHECK(&f->qt, !there || told > 0 || told == -ENOBUFS);
	after_nl(f, ret);
}

static int nl_dump(struct fail *f, int cmd, int wanted)
{
	struct genl_msg msg;
	int count = 0, ret;

	genl_begin(&faulty, &msg, cmd, NLM_F_DUMP);
	ret = genl_run(&faulty, &msg, nl_count, &count);
	QT_CHECK(&f->qt, ret || count >= wanted);
	return ret;
}

static int call_node_dump(struct fail *f)
{
	return nl_dump(f, QNET_CMD_NODE_GET, NODES + 1);
}

static int call_bearer_dump(struct fail *f)
{
	return nl_dump(f, QNET_CMD_BEARER_GET, 1);
}

static int call_stats_dump(struct fail *f)
{
	return nl_dump(f, QNET_CMD_STATS_GET, 50);
}

static int call_param_dump(struct fail *f)
{
	return nl_dump(f, QNET_CMD_PARAM_GET, 50);
}

static int call_node_get(struct fail *f)
{
	int count = 0, ret = genl_node(&faulty, QNET_CMD_NODE_GET, "n0", nl_count, &count);

	QT_CHECK(&f->qt, ret || count == 1);
	return ret;
}

static int call_bearer_get(struct fail *f)
{
	int count = 0, ret = genl_bearer(&faulty, QNET_CMD_BEARER_GET, ifindex, nl_count, &count);

	QT_CHECK(&f->qt, ret || count == 1);
	return ret;
}

static int call_version_get(struct fail *f)
{
	struct genl_msg msg;
	int count = 0, ret;

	genl_begin(&faulty, &msg, QNET_CMD_VERSION_GET, 0);
	ret = genl_run(&faulty, &msg, nl_count, &count);
	QT_CHECK(&f->qt, ret || count == 1);
	return ret;
}

static int nl_param_set(struct genl *genl, uint32_t value)
{
	struct genl_msg msg;
	struct nlattr *nest;

	genl_begin(genl, &msg, QNET_CMD_PARAM_SET, 0);
	nest = genl_nest(&msg, QNET_A_PARAM);
	genl_put_string(&msg, QNET_A_PARAM_NAME, "window_first");
	genl_put_u32(&msg, QNET_A_PARAM_VALUE, value);
	genl_unnest(&msg, nest);
	return genl_run(genl, &msg, NULL, NULL);
}

static void before_param_set(struct fail *f)
{
	QT_CHECK(&f->qt, nl_param_set(&f->counters[0].genl, BEFORE) == 0);
}

static int call_param_set(struct fail *f)
{
	(void)f;
	return nl_param_set(&faulty, AFTER);
}

static void nl_param(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nest = genl_find(hdr, QNET_A_PARAM);
	uint32_t *value = arg;

	if (!strcmp(genl_data(genl_find_in(nest, QNET_A_PARAM_NAME)), "window_first"))
		*value = genl_u32(genl_find_in(nest, QNET_A_PARAM_VALUE));
}

static void after_param_set(struct fail *f, int ret)
{
	struct genl *genl = &f->counters[0].genl;
	struct genl_msg msg;
	uint32_t value = 0;

	genl_begin(genl, &msg, QNET_CMD_PARAM_GET, NLM_F_DUMP);
	QT_CHECK(&f->qt, genl_run(genl, &msg, nl_param, &value) == 0);
	QT_CHECK(&f->qt, value == AFTER || (ret && value == BEFORE));
	after_nl(f, ret);
}

static int call_node_set(struct fail *f)
{
	(void)f;
	return genl_set_name(&faulty, "beta");
}

static void after_node_set(struct fail *f, int ret)
{
	bool there = nl_there(f, QNET_CMD_NODE_GET, "beta");

	QT_CHECK(&f->qt, there == !nl_there(f, QNET_CMD_NODE_GET, "alpha"));
	nl_outcome(f, ret, there);
	QT_CHECK(&f->qt, genl_set_name(&f->counters[0].genl, "alpha") == 0);
	nl_told();
}

static int call_node_add(struct fail *f)
{
	(void)f;
	return genl_node_add(&faulty, "new", station, ifindex);
}

static void before_node_del(struct fail *f)
{
	QT_CHECK(&f->qt, genl_node_add(&f->counters[0].genl, "new", station, ifindex) == 0);
	nl_told();
}

static int call_node_del(struct fail *f)
{
	(void)f;
	return genl_node_del(&faulty, "new");
}

static void nl_clean_node(struct fail *f)
{
	if (nl_there(f, QNET_CMD_NODE_GET, "new"))
		QT_CHECK(&f->qt, genl_node_del(&f->counters[0].genl, "new") == 0);
	nl_told();
}

static void after_node_add(struct fail *f, int ret)
{
	nl_outcome(f, ret, nl_there(f, QNET_CMD_NODE_GET, "new"));
	nl_clean_node(f);
}

static void after_node_del(struct fail *f, int ret)
{
	nl_outcome(f, ret, !nl_there(f, QNET_CMD_NODE_GET, "new"));
	nl_clean_node(f);
}

static int call_bearer_add(struct fail *f)
{
	(void)f;
	return genl_bearer_add(&faulty, ifindex);
}

static int call_bearer_del(struct fail *f)
{
	(void)f;
	return genl_bearer_del(&faulty, ifindex);
}

/* @there: so it shall be. */
static void nl_have_bearer(struct fail *f, bool there)
{
	int cmd = there ? QNET_CMD_BEARER_ADD : QNET_CMD_BEARER_DEL;
	struct genl *genl = &f->counters[0].genl;

	if (nl_there(f, QNET_CMD_BEARER_GET, NULL) != there)
		QT_CHECK(&f->qt, genl_bearer(genl, cmd, ifindex, NULL, NULL) == 0);
	nl_told();
}

static void after_bearer_add(struct fail *f, int ret)
{
	nl_outcome(f, ret, nl_there(f, QNET_CMD_BEARER_GET, NULL));
	nl_have_bearer(f, false);
}

static void before_bearer_del(struct fail *f)
{
	nl_have_bearer(f, true);
}

static void after_bearer_del(struct fail *f, int ret)
{
	nl_outcome(f, ret, !nl_there(f, QNET_CMD_BEARER_GET, NULL));
	nl_have_bearer(f, false);
}

static const struct fail_call bearer_calls[] = {
	{ "bearer-add", NULL, call_bearer_add, after_bearer_add },
	{ "bearer-del", before_bearer_del, call_bearer_del, after_bearer_del },
};

static const struct fail_call node_calls[] = {
	{ "version-get", NULL, call_version_get, after_nl },
	{ "stats-get, all", NULL, call_stats_dump, after_nl },
	{ "param-get, all", NULL, call_param_dump, after_nl },
	{ "param-set", before_param_set, call_param_set, after_param_set },
	{ "bearer-get", NULL, call_bearer_get, after_nl },
	{ "bearer-get, all", NULL, call_bearer_dump, after_nl },
	{ "node-set", NULL, call_node_set, after_node_set },
	{ "node-add", NULL, call_node_add, after_node_add },
	{ "node-del", before_node_del, call_node_del, after_node_del },
	{ "node-get", NULL, call_node_get, after_nl },
	{ "node-get, all", NULL, call_node_dump, after_nl },
};

FIXTURE(nl) {
	struct fail f;
};

FIXTURE_SETUP(nl)
{
	struct fail *f = &self->f;

	ASSERT_TRUE(qt_setup(&f->qt, false));
	ASSERT_EQ(0, qt_run(-1, "ip link add veth0 up type veth peer name veth1"));
	ifindex = if_nametoindex("veth0");
	ASSERT_TRUE(fail_open(f) && genl_open(&faulty) && genl_open(&events));
	ASSERT_TRUE(genl_join(&events));
	ASSERT_EQ(0, genl_set_name(&f->counters[0].genl, "alpha"));
	nl_told();
	ASSERT_TRUE(qt_fail_begin());
}

FIXTURE_TEARDOWN(nl)
{
	fail_end(&self->f);
	EXPECT_EQ(0, self->f.qt.page->faults)
		TH_LOG("first of them: %s", self->f.qt.page->fault);
}

QT_TEST(nl, bearers)
{
	fail_calls(&self->f, bearer_calls, ARRAY_SIZE(bearer_calls));
}

QT_TEST(nl, nodes)
{
	struct fail *f = &self->f;
	char name[16];
	int i;

	nl_have_bearer(f, true);
	for (i = 0; i < NODES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ASSERT_EQ(0, genl_node_add(&f->counters[0].genl, name, station, ifindex));
	}
	nl_told();
	fail_calls(f, node_calls, ARRAY_SIZE(node_calls));
}

TEST_HARNESS_MAIN
