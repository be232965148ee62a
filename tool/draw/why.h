/* SPDX-License-Identifier: MIT
 *
 * Why a box does not answer where another one does.
 */
#ifndef TOOL_DRAW_WHY_H
#define TOOL_DRAW_WHY_H

#include "draw/draw.h"

/* Returns a reason without a full stop. Both boxes could answer there. The caller frees it. */
char *draw_why(const DrawScene *scene, const DrawBox *loser, const DrawBox *winner);

#endif
