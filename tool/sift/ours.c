/* SPDX-License-Identifier: MIT
 *
 * What physmem flat adds to the form of the monitor (sift.h): sizes, which are taken out of the
 * ranges, and holes, which are skipped.
 */
#include "sift/sift.h"

#include <string.h>

#include "mtree/words.h"

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
