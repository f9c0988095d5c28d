// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - sessions: their opening on a bad wire, nodes pinned by hand, devices that change
 *
 * A filter on the way out of each device drops frames of one kind and counts them.
 *
 * vm: timeout=400 more=debug
 */
#define _GNU_SOURCE
#include "counter.h"
#include "qt_fixture.h"
#include "qt_load.h"

#include <linux/qnet.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/dispatch.h>
#include <time.h>

/* A frame's first byte, and the HELLO's kind behind its header. */
#define TYPE_HELLO	0x11
#define TYPE_DATA	0x12
#define TYPE_RESET	0x13
#define ANNOUNCE	1
#define INIT		2
#define RESP		3
#define COOKIE		4

#define NOT_UP		"\\(down\\|connecting\\) "
#define OTHER_ADDRESS	"02:00:00:00:00:42"

FIXTURE(session) {
	struct qt qt;
};

FIXTURE_SETUP(session)
{
	ASSERT_TRUE(qt_setup(&self->qt, true));
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "tc qdisc add dev veth0 clsact"));
	ASSERT_EQ(0, qt_run(self->qt.server_ns, "tc qdisc add dev veth0 clsact"));
}

FIXTURE_TEARDOWN(session)
{
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* Frames of @type, HELLOs of @kind only if that is not 0, do not leave the node any more. */
static int lose(int ns, int type, int kind)
{
	char match[64];

	snprintf(match, sizeof(match), "match u8 %d 0xff at 0 match u8 %d %s at 20", type, kind,
		 kind ? "0xff" : "0");
	return qt_run(ns, "tc filter add dev veth0 egress prio %d protocol all u32 %s action drop",
		      type * 16 + kind, match);
}

static int pass_kind(int ns, int type, int kind)
{
	return qt_run(ns, "tc filter del dev veth0 egress prio %d", type * 16 + kind);
}

static int pass(int ns)
{
	return qt_run(ns, "tc filter del dev veth0 egress");
}

static int pass_both(struct qt *qt)
{
	return pass(qt->client_ns) || pass(qt->server_ns);
}

static long read_number(int ns, const char *command)
{
	long number = -1;
	FILE *file;

	if (setns(ns, CLONE_NEWNET))
		return -1;
	file = popen(command, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	pclose(file);
	return number;
}

struct dropped {
	struct qt *qt;
	long at_least;
};

/* Of both nodes' filters together, and back in the client's namespace. */
static bool has_dropped(void *arg)
{
	static const char command[] =
		"tc -s filter show dev veth0 egress | awk '/dropped/ { n += $7 } END { print n }'";
	struct dropped *dropped = arg;
	long n = read_number(dropped->qt->server_ns, command);

	n += read_number(dropped->qt->client_ns, command);
	return n >= dropped->at_least;
}

static bool wait_dropped(struct qt *qt, long at_least)
{
	struct dropped dropped = { .qt = qt, .at_least = at_least };

	return qt_until(has_dropped, &dropped);
}

struct shown {
	int ns;
	const char *pattern;
};

static bool is_shown(void *arg)
{
	struct shown *shown = arg;

	return qt_run(shown->ns, "qnetctl node list | grep -q '%s'", shown->pattern) == 0;
}

/* The node's list comes to have a line like this. */
static bool wait_shown(int ns, const char *pattern)
{
	struct shown shown = { .ns = ns, .pattern = pattern };

	return qt_until(is_shown, &shown);
}

static bool wait_up(struct qt *qt)
{
	return wait_shown(qt->client_ns, "beta.* up ") && wait_shown(qt->server_ns, "alpha.* up ");
}

/* Connections are dead with their link; a new one works. */
static bool works(struct qt *qt, struct qt_server server, size_t len)
{
	static char out[40000], in[40000], turned[40000];
	int coid = qt_attach(qt, server);
	bool good;

	if (coid < 0)
		return false;
	qt_fill(out, len, 7);
	memcpy(turned, out, len);
	qt_turn(turned, len);
	good = MsgSend(coid, out, len, in, len) == (long)qt_sum(out, len) &&
	       !memcmp(in, turned, len);
	return ConnectDetach(coid) == 0 && good;
}

/* The opening does not get through while frames of one kind are lost, and does afterwards. */
static void opening_without(struct __test_metadata *_metadata, struct qt *qt, int type, int kind)
{
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);

	ASSERT_TRUE(works(qt, server, 64));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer del veth0"));
	ASSERT_TRUE(wait_shown(qt->server_ns, "alpha.* " NOT_UP));
	ASSERT_EQ(0, lose(qt->client_ns, type, kind));
	ASSERT_EQ(0, lose(qt->server_ns, type, kind));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer add veth0"));
	ASSERT_TRUE(wait_dropped(qt, 4));
	EXPECT_FALSE(works(qt, server, 64));
	ASSERT_EQ(0, pass_both(qt));
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(works(qt, server, 40000));
}

TEST_F_TIMEOUT(session, init_lost, QT_TIMEOUT)
{
	opening_without(_metadata, &self->qt, TYPE_HELLO, INIT);
}

TEST_F_TIMEOUT(session, resp_lost, QT_TIMEOUT)
{
	opening_without(_metadata, &self->qt, TYPE_HELLO, RESP);
}

/* The answering side opens with the first frame that names its index. */
TEST_F_TIMEOUT(session, first_frame_lost, QT_TIMEOUT)
{
	opening_without(_metadata, &self->qt, TYPE_DATA, 0);
}

/* A link that silence does not end while a test waits: what is told at its opening counts. */
static bool outlives_silence(struct qt *qt)
{
	return qt_run(qt->client_ns, "qnetctl node set dead-after 60000") == 0 &&
	       qt_run(qt->server_ns, "qnetctl node set dead-after 60000") == 0 &&
	       qt_run(qt->client_ns, "qnetctl bearer del veth0 && qnetctl bearer add veth0") == 0 &&
	       wait_up(qt);
}

/*
 * The client's node forgets its session, and no good-bye and no RESET tells the server's.  That
 * one gives up its live link for nobody who has not echoed its cookie, however late.
 */
TEST_F_TIMEOUT(session, cookie_lost, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, _NTO_CHF_DISCONNECT, qt_keep, NULL);
	struct qt_server echo = qt_server(qt, 0, qt_echo, NULL);
	struct qt_send send = { 0 };
	time_t began;

	ASSERT_TRUE(outlives_silence(qt));
	send.coid = qt_attach(qt, server);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));

	ASSERT_EQ(0, lose(qt->client_ns, TYPE_DATA, 0));
	ASSERT_EQ(0, lose(qt->client_ns, TYPE_RESET, 0));
	ASSERT_EQ(0, lose(qt->server_ns, TYPE_HELLO, COOKIE));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer del veth0"));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTUNREACH, send.err);
	ASSERT_EQ(0, pass(qt->client_ns));
	ASSERT_EQ(0, lose(qt->client_ns, TYPE_RESET, 0));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer add veth0"));
	ASSERT_TRUE(wait_dropped(qt, 2));
	EXPECT_EQ(0, atomic_load(&qt->page->mark[QT_DISCONNECTED]));
	EXPECT_TRUE(wait_shown(qt->server_ns, "alpha.* up "));

	began = time(NULL);
	ASSERT_EQ(0, pass(qt->server_ns));
	ASSERT_TRUE(qt_wait(qt, QT_DISCONNECTED, 1));
	EXPECT_GT(30, time(NULL) - began);
	ASSERT_EQ(0, pass_both(qt));
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(works(qt, echo, 40000));
}

