// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bearers: devices upon devices, others that listen, frames that come in pieces
 *
 * vm: timeout=300
 */
#define _GNU_SOURCE
#include "frame.h"
#include "qt_fixture.h"
#include "rtnl.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BEARER_LARGE	(1 << 20)
#define BEARER_JUMBO	9000
#define BEARER_TYPE	0x88b5

FIXTURE(bearer) {
	struct qt qt;
};

FIXTURE_SETUP(bearer)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
}

FIXTURE_TEARDOWN(bearer)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

static int run_both(struct qt *qt, const char *command)
{
	return qt_run(qt->client_ns, "%s", command) || qt_run(qt->server_ns, "%s", command);
}

static bool is_up(void *arg)
{
	struct qt *qt = arg;

	return !qt_run(qt->client_ns, "qnetctl node list | grep -q 'beta .*up '");
}

/* Messages of each size, and no frame that was not as it should be. */
static bool moves(struct qt *qt, struct qt_server server)
{
	static const size_t sizes[] = { 1, 1400, 3000, 60000, BEARER_LARGE };
	int coid = qt_attach(qt, server);
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		good &= qt_echoed(coid, sizes[i]);
	ConnectDetach(coid);
	return good && !run_both(qt, "! qnetctl stats rx_bad | grep .");
}

struct stack {
	const char *name;
	const char *make[5];
};

/* veth0 is under each of them. */
static const struct stack stacks[] = {
	{ "vlan7", { "ip link add link veth0 name vlan7 type vlan id 7" } },
	{ "macvlan7", { "ip link add link veth0 name macvlan7 type macvlan mode vepa" } },
	{ "bridge7", { "ip link add bridge7 type bridge", "ip link set veth0 master bridge7" } },
	{ "bond7", {
		"ip link set veth0 down",
		"ip link add bond7 type bond mode active-backup miimon 50",
		"ip link set veth0 master bond7",
	} },
	{ "vlan8", {
		"ip link add bridge8 type bridge",
		"ip link set veth0 master bridge8",
		"ip link set bridge8 up",
		"ip link add link bridge8 name vlan8 type vlan id 8",
	} },
};

static int stack_up(int ns, const struct stack *stack)
{
	const char * const *command;

	for (command = stack->make; *command; command++)
		if (qt_run(ns, "%s", *command))
			return -1;
	return qt_run(ns, "ip link set %s up && qnetctl bearer add %s", stack->name, stack->name);
}

/* A link of its own, and what it carries; then the device below goes. */
static void upon(struct __test_metadata *_metadata, struct qt *qt, const struct stack *stack)
{
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	struct qt_send send = { .timeout = 0 };

	ASSERT_EQ(0, run_both(qt, "qnetctl bearer del veth0"));
	ASSERT_EQ(0, stack_up(qt->client_ns, stack));
	ASSERT_EQ(0, stack_up(qt->server_ns, stack));
	ASSERT_TRUE(qt_until(is_up, qt));
	EXPECT_EQ(0, qt_run(qt->client_ns, "qnetctl node show beta | grep -q 'dev *%s'",
			    stack->name));
	EXPECT_TRUE(moves(qt, server));

	server = qt_server(qt, 0, qt_keep, NULL);
	send.coid = qt_attach(qt, server);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link del veth0"));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_TRUE(send.err == EHOSTDOWN || send.err == EHOSTUNREACH);
}

TEST_F_TIMEOUT(bearer, vlan, QT_TIMEOUT)
{
	upon(_metadata, &self->qt, &stacks[0]);
}

TEST_F_TIMEOUT(bearer, macvlan, QT_TIMEOUT)
{
	upon(_metadata, &self->qt, &stacks[1]);
}

TEST_F_TIMEOUT(bearer, bridge, QT_TIMEOUT)
{
	upon(_metadata, &self->qt, &stacks[2]);
}

TEST_F_TIMEOUT(bearer, bond, QT_TIMEOUT)
{
	upon(_metadata, &self->qt, &stacks[3]);
}

TEST_F_TIMEOUT(bearer, vlan_on_bridge, QT_TIMEOUT)
{
	upon(_metadata, &self->qt, &stacks[4]);
}

