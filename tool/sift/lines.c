/* SPDX-License-Identifier: MIT
 *
 * Divides the text into lines (sift.h). Takes off the front of each line, and says what the line
 * could be in a map.
 */
#include "sift/sift.h"

#include <string.h>

#include "mtree/words.h"

enum { TAB = 8 };

/* ---- What a line could be --------------------------------------------------------------- */

static bool is_ellipsis(const char *s)
{
    static const char *const words[] = { "snip", "cut", "skipped", "omitted", "trimmed" };

    if (strlen(s) == strspn(s, ".[]<>()- ") && strstr(s, "..")) {
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strchr("[<(.-", *s) && strlen(s) < 40 && strstr(s, words[i])) {
            return true;
        }
    }
    return strstr(s, "\xe2\x80\xa6") == s; /* one character for three dots */
}

/* Whether s begins with START-END, which may have too few digits, and attributes or nothing
 * follow. */
static bool is_range(const char *s)
{
    size_t first = strspn(s, "0123456789abcdefABCDEF");
    const char *dash = s + first;
    size_t second = *dash == '-' ? strspn(dash + 1, "0123456789abcdefABCDEF") : 0;
    const char *end = dash + 1 + second;

    return first >= 4 && second >= 4 &&
           (g_str_has_prefix(end, " (") || (!*end && sift_extent_before(s, end)));
}

static SiftKind kind_of(const char **s)
{
    static const struct {
        const char *word;
        SiftKind kind;
    } kinds[] = {
        { "address-space (flat view):", SIFT_OLD_VIEW },
        { "address-space:", SIFT_SPACE },
        { "memory-region:", SIFT_REGION },
        { "FlatView #", SIFT_VIEW },
        { "AS \"", SIFT_VIEW_SPACE },
        { "Root memory region:", SIFT_VIEW_ROOT },
        { "No rendered FlatView", SIFT_VIEW_EMPTY },
        { "Dispatch", SIFT_DISPATCH },
        { "Nodes (", SIFT_DISPATCH },
        { "\f", SIFT_BREAK },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (words_take(s, kinds[i].word)) {
            *s += strspn(*s, " \t");
            return kinds[i].kind;
        }
    }
    if (sift_is_hole(*s)) {
        return SIFT_IGNORED;
    }
    if (is_range(*s)) {
        return SIFT_RANGE;
    }
    if (strstr(*s, "(qemu)") || strstr(*s, "info mtree")) {
        return SIFT_BREAK;
    }
    return !**s ? SIFT_BLANK : is_ellipsis(*s) ? SIFT_ELLIPSIS : SIFT_OTHER;
}

/* ---- Lines ------------------------------------------------------------------------------ */

static unsigned take_indent(const char **s)
{
    unsigned column = 0;

    for (; **s == ' ' || **s == '\t'; ++*s) {
        column = **s == '\t' ? (column / TAB + 1) * TAB : column + 1;
    }
    return column;
}

static SiftLine *line_new(const char *s, unsigned number)
{
    SiftLine *line = g_new0(SiftLine, 1);

    line->number = number;
    line->overflow = words_take(&s, "[DETECTED OVERFLOW!] ");
    line->indent = take_indent(&s);
    line->kind = sift_has_several(s) ? SIFT_OTHER : kind_of(&s);
    line->text = g_strchomp(g_strdup(s));
    line->blank_end = strlen(line->text) < strlen(s);
    return line;
}

/* The monitor may print a prompt before its first line. */
static const char *behind_prompt(const char *s)
{
    static const char prompt[] = "(qemu) ";
    const char *rest = g_str_has_prefix(s, prompt) ? s + strlen(prompt) : s;
    const char *body = rest;
    SiftKind kind = kind_of(&body);

    return kind == SIFT_SPACE || kind == SIFT_REGION || kind == SIFT_VIEW ? rest : s;
}

/* Returns the columns of a line whose characters take one column each. */
static unsigned width_of(const char *s)
{
    unsigned width = 0;

    for (; *s; s++) {
        width += (*s & 0xc0) != 0x80;
    }
    return width;
}

static bool add_line(Sift *sift, const char *s, unsigned number, const char *form, GError **error)
{
    const char *rest = sift_behind_front(s, form);
    SiftLine *line = line_new(behind_prompt(rest ? rest : s), number);

    g_ptr_array_add(sift->lines, line);
    line->width = width_of(s);
    if (rest && *form && line->kind != SIFT_BLANK) {
        if (!sift->front) {
            sift->front = g_strchomp(g_strndup(s, (gsize)(rest - s)));
        }
        sift_count(sift, SIFT_FRONT, number);
    }
    return line->kind == SIFT_OTHER || strlen(s) <= WORDS_MAX_LINE ||
           mtree_fail(error, sift->file, number, "expected a line of at most %d bytes",
                      WORDS_MAX_LINE);
}

static bool is_text(const Sift *sift, const GString *text, GError **error)
{
    unsigned number = 1;

    if (text->len == strlen(text->str)) {
        return true;
    }
    for (const char *s = text->str; *s; s++) {
        number += *s == '\n';
    }
    return mtree_fail(error, sift->file, number, "expected text, not a byte 0");
}

/* Whether every second line is blank, although the text has ranges, which follow their headers. */
static bool has_double_spacing(const GPtrArray *lines)
{
    bool ranges = false;

    for (guint i = 0; i < lines->len; i++) {
        SiftKind kind = ((SiftLine *)lines->pdata[i])->kind;
        if (i % 2 && kind != SIFT_BLANK) {
            return false;
        }
        ranges |= kind == SIFT_RANGE;
    }
    return ranges && lines->len > 4;
}

static void ignore_double_spacing(GPtrArray *lines)
{
    bool doubled = has_double_spacing(lines);

    for (guint i = 1; doubled && i < lines->len; i += 2) {
        ((SiftLine *)lines->pdata[i])->kind = SIFT_IGNORED;
    }
}

bool sift_lines(Sift *sift, const GString *text, GError **error)
{
    if (!is_text(sift, text, error)) {
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    g_autofree char *form = sift_common_front(lines);
    for (guint i = 0; lines[i] && (lines[i + 1] || *lines[i]); i++) {
        if (!add_line(sift, lines[i], i + 1, form, error)) {
            return false;
        }
    }
    ignore_double_spacing(sift->lines);
    return true;
}
