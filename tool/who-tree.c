/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for a tree (who.h). The library says which region answers. The way and the reasons
 * come from the printed tree, so that they name lines of the user's file.
 */
#include <stdio.h>
#include <string.h>

#include "mtree-walk.h"
#include "who.h"

/* The library's answer for one address of one space. */
typedef struct Answer {
    MtreeLine *line; /* NULL: nothing answers */
    hwaddr offset;
} Answer;

/* ---- Asking the library ----------------------------------------------------------------- */

typedef struct RangeSearch {
    hwaddr address;
    const MemoryRegion *mr;
    hwaddr offset;
} RangeSearch;

static bool look_at_range(Int128 start, Int128 length, const MemoryRegion *mr, hwaddr offset,
                          void *opaque)
{
    RangeSearch *search = opaque;

    if (search->address < start || search->address >= start + length) {
        return false;
    }
    search->mr = mr;
    search->offset = offset + (search->address - (hwaddr)start);
    return true;
}

static Answer ask(const WhoQuestion *q, const MachineSpace *space)
{
    RangeSearch search = { .address = q->address };
    FlatView *view = address_space_get_flatview(space->as);

    flatview_for_each_range(view, look_at_range, &search);
    flatview_unref(view);
    return (Answer){ search.mr ? machine_line(q->machine, search.mr) : NULL, search.offset };
}

/* ---- Reasons ---------------------------------------------------------------------------- */

static const char *kind_word(const MtreeLine *line)
{
    while (line->is_alias) {
        line = mtree_target(line);
    }
    return line->container ? "container" : line->iommu ? "iommu" : mtree_kind_word(line->kind);
}

static void print_step(const MtreeLine *line)
{
    printf("    line %-5u " TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %d, %s): %s", line->number,
           line->start, (hwaddr)(line->start + (hwaddr)(line->size - 1)), line->priority,
           kind_word(line), line->name);
    if (line->is_alias) {
        printf(", an alias of %s from " TARGET_FMT_plx " on", line->target_name, line->from);
    }
    printf("%s%s\n", line->readonly ? ", read-only" : "", line->nonvolatile ? ", nv" : "");
}

/* Prints the first part of the way, from a space's root to the region where its view begins. Each
 * region on it only shows all of the next one. */
static void print_passed_over(MtreeLine *root, const MtreeLine *key)
{
    g_autoptr(GPtrArray) way = g_ptr_array_new();
    MtreeLine *line = mtree_real(root);

    while (line != key) {
        g_ptr_array_add(way, line);
        line = line->is_alias ? mtree_target(line) : mtree_only_child(line);
    }
    for (guint i = way->len; i-- > 0;) {
        print_step(way->pdata[i]);
    }
}

static void print_way(const MtreeHit *hit, MtreeLine *root, const MtreeLine *key)
{
    printf("  by this way, innermost first:\n");
    for (guint i = hit->chain->len; i-- > 0;) {
        print_step(hit->chain->pdata[i]);
    }
    print_passed_over(root, key);
}

/* Prints why 'winner' hides 'loser'. Each would be visible there without the other. */
static void print_rank(const MtreeHit *loser, const MtreeHit *winner)
{
    guint n = MIN(loser->chain->len, winner->chain->len), i = 0;

    while (i < n && loser->chain->pdata[i] == winner->chain->pdata[i]) {
        i++;
    }
    if (i == loser->chain->len) {
        printf("hidden by what it contains: %s\n", ((MtreeLine *)winner->chain->pdata[i])->name);
        return;
    }
    if (i == n) {
        printf("the same region by another way\n");
        return;
    }
    const MtreeLine *low = loser->chain->pdata[i], *high = winner->chain->pdata[i];
    if (low->priority != high->priority) {
        printf("lower priority in %s: %s (line %u) has %d, %s (line %u) has %d\n",
               low->parent->name, low->name, low->number, low->priority, high->name, high->number,
               high->priority);
    } else {
        printf("older at equal priority in %s: %s (line %u) was added before %s (line %u)\n",
               low->parent->name, low->name, low->number, high->name, high->number);
    }
}

