/* SPDX-License-Identifier: MIT
 *
 * Notes the assumptions that could change an answer, for the user: one sentence for each kind of
 * guess, with the first line that it is about. Decides nothing.
 */
#include "mtree/infer.h"

typedef struct Tally {
    unsigned count;
    const MtreeLine *first;
} Tally;

static void tally(Tally *tally, const MtreeLine *line)
{
    if (!tally->count++) {
        tally->first = line;
    }
}

static void note_tally(Mtree *t, const Tally *tally, const char *what)
{
    if (tally->count) {
        mtree_note(t, "%s (%u case%s, the first in line %u: %s)", what, tally->count,
                   tally->count == 1 ? "" : "s", tally->first->number, tally->first->name);
    }
}

void mtree_note_targets(Mtree *t)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    Tally ambiguous = { 0 }, hidden = { 0 }, unknown = { 0 };

    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        if (!block->is_space) {
            const char *name = block->names->pdata[0];
            bool again = g_hash_table_contains(names, name);
            g_hash_table_insert(names, (char *)name, GINT_TO_POINTER(again));
        }
    }
    for (guint i = 0; i < t->lines->len; i++) {
        const MtreeLine *line = t->lines->pdata[i];
        if (line->number == 0 && !line->unknown) {
            hidden.count++;
        }
        if (line->is_alias && line->target->root->unknown) {
            tally(&unknown, line);
        }
        if (line->is_alias && !line->twin && g_hash_table_lookup(names, line->target_name)) {
            tally(&ambiguous, line);
        }
    }
    note_tally(t, &ambiguous,
               t->has_owners
                   ? "an alias shows, of several memory-region blocks of one name, the one "
                     "with its own owner, else the next one that no alias has shown yet"
                   : "an alias shows, of several memory-region blocks of one name, the only one "
                     "that has something inside its window, else the next one that no alias has "
                     "shown yet; a tree printed with -o tells more");
    note_tally(t, &unknown,
               "one region answers in all of the window of an alias, because what the alias shows "
               "is not in the text");
    if (hidden.count) {
        mtree_note(t,
                   "regions that are not printed are disabled (%u region%s; a tree printed with "
                   "-D shows them)",
                   hidden.count, hidden.count == 1 ? "" : "s");
    }
}

static bool overlap(const MtreeLine *a, const MtreeLine *b)
{
    return a->offset < b->offset + b->size && b->offset < a->offset + a->size;
}

static void tally_order(Tally *order, const MtreeLine *line)
{
    for (guint i = 0; i + 1 < line->order->len; i++) {
        const MtreeLine *front = line->order->pdata[i], *next = line->order->pdata[i + 1];
        if (front->priority == next->priority && front->offset != next->offset &&
            !front->disabled && !next->disabled && overlap(front, next)) {
            tally(order, front);
        }
    }
}

void mtree_note_guesses(Mtree *t)
{
    Tally order = { 0 }, containers = { 0 }, devices = { 0 }, empty = { 0 }, readonly = { 0 };

    t->guessed = true;
    for (guint i = 0; i < t->lines->len; i++) {
        const MtreeLine *line = t->lines->pdata[i];
        if (line->twin || !line->number) {
            continue;
        }
        tally_order(&order, line);
        if (line->container && line->parent && !line->says_container) {
            tally(&containers, line);
        }
        if (!line->container && line->says_container) {
            tally(&devices, line);
        }
        if (line->empty && !line->disabled) {
            tally(&empty, line);
        }
        if (line->readonly) {
            tally(&readonly, line);
        }
    }
    note_tally(t, &containers, "an i/o region that contains others does not answer itself");
    note_tally(t, &devices,
               "a region of that name answers itself, although it is printed as a "
               "container");
    note_tally(t, &order,
               "the one at the higher address is in front, if two regions of one priority "
               "overlap");
    note_tally(t, &empty, "an alias of one byte is empty");
    note_tally(t, &readonly, "an alias of that name is read-only");
}
