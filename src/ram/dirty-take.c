/* SPDX-License-Identifier: MIT
 *
 * Takes snapshots. If a snapshot takes all pages of an entry that are in use, the entry is turned
 * over. Otherwise the pages are cleared in place (dirty.h). All of it runs under the context's
 * lock. topology/harvest.c calls this and tells listeners.
 *
 * The entries to turn over are chosen before the first page is cleared. If a page of another entry
 * becomes dirty meanwhile, it stays dirty for the next snapshot.
 */
#define _GNU_SOURCE /* madvise() */
#include <stdlib.h>
#include <sys/mman.h>

#include "base/barrier.h"
#include "base/probes.h"
#include "ram/dirty-snapshot.h"

enum { LARGE = 4 << 20 };
enum { PART_GROUPS = SNAPSHOT_PART_WORDS / DIRTY_GROUP_WORDS };
enum { ALL_GROUPS = (1 << PART_GROUPS) - 1 };
enum { ENTRY_PARTS = DIRTY_ENTRY_WORDS / SNAPSHOT_PART_WORDS };

typedef struct Taking {
    const RAMBlock *rb;
    const DirtyMap *m;
    DirtySpan pages;
    DirtySpan groups;
    DirtySpan entries;
    DirtySpan turned; /* the entries that are turned over */
    uint64_t always;  /* groups of each entry that are looked into even if they say clean */
    DirtyBitmapSnapshot *s;
    uint64_t *to; /* where the next word goes */
} Taking;

/* Returns the pages of a range, rounded outwards to whole words. Rounding is allowed because each
 * word belongs to one block only. */
static DirtySpan rounded_pages(const RAMBlock *rb, uint64_t start, uint64_t length)
{
    DirtySpan words = ram_dirty_units(ram_dirty_pages(rb, start, length), DIRTY_WORD_PAGES);

    return (DirtySpan){ words.first * DIRTY_WORD_PAGES, words.end * DIRTY_WORD_PAGES };
}

/* Returns the entries whose pages, as far as they are in use, all lie in a span. */
static DirtySpan whole_entries(const RAMBlock *rb, DirtySpan pages)
{
    const uint64_t up = DIRTY_ENTRY_PAGES - 1;
    uint64_t end = pages.end + (pages.end >= ram_dirty_used_pages(rb).end ? up : 0);

    return (DirtySpan){ (pages.first + up) / DIRTY_ENTRY_PAGES, end / DIRTY_ENTRY_PAGES };
}

static Taking taking_of(const RAMBlock *rb, const DirtyMap *m, DirtySpan pages, unsigned client)
{
    Taking t = { .rb = rb, .m = m, .pages = pages };

    t.groups = ram_dirty_units(pages, DIRTY_GROUP_PAGES);
    t.entries = ram_dirty_units(t.groups, DIRTY_ENTRY_GROUPS);
    if (client == DIRTY_MEMORY_CODE) {
        t.always = ~UINT64_C(0);
    } else {
        t.turned = whole_entries(rb, pages);
    }
    return t;
}

static uint64_t groups_within(const Taking *t, uint64_t number)
{
    return ram_dirty_bits(t->groups, number);
}

/* Returns the groups of an entry that are looked into on the side that is in use. */
static uint64_t chosen_groups(const Taking *t, uint64_t number)
{
    return (ram_dirty_groups(t->m, number) | t->always) & groups_within(t, number);
}

/* ---- Making room ------------------------------------------------------------------------ */

static uint64_t count_groups(const Taking *t)
{
    uint64_t count = 0;

    for (uint64_t n = t->entries.first; n < t->entries.end; n++) {
        uint64_t dirty = chosen_groups(t, n);
        count += dirty ? (unsigned)__builtin_popcountll(dirty) : 0;
    }
    return count;
}

/* Large pages of the host, if it has any, cost less than many small ones. */
static void prefer_large_pages(const DirtyBitmapSnapshot *s, uint64_t words)
{
    const uintptr_t page = ram_host_page();

    if (words * sizeof(*s->word) >= LARGE) {
        uintptr_t start = ram_round_up((uintptr_t)s, page);
        uintptr_t end = (uintptr_t)(s->word + words) & -page;
        madvise((void *)start, end - start, MADV_HUGEPAGE);
    }
}

/* Makes a snapshot with room for all groups, because more of them may still become dirty. The host
 * gives memory only to the part that is written. Returns NULL if the host has no memory. */
