/* SPDX-License-Identifier: MIT
 *
 * What only physmem prints (sift.h). Sizes of ranges are taken out of the text, so that the output
 * of `physmem flat -h` can be read. Other outputs have no map that can be read; they are known by
 * the form of their lines.
 */
#include "sift.h"

#include <string.h>

#include "words.h"

/* ---- Sizes ------------------------------------------------------------------------------ */

/* Returns the end of the range whose size, such as "640K" or "~2048M", ends at 'end'; NULL if none
 * does. */
static const char *before_size(const char *line, const char *end)
{
    const char *digits = end - 1;

    if (end - line < 8 || !strchr("BKMGTPE", *digits)) {
        return NULL;
    }
    while (digits > line && g_ascii_isdigit(digits[-1])) {
        digits--;
    }
    const char *blanks = digits - (digits[-1] == '~');
    const char *extent = blanks;
    while (extent > line && extent[-1] == ' ') {
        extent--;
    }
    return digits < end - 1 && extent < blanks && sift_extent_before(line, extent) ? extent : NULL;
}

static const char *attributes_of(const char *line)
{
    const char *prio = strstr(line, " (prio ");

    return prio ? prio : strstr(line, " (hole)");
}

static void copy_line(Sift *sift, GString *out, const char *line, unsigned number)
{
    const char *attributes = attributes_of(line);
    const char *extent = attributes ? before_size(line, attributes) : NULL;

    if (extent) {
        g_string_append_len(out, line, extent - line);
        sift_count(sift, SIFT_SIZE, number);
    }
    g_string_append(out, extent ? attributes : line);
}

void sift_ours(Sift *sift, GString *text)
{
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);

    if (strlen(text->str) != text->len) {
        return; /* has a byte 0, which sift_lines() refuses */
    }
    g_string_truncate(text, 0);
    for (guint i = 0; lines[i]; i++) {
        copy_line(sift, text, lines[i], i + 1);
        if (lines[i + 1]) {
            g_string_append_c(text, '\n');
        }
    }
}

bool sift_is_hole(const char *text)
{
    hwaddr start, last;

    return words_take_extent(&text, &start, &last) && g_str_has_prefix(text, " (hole)");
}

/* ---- Outputs without a map -------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *pattern;
    const char *what;
} outputs[] = {
    { "^  [0-9a-f]{16}(-[0-9a-f]{16})?: (nothing answers$|.* \\(prio -?[0-9]+, )",
      "the output of physmem who" },
    { "^  [0-9a-f]{16}-[0-9a-f]{16} (came|went|moved|taken|shifted|changed): ",
      "the output of physmem diff" },
    { "^[0-9a-f]{16}-[0-9a-f]{16} +\\S+ +(nv-)?(ram|rom|romd|ramd) +.* @[0-9a-f]{16}$",
      "the output of physmem ram" },
    { "^[0-9a-f]+-[0-9a-f]+ [r-][w-][x-][ps] [0-9a-f]+ ", "/proc/PID/maps" },
    { "^@@ -[0-9]+(,[0-9]+)? \\+[0-9]+(,[0-9]+)? @@", "the difference of two texts" },
    { "\\(prio .*[0-9a-f]{8}-[0-9a-f]{8,16} \\(prio ",
      "a text that has lost the ends of its lines" },
};
/* clang-format on */

const char *sift_form(const char *bytes, gsize length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autoptr(GRegex) regex = g_regex_new(outputs[i].pattern, G_REGEX_MULTILINE | G_REGEX_RAW,
                                              (GRegexMatchFlags)0, NULL);
        if (g_regex_match_full(regex, bytes, (gssize)MIN(length, 65536), 0, (GRegexMatchFlags)0,
                               NULL, NULL)) {
            return outputs[i].what;
        }
    }
    return NULL;
}
