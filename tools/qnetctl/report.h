/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what qnetctl says when it does not do as it was told, and its exit codes
 */
#ifndef QNETCTL_REPORT_H
#define QNETCTL_REPORT_H

enum report_exit {
	REPORT_OK = 0,
	REPORT_REFUSED = 1,	/* by the kernel, or it was not there to ask */
	REPORT_USAGE = 2,
};

/* Each prints one line on stderr and returns the exit code; @fmt names the object. */
int report_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int report_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, with the kernel's reason behind it. */
int report_refused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Standard output could not be written. */
int report_output(void);

#endif
