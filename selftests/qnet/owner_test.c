// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - a handle is its process's: fork, exec, and descriptors passed to others
 */
#include "qt_fixture.h"

#include <fcntl.h>
#include <linux/qnet.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

enum { GO, DONE };

struct handles {
	struct qt_server server;
	int coid;
	int chid;
};

/* Of what the parent has, the child has nothing; it makes its own. */
static void inheriting_child(struct qt *qt, int chid, void *arg)
{
	struct handles *handles = arg;
	int fd = handles->coid & ~_NTO_SIDE_CHANNEL;
	struct qnet_ioc_connection conn = { 0 };
	char in[2];

	(void)chid;
	QT_CHECK(qt, fcntl(fd, F_GETFD) != -1);
	QT_CHECK(qt, MsgSend_r(handles->coid, "ab", 2, in, 2) == -EBADF);
	QT_CHECK(qt, MsgSendPulse_r(handles->coid, 10, 1, 1) == EBADF);
	QT_CHECK(qt, ioctl(fd, QNET_IOC_CONNECTION, &conn) == -1 && errno == EBADF);
	QT_CHECK(qt, MsgReceive_r(handles->chid, in, 2, NULL) == -ESRCH);
	QT_CHECK(qt, ChannelDestroy_r(handles->chid) == EINVAL);
	QT_CHECK(qt, ConnectDetach_r(handles->coid) == EINVAL);
	/* Its copy is closed, the parent's connection stays. */
	QT_CHECK(qt, close(fd) == 0);
	QT_CHECK(qt, MsgSend(qt_attach(qt, handles->server), "ab", 2, in, 2) ==
		     (long)qt_sum("ab", 2));
}

QT_TEST(pair, fork)
{
	struct handles handles = { .server = qt_server(&self->qt, 0, qt_echo, NULL) };
	char in[2];
	int i;

	handles.chid = ChannelCreate(0);
	handles.coid = qt_attach(&self->qt, handles.server);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ((long)qt_sum("ab", 2), MsgSend(handles.coid, "ab", 2, in, 2));
		ASSERT_EQ(0, qt_reap(&self->qt,
				     qt_client(&self->qt, inheriting_child, &handles)));
	}
	ASSERT_EQ((long)qt_sum("ab", 2), MsgSend(handles.coid, "ab", 2, in, 2));
	EXPECT_EQ(0, ChannelDestroy(handles.chid));
	EXPECT_EQ(0, ConnectDetach(handles.coid));
}

/* The channel made before fork(), the child attaches to it by getppid(). */
static void attaching_child(struct qt *qt, int chid, void *arg)
{
	struct handles *handles = arg;
	int coid = ConnectAttach(0, getppid(), handles->chid, 0, 0);

	(void)chid;
	QT_CHECK(qt, coid > 0);
	QT_CHECK(qt, MsgSend(coid, "hi", 2, NULL, 0) == 11);
}

QT_TEST(here, child_attaches_to_parent)
{
	struct handles handles = { .chid = ChannelCreate(0) };
	pid_t child = qt_client(&self->qt, attaching_child, &handles);
	struct _msg_info info;
	char buf[2];
	int rcvid;

	rcvid = MsgReceive(handles.chid, buf, 2, &info);
	ASSERT_GT(rcvid, 0);
	EXPECT_EQ(child, info.pid);
	EXPECT_EQ(0, MsgReply(rcvid, 11, NULL, 0));
	EXPECT_EQ(0, qt_reap(&self->qt, child));
}

/* The parent's control socket is nobody else's: a raw copy of it says EBADF. */
static int control_socket(void)
{
	struct qnet_ioc_priority req = { .priority = 10 };
	int fd;

	for (fd = 0; fd < 64; fd++) {
		if (ioctl(fd, QNET_IOC_PRIORITY, &req) == 0)
			return fd;
	}
	return -1;
}

static void raw_child(struct qt *qt, int chid, void *arg)
{
	struct qnet_ioc_priority req = { .priority = 10 };
	int fd = *(int *)arg;

	(void)chid;
	errno = 0;
	QT_CHECK(qt, ioctl(fd, QNET_IOC_PRIORITY, &req) == -1 && errno == EBADF);
	/* But the library has one of this process. */
	QT_CHECK(qt, ChannelCreate(0) == 1);
}

QT_TEST(here, control_socket_of_parent)
{
	int fd, copy;

	ASSERT_EQ(1, ChannelCreate(0));
	fd = control_socket();
	ASSERT_GT(fd, 2);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	copy = dup(fd);
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, raw_child, &copy)));
	EXPECT_EQ(2, ChannelCreate(0));
}

