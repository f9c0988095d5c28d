// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - send, receive, reply: every length, in parts, cut short, and what the server says
 *
 * vm: timeout=180
 */
#include "qt_fixture.h"

#define BIG	((5 << 20) + 13)

static const size_t lengths[] = {
	0, 1, 2, 3, 7, 8, 24, 63, 64, 255, 1400, 1499, 1500, 1501, 3000, 4000, 4095, 4096, 4097,
	8191, 8192, 8193, 16384, 40000, 65535, 65536, 65537, 100000, 262144, (1 << 20) - 1,
	1 << 20, (1 << 20) + 1, 3 << 20, BIG,
};

/* Sends @len bytes and checks that they came back turned over. */
static bool echo_once(int coid, char *out, char *in, size_t len)
{
	long status;

	qt_fill(out, len, (unsigned int)len + 1);
	memset(in, 0x11, len + 1);
	status = MsgSend(coid, out, len, in, len);
	if (status != (long)qt_sum(out, len))
		return false;
	qt_turn(in, len);
	return qt_filled(in, len, (unsigned int)len + 1) && in[len] == 0x11;
}

QT_TEST(pair, lengths)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	char *out = malloc(BIG + 1), *in = malloc(BIG + 1);
	size_t i;

	ASSERT_GT(coid, 0);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		/* a debug kernel takes a minute for these, frame by frame */
		if (variant->remote && lengths[i] > 1 << 20 && qt_rounds(10) < 10)
			continue;
		ASSERT_TRUE(echo_once(coid, out, in, lengths[i]))
			TH_LOG("length %zu, errno %d", lengths[i], errno);
	}
	EXPECT_EQ(0, ConnectDetach(coid));
	free(out);
	free(in);
}

/* Buffers that begin anywhere in a page and end anywhere in another. */
QT_TEST(pair, unaligned)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	char *out = malloc(200000), *in = malloc(200000);
	size_t i, len;

	for (i = 0; i < 40; i++) {
		len = 1 + (i * 4241) % 130000;
		ASSERT_TRUE(echo_once(coid, out + i * 37, in + i * 101, len))
			TH_LOG("length %zu, errno %d", len, errno);
	}
	free(out);
	free(in);
}

/* Cuts [buf, buf + len) into parts of odd lengths, some of them empty; how many. */
static size_t cut(iov_t *iov, size_t max, char *buf, size_t len, unsigned int seed)
{
	size_t parts = 0, n;

	while (len && parts < max - 1) {
		seed = seed * 1103515245 + 12345;
		n = (seed >> 16) % 5 == 0 ? 0 : 1 + (seed >> 8) % 3001;
		if (n > len)
			n = len;
		SETIOV(&iov[parts], buf, n);
		parts++;
		buf += n;
		len -= n;
	}
	SETIOV(&iov[parts], buf, len);
	return parts + 1;
}

#define PARTS 64

/* Receives into and replies from parts; the whole is what qt_echo() would say. */
static void echo_parts(struct qt *qt, int chid, void *arg)
{
	size_t size = *(size_t *)arg;
	char *buf = malloc(size);
	struct _msg_info info;
	iov_t iov[PARTS];
	unsigned int seed;
	uint32_t sum;
	int rcvid;

	for (seed = 1;; seed++) {
		rcvid = MsgReceivev(chid, iov, cut(iov, PARTS, buf, size, seed), &info);
		QT_CHECK(qt, rcvid > 0);
		QT_CHECK(qt, info.msglen == info.srcmsglen);
		sum = qt_sum(buf, (size_t)info.msglen);
		qt_turn(buf, (size_t)info.msglen);
		QT_CHECK(qt, MsgReplyv(rcvid, sum, iov,
				       cut(iov, PARTS, buf, (size_t)info.msglen, seed + 7)) == 0);
	}
}

