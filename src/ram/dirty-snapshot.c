/* SPDX-License-Identifier: MIT
 *
 * Answers which pages of a snapshot are dirty: the runs of dirty pages in a range.
 */
#include "ram/dirty-snapshot.h"

#include "base/log.h"

/* ---- Runs ------------------------------------------------------------------------------- */

/* Room for runs, which are written as addresses in the region. */
typedef struct Runs {
    DirtyBitmapRun *next, *end;
    uint64_t reach; /* the page behind the last run; UINT64_MAX before the first run */
    unsigned page_bits;
} Runs;

static Runs runs_at(DirtyBitmapRun *run, size_t most, const DirtyBitmapSnapshot *s)
{
    return (Runs){ run, run + most, UINT64_MAX, s->page_bits };
}

/* Adds the pages [first, end), or lengthens the last run if it ends at 'first'. Returns false if
 * the array is full. */
static inline bool add_run(Runs *r, uint64_t first, uint64_t end)
{
    hwaddr len = (end - first) << r->page_bits;

    if (first == r->reach) {
        r->next[-1].len += len;
    } else if (r->next == r->end) {
        return false;
    } else {
        *r->next++ = (DirtyBitmapRun){ first << r->page_bits, len };
    }
    r->reach = end;
    return true;
}

/* Adds the runs of a word, whose first page is given. Returns false if nothing can be added behind
 * them. If a run ends at a clean page, the sum of 'bits' and the run's lowest bit has a bit there,
 * and none below. */
static inline bool add_word(Runs *r, uint64_t page, uint64_t bits)
{
    while (bits) {
        unsigned first = (unsigned)__builtin_ctzll(bits);
        uint64_t carried = bits + (bits & -bits);
        unsigned end = carried ? (unsigned)__builtin_ctzll(carried) : DIRTY_WORD_PAGES;
        if (!add_run(r, page + first, page + end)) {
            return false;
        }
        bits &= carried;
    }
    return r->next < r->end || r->reach == page + DIRTY_WORD_PAGES;
}

/* ---- Looking ---------------------------------------------------------------------------- */

/* Returns the first part with that number or a higher one, or the end of the index. The loop has no
 * branch that depends on a number, because the processor could not predict it. */
static __attribute__((noinline)) const SnapshotPart *search_part(const DirtyBitmapSnapshot *s,
                                                                 uint64_t number)
{
    const SnapshotPart *first = s->index;

    for (size_t left = s->parts, half; left; left -= half) {
        half = (left + 1) / 2;
        first += first[half - 1].number < number ? half : 0;
    }
    return first;
}

/* Does the same. The guess is right if no part before was left out, which is common if much is
 * dirty. */
static inline const SnapshotPart *seek_part(const DirtyBitmapSnapshot *s, uint64_t number)
{
    uint64_t guess = number - s->pages.first / SNAPSHOT_PART_PAGES;

    if (guess < s->parts && s->index[guess].number == number) {
        return &s->index[guess];
    }
    return search_part(s, number);
}

/* Adds the runs of the words of a part. */
static inline __attribute__((always_inline)) bool add_words(Runs *r, const DirtyBitmapSnapshot *s,
                                                            const SnapshotPart *p, DirtySpan pages)
{
    DirtySpan words = ram_dirty_units(pages, DIRTY_WORD_PAGES);
    uint64_t left = p->mask & ram_dirty_bits(words, p->number);
    uint64_t passed = p->mask & ((UINT64_C(1) << words.first % SNAPSHOT_PART_WORDS) - 1);
    const uint64_t *word = &s->word[p->before];

    for (word += passed ? __builtin_popcountll(passed) : 0; left; left &= left - 1) {
        uint64_t w = p->number * SNAPSHOT_PART_WORDS + (unsigned)__builtin_ctzll(left);
        uint64_t bits = *word++;
        if (__builtin_expect(w == words.first || w + 1 == words.end, 0)) {
            bits &= ram_dirty_bits(pages, w);
        }
        if (!add_word(r, w * DIRTY_WORD_PAGES, bits)) {
            return false;
        }
    }
    return true;
}

/* Adds the runs of a part. 'pages' lie in it. The copy is for the compiler, which can hold it in
 * registers. */