/* exec closes all of it: the new program finds no descriptor but the standard ones. */
static void execing_child(struct qt *qt, int chid, void *arg)
{
	int fd;

	(void)chid;
	for (fd = 3; fd < 1024; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	QT_CHECK(qt, ChannelCreate(0) == 1);
	QT_CHECK(qt, qt_attach(qt, *(struct qt_server *)arg) > 0);
	execl("/bin/sh", "sh", "-c",
	      "for f in /proc/$$/fd/*; do case $(readlink $f) in *qnet*|socket*) exit 9; esac; done",
	      NULL);
	QT_CHECK(qt, false);
}

QT_TEST(pair, exec)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);

	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, execing_child, &server)));
}

/* In the new program of kept_child(): the connection it was given is still its process's. */
#define KEPT "QNET_TEST_KEPT"

static void __attribute__((constructor)) kept_main(void)
{
	const char *text = getenv(KEPT);
	char out[4] = "kept", in[4];
	long status;

	if (!text)
		return;
	status = MsgSend_r(atoi(text), out, sizeof(out), in, sizeof(in));
	if (status != (long)qt_sum(out, sizeof(out)))
		_exit(1);
	qt_turn(in, sizeof(in));
	_exit(memcmp(in, out, sizeof(in)) ? 2 : 0);
}

static void kept_child(struct qt *qt, int chid, void *arg)
{
	struct qt_server *server = arg;
	struct qnet_ioc_connect connect = {
		.nd = qt->nd,
		.pid = server->pid,
		.chid = server->chid,
		.flags = QNET_COF_NO_CLOEXEC,
	};
	char text[16];
	int fd;

	(void)chid;
	QT_CHECK(qt, ChannelCreate(0) == 1);
	fd = control_socket();
	QT_CHECK(qt, fd > 2 && ioctl(fd, QNET_IOC_CONNECT, &connect) == 0);
	QT_CHECK(qt, fcntl(connect.coid, F_GETFD) == 0);
	/* used before or not, it stays */
	if (!qt->page->mark[0])
		QT_CHECK(qt, MsgSend_r(connect.coid, NULL, 0, NULL, 0) == (long)qt_sum(NULL, 0));
	snprintf(text, sizeof(text), "%d", connect.coid);
	setenv(KEPT, text, 1);
	execl("/proc/self/exe", "kept", NULL);
	QT_CHECK(qt, false);
}

/* Asked for, a connection stays open across exec. */
QT_TEST(pair, exec_kept)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);

	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, kept_child, &server)));
	qt_mark(&self->qt, 0);
	EXPECT_EQ(0, qt_reap(&self->qt, qt_client(&self->qt, kept_child, &server)));
}

/* A thread that has files of its own and ends takes nothing with it. */
static void *apart_thread(void *arg)
{
	QT_CHECK(arg, unshare(CLONE_FILES) == 0);
	return NULL;
}

QT_TEST(pair, thread_with_its_own_files)
{
	struct qt_server server = qt_server(&self->qt, 0, qt_echo, NULL);
	int coid = qt_attach(&self->qt, server);
	int chid = ChannelCreate(0);
	int own = ConnectAttach(0, 0, chid, 0, 0);
	struct _pulse pulse;
	pthread_t thread;

	ASSERT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, apart_thread, &self->qt));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
	EXPECT_EQ(0, MsgSendPulse(own, 10, 1, 1));
	EXPECT_EQ(0, MsgReceive(chid, &pulse, sizeof(pulse), NULL));
}

/* A process whose first thread has ended lives on in the others, also under a debugger. */
struct heir {
	struct qt *qt;
	int chid;
};

static bool leader_is_zombie(void *arg)
{
	char path[64], text[256] = "", *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", *(pid_t *)arg);
	file = fopen(path, "re");
	if (!file)
		return false;
	state = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	return state && state[2] == 'Z';
}

static void *heir_thread(void *arg)
{
	struct heir heir = *(struct heir *)arg;
	pid_t leader = getpid();

	qt_mark(heir.qt, DONE);
	QT_CHECK(heir.qt, qt_until(leader_is_zombie, &leader));
	qt_mark(heir.qt, DONE);
	qt_echo(heir.qt, heir.chid, NULL);
	_exit(0);
}

static void leaving_server(struct qt *qt, int chid, void *arg)
{
	static struct heir heir;
	pthread_t thread;

	(void)arg;
	heir = (struct heir){ .qt = qt, .chid = chid };
	QT_CHECK(qt, pthread_create(&thread, NULL, heir_thread, &heir) == 0);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	syscall(SYS_exit, 0);
}

