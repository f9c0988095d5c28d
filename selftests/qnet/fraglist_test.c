// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that are lists of buffers: a tunnel's, whose packets went as IP fragments
 *
 * The debug kernel has no tunnels; there ether_kunit.c makes such lists.
 *
 * vm: timeout=60 kernel=stock
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <stdio.h>

#define FRAGLIST_LARGE	(1 << 20)
#define FRAGLIST_FRAMES	100	/* of 9000 bytes, of a large message: each is seven fragments */

FIXTURE(fraglist) {
	struct qt qt;
};

FIXTURE_SETUP(fraglist)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
}

FIXTURE_TEARDOWN(fraglist)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* An end of the tunnel: more than veth0 carries in one packet. */
static int tunnel(int ns, int own, int other)
{
	static const char *link = "ip link add vxlan7 type vxlan id 7 dstport 4789 %s";
	char ends[64];

	snprintf(ends, sizeof(ends), "local 10.7.0.%d remote 10.7.0.%d", own, other);
	return qt_run(ns, "qnetctl bearer del veth0 && ip addr add 10.7.0.%d/24 dev veth0", own) ||
	       qt_run(ns, link, ends) ||
	       qt_run(ns, "ip link set vxlan7 mtu 9000 up && qnetctl bearer add vxlan7");
}

/* The link is up, and frames are as long as they may be. */
static bool tunnelled(void *arg)
{
	struct qt *qt = arg;

	return !qt_run(qt->client_ns, "qnetctl node show beta | grep -q 'mtu *9000'") &&
	       !qt_run(qt->server_ns, "qnetctl node show alpha | grep -q 'mtu *9000'");
}

/* IP packets put together. */
static int reassembled(int ns, int least)
{
	return qt_run(ns,
		      "awk '/^Ip: [0-9]/ { n = $16 } END { exit (n < %d) }' /proc/net/snmp", least);
}

QT_TEST(fraglist, tunnel)
{
	static const size_t sizes[] = { 1, 3000, 8000, 60000, FRAGLIST_LARGE };
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	size_t i;
	int coid;

	ASSERT_EQ(0, tunnel(qt->client_ns, 1, 2));
	ASSERT_EQ(0, tunnel(qt->server_ns, 2, 1));
	ASSERT_TRUE(qt_until(tunnelled, qt));
	ASSERT_TRUE(qt_relink(qt));
	coid = qt_attach(qt, server);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT_TRUE(qt_echoed(coid, sizes[i]));
	EXPECT_EQ(0, reassembled(qt->client_ns, FRAGLIST_FRAMES));
	EXPECT_EQ(0, reassembled(qt->server_ns, FRAGLIST_FRAMES));
	EXPECT_EQ(0, qt_run(qt->client_ns, "! qnetctl stats rx_bad | grep ."));
	EXPECT_EQ(0, qt_run(qt->server_ns, "! qnetctl stats rx_bad | grep ."));
}

TEST_HARNESS_MAIN
