/* SPDX-License-Identifier: MIT
 *
 * Prints the words of JSON (json-words.h).
 */
#include "inspect/json-words.h"

#include <inttypes.h>

/* ---- Strings ---------------------------------------------------------------------------- */

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The lead bytes of UTF-8 with the values of the second byte that may follow. These exclude
 * characters that are coded too long, surrogates, and numbers above U+10FFFF. */
static const struct Lead {
    unsigned char first, last;
    unsigned length;
    unsigned char low, high;
} leads[] = {
    { 0xc2, 0xdf, 2, 0x80, 0xbf }, { 0xe0, 0xe0, 3, 0xa0, 0xbf }, { 0xe1, 0xec, 3, 0x80, 0xbf },
    { 0xed, 0xed, 3, 0x80, 0x9f }, { 0xee, 0xef, 3, 0x80, 0xbf }, { 0xf0, 0xf0, 4, 0x90, 0xbf },
    { 0xf1, 0xf3, 4, 0x80, 0xbf }, { 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/* Returns how many bytes the character at s has, or 0 if there is none. s is not at its end. */
static unsigned character_length(const unsigned char *s)
{
    if (*s < 0x80) {
        return 1;
    }
    for (size_t i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
        const struct Lead *lead = &leads[i];
        if (*s < lead->first || *s > lead->last || s[1] < lead->low || s[1] > lead->high) {
            continue;
        }
        for (unsigned n = 2; n < lead->length; n++) {
            if (!is_continuation(s[n])) {
                return 0;
            }
        }
        return lead->length;
    }
    return 0;
}

static void print_ascii(FILE *out, char c)
{
    if (c == '"' || c == '\\') {
        fprintf(out, "\\%c", c);
    } else if (c < ' ') {
        fprintf(out, "\\u%04x", (unsigned)c);
    } else {
        fputc(c, out);
    }
}

void inspect_json_string(FILE *out, const char *s)
{
    fputc('"', out);
    while (*s) {
        unsigned length = character_length((const unsigned char *)s);
        if (length == 0) {
            fputs("\xef\xbf\xbd", out);
            s++;
        } else if (length == 1) {
            print_ascii(out, *s++);
        } else {
            fwrite(s, 1, length, out);
            s += length;
        }
    }
    fputc('"', out);
}

/* ---- Members ---------------------------------------------------------------------------- */

void inspect_json_string_member(FILE *out, const char *name, const char *value)
{
    fprintf(out, ", \"%s\": ", name);
    inspect_json_string(out, value);
}

void inspect_json_hex_member(FILE *out, const char *name, uint64_t value)
{
    fprintf(out, ", \"%s\": \"0x%" PRIx64 "\"", name, value);
}

void inspect_json_size_member(FILE *out, const char *name, Int128 size)
{
    if (int128_eq(size, int128_2_64())) {
        fprintf(out, ", \"%s\": \"0x10000000000000000\"", name);
    } else {
        inspect_json_hex_member(out, name, int128_get64(size));
    }
}

void inspect_json_int_member(FILE *out, const char *name, int64_t value)
{
    fprintf(out, ", \"%s\": %" PRId64, name, value);
}

void inspect_json_bool_member(FILE *out, const char *name, bool value)
{
    fprintf(out, ", \"%s\": %s", name, value ? "true" : "false");
}
