/* SPDX-License-Identifier: MIT
 *
 * Marks pages dirty after a write, and answers whether pages are dirty (dirty.h has the protocol).
 * Any thread may call this; nothing here waits or allocates.
 */
#include "ram/dirty.h"

#include "base/barrier.h"
#include "base/log.h"

/* Returns the pages in use that a range touches. */
static inline DirtySpan pages_in_use(const RAMBlock *rb, uint64_t start, uint64_t length)
{
    uint64_t used = __atomic_load_n(&rb->used_length, __ATOMIC_RELAXED);

    if (start >= used) {
        return (DirtySpan){ 0, 0 };
    }
    return ram_dirty_pages(rb, start, length < used - start ? length : used - start);
}

/* ---- Marking ---------------------------------------------------------------------------- */

static uint64_t mark_clean(uint64_t *word, uint64_t bits)
{
    return __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST) & bits;
}

/* Marks pages of a word dirty on one side of its entry, and returns the bits of those that were
 * clean. Usually none was clean, because memory is written more often than it is harvested. So the
 * word is only read at first. The acquire keeps the read of the group after the read of the
 * word. */
static inline uint64_t mark_side(const DirtyMap *m, DirtyEntry *e, unsigned side, uint64_t word,
                                 uint64_t bits)
{
    uint64_t *w = &m->word[side][word], *g = &e->group[side];
    uint64_t clean = __atomic_load_n(w, __ATOMIC_ACQUIRE) & bits;
    uint64_t group = UINT64_C(1) << word / DIRTY_GROUP_WORDS % DIRTY_ENTRY_GROUPS;

    if (__builtin_expect(clean != 0, 0)) {
        clean = mark_clean(w, bits);
    }
    if (__builtin_expect((__atomic_load_n(g, __ATOMIC_SEQ_CST) & group) != 0, 0)) {
        mark_clean(g, group);
    }
    return clean;
}

/* Returns the bits of the pages that were clean. */
static inline uint64_t mark_word(const DirtyMap *m, uint64_t word, uint64_t bits)
{
    DirtyEntry *e = &m->entry[word / DIRTY_ENTRY_WORDS];
    uint64_t turns, clean;

    do {
        turns = __atomic_load_n(&e->turns, __ATOMIC_ACQUIRE);
        clean = mark_side(m, e, turns % 2, word, bits);
    } while (__builtin_expect(__atomic_load_n(&e->turns, __ATOMIC_SEQ_CST) != turns, 0));
    return clean;
}

static __attribute__((noinline)) void mark_words(const DirtyMap *m, DirtySpan pages)
{
    DirtySpan words = ram_dirty_units(pages, DIRTY_WORD_PAGES);

    for (uint64_t w = words.first; w < words.end; w++) {
        mark_word(m, w, ram_dirty_bits(pages, w));
    }
}

/* Most writes touch a single page. */
static inline void mark(const DirtyMap *m, DirtySpan pages)
{
    if (pages.end - pages.first == 1) {
        mark_word(m, pages.first / DIRTY_WORD_PAGES,
                  UINT64_C(1) << pages.first % DIRTY_WORD_PAGES);
    } else {
        mark_words(m, pages);
    }
}

void ram_dirty_mark(RAMBlock *rb, uint64_t start, uint64_t length, uint8_t clients)
{
    DirtySpan pages = pages_in_use(rb, start, length);

    barrier_light();
    for (clients &= DIRTY_CLIENTS_ALL; clients; clients &= clients - 1) {
        const DirtyMap *m = ram_dirty_map(rb, (unsigned)__builtin_ctz(clients));
        if (m) {
            mark(m, pages);
        }
    }
}

/* Marks words of one entry on one side. Returns the bits of the groups that they are in. */
static uint64_t mark_on_side(const DirtyMap *m, unsigned side, uint64_t word,
                             const unsigned long *bits, uint64_t count)
{
    uint64_t groups = 0;

    for (uint64_t i = 0; (i = ram_dirty_skip_empty(bits, i, count)) < count; i++) {
        uint64_t *w = &m->word[side][word + i];
        if (__atomic_load_n(w, __ATOMIC_ACQUIRE) & bits[i]) {
            __atomic_and_fetch(w, ~(uint64_t)bits[i], __ATOMIC_SEQ_CST);
        }
        groups |= UINT64_C(1) << (word + i) / DIRTY_GROUP_WORDS % DIRTY_ENTRY_GROUPS;
    }
    return groups;
}

/* Marks words of one entry, and then their groups together. */
static void mark_in_entry(const DirtyMap *m, uint64_t word, const unsigned long *bits,
                          uint64_t count)
{
    DirtyEntry *e = &m->entry[word / DIRTY_ENTRY_WORDS];
    uint64_t turns;

    do {
        turns = __atomic_load_n(&e->turns, __ATOMIC_ACQUIRE);
        uint64_t groups = mark_on_side(m, turns % 2, word, bits, count);
        if (__atomic_load_n(&e->group[turns % 2], __ATOMIC_SEQ_CST) & groups) {
            __atomic_and_fetch(&e->group[turns % 2], ~groups, __ATOMIC_SEQ_CST);
        }
    } while (__builtin_expect(__atomic_load_n(&e->turns, __ATOMIC_SEQ_CST) != turns, 0));
}

