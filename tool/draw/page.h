/* SPDX-License-Identifier: MIT
 *
 * The page of `physmem draw -o FILE.html`.
 */
#ifndef TOOL_DRAW_PAGE_H
#define TOOL_DRAW_PAGE_H

#include "draw/data.h"

/* Returns the page of one map, or of two that can be compared. The caller frees it. */
char *draw_page(const DrawMap *maps, guint count);

#endif
