/* SPDX-License-Identifier: MIT
 *
 * Why a region that lies at an address does not answer there (who.h). The ranks of two ways are
 * compared where they part.
 */
#include "who/who.h"

bool who_order_is_guess(const WhoQuestion *q, const MtreeLine *a, const MtreeLine *b)
{
    return q->guessed && a->priority == b->priority && a->offset != b->offset;
}

guint who_fork(const MtreeHit *a, const MtreeHit *b)
{
    guint n = MIN(a->chain->len, b->chain->len), i = 0;

    while (i < n && a->chain->pdata[i] == b->chain->pdata[i]) {
        i++;
    }
    return i;
}

static void add_sibling_rank(GString *out, const WhoQuestion *q, const MtreeLine *low,
                             const MtreeLine *high)
{
    if (low->priority != high->priority) {
        g_string_append_printf(out,
                               "lower priority in %s: %s (line %u) has %d, %s (line %u) has %d\n",
                               low->parent->name, low->name, low->number, low->priority,
                               high->name, high->number, high->priority);
        return;
    }
    g_string_append_printf(
        out, "older at equal priority in %s: %s (line %u) was added before %s (line %u)%s\n",
        low->parent->name, low->name, low->number, high->name, high->number,
        who_order_is_guess(q, low, high) ? " (a guess)" : "");
}

void who_add_rank(GString *out, const WhoQuestion *q, const MtreeHit *loser,
                  const MtreeHit *winner)
{
    guint i = who_fork(loser, winner);

    if (i == loser->chain->len) {
        g_string_append_printf(out, "hidden by what it contains: %s\n",
                               ((MtreeLine *)winner->chain->pdata[i])->name);
    } else if (i == winner->chain->len) {
        g_string_append(out, "the same region by another way\n");
    } else {
        add_sibling_rank(out, q, loser->chain->pdata[i], winner->chain->pdata[i]);
    }
}

void who_add_reason(GString *out, const WhoQuestion *q, const MtreeHit *hit,
                    const MtreeHit *winner)
{
    const char *guess = q->guessed ? " (a guess)" : "";
    const MtreeLine *line = mtree_hit_line(hit);

    if (hit->disabled) {
        g_string_append_printf(out, "%s (line %u) is %s%s\n", hit->disabled->name,
                               hit->disabled->number, hit->disabled->empty ? "empty" : "disabled",
                               hit->disabled->empty ? guess : "");
    } else if (hit->clipper) {
        g_string_append_printf(out, "clipped: %s (line %u) does not reach there\n",
                               hit->clipper->name, hit->clipper->number);
    } else if (line == mtree_hit_line(winner) && hit->offset == winner->offset) {
        g_string_append(out, "the same answer by a way of lower rank\n");
    } else {
        who_add_rank(out, q, hit, winner);
    }
}