QT_TEST(pair, parts)
{
	static size_t size = 70000;
	struct qt_server server = qt_server(&self->qt, 0, echo_parts, &size);
	int coid = qt_attach(&self->qt, server);
	char *out = malloc(size), *in = malloc(size);
	iov_t siov[PARTS], riov[PARTS];
	size_t len, sparts, rparts;
	unsigned int seed;
	long status;

	for (seed = 1; seed < 32; seed++) {
		len = seed * 2203 % size;
		qt_fill(out, len, seed);
		memset(in, 0, len);
		sparts = cut(siov, PARTS, out, len, seed + 100);
		rparts = cut(riov, PARTS, in, len, seed + 200);
		switch (seed % 4) {
		case 0:
			status = MsgSendv(coid, siov, sparts, riov, rparts);
			break;
		case 1:
			status = MsgSendvs(coid, siov, sparts, in, len);
			break;
		case 2:
			status = MsgSendsv(coid, out, len, riov, rparts);
			break;
		default:
			status = MsgSend(coid, out, len, in, len);
			break;
		}
		ASSERT_EQ((long)qt_sum(out, len), status)
			TH_LOG("length %zu, errno %d", len, errno);
		qt_turn(in, len);
		ASSERT_TRUE(qt_filled(in, len, seed));
	}
	free(out);
	free(in);
}

QT_TEST(pair, nc_forms)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	char out[100], in[100];
	long sum;
	iov_t siov, riov;

	qt_fill(out, sizeof(out), 3);
	sum = qt_sum(out, sizeof(out));
	SETIOV(&siov, out, sizeof(out));
	SETIOV(&riov, in, sizeof(in));
	EXPECT_EQ(sum, MsgSendnc(coid, out, sizeof(out), in, sizeof(in)));
	EXPECT_EQ(sum, MsgSendvnc(coid, &siov, 1, &riov, 1));
	EXPECT_EQ(sum, MsgSendsvnc(coid, out, sizeof(out), &riov, 1));
	EXPECT_EQ(sum, MsgSendvsnc(coid, &siov, 1, in, sizeof(in)));
	EXPECT_EQ(sum, MsgSend_r(coid, out, sizeof(out), in, sizeof(in)));
	EXPECT_EQ(sum, MsgSendv_r(coid, &siov, 1, &riov, 1));
	errno = 1234;
	EXPECT_EQ(-EBADF, MsgSend_r(-1, out, sizeof(out), in, sizeof(in)));
	EXPECT_EQ(1234, errno);
}

/* A server with a small buffer, which also says more than its client has room for. */
static void short_server(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	char buf[256];
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, buf, 100, &info);
		QT_CHECK(qt, rcvid > 0);
		QT_CHECK(qt, info.srcmsglen == 5000 || info.srcmsglen == 300);
		QT_CHECK(qt, info.msglen == 100);
		QT_CHECK(qt, info.dstmsglen == 10);
		QT_CHECK(qt, qt_filled(buf, 100, 77));
		qt_fill(buf, sizeof(buf), 78);
		QT_CHECK(qt, MsgReply(rcvid, 0, buf, sizeof(buf)) == 0);
	}
}

QT_TEST(pair, cut_short)
{
	struct qt_server server = qt_server(&self->qt, 0, short_server, NULL);
	int coid = qt_attach(&self->qt, server);
	/* the reply is longer than the bytes at hand of the first, and shorter than the second */
	const size_t lengths[] = { 5000, 300 };
	char out[5000], in[300];
	size_t i;

	qt_fill(out, sizeof(out), 77);
	for (i = 0; i < 2; i++) {
		memset(in, 0x11, sizeof(in));
		EXPECT_EQ(0, MsgSend(coid, out, lengths[i], in, 10));
		EXPECT_TRUE(qt_filled(in, 10, 78));
		EXPECT_EQ(0x11, in[10]);
	}
}

