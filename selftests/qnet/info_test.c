// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what a server learns of a message and of its client
 *
 * vm: timeout=90
 */
#include "qt_fixture.h"

#include <grp.h>
#include <sys/syscall.h>

#define NOBODY	65534

/* Receives into 10 bytes and gives the info back as the reply. */
static void info_server(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info, again;
	char buf[10];
	int rcvid;

	(void)arg;
	for (;;) {
		memset(&info, 0xff, sizeof(info));
		rcvid = MsgReceive(chid, buf, sizeof(buf), &info);
		QT_CHECK(qt, rcvid > 0);
		memset(&again, 0xff, sizeof(again));
		QT_CHECK(qt, MsgInfo(rcvid, &again) == 0);
		QT_CHECK(qt, memcmp(&info, &again, sizeof(info)) == 0);
		QT_CHECK(qt, MsgReply(rcvid, chid, &info, sizeof(info)) == 0);
		errno = 0;
		QT_CHECK(qt, MsgInfo(rcvid, &again) == -1 && errno == ESRCH);
		QT_CHECK(qt, MsgInfo_r(rcvid, &again) == ESRCH);
	}
}

QT_TEST(pair, message)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_SENDER_LEN | _NTO_CHF_REPLY_LEN,
					    info_server, NULL);
	int coid = qt_attach(&self->qt, server);
	struct _msg_info info;
	char out[3000] = "";

	memset(&info, 0x55, sizeof(info));
	ASSERT_EQ(server.chid, MsgSend(coid, out, sizeof(out), &info, sizeof(info)));
	EXPECT_EQ(self->qt.remote, info.nd != 0);
	EXPECT_EQ(self->qt.nd, info.srcnd);
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(1, info.tid);
	EXPECT_EQ(server.chid, info.chid);
	EXPECT_GT(info.scoid, 0);
	EXPECT_EQ(0, info.scoid & _NTO_SIDE_CHANNEL);
	EXPECT_EQ(coid, info.coid);
	EXPECT_EQ(10, info.priority);
	EXPECT_EQ(self->qt.remote ? _NTO_MI_REMOTE : 0, info.flags);
	EXPECT_EQ(10, info.msglen);
	EXPECT_EQ(3000, info.srcmsglen);
	EXPECT_EQ((int64_t)sizeof(info), info.dstmsglen);
	EXPECT_EQ(0, info.type_id);
	EXPECT_EQ(0, info.reserved);

	ASSERT_EQ(15, (qnet_setprio(15), qnet_getprio()));
	ASSERT_EQ(server.chid, MsgSend(coid, out, 3, &info, sizeof(info)));
	EXPECT_EQ(15, info.priority);
	EXPECT_EQ(3, info.msglen);
	EXPECT_EQ(3, info.srcmsglen);
}

struct other {
	struct qt *qt;
	int coid;
	struct _msg_info info;
};

static void *other_thread(void *arg)
{
	struct other *other = arg;

	QT_CHECK(other->qt, qnet_getprio() == 10);
	QT_CHECK(other->qt, MsgSend(other->coid, NULL, 0, &other->info, sizeof(other->info)) > 0);
	return NULL;
}

/* Threads are numbered from 1, processes have one scoid a channel however often they attach. */
QT_TEST(pair, thread)
{
	struct qt_server server = qt_server(&self->qt, 0, info_server, NULL);
	struct other other = { .qt = &self->qt };
	struct _msg_info info;
	pthread_t thread;
	int coid = qt_attach(&self->qt, server);

	qnet_setprio(20);
	ASSERT_LT(0, MsgSend(coid, NULL, 0, &info, sizeof(info)));
	other.coid = qt_attach(&self->qt, server);
	ASSERT_NE(coid, other.coid);
	ASSERT_EQ(0, pthread_create(&thread, NULL, other_thread, &other));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(1, info.tid);
	EXPECT_EQ(2, other.info.tid);
	EXPECT_EQ(info.pid, other.info.pid);
	EXPECT_EQ(info.scoid, other.info.scoid);
	EXPECT_EQ(other.coid, other.info.coid);
	EXPECT_EQ(10, other.info.priority);
}

static void tid_child(struct qt *qt, int chid, void *arg)
{
	struct qt_server *server = arg;
	struct _msg_info info;
	int coid = qt_attach(qt, *server);

	(void)chid;
	QT_CHECK(qt, MsgSend(coid, NULL, 0, &info, sizeof(info)) > 0);
	QT_CHECK(qt, info.tid == 1);
	QT_CHECK(qt, info.pid == getpid());
	QT_CHECK(qt, info.coid == coid);
}

/* A child's one thread is number 1 again, whichever thread it was forked by. */
static void *forking_thread(void *arg)
{
	struct qt *qt = ((struct qt **)arg)[0];
	struct qt_server *server = ((struct qt_server **)arg)[1];
	struct _msg_info info;
	int coid = qt_attach(qt, *server);
	pid_t pid;

	QT_CHECK(qt, MsgSend(coid, NULL, 0, &info, sizeof(info)) > 0);
	QT_CHECK(qt, info.tid == 2);
	pid = fork();
	if (pid == 0) {
		tid_child(qt, 0, server);
		_exit(0);
	}
	QT_CHECK(qt, pid > 0 && qt_reap(qt, pid) == 0);
	return NULL;
}

