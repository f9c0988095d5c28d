// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - who dies or goes, and what the other side hears of it
 *
 * vm: timeout=150
 */
#include "qt_fixture.h"
#include "qt_load.h"

#include <linux/qnet.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* Marks and values. */
enum { RECEIVED, GO, PID, ATTACHED };

/* Receives one message and never answers, nor receives again. */
static void silent_server(struct qt *qt, int chid, void *arg)
{
	char byte;

	(void)arg;
	QT_CHECK(qt, MsgReceive(chid, &byte, 1, NULL) > 0);
	qt_mark(qt, RECEIVED);
	for (;;)
		pause();
}

/* One thread REPLY-blocked, one SEND-blocked on the server. */
static bool block_two(struct qt *qt, struct qt_server server, struct qt_send *send)
{
	int i;

	for (i = 0; i < 2; i++) {
		send[i] = (struct qt_send){ .coid = qt_attach(qt, server), .out = "x",
					    .out_len = 1 };
		if (!qt_send_start(&send[i]) || !qt_wait(qt, RECEIVED, 1) ||
		    !qt_wait_blocked(send[i].tid, QNET_IOC_SEND))
			return false;
	}
	return qt_flush(send[1].coid);
}

static void expect_two(struct __test_metadata *_metadata, struct qt_send *send)
{
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(qt_send_join(&send[i]));
		EXPECT_EQ(-1, send[i].status);
		EXPECT_EQ(ESRCH, send[i].err);
		/* Dead from then on. */
		EXPECT_EQ(-EBADF, MsgSend_r(send[i].coid, "x", 1, NULL, 0));
		EXPECT_TRUE(qt_wait_poll(qnet_connection_fd(send[i].coid), POLLHUP));
		EXPECT_EQ(0, ConnectDetach(send[i].coid));
	}
}

QT_TEST(pair, server_killed)
{
	struct qt_server server = qt_server(&self->qt, 0, silent_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	expect_two(_metadata, send);
}

/* UNBLOCK holds a client while its server lives, not longer. */
QT_TEST(pair, server_killed_unblock)
{
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_UNBLOCK, silent_server, NULL);
	struct sigaction action = { .sa_handler = SIG_IGN };
	struct qt_send send[2];

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_TRUE(block_two(&self->qt, server, send));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	expect_two(_metadata, send);
}

/* Its files are still open in a child of its. */
static void forking_server(struct qt *qt, int chid, void *arg)
{
	pid_t pid;

	(void)arg;
	pid = fork();
	if (pid == 0) {
		for (;;)
			pause();
	}
	QT_CHECK(qt, pid > 0);
	atomic_store(&qt->page->value[PID], pid);
	silent_server(qt, chid, NULL);
}

QT_TEST(pair, server_forked_and_killed)
{
	struct qt_server server = qt_server(&self->qt, 0, forking_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	expect_two(_metadata, send);
	EXPECT_EQ(0, kill((pid_t)atomic_load(&self->qt.page->value[PID]), SIGKILL));
}

/* Nothing of its is closed when it ends: its files are another process's, too. */
static void sharing_server(struct qt *qt, int chid, void *arg)
{
	pid_t pid;

	(void)arg;
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0) {
		for (;;)
			pause();
	}
	QT_CHECK(qt, pid > 0);
	atomic_store(&qt->page->value[PID], pid);
	silent_server(qt, chid, NULL);
}

QT_TEST(pair, server_shares_files)
{
	struct qt_server server = qt_server(&self->qt, 0, sharing_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	expect_two(_metadata, send);
	EXPECT_EQ(0, kill((pid_t)atomic_load(&self->qt.page->value[PID]), SIGKILL));
}

/* system() while a client waits: the shell has no copy, but its vfork had. */
static void *system_thread(void *arg)
{
	QT_CHECK(arg, system("echo $$ >pid.tmp && mv pid.tmp pid && exec sleep 1000") >= 0);
	return NULL;
}

static void system_server(struct qt *qt, int chid, void *arg)
{
	pthread_t thread;

	(void)arg;
	QT_CHECK(qt, pthread_create(&thread, NULL, system_thread, qt) == 0);
	silent_server(qt, chid, NULL);
}

static bool file_is_there(void *arg)
{
	return access(arg, R_OK) == 0;
}

QT_TEST(pair, server_in_system_killed)
{
	char dir[] = "/tmp/qnet-death-XXXXXX";
	struct qt_server server;
	struct qt_send send[2];

	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, chdir(dir));
	server = qt_server(&self->qt, 0, system_server, NULL);
	ASSERT_TRUE(qt_until(file_is_there, "pid"));
	ASSERT_TRUE(block_two(&self->qt, server, send));
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	expect_two(_metadata, send);
	EXPECT_EQ(0, qt_run(-1, "kill -9 $(cat pid); rm -r %s", dir));
}

