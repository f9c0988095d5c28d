// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a device that is slower than its node has few frames in its queue, and is never idle
 *
 * vm: timeout=120
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define DEVICE_SENDERS	4
#define DEVICE_LEN	(64 << 10)	/* all of it goes unasked */
#define DEVICE_FRAMES	16		/* device_frames by default */
/* Acknowledgments, probes and HELLOs do not wait for room. */
#define DEVICE_MORE	6
#define DEVICE_LOOKS	30
#define DEVICE_FEW	10		/* messages, of 45 frames each, ... */
#define DEVICE_SOON	3000		/* ... of 1.5 ms each */

struct sender {
	pthread_t thread;
	int coid;
	atomic_bool *stop;
	bool failed;
};

static char device_message[DEVICE_LEN];

static void *keep_sending(void *arg)
{
	struct sender *sender = arg;

	while (!atomic_load(sender->stop))
		sender->failed |= MsgSend(sender->coid, device_message, DEVICE_LEN, NULL, 0) < 0;
	return NULL;
}

/* Frames in the queue of veth0; -1: nobody says. */
static int queued(void)
{
	FILE *tc = popen("tc -s qdisc show dev veth0 root | grep -o 'backlog [^ ]* [0-9]*p'", "r");
	int frames;

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

/* Between @least and @most frames are in the queue while more is to be sent than it takes. */
static void crowded(struct __test_metadata *_metadata, struct qt *qt, struct qt_server server,
		    int least, int most)
{
	struct sender senders[DEVICE_SENDERS];
	int i, now, seen = 0, idle = 0;
	atomic_bool stop = false;

	for (i = 0; i < DEVICE_SENDERS; i++) {
		senders[i] = (struct sender){ .coid = qt_attach(qt, server), .stop = &stop };
		ASSERT_LE(0, senders[i].coid);
		ASSERT_EQ(0, pthread_create(&senders[i].thread, NULL, keep_sending, &senders[i]));
	}
	usleep(500000);
	for (i = 0; i < DEVICE_LOOKS; i++) {
		now = queued();
		ASSERT_LE(0, now);
		seen = now > seen ? now : seen;
		idle += !now;
	}
	atomic_store(&stop, true);
	for (i = 0; i < DEVICE_SENDERS; i++) {
		pthread_join(senders[i].thread, NULL);
		EXPECT_FALSE(senders[i].failed);
	}
	TH_LOG("%d frames at most; %d times of %d none", seen, idle, DEVICE_LOOKS);
	EXPECT_LE(least, seen);
	EXPECT_GE(most, seen);
	EXPECT_GT(DEVICE_LOOKS / 3, idle);
}

TEST_F_TIMEOUT(device, short_queue, 100)
{
	struct qt *qt = &self->qt;

	ASSERT_EQ(0, qt_run(qt->client_ns,
			    "tc qdisc add dev veth0 root tbf rate 2mbit burst 3000 limit 1000000"));
	crowded(_metadata, qt, self->server, DEVICE_FRAMES / 2, DEVICE_FRAMES + DEVICE_MORE);
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl param set device_frames 4"));
	crowded(_metadata, qt, self->server, 2, 4 + DEVICE_MORE);
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
	began = qt_now();
	for (i = 0; i < DEVICE_FEW; i++)
		ASSERT_LE(0, MsgSend(coid, device_message, DEVICE_LEN, NULL, 0));
	TH_LOG("%d ms", (int)(qt_now() - began));
	EXPECT_GT(DEVICE_SOON, (int)(qt_now() - began));
}

TEST_HARNESS_MAIN
