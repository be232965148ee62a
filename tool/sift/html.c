/* SPDX-License-Identifier: MIT
 *
 * Takes HTML out of the source of a web page (sift.h): tags and the names of characters. A text
 * without the tags in which pages show such output is no page, and stays as it is, because a
 * region's name may have any characters.
 */
#include "sift/sift.h"

#include <string.h>

static bool is_page(const GString *text)
{
    static const char *const signs[] = { "<br", "</pre>", "<pre", "</code>", "&nbsp;" };

    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (strstr(text->str, signs[i])) {
            return true;
        }
    }
    return false;
}

/* Returns the end of a tag that begins at s; NULL if none does. Tags do not go on in the next
 * line. */
static const char *behind_tag(const char *s)
{
    const char *name = s + 1 + (s[1] == '/');
    size_t n = strcspn(name, "<>\n");

    return *s == '<' && g_ascii_isalpha(*name) && name[n] == '>' ? name + n + 1 : NULL;
}

/* Returns the end of the name of a character, and sets *c; NULL if there is none. */
static const char *behind_entity(const char *s, gunichar *c)
{
    static const struct {
        const char *name;
        gunichar c;
    } names[] = { { "&lt;", '<' },   { "&gt;", '>' },    { "&amp;", '&' },  { "&quot;", '"' },
                  { "&#39;", '\'' }, { "&apos;", '\'' }, { "&nbsp;", ' ' }, { "&#160;", ' ' } };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_prefix(s, names[i].name)) {
            *c = names[i].c;
            return s + strlen(names[i].name);
        }
    }
    return NULL;
}

/* Adds what the page shows for the piece at s, and returns what follows the piece. */
static const char *take_piece(GString *out, const char *s)
{
    const char *end = behind_tag(s);
    gunichar c;

    if (end) {
        return end;
    }
    end = behind_entity(s, &c);
    if (end) {
        g_string_append_unichar(out, c);
        return end;
    }
    g_string_append_c(out, *s);
    return s + 1;
}

static void take_line(Sift *sift, GString *out, const char *line, unsigned number)
{
    gsize before = out->len;

    for (const char *s = line; *s;) {
        s = take_piece(out, s);
    }
    if (out->len - before != strlen(line)) {
        sift_count(sift, SIFT_HTML, number);
    }
}

void sift_html(Sift *sift, GString *text)
{
    if (text->len != strlen(text->str) || !is_page(text)) {
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    g_string_truncate(text, 0);
    for (guint i = 0; lines[i]; i++) {
        take_line(sift, text, lines[i], i + 1);
        if (lines[i + 1]) {
            g_string_append_c(text, '\n');
        }
    }
}
