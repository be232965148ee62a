/* SPDX-License-Identifier: MIT
 *
 * Finds the front of the lines: what stands before most ranges in the same form, such as marks of
 * quotations, times and line numbers (sift.h).
 */
#include "sift/sift.h"

#include <string.h>

/* The form of a front: its text without blanks at the ends, with '0' for each number and ' ' for
 * each run of blanks. So times and numbers of lines have one form. */
static char *form_of(const char *front, gsize length)
{
    GString *form = g_string_new(NULL);

    for (gsize i = 0; i < length; i++) {
        char c = g_ascii_isdigit(front[i]) ? '0' : g_ascii_isspace(front[i]) ? ' ' : front[i];
        bool again = (c == '0' || c == ' ') && form->len && form->str[form->len - 1] == c;
        if (!again && (c != ' ' || form->len)) {
            g_string_append_c(form, c);
        }
    }
    if (form->len && form->str[form->len - 1] == ' ') {
        g_string_truncate(form, form->len - 1);
    }
    return g_string_free(form, FALSE);
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t') {
        s++;
    }
    return s;
}

const char *sift_behind_front(const char *s, const char *form)
{
    s = *form ? skip_blanks(s) : s;
    for (; *form; form++) {
        const char *begin = s;
        if (*form == '0') {
            s += strspn(s, "0123456789");
        } else if (*form == ' ') {
            s = skip_blanks(s);
        } else {
            s += *s == *form;
        }
        if (s == begin) {
            return NULL;
        }
    }
    return s;
}

const char *sift_extent_before(const char *line, const char *end)
{
    for (int part = 0; part < 2; part++) {
        const char *last = end;
        while (end > line && g_ascii_isxdigit(end[-1])) {
            end--;
        }
        if (last - end < 8 || last - end > 16 || (!part && (end == line || *--end != '-'))) {
            return NULL;
        }
    }
    return end;
}

static unsigned count_ranges(const char *line)
{
    unsigned n = 0;

    for (const char *at = line; (at = strstr(at, " (prio ")); at++) {
        n += sift_extent_before(line, at) ? 1 : 0;
    }
    return n;
}

bool sift_has_several(const char *line)
{
    return count_ranges(line) > 1;
}

/* Returns the form of what stands before the range in the line; NULL if there is none. */
static char *front_form(const char *line)
{
    static const char mark[] = "[DETECTED OVERFLOW!] ";
    const char *prio = strstr(line, " (prio ");
    const char *extent = prio ? sift_extent_before(line, prio) : NULL;
    const char *overflow = extent ? g_strstr_len(line, extent - line, mark) : NULL;

    if (!extent || sift_has_several(line)) {
        return NULL;
    }
    char *form = form_of(line, (gsize)((overflow ? overflow : extent) - line));
    if (g_str_has_suffix(form, "line 0") || g_str_has_suffix(form, "no line")) {
        g_clear_pointer(&form, g_free); /* a step of a way, which physmem who prints */
    }
    return form;
}

char *sift_common_front(char **lines)
{
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *best = NULL;
    guint most = 0;

    for (char **line = lines; *line; line++) {
        char *form = front_form(*line);
        if (form) {
            guint count = GPOINTER_TO_UINT(g_hash_table_lookup(counts, form)) + 1;
            g_hash_table_replace(counts, form, GUINT_TO_POINTER(count));
            most = MAX(most, count);
        }
    }
    GHashTableIter iter;
    gpointer form, count;
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, &form, &count)) {
        if (GPOINTER_TO_UINT(count) == most && (!best || strcmp(form, best) < 0)) {
            best = form;
        }
    }
    return g_strdup(best ? best : "");
}
