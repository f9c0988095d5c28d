// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - bad pointers: EFAULT in the process whose pointer it is, ESRVRFAULT in a client whose
 * server's it was
 */
#include "qt_fixture.h"

#include <linux/qnet.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define BAD	((void *)8)
#define LARGE	(300 << 10)

enum { GO };

/* Memory that ends where it is half used. */
static char *cut_buffer(size_t good, size_t bad)
{
	char *map = mmap(NULL, good + bad, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || munmap(map + good, bad))
		return NULL;
	memset(map, 0x22, good);
	return map;
}

/* The client's send buffer: its MsgSend() fails, the server hears nothing and goes on waiting. */
QT_TEST(pair, send_buffer)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server), i;
	char *half = cut_buffer(LARGE, LARGE);
	char in[8];
	iov_t iov[2];

	ASSERT_NE(NULL, half);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, BAD, 1, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, BAD, 4096, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, BAD, LARGE, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, NULL, 5, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, half + LARGE - 10, 20, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, half + LARGE - 4096, 8192, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, half, LARGE + 1, in, 8));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, half, 2 * LARGE, in, 8));
		SETIOV(&iov[0], "good", 4);
		SETIOV(&iov[1], BAD, 10);
		EXPECT_EQ(-EFAULT, MsgSendvs_r(coid, iov, 2, in, 8));
		SETIOV(&iov[0], half, LARGE);
		EXPECT_EQ(-EFAULT, MsgSendvs_r(coid, iov, 2, in, 8));
		EXPECT_EQ(-EFAULT, MsgSendv_r(coid, BAD, 2, iov, 0));
		EXPECT_EQ(-EFAULT, MsgSendv_r(coid, iov, 0, BAD, 2));
		errno = 0;
		EXPECT_EQ(-1, MsgSend(coid, BAD, 10, in, 8));
		EXPECT_EQ(EFAULT, errno);
		ASSERT_EQ((long)qt_sum("fine", 4), MsgSend(coid, "fine", 4, in, 8));
	}
}

/* An echo whose clients may be gone when it answers. */
static void tolerant_echo(struct qt *qt, int chid, void *arg)
{
	char *buf = malloc(LARGE);
	struct _msg_info info;
	int rcvid, err;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, buf, LARGE, &info);
		QT_CHECK(qt, rcvid > 0);
		err = MsgReply_r(rcvid, (long)qt_sum(buf, (size_t)info.msglen), buf,
				 (size_t)info.msglen);
		QT_CHECK(qt, err == 0 || err == -EFAULT || err == -ESRCH);
	}
}

/* The client's reply buffer: its own fault, and the server goes on. */
QT_TEST(pair, reply_buffer)
{
	static const size_t lengths[] = { 1, 100, 4096, 70000, LARGE };
	struct qt_server server = qt_server(&self->qt, 0, tolerant_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	char *half = cut_buffer(LARGE, LARGE), *out = calloc(1, 2 * LARGE);
	char *constant = mmap(NULL, LARGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char in[8];
	size_t i;

	ASSERT_NE(NULL, half);
	ASSERT_NE(MAP_FAILED, constant);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, out, lengths[i], BAD, lengths[i]));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, out, lengths[i], constant, lengths[i]));
		EXPECT_EQ(-EFAULT, MsgSend_r(coid, out, lengths[i], half + LARGE - lengths[i] + 1,
					     lengths[i]));
		/* Room that is never used does no harm. */
		EXPECT_EQ((long)qt_sum(out, lengths[i]),
			  MsgSend(coid, out, lengths[i], half + LARGE - lengths[i],
				  lengths[i] + 1000));
		ASSERT_EQ((long)qt_sum("fine", 4), MsgSend(coid, "fine", 4, in, 8));
	}
	free(out);
}

/* The server's buffers, one after another; the last message is received well. */
static bool faults(int err)
{
	return err == -EFAULT || err == -ESRVRFAULT;
}