#define OPENINGS	10

/* On a link that has just opened, until it ends or this is told to stop. */
static void *opening_calls(void *arg)
{
	struct load *load = arg;
	struct load_caller caller = load_caller(load, qt_attach(load->qt, load->server));

	while (!load_call(&caller, 3000, 3000, 7) && !atomic_load(&load->page->stop))
		;
	ConnectDetach(caller.coid);
	return NULL;
}

/* Every third frame of any kind, from the first HELLO on.  An opening ends calls of the last. */
TEST_F_TIMEOUT(session, opening_under_loss, QT_TIMEOUT)
{
	static const int ended[] = { EHOSTDOWN, EHOSTUNREACH, EBADF, 0 };
	static const char bad[] = "loss 30% delay 1ms";
	static const int gone[] = { ESRCH, 0 };
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	int openings = qt_rounds(OPENINGS), i;
	pthread_t threads[OPENINGS];
	struct load load;

	ASSERT_TRUE(load_setup(&load, qt));
	load.server = qt_server(qt, 0, load_echo, &load);
	/* with one second of patience a link dies of this wire as soon as it is up */
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node set dead-after 5000"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl node set dead-after 5000"));
	ASSERT_EQ(0, qt_run(qt->client_ns, "tc qdisc add dev veth0 root netem %s", bad));
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc qdisc add dev veth0 root netem %s", bad));
	for (i = 0; i < openings; i++) {
		ASSERT_EQ(0, qt_run(i & 1 ? qt->server_ns : qt->client_ns,
				    "qnetctl bearer del veth0 && qnetctl bearer add veth0"));
		ASSERT_TRUE(wait_up(qt));
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, opening_calls, &load));
	}
	atomic_store(&load.page->stop, true);
	for (i = 0; i < openings; i++)
		pthread_join(threads[i], NULL);
	/* what a new link is worth: with this loss one may die before it is used */
	for (i = 0; i < 20 && !works(qt, server, 3000); i++)
		ASSERT_TRUE(wait_up(qt));
	EXPECT_GT(20, i);
	ASSERT_EQ(256 + SIGKILL, qt_kill(qt, load.server.pid));
	EXPECT_TRUE(load_clean(&load, ended, NULL, gone));
}