static DirtyBitmapSnapshot *snapshot_new(const Taking *t, DirtySpan groups)
{
    DirtySpan span = ram_dirty_units(groups, PART_GROUPS);
    uint64_t parts = span.end - span.first;
    uint64_t words = (groups.end - groups.first) * DIRTY_GROUP_WORDS;
    DirtyBitmapSnapshot *s =
        malloc(sizeof(*s) + parts * sizeof(SnapshotPart) + words * sizeof(uint64_t));

    if (s) {
        *s = (DirtyBitmapSnapshot){ .context = t->rb->context,
                                    .base = t->rb->offset,
                                    .page_bits = t->rb->context->page_bits,
                                    .pages = t->pages,
                                    .word = (uint64_t *)&s->index[parts] };
    }
    return s;
}

/* ---- Turning over ----------------------------------------------------------------------- */

/* Before the first turn of an entry, side 1 is memory that was never used. */
static void clean_new_side(const DirtyMap *m, uint64_t number)
{
    uint64_t first = number * DIRTY_ENTRY_WORDS, end = first + DIRTY_ENTRY_WORDS;
    uint64_t words = m->groups * DIRTY_GROUP_WORDS;

    for (uint64_t w = first; w < end && w < words; w++) {
        m->word[1][w] = ~UINT64_C(0);
    }
    m->entry[number].group[1] = ~UINT64_C(0);
}

static void turn(const DirtyMap *m, uint64_t number)
{
    DirtyEntry *e = &m->entry[number];

    if (e->turns == 0) {
        clean_new_side(m, number);
    }
    __atomic_store_n(&e->turns, e->turns + 1, __ATOMIC_SEQ_CST);
}

/* Returns whether it has turned any entry. */
static bool turn_entries(const Taking *t)
{
    bool any = false;

    for (uint64_t n = t->turned.first; n < t->turned.end; n++) {
        if (chosen_groups(t, n)) {
            turn(t->m, n);
            any = true;
        }
    }
    return any;
}

/* ---- Taking ----------------------------------------------------------------------------- */

/* Takes the words of a group from the old side and cleans them. 'dirty' receives which of them have
 * dirty pages. Returns where the next word goes. The next word overwrites a word without dirty
 * pages. A branch would do the same, but the processor could not predict it. */
static inline uint64_t *take_group(uint64_t *word, uint64_t *to, uint64_t *dirty)
{
    *dirty = 0;
#pragma GCC unroll 8
    for (unsigned i = 0; i < DIRTY_GROUP_WORDS; i++) {
        uint64_t pages = ~__atomic_load_n(&word[i], __ATOMIC_RELAXED);
        __atomic_store_n(&word[i], ~UINT64_C(0), __ATOMIC_RELEASE);
        *to = pages;
        to += pages != 0;
        *dirty |= (uint64_t)(pages != 0) << i;
    }
    return to;
}

/* Takes those groups of a part whose bit is set from the old side. Returns which of the part's
 * words have dirty pages. */
static uint64_t take_groups(Taking *t, uint64_t *old, uint64_t groups)
{
    uint64_t *to = t->to, mask = 0, dirty;

    for (; groups; groups &= groups - 1) {
        unsigned i = (unsigned)__builtin_ctzll(groups);
        to = take_group(&old[i * DIRTY_GROUP_WORDS], to, &dirty);
        mask |= dirty << i * DIRTY_GROUP_WORDS;
    }
    t->to = to;
    return mask;
}

/* The same, but clears the pages in place. */
static uint64_t clear_groups(Taking *t, uint64_t part, uint64_t groups)
{
    uint64_t taken[DIRTY_GROUP_WORDS], mask = 0;

    for (; groups; groups &= groups - 1) {
        unsigned i = (unsigned)__builtin_ctzll(groups);
        uint64_t dirty = ram_dirty_clear_group(t->m, part * PART_GROUPS + i, t->pages, taken);
        mask |= dirty << i * DIRTY_GROUP_WORDS;
        for (; dirty; dirty &= dirty - 1) {
            *t->to++ = taken[__builtin_ctzll(dirty)];
        }
    }
    return mask;
}

