/* SPDX-License-Identifier: MIT
 *
 * Reads members of JSON objects (get.h).
 */
#include "json/get.h"

#include <string.h>

/* ---- Errors ----------------------------------------------------------------------------- */

static void append_place(GString *out, const JsonPlace *place)
{
    if (!place->above) {
        return;
    }
    append_place(out, place->above);
    if (place->item->name) {
        g_string_append_printf(out, "%s%s", out->len ? "." : "", place->item->name);
    } else {
        g_string_append_printf(out, "[%u]", place->index);
    }
}

bool json_fail(const JsonPlace *place, const char *member, const char *fmt, ...)
{
    g_autoptr(GString) where = g_string_new(NULL);
    const JsonItem *item = member ? json_member(place->item, member) : NULL;
    va_list args;

    append_place(where, place);
    if (member) {
        g_string_append_printf(where, "%s%s", where->len ? "." : "", member);
    }
    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    return mtree_fail(place->error, place->file, item ? item->line : place->item->line, "%s%s%s",
                      where->str, where->len ? ": " : "", what);
}

JsonPlace json_into(const JsonPlace *above, const JsonItem *item, guint index)
{
    return (JsonPlace){ above->file, above, item, index, above->error };
}

/* ---- Members ---------------------------------------------------------------------------- */

/* Stores the member, or NULL if there is none. */
static bool get(const JsonPlace *place, const char *member, JsonType type, const char *what,
                const JsonItem **value)
{
    *value = json_member(place->item, member);
    return !*value || (*value)->type == type || json_fail(place, member, "expected %s", what);
}

bool json_get_string(const JsonPlace *place, const char *member, const char **value)
{
    const JsonItem *item;

    if (!get(place, member, JSON_STRING, "a string", &item)) {
        return false;
    }
    *value = item ? item->string : *value;
    return true;
}

bool json_get_bool(const JsonPlace *place, const char *member, bool *value)
{
    const JsonItem *item;

    if (!get(place, member, JSON_BOOL, "true or false", &item)) {
        return false;
    }
    *value = item ? item->number : *value;
    return true;
}

bool json_get_int(const JsonPlace *place, const char *member, gint64 min, gint64 max,
                  gint64 *value)
{
    const JsonItem *item = json_member(place->item, member);

    if (item && (item->type != JSON_INT || item->number < min || item->number > max)) {
        return json_fail(place, member,
                         "expected a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                         min, max);
    }
    *value = item ? item->number : *value;
    return true;
}

bool json_get_unsigned(const JsonPlace *place, const char *member, gint64 min, unsigned *value)
{
    gint64 number = *value;

    if (!json_get_int(place, member, min, G_MAXUINT32, &number)) {
        return false;
    }
    *value = (unsigned)number;
    return true;
}

/* ---- Hexadecimal numbers ---------------------------------------------------------------- */

enum { MAX_DIGITS = 16 };

static bool parse_hex(const char *s, Int128 *value)
{
    guint64 number = 0;

    if (g_str_equal(s, "0x10000000000000000")) {
        *value = int128_2_64();
        return true;
    }
    if (!g_str_has_prefix(s, "0x") || strlen(s) > 2 + MAX_DIGITS ||
        !g_ascii_string_to_unsigned(s + 2, 16, 0, G_MAXUINT64, &number, NULL)) {
        return false;
    }
    *value = number;
    return true;
}

static bool get_hex(const JsonPlace *place, const char *member, Int128 max, const char *limit,
                    Int128 *value)
{
    const JsonItem *item = json_member(place->item, member);
    Int128 number = 0;

    if (!item) {
        return true;
    }
    if (item->type != JSON_STRING || !parse_hex(item->string, &number) || number > max) {
        return json_fail(place, member,
                         "expected a string with a hexadecimal number up to %s, such as "
                         "\"0xa0000\"",
                         limit);
    }
    *value = number;
    return true;
}

bool json_get_size(const JsonPlace *place, const char *member, Int128 *value)
{
    return get_hex(place, member, int128_2_64(), "2^64", value);
}

bool json_get_address(const JsonPlace *place, const char *member, hwaddr *value)
{
    Int128 number = *value;

    if (!get_hex(place, member, HWADDR_MAX, "2^64 - 1", &number)) {
        return false;
    }
    *value = (hwaddr)number;
    return true;
}

/* ---- Lists ------------------------------------------------------------------------------ */

bool json_get_array(const JsonPlace *place, const char *member, const JsonItem **value)
{
    return get(place, member, JSON_ARRAY, "an array", value);
}

bool json_get_object(const JsonPlace *place, const char *member, const JsonItem **value)
{
    return get(place, member, JSON_OBJECT, "an object", value);
}

bool json_needed(const JsonPlace *place, const char *member)
{
    return json_member(place->item, member) || json_fail(place, member, "expected this member");
}

bool json_is_object(const JsonPlace *place)
{
    return place->item->type == JSON_OBJECT || json_fail(place, NULL, "expected an object");
}
