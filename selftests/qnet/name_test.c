// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - services by name, nodes by name
 */
#include "qt_fixture.h"

#include <sys/dispatch.h>

enum { READY, GO, DONE };

/* A server with a name of its own beside its first channel. */
static void named_server(struct qt *qt, int chid, void *arg)
{
	name_attach_t *attach = name_attach(NULL, arg, 0);
	union {
		struct _pulse pulse;
		char text[64];
	} msg;
	int rcvid;

	(void)chid;
	QT_CHECK(qt, attach);
	QT_CHECK(qt, attach->chid == 2);
	qt_mark(qt, READY);
	for (;;) {
		rcvid = MsgReceive(attach->chid, &msg, sizeof(msg), NULL);
		QT_CHECK(qt, rcvid >= 0);
		if (rcvid) {
			QT_CHECK(qt, MsgReply(rcvid, 0, arg, strlen(arg) + 1) == 0);
			continue;
		}
		QT_CHECK(qt, msg.pulse.code == _PULSE_CODE_DISCONNECT);
		QT_CHECK(qt, ConnectDetach(msg.pulse.scoid) == 0);
		qt_mark(qt, DONE);
		if (atomic_load(&qt->page->mark[GO]))
			break;
	}
	QT_CHECK(qt, name_detach(attach, 0) == 0);
	QT_CHECK(qt, MsgReceive_r(2, NULL, 0, NULL) == -ESRCH);
}

/* Where the fixture's servers are found. */
static const char *where(struct qt *qt, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s%s", qt->remote ? "/net/beta/dev/name/local/" : "", name);
	return path;
}

static bool open_fails(void *arg)
{
	int coid = name_open(arg, 0);

	if (coid == -1)
		return errno == ENOENT;
	name_close(coid);
	return false;
}

static const char *const names[] = { "digest", "a/b/c", "with blanks in it", "x", "-", ".hidden" };

QT_TEST(pair, open)
{
	struct qt *qt = &self->qt;
	struct qt_server server;
	char reply[64];
	size_t i;
	int coid;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		errno = 0;
		EXPECT_EQ(-1, name_open(where(qt, names[i]), 0));
		EXPECT_EQ(ENOENT, errno);
		server = qt_server(qt, 0, named_server, (void *)names[i]);
		ASSERT_TRUE(qt_wait(qt, READY, (int)i + 1));
		coid = name_open(where(qt, names[i]), 0);
		ASSERT_GT(coid, _NTO_SIDE_CHANNEL) TH_LOG("errno %d", errno);
		EXPECT_EQ(0, MsgSend(coid, "hello", 6, reply, sizeof(reply)));
		EXPECT_STREQ(names[i], reply);
		EXPECT_EQ(0, name_close(coid));
		EXPECT_EQ(-1, name_close(coid));
		ASSERT_TRUE(qt_wait(qt, DONE, (int)i + 1));
		ASSERT_EQ(256 + SIGKILL, qt_kill(qt, server.pid));
		/* It goes with its process. */
		ASSERT_TRUE(qt_until(open_fails, (void *)where(qt, names[i])));
	}
}

QT_TEST(pair, detach)
{
	struct qt *qt = &self->qt;
	struct qt_server server = qt_server(qt, 0, named_server, "going");
	char reply[64];
	int coid;

	ASSERT_TRUE(qt_wait(qt, READY, 1));
	coid = name_open(where(qt, "going"), 0);
	ASSERT_EQ(0, MsgSend(coid, NULL, 0, reply, sizeof(reply)));
	qt_mark(qt, GO);
	ASSERT_EQ(0, name_close(coid));
	EXPECT_EQ(0, qt_reap(qt, server.pid));
	EXPECT_TRUE(open_fails((void *)where(qt, "going")));
}

QT_TEST(pair, paths)
{
	struct qt_server server = qt_server(&self->qt, 0, named_server, "svc/one");
	static const char *const local[] = {
		"svc/one", "/dev/name/local/svc/one",
	};
	static const char *const remote[] = {
		"/net/beta/dev/name/local/svc/one", "/net/beta~loadbalance/dev/name/local/svc/one",
		"/net/beta~exclusive:en0/dev/name/local/svc/one",
	};
	static const char *const wrong[] = {
		"", "/", "svc", "svc/one/", "/svc/one", "/dev/name/svc/one",
		"/dev/name/global/svc/one", "/net", "/net/", "/net//dev/name/local/svc/one",
		"/net/gamma/dev/name/local/svc/one", "/dev/name/local/",
		"/net/beta/dev/name/global/svc/one", "/net/beta/svc/one", "/net/beta",
		"svc/../one", "../one",
	};
	const char *const *right = self->qt.remote ? remote : local;
	size_t i, n = self->qt.remote ? ARRAY_SIZE(remote) : ARRAY_SIZE(local);
	char reply[64], name[400];
	int coid;

	ASSERT_GT(server.pid, 0);
	ASSERT_TRUE(qt_wait(&self->qt, READY, 1));
	for (i = 0; i < n; i++) {
		coid = name_open(right[i], 0);
		ASSERT_GT(coid, 0) TH_LOG("%s: errno %d", right[i], errno);
		EXPECT_EQ(0, MsgSend(coid, NULL, 0, reply, sizeof(reply)));
		EXPECT_EQ(0, name_close(coid));
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		errno = 0;
		EXPECT_EQ(-1, name_open(wrong[i], 0)) TH_LOG("%s", wrong[i]);
		EXPECT_EQ(ENOENT, errno) TH_LOG("%s", wrong[i]);
	}
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	errno = 0;
	EXPECT_EQ(-1, name_open(name, 0));
	EXPECT_EQ(ENAMETOOLONG, errno);
	errno = 0;
	EXPECT_EQ(-1, name_open("svc/one", NAME_FLAG_ATTACH_GLOBAL));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, name_open(NULL, 0));
	EXPECT_EQ(-1, name_open("svc/one", 0x80));
}

