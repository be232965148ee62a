/* SPDX-License-Identifier: MIT
 *
 * Measures, breaks and escapes text (text.h).
 */
#include "draw/text.h"

#include <string.h>

static guint columns_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

guint draw_text_columns(const char *s)
{
    guint columns = 0;

    for (; *s; s = g_utf8_next_char(s)) {
        columns += columns_of(g_utf8_get_char(s));
    }
    return columns;
}

/* ---- Lines ------------------------------------------------------------------------------ */

/* Returns the end of the longest beginning of s that fits. It has at least one character. */
static const char *fitting(const char *s, guint columns)
{
    guint used = 0;
    const char *end = s;

    while (*end && (used += columns_of(g_utf8_get_char(end))) <= columns) {
        end = g_utf8_next_char(end);
    }
    return end == s ? g_utf8_next_char(s) : end;
}

/* Returns the place behind the last of these marks between s and 'end', unless that leaves less
 * than a third; then NULL. */
static const char *break_behind(const char *marks, const char *s, const char *end)
{
    for (const char *p = end; p - s > (end - s) / 3; p--) {
        if (strchr(marks, p[-1])) {
            return p;
        }
    }
    return NULL;
}

static const char *good_break(const char *s, const char *end)
{
    const char *at = *end == ' ' ? end : break_behind(" ", s, end);

    at = at ? at : break_behind("-_./:,@[](){}", s, end);
    return at ? at : end;
}

GPtrArray *draw_text_wrap(const char *s, guint columns)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *valid = g_utf8_make_valid(s, -1);

    for (const char *rest = valid; *rest;) {
        const char *end = fitting(rest, columns);
        end = *end ? good_break(rest, end) : end;
        g_ptr_array_add(lines, g_strchomp(g_strndup(rest, (gsize)(end - rest))));
        rest = *end == ' ' ? end + 1 : end;
    }
    return lines;
}

guint draw_text_widest(const GPtrArray *lines)
{
    guint widest = 0;

    for (guint i = 0; i < lines->len; i++) {
        widest = MAX(widest, draw_text_columns(lines->pdata[i]));
    }
    return widest;
}

/* ---- Sizes ------------------------------------------------------------------------------ */

char *draw_text_size(Int128 size)
{
    const char *unit = "BKMGTPE";
    Int128 one = 1;

    while (size >= one * 1000 && (size >= one * 1024 || size % one) && unit[1]) {
        one *= 1024;
        unit++;
    }
    guint tenths = (guint)((size * 10 + one / 2) / one);
    return tenths % 10 && tenths < 1000
               ? g_strdup_printf("%u.%u%c", tenths / 10, tenths % 10, *unit)
               : g_strdup_printf("%u%c", (tenths + 5) / 10, *unit);
}

/* ---- XML -------------------------------------------------------------------------------- */

static gboolean xml_has(gunichar c)
{
    return c == '\t' || (c >= ' ' && c != 0x7f && c != 0xfffe && c != 0xffff);
}

static const char *escaped(gunichar c)
{
    return c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&#39;"
                       : NULL;
}

void draw_text_append(GString *xml, const char *s)
{
    g_autofree char *valid = g_utf8_make_valid(s, -1);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (escaped(c)) {
            g_string_append(xml, escaped(c));
        } else {
            g_string_append_unichar(xml, xml_has(c) ? c : 0xfffd);
        }
    }
}

static void append_argument(GString *xml, char conversion, va_list *arguments)
{
    switch (conversion) {
    case 's':
        draw_text_append(xml, va_arg(*arguments, const char *));
        break;
    case 'd':
        g_string_append_printf(xml, "%d", va_arg(*arguments, int));
        break;
    case 'u':
        g_string_append_printf(xml, "%u", va_arg(*arguments, guint));
        break;
    default:
        g_string_append_c(xml, conversion);
    }
}

void draw_xml(GString *xml, const char *fmt, ...)
{
    va_list arguments;

    va_start(arguments, fmt);
    for (; *fmt; fmt++) {
        if (*fmt == '%') {
            append_argument(xml, *++fmt, &arguments);
        } else {
            g_string_append_c(xml, *fmt);
        }
    }
    va_end(arguments);
}