static void faulting_receiver(struct qt *qt, int chid, void *arg)
{
	char *half = cut_buffer(4096, 4096), buf[100];
	struct _msg_info info;
	iov_t iov[2];
	int rcvid;

	(void)arg;
	QT_CHECK(qt, half);
	QT_CHECK(qt, MsgReceive_r(chid, BAD, 100, NULL) == -EFAULT);
	QT_CHECK(qt, MsgReceive_r(chid, half + 4090, 100, NULL) == -EFAULT);
	SETIOV(&iov[0], buf, 5);
	SETIOV(&iov[1], BAD, 100);
	QT_CHECK(qt, MsgReceivev_r(chid, iov, 2, NULL) == -EFAULT);
	QT_CHECK(qt, MsgReceive_r(chid, buf, 100, BAD) == -EFAULT);
	QT_CHECK(qt, MsgReceivev_r(chid, BAD, 2, NULL) == -EFAULT);
	QT_CHECK(qt, MsgReceivePulse_r(chid, BAD, 100, NULL) == -EFAULT);
	rcvid = MsgReceive(chid, buf, 100, &info);
	QT_CHECK(qt, rcvid > 0 && info.msglen == 50);
	QT_CHECK(qt, MsgInfo_r(rcvid, BAD) == EFAULT);
	QT_CHECK(qt, MsgInfo_r(rcvid, NULL) == EFAULT);
	QT_CHECK(qt, faults((int)MsgRead_r(rcvid, BAD, 10, 0)));
	QT_CHECK(qt, faults((int)MsgRead_r(rcvid, half + 4090, 30, 0)));
	QT_CHECK(qt, faults((int)MsgReadv_r(rcvid, BAD, 2, 0)));
	QT_CHECK(qt, faults((int)MsgWrite_r(rcvid, BAD, 10, 0)));
	QT_CHECK(qt, faults((int)MsgWritev_r(rcvid, BAD, 2, 0)));
	QT_CHECK(qt, MsgReply(rcvid, 50, NULL, 0) == 0);
}

