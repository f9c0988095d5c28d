// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a device that is slower than its node has few frames in its queue, and is never idle
 *
 * vm: timeout=120
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#define DEVICE_SENDERS	4
#define DEVICE_LEN	(64 << 10)	/* all of it goes unasked */
#define DEVICE_FRAMES	16		/* device_frames by default ... */
#define DEVICE_BULK	12		/* ... and those that bulk may have of them */
/* Acknowledgments, probes and HELLOs do not wait for room. */
#define DEVICE_MORE	6
#define DEVICE_LOOKS	30
#define DEVICE_BETWEEN	30000		/* microseconds between two, where something changes */
#define DEVICE_SLOW	"tbf rate 2mbit burst 3000 limit 1000000"
#define DEVICE_STANDS	"tbf rate 8kbit burst 3000 limit 1000000"
/* What it got in 20 ms; netem takes frames that it delays from their senders, but not these. */
#define DEVICE_AT_ONCE	"netem limit 1000 slot 20ms"
#define DEVICE_FEW	10		/* messages, of 45 frames each, ... */
#define DEVICE_SOON	3000		/* ... of 1.5 ms each */
#define DEVICE_ROUNDS	50		/* small messages */
#define DEVICE_LONG	(1 << 20)
#define DEVICE_TRIES	5	/* a CPU may stand still meanwhile */

enum { ALONE, WIRED, SERVES };

struct sender {
	pthread_t thread;
	int coid;
	atomic_bool *stop;
	bool failed;
};

static char device_message[DEVICE_LONG];

static void *keep_sending(void *arg)
{
	struct sender *sender = arg;

	while (!atomic_load(sender->stop))
		sender->failed |= MsgSend(sender->coid, device_message, DEVICE_LEN, NULL, 0) < 0;
	return NULL;
}

/* Frames in the queue of @device; -1: nobody says. */
static int queued(const char *device)
{
	char command[100];
	int frames;
	FILE *tc;

	snprintf(command, sizeof(command),
		 "tc -s qdisc show dev %s root | grep -o 'backlog [^ ]* [0-9]*p'", device);
	tc = popen(command, "r");
	if (!tc)
		return -1;
	if (fscanf(tc, "backlog %*s %dp", &frames) != 1)
		frames = -1;
	pclose(tc);
	return frames;
}

FIXTURE(device) {
	struct qt qt;
	struct qt_server server;
};

FIXTURE_SETUP(device)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	self->server = qt_server(&self->qt, 0, qt_echo, NULL);
}

FIXTURE_TEARDOWN(device)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* One takes a second on a debug kernel. */
static int device_looks(void)
{
	return qt_rounds(DEVICE_LOOKS) < DEVICE_LOOKS ? DEVICE_LOOKS / 3 : DEVICE_LOOKS;
}

/* What does not wait for room is seldom there where only bulk is sent. */
static int device_more(void)
{
	return device_looks() < DEVICE_LOOKS ? DEVICE_MORE : DEVICE_MORE / 2;
}

/* Frames are lost for a while, many of them as it takes long until that is known. */
static int lose_many(struct qt *qt)
{
	usleep(2500000);	/* until the window is wide enough */
	if (qt_run(qt->server_ns, "tc qdisc add dev veth0 clsact") ||
	    qt_run(qt->server_ns, "tc filter add dev veth0 ingress matchall action drop"))
		return -1;
	usleep(500000);
	return qt_run(qt->server_ns, "tc filter del dev veth0 ingress");
}

/*
 * More is to be sent than the device takes, and @meanwhile something happens: from @least to @most
 * frames are in its queue.
 */
