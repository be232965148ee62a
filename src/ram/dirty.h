/* SPDX-License-Identifier: MIT
 *
 * Which guest pages of a block were written since a client's last harvest (specification sections
 * 17.2 and 22.6). A harvest clears a range of pages and returns which of them were dirty. Each
 * client has its own map of each block. Any thread may mark pages in it; one thread at a time
 * clears.
 *
 *   word    bit 1: the page is clean           |64 pages|64 pages|  ...   8 words: one cache line
 *   group   bit 1: all 8 words are clean       one bit for 512 pages
 *   entry   the bits of 64 groups, for each of its two sides
 *
 * A set bit means clean, because every page is dirty at first and fresh memory from the host is 0.
 * So a map takes memory only where pages have been clean. It is made when pages are cleared for the
 * first time. A block without a map is dirty everywhere, so dropping the map makes all pages dirty
 * at once. Readers may still use a map that was dropped; it is freed after a grace period.
 *
 * Clearing in place. The bit of a group may say dirty although all pages of the group are clean:
 * this only costs a search. It may also say clean although a page is dirty, but only until the
 * thread that marks the page has done its step 3:
 *
 *   mark                                    clear
 *   1  write guest memory                   1  group := clean
 *   2  word  := dirty, if it was clean      2  word  := clean, and take what it was
 *   3  group := dirty, if it was clean      3  barrier_heavy(), then read guest memory
 *
 * A marker of many words may do step 2 for all of them before step 3.
 *
 * No dirty page is hidden by its group. Steps 2 and 3 of mark, and steps 1 and 2 of clear, are
 * sequentially consistent. So either the clearer sees that the word is dirty, or the marker sees
 * that the group is clean and makes it dirty.
 *
 * No data is missed. A marker that finds the word dirty writes nothing and has no barrier between
 * its steps 1 and 2. The heavy barrier of the clearer works for both sides (base/barrier.h), so the
 * clearer sees the data. Such a marker still does step 3, because the thread that made the word
 * dirty may not have come to its own step 3 yet.
 *
 * A clearer may find a group clean while a marker is between its steps 2 and 3, and skips the
 * group. Then the page stays dirty and the next harvest finds it, so no write is lost. For the
 * client CODE this is not enough: its pages must be clean after a clear, because only a write to a
 * clean page is reported to the translator. So a clear for CODE looks into every group.
 *
 * A clearer clears the pages that it read as dirty. A marker changes clean pages only. So if all
 * pages of a word are dirty, no marker changes the word, and step 2 is a plain store.
 *
 * A clearer sets the bit of a group only if it clears the whole group. If it clears a part, the bit
 * keeps saying dirty.
 *
 * Turning over. An entry has its words twice, on two sides. One side is in use, and the other one
 * is clean. A snapshot of all pages of an entry turns it over: the clean side comes into use, and
 * the snapshot takes the pages from the other one. Nobody relies on that side any longer, so plain
 * loads and stores of its words are enough to take and clean it:
 *
 *   mark                                    turn
 *   1  write guest memory                   1  turns := turns + 1
 *   2  t := turns                           2  barrier_heavy()
 *   3  steps 2 and 3 above, on side t % 2   3  take the pages of the old side, and clean it
 *   4  if turns is not t, again from 2      4  read guest memory
 *
 * The heavy barrier falls somewhere into a mark. If step 4 comes after it, the marker sees the
 * turn and marks the page on the new side, too. Otherwise the mark was complete, and the snapshot
 * takes the page and sees the data. A marker that is late may still mark the old side while it is
 * cleaned, or later. If this mark is lost, nothing is missed, because the marker goes on to the new
 * side. If it stays, the page is found once more after the next turn; its group does not hide it,
 * because the snapshot reads and closes the groups of the old side at once. For the client CODE no
 * page may become dirty late, so its entries are never turned over.
 */
#ifndef RAM_DIRTY_H
#define RAM_DIRTY_H

#include <physmem/dirty.h>

#include "ram/block.h"

