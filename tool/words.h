/* SPDX-License-Identifier: MIT
 *
 * The words that the formats share: addresses, priorities, kinds. Also reads files line by line. A
 * words_take function moves *s to the end of what it took and returns true; if the text is not
 * what it takes, it leaves *s alone and returns false.
 */
#ifndef TOOL_WORDS_H
#define TOOL_WORDS_H

#include "mtree.h"

enum { WORDS_MAX_LINE = 16384 };

bool words_take(const char **s, const char *word);
/* Sixteen hexadecimal digits. */
bool words_take_address(const char **s, hwaddr *value);
bool words_take_extent(const char **s, hwaddr *start, hwaddr *last);
bool words_take_priority(const char **s, int32_t *value);
/* [nv-]KIND */
bool words_take_kind(const char **s, MtreeKind *kind, bool *nonvolatile);
/* Cuts 'suffix' off the end of s. False if s does not end with it. */
bool words_drop_suffix(char *s, const char *suffix);

/* Calls take_line for each line, without its newline, until it returns false. *number is the
 * current line. False with an error that names the line: it has a byte 0, has no newline at its
 * end, or is too long; or the whole text is too long. */
typedef bool WordsLineFunc(const char *line, gpointer data);
bool words_each_line(const char *file, const char *text, gsize length, unsigned *number,
                     WordsLineFunc *take_line, gpointer data, GError **error);

#endif
