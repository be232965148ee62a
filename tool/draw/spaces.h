/* SPDX-License-Identifier: MIT
 *
 * The scenes of a map: finds for a view the tree that it was made from.
 */
#ifndef TOOL_DRAW_SPACES_H
#define TOOL_DRAW_SPACES_H

#include "draw/draw.h"
#include "input/tool.h"

/* Returns the scene of the space of that name or, without a name, of the processor's memory or the
 * first space. NULL with an error if there is no such space. */
DrawScene *draw_space(ToolInput *in, const char *name, GError **error);
/* Returns the scenes (DrawScene) of all views, that of the processor's memory first; at most
 * DRAW_MAX_SPACES of them. */
GPtrArray *draw_spaces(ToolInput *in);

/* Returns the name of a file for its reader, without the directory. The caller frees it. */
char *draw_name(const char *file);

enum { DRAW_MAX_SPACES = 100 };

#endif
