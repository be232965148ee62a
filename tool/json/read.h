/* SPDX-License-Identifier: MIT
 *
 * Reads maps in the form of docs/map.schema.json. Such a map says everything: nothing is guessed,
 * and what the JSON says is a guess stays one. read.c reads the head and the spaces,
 * read-regions.c makes the tree, read-views.c the views.
 */
#ifndef TOOL_JSON_READ_H
#define TOOL_JSON_READ_H

#include "mtree/flat.h"

/* Whether a file looks like such a map. Only json_read_map() says whether it is one. */
bool json_is_map(const char *text, gsize length);

/* Reads a map. *tree becomes NULL if it has views only. False with an error that names the line,
 * and with *tree and *views left alone. */
bool json_read_map(const char *file, const char *text, gsize length, Mtree **tree,
                   MtreeFlat **views, GError **error);

/* ---- Between the files of the reader ----------------------------------------------------- */

#include "json/get.h"

typedef struct JsonSpace {
    const char *name;
    gint64 root;            /* an id; JSON_NO_ID: the root has ended, or there are no regions */
    const char *root_name;  /* NULL: not said */
    const char *alias_name; /* NULL: the root is no alias, or it is not said */
    bool assumed;
    unsigned line;
} JsonSpace;

enum { JSON_NO_ID = -1 };

typedef struct JsonMap {
    JsonPlace whole;
    bool own_lines; /* lines are those of this file, because the JSON names no other source */
    bool exact_roots;
    bool guessed;
    unsigned page_bits;
    const char *source;
    const JsonItem *notes;   /* NULL: none */
    const JsonItem *regions; /* NULL: a map of views alone */
    const JsonItem *views;
    GArray *spaces;    /* JsonSpace */
    GHashTable *by_id; /* MtreeLine; filled by json_read_regions() */
} JsonMap;

/* Returns the tree, which has passed no mtree_check() yet. NULL with an error. */
Mtree *json_read_regions(JsonMap *map);
/* Returns the views, after the tree. NULL with an error. */
MtreeFlat *json_read_views(const JsonMap *map);

/* The kinds of regions, as words of JSON. */
typedef enum JsonKind {
    JSON_CONTAINER,
    JSON_ALIAS,
    JSON_RAM,
    JSON_RAM_DEVICE,
    JSON_ROM_DEVICE,
    JSON_IO,
    JSON_RESERVATION,
    JSON_IOMMU
} JsonKind;
const char *json_kind_word(JsonKind kind);
bool json_get_kind(const JsonPlace *place, JsonKind *kind);
/* Whether a list of the facts that are guesses has this one. False with an error: no such list. */
bool json_get_guess(const JsonPlace *place, const char *fact, bool *guess);
/* Reads an owner as lines have it: with a blank in front. The caller frees it. */
bool json_get_owner(const JsonPlace *place, char **owner);
/* Reads the number of a line; 0 if it is not known. */
bool json_get_line(const JsonMap *map, const JsonPlace *place, unsigned *line);

#endif
