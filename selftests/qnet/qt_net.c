// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what the test programs share: one node, or two on one wire
 */
#define _GNU_SOURCE
#include "qt.h"

#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define QT_TEXT_SIZE 16384

static int qt_ns_new(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
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

/* A process that stays in a namespace, so that ip can name the namespace by it. */
static pid_t qt_ns_holder(int ns)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (setns(ns, CLONE_NEWNET) < 0)
		_exit(1);
	for (;;)
		pause();
}

static bool qt_in_ns(void *arg)
{
	const pid_t *holder = arg;
	char own[64] = "", other[64] = "", path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", *holder);
	if (readlink("/proc/self/ns/net", own, sizeof(own) - 1) < 0 ||
	    readlink(path, other, sizeof(other) - 1) < 0)
		return false;
	return strcmp(own, other) != 0;
}

/* The test is in the client's namespace here, so the holder is across as soon as it differs. */
static bool qt_wire(int server_ns)
{
	pid_t holder = qt_ns_holder(server_ns);
	bool wired = holder > 0 && qt_until(qt_in_ns, &holder) &&
		     !qt_run(-1, "ip link add veth0 type veth peer name veth0 netns %d", holder);

	if (holder > 0) {
		kill(holder, SIGKILL);
		waitpid(holder, NULL, 0);
	}
	return wired;
}

static bool qt_node(int ns, const char *name)
{
	return !qt_run(ns, "ip link set lo up && ip link set veth0 up") &&
	       !qt_run(ns, "qnetctl node set %s && qnetctl bearer add veth0", name);
}

struct qt_peer {
	int ns;
	const char *name;
	char text[QT_TEXT_SIZE];
};

static void qt_node_list(struct qt_peer *peer)
{
	size_t used = 0, n;
	FILE *file;

	peer->text[0] = '\0';
	if (setns(peer->ns, CLONE_NEWNET) < 0)
		return;
	file = popen("qnetctl -j node list", "re");
	if (!file)
		return;
	while ((n = fread(peer->text + used, 1, QT_TEXT_SIZE - 1 - used, file)) > 0)
		used += n;
	pclose(file);
	for (n = 0; n < used; n++)
		peer->text[n] = (char)tolower(peer->text[n]);
	peer->text[used] = '\0';
}

/* Does one {...} of the list hold both the peer's name and "up"? */
static bool qt_peer_up(void *arg)
{
	struct qt_peer *peer = arg;
	char *object, *save = NULL;
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", peer->name);
	qt_node_list(peer);
	for (object = strtok_r(peer->text, "}", &save); object;
	     object = strtok_r(NULL, "}", &save)) {
		if (strstr(object, quoted) && strstr(object, "\"up\""))
			return true;
	}
	return false;
}

static bool qt_wait_up(struct qt *qt)
{
	static struct qt_peer beta, alpha;

	beta = (struct qt_peer){ .ns = qt->client_ns, .name = "beta" };
	alpha = (struct qt_peer){ .ns = qt->server_ns, .name = "alpha" };
	return qt_until(qt_peer_up, &beta) && qt_until(qt_peer_up, &alpha) &&
	       setns(qt->client_ns, CLONE_NEWNET) == 0;
}

static bool qt_remote(struct qt *qt)
{
	int nd;

	if (!qt_wire(qt->server_ns) || !qt_node(qt->client_ns, "alpha") ||
	    !qt_node(qt->server_ns, "beta") || !qt_wait_up(qt))
		return false;
	nd = netmgr_strtond("/net/beta", NULL);
	if (nd <= 0) {
		fprintf(stderr, "# netmgr_strtond: %d, errno %d\n", nd, errno);
		return false;
	}
	qt->nd = (uint32_t)nd;
	return true;
}

bool qt_setup(struct qt *qt, bool remote)
{
	qt->remote = remote;
	qt->pid = getpid();
	qt->server_ns = -1;
	qt->page = mmap(NULL, sizeof(*qt->page), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (qt->page == MAP_FAILED)
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

void qt_teardown(struct qt *qt)
{
	while (qt->children)
		qt_kill(qt, qt->child[0]);
}