static void leader_leaves(struct __test_metadata *_metadata, struct qt *qt, bool traced)
{
	struct qt_server server = qt_server(qt, 0, leaving_server, NULL);
	int coid = qt_attach(qt, server), i;

	ASSERT_EQ(0, traced ? ptrace(PTRACE_SEIZE, server.pid, NULL, NULL) : 0);
	ASSERT_TRUE(qt_wait(qt, DONE, 1));
	qt_mark(qt, GO);
	ASSERT_TRUE(qt_wait(qt, DONE, 2));
	for (i = 0; i < 20; i++)
		ASSERT_EQ((long)qt_sum("x", 1), MsgSend(coid, "x", 1, NULL, 0));
	ASSERT_EQ(0, MsgSendPulse(coid, 10, QT_PULSE_STOP, 0));
	EXPECT_EQ(0, qt_reap(qt, server.pid));
}

QT_TEST(pair, leader_leaves)
{
	leader_leaves(_metadata, &self->qt, false);
}

QT_TEST(pair, leader_leaves_traced)
{
	leader_leaves(_metadata, &self->qt, true);
}

static bool fd_pass(int over, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { .iov_base = "f", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(over, &msg, 0) == 1;
}

static int fd_take(int over)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(over, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

struct passing {
	struct qt_server server;
	int pair[2];
};

static void giver(struct qt *qt, int chid, void *arg)
{
	struct passing *passing = arg;
	int coid = ConnectAttach(qt->nd, passing->server.pid, passing->server.chid, 0, 0);

	(void)chid;
	QT_CHECK(qt, coid > 0);
	QT_CHECK(qt, MsgSend(coid, "x", 1, NULL, 0) == (long)qt_sum("x", 1));
	QT_CHECK(qt, fd_pass(passing->pair[0], coid));
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	QT_CHECK(qt, MsgSend(coid, "x", 1, NULL, 0) == (long)qt_sum("x", 1));
	QT_CHECK(qt, ConnectDetach(coid) == 0);
	qt_mark(qt, DONE);
	QT_CHECK(qt, qt_wait(qt, GO, 2));
}

/* An echo that ends when its only client is gone. */
static void until_disconnect(struct qt *qt, int chid, void *arg)
{
	struct _msg_info info;
	union {
		struct _pulse pulse;
		char bytes[32];
	} msg;
	int rcvid;

	(void)arg;
	while ((rcvid = MsgReceive(chid, &msg, sizeof(msg), &info)) > 0)
		QT_CHECK(qt, MsgReply(rcvid, qt_sum(&msg, (size_t)info.msglen), NULL, 0) == 0);
	QT_CHECK(qt, rcvid == 0);
	QT_CHECK(qt, msg.pulse.code == _PULSE_CODE_DISCONNECT);
}

/* A connection passed to another process is of no use there, and no hindrance to its owner. */
QT_TEST(pair, passed_connection)
{
	struct passing passing = {
		.server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, until_disconnect, NULL),
	};
	pid_t client;
	int fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, passing.pair));
	client = qt_client(&self->qt, giver, &passing);
	fd = fd_take(passing.pair[1]);
	ASSERT_GT(fd, 0);
	EXPECT_EQ(-EBADF, MsgSend_r(fd, "y", 1, NULL, 0));
	EXPECT_EQ(EBADF, MsgSendPulse_r(fd, 10, 1, 1));
	EXPECT_EQ(EINVAL, ConnectDetach_r(fd));
	qt_mark(&self->qt, GO);
	ASSERT_TRUE(qt_wait(&self->qt, DONE, 1));
	/* Gone for the server, though this copy is still open. */
	EXPECT_EQ(0, qt_reap(&self->qt, passing.server.pid));
	EXPECT_EQ(-EBADF, MsgSend_r(fd, "y", 1, NULL, 0));
	qt_mark(&self->qt, GO);
	EXPECT_EQ(0, qt_reap(&self->qt, client));
}

/* A channel's file kept open elsewhere does not keep the channel. */
static void channel_giver(struct qt *qt, int chid, void *arg)
{
	struct passing *passing = arg;

	QT_CHECK(qt, fd_pass(passing->pair[0], qnet_channel_fd(chid)));
	qt_echo(qt, chid, NULL);
}

QT_TEST(pair, passed_channel)
{
	struct passing passing;
	int coid, fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, passing.pair));
	passing.server = qt_server(&self->qt, 0, channel_giver, &passing);
	coid = qt_attach(&self->qt, passing.server);
	fd = fd_take(passing.pair[1]);
	ASSERT_GT(fd, 0);
	ASSERT_EQ((long)qt_sum("z", 1), MsgSend(coid, "z", 1, NULL, 0));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, passing.server.pid));
	EXPECT_TRUE(qt_wait_poll(qnet_connection_fd(coid), POLLHUP));
	EXPECT_EQ(-EBADF, MsgSend_r(coid, "z", 1, NULL, 0));
	EXPECT_NE(-1, fcntl(fd, F_GETFD));
}

TEST_HARNESS_MAIN
