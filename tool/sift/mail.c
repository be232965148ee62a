/* SPDX-License-Identifier: MIT
 *
 * Decodes the source of a mail in which lines are quoted-printable (sift.h): "=3D" stands for "=",
 * and a "=" at the end of a line for nothing. Lines that go on are joined later (wrap.c), so
 * that lines keep their numbers.
 */
#include "sift/sift.h"

#include <string.h>

/* The text of a map has an "=" in owners only, and none of these. */
static bool is_quoted_printable(const char *text)
{
    bool codes = strstr(text, "=20") || strstr(text, "=3D");

    return strstr(text, "Content-Transfer-Encoding: quoted-printable") ||
           (codes && strstr(text, "=\n"));
}

/* Returns the value of "=XX"; -1 if s is none. */
static int take_code(const char *s)
{
    int high = *s == '=' ? g_ascii_xdigit_value(s[1]) : -1;
    int low = high >= 0 ? g_ascii_xdigit_value(s[2]) : -1;

    return low >= 0 && (high || low) ? high << 4 | low : -1;
}

static const char *take_piece(GString *out, const char *s)
{
    int code = take_code(s);

    if (code >= 0) {
        g_string_append_c(out, (char)code);
        return s + 3;
    }
    if (*s == '=' && s[1] == '\n') {
        return s + 1;
    }
    g_string_append_c(out, *s);
    return s + 1;
}

void sift_mail(Sift *sift, GString *text)
{
    if (text->len != strlen(text->str) || !is_quoted_printable(text->str)) {
        return;
    }
    GString *out = g_string_sized_new(text->len);
    for (const char *s = text->str; *s;) {
        s = take_piece(out, s);
    }
    sift_count(sift, SIFT_MAIL, 0);
    GString *plain = sift_bytes(out->str, out->len); /* there may be special blanks and controls */
    g_string_assign(text, plain->str);
    g_string_free(plain, TRUE);
    g_string_free(out, TRUE);
}