static void print_reason(const MtreeHit *hit, const MtreeHit *winner)
{
    const MtreeLine *line = mtree_hit_line(hit);

    if (hit->disabled) {
        printf(hit->disabled->empty ? "%s (line %u) is empty\n" : "%s (line %u) is disabled\n",
               hit->disabled->name, hit->disabled->number);
    } else if (hit->clipper) {
        printf("clipped: %s (line %u) does not reach there\n", hit->clipper->name,
               hit->clipper->number);
    } else if (line == mtree_hit_line(winner) && hit->offset == winner->offset) {
        printf("the same answer by a way of lower rank\n");
    } else {
        print_rank(hit, winner);
    }
}

static void print_losers(const GPtrArray *hits, const MtreeHit *winner)
{
    bool any = false;

    for (guint i = 0; i < hits->len; i++) {
        const MtreeHit *hit = hits->pdata[i];
        const MtreeLine *line = mtree_hit_line(hit);
        if (hit == winner || line->container || (!winner && !hit->disabled && !hit->clipper)) {
            continue;
        }
        if (!any) {
            printf("  also there:\n");
            any = true;
        }
        printf("    line %-5u %s @" TARGET_FMT_plx " (prio %d, %s): ", line->number, line->name,
               hit->offset, line->priority, kind_word(line));
        print_reason(hit, winner);
    }
}

/* ---- Telling ---------------------------------------------------------------------------- */

static const MtreeHit *hit_of(const GPtrArray *hits, const Answer *answer)
{
    for (guint i = 0; i < hits->len; i++) {
        const MtreeHit *hit = hits->pdata[i];
        if (!hit->disabled && !hit->clipper && mtree_hit_line(hit) == answer->line &&
            hit->offset == answer->offset) {
            return hit;
        }
    }
    return NULL;
}

static void print_answer(const WhoQuestion *q, const Answer *answer)
{
    printf("  " TARGET_FMT_plx ": ", q->address);
    if (!answer->line) {
        puts("nothing answers");
        return;
    }
    printf("%s @" TARGET_FMT_plx " (prio %d, %s), line %u\n", answer->line->name, answer->offset,
           answer->line->priority, kind_word(answer->line), answer->line->number);
}

static void explain(const WhoQuestion *q, const MachineSpace *space, const Answer *answer)
{
    MtreeLine *key = mtree_key(space->block->root);
    g_autoptr(GPtrArray) hits =
        mtree_hits(key ? key : mtree_real(space->block->root), q->address, true);
    const MtreeHit *winner = hit_of(hits, answer);

    print_answer(q, answer);
    if (winner) {
        print_way(winner, space->block->root, key);
    }
    print_losers(hits, winner);
}

static bool same_answer(const Answer *a, const Answer *b)
{
    return a->line == b->line && a->offset == b->offset;
}

/* Prints the answer for one space and all later ones with the same answer, and marks them as
 * done. */
static void tell_group(const WhoQuestion *q, const GPtrArray *spaces, guint first, bool *done)
{
    Answer answer = ask(q, spaces->pdata[first]);

    for (guint i = first; i < spaces->len; i++) {
        Answer other = ask(q, spaces->pdata[i]);
        if (!done[i] && same_answer(&answer, &other)) {
            printf("%s%s", i == first ? "" : ", ", ((MachineSpace *)spaces->pdata[i])->name);
            done[i] = true;
        }
    }
    puts(":");
    explain(q, spaces->pdata[first], &answer);
}

void who_tell_tree(const WhoQuestion *q, const GPtrArray *spaces)
{
    g_autofree bool *done = g_new0(bool, spaces->len);

    for (guint i = 0; i < spaces->len; i++) {
        if (!done[i]) {
            tell_group(q, spaces, i, done);
        }
    }
}
