// SPDX-License-Identifier: GPL-2.0
/*
 * qnet - the words of a command line
 *
 * As ip(8): any beginning of a word stands for it.  Unlike ip(8), one that two words share is
 * refused: what a script meant must not change when a command is added.
 */
#include "word.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const struct word_command *word_find(const struct word_command *table, const char *word,
					    const struct word_command **second)
{
	const struct word_command *command, *found = NULL;

	*second = NULL;
	for (command = table; command->name; command++) {
		if (!strcmp(command->name, word)) {
			*second = NULL;
			return command;
		}
		if (!word_is(word, command->name))
			continue;
		if (found)
			*second = command;
		else
			found = command;
	}
	return found;
}

int word_dispatch(const struct word_command *table, const char *object, int argc, char **argv)
{
	const struct word_command *command, *second;
	const char *blank = *object ? " " : "";

	if (!argc)
		return table->run(0, argv);
	command = word_find(table, argv[0], &second);
	if (!command)
		return report_usage("%s%sunknown command '%s'", object, blank, argv[0]);
	if (second)
		return report_usage("%s%s'%s' could be %s or %s", object, blank, argv[0],
				    command->name, second->name);
	return command->run(argc - 1, argv + 1);
}

bool word_is(const char *word, const char *keyword)
{
	size_t len = strlen(word);

	return len && !strncmp(word, keyword, len);
}

bool word_to_u32(const char *word, uint32_t *value)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)*word))
		return false;
	errno = 0;
	number = strtoull(word, &end, 10);
	if (*end || errno || number > UINT32_MAX)
		return false;
	*value = number;
	return true;
}

static int word_nibble(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = strchr(digits, tolower((unsigned char)c));

	return c && at ? (int)(at - digits) : -1;
}

bool word_to_lladdr(const char *word, uint8_t lladdr[6])
{
	int i, high, low;

	if (strlen(word) != 17)
		return false;
	for (i = 0; i < 6; i++, word += 3) {
		high = word_nibble(word[0]);
		low = word_nibble(word[1]);
		if (high < 0 || low < 0 || word[2] != (i < 5 ? ':' : '\0'))
			return false;
		lladdr[i] = high << 4 | low;
	}
	return true;
}

const char *word_from_lladdr(char word[WORD_LLADDR_SIZE], const uint8_t lladdr[6])
{
	snprintf(word, WORD_LLADDR_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", lladdr[0], lladdr[1],
		 lladdr[2], lladdr[3], lladdr[4], lladdr[5]);
	return word;
}
