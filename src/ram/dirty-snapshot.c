/* SPDX-License-Identifier: MIT
 *
 * Snapshots: what was dirty, taken and cleared, as a block for free(). They hold only the groups of
 * pages in which something was dirty, and an index to find them:
 *
 *    index   | 64 groups: which are there, how many before | ...        then the groups, packed:
 *    groups  | 8 words | 8 words | ...                                  in a word, 1 is dirty
 *
 * The groups are chosen before the first bit is cleared. What becomes dirty in others meanwhile was
 * written after that and stays for the next snapshot.
 */
#include "ram/dirty.h"

#include <stdlib.h>

#include "base/barrier.h"

typedef struct IndexEntry {
    uint64_t groups; /* 1: there */
    uint64_t before; /* how many groups are, ahead of these */
} IndexEntry;

struct DirtyBitmapSnapshot {
    MemoryContext *context;
    ram_addr_t base;     /* of the block, among RAM addresses */
    unsigned page_bits;
    DirtySpan pages;     /* of the block: what was taken */
    DirtySpan entries;   /* of the index */
    IndexEntry index[];
};

static uint64_t *packed_groups(const DirtyBitmapSnapshot *s)
{
    return (uint64_t *)&s->index[s->entries.end - s->entries.first];
}

static const IndexEntry *entry_of(const DirtyBitmapSnapshot *s, uint64_t group)
{
    return &s->index[group / 64 - s->entries.first];
}

/* ---- Taking ----------------------------------------------------------------------------- */

static size_t index_size(DirtySpan entries)
{
    return sizeof(DirtyBitmapSnapshot) + (entries.end - entries.first) * sizeof(IndexEntry);
}

/* Returns how many groups there are. */
static uint64_t fill_index(DirtyBitmapSnapshot *s, const DirtyMap *m)
{
    DirtySpan groups = ram_dirty_units(s->pages, DIRTY_GROUP_PAGES);
    uint64_t count = 0;

    for (uint64_t e = s->entries.first; e < s->entries.end; e++) {
        uint64_t clean = __atomic_load_n(&m->group[e], __ATOMIC_SEQ_CST);
        IndexEntry entry = { ~clean & ram_dirty_bits(groups, e), count };
        s->index[e - s->entries.first] = entry;
        count += (unsigned)__builtin_popcountll(entry.groups);
    }
    return count;
}

static DirtyBitmapSnapshot *snapshot_new(const RAMBlock *rb, const DirtyMap *m, DirtySpan pages)
{
    DirtySpan entries = ram_dirty_units(pages, (uint64_t)DIRTY_GROUP_PAGES * 64);
    DirtyBitmapSnapshot *s = malloc(index_size(entries)), *whole;
    uint64_t count;

    if (!s) {
        return NULL;
    }
    *s = (DirtyBitmapSnapshot){ rb->context, rb->offset, rb->context->page_bits, pages, entries };
    count = fill_index(s, m);
    if (!count) {
        return s;
    }
    whole = realloc(s, index_size(entries) + count * DIRTY_GROUP_WORDS * sizeof(uint64_t));
    if (!whole) {
        free(s);
    }
    return whole;
}

static bool take_entry(const RAMBlock *rb, const DirtyMap *m, const DirtyBitmapSnapshot *s,
                       uint64_t e)
{
    IndexEntry entry = s->index[e - s->entries.first];
    uint64_t *to = packed_groups(s) + entry.before * DIRTY_GROUP_WORDS;
    bool found = false;

    for (; entry.groups; entry.groups &= entry.groups - 1) {
        uint64_t group = e * 64 + (unsigned)__builtin_ctzll(entry.groups);
        found |= ram_dirty_clear_group(rb, m, group, s->pages, to);
        to += DIRTY_GROUP_WORDS;
    }
    return found;
}

/* Outwards to 64 pages: a word belongs to one block only. */
static DirtySpan rounded_pages(const RAMBlock *rb, uint64_t start, uint64_t length)
{
    DirtySpan words = ram_dirty_units(ram_dirty_pages(rb, start, length), DIRTY_WORD_PAGES);

    return (DirtySpan){ words.first * DIRTY_WORD_PAGES, words.end * DIRTY_WORD_PAGES };
}

