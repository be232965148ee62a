/* SPDX-License-Identifier: MIT
 *
 * Takes texts out of JSON, such as the replies of a machine protocol (sift.h). It looks for strings
 * that begin like a map and have several lines. It does not matter what is around them: one reply,
 * a whole transcript, a log. So it need not know the structure of the JSON. Strings may also be in
 * single quotes, as Python prints them.
 */
#include "sift/sift.h"

#include <string.h>

static const char *const beginnings[] = { "address-space: ", "memory-region: ", "FlatView #",
                                          "address-space (flat view): " };

/* Returns the value of the four digits behind \u; 0 if there are none. */
static gunichar take_unit(const char *s)
{
    gunichar c = 0;

    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(s[i]);
        if (digit < 0) {
            return 0;
        }
        c = c << 4 | (gunichar)digit;
    }
    return c;
}

/* Takes what follows a backslash. Returns its end. */
static const char *take_escape(const char *s, GString *out)
{
    static const char letters[] = "bfnrt", values[] = "\b \n\r\t";
    const char *letter = *s ? strchr(letters, *s) : NULL;
    gunichar c = *s == 'u' ? take_unit(s + 1) : 0;

    if (c) {
        bool shown = c == '\n' || c == '\r' || c == '\t' || !g_unichar_iscntrl(c);
        g_string_append_unichar(out, c >> 11 == 0xd800 >> 11 || !shown ? 0xfffd : c);
        return s + 5;
    }
    if (letter && *letter != 'b' && *letter != 'r') {
        g_string_append_c(out, values[letter - letters]);
    } else if (*s && !letter) {
        g_string_append_c(out, *s);
    }
    return *s ? s + 1 : s;
}

/* Decodes the string behind its first quote. Returns its end. */
static const char *take_string(const char *s, GString *out)
{
    char quote = s[-1];

    while (*s && *s != quote && *s != '\n') {
        if (*s == '\\') {
            s = take_escape(s + 1, out);
        } else {
            g_string_append_c(out, *s++);
        }
    }
    return *s == quote ? s + 1 : s;
}

/* Whether the string behind the quote is a map of at least two lines. */
static bool is_map(const char *s)
{
    const char ends[] = { s[-1], '\n', '\0' };

    while (g_str_has_prefix(s, "\\r") || g_str_has_prefix(s, "\\n")) {
        s += 2;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (g_str_has_prefix(s, beginnings[i])) {
            return g_strstr_len(s, (gssize)strcspn(s, ends), "\\n");
        }
    }
    return false;
}

/* Returns the first map in the text, behind its quote; NULL if there is none. */
static const char *find_map(const char *s)
{
    while ((s = strpbrk(s, "\"'"))) {
        if (is_map(++s)) {
            return s;
        }
    }
    return NULL;
}

/* Appends what stands before the line that the map is in. */
static void append_lines_before(GString *out, const char *text, const char *map)
{
    const char *newline = g_strrstr_len(text, map - text, "\n");

    if (newline) {
        g_string_append_len(out, text, newline + 1 - text);
    }
}

void sift_json(Sift *sift, GString *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *rest = text->str, *map;

    if (text->len != strlen(text->str)) {
        return; /* no text; sift_lines() says so */
    }
    while ((map = find_map(rest))) {
        append_lines_before(out, rest, map);
        sift_count(sift, SIFT_FROM_JSON, 0);
        g_string_append(out, "\f\n");
        rest = take_string(map, out);
        if (out->str[out->len - 1] != '\n') {
            g_string_append_c(out, '\n');
        }
        g_string_append(out, "\f\n");
        const char *next = find_map(rest), *newline = strchr(rest, '\n');
        if (newline && (!next || newline < next)) {
            rest = newline + 1;
        } else if (!newline && !next) {
            rest += strlen(rest);
        }
    }
    if (sift->tallies[SIFT_FROM_JSON].count) {
        g_string_append(out, rest);
        g_string_assign(text, out->str);
    }
}