static int address_of(int ns, char text[32])
{
	FILE *file;
	int n = 0;

	if (setns(ns, CLONE_NEWNET))
		return -1;
	file = popen("ip -br link show dev veth0", "re");
	if (file) {
		n = fscanf(file, "%*s %*s %31s", text);
		pclose(file);
	}
	return n == 1 ? 0 : -1;
}

/* Where multicast does not pass, a node pinned by hand at one end is enough. */
TEST_F_TIMEOUT(session, pinned, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	char beta[32];

	ASSERT_EQ(0, address_of(qt->server_ns, beta));
	ASSERT_EQ(0, setns(qt->client_ns, CLONE_NEWNET));
	ASSERT_EQ(0, lose(qt->client_ns, TYPE_HELLO, ANNOUNCE));
	ASSERT_EQ(0, lose(qt->server_ns, TYPE_HELLO, ANNOUNCE));
	ASSERT_EQ(0, lose(qt->client_ns, TYPE_HELLO, 0));
	ASSERT_EQ(0, lose(qt->server_ns, TYPE_HELLO, 0));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node del beta"));
	ASSERT_TRUE(wait_shown(qt->server_ns, "alpha.* " NOT_UP));
	ASSERT_EQ(0, qt_run(qt->server_ns, "qnetctl node del alpha"));
	ASSERT_EQ(0, pass_kind(qt->client_ns, TYPE_HELLO, 0));
	ASSERT_EQ(0, pass_kind(qt->server_ns, TYPE_HELLO, 0));
	ASSERT_TRUE(wait_dropped(qt, 3));
	EXPECT_NE(0, qt_run(qt->client_ns, "qnetctl node show beta"));

	/* nobody is at this address: it stays down, and can be taken back */
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node add beta lladdr %s dev veth0",
			    OTHER_ADDRESS));
	EXPECT_NE(0, qt_run(qt->client_ns, "qnetctl node add beta lladdr %s dev veth0", beta));
	ASSERT_TRUE(wait_shown(qt->client_ns, "beta.* connecting "));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node del beta"));

	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node add beta lladdr %s dev veth0", beta));
	ASSERT_TRUE(wait_up(qt));
	qt->nd = (uint32_t)netmgr_strtond("/net/beta", NULL);
	EXPECT_TRUE(works(qt, server, 40000));

	/* it is asked for ever: the link comes back by itself */
	ASSERT_EQ(0, qt_run(qt->server_ns, "ip link set veth0 down"));
	ASSERT_TRUE(wait_shown(qt->client_ns, "beta.* " NOT_UP));
	ASSERT_EQ(0, qt_run(qt->server_ns, "ip link set veth0 up"));
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(works(qt, server, 3000));
	EXPECT_EQ(0, qt_run(qt->client_ns, "qnetctl node del beta"));
	EXPECT_FALSE(works(qt, server, 64));
}