/* Two wires to one switch: when one of them is cut, who waits goes on waiting, and all moves. */
TEST_F_TIMEOUT(bearer, bond_fails_over, QT_TIMEOUT)
{
	static const struct stack bond = { "bond7", {
		"ip link set veth0 down && ip link set veth1 down",
		"ip link add bond7 type bond mode active-backup miimon 50 primary veth0",
		"ip link set veth0 master bond7",
		"ip link set veth1 master bond7",
	} };
	static const struct stack bridge = { "bridge7", {
		"ip link add bridge7 type bridge forward_delay 0",
		"ip link set veth0 master bridge7",
		"ip link set veth1 master bridge7 && ip link set veth1 up",
	} };
	struct qt *qt = &self->qt;
	struct qt_server echo = qt_server(qt, 0, qt_echo, NULL);
	struct qt_server keep = qt_server(qt, 0, qt_keep, NULL);
	struct qt_send send = { .timeout = 0 };

	ASSERT_EQ(0, run_both(qt, "qnetctl bearer del veth0"));
	ASSERT_EQ(0, rtnl_veth(qt->client_ns, qt->server_ns, "veth1"));
	ASSERT_EQ(0, stack_up(qt->server_ns, &bridge));
	ASSERT_EQ(0, stack_up(qt->client_ns, &bond));
	ASSERT_TRUE(qt_until(is_up, qt));
	EXPECT_TRUE(moves(qt, echo));

	send.coid = qt_attach(qt, keep);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip -d link show bond7 | grep -q 'active_slave veth0'"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 down"));
	EXPECT_TRUE(moves(qt, echo));
	EXPECT_EQ(0, qt_run(qt->client_ns, "ip -d link show bond7 | grep -q 'active_slave veth1'"));
	EXPECT_FALSE(send.done);
	EXPECT_EQ(256 + SIGKILL, qt_kill(qt, keep.pid));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(ESRCH, send.err);
}

static int packet_socket(int ns, uint16_t protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
	};
	int fd;

	if (setns(ns, CLONE_NEWNET))
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	sll.sll_ifindex = (int)if_nametoindex("veth0");
	return bind(fd, (void *)&sll, sizeof(sll)) ? -1 : fd;
}

/* What tcpdump does: each frame is another one's, too. */
static int listener(int ns)
{
	struct packet_mreq promiscuous = { .mr_type = PACKET_MR_PROMISC };
	int fd = packet_socket(ns, ETH_P_ALL);

	promiscuous.mr_ifindex = (int)if_nametoindex("veth0");
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous)))
		return -1;
	return fd;
}

