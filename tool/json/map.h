/* SPDX-License-Identifier: MIT
 *
 * Writes a map in the form of docs/map.schema.json. read.h reads it back.
 */
#ifndef TOOL_JSON_MAP_H
#define TOOL_JSON_MAP_H

#include <stdio.h>

#include "machine/machine.h"
#include "mtree/flat.h"

/* Writes a tree, from which the machine was made, with the machine's views. */
void json_map_write(FILE *out, const Mtree *t, const MtreeMachine *m, const MtreeFlat *views);
/* Writes views that a machine printed, without a tree. 'file' is where they are from. */
void json_map_write_views(FILE *out, const MtreeFlat *views, const char *file);

/* ---- Between map.c and map-views.c ---------------------------------------------- */

/* Write "views": [...]. 'ids' has the ids of lines, plus 1; 'spaces' the places of MachineSpaces,
 * plus 1. Both are NULL for printed views: their spaces have places in the order of the views. */
void json_map_write_view_list(FILE *out, const MtreeFlat *views, GHashTable *ids,
                              GHashTable *spaces);
/* Write "spaces": [...] for printed views. */
void json_map_write_view_spaces(FILE *out, const MtreeFlat *views);

/* Members of regions and ranges; each begins with ", ". */
void json_map_string(FILE *out, const char *name, const char *value);
void json_map_hex(FILE *out, const char *name, Int128 value);
void json_map_bool(FILE *out, const char *name, bool value);
void json_map_owner(FILE *out, const char *owner);
void json_map_line(FILE *out, unsigned number);
/* Begins an object in a list that is a member of the whole: on a line of its own. */
void json_map_next(FILE *out, bool first);

#endif