enum { DIRTY_WORD_PAGES = 64, DIRTY_GROUP_WORDS = 8, DIRTY_GROUP_PAGES = 512 };
enum { DIRTY_ENTRY_GROUPS = 64, DIRTY_ENTRY_WORDS = 512, DIRTY_ENTRY_PAGES = 32768 };

/* Aligned so that all of an entry is in one cache line. */
typedef struct DirtyEntry {
    uint64_t turns;    /* how often it was turned over; side turns % 2 is in use */
    uint64_t group[2]; /* of each side */
} __attribute__((aligned(32))) DirtyEntry;

typedef struct DirtyMap {
    Deferred deferred;
    DirtyEntry *entry;
    uint64_t *word[2]; /* of each side; only side 0 can be used before the first turn */
    uint64_t groups;
} DirtyMap;

/* A range [first, end) of a block's pages, or of the words or groups of a map. */
typedef struct DirtySpan {
    uint64_t first;
    uint64_t end;
} DirtySpan;

/* Returns the map of a client, or NULL. In a read section or under the context's lock. */
static inline const DirtyMap *ram_dirty_map(const RAMBlock *rb, unsigned client)
{
    return __atomic_load_n(&rb->dirty[client], __ATOMIC_ACQUIRE);
}

/* Returns the pages of a block that [start, start + length) touches. */
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

/* Returns the units of 'size' pages each that a span of pages touches; the same for groups. */
static inline DirtySpan ram_dirty_units(DirtySpan span, uint64_t size)
{
    uint64_t first = span.first / size;

    return (DirtySpan){ first, span.end > span.first ? (span.end - 1) / size + 1 : first };
}

/* Returns the bits of a word that stand for pages of a span. The span must touch the word. */
static inline uint64_t ram_dirty_bits(DirtySpan pages, uint64_t word)
{
    uint64_t base = word * DIRTY_WORD_PAGES;
    uint64_t from = pages.first > base ? pages.first - base : 0;
    uint64_t behind = base + DIRTY_WORD_PAGES > pages.end ? base + DIRTY_WORD_PAGES - pages.end
                                                          : 0;

    return ~UINT64_C(0) << from & ~UINT64_C(0) >> behind;
}

/* Returns which side of an entry is in use. It may be turned over at any time, unless the caller
 * has the context's lock. */
static inline unsigned ram_dirty_side(const DirtyEntry *e)
{
    return __atomic_load_n(&e->turns, __ATOMIC_SEQ_CST) % 2;
}

/* Returns the words of a group on the side that is in use. */
static inline uint64_t *ram_dirty_words(const DirtyMap *m, uint64_t group)
{
    unsigned side = ram_dirty_side(&m->entry[group / DIRTY_ENTRY_GROUPS]);

    return &m->word[side][group * DIRTY_GROUP_WORDS];
}

/* Returns which of the groups of an entry may have dirty pages on the side that is in use. */
static inline uint64_t ram_dirty_groups(const DirtyMap *m, uint64_t number)
{
    const DirtyEntry *e = &m->entry[number];

    return ~__atomic_load_n(&e->group[ram_dirty_side(e)], __ATOMIC_SEQ_CST);
}

static inline bool ram_dirty_group_is_clean(const DirtyMap *m, uint64_t group)
{
    return !(ram_dirty_groups(m, group / DIRTY_ENTRY_GROUPS) >> group % DIRTY_ENTRY_GROUPS & 1);
}

/* Returns the first word in [i, count) of a bitmap that is not 0, or 'count'. If little is dirty,
 * this is most of the work, so it looks at eight words at once. */
static inline uint64_t ram_dirty_skip_empty(const unsigned long *bits, uint64_t i, uint64_t count)
{
    for (; count - i >= 8; i += 8) {
        const unsigned long *w = &bits[i];
        if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]) {
            break;
        }
    }
    while (i < count && !bits[i]) {
        i++;
    }
    return i;
}

/* ---- Marking and asking (dirty.c) ----------------------------------------------------------- *
 *
 * Any thread may call these, in a read section or under the context's lock. A range may reach
 * beyond the memory in use; pages there are never dirty and are not marked. */

