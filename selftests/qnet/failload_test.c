// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - failing allocations: loading the module, making a network namespace
 *
 * Both make much that is not ours.  Loading is made to fail from where our initialisation begins,
 * which a load that it refuses at once tells; in a namespace ours comes last.
 *
 * Ends with the module loaded, as the runner had it.
 *
 * vm: timeout=150 kernel=debug allow=oom
 */
#define _GNU_SOURCE
#include "qt_fixture.h"
#include "rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/qnet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "qt_fail.h"

#define MANY	1000000		/* allocations: more than there are */
#define REFUSED	"ethertype=0x8204"	/* another protocol's */
#define LAST	24		/* allocations of a namespace that are looked at one by one */

static int load_file(void)
{
	struct utsname uts;
	char path[256];

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/qnet.ko", uts.release);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int load(int fd, const char *args)
{
	return syscall(SYS_finit_module, fd, args, 0) < 0 ? -errno : 0;
}

static bool loaded(void)
{
	return access("/sys/module/qnet", F_OK) == 0;
}

/* What ended just now may still hold it. */
static bool unloaded(void *arg)
{
	(void)arg;
	return syscall(SYS_delete_module, "qnet", O_NONBLOCK) == 0 || errno == ENOENT;
}

static bool works(void)
{
	int fd = socket(QNET_FAMILY_DEFAULT, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool fits(int ret)
{
	return !ret || ret == -ENOMEM || ret == -EFAULT || ret == -ENOSPC || ret == -ENOBUFS;
}

/* How many allocations and copies a load makes; ends with the module loaded, or refused. */
static unsigned int load_count(struct __test_metadata *_metadata, int fd, const char *args,
			       int wanted)
{
	unsigned int left;
	int ret;

	qt_fail_arm(QT_FAIL_ONE, MANY);
	ret = load(fd, args);
	left = qt_fail_left();
	ASSERT_FALSE(qt_fail_disarm());
	ASSERT_EQ(wanted, ret);
	return MANY - left;
}

/* Returns false once nothing failed. */
static bool load_step(struct __test_metadata *_metadata, int fd, enum qt_fail_mode mode,
		      unsigned int nth)
{
	bool injected;
	int ret;

	qt_fail_arm(mode, nth);
	ret = load(fd, "");
	injected = qt_fail_disarm();
	ASSERT_TRUE(fits(ret)) TH_LOG("%d at %u", ret, nth);
	ASSERT_EQ(!ret, loaded());
	if (ret)
		return injected;
	ASSERT_TRUE(works());
	ASSERT_TRUE(qt_until(unloaded, NULL));
	return injected;
}

FIXTURE(load) {
};

FIXTURE_SETUP(load)
{
	(void)self;
	ASSERT_TRUE(qt_fail_begin());
}

FIXTURE_TEARDOWN(load)
{
	(void)self;
	qt_fail_end();
}

QT_TEST(load, module)
{
	unsigned int first, last, nth, failed = 0;
	int fd = load_file();

	ASSERT_LE(0, fd);
	ASSERT_TRUE(qt_until(unloaded, NULL));
	first = load_count(_metadata, fd, REFUSED, -EINVAL);
	last = load_count(_metadata, fd, "", 0);
	ASSERT_TRUE(qt_until(unloaded, NULL));
	TH_LOG("of %u allocations %u are before ours", last, first);
	ASSERT_LT(first, last);

	for (nth = first > 4 ? first - 4 : 1; nth <= last; nth++)
		failed += load_step(_metadata, fd, QT_FAIL_ONE, nth);
	for (nth = first; nth <= last; nth += 3)
		failed += load_step(_metadata, fd, QT_FAIL_REST, nth);
	EXPECT_LT(0, failed);

	EXPECT_EQ(0, load(fd, ""));
	EXPECT_TRUE(works());
}

/* Loading with what cannot be leaves nothing behind, at whatever step that shows. */
QT_TEST(load, refused)
{
	static const struct {
		const char *args;
		int err;
	} cases[] = {
		{ REFUSED, -EINVAL },
		{ "family=0", -EINVAL },
		{ "family=46", -EINVAL },
		{ "family=1", -EEXIST },	/* AF_UNIX: taken */
	};
	int fd = load_file(), here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	size_t i;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, here);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_TRUE(qt_until(unloaded, NULL));
		EXPECT_EQ(cases[i].err, load(fd, cases[i].args)) TH_LOG("%s", cases[i].args);
		EXPECT_FALSE(loaded());
		/* whoever listened is asked about a namespace and a device */
		ASSERT_EQ(0, unshare(CLONE_NEWNET));
		EXPECT_EQ(0, rtnl_veth(-1, here, "refused"));
		EXPECT_EQ(0, rtnl_del(-1, "refused"));
		ASSERT_EQ(0, setns(here, CLONE_NEWNET));
		EXPECT_EQ(0, load(fd, ""));
		EXPECT_TRUE(works());
	}
}

static int space(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -errno : 0;
}

/* What the rest of the kernel says of its own is its affair: EEXIST, ENODEV, EAFNOSUPPORT occur. */
static bool space_step(struct __test_metadata *_metadata, enum qt_fail_mode mode, unsigned int nth,
		       bool ours)
{
	bool injected;
	int ret;

	qt_fail_arm(mode, nth);
	ret = space();
	injected = qt_fail_disarm();
	ASSERT_TRUE(!ours || fits(ret)) TH_LOG("%d at %u", ret, nth);
	ASSERT_TRUE(works());
	return injected;
}

QT_TEST(load, network_namespace)
{
	unsigned int nth, last;
	int failed = 0;

	ASSERT_TRUE(loaded());
	ASSERT_EQ(0, space());
	qt_fail_arm(QT_FAIL_ONE, MANY);
	ASSERT_EQ(0, space());
	last = MANY - qt_fail_left();
	ASSERT_FALSE(qt_fail_disarm());
	TH_LOG("%u allocations", last);
	ASSERT_LT(LAST, last);

	for (nth = 1; nth < last - LAST; nth += last / 20)
		failed += space_step(_metadata, QT_FAIL_ONE, nth, false);
	for (; nth <= last; nth++)
		failed += space_step(_metadata, QT_FAIL_ONE, nth, true);
	failed += space_step(_metadata, QT_FAIL_REST, last - LAST / 2, true);
	EXPECT_LT(0, failed);
	ASSERT_EQ(0, space());
	EXPECT_TRUE(works());
}

TEST_HARNESS_MAIN
