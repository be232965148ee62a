/* SPDX-License-Identifier: MIT
 *
 * Finds the way from an address to what answers there (diff.h), from the inside: through containers
 * and through the aliases that show them. If several ways lead there, the one that ranks highest is
 * the one by which the region is visible. A search has a limit of steps, so the time for all ways
 * is linear in their number.
 */
#include <string.h>

#include "diff/diff.h"
#include "mtree/walk.h"

/* A search, and all searches together, give up after so many steps. Texts that need them are no
 * machines. */
enum { MAX_STEPS = 1 << 14, MAX_ALL_STEPS = 1 << 27 };

struct DiffWays {
    const Mtree *tree;
    GHashTable *places;  /* real line -> the line that is in a container */
    GHashTable *aliases; /* real line -> Aliases that show it */
    GHashTable *roots;   /* name of a space -> set of real lines */
    unsigned steps;      /* of all searches */
    bool gave_up;
};

typedef struct Aliases {
    GPtrArray *lines; /* real lines, by ascending 'from' */
    GArray *ends;     /* Int128: where what the aliases up to here show ends */
} Aliases;

typedef struct WaySearch {
    DiffWays *ways;
    GHashTable *roots;
    hwaddr address;
    GPtrArray *way;  /* that is being walked */
    GPtrArray *best; /* of those that were found; NULL: none */
    unsigned steps;
} WaySearch;

static void aliases_free(gpointer data)
{
    Aliases *aliases = data;

    g_ptr_array_unref(aliases->lines);
    g_array_unref(aliases->ends);
    g_free(aliases);
}

static void add_alias(DiffWays *ways, MtreeLine *alias)
{
    MtreeLine *target = mtree_target(alias);
    Aliases *aliases = g_hash_table_lookup(ways->aliases, target);

    if (!aliases) {
        aliases = g_new0(Aliases, 1);
        aliases->lines = g_ptr_array_new();
        aliases->ends = g_array_new(FALSE, FALSE, sizeof(Int128));
        g_hash_table_insert(ways->aliases, target, aliases);
    }
    g_ptr_array_add(aliases->lines, alias);
}

static gint by_from(gconstpointer a, gconstpointer b)
{
    const MtreeLine *x = *(MtreeLine *const *)a, *y = *(MtreeLine *const *)b;

    return (x->from > y->from) - (x->from < y->from);
}

static void sort_aliases(gpointer key, gpointer data, gpointer unused)
{
    Aliases *aliases = data;
    Int128 end = 0;

    (void)key, (void)unused;
    g_ptr_array_sort(aliases->lines, by_from);
    for (guint i = 0; i < aliases->lines->len; i++) {
        const MtreeLine *alias = aliases->lines->pdata[i];
        end = MAX(end, alias->from + mtree_size(alias));
        g_array_append_val(aliases->ends, end);
    }
}

static void add_roots(DiffWays *ways, const MtreeBlock *block)
{
    for (guint i = 0; block->has_space && i < block->names->len; i++) {
        GHashTable *roots = g_hash_table_lookup(ways->roots, block->names->pdata[i]);
        if (!roots) {
            roots = g_hash_table_new(NULL, NULL);
            g_hash_table_insert(ways->roots, block->names->pdata[i], roots);
        }
        g_hash_table_add(roots, mtree_real(block->root));
    }
}

DiffWays *diff_ways_new(const Mtree *t)
{
    DiffWays *ways = g_new0(DiffWays, 1);

    ways->tree = t;
    ways->places = g_hash_table_new(NULL, NULL);
    ways->aliases = g_hash_table_new_full(NULL, NULL, NULL, aliases_free);
    ways->roots =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_hash_table_unref);
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (line->parent && (!line->twin || !g_hash_table_contains(ways->places, line->twin))) {
            g_hash_table_insert(ways->places, mtree_real(line), line);
        }
        if (line->is_alias && !line->twin) {
            add_alias(ways, line);
        }
    }
    g_hash_table_foreach(ways->aliases, sort_aliases, NULL);
    for (guint i = 0; i < t->blocks->len; i++) {
        add_roots(ways, t->blocks->pdata[i]);
    }
    return ways;
}

void diff_ways_free(DiffWays *ways)
{
    g_hash_table_unref(ways->places);
    g_hash_table_unref(ways->aliases);
    g_hash_table_unref(ways->roots);
    g_free(ways);
}

