// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - nothing leaves the kernel that was not put there: to the wire, to user space
 *
 * This boot does not clear memory but poisons it (0x6b), and on the debug kernel our functions'
 * variables begin as 0xfe.  A row of such bytes in what came out, where no user wrote any, was in
 * memory before.
 *
 * vm: timeout=120 boot=poison
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/qnet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/dispatch.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "genl.h"

enum { READY, RECEIVED, CUT };

#define LARGE	200000
#define ROW	3		/* a chance of 2^-24 at each byte where numbers are random */
#define FRAME	2048
#define TYPES	4		/* of frames, from 1 on */
#define KINDS	21		/* of segments, from 1 on */
#define HEAD	20		/* bytes of a frame's header */
#define ATTACH	11		/* a segment */
#define NAME_AT	(HEAD + 60)	/* in a HELLO: name, room for a handshake, CRC */
#define NAME	64

/* Where a row of poison begins; -1: nowhere. */
static int poison(const void *data, size_t len, size_t row)
{
	static const unsigned char fresh[] = { 0x6b, 0xfe };
	const unsigned char *p = data;
	size_t i, k, same;

	for (k = 0; k < ARRAY_SIZE(fresh); k++) {
		for (i = 0, same = 0; i < len; i++) {
			same = p[i] == fresh[k] ? same + 1 : 0;
			if (same == row)
				return (int)(i + 1 - row);
		}
	}
	return -1;
}

#define EXPECT_CLEAN(what)	EXPECT_EQ(-1, poison(&(what), sizeof(what), 2))

FIXTURE(fresh) {
	struct qt qt;
	int raw;
};

FIXTURE_SETUP(fresh)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int room = 64 << 20;

	/* the right boot, or this shows nothing */
	ASSERT_EQ(0, qt_run(-1, "grep -q 'init_on_alloc=0 slub_debug=P' /proc/cmdline"));
	ASSERT_TRUE(qt_setup(&self->qt, true));
	self->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	ASSERT_LE(0, self->raw);
	ASSERT_EQ(0, setsockopt(self->raw, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)));
	sll.sll_ifindex = (int)if_nametoindex("veth0");
	ASSERT_EQ(0, bind(self->raw, (struct sockaddr *)&sll, sizeof(sll)));
}

FIXTURE_TEARDOWN(fresh)
{
	close(self->raw);
	qt_teardown(&self->qt);
	EXPECT_EQ(0, self->qt.page->faults)
		TH_LOG("first of them: %s", self->qt.page->fault);
}

/* Bytes of users, none of them poison. */
static void plain(void *buf, size_t len)
{
	unsigned char *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = (unsigned char)(1 + i % 30);
}

/* Answers by what the first byte's message length asks for; keeps what is one byte long. */
static void answerer(struct qt *qt, int chid, void *arg)
{
	static char buf[LARGE];
	struct _msg_info info;
	int64_t half;
	int rcvid;

	(void)arg;
	QT_CHECK(qt, name_attach(NULL, "fresh", 0));
	qt_mark(qt, READY);
	for (;;) {
		memset(&info, 0, sizeof(info));
		rcvid = MsgReceive(chid, buf, 1000, &info);
		if (rcvid < 0)
			return;
		if (!rcvid) {
			QT_CHECK(qt, poison(buf, sizeof(struct _pulse), 2) < 0);
			if (((struct _pulse *)buf)->code == _PULSE_CODE_UNBLOCK)
				qt_mark(qt, CUT);
			continue;
		}
		QT_CHECK(qt, poison(&info, sizeof(info), 2) < 0);
		QT_CHECK(qt, MsgInfo(rcvid, &info) == 0);
		QT_CHECK(qt, poison(&info, sizeof(info), 2) < 0);
		if (info.srcmsglen == 1) {
			qt_mark(qt, RECEIVED);
			continue;
		}
		if (info.srcmsglen == 2) {
			QT_CHECK(qt, MsgError(rcvid, EDOM) == 0);
			continue;
		}
		QT_CHECK(qt, MsgRead(rcvid, buf, sizeof(buf), 0) == info.srcmsglen);
		half = info.srcmsglen / 2;
		QT_CHECK(qt, MsgWrite(rcvid, buf, (size_t)half, 0) == half);
		QT_CHECK(qt, MsgReply(rcvid, 0, buf, (size_t)info.srcmsglen) == 0);
	}
}

