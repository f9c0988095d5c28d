// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - frames that cross the stack as one: a VLAN tag on the way, and a policer
 *
 * Whether the tag stands in the frames or beside them when they are split, each of them has it.  A
 * policer whose bucket holds four frames never lets sixteen at once pass, however long it waits.
 *
 * checkpatch: SPACING - FIXTURE_DATA() is a type
 * vm: timeout=60 kernel=stock
 */
#include "counter.h"
#include "qt_fixture.h"

#include <stdlib.h>

#define JOINED_LEN		(1 << 20)
#define JOINED_MESSAGES	4
#define JOINED_FRAMES	700		/* of each, and more */
#define JOINED_SOON	10000		/* milliseconds */

FIXTURE(joined) {
	struct qt qt;
	struct counters counters;
};

FIXTURE_SETUP(joined)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_TRUE(counter_open(&self->counters, self->qt.client_ns));
}

FIXTURE_TEARDOWN(joined)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
	counter_close(&self->counters);
}

/* The wire is a VLAN that neither node knows; @offload: does the device put the tag in? */
static void tagged(struct __test_metadata *_metadata, FIXTURE_DATA(joined) *self,
		   const char *offload)
{
	struct qt *qt = &self->qt;
	int coid = qt_attach(qt, qt_server(qt, 0, qt_echo, NULL)), i;
	char *message = calloc(1, JOINED_LEN);
	long joined, frames;

	ASSERT_LE(0, coid);
	ASSERT_NE(NULL, message);
	ASSERT_EQ(0, qt_run(qt->client_ns, "ethtool -K veth0 txvlan %s >/dev/null", offload));
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev veth0 clsact"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc qdisc add dev veth0 clsact"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc filter add dev veth0 ingress protocol 802.1q %s",
			    "flower vlan_id 7 action vlan pop"));
	/* without it a frame is nobody's */
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc filter add dev veth0 ingress prio 99 %s",
			    "protocol 0x88b5 matchall action drop"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc filter add dev veth0 egress matchall %s",
			    "action vlan push id 7"));
	ASSERT_TRUE(counter_read(&self->counters));
	joined = counter_get(&self->counters, "tx_joined");
	frames = counter_get(&self->counters, "tx_frames");
	for (i = 0; i < JOINED_MESSAGES; i++)
		EXPECT_EQ((long)qt_sum(message, JOINED_LEN),
			  MsgSend(coid, message, JOINED_LEN, NULL, 0));
	ASSERT_TRUE(counter_read(&self->counters));
	joined = counter_get(&self->counters, "tx_joined") - joined;
	frames = counter_get(&self->counters, "tx_frames") - frames;
	TH_LOG("%ld of %ld frames joined", joined, frames);
	EXPECT_LT(JOINED_MESSAGES * JOINED_FRAMES / 2, joined);
	/* few are sent again */
	EXPECT_GT(JOINED_MESSAGES * (JOINED_FRAMES + JOINED_FRAMES / 8), frames);
	free(message);
}

QT_TEST(joined, beside)
{
	tagged(_metadata, self, "on");
}

QT_TEST(joined, inside)
{
	tagged(_metadata, self, "off");
}

/* Never more than four frames pass at once: soon no more are joined. */
QT_TEST(joined, policed)
{
	struct qt *qt = &self->qt;
	int coid = qt_attach(qt, qt_server(qt, 0, qt_echo, NULL)), i;
	char *message = calloc(1, JOINED_LEN);
	uint64_t began;
	long refused;

	ASSERT_LE(0, coid);
	ASSERT_NE(NULL, message);
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev veth0 clsact"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc filter add dev veth0 egress matchall %s",
			    "action police rate 10gbit burst 6100 conform-exceed drop"));
	ASSERT_TRUE(counter_read(&self->counters));
	refused = counter_get(&self->counters, "tx_errors");
	began = qt_now();
	for (i = 0; i < JOINED_MESSAGES; i++)
		EXPECT_EQ((long)qt_sum(message, JOINED_LEN),
			  MsgSend(coid, message, JOINED_LEN, NULL, 0));
	ASSERT_TRUE(counter_read(&self->counters));
	refused = counter_get(&self->counters, "tx_errors") - refused;
	TH_LOG("%ld frames refused, %d ms", refused, (int)(qt_now() - began));
	EXPECT_LT(0, refused);
	EXPECT_GT(JOINED_MESSAGES * JOINED_FRAMES / 8, refused);
	EXPECT_GT(JOINED_SOON, (int)(qt_now() - began));
	free(message);
}

TEST_HARNESS_MAIN