static void crowded(struct __test_metadata *_metadata, struct qt *qt, const char *device,
		    const int coids[2], int (*meanwhile)(struct qt *qt), int least, int most)
{
	struct sender senders[DEVICE_SENDERS];
	int i, now, seen = 0, idle = 0, looks = device_looks();
	atomic_bool stop = false;

	/* it may take a second until it is known what was lost */
	if (meanwhile && looks == DEVICE_LOOKS)
		looks *= 3;
	for (i = 0; i < DEVICE_SENDERS; i++) {
		senders[i] = (struct sender){ .coid = coids[i % 2], .stop = &stop };
		ASSERT_EQ(0, pthread_create(&senders[i].thread, NULL, keep_sending, &senders[i]));
	}
	usleep(500000);
	if (meanwhile)
		EXPECT_EQ(0, meanwhile(qt));
	for (i = 0; i < looks; i++) {
		usleep(meanwhile ? DEVICE_BETWEEN : 0);
		now = queued(device);
		ASSERT_LE(0, now);
		seen = now > seen ? now : seen;
		idle += !now;
	}
	atomic_store(&stop, true);
	for (i = 0; i < DEVICE_SENDERS; i++) {
		pthread_join(senders[i].thread, NULL);
		EXPECT_FALSE(senders[i].failed);
	}
	TH_LOG("%d frames at most; %d times of %d none", seen, idle, looks);
	EXPECT_LE(least, seen);
	EXPECT_GE(most, seen);
	/* while it is not known what was lost there may be nothing to send */
	if (!meanwhile)
		EXPECT_GT(looks / 3, idle);
}

TEST_F_TIMEOUT(device, short_queue, 100)
{
	struct qt *qt = &self->qt;
	int coids[2];

	coids[0] = qt_attach(qt, self->server);
	coids[1] = coids[0];
	ASSERT_LE(0, coids[0]);

	ASSERT_EQ(0, qt_run(qt->client_ns,
			    "tc qdisc add dev veth0 root " DEVICE_SLOW));
	crowded(_metadata, qt, "veth0", coids, NULL, DEVICE_FRAMES / 2,
		DEVICE_BULK + device_more());
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set device_frames 4"));
	crowded(_metadata, qt, "veth0", coids, NULL, 2, 3 + device_more());
}

/* What was lost is not more urgent than that. */
TEST_F_TIMEOUT(device, repairs, 100)
{
	struct qt *qt = &self->qt;
	int coids[2];

	coids[0] = qt_attach(qt, self->server);
	coids[1] = coids[0];
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node set dead-after 20000"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl node set dead-after 20000"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev veth0 root " DEVICE_SLOW));
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc qdisc add dev veth0 root netem delay 400ms"));
	crowded(_metadata, qt, "veth0", coids, lose_many, 1, DEVICE_FRAMES + DEVICE_MORE);
}

/* One frame at a time: the next goes when the device is through with it, not when it is acked. */
TEST_F_TIMEOUT(device, goes_on, 60)
{
	struct qt *qt = &self->qt;
	int coid = qt_attach(qt, self->server), i;
	uint64_t began;

	ASSERT_EQ(0, qt_run(qt->client_ns,
			    "tc qdisc add dev veth0 root tbf rate 8mbit burst 3000 limit 1000000"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set device_frames 1"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set device_most 1"));
	began = qt_now();
	for (i = 0; i < DEVICE_FEW; i++)
		ASSERT_LE(0, MsgSend(coid, device_message, DEVICE_LEN, NULL, 0));
	TH_LOG("%d ms", (int)(qt_now() - began));
	EXPECT_GT(qt_rounds(10) == 10 ? DEVICE_SOON : 10 * DEVICE_SOON, (int)(qt_now() - began));
}

/* Milliseconds for a long message; -1: it failed. */
static int long_message(int coid)
{
	uint64_t began = qt_now();

	if (MsgSend(coid, device_message, DEVICE_LONG, NULL, 0) < 0)
		return -1;
	return (int)(qt_now() - began);
}

/* A device that runs out of frames each time gets more of them at a time. */
TEST_F_TIMEOUT(device, runs_out, 60)
{
	struct qt *qt = &self->qt;
	int coid = qt_attach(qt, self->server), few, more, i;

	ASSERT_LE(0, coid);
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev veth0 root " DEVICE_AT_ONCE));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set device_most %d", DEVICE_FRAMES));
	ASSERT_LE(0, long_message(coid));	/* until the window is wide enough */
	few = long_message(coid);
	ASSERT_LE(0, few);
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set device_most default"));
	for (more = few, i = 0; i < DEVICE_TRIES && 2 * few <= 3 * more; i++) {
		more = long_message(coid);
		ASSERT_LE(0, more);
	}
	TH_LOG("%d ms with %d frames at most, %d ms with more", few, DEVICE_FRAMES, more);
	EXPECT_GT(2 * few, 3 * more);
}

