/* SPDX-License-Identifier: MIT
 *
 * Finds all ways of each space by a walk, and the two that rank highest at each address by a sweep
 * over the ends of their windows (ways.h). The time is that of sorting them.
 */
#include "check/ways.h"

/* ---- Ways ------------------------------------------------------------------------------- */

typedef struct WayWalk {
    GPtrArray *ways;
    CheckWay *at[MTREE_MAX_DEPTH + 1]; /* the last way of each depth */
    guint rank;
} WayWalk;

static bool enter(const MtreeVisit *visit, gpointer data)
{
    WayWalk *walk = data;
    const CheckWay *up = visit->depth ? walk->at[visit->depth - 1] : NULL;
    CheckWay *way = g_new0(CheckWay, 1);

    *way = (CheckWay){
        .line = visit->line,
        .up = up,
        .depth = visit->depth,
        .first = (hwaddr)visit->first,
        .last = (hwaddr)visit->last,
        .zero = visit->zero,
        .empty = visit->line->empty || (up && up->empty),
    };
    walk->at[visit->depth] = way;
    g_ptr_array_add(walk->ways, way);
    return visit->depth < MTREE_MAX_DEPTH;
}

static bool leave(const MtreeVisit *visit, gpointer data)
{
    WayWalk *walk = data;

    walk->at[visit->depth]->rank = walk->rank++;
    return true;
}

bool check_ways_part(const CheckWay **a, const CheckWay **b)
{
    while ((*a)->depth > (*b)->depth) {
        *a = (*a)->up;
    }
    while ((*b)->depth > (*a)->depth) {
        *b = (*b)->up;
    }
    if (*a == *b) {
        return false;
    }
    while ((*a)->up != (*b)->up) {
        *a = (*a)->up;
        *b = (*b)->up;
    }
    return true;
}

bool check_answers(const CheckWay *way)
{
    const MtreeLine *line = way->line;

    return !line->is_alias && !way->empty && !line->container;
}

/* ---- The sweep -------------------------------------------------------------------------- */

typedef struct Event {
    Int128 at;
    CheckWay *way;
    bool begins;
} Event;

static gint by_address(gconstpointer a, gconstpointer b)
{
    const Event *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static gint by_rank(gconstpointer a, gconstpointer b, gpointer data)
{
    const CheckWay *x = a, *y = b;

    (void)data;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static GArray *events_of(const GPtrArray *ways)
{
    GArray *events = g_array_new(FALSE, FALSE, sizeof(Event));

    for (guint i = 0; i < ways->len; i++) {
        CheckWay *way = ways->pdata[i];
        if (check_answers(way)) {
            Event begin = { way->first, way, true }, end = { (Int128)way->last + 1, way, false };
            g_array_append_val(events, begin);
            g_array_append_val(events, end);
        }
    }
    g_array_sort(events, by_address);
    return events;
}

static void take_event(GSequence *here, const Event *event)
{
    if (event->begins) {
        event->way->place = g_sequence_insert_sorted(here, event->way, by_rank, NULL);
    } else {
        g_sequence_remove(event->way->place);
    }
}

static const CheckWay *way_at(GSequenceIter *iter)
{
    return g_sequence_iter_is_end(iter) ? NULL : g_sequence_get(iter);
}

static void add_stretch(GArray *stretches, GSequence *here, Int128 first, Int128 next)
{
    GSequenceIter *begin = g_sequence_get_begin_iter(here);
    CheckStretch stretch = { .first = (hwaddr)first, .last = (hwaddr)(next - 1) };
    CheckStretch *before =
        stretches->len ? &g_array_index(stretches, CheckStretch, stretches->len - 1) : NULL;

    stretch.front = way_at(begin);
    if (!stretch.front) {
        return;
    }
    stretch.behind = way_at(g_sequence_iter_next(begin));
    if (before && before->front == stretch.front && before->behind == stretch.behind &&
        before->last + 1 == stretch.first) {
        before->last = stretch.last;
    } else {
        g_array_append_val(stretches, stretch);
    }
}

static GArray *stretches_of(const GPtrArray *ways)
{
    g_autoptr(GArray) events = events_of(ways);
    GArray *stretches = g_array_new(FALSE, FALSE, sizeof(CheckStretch));
    GSequence *here = g_sequence_new(NULL);
    guint i = 0;

    while (i < events->len) {
        Int128 at = g_array_index(events, Event, i).at;
        while (i < events->len && g_array_index(events, Event, i).at == at) {
            take_event(here, &g_array_index(events, Event, i++));
        }
        if (i < events->len) {
            add_stretch(stretches, here, at, g_array_index(events, Event, i).at);
        }
    }
    g_sequence_free(here);
    return stretches;
}

const CheckStretch *check_stretch_at(const CheckSpace *space, hwaddr address)
{
    guint low = 0, high = space->stretches->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        if (g_array_index(space->stretches, CheckStretch, middle).last < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == space->stretches->len) {
        return NULL;
    }
    const CheckStretch *found = &g_array_index(space->stretches, CheckStretch, low);
    return found->first <= address ? found : NULL;
}

/* ---- Spaces ----------------------------------------------------------------------------- */

void check_space_free(gpointer data)
{
    CheckSpace *space = data;

    g_ptr_array_unref(space->ways);
    g_array_unref(space->stretches);
    g_free(space);
}

CheckSpace *check_space_new(const char *name, MtreeLine *key)
{
    CheckSpace *space = g_new0(CheckSpace, 1);
    WayWalk walk = { .ways = g_ptr_array_new_with_free_func(g_free) };

    mtree_visit(key, enter, leave, &walk);
    space->name = name;
    space->ways = walk.ways;
    space->stretches = stretches_of(walk.ways);
    return space;
}