static void exec_server(struct qt *qt, int chid, void *arg)
{
	char byte;

	(void)arg;
	QT_CHECK(qt, MsgReceive(chid, &byte, 1, NULL) > 0);
	qt_mark(qt, RECEIVED);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	execl("/bin/sleep", "sleep", "1000", NULL);
	QT_CHECK(qt, false);
}

QT_TEST(pair, server_execs)
{
	struct qt_server server = qt_server(&self->qt, 0, exec_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	qt_mark(&self->qt, GO);
	expect_two(_metadata, send);
}

static void exiting_server(struct qt *qt, int chid, void *arg)
{
	char byte;

	(void)arg;
	QT_CHECK(qt, MsgReceive(chid, &byte, 1, NULL) > 0);
	qt_mark(qt, RECEIVED);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
}

QT_TEST(pair, server_exits)
{
	struct qt_server server = qt_server(&self->qt, 0, exiting_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	qt_mark(&self->qt, GO);
	expect_two(_metadata, send);
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

/* ChannelDestroy(): the clients, and the threads that receive on it. */
struct receiver {
	struct qt *qt;
	int chid;
	bool pulse_only;
	atomic_int tid;
	pthread_t thread;
};

static void *doomed_receiver(void *arg)
{
	struct receiver *receiver = arg;
	struct _pulse pulse;
	int err;

	atomic_store(&receiver->tid, gettid());
	if (receiver->pulse_only)
		err = MsgReceivePulse_r(receiver->chid, &pulse, sizeof(pulse), NULL);
	else
		err = MsgReceive_r(receiver->chid, &pulse, sizeof(pulse), NULL);
	QT_CHECK(receiver->qt, err == -ESRCH);
	return NULL;
}

static bool receiver_began(void *arg)
{
	return atomic_load(&((struct receiver *)arg)->tid) != 0;
}

static void receiver_start(struct receiver *receiver)
{
	QT_CHECK(receiver->qt, pthread_create(&receiver->thread, NULL, doomed_receiver,
					      receiver) == 0);
	QT_CHECK(receiver->qt, qt_until(receiver_began, receiver));
	QT_CHECK(receiver->qt, qt_wait_blocked(atomic_load(&receiver->tid), QNET_IOC_RECEIVE));
}

QT_TEST(here, destroy_unblocks_receivers)
{
	int chid = ChannelCreate(0), i;
	struct receiver receiver[4];

	for (i = 0; i < 4; i++) {
		receiver[i] = (struct receiver){ .qt = &self->qt, .chid = chid,
						 .pulse_only = i % 2 };
		receiver_start(&receiver[i]);
	}
	ASSERT_EQ(0, ChannelDestroy(chid));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_join(receiver[i].thread, NULL));
}

static void destroying_server(struct qt *qt, int chid, void *arg)
{
	int rcvid;
	char byte;

	(void)arg;
	rcvid = MsgReceive(chid, &byte, 1, NULL);
	QT_CHECK(qt, rcvid > 0);
	qt_mark(qt, RECEIVED);
	QT_CHECK(qt, qt_wait(qt, GO, 1));
	QT_CHECK(qt, ChannelDestroy(chid) == 0);
	QT_CHECK(qt, MsgReply_r(rcvid, 0, NULL, 0) == -ESRCH);
	/* The number is taken again, but not by the old connections. */
	QT_CHECK(qt, ChannelCreate(0) == chid);
	for (;;)
		pause();
}

QT_TEST(pair, destroy_unblocks_clients)
{
	struct qt_server server = qt_server(&self->qt, 0, destroying_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	qt_mark(&self->qt, GO);
	expect_two(_metadata, send);
}

/* DISCONNECT: when the last connection of a process goes, however it goes. */
static void disconnect_server(struct qt *qt, int chid, void *arg)
{
	int rcvid, rounds = *(int *)arg;
	struct _client_info who;
	struct _msg_info info;
	struct _pulse pulse;

	while (rounds) {
		rcvid = MsgReceive(chid, &pulse, sizeof(pulse), &info);
		QT_CHECK(qt, rcvid >= 0);
		if (rcvid) {
			QT_CHECK(qt, MsgReply(rcvid, info.scoid, NULL, 0) == 0);
			continue;
		}
		QT_CHECK(qt, pulse.code == _PULSE_CODE_DISCONNECT);
		QT_CHECK(qt, pulse.scoid == info.scoid);
		/* Still known, until the server gives it back. */
		QT_CHECK(qt, ConnectClientInfo(info.scoid, &who, 0) == 0);
		QT_CHECK(qt, who.pid == info.pid);
		QT_CHECK(qt, ConnectDetach(info.scoid) == 0);
		QT_CHECK(qt, ConnectClientInfo_r(info.scoid, &who, 0) == EINVAL);
		qt_mark(qt, GO);
		rounds--;
	}
}

QT_TEST(pair, disconnect_by_detach)
{
	int rounds = 2, i;
	struct qt_server server = qt_server(&self->qt, _NTO_CHF_DISCONNECT, disconnect_server,
					    &rounds);
	int a, b;

	for (i = 0; i < rounds; i++) {
		a = qt_attach(&self->qt, server);
		b = qt_attach(&self->qt, server);
		ASSERT_LT(0, MsgSend(a, "x", 1, NULL, 0));
		ASSERT_LT(0, MsgSend(b, "x", 1, NULL, 0));
		ASSERT_EQ(0, ConnectDetach(b));
		/* The other one is still there, and the client the same. */
		ASSERT_LT(0, MsgSend(a, "x", 1, NULL, 0));
		EXPECT_EQ(i, atomic_load(&self->qt.page->mark[GO]));
		ASSERT_EQ(0, ConnectDetach(a));
		ASSERT_TRUE(qt_wait(&self->qt, GO, i + 1));
	}
	EXPECT_EQ(0, qt_reap(&self->qt, server.pid));
}

struct client_end {
	struct qt_server server;
	int how;
};

static void ending_client(struct qt *qt, int chid, void *arg)
{
	struct client_end *end = arg;
	int coid = qt_attach(qt, end->server);

	(void)chid;
	qt_attach(qt, end->server);
	QT_CHECK(qt, MsgSend(coid, "x", 1, NULL, 0) > 0);
	if (end->how == SIGKILL)
		kill(getpid(), SIGKILL);
	if (end->how == SIGCHLD)
		execl("/bin/sleep", "sleep", "1000", NULL);
	/* Others hold its files: they do not count. */
	if (end->how == SIGCONT && fork() == 0) {
		atomic_store(&qt->page->value[PID], getpid());
		for (;;)
			pause();
	}
}

static void disconnect_how(struct __test_metadata *_metadata, struct qt *qt, int how)
{
	int rounds = 1;
	struct client_end end = {
		.server = qt_server(qt, _NTO_CHF_DISCONNECT, disconnect_server, &rounds),
		.how = how,
	};

	ASSERT_GT(qt_client(qt, ending_client, &end), 0);
	EXPECT_EQ(0, qt_reap(qt, end.server.pid));
}

QT_TEST(pair, disconnect_by_exit)
{
	disconnect_how(_metadata, &self->qt, 0);
}

QT_TEST(pair, disconnect_by_kill)
{
	disconnect_how(_metadata, &self->qt, SIGKILL);
}

QT_TEST(pair, disconnect_by_exec)
{
	disconnect_how(_metadata, &self->qt, SIGCHLD);
}

static bool value_is_set(void *arg)
{
	return atomic_load((atomic_long *)arg) != 0;
}

QT_TEST(pair, disconnect_with_child_left)
{
	atomic_long *pid = &self->qt.page->value[PID];

	disconnect_how(_metadata, &self->qt, SIGCONT);
	ASSERT_TRUE(qt_until(value_is_set, pid));
	EXPECT_EQ(0, kill((pid_t)atomic_load(pid), SIGKILL));
}

/* COIDDEATH: the channel of a connection went; the pulse says which connection's. */
static void coiddeath(struct __test_metadata *_metadata, struct qt *qt, qt_body *body,
		      bool killed)
{
	int mine = ChannelCreate(_NTO_CHF_COID_DISCONNECT);
	struct qt_server server = qt_server(qt, 0, body, NULL);
	struct qt_send send[2];
	struct _pulse pulse;
	int i, both = 0;

	ASSERT_GT(mine, 0);
	ASSERT_TRUE(block_two(qt, server, send));
	if (killed)
		kill(server.pid, SIGKILL);
	qt_mark(qt, GO);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, MsgReceive(mine, &pulse, sizeof(pulse), NULL));
		EXPECT_EQ(_PULSE_CODE_COIDDEATH, pulse.code);
		EXPECT_TRUE(pulse.value.sival_int == send[0].coid ||
			    pulse.value.sival_int == send[1].coid);
		both ^= pulse.value.sival_int;
	}
	EXPECT_EQ(send[0].coid ^ send[1].coid, both);
	expect_two(_metadata, send);
}

QT_TEST(pair, coiddeath_by_kill)
{
	coiddeath(_metadata, &self->qt, silent_server, true);
}

QT_TEST(pair, coiddeath_by_destroy)
{
	coiddeath(_metadata, &self->qt, destroying_server, false);
}

/* A connection detached while a thread is blocked on it. */
QT_TEST(pair, detach_send_blocked)
{
	struct qt_server server = qt_server(&self->qt, 0, silent_server, NULL);
	struct qt_send send[2];

	ASSERT_TRUE(block_two(&self->qt, server, send));
	ASSERT_EQ(0, ConnectDetach(send[1].coid));
	ASSERT_TRUE(qt_send_join(&send[1]));
	EXPECT_EQ(-1, send[1].status);
	EXPECT_EQ(EBADF, send[1].err);
	/* The other one is not touched. */
	EXPECT_FALSE(send[0].done);
	ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
	ASSERT_TRUE(qt_send_join(&send[0]));
	EXPECT_EQ(ESRCH, send[0].err);
}

#define LONG_REPLY	(16 << 20)

/* In the middle of long replies, too, the client hears ESRCH: the signal was not its own. */
static void long_replier(struct qt *qt, int chid, void *arg)
{
	char *reply = calloc(1, LONG_REPLY);
	int rcvid;

	(void)arg;
	for (;;) {
		rcvid = MsgReceive(chid, NULL, 0, NULL);
		QT_CHECK(qt, rcvid > 0);
		qt_mark(qt, RECEIVED);
		QT_CHECK(qt, MsgReply(rcvid, 0, reply, LONG_REPLY) == 0);
	}
}

/* Nor does the rest of a reply keep a killed server alive, while there is room for all of it. */
QT_TEST(pair, server_killed_in_reply)
{
	struct qt_server server = qt_server(&self->qt, 0, long_replier, NULL);
	int i, coid = qt_attach(&self->qt, server), seen = 1;
	uint64_t began, whole, took, most = 0;
	char *in = malloc(LONG_REPLY);
	struct qt_send send;

	began = qt_now();
	ASSERT_EQ(0, MsgSend(coid, NULL, 0, in, LONG_REPLY));
	whole = qt_now() - began;
	for (i = 0; i < qt_rounds(15); i++) {
		server = qt_server(&self->qt, 0, long_replier, NULL);
		send = (struct qt_send){ .coid = qt_attach(&self->qt, server), .in = in,
					 .in_len = LONG_REPLY };
		ASSERT_TRUE(qt_send_start(&send));
		ASSERT_TRUE(qt_wait(&self->qt, RECEIVED, ++seen));
		usleep((unsigned int)(i * 4500 / qt_rounds(15)));	/* anywhere in it */
		began = qt_now();
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, server.pid));
		took = qt_now() - began;
		most = took > most ? took : most;
		ASSERT_TRUE(qt_send_join(&send));
		EXPECT_EQ(send.status ? ESRCH : 0, send.err);
		EXPECT_EQ(-EBADF, MsgSend_r(send.coid, NULL, 0, NULL, 0));
		ASSERT_EQ(0, ConnectDetach(send.coid));
	}
	TH_LOG("a reply: %llu ms; killed in %llu ms", (unsigned long long)whole,
	       (unsigned long long)most);
	EXPECT_GT(whole / 8 + 500, most);
	free(in);
}

