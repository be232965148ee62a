/* SPDX-License-Identifier: MIT
 *
 * Prints the words of JSON (write.h).
 */
#include "json/write.h"

#include <glib.h>

char *json_printable(const char *s)
{
    g_autofree char *valid = g_utf8_make_valid(s, -1);
    GString *out = g_string_new(NULL);

    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        gunichar code = g_utf8_get_char(c);
        bool control = code != '\t' && g_unichar_iscntrl(code);
        g_string_append_unichar(out, control ? 0xfffd : code);
    }
    return g_string_free(out, FALSE);
}

static void write_character(FILE *out, char c)
{
    if (c == '"' || c == '\\') {
        fprintf(out, "\\%c", c);
    } else if (c == '\t') {
        fputs("\\t", out);
    } else {
        fputc(c, out);
    }
}

void json_write_string(FILE *out, const char *s)
{
    g_autofree char *text = json_printable(s);

    fputc('"', out);
    for (const char *c = text; *c; c++) {
        write_character(out, *c);
    }
    fputc('"', out);
}

void json_write_hex(FILE *out, Int128 value)
{
    if (value == int128_2_64()) {
        fputs("\"0x10000000000000000\"", out);
    } else {
        fprintf(out, "\"0x%" G_GINT64_MODIFIER "x\"", (guint64)value);
    }
}
