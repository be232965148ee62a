/* SPDX-License-Identifier: MIT
 *
 * Makes pages clean in the maps of dirty pages (dirty.h has the protocol). All of it runs under the
 * context's lock, so one thread at a time clears. topology/harvest.c calls this and tells
 * listeners.
 */
#include <string.h>

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

/* Returns which words of a group have dirty pages, one bit for each word. The loop has no branch
 * that depends on the words, because the processor could not predict it. The loads are sequentially
 * consistent: in the protocol they must come after the write of the group's bit. */
static unsigned find_dirty(const uint64_t *word, const uint64_t *bits)
{
    unsigned dirty = 0;

    for (unsigned i = 0; i < DIRTY_GROUP_WORDS; i++) {
        dirty |= (unsigned)((~__atomic_load_n(&word[i], __ATOMIC_SEQ_CST) & bits[i]) != 0) << i;
    }
    return dirty;
}

/* Makes pages of a word clean. Returns the bits of those that were dirty. */
static uint64_t clear_word(uint64_t *word, uint64_t bits)
{
    return ~__atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST) & bits;
}

/* Returns whether a span has all pages of a group that are in use. */
static bool covers_group(const RAMBlock *rb, DirtySpan pages, uint64_t group)
{
    uint64_t last = (group + 1) * DIRTY_GROUP_PAGES;

    return pages.first <= group * DIRTY_GROUP_PAGES &&
           (pages.end >= last || pages.end >= ram_dirty_used_pages(rb).end);
}

bool ram_dirty_clear_group(const RAMBlock *rb, const DirtyMap *m, uint64_t group, DirtySpan pages,
                           uint64_t *taken)
{
    static const uint64_t all[] = { [0 ... DIRTY_GROUP_WORDS - 1] = ~UINT64_C(0) };
    uint64_t *word = &m->word[group * DIRTY_GROUP_WORDS], part[DIRTY_GROUP_WORDS];
    const uint64_t *bits = all;

    if (covers_group(rb, pages, group)) {
        __atomic_or_fetch(&m->group[group / 64], UINT64_C(1) << group % 64, __ATOMIC_SEQ_CST);
    }
    if (pages.first > group * DIRTY_GROUP_PAGES || pages.end < (group + 1) * DIRTY_GROUP_PAGES) {
        find_bits(pages, group, part);
        bits = part;
    }
    if (taken) {
        memset(taken, 0, DIRTY_GROUP_WORDS * sizeof(*taken));
    }
    const unsigned dirty = find_dirty(word, bits);
    for (unsigned left = dirty; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctz(left);
        uint64_t was = clear_word(&word[i], bits[i]);
        if (taken) {
            taken[i] = was;
        }
    }
    return dirty != 0;
}

/* Returns whether a page was dirty. Skips groups whose bit says clean, unless 'all' is set: a
 * marker may have made a page dirty there and not changed the bit of the group yet (dirty.h). */
static bool clear_pages(const RAMBlock *rb, const DirtyMap *m, DirtySpan pages, bool all)
{
    DirtySpan groups = ram_dirty_units(pages, DIRTY_GROUP_PAGES);
    bool found = false;

    for (uint64_t g = groups.first; g < groups.end; g++) {
        if (all || !ram_dirty_group_is_clean(m, g)) {
            found |= ram_dirty_clear_group(rb, m, g, pages, NULL);
        }
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
