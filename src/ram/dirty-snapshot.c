/* SPDX-License-Identifier: MIT
 *
 * Snapshots. Taking a snapshot makes the pages of a range clean; the snapshot says which of them
 * were dirty. It is one allocation, which its owner gives to free(). It holds only groups of pages
 * that may have a dirty page, and an index of these groups:
 *
 *    index   | number, which of 64 groups are here, how many came before | ...    number ascends
 *    groups  | 8 words | 8 words | ...                        packed; a set bit means dirty
 *
 * An entry of the index stands for 64 groups, and is left out if all of them were clean. The groups
 * are chosen before the first bit is cleared. If a page of some other group becomes dirty while the
 * snapshot is taken, it stays dirty for the next one.
 */
#include "base/log.h"
#include "ram/dirty.h"

#include <stdlib.h>

#include "base/barrier.h"

enum { ENTRY_GROUPS = 64, FIRST_ENTRIES = 16 };

typedef struct IndexEntry {
    uint64_t number; /* the number of the first group, divided by 64 */
    uint64_t groups; /* a set bit: the snapshot has this group; never 0 */
    uint64_t before; /* how many groups the entries before this one have */
} IndexEntry;

struct DirtyBitmapSnapshot {
    MemoryContext *context;
    ram_addr_t base; /* RAM address of the block */
    unsigned page_bits;
    DirtySpan pages; /* of the block: the range of the snapshot */
    size_t entries;
    IndexEntry index[];
};

static uint64_t *packed_groups(const DirtyBitmapSnapshot *s)
{
    return (uint64_t *)&s->index[s->entries];
}

/* Returns the first entry with that number or a higher one, or the end of the index if there is
 * none. The guess is right if no entry before was left out, which is common if much is dirty. */
