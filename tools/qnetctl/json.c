// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - JSON on standard output
 */
#include "json.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static bool json_comma;		/* a value stands before this place */

/* Length of the UTF-8 sequence at @s, 0 where there is none. */
static int json_utf8_len(const unsigned char *s)
{
	int i, len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t min[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t code = s[0] & (0xff >> (len + 1));

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < min[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return len;
}

/* A device's name is any bytes: what is not UTF-8 is shown as if it were Latin-1. */
static void json_text(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	int len;

	putchar('"');
	while (*s) {
		len = *s < 0x80 ? 1 : json_utf8_len(s);
		if (!len || *s < 0x20) {
			printf("\\u%04x", *s);
			len = 1;
		} else {
			if (*s == '"' || *s == '\\')
				putchar('\\');
			fwrite(s, len, 1, stdout);
		}
		s += len;
	}
	putchar('"');
}

static void json_key(const char *key)
{
	if (json_comma)
		putchar(',');
	json_comma = true;
	if (!key)
		return;
	json_text(key);
	putchar(':');
}

void json_open(const char *key, char bracket)
{
	json_key(key);
	putchar(bracket);
	json_comma = false;
}

void json_close(char bracket)
{
	putchar(bracket);
	json_comma = true;
}

void json_end(void)
{
	putchar('\n');
	json_comma = false;
}

void json_string(const char *key, const char *value)
{
	json_key(key);
	json_text(value);
}

void json_number(const char *key, unsigned long long value)
{
	json_key(key);
	printf("%llu", value);
}

void json_hex(const char *key, unsigned long long value)
{
	json_key(key);
	printf("\"0x%016llx\"", value);
}

void json_bool(const char *key, bool value)
{
	json_key(key);
	fputs(value ? "true" : "false", stdout);
}
