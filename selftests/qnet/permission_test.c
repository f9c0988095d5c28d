// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - who may: private channels, pulses to other users, priorities, how much a user may have
 */
#define _GNU_SOURCE
#include "qt_fixture.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/qnet.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define PARAMETERS "/sys/module/qnet/parameters/"

enum { GO, READY };

static void become(struct qt *qt, uid_t uid)
{
	QT_CHECK(qt, setgroups(0, NULL) == 0);
	QT_CHECK(qt, setresgid(uid, uid, uid) == 0);
	QT_CHECK(qt, setresuid(uid, uid, uid) == 0);
}

struct who {
	struct qt_server server;
	uid_t uid;
	int pulse_err;
	int attach_err;
};

static void any_client(struct qt *qt, int chid, void *arg)
{
	struct who *who = arg;
	int coid;

	(void)chid;
	become(qt, who->uid);
	coid = ConnectAttach_r(0, who->server.pid, who->server.chid, _NTO_SIDE_CHANNEL, 0);
	QT_CHECK(qt, who->attach_err ? coid == -who->attach_err : coid > 0);
	if (who->attach_err)
		return;
	/* Anyone may send: the server sees who it is. */
	QT_CHECK(qt, MsgSend(coid, "m", 1, NULL, 0) == (long)qt_sum("m", 1));
	QT_CHECK(qt, MsgSendPulse_r(coid, 10, 1, 1) == who->pulse_err);
}

static void user_echo(struct qt *qt, int chid, void *arg)
{
	(void)chid;
	become(qt, *(uid_t *)arg);
	chid = ChannelCreate(0);
	QT_CHECK(qt, chid == 2);
	qt_mark(qt, READY);
	qt_echo(qt, chid, NULL);
}

/* A pulse needs what kill() needs. */
QT_TEST(here, pulses)
{
	static uid_t uid = 1500;
	struct who who = { .server = qt_server(&self->qt, 0, qt_echo, NULL) };

	who.uid = 1500;
	who.pulse_err = EPERM;
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));
	who.uid = 0;
	who.pulse_err = 0;
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));

	who.server = qt_server(&self->qt, 0, user_echo, &uid);
	who.server.chid = 2;
	ASSERT_TRUE(qt_wait(&self->qt, READY, 1));
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));
	who.uid = 1500;
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));
	who.uid = 1501;
	who.pulse_err = EPERM;
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));
}

/* The first process here is in a pid namespace of its own: who made that has no pid there. */
static void unseen(struct qt *qt, int chid, void *arg)
{
	int status;
	pid_t pid;

	(void)chid;
	(void)arg;
	QT_CHECK(qt, unshare(CLONE_NEWNET | CLONE_NEWPID) == 0);
	pid = fork();
	if (!pid) {
		QT_CHECK(qt, ChannelCreate_r(0) > 0);
		qt_mark(qt, READY);
		QT_CHECK(qt, qt_wait(qt, GO, 1));
		_exit(0);
	}
	QT_CHECK(qt, qt_wait(qt, READY, 1));
	QT_CHECK(qt, ChannelCreate_r(0) == -EPERM);
	qt_mark(qt, GO);
	QT_CHECK(qt, waitpid(pid, &status, 0) == pid && !status);
	QT_CHECK(qt, ChannelCreate_r(0) > 0);
}

QT_TEST(here, unseen)
{
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, unseen, NULL)));
}

/* Not even root attaches to another process's private channel. */
QT_TEST(here, private_channel)
{
	struct who who = { .server = qt_server(&self->qt, _NTO_CHF_PRIVATE, qt_echo, NULL),
			   .attach_err = EPERM };
	int chid = ChannelCreate(_NTO_CHF_PRIVATE);

	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));
	who.uid = 1500;
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, any_client, &who)));
	EXPECT_GT(ConnectAttach(0, 0, chid, 0, 0), 0);
	EXPECT_GT(ConnectAttach(0, getpid(), chid, 0, 0), 0);
}

/* Nor from another node. */
QT_TEST(pair, private_channel)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_PRIVATE, qt_echo, NULL);
	int coid = ConnectAttach_r(self->qt.nd, server.pid, server.chid, 0, 0);

	if (!self->qt.remote) {
		EXPECT_EQ(-EPERM, coid);
		return;
	}
	ASSERT_GT(coid, 0);
	EXPECT_EQ(-EPERM, MsgSend_r(coid, "x", 1, NULL, 0));
}