static const IndexEntry *seek_entry(const DirtyBitmapSnapshot *s, uint64_t number)
{
    uint64_t guess = number - s->pages.first / DIRTY_GROUP_PAGES / ENTRY_GROUPS;
    size_t low = 0, high = s->entries;

    if (guess < high && s->index[guess].number == number) {
        return &s->index[guess];
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->index[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return &s->index[low];
}

/* ---- Taking ----------------------------------------------------------------------------- */

static DirtyBitmapSnapshot *resize(DirtyBitmapSnapshot *s, size_t entries, uint64_t groups)
{
    size_t bytes = sizeof(*s) + entries * sizeof(IndexEntry) +
                   groups * DIRTY_GROUP_WORDS * sizeof(uint64_t);
    DirtyBitmapSnapshot *resized = realloc(s, bytes);

    if (!resized) {
        free(s);
    }
    return resized;
}

/* Makes room for one more entry. The room doubles when it is full. Returns NULL, and frees s, if
 * the host has no memory. */
static DirtyBitmapSnapshot *grow(DirtyBitmapSnapshot *s)
{
    bool full = s->entries >= FIRST_ENTRIES && !(s->entries & (s->entries - 1));

    return full ? resize(s, 2 * s->entries, 0) : s;
}

/* Returns NULL, and frees s, if the host has no memory. */
static DirtyBitmapSnapshot *add_entry(DirtyBitmapSnapshot *s, uint64_t number, uint64_t groups,
                                      uint64_t before)
{
    s = grow(s);
    if (s) {
        s->index[s->entries++] = (IndexEntry){ number, groups, before };
    }
    return s;
}

/* Fills the index with the groups whose bit says dirty, and makes room for their words. */
static DirtyBitmapSnapshot *choose_groups(DirtyBitmapSnapshot *s, const DirtyMap *m)
{
    DirtySpan groups = ram_dirty_units(s->pages, DIRTY_GROUP_PAGES);
    DirtySpan numbers = ram_dirty_units(groups, ENTRY_GROUPS);
    uint64_t count = 0;

    for (uint64_t n = numbers.first; s && n < numbers.end; n++) {
        uint64_t dirty = ~__atomic_load_n(&m->group[n], __ATOMIC_SEQ_CST);
        dirty &= ram_dirty_bits(groups, n);
        if (dirty) {
            s = add_entry(s, n, dirty, count);
            count += (unsigned)__builtin_popcountll(dirty);
        }
    }
    return s && count ? resize(s, s->entries, count) : s;
}

static DirtyBitmapSnapshot *snapshot_new(const RAMBlock *rb, const DirtyMap *m, DirtySpan pages)
{
    DirtyBitmapSnapshot *s = resize(NULL, FIRST_ENTRIES, 0);

    if (!s) {
        return NULL;
    }
    *s = (DirtyBitmapSnapshot){ rb->context, rb->offset, rb->context->page_bits, pages, 0 };
    return choose_groups(s, m);
}

/* Clears the groups of an entry and puts what was dirty into the snapshot. Returns whether a page
 * was dirty. */
static bool take_entry(const RAMBlock *rb, const DirtyMap *m, const DirtyBitmapSnapshot *s,
                       IndexEntry entry)
{
    uint64_t *to = packed_groups(s) + entry.before * DIRTY_GROUP_WORDS;
    bool found = false;

    for (; entry.groups; entry.groups &= entry.groups - 1) {
        uint64_t group = entry.number * ENTRY_GROUPS + (unsigned)__builtin_ctzll(entry.groups);
        found |= ram_dirty_clear_group(rb, m, group, s->pages, to);
        to += DIRTY_GROUP_WORDS;
    }
    return found;
}

/* Returns the pages of a range, rounded outwards to whole words. Rounding is allowed because each
 * word belongs to one block only. */
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
    for (size_t i = 0; i < s->entries; i++) {
        found |= take_entry(rb, m, s, s->index[i]);
    }
    if (found) {
        barrier_heavy();
    }
    return s;
}

/* ---- Asking ----------------------------------------------------------------------------- */

/* Returns how many groups of an entry come before the one with this bit. If the snapshot has all of
 * them, which is common if much is dirty, the position of the bit is the answer. */
static unsigned groups_ahead(const IndexEntry *e, uint64_t bit)
{
    uint64_t ahead = e->groups & (bit - 1);

    return (unsigned)(ahead == bit - 1 ? __builtin_ctzll(bit) : __builtin_popcountll(ahead));
}

/* A place in a snapshot: the group that was looked at last. */
typedef struct Reader {
    const DirtyBitmapSnapshot *s;
    uint64_t group;
    const uint64_t *words; /* NULL: the snapshot does not have the group, which was clean */
} Reader;

static void read_group(Reader *r, uint64_t group)
{
    const DirtyBitmapSnapshot *s = r->s;
    const IndexEntry *e = seek_entry(s, group / ENTRY_GROUPS);
    uint64_t bit = UINT64_C(1) << group % ENTRY_GROUPS;

    r->group = group;
    r->words = NULL;
    if (e < &s->index[s->entries] && e->number == group / ENTRY_GROUPS && e->groups & bit) {
        r->words = packed_groups(s) + (e->before + groups_ahead(e, bit)) * DIRTY_GROUP_WORDS;
    }
}

static Reader reader_at(const DirtyBitmapSnapshot *s, uint64_t page)
{
    Reader r = { .s = s };

    read_group(&r, page / DIRTY_GROUP_PAGES);
    return r;
}

static uint64_t word_of(Reader *r, uint64_t page)
{
    if (page / DIRTY_GROUP_PAGES != r->group) {
        read_group(r, page / DIRTY_GROUP_PAGES);
    }
    return r->words ? r->words[page / DIRTY_WORD_PAGES % DIRTY_GROUP_WORDS] : 0;
}

/* Returns the first page of the next group that the snapshot has, or 'end' if there is none. */
static uint64_t skip_groups(const Reader *r, uint64_t end)
{
    const DirtyBitmapSnapshot *s = r->s;
    uint64_t group = r->group + 1, number = group / ENTRY_GROUPS;

    for (const IndexEntry *e = seek_entry(s, number); e < &s->index[s->entries]; e++) {
        uint64_t passed = e->number == number ? (UINT64_C(1) << group % ENTRY_GROUPS) - 1 : 0;
        if (e->groups & ~passed) {
            unsigned first = (unsigned)__builtin_ctzll(e->groups & ~passed);
            return (e->number * ENTRY_GROUPS + first) * DIRTY_GROUP_PAGES;
        }
    }
    return end;
}

/* Returns the first page of [page, end) that is dirty, or that is clean if 'dirty' is false.
 * Returns 'end' if there is none. */
static uint64_t find_page(Reader *r, uint64_t page, uint64_t end, bool dirty)
{
    while (page < end) {
        uint64_t word = word_of(r, page);
        uint64_t rest = (dirty ? word : ~word) >> page % DIRTY_WORD_PAGES;
        if (rest) {
            page += (unsigned)__builtin_ctzll(rest);
            break;
        }
        page = dirty && !r->words ? skip_groups(r, end)
                                  : (page / DIRTY_WORD_PAGES + 1) * DIRTY_WORD_PAGES;
    }
    return page < end ? page : end;
}

/* Finds the pages that a range touches. Returns false, with a message, if a part of the range is
 * not in the snapshot. */
static bool reach(const DirtyBitmapSnapshot *s, ram_addr_t start, ram_addr_t length,
                  DirtySpan *pages)
{
    uint64_t offset = start - s->base, first = s->pages.first << s->page_bits;
    uint64_t size = (s->pages.end - s->pages.first) << s->page_bits;

    if (offset < first || offset - first > size || length > size - (offset - first)) {
        return misuse(s->context,
                      "a dirty snapshot has RAM addresses from 0x%" PRIxPTR " up to 0x%" PRIxPTR
                      ", but a caller asks for 0x%" PRIxPTR " bytes at 0x%" PRIxPTR,
                      s->base + first, s->base + first + size, length, start);
    }
    pages->first = offset >> s->page_bits;
    pages->end = length ? ((offset + length - 1) >> s->page_bits) + 1 : pages->first;
    return true;
}

/* A range that is not in the snapshot counts as dirty, so that no write is missed. */
bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap, ram_addr_t start,
                                            ram_addr_t length)
{
    DirtySpan pages = { 0, 0 };

    if (!reach(snap, start, length, &pages)) {
        return true;
    }
    Reader r = reader_at(snap, pages.first);
    return find_page(&r, pages.first, pages.end, true) < pages.end;
}

static ram_addr_t base_of(const MemoryRegion *mr)
{
    return mr->ram_block ? mr->ram_block->offset : RAM_ADDR_INVALID;
}

bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr addr,
                                      hwaddr size)
{
    ram_addr_t base = base_of(mr);
    return cpu_physical_memory_snapshot_get_dirty(snap, base + addr, size);
}

bool memory_region_snapshot_next_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr *addr,
                                       hwaddr end, hwaddr *len)
{
    hwaddr from = *addr;
    DirtySpan pages = { 0, 0 };

    if (from >= end || !reach(snap, base_of(mr) + from, end - from, &pages)) {
        return false;
    }
    Reader r = reader_at(snap, pages.first);
    uint64_t first = find_page(&r, pages.first, pages.end, true);
    if (first == pages.end) {
        return false;
    }
    hwaddr start = first << snap->page_bits;
    hwaddr stop = find_page(&r, first, pages.end, false) << snap->page_bits;
    *addr = start > from ? start : from;
    *len = (stop < end ? stop : end) - *addr;
    return true;
}