QT_TEST(pair, thread_after_fork)
{
	struct qt_server server = qt_server(&self->qt, 0, info_server, NULL);
	void *arg[2] = { &self->qt, &server };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, forking_thread, arg));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	ASSERT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, tid_child, &server)));
}

/* Says who its clients are; the message is how many groups to ask for. */
static void cred_server(struct qt *qt, int chid, void *arg)
{
	struct _client_info who;
	struct _msg_info info;
	int rcvid, ngroups;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, &ngroups, sizeof(ngroups), &info);
		QT_CHECK(qt, rcvid > 0);
		memset(&who, 0x77, sizeof(who));
		QT_CHECK(qt, ConnectClientInfo(info.scoid, &who, ngroups) == 0);
		QT_CHECK(qt, MsgReply(rcvid, 0, &who, sizeof(who)) == 0);
	}
}

static const gid_t groups[] = { 3, 70, 4000 };

/* The system calls: the C library would change all threads, and there is but one. */
static void become(struct qt *qt)
{
	QT_CHECK(qt, setgroups(3, groups) == 0);
	QT_CHECK(qt, syscall(SYS_setresgid, 1, 2, 3) == 0);
	QT_CHECK(qt, syscall(SYS_setresuid, 1001, 1002, 0) == 0);
}

static void check_cred(struct qt *qt, const struct _client_info *who)
{
	if (qt->remote) {
		QT_CHECK(qt, who->nd != 0);
		QT_CHECK(qt, who->flags & _NTO_CI_REMOTE);
		QT_CHECK(qt, who->cred.ruid == NOBODY && who->cred.euid == NOBODY);
		QT_CHECK(qt, who->cred.rgid == NOBODY && who->cred.egid == NOBODY);
		QT_CHECK(qt, who->cred.ngroups == 0);
		return;
	}
	QT_CHECK(qt, who->nd == 0 && who->flags == 0);
	QT_CHECK(qt, who->sid == getsid(0));
	QT_CHECK(qt, who->cred.ruid == 1001 && who->cred.euid == 1002 && who->cred.suid == 0);
	QT_CHECK(qt, who->cred.rgid == 1 && who->cred.egid == 2 && who->cred.sgid == 3);
	QT_CHECK(qt, who->cred.ngroups == 3);
}

static void cred_client(struct qt *qt, int chid, void *arg)
{
	struct qt_server *server = arg;
	struct _client_info who;
	int ngroups = NGROUPS_MAX;
	int coid;

	(void)chid;
	become(qt);
	coid = qt_attach(qt, *server);
	QT_CHECK(qt, coid > 0);
	QT_CHECK(qt, MsgSend(coid, &ngroups, sizeof(ngroups), &who, sizeof(who)) == 0);
	QT_CHECK(qt, who.pid == getpid());
	check_cred(qt, &who);
	if (!qt->remote)
		QT_CHECK(qt, memcmp(who.cred.grouplist, groups, sizeof(groups)) == 0);

	/* Room for one: all are counted, one is written. */
	ngroups = 1;
	QT_CHECK(qt, MsgSend(coid, &ngroups, sizeof(ngroups), &who, sizeof(who)) == 0);
	check_cred(qt, &who);
	QT_CHECK(qt, qt->remote || who.cred.grouplist[0] == groups[0]);
	QT_CHECK(qt, who.cred.grouplist[1] == 0x77777777);

	/* They are those of the attach. */
	QT_CHECK(qt, syscall(SYS_setresuid, -1, 0, -1) == 0);
	ngroups = 0;
	QT_CHECK(qt, MsgSend(coid, &ngroups, sizeof(ngroups), &who, sizeof(who)) == 0);
	check_cred(qt, &who);

	/* One's own, as they are now. */
	QT_CHECK(qt, ConnectClientInfo(-1, &who, 3) == 0);
	QT_CHECK(qt, who.nd == 0 && who.pid == getpid() && who.sid == getsid(0));
	QT_CHECK(qt, who.cred.ruid == 1001 && who.cred.euid == 0);
}

QT_TEST(pair, credentials)
{
	struct qt_server server = qt_server(&self->qt, 0, cred_server, NULL);
	pid_t pid = qt_client(&self->qt, cred_client, &server);

	EXPECT_EQ(0, qt_reap(&self->qt, pid));
}

QT_TEST(here, bad_scoid)
{
	struct _client_info who;
	int chid = ChannelCreate(0);
	int coid = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);

	ASSERT_GT(coid, 0);
	EXPECT_EQ(EINVAL, ConnectClientInfo_r(0, &who, 0));
	EXPECT_EQ(EINVAL, ConnectClientInfo_r(1, &who, 0));
	EXPECT_EQ(EINVAL, ConnectClientInfo_r(coid, &who, 0));
	EXPECT_EQ(EINVAL, ConnectClientInfo_r(INT_MAX, &who, 0));
	EXPECT_EQ(EINVAL, ConnectClientInfo_r(-2, &who, 0));
	EXPECT_EQ(EFAULT, ConnectClientInfo_r(-1, NULL, 0));
	errno = 0;
	EXPECT_EQ(-1, ConnectClientInfo(7, &who, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_HARNESS_MAIN