/* Marks [start, start + length) dirty for each of 'clients' (bits 1 << DIRTY_MEMORY_...). It does
 * not call invalidate_code. */
void ram_dirty_mark(RAMBlock *rb, uint64_t start, uint64_t length, uint8_t clients);

/* Marks dirty, for each of 'clients', the pages whose bit is set in 'count' words. The first one
 * stands for the pages of 'word'. All of the pages are in use. */
void ram_dirty_mark_words(const RAMBlock *rb, uint64_t word, const unsigned long *bits,
                          uint64_t count, uint8_t clients);

/* Marks dirty, for one client, the pages that are in both spans. */
void ram_dirty_mark_common(RAMBlock *rb, DirtySpan a, DirtySpan b, unsigned client);

/* ram_dirty_mark() for a write by a device or a program: also calls the hook invalidate_code for
 * the pages that were clean for CODE, if that is among the clients. */
void ram_dirty_mark_written(RAMBlock *rb, uint64_t start, uint64_t length, uint8_t clients);

/* Returns whether there is a client of that number. If not, a MISUSE message names 'call'. */
bool ram_dirty_check_client(MemoryContext *ctx, unsigned client, const char *call);

/* ram_dirty_any() returns whether at least one page of the range is dirty: false for an empty
 * range. ram_dirty_all() returns whether every page is dirty: true for an empty range. */
bool ram_dirty_any(const RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);
bool ram_dirty_all(const RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* ---- Maps (dirty-map.c): under the context's lock ------------------------------------------ */

/* Frees the maps of a block that ends. No reader may be left, so this needs no lock. */
void ram_dirty_free(RAMBlock *rb);

/* Returns the map of a client, and makes it if there is none. Returns NULL if the host has no
 * memory for it. */
DirtyMap *ram_dirty_map_made(RAMBlock *rb, unsigned client);

/* Makes all pages dirty for all clients. topology/resize.c calls this when it has changed the used
 * length. */
void ram_dirty_refill(RAMBlock *rb);

/* ---- Clearing (dirty-clear.c, dirty-take.c): under the context's lock ----------------------- */

/* Step 1 of a clear in place, for the groups of an entry whose bit is set in 'groups': says that
 * they are clean. Leaves out those that are not cleared as a whole by a clear of 'pages'. */
void ram_dirty_close_groups(const RAMBlock *rb, const DirtyMap *m, uint64_t number,
                            uint64_t groups, DirtySpan pages);

/* Step 2: clears the pages of a span that lie in a group. 'taken' receives the eight words of the
 * group, in which a set bit means that the page was dirty. Returns which of the words are not 0,
 * one bit for each; if any, the caller calls barrier_heavy() before it reads the pages. */
unsigned ram_dirty_clear_group(const DirtyMap *m, uint64_t group, DirtySpan pages,
                               uint64_t *taken);

/* Clears a range. Returns whether a page was dirty. If the host has no memory for a map, all pages
 * stay dirty and a message says so. */
bool ram_dirty_clear(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client);

/* Does cpu_physical_memory_snapshot_and_clear_dirty() without telling listeners. Returns NULL if
 * the host has no memory for the snapshot. */
DirtyBitmapSnapshot *ram_dirty_take(RAMBlock *rb, uint64_t start, uint64_t length,
                                    unsigned client);

/* ---- By RAM address (dirty-address.c) ------------------------------------------------------ */

/* The part of a range of RAM addresses that one block has in use. */
typedef struct RamPart {
    RAMBlock *rb;
    ram_addr_t offset;
    ram_addr_t length;
} RamPart;

/* Steps to the next part of [start, start + length) that some block has in use. The first call gets
 * an empty part. Returns false if there is no further part. In a read section or under the
 * context's lock:
 *
 *     for (RamPart part = { 0 }; ram_part_next(&part, ctx, start, length);) { ... }
 */
bool ram_part_next(RamPart *part, const MemoryContext *ctx, ram_addr_t start, ram_addr_t length);

#endif