/* Every kind of segment a node sends of itself. */
static void traffic(struct __test_metadata *_metadata, struct qt *qt)
{
	static const size_t lengths[] = { 3, 64, 1400, 3000, LARGE };
	struct qt_server server = qt_server(qt, _NTO_CHF_UNBLOCK, answerer, NULL);
	static unsigned char out[LARGE], in[LARGE + 100];
	uint64_t soon = 50 * 1000 * 1000;
	int coid, i;
	size_t k;

	ASSERT_TRUE(qt_wait(qt, READY, 1));
	coid = qt_attach(qt, server);
	plain(out, sizeof(out));
	for (k = 0; k < ARRAY_SIZE(lengths); k++) {
		memset(in, 0xee, sizeof(in));
		ASSERT_EQ(0, MsgSend(coid, out, lengths[k], in, sizeof(in)));
		EXPECT_EQ(0, memcmp(in, out, lengths[k]));
		for (i = 0; i < 100; i++)
			ASSERT_EQ(0xee, in[lengths[k] + (size_t)i]);
	}
	EXPECT_EQ(-EDOM, MsgSend_r(coid, out, 2, in, sizeof(in)));
	for (i = 0; i < 700; i++)
		EXPECT_EQ(0, MsgSendPulse(coid, 10, i & 63, i));
	/* a message right behind a pulse, whose acknowledgment takes its time, says so */
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc qdisc replace dev veth0 root netem delay 100ms"));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(0, MsgSendPulse(coid, 10, 1, 1));
		EXPECT_EQ(0, MsgSend(coid, out, 64, in, sizeof(in)));
	}
	ASSERT_EQ(0, qt_run(qt->server_ns, "tc qdisc del dev veth0 root"));
	/* no such channel */
	i = qt_attach(qt, (struct qt_server){ server.pid, 99 });
	EXPECT_EQ(-1, MsgSend(i, out, 64, in, 64));
	i = name_open("/net/beta/dev/name/local/fresh", 0);
	EXPECT_LT(0, i);
	EXPECT_EQ(0, MsgSendPulse(i, 10, 1, 1));
	EXPECT_EQ(0, name_close(i));
	EXPECT_EQ(-1, name_open("/net/beta/dev/name/local/other", 0));
	/* one that is cancelled, and one whose server dies */
	{
		struct qt_send send = {
			.coid = coid, .out = out, .out_len = 1, .timeout = soon,
			.timeout_states = _NTO_TIMEOUT_REPLY,
		};

		ASSERT_TRUE(qt_send_start(&send));
		ASSERT_TRUE(qt_wait(qt, RECEIVED, 1));
		ASSERT_TRUE(qt_wait(qt, CUT, 1));
		ASSERT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
		ASSERT_TRUE(qt_send_join(&send));
	}
}

struct census {
	int frames;
	int type[TYPES];
	int segment[KINDS];
};

/* The first byte of [from, to) that is not zero, or 0. */
static int stain(const unsigned char *p, size_t from, size_t to)
{
	for (; from < to; from++)
		if (p[from])
			return (int)from;
	return 0;
}

/* In a HELLO: its reserved bytes, those of ciphers, and what follows its name. */
static int hello_padding(const unsigned char *p, size_t length)
{
	return stain(p, HEAD + 3, HEAD + 4) ?: stain(p, HEAD + 42, HEAD + 44) ?:
	       stain(p, HEAD + 52, HEAD + 60) ?:
	       stain(p, NAME_AT + strnlen((const char *)p + NAME_AT, NAME), length - 4);
}

/* Behind a frame's end is zero, and so is what is reserved in it. */
static int padding(const unsigned char *p, size_t len)
{
	size_t length = (size_t)p[2] << 8 | p[3];
	size_t at = HEAD, step;
	int bad;

	if (length > len)
		return 1;
	bad = stain(p, length, len);
	if (bad || (p[0] & 15) == 1)
		return bad ?: hello_padding(p, length);
	while ((p[0] & 15) == 2 && at + 8 <= length - 4) {
		step = (size_t)p[at + 2] << 8 | p[at + 3];
		if (p[at] == ATTACH && !bad)
			bad = stain(p, at + 38, at + 40);
		if (step < 8)
			break;
		at += step;
	}
	return bad;
}