QT_TEST(here, attach_refused)
{
	static const char *const wrong[] = { "", "/", "/abs", "..", "a/..", "a/../b", "../a" };
	name_attach_t *first = name_attach(NULL, "taken", 0), *other;
	char name[400];
	size_t i;

	ASSERT_NE(NULL, first);
	EXPECT_EQ(NULL, first->dpp);
	errno = 0;
	EXPECT_EQ(NULL, name_attach(NULL, "taken", 0));
	EXPECT_EQ(EBUSY, errno);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		errno = 0;
		EXPECT_EQ(NULL, name_attach(NULL, wrong[i], 0)) TH_LOG("%s", wrong[i]);
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(NULL, name_attach(NULL, NULL, 0));
	EXPECT_EQ(NULL, name_attach(NULL, "flags", 0x100));
	EXPECT_EQ(NULL, name_attach((dispatch_t *)first, "dpp", 0));
	EXPECT_EQ(EINVAL, errno);
	errno = 0;
	EXPECT_EQ(NULL, name_attach(NULL, "global", NAME_FLAG_ATTACH_GLOBAL));
	EXPECT_EQ(ENOENT, errno);
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	other = name_attach(NULL, name, 0);
	EXPECT_NE(NULL, other);
	EXPECT_EQ(0, name_detach(other, 0));
	name[255] = 'n';
	name[256] = '\0';
	errno = 0;
	EXPECT_EQ(NULL, name_attach(NULL, name, 0));
	EXPECT_EQ(ENAMETOOLONG, errno);
	/* What was refused left no channel behind. */
	EXPECT_EQ(2, ChannelCreate(0));
	/* The channel may stay without the name. */
	EXPECT_EQ(-1, name_detach(NULL, 0));
	EXPECT_EQ(-1, name_detach(first, 0x80));
	EXPECT_EQ(0, name_detach(first, NAME_FLAG_DETACH_SAVEDPP));
	EXPECT_EQ(0, ChannelDestroy(1));
}

/* A name goes with its channel, and is free then. */
QT_TEST(here, channel_destroyed)
{
	name_attach_t *attach = name_attach(NULL, "brief", 0);
	int coid = name_open("brief", 0);

	ASSERT_NE(NULL, attach);
	ASSERT_GT(coid, 0);
	ASSERT_EQ(0, ChannelDestroy(attach->chid));
	EXPECT_TRUE(open_fails("brief"));
	EXPECT_EQ(-EBADF, MsgSend_r(coid, NULL, 0, NULL, 0));
	EXPECT_NE(NULL, name_attach(NULL, "brief", 0));
}

QT_TEST(pair, nodes)
{
	char text[64], path[] = "/net/beta~loadbalance/dev/name", *end = NULL;
	int nd = (int)self->qt.nd;

	EXPECT_EQ(0, netmgr_strtond("/", &end));
	EXPECT_EQ(0, ND_NODE_CMP(nd, nd));
	EXPECT_GT(0, ND_NODE_CMP(ND_LOCAL_NODE, nd + 1));
	EXPECT_LT(0, ND_NODE_CMP(nd + 1, nd));
	EXPECT_EQ(nd, netmgr_remote_nd(ND_LOCAL_NODE, nd));
	errno = 0;
	EXPECT_EQ(-1, netmgr_strtond("/net/gamma", NULL));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, netmgr_strtond("", NULL));
	EXPECT_EQ(-1, netmgr_strtond("/net/", NULL));
	EXPECT_EQ(-1, netmgr_ndtostr(0, 9999, text, sizeof(text)));
	if (!self->qt.remote) {
		/* No name of its own. */
		EXPECT_EQ(1, netmgr_ndtostr(ND2S_DIR_SHOW, 0, text, sizeof(text)));
		EXPECT_STREQ("/", text);
		return;
	}
	EXPECT_EQ(nd, netmgr_strtond("beta", NULL));
	EXPECT_EQ(nd, netmgr_strtond(path, &end));
	EXPECT_STREQ("/dev/name", end);
	EXPECT_EQ(0, netmgr_strtond("/net/alpha", NULL));
	EXPECT_EQ(0, netmgr_remote_nd(nd, nd));
	EXPECT_EQ(4, netmgr_ndtostr(0, nd, text, sizeof(text)));
	EXPECT_STREQ("beta", text);
	EXPECT_EQ(10, netmgr_ndtostr(ND2S_DIR_SHOW, nd, text, sizeof(text)));
	EXPECT_STREQ("/net/beta/", text);
	EXPECT_EQ(16, netmgr_ndtostr(ND2S_QOS_SHOW, nd, text, sizeof(text)));
	EXPECT_STREQ("beta~loadbalance", text);
	EXPECT_EQ(12, netmgr_ndtostr(ND2S_SEP_FORCE | ND2S_NAME_HIDE | ND2S_QOS_SHOW, nd, text,
				     sizeof(text)));
	EXPECT_STREQ("~loadbalance", text);
	EXPECT_EQ(5, netmgr_ndtostr(ND2S_LOCAL_STR, 0, text, 3));
	EXPECT_STREQ("al", text);
}

TEST_HARNESS_MAIN
