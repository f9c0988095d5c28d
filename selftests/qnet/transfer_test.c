// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - MsgRead() and MsgWrite(): any part of a message while its client waits
 *
 * vm: timeout=120
 */
#include "qt_fixture.h"

#define SMALL	3000
#define MIDDLE	200000
#define LARGE	((3 << 20) + 77)

/* Receives 16 bytes of the message and reads the rest here and there. */
static void reader(struct qt *qt, int chid, void *arg)
{
	size_t len = *(size_t *)arg;
	char *want = malloc(len), *buf = malloc(len + 64);
	struct _msg_info info;
	size_t offset, n, step;
	ssize_t got;
	int rcvid;

	qt_fill(want, len, 21);
	rcvid = MsgReceive(chid, buf, 16, &info);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, info.msglen == 16 && info.srcmsglen == (int64_t)len);
	QT_CHECK(qt, memcmp(buf, want, 16) == 0);

	/* Back to front, so that no order is relied on. */
	step = len / 7 + 1;
	for (offset = (len / step) * step;; offset -= step) {
		n = len - offset < step ? len - offset : step;
		memset(buf, 0, step);
		got = MsgRead(rcvid, buf, step, offset);
		QT_CHECK(qt, got == (ssize_t)n);
		QT_CHECK(qt, memcmp(buf, want + offset, n) == 0);
		if (!offset)
			break;
	}
	/* The whole, twice: it is not used up. */
	QT_CHECK(qt, MsgRead(rcvid, buf, len + 64, 0) == (ssize_t)len);
	QT_CHECK(qt, memcmp(buf, want, len) == 0);
	QT_CHECK(qt, MsgRead(rcvid, buf, len, 0) == (ssize_t)len);

	/* At the end, and past it. */
	QT_CHECK(qt, MsgRead(rcvid, buf, 64, len - 1) == 1);
	QT_CHECK(qt, buf[0] == want[len - 1]);
	QT_CHECK(qt, MsgRead(rcvid, buf, 64, len) == 0);
	QT_CHECK(qt, MsgRead(rcvid, buf, 64, len + 1000) == 0);
	QT_CHECK(qt, MsgRead(rcvid, buf, 64, SIZE_MAX / 2) == 0);
	QT_CHECK(qt, MsgRead(rcvid, buf, 0, 0) == 0);

	QT_CHECK(qt, MsgReply(rcvid, 5, NULL, 0) == 0);
	errno = 0;
	QT_CHECK(qt, MsgRead(rcvid, buf, 16, 0) == -1 && errno == ESRCH);
	QT_CHECK(qt, MsgRead_r(rcvid, buf, 16, 0) == -ESRCH);
	free(want);
	free(buf);
}

static void read_length(struct __test_metadata *_metadata, struct qt *qt, size_t len)
{
	struct qt_server server = qt_server(qt, 0, reader, &len);
	int coid = qt_attach(qt, server);
	char *out = malloc(len);

	qt_fill(out, len, 21);
	EXPECT_EQ(5, MsgSend(coid, out, len, NULL, 0));
	EXPECT_EQ(0, qt_reap(qt, server.pid));
	free(out);
}

QT_TEST(pair, read_small)
{
	read_length(_metadata, &self->qt, SMALL);
}

QT_TEST(pair, read_middle)
{
	read_length(_metadata, &self->qt, MIDDLE);
}

/* More than is pinned at a time. */
QT_TEST(pair, read_large)
{
	read_length(_metadata, &self->qt, LARGE);
}

/* Writes the reply in pieces, last piece first. */
static void writer(struct qt *qt, int chid, void *arg)
{
	size_t len = *(size_t *)arg;
	size_t offset, n, step = len / 5 + 1;
	char *want = malloc(len + 64);
	struct _msg_info info;
	int rcvid;

	qt_fill(want, len + 64, 22);
	rcvid = MsgReceive(chid, NULL, 0, &info);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, info.dstmsglen == (int64_t)len);
	for (offset = (len / step) * step;; offset -= step) {
		n = len - offset < step ? len - offset : step;
		QT_CHECK(qt, MsgWrite(rcvid, want + offset, n, offset) == (ssize_t)n);
		if (!offset)
			break;
	}
	/* Only what there is room for. */
	QT_CHECK(qt, MsgWrite(rcvid, want + len - 2, 64, len - 2) == 2);
	QT_CHECK(qt, MsgWrite(rcvid, want, 64, len) == 0);
	QT_CHECK(qt, MsgWrite(rcvid, want, 64, len + 5) == 0);
	QT_CHECK(qt, MsgWrite(rcvid, want, 0, 0) == 0);
	QT_CHECK(qt, MsgReply(rcvid, 6, NULL, 0) == 0);
	errno = 0;
	QT_CHECK(qt, MsgWrite(rcvid, want, 1, 0) == -1 && errno == ESRCH);
	QT_CHECK(qt, MsgWrite_r(rcvid, want, 1, 0) == -ESRCH);
	free(want);
}

static void write_length(struct __test_metadata *_metadata, struct qt *qt, size_t len)
{
	struct qt_server server = qt_server(qt, 0, writer, &len);
	int coid = qt_attach(qt, server);
	char *in = calloc(1, len + 1);

	in[len] = 0x11;
	EXPECT_EQ(6, MsgSend(coid, NULL, 0, in, len));
	EXPECT_TRUE(qt_filled(in, len, 22));
	EXPECT_EQ(0x11, in[len]);
	EXPECT_EQ(0, qt_reap(qt, server.pid));
	free(in);
}

QT_TEST(pair, write_small)
{
	write_length(_metadata, &self->qt, SMALL);
}

QT_TEST(pair, write_middle)
{
	write_length(_metadata, &self->qt, MIDDLE);
}

QT_TEST(pair, write_large)
{
	write_length(_metadata, &self->qt, LARGE);
}

/* In parts, then a reply over the beginning of what was written. */
static void vectors(struct qt *qt, int chid, void *arg)
{
	char a[100], b[100], c[1000];
	iov_t iov[3];
	int rcvid;

	(void)arg;
	rcvid = MsgReceive(chid, NULL, 0, NULL);
	QT_CHECK(qt, rcvid > 0);
	SETIOV(&iov[0], a, 33);
	SETIOV(&iov[1], b, 0);
	SETIOV(&iov[2], c, 967);
	QT_CHECK(qt, MsgReadv(rcvid, iov, 3, 500) == 1000);
	QT_CHECK(qt, MsgWritev(rcvid, iov, 3, 100) == 1000);
	QT_CHECK(qt, MsgReply(rcvid, 0, "0123456789", 10) == 0);
}

QT_TEST(pair, parts)
{
	struct qt_server server = qt_server(&self->qt, 0, vectors, NULL);
	int coid = qt_attach(&self->qt, server);
	char out[2000], in[2000];

	qt_fill(out, sizeof(out), 23);
	memset(in, 0x11, sizeof(in));
	ASSERT_EQ(0, MsgSend(coid, out, sizeof(out), in, sizeof(in)));
	EXPECT_EQ(0, memcmp(in, "0123456789", 10));
	EXPECT_EQ(0x11, in[99]);
	EXPECT_EQ(0, memcmp(in + 100, out + 500, 1000));
	EXPECT_EQ(0x11, in[1100]);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

TEST_HARNESS_MAIN
