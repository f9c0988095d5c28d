// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - parameters: nodes that differ in them get along
 *
 * param_more_test.c has each of them.
 *
 * vm: timeout=120
 */
#define _GNU_SOURCE
#include "params_fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/neutrino.h>

/* What one node does by these the other one meets. */
static const char * const few[] = {
	"ack_delay", "window_most", "pull", "ack_frames", "eager_early", "share_most",
	"reorder_least", "probe_least",
};

TEST_F_TIMEOUT(param, few_differ, QT_TIMEOUT)
{
	bool both = qt_rounds(10) == 10, most;
	const struct param *param;
	int i;

	for (i = 0; i < qt_rounds(ARRAY_SIZE(few)); i++) {
		most = i % 2;
		param = params_find(&self->params, few[i]);
		ASSERT_NE(NULL, param)
			TH_LOG("%s", few[i]);
		EXPECT_TRUE(params_differ(&self->qt, self->server, param, most, PARAMS_LONG));
		EXPECT_TRUE(!both || params_differ(&self->qt, self->server, param, !most,
						   PARAMS_LONG));
	}
}

/*
 * What a node waits for that the other one had no room for, or did not hear: with the most here and
 * the least there it comes, but minutes later.
 */
static bool waited_for(const struct param *param)
{
	static const char * const names[] = {
		"announce", "announce_linked", "init_first", "init_most", "inits", "inits_new",
		"opening", "cookie", "hellos_answered", "hellos_waiting", "eager_wait", "busy",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(param->name, names[i]))
			return true;
	return false;
}

static void all(struct __test_metadata *_metadata, struct qt *qt, struct qt_server server,
		const struct params *params, bool client_most, bool server_most)
{
	const struct param *param;

	for (param = params->of; param < params->of + params->count; param++) {
		if (client_most != server_most && waited_for(param))
			continue;
		ASSERT_TRUE(params_give(qt->client_ns, param, client_most));
		ASSERT_TRUE(params_give(qt->server_ns, param, server_most));
	}
	EXPECT_TRUE(params_carry(qt, server, PARAMS_LONG))
		TH_LOG("the client's node has the %s, the server's the %s",
		       client_most ? "most" : "least", server_most ? "most" : "least");
}

struct connects {
	struct qt *qt;
	struct qt_server server;
	int coid;
};

/* A server's node hears of a connection when it is used. */
static bool connects(void *arg)
{
	struct connects *to = arg;
	int err;

	to->coid = qt_attach(to->qt, to->server);
	if (to->coid >= 0 && MsgSend(to->coid, "", 1, NULL, 0) >= 0)
		return true;
	err = errno;
	ConnectDetach(to->coid);
	errno = err;
	return false;
}

/* One more connection than a peer, or all, may have is refused, until another one is gone. */
TEST_F_TIMEOUT(param, attached, QT_TIMEOUT)
{
	static const char * const caps[] = { "attached", "attached_all" };
	struct connects one = { .qt = &self->qt, .server = self->server };
	int coid[2];
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(caps); i++) {
		ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set %s 2", caps[i]));
		for (k = 0; k < ARRAY_SIZE(coid); k++) {
			/* those before may be about to go */
			ASSERT_TRUE(qt_until(connects, &one));
			coid[k] = one.coid;
		}
		EXPECT_FALSE(connects(&one));
		EXPECT_EQ(EAGAIN, errno)
			TH_LOG("%s", caps[i]);
		ASSERT_EQ(0, ConnectDetach(coid[0]));
		EXPECT_TRUE(qt_until(connects, &one));
		EXPECT_EQ(0, ConnectDetach(coid[1]));
		EXPECT_EQ(0, ConnectDetach(one.coid));
		ASSERT_EQ(0, qt_run(self->qt.server_ns, "qnetctl param set %s default", caps[i]));
	}
}

TEST_F_TIMEOUT(param, all_at_an_end, QT_TIMEOUT)
{
	all(_metadata, &self->qt, self->server, &self->params, false, false);
	all(_metadata, &self->qt, self->server, &self->params, true, true);
}

TEST_F_TIMEOUT(param, all_differ, QT_TIMEOUT)
{
	all(_metadata, &self->qt, self->server, &self->params, false, true);
	all(_metadata, &self->qt, self->server, &self->params, true, false);
}

TEST_HARNESS_MAIN
