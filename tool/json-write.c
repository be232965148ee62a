/* SPDX-License-Identifier: MIT
 *
 * Prints the words of JSON (json-write.h).
 */
#include "json-write.h"

#include <glib.h>

static void write_character(FILE *out, char c)
{
    if (c == '"' || c == '\\') {
        fprintf(out, "\\%c", c);
    } else if ((unsigned char)c < ' ') {
        fprintf(out, "\\u%04x", (unsigned)c);
    } else {
        fputc(c, out);
    }
}

void json_write_string(FILE *out, const char *s)
{
    g_autofree char *valid = g_utf8_make_valid(s, -1);

    fputc('"', out);
    for (const char *c = valid; *c; c++) {
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