QT_TEST(pair, same_buffer)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	size_t size = 300000;
	char *buf = malloc(size);
	long sum;

	qt_fill(buf, size, 5);
	sum = qt_sum(buf, size);
	ASSERT_EQ(sum, MsgSend(coid, buf, size, buf, size));
	qt_turn(buf, size);
	EXPECT_TRUE(qt_filled(buf, size, 5));

	/* Overlapping, and the reply longer than the window. */
	ASSERT_EQ(qt_sum(buf, 1000), (uint32_t)MsgSend(coid, buf, 1000, buf + 100, 1000));
	qt_turn(buf + 100, 1000);
	EXPECT_TRUE(qt_filled(buf + 100, 1000, 5));
	free(buf);
}

QT_TEST(pair, ping)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);

	EXPECT_EQ((long)qt_sum(NULL, 0), MsgSend(coid, NULL, 0, NULL, 0));
	EXPECT_EQ((long)qt_sum(NULL, 0), MsgSendv(coid, NULL, 0, NULL, 0));
}

/* The status is any long, the error any errno: the server says what it is told. */
struct verdict {
	long status;
	int error;
};

static void say_server(struct qt *qt, int chid, void *arg)
{
	struct verdict verdict;
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, &verdict, sizeof(verdict), NULL);
		QT_CHECK(qt, rcvid > 0);
		if (verdict.error >= 0)
			QT_CHECK(qt, MsgError(rcvid, verdict.error) == 0);
		else
			QT_CHECK(qt, MsgReply(rcvid, verdict.status, NULL, 0) == 0);
	}
}

QT_TEST(pair, status)
{
	static const long statuses[] = { 0, 1, -1, -2, -EINVAL, INT_MAX, INT_MIN, LONG_MAX,
					 LONG_MIN, LONG_MAX / 7 };
	struct qt_server server = qt_server(&self->qt, 0, say_server, NULL);
	int coid = qt_attach(&self->qt, server);
	struct verdict verdict = { .error = -1 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		verdict.status = statuses[i];
		errno = 4321;
		EXPECT_EQ(statuses[i], MsgSend(coid, &verdict, sizeof(verdict), NULL, 0));
		EXPECT_EQ(4321, errno);
	}
}

QT_TEST(pair, error)
{
	static const int errors[] = { 1, EPERM, ENOENT, EINTR, EINVAL, ESRCH, ETIMEDOUT, ENOTTY,
				      EBADF, ENOTSUP, ESRVRFAULT, ENOREMOTE, EBADFSYS, 4095 };
	struct qt_server server = qt_server(&self->qt, 0, say_server, NULL);
	int coid = qt_attach(&self->qt, server);
	struct verdict verdict = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		verdict.error = errors[i];
		errno = 0;
		EXPECT_EQ(-1, MsgSend(coid, &verdict, sizeof(verdict), NULL, 0));
		EXPECT_EQ(errors[i], errno);
		EXPECT_EQ(-errors[i], MsgSend_r(coid, &verdict, sizeof(verdict), NULL, 0));
	}
	verdict.error = EOK;
	EXPECT_EQ(0, MsgSend(coid, &verdict, sizeof(verdict), NULL, 0));
}

/* What tells the client's kernel to make the call again is not a server's to say. */
QT_TEST(pair, error_of_the_kernel)
{
	struct qt_server server = qt_server(&self->qt, 0, say_server, NULL);
	int coid = qt_attach(&self->qt, server);
	struct verdict verdict = { 0 };

	for (verdict.error = 511; verdict.error <= 531; verdict.error++) {
		bool inside = verdict.error > 511 && verdict.error < 531;

		EXPECT_EQ(inside ? -EPROTO : -verdict.error,
			  MsgSend_r(coid, &verdict, sizeof(verdict), NULL, 0));
	}
}

/* ERESTART: the client's library sends the same message again. */
static void restart_server(struct qt *qt, int chid, void *arg)
{
	char buf[3000];
	int rcvid, i;

	(void)arg;
	for (i = 0;; i++) {
		rcvid = MsgReceive(chid, buf, sizeof(buf), NULL);
		QT_CHECK(qt, rcvid > 0);
		QT_CHECK(qt, qt_filled(buf, sizeof(buf), 9));
		if (i < 3)
			QT_CHECK(qt, MsgError(rcvid, ERESTART) == 0);
		else
			QT_CHECK(qt, MsgReply(rcvid, i, NULL, 0) == 0);
	}
}

