/* SPDX-License-Identifier: MIT
 *
 * Finds all ways of each space by a walk, and the two that rank highest at each address by a sweep
 * over the ends of their windows (check-ways.h). The time is that of sorting them.
 */
#include "check-ways.h"

#include <string.h>

#include "mtree-infer.h"

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

static GArray *events_of(const CheckRun *run, const GPtrArray *ways)
{
    GArray *events = g_array_new(FALSE, FALSE, sizeof(Event));

    for (guint i = 0; i < ways->len; i++) {
        CheckWay *way = ways->pdata[i];
        if (check_answers(run, way)) {
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

static GArray *stretches_of(const CheckRun *run, const GPtrArray *ways)
{
    g_autoptr(GArray) events = events_of(run, ways);
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

static void space_free(gpointer data)
{
    CheckSpace *space = data;

    g_ptr_array_unref(space->ways);
    g_array_unref(space->stretches);
    g_free(space);
}

static CheckSpace *space_new(const CheckRun *run, const char *name, MtreeLine *key)
{
    CheckSpace *space = g_new0(CheckSpace, 1);
    WayWalk walk = { .ways = g_ptr_array_new_with_free_func(g_free) };

    mtree_visit(key, enter, leave, &walk);
    space->name = name;
    space->ways = walk.ways;
    space->stretches = stretches_of(run, walk.ways);
    return space;
}

/* Returns how good a name is for a view that several spaces have: the lowest is the best. */
static unsigned rank_of_name(const char *name)
{
    return g_str_equal(name, "memory") ? 0 : g_str_has_prefix(name, "cpu") ? 1 : 2;
}

static void add_name(GHashTable *names, MtreeLine *key, const char *name)
{
    const char *before = g_hash_table_lookup(names, key);

    if (!before || rank_of_name(name) < rank_of_name(before)) {
        g_hash_table_insert(names, key, (char *)name);
    }
}

/* Returns a name for each view, by the region where the view begins. */
static GHashTable *names_of_views(const Mtree *t)
{
    GHashTable *names = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        MtreeLine *key = block->has_space ? mtree_key(block->root) : NULL;
        for (guint j = 0; key && j < block->names->len; j++) {
            add_name(names, key, block->names->pdata[j]);
        }
    }
    return names;
}

/* Adds the views whose names have that rank, in the order of the text. */
static void add_spaces(CheckRun *run, GHashTable *names, unsigned rank)
{
    const Mtree *t = run->tree;

    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        MtreeLine *key = block->has_space ? mtree_key(block->root) : NULL;
        const char *name = key ? g_hash_table_lookup(names, key) : NULL;
        if (name && rank_of_name(name) == rank) {
            g_ptr_array_add(run->spaces, space_new(run, name, key));
            g_hash_table_remove(names, key);
        }
    }
}

static void make_spaces(CheckRun *run)
{
    g_autoptr(GHashTable) names = names_of_views(run->tree);

    g_clear_pointer(&run->spaces, g_ptr_array_unref);
    run->spaces = g_ptr_array_new_with_free_func(space_free);
    for (unsigned rank = 0; rank <= 2; rank++) {
        add_spaces(run, names, rank);
    }
}

/* ---- Devices that no view shows --------------------------------------------------------- */

/* If views have settled the kinds, an empty i/o region that they do not show counts as a container.
 * It may as well be a device that is hidden everywhere. */
static bool may_be_device(const MtreeLine *line)
{
    return line->container && !line->children->len && !line->says_container && line->number &&
           !mtree_name_is_container(line->name);
}

static gint by_priority(gconstpointer a, gconstpointer b, gpointer data)
{
    const MtreeLine *x = *(MtreeLine *const *)a, *y = *(MtreeLine *const *)b;
    GHashTable *devices = data;

    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return g_hash_table_contains(devices, x) - g_hash_table_contains(devices, y);
}

/* Adds those of a container, and puts them behind others of their priority. As containers they are
 * empty, so this changes no view. */
static void add_devices_of(CheckRun *run, MtreeLine *container)
{
    bool any = false;

    for (guint i = 0; i < container->children->len; i++) {
        MtreeLine *line = container->children->pdata[i];
        any |= may_be_device(line) && g_hash_table_add(run->devices, line);
    }
    if (any) {
        g_ptr_array_sort_with_data(container->order, by_priority, run->devices);
    }
}

static void add_possible_devices(CheckRun *run)
{
    for (guint i = 0; run->tree->fitted && i < run->tree->lines->len; i++) {
        add_devices_of(run, run->tree->lines->pdata[i]);
    }
}

/* Drops those that would be in front somewhere, because the views would show them. Returns whether
 * there were any. */
static bool drop_visible(CheckRun *run)
{
    bool any = false;

    for (guint i = 0; i < run->spaces->len; i++) {
        const CheckSpace *space = run->spaces->pdata[i];
        for (guint j = 0; j < space->stretches->len; j++) {
            any |=
                g_hash_table_remove(run->devices,
                                    g_array_index(space->stretches, CheckStretch, j).front->line);
        }
    }
    return any;
}

bool check_answers(const CheckRun *run, const CheckWay *way)
{
    const MtreeLine *line = way->line;

    return !line->is_alias && !way->empty &&
           (!line->container || g_hash_table_contains(run->devices, line));
}

const GPtrArray *check_spaces(CheckRun *run)
{
    enum { MAX_ROUNDS = 8 };
    bool dropped = true;

    if (run->spaces) {
        return run->spaces;
    }
    add_possible_devices(run);
    for (unsigned round = 0; dropped; round++) {
        if (round == MAX_ROUNDS) {
            g_hash_table_remove_all(run->devices); /* no machine is like this */
        }
        make_spaces(run);
        dropped = drop_visible(run);
    }
    return run->spaces;
}
