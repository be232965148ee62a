/* SPDX-License-Identifier: MIT
 *
 * Which guest pages of a block were written since a client last asked (specification sections 17.2
 * and 22.6): a map for each client, marked by any thread, cleared by one at a time.
 *
 *   word    bit 1: the page is clean           |64 pages|64 pages|  ...   8 words: one cache line
 *   group   bit 1: all 8 words are clean       one bit for 512 pages
 *
 * Clean is 1, so that fresh memory of the host, which is 0, says that everything is dirty: a map is
 * made at the first clearing and costs what is clean in it. No map: everything is dirty. Dropping
 * the map makes everything dirty again at once. Readers may still hold it, so it is freed after a
 * grace period.
 *
 * A group bit may say dirty of words that are all clean, never the other way round for longer than
 * it takes somebody to mark:
 *
 *   mark                                    clear
 *   1  write guest memory                   1  group := clean
 *   2  word  := dirty, if it was clean      2  word  := clean, and take what it was
 *   3  group := dirty, if it was clean      3  barrier_heavy(), then read guest memory
 *
 * 2 and 3 against 1 and 2: all four are sequentially consistent, so either the clearer sees the
 * word or the marker the clean group. 1 and 2 against 2 and 3: a marker that finds a dirty word
 * writes nothing and has no barrier; the clearer's covers both (base/barrier.h). A marker that
 * finds the word dirty still looks at the group: who made the word dirty may not have come so far.
 *
 * Who clears may find a clean group while a marker is between 2 and 3. Then the page stays dirty
 * for the next time, which is no loss, but for CODE: pages that a translator has cleared must be
 * clean, or nobody tells it of the next write. So its clearing does not rely on groups.
 *
 * Only the clearing of a whole group touches its bit; a part of one is left to the next who clears
 * it all.
 */
#ifndef RAM_DIRTY_H
#define RAM_DIRTY_H

#include <physmem/dirty.h>

#include "ram/block.h"

enum { DIRTY_WORD_PAGES = 64, DIRTY_GROUP_WORDS = 8, DIRTY_GROUP_PAGES = 512 };

typedef struct DirtyMap {
    Deferred deferred;
    uint64_t *word;
    uint64_t *group;
} DirtyMap;

/* Pages of a block, or words, or groups: [first, end). */
typedef struct DirtySpan {
    uint64_t first;
    uint64_t end;
} DirtySpan;

/* In a read section, or under the context's lock. */
static inline const DirtyMap *ram_dirty_map(const RAMBlock *rb, unsigned client)
{
    return __atomic_load_n(&rb->dirty[client], __ATOMIC_ACQUIRE);
}

/* The pages of a block that [start, start + length) touches. */
static inline DirtySpan ram_dirty_pages(const RAMBlock *rb, uint64_t start, uint64_t length)
{
    unsigned bits = rb->context->page_bits;
    uint64_t first = start >> bits;

    return (DirtySpan){ first, length ? ((start + length - 1) >> bits) + 1 : first };
}

static inline DirtySpan ram_dirty_used_pages(const RAMBlock *rb)
{
    return ram_dirty_pages(rb, 0, __atomic_load_n(&rb->used_length, __ATOMIC_RELAXED));
}

/* The units of 'size' that a span touches. */
static inline DirtySpan ram_dirty_units(DirtySpan span, uint64_t size)
{
    uint64_t first = span.first / size;

    return (DirtySpan){ first, span.end > span.first ? (span.end - 1) / size + 1 : first };
}

/* The part of a span that lies in a word, as bits of it. */
static inline uint64_t ram_dirty_bits(DirtySpan pages, uint64_t word)
{
    uint64_t base = word * DIRTY_WORD_PAGES;
    uint64_t from = pages.first > base ? pages.first - base : 0;
    uint64_t behind = base + DIRTY_WORD_PAGES > pages.end ? base + DIRTY_WORD_PAGES - pages.end : 0;

    return ~UINT64_C(0) << from & ~UINT64_C(0) >> behind;
}

static inline bool ram_dirty_group_is_clean(const DirtyMap *m, uint64_t group)
{
    return __atomic_load_n(&m->group[group / 64], __ATOMIC_SEQ_CST) >> (group % 64) & 1;
}

/* Frees the maps: no reader is left. */
void ram_dirty_free(RAMBlock *rb);

/* ---- Marking and asking (dirty.c) ----------------------------------------------------------- *
 *
 * Any thread, in a read section or under the context's lock. Pages that are not in use are clean
 * and stay clean. */

/* Marks [start, start + length) for each of the clients (bits). Who is CODE's client is not
 * told. */
void ram_dirty_mark(RAMBlock *rb, uint64_t start, uint64_t length, uint8_t clients);

/* Marks the pages that both spans have, for one client. */
void ram_dirty_mark_common(RAMBlock *rb, DirtySpan a, DirtySpan b, unsigned client);

/* The same as ram_dirty_mark() after a write: calls invalidate_code for pages that were clean for
 * CODE. */
void ram_dirty_mark_written(RAMBlock *rb, uint64_t start, uint64_t length, uint8_t clients);

/* Is there such a client? Else a message that names 'call'. */
bool ram_dirty_check_client(MemoryContext *ctx, unsigned client, const char *call);

/* Is any page dirty? Is every one, where none is not? */
bool ram_dirty_any(const RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);
bool ram_dirty_all(const RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* ---- Clearing (dirty-clear.c, dirty-snapshot.c): under the context's lock ------------------ */

/* The map of a client, made if there is none; NULL without memory for it. */
DirtyMap *ram_dirty_map_made(RAMBlock *rb, unsigned client);

/* Clears the pages of a span that lie in a group; 'taken', if not NULL, gets the eight words of
 * what was dirty. Was anything? The caller follows with barrier_heavy(). */
bool ram_dirty_clear_group(const RAMBlock *rb, const DirtyMap *m, uint64_t group, DirtySpan pages,
                           uint64_t *taken);

/* Clears a range; was anything dirty? */
bool ram_dirty_clear(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* The used length has changed: all of it is dirty, the pages of its last word behind it are not. */
void ram_dirty_refill(RAMBlock *rb);

/* cpu_physical_memory_snapshot_and_clear_dirty() of the memory alone. */
DirtyBitmapSnapshot *ram_dirty_take(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* ---- By RAM address (dirty-address.c) ------------------------------------------------------ */

/* What a block has in use of a range of RAM addresses. */
typedef struct RamPart {
    RAMBlock *rb;
    ram_addr_t offset;
    ram_addr_t length;
} RamPart;

/* The next part of [start, start + length), from an empty one on; false: no more. In a read section
 * or under the context's lock:
 *
 *     for (RamPart part = { 0 }; ram_part_next(&part, ctx, start, length);) { ... }
 */
bool ram_part_next(RamPart *part, const MemoryContext *ctx, ram_addr_t start, ram_addr_t length);

#endif
