// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * qnet - what Neutrino's C library has and glibc lacks, or lacked
 */
#include <sys/neutrino.h>

#undef sigval
#undef sigqueue

#undef strlcpy
#undef strlcat

int qnet_sigqueue(pid_t pid, int signo, const union qnet_sigval value)
{
	union sigval native = { .sival_ptr = value.sival_ptr };

	return sigqueue(pid, signo, native);
}

/* Gives what is left of the time when a signal cut it short, else 0. */
unsigned int delay(unsigned int milliseconds)
{
	struct timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};
	struct timespec left = { 0 };

	if (nanosleep(&time, &left) == 0)
		return 0;
	return (unsigned int)(left.tv_sec * 1000 + left.tv_nsec / 1000000);
}

static void qnet_text_reverse(char *first, char *last)
{
	char byte;

	for (; first < last; first++, last--) {
		byte = *first;
		*first = *last;
		*last = byte;
	}
}

/* Only a decimal number has a sign; others show the bits. */
char *itoa(int value, char *buffer, int radix)
{
	unsigned int rest = (unsigned int)value;
	char *digits = buffer;
	char *end;

	if (radix < 2 || radix > 36) {
		*buffer = '\0';
		return buffer;
	}
	if (radix == 10 && value < 0) {
		*digits++ = '-';
		rest = 0 - rest;
	}
	end = digits;
	do {
		*end++ = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % (unsigned int)radix];
		rest /= (unsigned int)radix;
	} while (rest);
	*end = '\0';
	qnet_text_reverse(digits, end - 1);
	return buffer;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t n = len < size ? len : size - 1;

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

size_t strlcat(char *dst, const char *src, size_t size)
{
	size_t used = strnlen(dst, size);

	return used + strlcpy(dst + used, src, size - used);
}