/* ---- Rank ------------------------------------------------------------------------------- */

static guint place_of(const MtreeLine *line)
{
    guint place = 0;

    g_ptr_array_find(mtree_real(line->parent)->order, line, &place);
    return place;
}

/* Whether the region is seen by way 'a' and not by way 'b'. Both begin at one region and end at a
 * root, and part at two regions of one container. */
static bool ranks_higher(const WaySearch *search, const GPtrArray *a, const GPtrArray *b)
{
    guint n = MIN(a->len, b->len), i = 1;

    while (i <= n && a->pdata[a->len - i] == b->pdata[b->len - i]) {
        i++;
    }
    if (i > n) {
        return false;
    }
    const MtreeLine *x = g_hash_table_lookup(search->ways->places, a->pdata[a->len - i]);
    const MtreeLine *y = g_hash_table_lookup(search->ways->places, b->pdata[b->len - i]);
    if (!x || !y || x->parent != y->parent) {
        return false;
    }
    return x->priority != y->priority ? x->priority > y->priority : place_of(x) < place_of(y);
}

/* ---- Searching -------------------------------------------------------------------------- */

static void go_up(WaySearch *search, MtreeLine *line, hwaddr offset);

static void go_to_container(WaySearch *search, MtreeLine *line, hwaddr offset)
{
    const MtreeLine *place = g_hash_table_lookup(search->ways->places, line);

    if (place) {
        go_up(search, place->parent, offset + place->offset);
    }
}

/* Returns the number of aliases that begin at the offset or before. */
static guint count_begun(const Aliases *aliases, hwaddr offset)
{
    guint low = 0, high = aliases->lines->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        if (((MtreeLine *)aliases->lines->pdata[middle])->from <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void go_to_aliases(WaySearch *search, MtreeLine *line, hwaddr offset)
{
    const Aliases *aliases = g_hash_table_lookup(search->ways->aliases, line);
    guint n = aliases ? count_begun(aliases, offset) : 0;

    while (n-- > 0 && g_array_index(aliases->ends, Int128, n) > offset &&
           search->steps++ < MAX_STEPS) {
        MtreeLine *alias = aliases->lines->pdata[n];
        go_up(search, alias, offset - alias->from);
    }
}

static bool is_end(const WaySearch *search, MtreeLine *line, hwaddr offset)
{
    return offset == search->address && g_hash_table_contains(search->roots, line);
}

static void end_way(WaySearch *search)
{
    if (!search->best || ranks_higher(search, search->way, search->best)) {
        g_clear_pointer(&search->best, g_ptr_array_unref);
        search->best = g_ptr_array_copy(search->way, NULL, NULL);
    }
}

/* Goes through 'line', in which the address is at 'offset', to all that shows it. */
static void go_up(WaySearch *search, MtreeLine *line, hwaddr offset)
{
    line = mtree_real(line);
    if (++search->steps > MAX_STEPS || search->way->len > MTREE_MAX_DEPTH || line->disabled ||
        offset >= mtree_size(line)) {
        return;
    }
    g_ptr_array_add(search->way, line);
    if (is_end(search, line, offset)) {
        end_way(search);
    } else {
        go_to_container(search, line, offset);
        go_to_aliases(search, line, offset);
    }
    g_ptr_array_remove_index(search->way, search->way->len - 1);
}

GPtrArray *diff_way(DiffWays *ways, const char *space, const DiffRange *range, hwaddr address)
{
    g_autoptr(GPtrArray) way = g_ptr_array_new();
    WaySearch search = { .ways = ways, .address = address, .way = way };
    MtreeLine *line = (MtreeLine *)range->line->line;

    search.roots = g_hash_table_lookup(ways->roots, space);
    if (line && search.roots && ways->steps < MAX_ALL_STEPS) {
        go_up(&search, line, diff_offset(range, address));
    }
    ways->steps += search.steps;
    if (search.steps > MAX_STEPS || ways->steps >= MAX_ALL_STEPS) {
        ways->gave_up = true; /* the way that counts may not have been found */
        g_clear_pointer(&search.best, g_ptr_array_unref);
    }
    return search.best;
}

bool diff_ways_gave_up(const DiffWays *ways)
{
    return ways->gave_up;
}
