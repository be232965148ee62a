/* SPDX-License-Identifier: MIT
 *
 * The filter that colours the output (color.h). It works on whole lines. Each rule finds a word by
 * what stands around it, because a region may have any name.
 */
#define _GNU_SOURCE /* fopencookie() */
#include "terminal/color.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mtree/mtree.h"

#define RESET "\033[0m"

/* The second group is coloured. */
/* clang-format off */
static const struct {
    const char *pattern;
    const char *code;
} rules[] = {
    { "(^  [0-9a-f]{16}-[0-9a-f]{16}.*|: )(\\(hole\\)|nothing answers)$()", "2" },
    { "(\\(prio -?[0-9]+, )((?:nv-)?ram)(\\))", "32" },
    { "(\\(prio -?[0-9]+, )((?:nv-)?(?:rom|romd|ramd))(\\))", "33" },
    { "(\\(prio -?[0-9]+, )(i/o|iommu)(\\))", "36" },
    { "(\\(prio -?[0-9]+, )(container)(\\))", "2" },
    { "(^[0-9a-f]{16}-[0-9a-f]{16} +\\S+ )((?:nv-)?ram)( )", "32" },
    { "(^[0-9a-f]{16}-[0-9a-f]{16} +\\S+ )((?:nv-)?(?:rom|romd|ramd))( )", "33" },
    { "( )(\\[disabled\\])()", "2" },
    { "(^ +)(a guess:)()", "33" },
    { "(^  [0-9a-f]{16}-[0-9a-f]{16}: )(seen)(, )", "32" },
    { "(^  [0-9a-f]{16}-[0-9a-f]{16}: )(hidden)( by )", "31" },
    { "(^  [0-9a-f]{16}-[0-9a-f]{16} )(came)(: )", "32" },
    { "(^  [0-9a-f]{16}-[0-9a-f]{16} )(went)(: )", "31" },
    { "(^  [0-9a-f]{16}-[0-9a-f]{16} )(moved|taken|shifted|changed)(: )", "33" },
    { "(^)((?:address-space|memory-region): .*|FlatView #[0-9]+)$()", "1" },
};
/* clang-format on */

typedef struct Filter {
    GRegex *regexes[G_N_ELEMENTS(rules)];
    char *replacements[G_N_ELEMENTS(rules)];
    GString *line; /* what came since the last newline */
    bool begun;
    bool plain; /* JSON, SVG or HTML, which is not coloured */
} Filter;

/* ---- Lines ------------------------------------------------------------------------------ */

static bool write_all(const char *s, size_t n)
{
    while (n) {
        ssize_t done = write(STDOUT_FILENO, s, n);
        if (done <= 0) {
            return false;
        }
        s += done;
        n -= (size_t)done;
    }
    return true;
}

static bool write_line(Filter *f)
{
    char *text = g_strndup(f->line->str, f->line->len);

    for (size_t i = 0; !f->plain && i < G_N_ELEMENTS(rules); i++) {
        char *next = g_regex_replace(f->regexes[i], text, -1, 0, f->replacements[i],
                                     (GRegexMatchFlags)0, NULL);
        if (next) {
            g_free(text);
            text = next;
        }
    }
    bool ok = write_all(text, strlen(text));
    g_free(text);
    g_string_truncate(f->line, 0);
    return ok;
}

/* Returns 0 after an error, as fopencookie() asks. */
static ssize_t take_text(void *cookie, const char *text, size_t length)
{
    Filter *f = cookie;

    if (!f->begun && length) {
        f->begun = true;
        f->plain = *text == '{' || *text == '<';
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            if (!write_line(f) || !write_all("\n", 1)) {
                return 0;
            }
        } else {
            g_string_append_c(f->line, text[i]);
        }
    }
    return (ssize_t)length;
}

static int end(void *cookie)
{
    Filter *f = cookie;

    bool ok = write_line(f);

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_regex_unref(f->regexes[i]);
        g_free(f->replacements[i]);
    }
    g_string_free(f->line, TRUE);
    g_free(f);
    return ok ? 0 : EOF;
}

/* ---- The beginning ---------------------------------------------------------------------- */

static void close_filter(void)
{
    fclose(stdout);
}

static void start(void)
{
    Filter *f = g_new0(Filter, 1);

    f->line = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        f->regexes[i] = g_regex_new(rules[i].pattern, G_REGEX_RAW, (GRegexMatchFlags)0, NULL);
        f->replacements[i] = g_strdup_printf("\\1\033[%sm\\2" RESET "\\3", rules[i].code);
    }
    stdout = fopencookie(f, "w", (cookie_io_functions_t){ .write = take_text, .close = end });
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    atexit(close_filter);
}

static bool terminal_has_color(void)
{
    const char *term = g_getenv("TERM"), *no_color = g_getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && *term &&
           !g_str_equal(term, "dumb");
}

gboolean color_start(const char *when, GError **error)
{
    if (!when || g_str_equal(when, "auto")) {
        when = terminal_has_color() ? "always" : "never";
    }
    if (g_str_equal(when, "always")) {
        start();
        return true;
    }
    if (!g_str_equal(when, "never")) {
        g_set_error(error, MTREE_ERROR, 0, "expected --color=auto, always or never, not \"%s\"",
                    when);
        return false;
    }
    return true;
}
