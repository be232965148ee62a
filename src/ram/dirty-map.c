/* SPDX-License-Identifier: MIT
 *
 * Makes and drops the maps of dirty pages (dirty.h). A block that is resized gets new ones. All of
 * it runs under the context's lock.
 */
#include <stdlib.h>

#include "ram/dirty.h"
#include "ram/room.h"

enum { CACHE_LINE = 64 };

/* Makes the pages behind the memory in use clean. This needs only the word that they share with the
 * last pages in use, because nobody reads the words behind it. */
static void clean_behind(const DirtyMap *m, uint64_t pages)
{
    if (pages % DIRTY_WORD_PAGES) {
        m->word[0][pages / DIRTY_WORD_PAGES] = ~UINT64_C(0) << pages % DIRTY_WORD_PAGES;
    }
}

/* One allocation of zeroed memory: the host gives it real pages only as they are written. */
static DirtyMap *map_new(const RAMBlock *rb)
{
    uint64_t pages = ram_dirty_pages(rb, 0, rb->max_length).end;
    uint64_t groups = (pages + DIRTY_GROUP_PAGES - 1) / DIRTY_GROUP_PAGES;
    uint64_t entries = (groups + DIRTY_ENTRY_GROUPS - 1) / DIRTY_ENTRY_GROUPS;
    uint64_t words = groups * DIRTY_GROUP_WORDS;
    DirtyMap *m = calloc(1, sizeof(*m) + CACHE_LINE + 2 * words * sizeof(uint64_t) +
                                entries * sizeof(DirtyEntry));

    if (m) {
        m->groups = groups;
        m->word[0] = (uint64_t *)(uintptr_t)ram_round_up((uintptr_t)(m + 1), CACHE_LINE);
        m->word[1] = m->word[0] + words;
        m->entry = (DirtyEntry *)(m->word[1] + words);
        clean_behind(m, ram_dirty_used_pages(rb).end);
    }
    return m;
}

/* A writer that looked for the map before it was made marks nothing. It wrote its data before that
 * look, so the barrier of the first clear makes the data visible to the harvest. */
DirtyMap *ram_dirty_map_made(RAMBlock *rb, unsigned client)
{
    if (!rb->dirty[client]) {
        __atomic_store_n(&rb->dirty[client], map_new(rb), __ATOMIC_RELEASE);
    }
    return rb->dirty[client];
}

void ram_dirty_free(RAMBlock *rb)
{
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        free(rb->dirty[c]);
    }
}

static void map_free(Deferred *d)
{
    free(caa_container_of(d, DirtyMap, deferred));
}

/* Other threads may still mark pages in the old map, and these marks are lost. That does no harm.
 * Without a map the next harvest takes every page, and it sees the data of these threads, because
 * they wrote it before they looked for the map. */
static void map_drop(RAMBlock *rb, unsigned client)
{
    DirtyMap *m = rb->dirty[client];

    if (m) {
        __atomic_store_n(&rb->dirty[client], NULL, __ATOMIC_RELEASE);
        context_defer(rb->context, &m->deferred, map_free);
    }
}

void memory_global_set_all_dirty(void)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    for (RAMBlock *rb = ram_room_first(ctx); rb; rb = ram_block_next(rb)) {
        map_drop(rb, DIRTY_MEMORY_MIGRATION);
    }
}

void ram_dirty_refill(RAMBlock *rb)
{
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        map_drop(rb, c);
    }
}
