/* SPDX-License-Identifier: MIT
 *
 * Makes pages clean in place, in the maps of dirty pages (dirty.h has the protocol). All of it runs
 * under the context's lock, so one thread at a time clears. topology/harvest.c calls this and tells
 * listeners; dirty-take.c calls it for entries that a snapshot does not turn over.
 */
#include "base/barrier.h"
#include "base/log.h"
#include "ram/dirty.h"

/* Fills 'bits' with one mask for each word of a group: the pages of the span in that word. */
static void find_bits(DirtySpan pages, uint64_t group, uint64_t *bits)
{
    uint64_t base = group * DIRTY_GROUP_WORDS;
    DirtySpan words = ram_dirty_units(pages, DIRTY_WORD_PAGES);

    for (unsigned i = 0; i < DIRTY_GROUP_WORDS; i++) {
        bool inside = base + i >= words.first && base + i < words.end;
        bits[i] = inside ? ram_dirty_bits(pages, base + i) : 0;
    }
}

/* Makes pages of a word clean that were dirty when the word was read. Nobody else makes pages
 * clean, so they are dirty still. A marker may make other pages of the word dirty meanwhile, and
 * the store must not hide these; if no other page is in the word, there is nothing to hide. */
static inline void clear_word(uint64_t *word, uint64_t dirty)
{
    if (~dirty) {
        __atomic_or_fetch(word, dirty, __ATOMIC_SEQ_CST);
    } else {
        __atomic_store_n(word, dirty, __ATOMIC_RELEASE);
    }
}

/* Reads the words of a group into 'taken', as bits of dirty pages. Returns which words have dirty
 * pages, one bit for each word. The loop has no branch that depends on the words, because the
 * processor could not predict it. The loads are sequentially consistent: in the protocol they must
 * come after the write of the group's bit. */
static unsigned find_dirty(const uint64_t *word, const uint64_t *bits, uint64_t *taken)
{
    unsigned dirty = 0;

#pragma GCC unroll 8
    for (unsigned i = 0; i < DIRTY_GROUP_WORDS; i++) {
        taken[i] = ~__atomic_load_n(&word[i], __ATOMIC_SEQ_CST) & bits[i];
        dirty |= (unsigned)(taken[i] != 0) << i;
    }
    return dirty;
}

/* Returns the groups of which a span has all pages that are in use. */
static DirtySpan whole_groups(const RAMBlock *rb, DirtySpan pages)
{
    const uint64_t up = DIRTY_GROUP_PAGES - 1;
    uint64_t end = pages.end + (pages.end >= ram_dirty_used_pages(rb).end ? up : 0);

    return (DirtySpan){ (pages.first + up) / DIRTY_GROUP_PAGES, end / DIRTY_GROUP_PAGES };
}

void ram_dirty_close_groups(const RAMBlock *rb, const DirtyMap *m, uint64_t number,
                            uint64_t groups, DirtySpan pages)
{
    DirtySpan whole = whole_groups(rb, pages), here = ram_dirty_units(whole, DIRTY_ENTRY_GROUPS);

    if (number >= here.first && number < here.end) {
        groups &= ram_dirty_bits(whole, number);
        DirtyEntry *e = &m->entry[number];
        __atomic_or_fetch(&e->group[ram_dirty_side(e)], groups, __ATOMIC_SEQ_CST);
    }
}

unsigned ram_dirty_clear_group(const DirtyMap *m, uint64_t group, DirtySpan pages, uint64_t *taken)
{
    uint64_t *word = ram_dirty_words(m, group), bits[DIRTY_GROUP_WORDS];

    find_bits(pages, group, bits);
    const unsigned dirty = find_dirty(word, bits, taken);
    for (unsigned left = dirty; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctz(left);
        clear_word(&word[i], taken[i]);
    }
    return dirty;
}

static bool clear_groups(const DirtyMap *m, uint64_t number, uint64_t groups, DirtySpan pages)
{
    uint64_t taken[DIRTY_GROUP_WORDS];
    bool found = false;

    for (; groups; groups &= groups - 1) {
        uint64_t group = number * DIRTY_ENTRY_GROUPS + (unsigned)__builtin_ctzll(groups);
        found |= ram_dirty_clear_group(m, group, pages, taken) != 0;
    }
    return found;
}

/* Returns whether a page was dirty. Skips groups whose bit says clean, unless 'all' is set: a
 * marker may have made a page dirty there and not changed the bit of the group yet (dirty.h). */
static bool clear_pages(const RAMBlock *rb, const DirtyMap *m, DirtySpan pages, bool all)
{
    DirtySpan groups = ram_dirty_units(pages, DIRTY_GROUP_PAGES);
    DirtySpan numbers = ram_dirty_units(groups, DIRTY_ENTRY_GROUPS);
    bool found = false;

    for (uint64_t n = numbers.first; n < numbers.end; n++) {
        uint64_t chosen = ram_dirty_groups(m, n) | (all ? ~UINT64_C(0) : 0);
        chosen &= ram_dirty_bits(groups, n);
        ram_dirty_close_groups(rb, m, n, chosen, pages);
        found |= clear_groups(m, n, chosen, pages);
    }
    if (found) {
        barrier_heavy();
    }
    return found;
}

bool ram_dirty_clear(RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    const DirtyMap *m = ram_dirty_map_made(rb, client);

    if (!m) {
        log_say(rb->context, MEMORY_LOG_ERROR,
                "region '%s': no memory for a map of dirty pages: all its pages stay dirty",
                ram_label(rb->mr));
        return length != 0;
    }
    return clear_pages(rb, m, ram_dirty_pages(rb, start, length), client == DIRTY_MEMORY_CODE);
}
