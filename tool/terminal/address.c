/* SPDX-License-Identifier: MIT
 *
 * Reads addresses in arguments, writes sizes (address.h).
 */
#include "terminal/address.h"

#include <string.h>

/* "512M", "4GiB": decimal, in units of a power of 1024. */
static bool take_with_unit(const char *s, hwaddr *address)
{
    static const char units[] = "KMGT";
    char *end;
    guint64 value = g_ascii_strtoull(s, &end, 10);
    const char *unit = *end ? strchr(units, g_ascii_toupper(*end)) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

    if (!unit || !g_ascii_isdigit(*s) || value > G_MAXUINT64 >> shift ||
        !(g_str_equal(end + 1, "") || g_str_equal(end + 1, "iB") || g_str_equal(end + 1, "B"))) {
        return false;
    }
    *address = value << shift;
    return true;
}

static bool take_hexadecimal(const char *s, hwaddr *address)
{
    const char *digits = g_str_has_prefix(s, "0x") || g_str_has_prefix(s, "0X") ? s + 2 : s;

    return strlen(digits) <= 16 &&
           g_ascii_string_to_unsigned(digits, 16, 0, G_MAXUINT64, address, NULL);
}

/* Numbers of ten or more that begin with a zero are nobody's decimal numbers. */
static bool could_be_decimal(const char *s, guint64 *value)
{
    return g_ascii_string_to_unsigned(s, 10, 10, G_MAXUINT64, value, NULL) && *s != '0';
}

bool address_parse(const char *s, hwaddr *address, char **note, GError **error)
{
    guint64 decimal;

    *note = NULL;
    if (take_with_unit(s, address)) {
        return true;
    }
    if (take_hexadecimal(s, address)) {
        if (could_be_decimal(s, &decimal)) {
            *note = g_strdup_printf("%s is read as 0x%s; decimal %s is 0x%" G_GINT64_MODIFIER "x",
                                    s, s, s, decimal);
        }
        return true;
    }
    if (could_be_decimal(s, address)) {
        *note = g_strdup_printf("%s is read as decimal, 0x%" G_GINT64_MODIFIER "x", s, *address);
        return true;
    }
    g_set_error(error, MTREE_ERROR, 0,
                "expected an address, 1 to 16 hexadecimal digits with or without 0x, or a decimal "
                "number with K, M, G or T, not \"%s\"",
                s);
    return false;
}

char *address_size_text(Int128 size)
{
    enum { MOST = 99999 };
    static const char units[] = "BKMGTPE";
    Int128 one = 1, last = int128_2_64() / 16;
    const char *unit = units;

    while (size && one < last && (size % (one * 1024) == 0 || size / one > MOST)) {
        one *= 1024;
        unit++;
    }
    return g_strdup_printf("%s%" G_GUINT64_FORMAT "%c", size % one ? "~" : "",
                           (guint64)((size + one / 2) / one), *unit);
}