static long heard(int fd)
{
	static char buf[BEARER_JUMBO + 100];
	long n = 0;

	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static long counted(int ns, const char *name)
{
	long number = -1;
	char command[64];
	FILE *file;

	if (setns(ns, CLONE_NEWNET))
		return -1;
	snprintf(command, sizeof(command), "qnetctl -a stats %s", name);
	file = popen(command, "re");
	if (file) {
		if (fscanf(file, "%*s %ld", &number) != 1)
			number = -1;
		pclose(file);
	}
	return number;
}

/* Others listen, and the device takes what is for others. */
TEST_F_TIMEOUT(bearer, listened_to, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	int ears[2] = { listener(qt->client_ns), listener(qt->server_ns) };
	struct frame_wire *wire = calloc(1, sizeof(*wire));
	struct frame frame;
	long before;

	ASSERT_LE(0, ears[0]);
	ASSERT_LE(0, ears[1]);
	EXPECT_EQ(0, run_both(qt, "ip -d link show veth0 | grep -q 'promiscuity 1'"));
	ASSERT_EQ(0, setns(qt->client_ns, CLONE_NEWNET));
	EXPECT_TRUE(moves(qt, server));
	EXPECT_LT(10, heard(ears[0]));
	EXPECT_LT(10, heard(ears[1]));

	/* a frame for the server's node counts, the same one for somebody else does not */
	ASSERT_TRUE(frame_open(wire, qt));
	ASSERT_EQ(0, setns(qt->client_ns, CLONE_NEWNET));
	EXPECT_TRUE(moves(qt, server));
	ASSERT_LT(0, frame_look(wire));
	frame = wire->end[0].kept[0][0];
	ASSERT_LT(0, (int)frame.len);
	before = counted(qt->server_ns, "rx_duplicate");
	ASSERT_TRUE(frame_send(wire, 0, &frame));
	usleep(100000);
	EXPECT_EQ(before + 1, counted(qt->server_ns, "rx_duplicate"));
	frame.byte[5] ^= 1;
	ASSERT_TRUE(frame_send(wire, 0, &frame));
	usleep(100000);
	EXPECT_EQ(before + 1, counted(qt->server_ns, "rx_duplicate"));
	EXPECT_EQ(0, run_both(qt, "! qnetctl stats rx_bad | grep ."));
	frame_close(wire);
	free(wire);
	close(ears[0]);
	close(ears[1]);
}

/* A frame longer than a page from @fd; its length. */
static size_t long_frame(int fd, char *buf, size_t room)
{
	struct sockaddr_ll from;
	socklen_t len = sizeof(from);
	ssize_t n, found = 0;

	while ((n = recvfrom(fd, buf, room, MSG_DONTWAIT, (void *)&from, &len)) > 0) {
		len = sizeof(from);
		if (n > 5000 && from.sll_pkttype == PACKET_HOST) {
			found = n;
			break;
		}
	}
	return (size_t)found;
}

/* Frames in pieces; @shared: there is one who gets what is for the bearer, after it. */
static void pieces(struct __test_metadata *_metadata, struct qt *qt, bool shared)
{
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	struct {
		struct virtio_net_hdr head;
		char frame[BEARER_JUMBO + 100];
	} __attribute__((packed)) out = { .head.hdr_len = FRAME_BODY };
	int ear, mouth, after = -1, one = 1, coid;
	long before;
	size_t len;

	ASSERT_EQ(0, run_both(qt, "ip link set veth0 mtu 9000"));
	ASSERT_EQ(0, run_both(qt, "qnetctl bearer del veth0"));
	/* who came last is the first that gets a frame */
	if (shared) {
		after = packet_socket(qt->server_ns, BEARER_TYPE);
		ASSERT_LE(0, after);
		ASSERT_EQ(0, setns(qt->client_ns, CLONE_NEWNET));
	}
	ASSERT_EQ(0, run_both(qt, "qnetctl bearer add veth0"));
	ASSERT_TRUE(qt_until(is_up, qt));
	EXPECT_TRUE(moves(qt, server));
	ear = packet_socket(qt->server_ns, ETH_P_ALL);
	mouth = packet_socket(qt->client_ns, ETH_P_ALL);
	ASSERT_LE(0, ear);
	ASSERT_LE(0, mouth);
	ASSERT_EQ(0, setsockopt(mouth, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)));
	coid = qt_attach(qt, server);
	EXPECT_TRUE(qt_echoed(coid, 30000));
	len = long_frame(ear, out.frame, sizeof(out.frame));
	ASSERT_LT(5000, (long)len);
	heard(ear);		/* it has room: the next frame is its, too */
	before = counted(qt->server_ns, "rx_duplicate");
	ASSERT_EQ((ssize_t)(sizeof(out.head) + len), send(mouth, &out, sizeof(out.head) + len, 0));
	usleep(100000);
	EXPECT_EQ(before + 1, counted(qt->server_ns, "rx_duplicate"));
	EXPECT_TRUE(qt_echoed(coid, 30000));
	EXPECT_EQ(0, run_both(qt, "! qnetctl stats rx_bad | grep ."));
	close(ear);
	close(mouth);
	if (shared)
		close(after);
}

/* The network stack may hand frames on in pieces. */
TEST_F_TIMEOUT(bearer, in_pieces, QT_TIMEOUT)
{
	pieces(_metadata, &self->qt, false);
}

/* A frame that others are still to get is not written to. */
TEST_F_TIMEOUT(bearer, in_pieces_and_shared, QT_TIMEOUT)
{
	pieces(_metadata, &self->qt, true);
}

TEST_HARNESS_MAIN
