// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - two nodes with one address: both are told, and nothing goes to the wrong one
 *
 * Each node is a namespace; the test's own is the switch between them, a bridge that sends what is
 * for an address to where it last came from.
 *
 * vm: timeout=200
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TWIN_ADDRESS	"02:00:00:00:00:77"
#define TWIN_OTHER	"02:00:00:00:00:78"
#define TWIN_THIRD	"02:00:00:00:00:79"
#define TWIN_MS		4000		/* with two that have the same */
#define TWIN_SENDS	100		/* afterwards */

enum { ALONE, WIRED, SERVES, BOTH, CHANGED, DONE };
/* Values: what the third node saw. */
enum { ANSWERS, ERRORS };

enum { FIRST, SECOND, THIRD, NODES };

struct twin {
	struct qt *qt;
	int number;
	pid_t *node;
};

FIXTURE(twin) {
	struct qt qt;
	pid_t node[NODES];
};

FIXTURE_SETUP(twin)
{
	ASSERT_TRUE(qt_setup(&self->qt, false));
}

FIXTURE_TEARDOWN(twin)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static void twin_node(struct qt *qt, int number)
{
	QT_CHECK(qt, unshare(CLONE_NEWNET) == 0);
	qt_mark(qt, ALONE);
	QT_CHECK(qt, qt_wait(qt, WIRED, 1));
	QT_CHECK(qt, !qt_run(-1, "ip link set veth0 up && qnetctl node set n%d", number));
	QT_CHECK(qt, !qt_run(-1, "qnetctl bearer add veth0"));
}

/* Its answer says who it is. */
static void twin_server(struct qt *qt, int chid, void *arg)
{
	struct twin *twin = arg;
	int wanted, rcvid, number = twin->number;

	(void)chid;
	twin_node(qt, number);
	QT_CHECK(qt, ChannelCreate(0) == 1);
	qt_mark(qt, SERVES);
	for (;;) {
		rcvid = MsgReceive(1, &wanted, sizeof(wanted), NULL);
		if (rcvid <= 0)
			continue;
		QT_CHECK(qt, wanted == number);
		MsgReply(rcvid, 100 + number, NULL, 0);
	}
}

/* One message to the server of node @number. */
static long twin_send(const struct twin *twin, int number)
{
	uint64_t soon = 1000ULL * 1000 * 1000;
	char path[16];
	long status;
	int nd, coid;

	snprintf(path, sizeof(path), "/net/n%d", number);
	nd = netmgr_strtond(path, NULL);
	if (nd < 0)
		return -1;
	coid = ConnectAttach((uint32_t)nd, twin->node[number], 1, _NTO_SIDE_CHANNEL, 0);
	if (coid == -1)
		return -1;
	TimerTimeout(CLOCK_MONOTONIC, _NTO_TIMEOUT_SEND | _NTO_TIMEOUT_REPLY, NULL, &soon, NULL);
	status = MsgSend(coid, &number, sizeof(number), NULL, 0);
	ConnectDetach(coid);
	return status;
}

static bool twin_both(void *arg)
{
	struct twin *twin = arg;

	return twin_send(twin, FIRST) == 100 + FIRST && twin_send(twin, SECOND) == 100 + SECOND;
}

/* What may be said of a node that another one cuts off. */
static bool twin_gone(int err)
{
	return err == EHOSTDOWN || err == EHOSTUNREACH || err == ETIMEDOUT || err == ESRCH ||
	       err == ENXIO || err == ENOENT;
}

static void twin_client(struct qt *qt, int chid, void *arg)
{
	struct twin *twin = arg;
	uint64_t end;
	long status;
	int i;

	(void)chid;
	twin_node(qt, THIRD);
	QT_CHECK(qt, qt_wait(qt, SERVES, 2));
	end = qt_now() + TWIN_MS;
	for (i = 0; qt_now() < end; i++) {
		errno = 0;
		status = twin_send(twin, i % 2);
		QT_CHECK(qt, status == 100 + i % 2 || (status == -1 && twin_gone(errno)));
		if (status == -1)
			usleep(10000);
		atomic_fetch_add(&qt->page->value[status == -1 ? ERRORS : ANSWERS], 1);
	}
	qt_mark(qt, BOTH);
	QT_CHECK(qt, qt_wait(qt, CHANGED, 1));
	QT_CHECK(qt, qt_until(twin_both, twin));
	for (i = 0; i < TWIN_SENDS; i++)
		QT_CHECK(qt, twin_both(twin));
	qt_mark(qt, DONE);
	for (;;)
		pause();
}

static int twin_wire(const pid_t *node)
{
	static const char * const address[NODES] = { TWIN_ADDRESS, TWIN_ADDRESS, TWIN_THIRD };
	int i, err;

	err = qt_run(-1, "ip link add br0 type bridge && ip link set br0 up");
	for (i = 0; i < NODES && !err; i++)
		err = qt_run(-1, "ip link add v%d type veth peer name veth0 address %s netns %d",
			     i, address[i], node[i]) ||
		      qt_run(-1, "ip link set v%d master br0 up", i);
	return err;
}

static int twin_ns(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static long twin_count(int ns)
{
	struct counters counters;
	long count = -1;

	if (counter_open(&counters, ns) && counter_read(&counters))
		count = counter_get(&counters, "rx_twin");
	counter_close(&counters);
	return count;
}

TEST_F_TIMEOUT(twin, on_a_switch, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct twin twin = { .qt = qt, .node = self->node };
	long counted[NODES];
	int i, ns[NODES];

	for (i = 0; i < NODES; i++) {
		twin.number = i;
		self->node[i] = qt_client(qt, i == THIRD ? twin_client : twin_server, &twin);
	}
	ASSERT_TRUE(qt_wait(qt, ALONE, NODES));
	ASSERT_EQ(0, twin_wire(self->node));
	for (i = 0; i < NODES; i++) {
		ns[i] = twin_ns(self->node[i]);
		ASSERT_LE(0, ns[i]);
	}
	qt_mark(qt, WIRED);
	ASSERT_TRUE(qt_wait(qt, BOTH, 1));
	TH_LOG("%ld answers, %ld errors", atomic_load(&qt->page->value[ANSWERS]),
	       atomic_load(&qt->page->value[ERRORS]));
	EXPECT_LT(0, twin_count(ns[FIRST]));
	EXPECT_LT(0, twin_count(ns[SECOND]));
	EXPECT_EQ(0, twin_count(ns[THIRD]));
	EXPECT_EQ(0, qt_run(-1, "dmesg | grep -q 'qnet: veth0: node n0 has the same address "
			    TWIN_ADDRESS "'"));
	EXPECT_EQ(0, qt_run(-1, "dmesg | grep -q 'qnet: veth0: node n1 has the same address "
			    TWIN_ADDRESS "'"));

	ASSERT_EQ(0, qt_run(ns[SECOND], "ip link set veth0 address " TWIN_OTHER));
	for (i = 0; i < NODES; i++)
		counted[i] = twin_count(ns[i]);
	qt_mark(qt, CHANGED);
	ASSERT_TRUE(qt_wait(qt, DONE, 1));
	for (i = 0; i < NODES; i++)
		EXPECT_EQ(counted[i], twin_count(ns[i]));
}

TEST_HARNESS_MAIN