void ram_dirty_mark_words(const RAMBlock *rb, uint64_t word, const unsigned long *bits,
                          uint64_t count, uint8_t clients)
{
    barrier_light();
    for (clients &= DIRTY_CLIENTS_ALL; clients; clients &= clients - 1) {
        const DirtyMap *m = ram_dirty_map(rb, (unsigned)__builtin_ctz(clients));
        for (uint64_t i = 0, n; m && i < count; i += n) {
            n = DIRTY_ENTRY_WORDS - (word + i) % DIRTY_ENTRY_WORDS;
            n = n < count - i ? n : count - i;
            mark_in_entry(m, word + i, bits + i, n);
        }
    }
}

void ram_dirty_mark_common(RAMBlock *rb, DirtySpan a, DirtySpan b, unsigned client)
{
    unsigned bits = rb->context->page_bits;
    uint64_t first = a.first > b.first ? a.first : b.first;
    uint64_t end = a.end < b.end ? a.end : b.end;

    if (first < end) {
        ram_dirty_mark(rb, first << bits, (end - first) << bits, (uint8_t)(1 << client));
    }
}

/* ---- Code ------------------------------------------------------------------------------- */

/* Reports whole pages, even if fewer bytes were written. The pages are dirty now, so later writes
 * to them are not reported, and the translator must drop all their code at once. */
static void tell_pages(const RAMBlock *rb, uint64_t page, uint64_t count)
{
    const MemoryContextHooks *hooks = &rb->context->hooks;
    unsigned bits = rb->context->page_bits;

    hooks->invalidate_code(rb->offset + (page << bits), count << bits, hooks->opaque);
}

/* Makes one call for each run of set bits. */
static void tell_word(const RAMBlock *rb, uint64_t page, uint64_t bits)
{
    while (bits) {
        unsigned skip = (unsigned)__builtin_ctzll(bits);
        uint64_t rest = bits >> skip;
        unsigned run = ~rest ? (unsigned)__builtin_ctzll(~rest) : DIRTY_WORD_PAGES;

        tell_pages(rb, page + skip, run);
        bits = skip + run < DIRTY_WORD_PAGES ? bits & ~UINT64_C(0) << (skip + run) : 0;
    }
}

/* If several threads write to a page, only the one whose mark makes it dirty reports it. */
static void mark_code(const RAMBlock *rb, DirtySpan pages)
{
    const DirtyMap *m = ram_dirty_map(rb, DIRTY_MEMORY_CODE);
    DirtySpan words = ram_dirty_units(pages, DIRTY_WORD_PAGES);

    for (uint64_t w = words.first; m && w < words.end; w++) {
        uint64_t clean = mark_word(m, w, ram_dirty_bits(pages, w));
        if (clean && rb->context->hooks.invalidate_code) {
            tell_word(rb, w * DIRTY_WORD_PAGES, clean);
        }
    }
}

void ram_dirty_mark_written(RAMBlock *rb, uint64_t start, uint64_t length, uint8_t clients)
{
    ram_dirty_mark(rb, start, length, clients & DIRTY_CLIENTS_NOCODE);
    if (clients & 1 << DIRTY_MEMORY_CODE) {
        mark_code(rb, pages_in_use(rb, start, length));
    }
}

/* ---- Asking ----------------------------------------------------------------------------- */

bool ram_dirty_check_client(MemoryContext *ctx, unsigned client, const char *call)
{
    return client < DIRTY_MEMORY_NUM || misuse(ctx, "%s: there is no client %u", call, client);
}

/* Returns the first word at or behind 'word' that is not in a group whose bit says clean. */
static uint64_t skip_clean_groups(const DirtyMap *m, uint64_t word, uint64_t end)
{
    while (word < end && word % DIRTY_GROUP_WORDS == 0 &&
           ram_dirty_group_is_clean(m, word / DIRTY_GROUP_WORDS)) {
        word += DIRTY_GROUP_WORDS;
    }
    return word;
}

static uint64_t read_word(const DirtyMap *m, uint64_t word)
{
    unsigned side = ram_dirty_side(&m->entry[word / DIRTY_ENTRY_WORDS]);

    return __atomic_load_n(&m->word[side][word], __ATOMIC_ACQUIRE);
}

bool ram_dirty_any(const RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    const DirtyMap *m = ram_dirty_map(rb, client);
    DirtySpan pages = pages_in_use(rb, start, length);
    DirtySpan words = ram_dirty_units(pages, DIRTY_WORD_PAGES);

    if (!m) {
        return pages.first < pages.end;
    }
    for (uint64_t w = words.first; (w = skip_clean_groups(m, w, words.end)) < words.end; w++) {
        if (~read_word(m, w) & ram_dirty_bits(pages, w)) {
            return true;
        }
    }
    return false;
}

bool ram_dirty_all(const RAMBlock *rb, uint64_t start, uint64_t length, unsigned client)
{
    const DirtyMap *m = ram_dirty_map(rb, client);
    DirtySpan pages = pages_in_use(rb, start, length);
    DirtySpan words = ram_dirty_units(pages, DIRTY_WORD_PAGES);

    for (uint64_t w = words.first; m && w < words.end; w++) {
        if (read_word(m, w) & ram_dirty_bits(pages, w)) {
            return false;
        }
    }
    return true;
}