static void user_priority(struct qt *qt, int chid, void *arg)
{
	struct qnet_ioc_pulse raw_pulse = {
		.call = { .tid = 1, .priority = 64 }, .priority = 10, .code = 1,
	};
	struct qnet_ioc_send raw_send = { .call = { .tid = 1, .priority = 64 } };
	int coid;

	(void)arg;
	become(qt, 1500);
	QT_CHECK(qt, qnet_setprio(63) == 10);
	QT_CHECK(qt, qnet_setprio(64) == -1 && errno == EPERM);
	QT_CHECK(qt, qnet_setprio(255) == -1 && errno == EPERM);
	QT_CHECK(qt, qnet_getprio() == 63);
	chid = ChannelCreate(0);
	coid = ConnectAttach(0, 0, chid, 0, 0);
	QT_CHECK(qt, coid > 0);
	QT_CHECK(qt, MsgSendPulse_r(coid, 63, 1, 1) == 0);
	QT_CHECK(qt, MsgSendPulse_r(coid, 64, 1, 1) == EPERM);
	QT_CHECK(qt, ioctl(coid, QNET_IOC_PULSE, &raw_pulse) == -1 && errno == EPERM);
	QT_CHECK(qt, ioctl(coid, QNET_IOC_SEND, &raw_send) == -1 && errno == EPERM);
}

QT_TEST(here, priorities)
{
	int chid = ChannelCreate(0);
	int coid = ConnectAttach(0, 0, chid, 0, 0);

	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, user_priority, NULL)));
	EXPECT_EQ(10, qnet_setprio(64));
	EXPECT_EQ(64, qnet_setprio(255));
	EXPECT_EQ(0, MsgSendPulse(coid, 255, 1, 1));
	EXPECT_EQ(0, MsgSendPulse(coid, -1, 1, 1));
}

static long parameter(const char *name, long value)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	fd = open(path, value < 0 ? O_RDONLY : O_WRONLY);
	if (fd < 0)
		return -1;
	if (value < 0 && read(fd, text, sizeof(text) - 1) > 0)
		value = strtol(text, NULL, 10);
	else if (value >= 0 && dprintf(fd, "%ld", value) < 0)
		value = -1;
	close(fd);
	return value;
}

#define CAP 12

static void many_channels(struct qt *qt, int chid, void *arg)
{
	int i;

	(void)arg;
	(void)chid;
	become(qt, 1600);
	for (i = 1; i <= CAP; i++)
		QT_CHECK(qt, ChannelCreate(0) == i);
	QT_CHECK(qt, ChannelCreate_r(0) == -EAGAIN);
	QT_CHECK(qt, ChannelDestroy(3) == 0);
	QT_CHECK(qt, ChannelCreate(0) == 3);
	QT_CHECK(qt, ChannelCreate_r(0) == -EAGAIN);
}

QT_TEST(here, channels_a_user)
{
	long old = parameter("max_channels", -1);
	int i;

	ASSERT_GT(old, 0);
	ASSERT_EQ(CAP, parameter("max_channels", CAP));
	/* Again, and again: what was charged is given back. */
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, many_channels, NULL)));
	EXPECT_EQ(old, parameter("max_channels", old));
}

static void many_connections(struct qt *qt, int chid, void *arg)
{
	int i, coid[CAP];

	(void)arg;
	become(qt, 1600);
	chid = ChannelCreate(0);
	for (i = 0; i < CAP; i++) {
		coid[i] = ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0);
		QT_CHECK(qt, coid[i] > 0);
	}
	QT_CHECK(qt, ConnectAttach_r(0, 0, chid, _NTO_SIDE_CHANNEL, 0) == -EAGAIN);
	QT_CHECK(qt, ConnectDetach(coid[5]) == 0);
	QT_CHECK(qt, ConnectAttach(0, 0, chid, _NTO_SIDE_CHANNEL, 0) == coid[5]);
}

QT_TEST(here, connections_a_user)
{
	long old = parameter("max_connections", -1);
	int i;

	ASSERT_GT(old, 0);
	ASSERT_EQ(CAP, parameter("max_connections", CAP));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, many_connections, NULL)));
	EXPECT_EQ(old, parameter("max_connections", old));
}

static void one_process(struct qt *qt, int chid, void *arg)
{
	(void)chid;
	become(qt, 1600);
	QT_CHECK(qt, ChannelCreate_r(0) == (arg ? -EAGAIN : 1));
	qt_mark(qt, READY);
	if (!arg)
		QT_CHECK(qt, qt_wait(qt, GO, 1));
}

QT_TEST(here, processes_a_user)
{
	long old = parameter("max_processes", -1);
	pid_t pid[CAP];
	int i;

	ASSERT_GT(old, 0);
	ASSERT_EQ(CAP, parameter("max_processes", CAP));
	for (i = 0; i < CAP; i++)
		pid[i] = qt_client(&self->qt, one_process, NULL);
	EXPECT_TRUE(qt_wait(&self->qt, READY, CAP));
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, one_process, "one too many")));
	qt_mark(&self->qt, GO);
	for (i = 0; i < CAP; i++)
		EXPECT_EQ(0, qt_reap(&self->qt, pid[i]));
	EXPECT_EQ(old, parameter("max_processes", old));
}

TEST_HARNESS_MAIN
