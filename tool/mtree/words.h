/* SPDX-License-Identifier: MIT
 *
 * The words that the formats share: addresses, priorities, kinds. Also reads files line by line. A
 * words_take function returns true and moves *s past the word that it took. If *s does not begin
 * with such a word, it returns false and leaves *s alone.
 */
#ifndef TOOL_MTREE_WORDS_H
#define TOOL_MTREE_WORDS_H

#include "mtree/mtree.h"

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
/* Cuts ` owner:{...} parent:{...}` or ` orphan` off the end of s, and returns it and its owner
 * alone, or NULL; the caller frees them. False if s ends with neither. */
bool words_drop_owner(char *s, char **whole, char **self);

/* Calls take_line for each line, without its newline, until it returns false. *number is the
 * current line. Returns false and an error that names the line if the line has a byte 0, has no
 * newline at its end, or is too long, or if the whole text is too long. */
typedef bool WordsLineFunc(const char *line, gpointer data);
bool words_each_line(const char *file, const char *text, gsize length, unsigned *number,
                     WordsLineFunc *take_line, gpointer data, GError **error);

#endif
