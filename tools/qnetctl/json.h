/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - JSON on standard output
 *
 * A key of NULL stands for none: inside an array, and for the value at the top.
 */
#ifndef QNETCTL_JSON_H
#define QNETCTL_JSON_H

#include <stdbool.h>

void json_open(const char *key, char bracket);	/* '{' or '[' */
void json_close(char bracket);			/* '}' or ']' */
void json_end(void);				/* after the value at the top */
void json_string(const char *key, const char *value);
void json_number(const char *key, unsigned long long value);
/* A string: numbers above 2^53 are not safe in JSON. */
void json_hex(const char *key, unsigned long long value);
void json_bool(const char *key, bool value);

#endif
