/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void words_split(Words *words, char *line)
{
    words->count = 0;
    while (line && words->count < WORDS_MOST) {
        words->word[words->count++] = strsep(&line, " ");
    }
}

bool words_number(const Words *words, unsigned index, uint64_t *value)
{
    char *end;

    if (index >= words->count || words->word[index][0] == '\0') {
        return false;
    }
    errno = 0;
    *value = strtoull(words->word[index], &end, 0);
    return errno == 0 && *end == '\0' && end != words->word[index];
}