QT_TEST(pair, restart)
{
	struct qt_server server = qt_server(&self->qt, 0, restart_server, NULL);
	int coid = qt_attach(&self->qt, server);
	char buf[3000];

	qt_fill(buf, sizeof(buf), 9);
	EXPECT_EQ(3, MsgSend(coid, buf, sizeof(buf), NULL, 0));
	EXPECT_EQ(4, MsgSend(coid, buf, sizeof(buf), NULL, 0));
}

/* Any order of replies, by MsgReplyReceive() and by MsgReply(). */
static void loop_server(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	char buf[4096];
	int rcvid = 0;
	long n = 0;

	(void)arg;
	for (;;) {
		rcvid = MsgReplyReceive(chid, rcvid, n++, buf, (size_t)(rcvid ? info.msglen : 0),
					buf, sizeof(buf), &info);
		QT_CHECK(qt, rcvid > 0);
		qt_turn(buf, (size_t)info.msglen);
	}
}

QT_TEST(pair, reply_receive)
{
	struct qt_server server = qt_server(&self->qt, 0, loop_server, NULL);
	int coid = qt_attach(&self->qt, server);
	char out[4096], in[4096];
	long i;

	for (i = 1; i <= 300; i++) {
		size_t len = (size_t)(i * 53 % 4097);

		qt_fill(out, len, (unsigned int)i);
		ASSERT_EQ(i, MsgSend(coid, out, len, in, len));
		qt_turn(in, len);
		ASSERT_TRUE(qt_filled(in, len, (unsigned int)i));
	}
}

/* A reply that fails receives nothing; the next round, with no rcvid, does. */
static void stale_loop_server(struct qt *qt, int chid, void *arg)
{
	char byte;
	int rcvid;

	(void)arg;
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, MsgReply(rcvid, 1, NULL, 0) == 0);
	errno = 0;
	QT_CHECK(qt, MsgReplyReceive(chid, rcvid, 2, NULL, 0, &byte, 1, NULL) == -1);
	QT_CHECK(qt, errno == ESRCH);
	rcvid = MsgReplyReceive(chid, 0, 0, NULL, 0, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, MsgReply(rcvid, 3, NULL, 0) == 0);
}

QT_TEST(pair, reply_receive_stale)
{
	struct qt_server server = qt_server(&self->qt, 0, stale_loop_server, NULL);
	int coid = qt_attach(&self->qt, server);

	EXPECT_EQ(1, MsgSend(coid, "a", 1, NULL, 0));
	EXPECT_EQ(3, MsgSend(coid, "b", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* One reply is answered by another thread than the one that received. */
struct other {
	struct qt *qt;
	int rcvid;
};

static void *other_thread(void *arg)
{
	struct other *other = arg;

	QT_CHECK(other->qt, MsgReply(other->rcvid, 42, "yes", 3) == 0);
	return NULL;
}

static void other_server(struct qt *qt, int chid, void *arg)
{
	struct other other = { .qt = qt };
	pthread_t thread;

	(void)arg;
	other.rcvid = MsgReceive(chid, NULL, 0, NULL);
	QT_CHECK(qt, other.rcvid > 0);
	QT_CHECK(qt, pthread_create(&thread, NULL, other_thread, &other) == 0);
	QT_CHECK(qt, pthread_join(thread, NULL) == 0);
}

QT_TEST(pair, reply_by_other_thread)
{
	struct qt_server server = qt_server(&self->qt, 0, other_server, NULL);
	int coid = qt_attach(&self->qt, server);
	char in[4] = "";

	EXPECT_EQ(42, MsgSend(coid, NULL, 0, in, sizeof(in)));
	EXPECT_STREQ("yes", in);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

TEST_HARNESS_MAIN
