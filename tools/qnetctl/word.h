/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qnet - the words of a command line
 */
#ifndef QNETCTL_WORD_H
#define QNETCTL_WORD_H

#include <stdbool.h>
#include <stdint.h>

#define WORD_LLADDR_SIZE 18

/* A table of these ends with a NULL name; argv[0] is the first word after the command's own. */
struct word_command {
	const char *name;
	int (*run)(int argc, char **argv);
};

/*
 * Run the command that argv[0] names, abbreviated or not; the table's first where there is no
 * word.  @object is named in errors ("" at the top).  Returns the exit code.
 */
int word_dispatch(const struct word_command *table, const char *object, int argc, char **argv);

/* Is @word @keyword, or the beginning of it? */
bool word_is(const char *word, const char *keyword);
bool word_to_u32(const char *word, uint32_t *value);
/* Six bytes in hexadecimal, a colon between each two. */
bool word_to_lladdr(const char *word, uint8_t lladdr[6]);
/* The same back; returns @word. */
const char *word_from_lladdr(char word[WORD_LLADDR_SIZE], const uint8_t lladdr[6]);

#endif
