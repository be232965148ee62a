/* SPDX-License-Identifier: MIT
 *
 * Snapshots. Taking a snapshot makes the pages of a range clean; the snapshot says which of them
 * were dirty. It is one allocation, which its owner gives to free(). It holds only groups of pages
 * of which some are dirty and some are clean, and an index of groups:
 *
 *    index   | number, all dirty, some dirty, how many came before | ...  number ascends
 *    groups  | 8 words | 8 words | ...                      packed; a set bit means dirty
 *
 * An entry of the index stands for 64 groups, and is left out if all of them were clean. The groups
 * are chosen before the first bit is cleared. If a page of some other group becomes dirty while the
 * snapshot is taken, it stays dirty for the next one. There is room for each chosen group, but the
 * host gives memory only to the part that is written.
 */
#define _GNU_SOURCE /* madvise() */
#include "base/log.h"
#include "ram/dirty.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/barrier.h"

enum { FIRST_ENTRIES = 16, LARGE = 4 << 20 };

typedef struct IndexEntry {
    uint64_t number; /* the number of the first group, divided by 64 */
    uint64_t all;    /* a set bit: all pages of this group are dirty */
    uint64_t some;   /* a set bit: the snapshot has the words of this group */
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

static __attribute__((noinline)) const IndexEntry *search_entry(const DirtyBitmapSnapshot *s,
                                                                uint64_t number)
{
    size_t low = 0, high = s->entries;

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

/* Returns the first entry with that number or a higher one, or the end of the index if there is
 * none. The guess is right if no entry before was left out, which is common if much is dirty. */
static inline const IndexEntry *seek_entry(const DirtyBitmapSnapshot *s, uint64_t number)
{
    uint64_t guess = number - s->pages.first / DIRTY_GROUP_PAGES / DIRTY_ENTRY_GROUPS;

    if (guess < s->entries && s->index[guess].number == number) {
        return &s->index[guess];
    }
    return search_entry(s, number);
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
static DirtyBitmapSnapshot *add_entry(DirtyBitmapSnapshot *s, uint64_t number, uint64_t groups)
{
    s = grow(s);
    if (s) {
        s->index[s->entries++] = (IndexEntry){ .number = number, .some = groups };
    }
    return s;
}

/* Makes room for the words of groups. Large pages of the host, if it has any, cost less than many
 * small ones. */
static DirtyBitmapSnapshot *add_room(DirtyBitmapSnapshot *s, uint64_t groups)
{
    const uintptr_t page = ram_host_page();
    s = resize(s, s->entries, groups);

    if (s && groups * DIRTY_GROUP_WORDS * sizeof(uint64_t) >= LARGE) {
        uintptr_t start = ram_round_up((uintptr_t)packed_groups(s), page);
        uintptr_t end = (uintptr_t)(packed_groups(s) + groups * DIRTY_GROUP_WORDS) & -page;
        madvise((void *)start, end - start, MADV_HUGEPAGE);
    }
    return s;
}

/* Fills the index with the groups whose bit says dirty, and makes room for their words. */
static DirtyBitmapSnapshot *choose_groups(DirtyBitmapSnapshot *s, const DirtyMap *m)
{
    DirtySpan groups = ram_dirty_units(s->pages, DIRTY_GROUP_PAGES);
    DirtySpan numbers = ram_dirty_units(groups, DIRTY_ENTRY_GROUPS);
    uint64_t count = 0;

    for (uint64_t n = numbers.first; s && n < numbers.end; n++) {
        uint64_t dirty = ram_dirty_groups(m, n) & ram_dirty_bits(groups, n);
        if (dirty) {
            s = add_entry(s, n, dirty);
            count += (unsigned)__builtin_popcountll(dirty);
        }
    }
    return s && count ? add_room(s, count) : s;
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

/* Clears the groups of an entry, and puts their words at 'to' unless all pages of a group are clean
 * or all are dirty. Returns the end of these words. */
static uint64_t *take_entry(const RAMBlock *rb, const DirtyMap *m, DirtySpan pages, IndexEntry *e,
                            uint64_t *to)
{
    uint64_t chosen = e->some;

    ram_dirty_close_groups(rb, m, e->number, chosen, pages);
    for (e->some = 0; chosen; chosen &= chosen - 1) {
        uint64_t group = e->number * DIRTY_ENTRY_GROUPS + (unsigned)__builtin_ctzll(chosen);
        DirtyAmount amount = ram_dirty_clear_group(m, group, pages, to);

        if (amount == DIRTY_SOME) {
            e->some |= chosen & -chosen;
            to += DIRTY_GROUP_WORDS;
        } else if (amount == DIRTY_ALL) {
            e->all |= chosen & -chosen;
        }
    }
    return to;
}

/* Returns whether a page was dirty. */
static bool take_entries(const RAMBlock *rb, const DirtyMap *m, DirtyBitmapSnapshot *s)
{
    uint64_t *first = packed_groups(s), *to = first, all = 0;

    for (IndexEntry *e = s->index; e < &s->index[s->entries]; e++) {
        e->before = (uint64_t)(to - first) / DIRTY_GROUP_WORDS;
        to = take_entry(rb, m, s->pages, e, to);
        all |= e->all;
    }
    return to > first || all;
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

    if (s && take_entries(rb, m, s)) {
        barrier_heavy();
    }
    return s;
}

/* ---- Asking ----------------------------------------------------------------------------- */

/* Returns how many groups of an entry come before its group number 'nth'. If the snapshot has all
 * of them, which is common if much is dirty, that is 'nth'. */
static inline unsigned groups_ahead(const IndexEntry *e, unsigned nth)
{
    uint64_t before = (UINT64_C(1) << nth) - 1, ahead = e->some & before;

    return ahead == before ? nth : (unsigned)__builtin_popcountll(ahead);
}

static const uint64_t all_clean[DIRTY_GROUP_WORDS];
static const uint64_t all_dirty[] = { [0 ... DIRTY_GROUP_WORDS - 1] = ~UINT64_C(0) };

/* Returns the words of a group. */
static inline const uint64_t *words_of(const DirtyBitmapSnapshot *s, uint64_t group)
{
    const IndexEntry *e = seek_entry(s, group / DIRTY_ENTRY_GROUPS);
    unsigned nth = group % DIRTY_ENTRY_GROUPS;

    if (e == &s->index[s->entries] || e->number != group / DIRTY_ENTRY_GROUPS) {
        return all_clean;
    }
    if (e->some >> nth & 1) {
        return packed_groups(s) + (e->before + groups_ahead(e, nth)) * DIRTY_GROUP_WORDS;
    }
    return e->all >> nth & 1 ? all_dirty : all_clean;
}

/* Returns the first group, from 'group' on, that has dirty pages. */
static uint64_t next_dirty_group(const DirtyBitmapSnapshot *s, uint64_t group)
{
    uint64_t number = group / DIRTY_ENTRY_GROUPS;

    for (const IndexEntry *e = seek_entry(s, number); e < &s->index[s->entries]; e++) {
        uint64_t passed = e->number == number ? (UINT64_C(1) << group % DIRTY_ENTRY_GROUPS) - 1
                                              : 0;
        uint64_t left = (e->some | e->all) & ~passed;
        if (left) {
            return e->number * DIRTY_ENTRY_GROUPS + (unsigned)__builtin_ctzll(left);
        }
    }
    return UINT64_MAX / DIRTY_GROUP_PAGES;
}

/* Returns the first group, from 'group' on, that has clean pages. */
static uint64_t next_clean_group(const DirtyBitmapSnapshot *s, uint64_t group)
{
    const IndexEntry *e = seek_entry(s, group / DIRTY_ENTRY_GROUPS);

    for (; e < &s->index[s->entries] && e->number == group / DIRTY_ENTRY_GROUPS; e++) {
        uint64_t left = ~e->all >> group % DIRTY_ENTRY_GROUPS;
        if (left) {
            return group + (unsigned)__builtin_ctzll(left);
        }
        group = (e->number + 1) * DIRTY_ENTRY_GROUPS;
    }
    return group;
}

/* A place in a snapshot: the group that was looked at last. */
typedef struct Reader {
    const DirtyBitmapSnapshot *s;
    uint64_t group;
    const uint64_t *words;
    uint64_t word; /* the word in which find_page() found a page */
} Reader;

static inline Reader reader_at(const DirtyBitmapSnapshot *s, uint64_t page)
{
    uint64_t group = page / DIRTY_GROUP_PAGES;

    return (Reader){ s, group, words_of(s, group), 0 };
}

/* Returns a page behind 'page', to go on at when the rest of its word is all clean, or all dirty if
 * 'dirty' is false. */
static inline uint64_t pass_word(Reader *r, uint64_t page, bool dirty)
{
    if (r->words != (dirty ? all_clean : all_dirty)) {
        page = (page / DIRTY_WORD_PAGES + 1) * DIRTY_WORD_PAGES;
    } else if (dirty) {
        page = next_dirty_group(r->s, r->group) * DIRTY_GROUP_PAGES;
    } else {
        page = next_clean_group(r->s, r->group) * DIRTY_GROUP_PAGES;
    }
    if (page / DIRTY_GROUP_PAGES != r->group) {
        *r = reader_at(r->s, page);
    }
    return page;
}

/* Returns the first page of [page, end) that is dirty, or that is clean if 'dirty' is false.
 * Returns 'end' if there is none. Inlined, so that 'dirty' is a constant. */
static inline __attribute__((always_inline)) uint64_t find_page(Reader *r, uint64_t page,
                                                                uint64_t end, bool dirty)
{
    while (page < end) {
        uint64_t word = r->words[page / DIRTY_WORD_PAGES % DIRTY_GROUP_WORDS];
        uint64_t rest = (dirty ? word : ~word) >> page % DIRTY_WORD_PAGES;
        if (rest) {
            r->word = word;
            page += (unsigned)__builtin_ctzll(rest);
            break;
        }
        page = pass_word(r, page, dirty);
    }
    return page < end ? page : end;
}

static __attribute__((cold)) bool say_beyond(const DirtyBitmapSnapshot *s, ram_addr_t start,
                                             ram_addr_t length)
{
    return misuse(s->context,
                  "a dirty snapshot has RAM addresses from 0x%" PRIxPTR " up to 0x%" PRIxPTR
                  ", but a caller asks for 0x%" PRIxPTR " bytes at 0x%" PRIxPTR,
                  s->base + (s->pages.first << s->page_bits),
                  s->base + (s->pages.end << s->page_bits), length, start);
}

/* Finds the pages that a range touches. Returns false, with a message, if a part of the range is
 * not in the snapshot. */
static inline bool reach(const DirtyBitmapSnapshot *s, ram_addr_t start, ram_addr_t length,
                         DirtySpan *pages)
{
    uint64_t offset = start - s->base, first = s->pages.first << s->page_bits;
    uint64_t size = (s->pages.end - s->pages.first) << s->page_bits;

    if (offset < first || offset - first > size || length > size - (offset - first)) {
        return say_beyond(s, start, length);
    }
    pages->first = offset >> s->page_bits;
    pages->end = length ? ((offset + length - 1) >> s->page_bits) + 1 : pages->first;
    return true;
}

/* Returns the end of the run of dirty pages that begins at 'page' in the word 'word', or 'end' if
 * the run is longer. Usually the run ends in this word, which was read already: to read it again
 * costs more than the rest. */
static inline uint64_t find_run_end(const DirtyBitmapSnapshot *s, uint64_t word, uint64_t page,
                                    uint64_t end)
{
    uint64_t clean = ~(word >> page % DIRTY_WORD_PAGES);
    uint64_t stop = page + (clean ? (unsigned)__builtin_ctzll(clean) : DIRTY_WORD_PAGES);

    if (__builtin_expect(stop % DIRTY_WORD_PAGES == 0 && stop < end, 0)) {
        Reader r = reader_at(s, stop);
        return find_page(&r, stop, end, false);
    }
    return stop < end ? stop : end;
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
    hwaddr stop = find_run_end(snap, r.word, first, pages.end) << snap->page_bits;
    *addr = start > from ? start : from;
    *len = (stop < end ? stop : end) - *addr;
    return true;
}
