// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what the test programs share: one node, or two on one wire
 */
#define _GNU_SOURCE
#include "genl.h"
#include "qt.h"
#include "rtnl.h"

#include <fcntl.h>
#include <linux/qnet.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

static int qt_ns_new(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

int qt_rounds(int rounds)
{
	/* what tells the debug kernel, and the one that looks for races */
	bool slow = !access("/sys/kernel/debug/kmemleak", F_OK) ||
		    !access("/sys/kernel/debug/kcsan", F_OK);

	return slow ? (rounds + 9) / 10 : rounds;
}

int qt_run(int ns, const char *format, ...)
{
	char command[1024];
	va_list args;
	int status;
	pid_t pid;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);

	pid = fork();
	if (pid == 0) {
		if (ns >= 0 && setns(ns, CLONE_NEWNET) < 0)
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	if (status)
		fprintf(stderr, "# %s: exit status %d\n", command, WEXITSTATUS(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* By netlink, not by ip and qnetctl: a program more takes a guest as long as all the rest. */
static bool qt_wire(struct qt *qt)
{
	int err = rtnl_veth(qt->client_ns, qt->server_ns, "veth0");

	if (err)
		fprintf(stderr, "# veth0: errno %d (%s)\n", -err, strerror(-err));
	return !err;
}

bool qt_bearer(int ns, bool add)
{
	unsigned int index = rtnl_index(ns, "veth0");
	struct genl genl;
	int err;

	if (!genl_open_in(&genl, ns))
		return false;
	err = add ? genl_bearer_add(&genl, index) : genl_bearer_del(&genl, index);
	if (err)
		fprintf(stderr, "# bearer veth0: errno %d (%s) %s\n", -err, strerror(-err),
			genl.text);
	genl_close(&genl);
	return !err;
}

static bool qt_node(int ns, const char *name)
{
	struct genl genl;
	bool good;

	if (rtnl_up(ns, "lo") || rtnl_up(ns, "veth0") || !genl_open_in(&genl, ns))
		return false;
	good = !genl_set_name(&genl, name);
	if (!good)
		fprintf(stderr, "# node %s: %s\n", name, genl.text);
	genl_close(&genl);
	return good && qt_bearer(ns, true);
}

struct qt_peer {
	int ns;
	const char *name;
	bool up;
};

static void qt_peer_look(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *node = genl_find(hdr, QNET_A_NODE);
	const struct nlattr *name = genl_find_in(node, QNET_A_NODE_NAME);
	struct qt_peer *peer = arg;

	if (name && !strcmp(genl_data(name), peer->name))
		peer->up = genl_u32(genl_find_in(node, QNET_A_NODE_STATE)) == QNET_NODE_UP;
}

static bool qt_peer_up(void *arg)
{
	struct qt_peer *peer = arg;
	struct genl_msg msg;
	struct genl genl;

	peer->up = false;
	if (!genl_open_in(&genl, peer->ns))
		return false;
	genl_begin(&genl, &msg, QNET_CMD_NODE_GET, NLM_F_DUMP);
	if (genl_run(&genl, &msg, qt_peer_look, peer))
		peer->up = false;
	genl_close(&genl);
	return peer->up;
}

static bool qt_wait_up(struct qt *qt)
{
	struct qt_peer beta = { .ns = qt->client_ns, .name = "beta" };
	struct qt_peer alpha = { .ns = qt->server_ns, .name = "alpha" };

	return qt_until(qt_peer_up, &beta) && qt_until(qt_peer_up, &alpha) &&
	       setns(qt->client_ns, CLONE_NEWNET) == 0;
}

/* The servers' node as the client's numbers it. */
static bool qt_remote_nd(struct qt *qt)
{
	int nd;

	nd = netmgr_strtond("/net/beta", NULL);
	if (nd <= 0) {
		fprintf(stderr, "# netmgr_strtond: %d, errno %d\n", nd, errno);
		return false;
	}
	qt->nd = (uint32_t)nd;
	return true;
}

static bool qt_remote(struct qt *qt)
{
	return qt_wire(qt) && qt_node(qt->client_ns, "alpha") &&
	       qt_node(qt->server_ns, "beta") && qt_wait_up(qt) && qt_remote_nd(qt);
}

static bool qt_page(struct qt *qt, bool remote)
{
	qt->remote = remote;
	qt->pid = getpid();
	qt->server_ns = -1;
	qt->page = mmap(NULL, sizeof(*qt->page), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return qt->page != MAP_FAILED;
}

bool qt_setup(struct qt *qt, bool remote)
{
	if (!qt_page(qt, remote))
		return false;
	if (remote) {
		qt->server_ns = qt_ns_new();
		if (qt->server_ns < 0)
			return false;
	}
	qt->client_ns = qt_ns_new();
	if (qt->client_ns < 0)
		return false;
	return !remote || qt_remote(qt);
}

bool qt_rewire(struct qt *qt)
{
	return qt_wire(qt) && qt_node(qt->client_ns, "alpha") &&
	       qt_node(qt->server_ns, "beta") && qt_relink(qt);
}

bool qt_relink(struct qt *qt)
{
	return qt_wait_up(qt) && qt_remote_nd(qt);
}

static bool qt_unwired(void *arg)
{
	return !rtnl_index(((struct qt *)arg)->client_ns, "veth0");
}

bool qt_server_node_new(struct qt *qt)
{
	close(qt->server_ns);
	/* the wire goes with the old namespace */
	if (!qt_until(qt_unwired, qt))
		return false;
	qt->server_ns = qt_ns_new();
	return qt->server_ns >= 0 && setns(qt->client_ns, CLONE_NEWNET) == 0 && qt_rewire(qt);
}

/* Two nodes that tests share: to make them takes longer than most tests. */
#define QT_SHARED_CLIENT "/run/qt-alpha"
#define QT_SHARED_SERVER "/run/qt-beta"
/* And the node of those that need one only. */
#define QT_SHARED_ALONE "/run/qt-alone"

static bool qt_pin(int ns, const char *path)
{
	char source[64];
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	close(fd);
	snprintf(source, sizeof(source), "/proc/self/fd/%d", ns);
	return mount(source, path, NULL, MS_BIND, NULL) == 0;
}

static void qt_unpin(void)
{
	umount2(QT_SHARED_CLIENT, MNT_DETACH);
	umount2(QT_SHARED_SERVER, MNT_DETACH);
	unlink(QT_SHARED_CLIENT);
	unlink(QT_SHARED_SERVER);
}

/*
 * Those of an earlier test, if their link is up as it left it.  libqnet is asked last: its file is
 * of the namespace where it is used first.
 */
static bool qt_shared(struct qt *qt)
{
	struct qt_peer beta = { .name = "beta" };

	qt->client_ns = open(QT_SHARED_CLIENT, O_RDONLY | O_CLOEXEC);
	qt->server_ns = open(QT_SHARED_SERVER, O_RDONLY | O_CLOEXEC);
	beta.ns = qt->client_ns;
	if (qt->client_ns >= 0 && qt->server_ns >= 0 && qt_peer_up(&beta) &&
	    setns(qt->client_ns, CLONE_NEWNET) == 0 && qt_remote_nd(qt))
		return true;
	if (qt->client_ns >= 0)
		close(qt->client_ns);
	if (qt->server_ns >= 0)
		close(qt->server_ns);
	qt->server_ns = -1;
	return false;
}

static bool qt_setup_alone(struct qt *qt)
{
	qt->client_ns = open(QT_SHARED_ALONE, O_RDONLY | O_CLOEXEC);
	/* a file that nothing is mounted on is a test's that was killed */
	if (qt->client_ns >= 0 && setns(qt->client_ns, CLONE_NEWNET) == 0)
		return true;
	qt->client_ns = qt_ns_new();
	return qt->client_ns >= 0 && qt_pin(qt->client_ns, QT_SHARED_ALONE);
}

bool qt_setup_shared(struct qt *qt, bool remote)
{
	if (!qt_page(qt, remote))
		return false;
	if (!remote)
		return qt_setup_alone(qt);
	if (qt_shared(qt))
		return true;
	qt_unpin();
	return qt_setup(qt, true) && qt_pin(qt->client_ns, QT_SHARED_CLIENT) &&
	       qt_pin(qt->server_ns, QT_SHARED_SERVER);
}

void qt_teardown(struct qt *qt)
{
	while (qt->children)
		qt_kill(qt, qt->child[0]);
}