/* A third node, behind another port of the client's bridge. */
static void third(struct qt *qt, int chid, void *arg)
{
	(void)chid;
	(void)arg;
	QT_CHECK(qt, unshare(CLONE_NEWNET) == 0);
	qt_mark(qt, ALONE);
	QT_CHECK(qt, qt_wait(qt, WIRED, 1));
	QT_CHECK(qt, !qt_run(-1, "ip link set veth2 up"));
	QT_CHECK(qt, !qt_run(-1, "qnetctl node set gamma && qnetctl bearer add veth2"));
	chid = ChannelCreate(0);
	QT_CHECK(qt, chid > 0);
	atomic_store(&qt->page->value[SERVES], chid);
	qt_mark(qt, SERVES);
	qt_echo(qt, chid, NULL);
}

static bool both_up(void *arg)
{
	struct qt *qt = arg;

	return !qt_run(qt->client_ns, "qnetctl node show beta | grep -q 'state *up'") &&
	       !qt_run(qt->client_ns, "qnetctl node show gamma | grep -q 'state *up'");
}

/* The client's bearer becomes a bridge, with beta at one port and a third node at another. */
static int bridged(struct __test_metadata *_metadata, struct qt *qt)
{
	pid_t pid = qt_client(qt, third, NULL);

	ASSERT_LT(0, pid);
	ASSERT_TRUE(qt_wait(qt, ALONE, 1));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer del veth0"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link add br7 type bridge"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 master br7"));
	ASSERT_EQ(0, qt_run(qt->client_ns,
			    "ip link add veth1 type veth peer name veth2 netns %d", pid));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth1 master br7 up"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set br7 up && qnetctl bearer add br7"));
	qt_mark(qt, WIRED);
	ASSERT_TRUE(qt_wait(qt, SERVES, 1));
	ASSERT_TRUE(qt_until(both_up, qt));
	return ConnectAttach((uint32_t)netmgr_strtond("/net/gamma", NULL), pid,
			     (int)atomic_load(&qt->page->value[SERVES]), _NTO_SIDE_CHANNEL, 0);
}

/* Links share what the device may have. */
TEST_F_TIMEOUT(device, two_links, 100)
{
	struct qt *qt = &self->qt;
	int coids[2];

	coids[0] = bridged(_metadata, qt);
	coids[1] = qt_attach(qt, self->server);
	ASSERT_LE(0, coids[0]);
	ASSERT_LE(0, coids[1]);
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev br7 root " DEVICE_SLOW));
	crowded(_metadata, qt, "br7", coids, NULL, DEVICE_FRAMES / 2, DEVICE_FRAMES + DEVICE_MORE);
}

/* One queue below the device stands, and its link dies: who uses another notices nothing. */
TEST_F_TIMEOUT(device, another_queue_stands, 60)
{
	struct qt *qt = &self->qt;
	struct qt_send send = { .out = device_message, .out_len = DEVICE_LEN };
	int coid = bridged(_metadata, qt), i;
	uint64_t began;

	send.coid = qt_attach(qt, self->server);
	/* until the window is wide enough */
	for (i = 0; i < DEVICE_FEW; i++)
		ASSERT_LE(0, MsgSend(send.coid, device_message, DEVICE_LEN, NULL, 0));
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev veth0 root " DEVICE_STANDS));
	ASSERT_TRUE(qt_send_start(&send));
	for (i = 0; i < 100 && queued("veth0") < DEVICE_FRAMES - 2; i++)
		usleep(10000);
	ASSERT_LE(DEVICE_FRAMES - 2, queued("veth0"));
	began = qt_now();
	for (i = 0; i < DEVICE_ROUNDS; i++)
		ASSERT_LE(0, MsgSend(coid, device_message, 32, NULL, 0));
	TH_LOG("%d round trips in %d ms", i, (int)(qt_now() - began));
	EXPECT_GT(DEVICE_SOON, (int)(qt_now() - began));
	EXPECT_LT(DEVICE_FRAMES / 2, queued("veth0"));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTDOWN, send.err);
}

TEST_HARNESS_MAIN
