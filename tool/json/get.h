/* SPDX-License-Identifier: MIT
 *
 * Reads members of JSON objects with their types. An error names the line and the way to the
 * member, as in "map.json:34: regions[3].size: expected ...".
 *
 * A getter without "needed" in its name leaves *value alone if the object has no such member. It
 * returns false, with an error, only if there is one of another form.
 */
#ifndef TOOL_JSON_GET_H
#define TOOL_JSON_GET_H

#include "json/parse.h"
#include "mtree/mtree.h"

/* The place of an item. Each part is on the stack of the function that went into it. */
typedef struct JsonPlace {
    const char *file;
    const struct JsonPlace *above; /* NULL: this is the whole */
    const JsonItem *item;
    guint index; /* in the array above, if the item has no name */
    GError **error;
} JsonPlace;

/* Returns the place of an item of a list. */
JsonPlace json_into(const JsonPlace *above, const JsonItem *item, guint index);
/* Stores an error about the item, or about a member of it (which may be missing). Returns false. */
bool json_fail(const JsonPlace *place, const char *member, const char *fmt, ...)
    G_GNUC_PRINTF(3, 4);

bool json_get_string(const JsonPlace *place, const char *member, const char **value);
bool json_get_bool(const JsonPlace *place, const char *member, bool *value);
bool json_get_int(const JsonPlace *place, const char *member, gint64 min, gint64 max,
                  gint64 *value);
bool json_get_unsigned(const JsonPlace *place, const char *member, gint64 min, unsigned *value);
/* Numbers such as "0xa0000": up to 2^64, and up to 2^64 - 1. */
bool json_get_size(const JsonPlace *place, const char *member, Int128 *value);
bool json_get_address(const JsonPlace *place, const char *member, hwaddr *value);
/* *value is the array or object. */
bool json_get_array(const JsonPlace *place, const char *member, const JsonItem **value);
bool json_get_object(const JsonPlace *place, const char *member, const JsonItem **value);

/* Whether the object has the member; else an error. */
bool json_needed(const JsonPlace *place, const char *member);
/* Whether the item is an object; else an error. */
bool json_is_object(const JsonPlace *place);

#endif