QT_TEST(pair, receive_buffer)
{
	struct qt_server server = qt_server(&self->qt, 0, faulting_receiver, NULL);
	int coid = qt_attach(&self->qt, server), i;
	char out[50] = "", in[50];

	for (i = 0; i < 4; i++)
		EXPECT_EQ(-ESRVRFAULT, MsgSend_r(coid, out, sizeof(out), in, sizeof(in)))
			TH_LOG("round %d", i);
	/* A vector that cannot be read takes no message; a pulse that finds no room is lost. */
	EXPECT_EQ(0, MsgSendPulse(coid, 10, 1, 1));
	EXPECT_EQ(50, MsgSend(coid, out, sizeof(out), in, sizeof(in)));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* The receive call's own argument cannot be written: nobody knows the rcvid, so nobody waits. */
static void constant_receiver(struct qt *qt, int chid, void *arg)
{
	struct qnet_ioc_receive *req = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int family = QNET_FAMILY_DEFAULT, fd;
	FILE *file = fopen("/sys/module/qnet/parameters/family", "re");

	(void)arg;
	QT_CHECK(qt, file && fscanf(file, "%d", &family) == 1);
	fclose(file);
	fd = socket(family, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	QT_CHECK(qt, fd >= 0 && req != MAP_FAILED);
	*req = (struct qnet_ioc_receive){
		.call = { .tid = 1, .priority = 10 },
		.chid = chid,
	};
	QT_CHECK(qt, mprotect(req, 4096, PROT_READ) == 0);
	QT_CHECK(qt, ioctl(fd, QNET_IOC_RECEIVE, req) == -1 && errno == EFAULT);
	qt_wait(qt, GO, 1);
}

QT_TEST(pair, receive_argument)
{
	struct qt_server server = qt_server(&self->qt, 0, constant_receiver, NULL);

	EXPECT_EQ(-ESRVRFAULT, MsgSend_r(qt_attach(&self->qt, server), "x", 1, NULL, 0));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

static void faulting_replier(struct qt *qt, int chid, void *arg)
{
	char *half = cut_buffer(LARGE, LARGE);
	struct _msg_info info;
	size_t which;
	iov_t iov[2];
	int rcvid, i;

	(void)arg;
	for (i = 0; i < 5; i++) {
		rcvid = MsgReceive(chid, &which, sizeof(which), &info);
		QT_CHECK(qt, rcvid > 0);
		SETIOV(&iov[0], half, 5);
		SETIOV(&iov[1], BAD, 100);
		switch (which) {
		case 0:
			QT_CHECK(qt, faults(MsgReply_r(rcvid, 0, BAD, 100)));
			break;
		case 1:
			QT_CHECK(qt, faults(MsgReply_r(rcvid, 0, half, LARGE + 100)));
			break;
		case 2:
			QT_CHECK(qt, faults(MsgReplyv_r(rcvid, 0, iov, 2)));
			break;
		case 3:
			QT_CHECK(qt, faults(MsgReplyv_r(rcvid, 0, BAD, 2)));
			break;
		default:
			QT_CHECK(qt, MsgReply(rcvid, 9, half, 10) == 0);
			break;
		}
		/* The client was told; nobody is left to tell. */
		QT_CHECK(qt, MsgReply_r(rcvid, 0, NULL, 0) == -ESRCH);
	}
}

QT_TEST(pair, servers_reply)
{
	struct qt_server server = qt_server(&self->qt, 0, faulting_replier, NULL);
	int coid = qt_attach(&self->qt, server);
	char *in = malloc(2 * LARGE);
	size_t i;

	for (i = 0; i < 4; i++)
		EXPECT_EQ(-ESRVRFAULT, MsgSend_r(coid, &i, sizeof(i), in, 2 * LARGE))
			TH_LOG("case %zu", i);
	EXPECT_EQ(9, MsgSend_r(coid, &i, sizeof(i), in, 2 * LARGE));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
	free(in);
}

#define LATE	(4 << 20)	/* more than is pinned at a time */

/* The client's memory goes away after it was sent, before it is read. */
static void late_reader(struct qt *qt, int chid, void *arg)
{
	char *buf = malloc(LATE);
	ssize_t got;
	int rcvid;

	(void)arg;
	rcvid = MsgReceive(chid, buf, 16, NULL);
	QT_CHECK(qt, rcvid > 0);
	qt_mark(qt, GO);
	QT_CHECK(qt, qt_wait(qt, GO, 2));
	/* Part of it may have been at hand; what is not, is not made up. */
	got = MsgRead_r(rcvid, buf, LATE, 0);
	QT_CHECK(qt, got == -ESRCH || got == -EFAULT);
	rcvid = MsgReceive(chid, buf, 16, NULL);
	QT_CHECK(qt, rcvid > 0);
	QT_CHECK(qt, MsgReply(rcvid, 1, NULL, 0) == 0);
	free(buf);
}

QT_TEST(pair, unmapped_while_blocked)
{
	struct qt_server server = qt_server(&self->qt, 0, late_reader, NULL);
	char *out = mmap(NULL, LATE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct qt_send send = { .coid = qt_attach(&self->qt, server), .out = out,
				.out_len = LATE };

	ASSERT_NE(MAP_FAILED, out);
	ASSERT_TRUE(qt_send_start(&send));
	ASSERT_TRUE(qt_wait(&self->qt, GO, 1));
	ASSERT_EQ(0, munmap(out + LATE / 2, LATE / 2));
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(qt_send_join(&send));
	EXPECT_EQ(-1, send.status);
	EXPECT_EQ(EFAULT, send.err);
	EXPECT_EQ(1, MsgSend(send.coid, "x", 1, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

TEST_HARNESS_MAIN
