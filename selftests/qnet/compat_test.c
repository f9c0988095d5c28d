// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what libqnet has of Neutrino's C library, and the shapes of its structs
 */
#include "kselftest_harness.h"

#include <limits.h>
#include <sys/neutrino.h>

TEST(int_to_text)
{
	char text[40];

	EXPECT_STREQ("0", itoa(0, text, 10));
	EXPECT_STREQ("-17", itoa(-17, text, 10));
	EXPECT_STREQ("2147483647", itoa(INT_MAX, text, 10));
	EXPECT_STREQ("-2147483648", itoa(INT_MIN, text, 10));
	EXPECT_STREQ("ff", itoa(255, text, 16));
	EXPECT_STREQ("ffffffff", itoa(-1, text, 16));
	EXPECT_STREQ("1010", itoa(10, text, 2));
	EXPECT_STREQ("zz", itoa(35 * 36 + 35, text, 36));
	EXPECT_STREQ("", itoa(5, text, 1));
	EXPECT_STREQ("", itoa(5, text, 37));
}

TEST(strings)
{
	char text[8] = "xxxxxxx";

	EXPECT_EQ(3, strlcpy(text, "abc", sizeof(text)));
	EXPECT_STREQ("abc", text);
	EXPECT_EQ(9, strlcpy(text, "123456789", sizeof(text)));
	EXPECT_STREQ("1234567", text);
	EXPECT_EQ(2, strlcpy(text, "zz", 0));
	EXPECT_STREQ("1234567", text);
	EXPECT_EQ(0, strlcpy(text, "", sizeof(text)));
	EXPECT_EQ(4, strlcat(text, "abcd", sizeof(text)));
	EXPECT_EQ(9, strlcat(text, "efghi", sizeof(text)));
	EXPECT_STREQ("abcdefg", text);
	EXPECT_EQ(8, strlcat(text, "hijkl", 3));
}

TEST(waiting)
{
	struct timespec began, ended;

	clock_gettime(CLOCK_MONOTONIC, &began);
	EXPECT_EQ(0, delay(20));
	clock_gettime(CLOCK_MONOTONIC, &ended);
	EXPECT_GE((ended.tv_sec - began.tv_sec) * 1000000000 + ended.tv_nsec - began.tv_nsec,
		  20 * 1000000);
}

TEST(shapes)
{
	union sigval value = { .sival_long = -5 };
	struct _pulse pulse = { .type = _PULSE_TYPE };
	char byte;
	iov_t iov;

	EXPECT_EQ(24, sizeof(struct _pulse));
	EXPECT_EQ(8, sizeof(union sigval));
	EXPECT_EQ(64, sizeof(struct _msg_info));
	EXPECT_EQ(-5, value.sival_int);
	pulse.value.sival_ptr = &pulse;
	EXPECT_EQ(&pulse, pulse.value.sival_ptr);
	SETIOV(&iov, &byte, 7);
	EXPECT_EQ(&byte, GETIOVBASE(&iov));
	EXPECT_EQ(7, GETIOVLEN(&iov));
	SETIOV_CONST(&iov, "text", 4);
	EXPECT_EQ(4, GETIOVLEN(&iov));
	EXPECT_EQ(0, EOK);
}

static int seen;

static void handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	seen = info->si_value.sival_int;
}

/* "union sigval" is another than glibc's; sigqueue() takes it. */
TEST(queued_signal)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	union sigval value = { .sival_int = 77 };

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, sigqueue(getpid(), SIGUSR1, value));
	EXPECT_EQ(77, seen);
}

TEST_HARNESS_MAIN
