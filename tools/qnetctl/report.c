// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - what qnetctl says when it does not do as it was told, and its exit codes
 */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "netlink.h"

int report_usage(const char *fmt, ...)
{
	va_list args;

	fputs("qnetctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("; try qnetctl help\n", stderr);
	return REPORT_USAGE;
}

int report_failed(const char *fmt, ...)
{
	va_list args;

	fputs("qnetctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return REPORT_REFUSED;
}

int report_refused(const char *fmt, ...)
{
	va_list args;

	fputs("qnetctl: ", stderr);
	if (!qnl_absent()) {
		va_start(args, fmt);
		vfprintf(stderr, fmt, args);
		va_end(args);
		fputs(": ", stderr);
	}
	fprintf(stderr, "%s\n", qnl_text());
	return REPORT_REFUSED;
}

int report_output(void)
{
	fprintf(stderr, "qnetctl: standard output: %s\n", strerror(errno));
	return REPORT_REFUSED;
}
