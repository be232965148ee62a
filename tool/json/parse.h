/* SPDX-License-Identifier: MIT
 *
 * Parses JSON (RFC 8259) into a tree of items. It takes the exact grammar and nothing else: a
 * member that an object has twice, a number that does not fit, or a character U+0000 is an error,
 * so that no value is ever another than the one in the file. get.h reads the items.
 */
#ifndef TOOL_JSON_PARSE_H
#define TOOL_JSON_PARSE_H

#include <glib.h>

enum { JSON_MAX_DEPTH = 32, JSON_MAX_MEMBERS = 64, JSON_MAX_ITEMS = 4 << 20 };

typedef enum JsonType {
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL, /* any other number; its value is not kept */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
} JsonType;

typedef struct JsonItem JsonItem;
struct JsonItem {
    JsonType type;
    unsigned line;    /* in the file, where the item begins */
    char *name;       /* of a member of an object; else NULL */
    gint64 number;    /* of JSON_INT; of JSON_BOOL: 0 or 1 */
    char *string;     /* of JSON_STRING */
    GPtrArray *items; /* of JSON_ARRAY and JSON_OBJECT: JsonItem */
};

/* Parses one value with blanks around it. NULL with an error that begins with FILE:LINE. */
JsonItem *json_parse(const char *file, const char *text, gsize length, GError **error);
void json_item_free(JsonItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JsonItem, json_item_free)

/* Returns the member of an object; NULL if it has none of that name. */
const JsonItem *json_member(const JsonItem *object, const char *name);

#endif