struct refused {
	struct counters counters;
	long before;
};

static bool refused_twice(void *arg)
{
	struct refused *refused = arg;

	return counter_read(&refused->counters) &&
	       counter_get(&refused->counters, "rx_bad_source") > refused->before + 1;
}

/* Its name from elsewhere is not the pinned node. */
TEST_F_TIMEOUT(session, pinned_elsewhere, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	struct refused refused;

	ASSERT_TRUE(counter_open(&refused.counters, qt->client_ns));
	ASSERT_TRUE(counter_read(&refused.counters));
	refused.before = counter_get(&refused.counters, "rx_bad_source");
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node add beta lladdr %s dev veth0",
			    OTHER_ADDRESS));
	ASSERT_TRUE(qt_until(refused_twice, &refused));
	counter_close(&refused.counters);
	EXPECT_FALSE(works(qt, server, 64));
	ASSERT_EQ(0, qt_run(qt->client_ns, "qnetctl node del beta"));
	ASSERT_TRUE(wait_up(qt));
	qt->nd = (uint32_t)netmgr_strtond("/net/beta", NULL);
	EXPECT_TRUE(works(qt, server, 64));
}

/* Of the link from @ns to @node. */
static long mtu_of(int ns, const char *node)
{
	char command[64];

	snprintf(command, sizeof(command), "qnetctl node show %s | sed -n 's/.*mtu *//p'", node);
	return read_number(ns, command);
}

struct mtu_wait {
	int ns;
	const char *node;
	long least;
	long most;
};

static bool mtu_found(void *arg)
{
	const struct mtu_wait *wait = arg;
	long mtu = mtu_of(wait->ns, wait->node);

	return mtu >= wait->least && mtu <= wait->most;
}

/* Both ends find it. */
static bool mtu_becomes(struct qt *qt, long least, long most)
{
	struct mtu_wait at_client = { qt->client_ns, "beta", least, most };
	struct mtu_wait at_server = { qt->server_ns, "alpha", least, most };

	return qt_until(mtu_found, &at_client) && qt_until(mtu_found, &at_server);
}

/* Frames of 1024 bytes to 2047 are lost, both ways. */
static int narrow(struct qt *qt)
{
	static const char *match = "match u8 18 0xff at 0 match u16 0x0400 0x0400 at 2";
	static const char *drop = "tc filter add dev veth0 egress protocol all u32 %s action drop";

	return qt_run(qt->client_ns, drop, match) || qt_run(qt->server_ns, drop, match);
}

#define NARROW_CLIENTS	8
#define NARROW_LEN	60000
#define NARROW_PATIENCE	10000	/* milliseconds; dead after is 1000 */

struct narrow_client {
	pthread_t thread;
	struct load *load;
	int coid;
	int err;
	atomic_int good;
	atomic_bool done;
};

/* Until there is an error. */
static void *narrow_send(void *arg)
{
	struct narrow_client *client = arg;
	struct load_caller caller = load_caller(client->load, client->coid);

	while (!client->err) {
		client->err = load_call(&caller, NARROW_LEN, LOAD_NUMBER, 0);
		atomic_fetch_add(&client->good, !client->err);
	}
	atomic_store(&client->done, true);
	return NULL;
}

static bool narrow_began(void *arg)
{
	struct narrow_client *client = arg;

	return atomic_load(&client->good) || atomic_load(&client->done);
}

static bool narrow_done(void *arg)
{
	struct narrow_client *client = arg;

	return atomic_load(&client->done);
}

