/* SPDX-License-Identifier: MIT
 *
 * The data of a page: all that its script knows of the maps.
 */
#ifndef TOOL_DRAW_DATA_H
#define TOOL_DRAW_DATA_H

#include <glib.h>

/* What the page has of one file. */
typedef struct DrawMap {
    const char *file;
    GPtrArray *scenes; /* DrawScene */
    guint left_out;    /* spaces that the page does not have */
} DrawMap;

/* Returns JSON that may stand in a script element. The caller frees it. */
char *draw_data(const DrawMap *maps, guint count);

#endif
