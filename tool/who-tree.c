/* SPDX-License-Identifier: MIT
 *
 * `physmem who` for a tree (who.h). The library says which region answers. The way and the reasons
 * come from the printed tree, so that they name lines of the user's file.
 */
#include <stdio.h>
#include <string.h>

#include "mtree-walk.h"
#include "who.h"

/* The library's answer for one address of one space, and what the tree says of it. */
typedef struct Answer {
    const MachineSpace *space;
    MtreeLine *line; /* NULL: nothing answers */
    hwaddr offset;
    MtreeLine *key;         /* where the view begins; NULL: it is empty */
    GPtrArray *hits;        /* all ways to the address */
    const MtreeHit *winner; /* the way to what answers; NULL: nothing does */
    char *guesses;
    bool told;
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

static const MtreeHit *hit_of(const Answer *answer)
{
    for (guint i = 0; i < answer->hits->len; i++) {
        const MtreeHit *hit = answer->hits->pdata[i];
        if (!hit->disabled && !hit->clipper && mtree_hit_line(hit) == answer->line &&
            hit->offset == answer->offset) {
            return hit;
        }
    }
    return NULL;
}

static void ask_library(const WhoQuestion *q, Answer *answer)
{
    RangeSearch search = { .address = q->address };
    FlatView *view = address_space_get_flatview(answer->space->as);

    flatview_for_each_range(view, look_at_range, &search);
    flatview_unref(view);
    answer->line = search.mr ? machine_line(q->machine, search.mr) : NULL;
    answer->offset = search.offset;
}

static Answer ask(const WhoQuestion *q, const MachineSpace *space)
{
    Answer answer = { .space = space, .key = mtree_key(space->block->root) };
    MtreeLine *root = mtree_real(space->block->root);

    ask_library(q, &answer);
    answer.hits = mtree_hits(answer.key ? answer.key : root, q->address, true);
    answer.winner = hit_of(&answer);
    answer.guesses = who_guesses(q, root, answer.winner);
    return answer;
}

static void answer_clear(gpointer data)
{
    Answer *answer = data;

    g_ptr_array_unref(answer->hits);
    g_free(answer->guesses);
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
    printf(line->number ? "    line %-5u " : "    no line    ", line->number);
    printf(TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %d, %s): %s", line->start,
           (hwaddr)(line->start + (hwaddr)(line->size - 1)), line->priority, kind_word(line),
           line->name);
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
static void print_rank(const WhoQuestion *q, const MtreeHit *loser, const MtreeHit *winner)
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
        printf("older at equal priority in %s: %s (line %u) was added before %s (line %u)%s\n",
               low->parent->name, low->name, low->number, high->name, high->number,
               q->guessed ? " (a guess)" : "");
    }
}

static void print_reason(const WhoQuestion *q, const MtreeHit *hit, const MtreeHit *winner)
{
    const char *guess = q->guessed ? " (a guess)" : "";
    const MtreeLine *line = mtree_hit_line(hit);

    if (hit->disabled) {
        printf("%s (line %u) is %s%s\n", hit->disabled->name, hit->disabled->number,
               hit->disabled->empty ? "empty" : "disabled", hit->disabled->empty ? guess : "");
    } else if (hit->clipper) {
        printf("clipped: %s (line %u) does not reach there\n", hit->clipper->name,
               hit->clipper->number);
    } else if (line == mtree_hit_line(winner) && hit->offset == winner->offset) {
        printf("the same answer by a way of lower rank\n");
    } else {
        print_rank(q, hit, winner);
    }
}

static void print_losers(const WhoQuestion *q, const GPtrArray *hits, const MtreeHit *winner)
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
        print_reason(q, hit, winner);
    }
}

/* ---- Telling ---------------------------------------------------------------------------- */

static void print_answer(const WhoQuestion *q, const Answer *answer)
{
    printf("  " TARGET_FMT_plx ": ", q->address);
    if (!answer->line) {
        puts("nothing answers");
        return;
    }
    printf("%s @" TARGET_FMT_plx " (prio %d, %s)", answer->line->name, answer->offset,
           answer->line->priority, kind_word(answer->line));
    printf(answer->line->number ? ", line %u\n" : ", not in the text\n", answer->line->number);
}

static void explain(const WhoQuestion *q, const Answer *answer)
{
    print_answer(q, answer);
    if (answer->winner) {
        print_way(answer->winner, answer->space->block->root, answer->key);
    }
    print_losers(q, answer->hits, answer->winner);
    fputs(answer->guesses, stdout);
}

static bool same_answer(const Answer *a, const Answer *b)
{
    return a->line == b->line && a->offset == b->offset && g_str_equal(a->guesses, b->guesses);
}

/* Prints the first answer once for all spaces that have it. */
static void tell_group(const WhoQuestion *q, GArray *answers, guint first)
{
    const Answer *answer = &g_array_index(answers, Answer, first);

    for (guint i = first; i < answers->len; i++) {
        Answer *other = &g_array_index(answers, Answer, i);
        if (!other->told && same_answer(answer, other)) {
            printf("%s%s", i == first ? "" : ", ", other->space->name);
            other->told = true;
        }
    }
    puts(":");
    explain(q, answer);
}

void who_tell_tree(const WhoQuestion *q, const GPtrArray *spaces)
{
    g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(Answer));

    g_array_set_clear_func(answers, answer_clear);
    for (guint i = 0; i < spaces->len; i++) {
        Answer answer = ask(q, spaces->pdata[i]);
        g_array_append_val(answers, answer);
    }
    for (guint i = 0; i < answers->len; i++) {
        if (!g_array_index(answers, Answer, i).told) {
            tell_group(q, answers, i);
        }
    }
}