DirtyBitmapSnapshot *ram_dirty_take(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    const DirtyMap *m = ram_dirty_map_made(rb, client);
    DirtyBitmapSnapshot *s = m ? snapshot_new(rb, m, rounded_pages(rb, start, length)) : NULL;
    bool found = false;

    if (!s) {
        return NULL;
    }
    for (uint64_t e = s->entries.first; e < s->entries.end; e++) {
        found |= take_entry(rb, m, s, e);
    }
    if (found) {
        barrier_heavy();
    }
    return s;
}

/* ---- Asking ----------------------------------------------------------------------------- */

/* What was dirty in a word that the snapshot reaches. */
static uint64_t word_at(const DirtyBitmapSnapshot *s, uint64_t word)
{
    uint64_t group = word / DIRTY_GROUP_WORDS, bit = UINT64_C(1) << group % 64;
    const IndexEntry *e = entry_of(s, group);

    if (!(e->groups & bit)) {
        return 0;
    }
    uint64_t place = e->before + (unsigned)__builtin_popcountll(e->groups & (bit - 1));
    return packed_groups(s)[place * DIRTY_GROUP_WORDS + word % DIRTY_GROUP_WORDS];
}

/* From a page to the first one of the next group that is there. */
static uint64_t skip_groups(const DirtyBitmapSnapshot *s, uint64_t page, uint64_t end)
{
    while (page < end) {
        uint64_t group = page / DIRTY_GROUP_PAGES;
        uint64_t rest = entry_of(s, group)->groups >> group % 64;
        if (rest & 1) {
            return page;
        }
        group = rest ? group + (unsigned)__builtin_ctzll(rest) : (group / 64 + 1) * 64;
        page = group * DIRTY_GROUP_PAGES;
    }
    return end;
}

/* The first page of [page, end) that is dirty, or that is clean; 'end' if there is none. */
static uint64_t find_page(const DirtyBitmapSnapshot *s, uint64_t page, uint64_t end, bool dirty)
{
    while (page < end && (!dirty || (page = skip_groups(s, page, end)) < end)) {
        uint64_t word = word_at(s, page / DIRTY_WORD_PAGES);
        uint64_t rest = (dirty ? word : ~word) >> page % DIRTY_WORD_PAGES;
        if (rest) {
            page += (unsigned)__builtin_ctzll(rest);
            break;
        }
        page = (page / DIRTY_WORD_PAGES + 1) * DIRTY_WORD_PAGES;
    }
    return page < end ? page : end;
}

/* The pages that a range touches. False, and a message, if the snapshot does not have them. */
static bool reach(const DirtyBitmapSnapshot *s, ram_addr_t start, ram_addr_t length, DirtySpan *pages)
{
    uint64_t offset = start - s->base, first = s->pages.first << s->page_bits;
    uint64_t size = (s->pages.end - s->pages.first) << s->page_bits;

    if (offset < first || offset - first > size || length > size - (offset - first)) {
        return misuse(s->context, "a dirty snapshot of RAM addresses 0x%" PRIxPTR " to 0x%" PRIxPTR
                      " is asked about 0x%" PRIxPTR " bytes at 0x%" PRIxPTR, s->base + first,
                      s->base + first + size, length, start);
    }
    pages->first = offset >> s->page_bits;
    pages->end = length ? ((offset + length - 1) >> s->page_bits) + 1 : pages->first;
    return true;
}

/* What nobody knows is dirty. */
bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap, ram_addr_t start,
                                            ram_addr_t length)
{
    DirtySpan pages = { 0, 0 };

    if (!reach(snap, start, length, &pages)) {
        return true;
    }
    return find_page(snap, pages.first, pages.end, true) < pages.end;
}

bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr addr,
                                      hwaddr size)
{
    return cpu_physical_memory_snapshot_get_dirty(snap, memory_region_get_ram_addr(mr) + addr, size);
}

bool memory_region_snapshot_next_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr *addr,
                                       hwaddr end, hwaddr *len)
{
    hwaddr from = *addr;
    DirtySpan pages = { 0, 0 };

    if (from >= end || !reach(snap, memory_region_get_ram_addr(mr) + from, end - from, &pages)) {
        return false;
    }
    uint64_t first = find_page(snap, pages.first, pages.end, true);
    if (first == pages.end) {
        return false;
    }
    hwaddr start = first << snap->page_bits;
    hwaddr stop = find_page(snap, first, pages.end, false) << snap->page_bits;
    *addr = start > from ? start : from;
    *len = (stop < end ? stop : end) - *addr;
    return true;
}