static bool add_part(Runs *r, const DirtyBitmapSnapshot *s, const SnapshotPart *p, DirtySpan pages)
{
    Runs runs = *r;
    bool more = p->before == SNAPSHOT_ALL ? add_run(&runs, pages.first, pages.end)
                                          : add_words(&runs, s, p, pages);

    *r = runs;
    return more;
}

/* Returns the pages of a span that lie in a part. */
static inline DirtySpan cut_to_part(DirtySpan pages, const SnapshotPart *p)
{
    uint64_t first = p->number * SNAPSHOT_PART_PAGES, end = first + SNAPSHOT_PART_PAGES;

    return (DirtySpan){ pages.first > first ? pages.first : first,
                        pages.end < end ? pages.end : end };
}

/* Finds the runs of dirty pages in a span. Stops when the array is full. */
static inline void find_runs(Runs *r, const DirtyBitmapSnapshot *s, DirtySpan pages)
{
    const SnapshotPart *p = seek_part(s, pages.first / SNAPSHOT_PART_PAGES);
    bool more = true;

    for (; more && p < &s->index[s->parts]; p++) {
        DirtySpan here = cut_to_part(pages, p);
        more = here.first < here.end && add_part(r, s, p, here);
    }
}

/* ---- Asking ----------------------------------------------------------------------------- */

static __attribute__((cold)) bool say_beyond(const DirtyBitmapSnapshot *s, uint64_t start,
                                             uint64_t length)
{
    return misuse(s->context,
                  "a dirty snapshot has RAM addresses from 0x%" PRIx64 " up to 0x%" PRIx64
                  ", but a caller asks for 0x%" PRIx64 " bytes at 0x%" PRIx64,
                  s->base + (s->pages.first << s->page_bits),
                  s->base + (s->pages.end << s->page_bits), length, start);
}

/* Finds the pages that a range touches. Returns false, with a message, if a part of the range is
 * not in the snapshot. An offset in a region may make 'start' larger than any RAM address. */
static inline bool reach(const DirtyBitmapSnapshot *s, uint64_t start, uint64_t length,
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

/* A range that is not in the snapshot counts as dirty, so that no write is missed. */
static bool any_dirty(DirtyBitmapSnapshot *snap, uint64_t start, uint64_t length)
{
    DirtySpan pages = { 0, 0 };
    DirtyBitmapRun run;
    Runs r = runs_at(&run, 1, snap);

    if (!reach(snap, start, length, &pages)) {
        return true;
    }
    find_runs(&r, snap, pages);
    return r.next > &run;
}

bool cpu_physical_memory_snapshot_get_dirty(DirtyBitmapSnapshot *snap, ram_addr_t start,
                                            ram_addr_t length)
{
    return any_dirty(snap, start, length);
}

static ram_addr_t base_of(const MemoryRegion *mr)
{
    return mr->ram_block ? mr->ram_block->offset : RAM_ADDR_INVALID;
}

bool memory_region_snapshot_get_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr addr,
                                      hwaddr size)
{
    return any_dirty(snap, base_of(mr) + addr, size);
}

/* Cuts the first and the last run, which are of whole pages, to [from, end). Returns where the last
 * run ends. */
static hwaddr cut_runs(DirtyBitmapRun *first, DirtyBitmapRun *last, hwaddr from, hwaddr end)
{
    if (first->addr < from) {
        first->len -= from - first->addr;
        first->addr = from;
    }
    if (last->addr + last->len > end) {
        last->len = end - last->addr;
    }
    return last->addr + last->len;
}

size_t memory_region_snapshot_next_runs(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr *addr,
                                        hwaddr end, DirtyBitmapRun *run, size_t most)
{
    DirtySpan pages = { 0, 0 };
    Runs r = runs_at(run, most, snap);
    hwaddr from = *addr;

    if (from >= end || most == 0 || !reach(snap, base_of(mr) + from, end - from, &pages)) {
        return 0;
    }
    find_runs(&r, snap, pages);
    if (r.next > run) {
        *addr = cut_runs(run, r.next - 1, from, end);
    }
    return (size_t)(r.next - run);
}

bool memory_region_snapshot_next_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, hwaddr *addr,
                                       hwaddr end, hwaddr *len)
{
    hwaddr from = *addr;
    DirtyBitmapRun run;

    if (memory_region_snapshot_next_runs(mr, snap, &from, end, &run, 1) == 0) {
        return false;
    }
    *addr = run.addr;
    *len = run.len;
    return true;
}