static inline bool is_all_dirty(const uint64_t *word)
{
    uint64_t clean = 0;

    for (unsigned i = 0; i < SNAPSHOT_PART_WORDS && !clean; i += DIRTY_GROUP_WORDS) {
#pragma GCC unroll 8
        for (unsigned k = 0; k < DIRTY_GROUP_WORDS; k++) {
            clean |= __atomic_load_n(&word[i + k], __ATOMIC_RELAXED);
        }
    }
    return !clean;
}

/* Cleans the words of a part on the old side. */
static inline void clean_part(uint64_t *word)
{
#pragma GCC unroll 8
    for (unsigned i = 0; i < SNAPSHOT_PART_WORDS; i++) {
        __atomic_store_n(&word[i], ~UINT64_C(0), __ATOMIC_RELEASE);
    }
}

/* Takes those groups of a part whose bit is set: from the old side, or in place if 'old' is
 * NULL. */
static void take_part(Taking *t, uint64_t part, uint64_t groups, uint64_t *old)
{
    DirtyBitmapSnapshot *s = t->s;
    uint64_t before = (uint64_t)(t->to - s->word), mask;

    if (!old) {
        mask = clear_groups(t, part, groups);
    } else if (groups == ALL_GROUPS && is_all_dirty(old)) {
        clean_part(old);
        before = SNAPSHOT_ALL;
        mask = ~UINT64_C(0);
    } else {
        mask = take_groups(t, old, groups);
    }
    s->index[s->parts] = (SnapshotPart){ part, before, mask };
    s->parts += mask != 0;
}

static void take_entry(Taking *t, uint64_t number, uint64_t groups, uint64_t *old)
{
    for (unsigned i = 0; i < ENTRY_PARTS; i++) {
        uint64_t here = groups >> i * PART_GROUPS & ALL_GROUPS;
        if (here) {
            take_part(t, number * ENTRY_PARTS + i, here,
                      old ? &old[i * SNAPSHOT_PART_WORDS] : NULL);
        }
    }
}

/* Takes what is on the old side. If the entry was not turned over this time, that is nothing, or
 * marks that came late. More of these may come meanwhile. One instruction reads the bits of the
 * groups and closes them: a group that was closed and not taken would hide its pages when this side
 * is in use again. */
static void take_old_side(Taking *t, uint64_t number)
{
    DirtyEntry *e = &t->m->entry[number];
    unsigned old = !ram_dirty_side(e);

    if (~__atomic_load_n(&e->group[old], __ATOMIC_RELAXED) && e->turns) {
        uint64_t groups = ~__atomic_exchange_n(&e->group[old], ~UINT64_C(0), __ATOMIC_SEQ_CST);
        take_entry(t, number, groups & groups_within(t, number),
                   &t->m->word[old][number * DIRTY_ENTRY_WORDS]);
    }
}

static void take_in_place(Taking *t, uint64_t number)
{
    uint64_t groups = chosen_groups(t, number);

    ram_dirty_close_groups(t->rb, t->m, number, groups, t->pages);
    take_entry(t, number, groups, NULL);
}

/* Returns whether it has cleared a page in place. */
static bool take_entries(Taking *t)
{
    bool in_place = false;

    for (uint64_t n = t->entries.first; n < t->entries.end; n++) {
        const uint64_t *before = t->to;
        if (n >= t->turned.first && n < t->turned.end) {
            take_old_side(t, n);
        } else {
            take_in_place(t, n);
            in_place |= t->to > before;
        }
    }
    return in_place;
}

/* Both ways of clearing need a heavy barrier, each at its own moment (dirty.h). */
static void take(Taking *t)
{
    if (turn_entries(t)) {
        barrier_heavy();
    }
    if (take_entries(t)) {
        barrier_heavy();
    }
}

DirtyBitmapSnapshot *ram_dirty_take(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    const DirtyMap *m = ram_dirty_map_made(rb, client);

    if (!m) {
        return NULL;
    }
    Taking t = taking_of(rb, m, rounded_pages(rb, start, length), client);
    uint64_t dirty = count_groups(&t);
    t.s = snapshot_new(&t, dirty ? t.groups : (DirtySpan){ 0, 0 });
    if (!t.s) {
        return NULL;
    }
    if (dirty) {
        prefer_large_pages(t.s, dirty * DIRTY_GROUP_WORDS);
        t.to = t.s->word;
        take(&t);
    }
    PROBE(harvest, rb->mr->name, start, length, client, t.s->parts);
    return t.s;
}
