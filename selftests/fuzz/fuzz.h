/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - what the fuzz targets share: a property that must hold, numbers out of the input
 */
#ifndef _QNET_FUZZ_H
#define _QNET_FUZZ_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer keeps the input of a program that aborts. */
#define fuzz_check(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
				#condition); \
			abort(); \
		} \
	} while (0)

struct fuzz_input {
	const u8 *data;
	size_t left;
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The next @size bytes; zeros where the input has ended. */
static inline void fuzz_take(struct fuzz_input *in, void *to, size_t size)
{
	size_t part = size < in->left ? size : in->left;

	memset(to, 0, size);
	if (part)
		memcpy(to, in->data, part);
	in->data += part;
	in->left -= part;
}

static inline u64 fuzz_number(struct fuzz_input *in, size_t bytes)
{
	u64 number = 0;

	fuzz_take(in, &number, bytes);
	return number;
}

#endif