/* What was good is good no longer: the link ends soon, with an error that says so. */
static void narrow_while_calls(struct __test_metadata *_metadata, struct qt *qt,
			       struct qt_server echo)
{
	static const int ended[] = { EHOSTDOWN, 0 };
	struct narrow_client clients[NARROW_CLIENTS];
	struct load load;
	uint64_t cut;
	int i;

	ASSERT_TRUE(load_setup(&load, qt));
	load.server = qt_server(qt, 0, load_echo, &load);
	ASSERT_TRUE(mtu_becomes(qt, 1500, 1500));
	for (i = 0; i < NARROW_CLIENTS; i++) {
		clients[i] = (struct narrow_client){
			.load = &load,
			.coid = qt_attach(qt, load.server),
		};
		ASSERT_EQ(0, pthread_create(&clients[i].thread, NULL, narrow_send, &clients[i]));
	}
	for (i = 0; i < NARROW_CLIENTS; i++)
		ASSERT_TRUE(qt_until(narrow_began, &clients[i]));
	ASSERT_EQ(0, narrow(qt));
	cut = qt_now();
	for (i = 0; i < NARROW_CLIENTS; i++) {
		ASSERT_TRUE(qt_until(narrow_done, &clients[i]));
		pthread_join(clients[i].thread, NULL);
		ASSERT_EQ(EHOSTDOWN, clients[i].err);
	}
	cut = qt_now() - cut;
	TH_LOG("%d clients were told after %d ms", NARROW_CLIENTS, (int)cut);
	EXPECT_GT(NARROW_PATIENCE, (int)cut);
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(mtu_becomes(qt, 990, 1023));
	EXPECT_TRUE(works(qt, echo, 40000));
	ASSERT_EQ(256 + SIGKILL, qt_kill(qt, load.server.pid));
	EXPECT_TRUE(load_clean(&load, ended, NULL, NULL));
}

/* All frames that may be in flight are too large: what finds out is none of them. */
TEST_F_TIMEOUT(session, narrow_and_full, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server echo = qt_server(qt, 0, qt_echo, NULL);
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, qt_run(i ? qt->client_ns : qt->server_ns,
				    "qnetctl param set window_most 2"));
	narrow_while_calls(_metadata, qt, echo);
}

/* What is in between carries less than both devices, and says nothing. */
TEST_F_TIMEOUT(session, narrow, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server echo = qt_server(qt, 0, qt_echo, NULL);
	int i;

	narrow_while_calls(_metadata, qt, echo);
	/* it looks again in time, and then finds more if there is */
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, qt_run(i ? qt->client_ns : qt->server_ns,
				    "qnetctl param set mtu_again 1000"));
	usleep(2500000);
	EXPECT_TRUE(mtu_becomes(qt, 990, 1023));
	EXPECT_TRUE(works(qt, echo, 40000));
	ASSERT_EQ(0, pass_both(qt));
	EXPECT_TRUE(mtu_becomes(qt, 1500, 1500));
	EXPECT_TRUE(works(qt, echo, 40000));
}

