/* SPDX-License-Identifier: MIT
 *
 * Knows files without a map by the form of their lines, where no word tells what they are: outputs
 * of physmem itself, and what looks a little like a map (sift.h).
 */
#include "sift/sift.h"

/* clang-format off */
static const struct {
    const char *pattern;
    const char *what;
} forms[] = {
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
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GRegex) regex = g_regex_new(forms[i].pattern, G_REGEX_MULTILINE | G_REGEX_RAW,
                                              (GRegexMatchFlags)0, NULL);
        if (g_regex_match_full(regex, bytes, (gssize)MIN(length, 65536), 0, (GRegexMatchFlags)0,
                               NULL, NULL)) {
            return forms[i].what;
        }
    }
    return NULL;
}
