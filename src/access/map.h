/* SPDX-License-Identifier: MIT
 *
 * What this room keeps in a context, for the file that puts contexts together: nothing else runs in
 * the context then. What it keeps in a space goes with the space (ctx->free_bounce_pool).
 */
#ifndef ACCESS_MAP_H
#define ACCESS_MAP_H

#include <physmem/types.h>

void access_room_new(MemoryContext *ctx);
void access_room_free(MemoryContext *ctx);

#endif