static void take(const unsigned char *p, struct census *census)
{
	size_t length = (size_t)p[2] << 8 | p[3], at = HEAD, step;

	census->frames++;
	census->type[(p[0] & 15) % TYPES]++;
	while ((p[0] & 15) == 2 && at + 8 <= length - 4) {
		step = (size_t)p[at + 2] << 8 | p[at + 3];
		census->segment[p[at] % KINDS]++;
		if (step < 8)
			return;
		at += step;
	}
}

static bool beta_is_up(void *arg)
{
	(void)arg;
	return qt_run(-1, "qnetctl node list | grep -q 'beta.* up '") == 0;
}

struct kept {
	unsigned char frame[FRAME];
	size_t len;
};

/* What came and went since the last look; the last one that went with segments is @kept. */
static void look_at_wire(struct __test_metadata *_metadata, int raw, struct census *census,
			 struct kept *kept)
{
	unsigned char frame[FRAME];
	struct sockaddr_ll sll;
	socklen_t size;
	ssize_t n;

	for (;;) {
		const unsigned char *p = frame + ETH_HLEN;
		size_t len;
		int at;

		size = sizeof(sll);
		n = recvfrom(raw, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&sll,
			     &size);
		if (n <= 0)
			return;
		len = (size_t)n - ETH_HLEN;
		if (frame[12] != 0x88 || frame[13] != 0xb5)
			continue;
		ASSERT_LT(HEAD, n - ETH_HLEN);
		take(p, census);
		at = poison(p, len, ROW);
		EXPECT_EQ(-1, at)
			TH_LOG("type %d, segment %d, %zu bytes", p[0] & 15, p[HEAD], len);
		EXPECT_EQ(0, padding(p, len))
			TH_LOG("type %d, %zu bytes", p[0] & 15, len);
		if ((p[0] & 15) == 2 && sll.sll_pkttype == PACKET_OUTGOING) {
			kept->len = (size_t)n;
			memcpy(kept->frame, frame, kept->len);
		}
	}
}

struct look {
	struct __test_metadata *metadata;
	int raw;
	struct census *census;
	struct kept *kept;
};

static bool reset_came(void *arg)
{
	struct look *look = arg;

	look_at_wire(look->metadata, look->raw, look->census, look->kept);
	return look->census->type[3] > 0;
}

TEST_F_TIMEOUT(fresh, wire, QT_TIMEOUT)
{
	static const int wanted[] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20
	};
	static struct kept kept, late;
	struct census census = { 0 };
	struct look look = { _metadata, self->raw, &census, &late };
	size_t i;

	traffic(_metadata, &self->qt);
	look_at_wire(_metadata, self->raw, &census, &kept);
	ASSERT_LT(0, kept.len);
	/* a good-bye, and a frame to an index that is known no more */
	ASSERT_EQ(0, qt_run(self->qt.client_ns,
			    "qnetctl bearer del veth0 && qnetctl bearer add veth0"));
	ASSERT_TRUE(qt_until(beta_is_up, NULL));
	ASSERT_EQ(kept.len, send(self->raw, kept.frame, kept.len, 0));
	EXPECT_TRUE(qt_until(reset_came, &look));
	EXPECT_LT(0, census.type[1]);
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		EXPECT_LT(0, census.segment[wanted[i]])
			TH_LOG("segment kind %d was not seen", wanted[i]);
	}
	TH_LOG("%d frames", census.frames);
}

static int control_socket(void)
{
	struct qnet_ioc_priority req = { .priority = 10 };
	int fd;

	for (fd = 0; fd < 1024; fd++) {
		if (ioctl(fd, QNET_IOC_PRIORITY, &req) == 0)
			return fd;
	}
	return -1;
}