/* A new process with the old one's pid would be another: an attached client never reaches it. */
QT_TEST(pair, many_servers_die)
{
	static const int dead[] = { EBADF, 0 };
	int rounds = qt_rounds(20), i;
	struct load_caller caller;
	struct load load;

	ASSERT_TRUE(load_setup(&load, &self->qt));
	caller = load_caller(&load, -1);
	for (i = 0; i < rounds; i++) {
		load.server = qt_server(&self->qt, 0, load_echo, &load);
		caller.coid = qt_attach(&self->qt, load.server);
		ASSERT_EQ(0, load_call(&caller, 10, LOAD_NUMBER, 0));
		ASSERT_EQ(256 + SIGKILL, qt_kill(&self->qt, load.server.pid));
		ASSERT_TRUE(qt_wait_poll(qnet_connection_fd(caller.coid), POLLHUP));
		ASSERT_EQ(EBADF, load_call(&caller, 10, LOAD_NUMBER, 0));
		ASSERT_EQ(0, ConnectDetach(caller.coid));
	}
	EXPECT_TRUE(load_clean(&load, dead, NULL, NULL));
	EXPECT_EQ((uint32_t)rounds, load.sum.runs);
	EXPECT_EQ((uint32_t)rounds, load.sum.failed);
}

TEST_HARNESS_MAIN