/* What a link agreed on fits no more: it ends, and opens with less. */
TEST_F_TIMEOUT(session, mtu, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, _NTO_CHF_DISCONNECT, qt_keep, NULL);
	struct qt_server echo = qt_server(qt, 0, qt_echo, NULL);
	struct qt_send send = { .coid = qt_attach(qt, server) };
	int coid;

	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 mtu 576"));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTDOWN, send.err);
	ASSERT_TRUE(qt_wait(qt, QT_DISCONNECTED, 1));
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(mtu_becomes(qt, 576, 576));
	EXPECT_TRUE(works(qt, echo, 40000));

	/* more of it is followed, and what the link has no use for may go: one session */
	coid = qt_attach(qt, echo);
	ASSERT_TRUE(qt_echoed(coid, 40000));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 mtu 9000"));
	ASSERT_TRUE(mtu_becomes(qt, 1500, 1500));
	EXPECT_TRUE(qt_echoed(coid, 40000));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 mtu 2000"));
	EXPECT_TRUE(qt_echoed(coid, 40000));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 mtu 9000"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "ip link set veth0 mtu 9000"));
	ASSERT_TRUE(mtu_becomes(qt, 9000, 9000));
	EXPECT_TRUE(qt_echoed(coid, 40000));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 mtu 65535"));
	ASSERT_EQ(0, qt_run(qt->server_ns, "ip link set veth0 mtu 65535"));
	ASSERT_TRUE(mtu_becomes(qt, 9216, 9216));
	EXPECT_TRUE(qt_echoed(coid, 400000));
	/* more than the peer carries, and less than the link's frames have */
	ASSERT_EQ(0, qt_run(qt->server_ns, "ip link set veth0 mtu 9100"));
	EXPECT_FALSE(qt_echoed(coid, 40000));
	ASSERT_TRUE(mtu_becomes(qt, 9100, 9100));
	EXPECT_TRUE(works(qt, echo, 40000));

	/* below what every link must carry there is no bearer any more */
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 mtu 575"));
	EXPECT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer list | grep -q 'veth0.* gone '"));
	EXPECT_FALSE(works(qt, echo, 64));
	EXPECT_NE(0, qt_run(qt->client_ns, "qnetctl bearer add veth0"));
	ASSERT_EQ(0, qt_run(qt->client_ns,
			    "ip link set veth0 mtu 1500 && qnetctl bearer add veth0"));
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(works(qt, echo, 40000));
}

TEST_F_TIMEOUT(session, address, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, _NTO_CHF_DISCONNECT, qt_keep, NULL);
	struct qt_server echo = qt_server(qt, 0, qt_echo, NULL);
	struct qt_send send = { .coid = qt_attach(qt, server) };

	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 address " OTHER_ADDRESS));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTDOWN, send.err);
	ASSERT_TRUE(qt_wait(qt, QT_DISCONNECTED, 1));
	ASSERT_TRUE(wait_shown(qt->server_ns, "alpha.* up .*" OTHER_ADDRESS));
	ASSERT_TRUE(wait_up(qt));
	EXPECT_TRUE(works(qt, echo, 40000));
	EXPECT_EQ(0, qt_run(qt->client_ns, "qnetctl bearer list | grep -q " OTHER_ADDRESS));
}

/* Who has the new address does not wait for silence. */
TEST_F_TIMEOUT(session, address_at_once, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_keep, NULL);
	struct qt_send send;
	time_t began;

	ASSERT_TRUE(outlives_silence(qt));
	send = (struct qt_send){ .coid = qt_attach(qt, server) };
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(qt, QT_RECEIVED, 1));
	began = time(NULL);
	ASSERT_EQ(0, qt_run(qt->client_ns, "ip link set veth0 address " OTHER_ADDRESS));
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(EHOSTDOWN, send.err);
	EXPECT_GT(30, time(NULL) - began);
}

/* name_open() of a node that is silent: cancelled, it leaves nothing behind. */
static void *opener(void *arg)
{
	atomic_store((atomic_int *)arg, gettid());
	name_open("/net/beta/dev/name/local/none", 0);
	return NULL;
}

TEST_F_TIMEOUT(session, name_open_cancelled, QT_TIMEOUT)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, qt_echo, NULL);
	pthread_t thread;
	atomic_int tid = 0;
	void *result;

	ASSERT_TRUE(outlives_silence(qt));
	ASSERT_EQ(0, lose(qt->client_ns, TYPE_DATA, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, opener, &tid));
	while (!atomic_load(&tid))
		sched_yield();
	ASSERT_TRUE(qt_wait_blocked(tid, QNET_IOC_NAME_LOOKUP));
	ASSERT_EQ(0, pthread_cancel(thread));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(PTHREAD_CANCELED, result);
	ASSERT_EQ(0, pass(qt->client_ns));
	EXPECT_EQ(-1, name_open("/net/beta/dev/name/local/none", 0));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_TRUE(works(qt, server, 64));
}

TEST_HARNESS_MAIN
