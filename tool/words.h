/* SPDX-License-Identifier: MIT
 *
 * The words that the formats share: addresses, priorities, kinds; and files line by line. A taker
 * moves *s behind what it took, or leaves it alone and returns false.
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
/* Cuts 'suffix' off the end of s. */
bool words_drop_suffix(char *s, const char *suffix);

/* Calls take_line for each line, without its end, until it returns false. An error names the line:
 * byte 0, no newline at the end, too long a line or text. *number is the current line. */
typedef bool WordsLineFunc(const char *line, gpointer data);
bool words_each_line(const char *file, const char *text, gsize length, unsigned *number,
                     WordsLineFunc *take_line, gpointer data, GError **error);

#endif
