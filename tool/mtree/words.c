/* SPDX-License-Identifier: MIT
 *
 * Reads the smallest parts of the formats (words.h). Does not know what lines mean.
 */
#include "mtree/words.h"

#include <string.h>

bool words_take(const char **s, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(*s, word, n) != 0) {
        return false;
    }
    *s += n;
    return true;
}

bool words_take_address(const char **s, hwaddr *value)
{
    hwaddr v = 0;

    for (int i = 0; i < 16; i++) {
        int digit = g_ascii_xdigit_value((*s)[i]);
        if (digit < 0) {
            return false;
        }
        v = v << 4 | (hwaddr)digit;
    }
    *s += 16;
    *value = v;
    return true;
}

bool words_take_extent(const char **s, hwaddr *start, hwaddr *last)
{
    const char *at = *s;

    if (!words_take_address(&at, start) || !words_take(&at, "-") ||
        !words_take_address(&at, last)) {
        return false;
    }
    *s = at;
    return true;
}

bool words_take_priority(const char **s, int32_t *value)
{
    char *end;
    gint64 v = g_ascii_strtoll(*s, &end, 10);

    if (end == *s || g_ascii_isspace(**s) || v < INT32_MIN || v > INT32_MAX) {
        return false;
    }
    *s = end;
    *value = (int32_t)v;
    return true;
}

bool words_take_kind(const char **s, MtreeKind *kind, bool *nonvolatile)
{
    static const struct {
        const char *word;
        MtreeKind kind;
    } kinds[] = {
        /* "ramd" and "romd" come before "ram" and "rom", which are their beginnings. */
        { "i/o", MTREE_IO },    { "ramd", MTREE_RAMD }, { "ram", MTREE_RAM },
        { "romd", MTREE_ROMD }, { "rom", MTREE_ROM },   { "container", MTREE_CONTAINER },
    };

    *nonvolatile = words_take(s, "nv-");
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (words_take(s, kinds[i].word)) {
            *kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

bool words_drop_suffix(char *s, const char *suffix)
{
    if (!g_str_has_suffix(s, suffix)) {
        return false;
    }
    s[strlen(s) - strlen(suffix)] = '\0';
    return true;
}

bool words_drop_owner(char *s, char **whole, char **self)
{
    if (words_drop_suffix(s, " orphan")) {
        *whole = g_strdup(" orphan");
        return true;
    }
    if (!g_str_has_suffix(s, "}")) {
        return false;
    }
    char *parent = g_strrstr(s, " parent:{");
    char *begin = parent ? parent : s + strlen(s);
    if (parent) {
        *parent = '\0';
    }
    char *owner = g_str_has_suffix(s, "}") ? g_strrstr(s, " owner:{") : NULL;
    *self = g_strdup(owner);
    if (parent) {
        *parent = ' ';
    }
    if (!owner && !parent) {
        return false;
    }
    begin = owner ? owner : begin;
    *whole = g_strdup(begin);
    *begin = '\0';
    return true;
}

static bool usable_line(const char *file, unsigned number, const char *line, size_t n, bool ended,
                        GError **error)
{
    if (n > WORDS_MAX_LINE) {
        return mtree_fail(error, file, number, "expected a line of at most %d bytes",
                          WORDS_MAX_LINE);
    }
    if (memchr(line, '\0', n)) {
        return mtree_fail(error, file, number, "expected text, not a byte 0");
    }
    if (!ended) {
        return mtree_fail(error, file, number,
                          "expected the end of the line, but the text stops in the middle of it");
    }
    return true;
}

bool words_each_line(const char *file, const char *text, gsize length, unsigned *number,
                     WordsLineFunc *take_line, gpointer data, GError **error)
{
    const char *end = text + length;

    if (length > MTREE_MAX_BYTES) {
        return mtree_fail(error, file, 1, "expected a file of at most %d bytes", MTREE_MAX_BYTES);
    }
    for (*number = 1; text < end; ++*number) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((newline ? newline : end) - text);
        if (!usable_line(file, *number, text, n, newline, error)) {
            return false;
        }
        g_autofree char *line = g_strndup(text, n && text[n - 1] == '\r' ? n - 1 : n);
        if (!take_line(line, data)) {
            return false;
        }
        text += n + 1;
    }
    --*number;
    return true;
}
