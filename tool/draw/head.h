/* SPDX-License-Identifier: MIT
 *
 * The head of a picture: title, summary, legend, the heads of the columns.
 */
#ifndef TOOL_DRAW_HEAD_H
#define TOOL_DRAW_HEAD_H

#include "draw/pen.h"

/* Writes the head. The picture's body begins where the pen is then. */
void draw_head(DrawPen *p);

/* Returns what the picture shows, in a sentence or two. The caller frees it. */
char *draw_head_summary(const DrawScene *scene);

#endif
