// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - allocations and user copies that fail
 */
#define _GNU_SOURCE
#include "qt_fail.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEBUG_DIR	"/sys/kernel/debug/"

/* Of the calling thread; opened while nothing fails. */
static __thread int qt_fail_nth_fd = -1;
static __thread int qt_fail_mark_fd = -1;

static bool qt_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, value, strlen(value));
	close(fd);
	return n > 0;
}

static bool qt_debug(const char *dir, const char *name, unsigned int value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), DEBUG_DIR "%s/%s", dir, name);
	snprintf(text, sizeof(text), "%u", value);
	if (qt_write(path, text))
		return true;
	fprintf(stderr, "# %s: cannot be written\n", path);
	return false;
}

static bool qt_fail_knob(const char *dir)
{
	return qt_debug(dir, "times", -1U) && qt_debug(dir, "interval", 1) &&
	       qt_debug(dir, "verbose", 0) && qt_debug(dir, "task-filter", 1);
}

/* The kernel describes its memory at some failures: not on a console that is slow. */
static bool qt_fail_console(bool all)
{
	return qt_write("/proc/sys/kernel/printk", all ? "5" : "3");
}

bool qt_fail_begin(void)
{
	struct qt_fail_rate all = { .slab = 100, .page = 100 };

	qt_fail_nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	qt_fail_mark_fd = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	return qt_fail_nth_fd >= 0 && qt_fail_mark_fd >= 0 && qt_fail_knob("failslab") &&
	       qt_fail_knob("fail_page_alloc") && qt_fail_knob("fail_usercopy") &&
	       qt_debug("fail_page_alloc", "min-order", 0) && qt_fail_rate(&all) &&
	       qt_fail_console(false) && mlockall(MCL_CURRENT) == 0;
}

void qt_fail_end(void)
{
	struct qt_fail_rate none = { 0 };

	qt_fail_rate(&none);
	qt_fail_console(true);
	if (qt_fail_nth_fd >= 0)
		close(qt_fail_nth_fd);
	if (qt_fail_mark_fd >= 0)
		close(qt_fail_mark_fd);
	qt_fail_nth_fd = -1;
	qt_fail_mark_fd = -1;
}

bool qt_fail_rate(const struct qt_fail_rate *rate)
{
	/* first what says whom it is for */
	return qt_debug("failslab", "probability", 0) &&
	       qt_debug("fail_page_alloc", "probability", 0) &&
	       qt_debug("failslab", "task-filter", !rate->atomic_only) &&
	       qt_debug("failslab", "ignore-gfp-wait", rate->atomic_only) &&
	       qt_debug("fail_page_alloc", "task-filter", !rate->atomic_only) &&
	       qt_debug("fail_page_alloc", "ignore-gfp-wait", rate->atomic_only) &&
	       qt_debug("fail_usercopy", "probability", rate->copy) &&
	       qt_debug("fail_page_alloc", "probability", rate->page) &&
	       qt_debug("failslab", "probability", rate->slab);
}

bool qt_fail_mark(pid_t pid, bool mark)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/make-it-fail", pid);
	return qt_write(path, mark ? "1" : "0");
}

/* The write itself copies from user space, and may be what fails. */
static void qt_fail_put(int fd, const char *text)
{
	while (pwrite(fd, text, strlen(text), 0) < 0)
		;
}

void qt_fail_arm(enum qt_fail_mode mode, unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	if (mode == QT_FAIL_REST)
		qt_fail_put(qt_fail_mark_fd, "1");
	qt_fail_put(qt_fail_nth_fd, text);
}

unsigned int qt_fail_left(void)
{
	char text[16] = "";

	/* the copy to this buffer counts, too: it can be the last that was to come */
	if (pread(qt_fail_nth_fd, text, sizeof(text) - 1, 0) < 0)
		return 1;
	return (unsigned int)atoi(text);
}

bool qt_fail_disarm(void)
{
	bool injected = !qt_fail_left();

	qt_fail_put(qt_fail_mark_fd, "0");
	qt_fail_put(qt_fail_nth_fd, "0");
	return injected;
}