TEST_F_TIMEOUT(fresh, structures, QT_TIMEOUT)
{
	struct qnet_ioc_channel_create create = { 0 };
	struct qnet_ioc_channel channel = { 0 };
	struct qnet_ioc_connect connect = { .flags = QNET_COF_SIDE_CHANNEL };
	struct qnet_ioc_connection connection = { 0 };
	struct qnet_ioc_node node = { 0 };
	struct qnet_ioc_name name = { .name = "here" };
	struct qnet_ioc_name_lookup lookup = {
		.call.priority = 10, .call.tid = 1, .name = "here",
	};
	uint32_t groups[32];
	struct qnet_ioc_client client = { .scoid = -1, .ngroups = 32, .groups = (uintptr_t)groups };
	struct qnet_ioc_pulse pulse = {
		.call.priority = 10, .call.tid = 1, .priority = 10, .code = 1, .value = 2,
	};
	struct qnet_pulse_msg msg;
	struct qnet_ioc_receive receive = {
		.call = { .priority = 10, .tid = 1 },
		.recv = (uintptr_t)&msg,
		.recv_len = sizeof(msg),
	};
	int fd;

	ASSERT_LT(0, ChannelCreate(0));
	fd = control_socket();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_CHANNEL_CREATE, &create));
	EXPECT_CLEAN(create);
	channel.chid = create.chid;
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_CHANNEL_INFO, &channel));
	EXPECT_CLEAN(channel);
	connect.chid = create.chid;
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_CONNECT, &connect));
	EXPECT_CLEAN(connect);
	ASSERT_EQ(0, ioctl(connect.coid & ~QNET_SIDE_CHANNEL, QNET_IOC_CONNECTION, &connection));
	EXPECT_CLEAN(connection);
	ASSERT_EQ(0, ioctl(connect.coid & ~QNET_SIDE_CHANNEL, QNET_IOC_PULSE, &pulse));
	memset(&msg, 0xee, sizeof(msg));
	receive.chid = create.chid;
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_RECEIVE, &receive));
	EXPECT_CLEAN(receive);
	EXPECT_CLEAN(msg);
	EXPECT_EQ(0, msg.type | msg.subtype | msg.zero[0] | msg.zero[1] | msg.zero[2] | msg.pad);
	name.chid = create.chid;
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_NAME_ATTACH, &name));
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_NAME_LOOKUP, &lookup));
	EXPECT_CLEAN(lookup);
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_NODE_NAME, &node));
	EXPECT_CLEAN(node);
	memset(&node, 0, sizeof(node));
	strcpy(node.name, "beta");
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_NODE_LOOKUP, &node));
	EXPECT_CLEAN(node);
	memset(groups, 0, sizeof(groups));
	ASSERT_EQ(0, ioctl(fd, QNET_IOC_CLIENT, &client));
	EXPECT_CLEAN(client);
	EXPECT_CLEAN(groups);
}

static void look(const struct nlmsghdr *hdr, void *arg)
{
	int *at = arg;

	if (*at == -1)
		*at = poison(hdr, hdr->nlmsg_len, ROW);
}

TEST_F_TIMEOUT(fresh, netlink, QT_TIMEOUT)
{
	static const int dumps[] = {
		QNET_CMD_NODE_GET, QNET_CMD_BEARER_GET, QNET_CMD_STATS_GET, QNET_CMD_PARAM_GET,
	};
	struct genl_msg msg;
	struct genl genl;
	int at = -1;
	size_t i;

	ASSERT_TRUE(genl_open(&genl));
	ASSERT_TRUE(genl_join(&genl));
	for (i = 0; i < ARRAY_SIZE(dumps); i++) {
		genl_begin(&genl, &msg, dumps[i], NLM_F_DUMP);
		EXPECT_EQ(0, genl_run(&genl, &msg, look, &at));
		EXPECT_EQ(-1, at) TH_LOG("command %d", dumps[i]);
	}
	genl_begin(&genl, &msg, QNET_CMD_VERSION_GET, 0);
	EXPECT_EQ(0, genl_run(&genl, &msg, look, &at));
	EXPECT_EQ(-1, at);
	ASSERT_EQ(0, qt_run(self->qt.client_ns, "qnetctl bearer del veth0"));
	EXPECT_TRUE(genl_event(&genl, QT_PATIENCE * 1000, look, &at));
	EXPECT_EQ(-1, at);
	genl_close(&genl);
}

TEST_HARNESS_MAIN
