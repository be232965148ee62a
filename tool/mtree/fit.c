/* SPDX-License-Identifier: MIT
 *
 * Corrects the guesses until they explain the views that the machine itself printed. It looks at
 * every address where a view may change; point.h compares and corrects there. It adds no
 * region and changes nothing that the text says.
 */
#include "mtree/infer.h"
#include "mtree/point.h"

enum { MAX_ROUNDS = 40 };

static const FlatLine *range_at(const GArray *ranges, hwaddr point)
{
    guint low = 0, high = ranges->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        const FlatLine *range = &g_array_index(ranges, FlatLine, middle);
        if (range->last < point) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const FlatLine *range = low < ranges->len ? &g_array_index(ranges, FlatLine, low) : NULL;
    return range && range->start <= point ? range : NULL;
}

/* Returns the addresses at which the tree's view or the printed one may change. */
static GArray *points_of(MtreeLine *key, const FlatBlock *view)
{
    GArray *points = mtree_bounds(key);

    for (guint i = 0; i < view->ranges->len; i++) {
        const FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        hwaddr next = range->last + 1; /* 0 behind the last address, which does no harm */
        g_array_append_val(points, range->start);
        g_array_append_val(points, next);
    }
    mtree_sort_bounds(points);
    return points;
}

/* ---- Devices that no view shows --------------------------------------------------------- */

/* An empty i/o region that answers in no view is a container, or a device that is hidden
 * everywhere. It counts as a device if it does not look like a container and the views allow it. */
static bool may_be_device(const MtreeLine *line)
{
    return line->container && line->parent && !line->children->len && !line->says_container &&
           line->number && !line->is_alias && !mtree_name_is_container(line->name);
}

static void put_behind_equals(MtreeLine *line)
{
    GPtrArray *order = line->parent->order;
    guint place = 0;

    g_ptr_array_remove(order, line);
    while (place < order->len && ((MtreeLine *)order->pdata[place])->priority >= line->priority) {
        place++;
    }
    g_ptr_array_insert(order, (gint)place, line);
}

/* Returns the lines that it has made devices. */
static GHashTable *make_devices(const Mtree *t)
{
    GHashTable *devices = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (may_be_device(line)) {
            line->container = false;
            put_behind_equals(line);
            g_hash_table_add(devices, line);
        }
    }
    return devices;
}

/* Makes containers again of those that would be in front in the view of a space. Returns whether
 * there were any. */
static bool drop_visible(GHashTable *devices, MtreeLine *key)
{
    g_autoptr(GArray) points = mtree_bounds(key);
    bool any = false;

    for (guint i = 0; i < points->len; i++) {
        g_autoptr(GPtrArray) hits = mtree_hits(key, g_array_index(points, hwaddr, i), false);
        MtreeLine *front = mtree_point_front(hits);
        if (front && g_hash_table_remove(devices, front)) {
            front->container = true;
            any = true;
        }
    }
    return any;
}

/* Returns at how many points the tree disagrees with the view. Corrects guesses if 'correct' is
 * set. */
static guint fit_view(MtreeLine *key, const FlatBlock *view, bool correct, bool *changed)
{
    g_autoptr(GArray) points = points_of(key, view);
    guint wrong = 0;

    for (guint i = 0; i < points->len; i++) {
        hwaddr point = g_array_index(points, hwaddr, i);
        FitPoint fit = { .range = range_at(view->ranges, point) };
        fit.offset = fit.range ? fit.range->offset + (point - fit.range->start) : 0;
        fit.hits = mtree_hits(key, point, false);
        if (!mtree_point_agrees(&fit)) {
            wrong++;
            *changed |= correct && mtree_point_correct(&fit);
        }
        g_ptr_array_unref(fit.hits);
    }
    return wrong;
}

/* ---- Which view belongs to which space -------------------------------------------------- */

static GHashTable *views_by_space(const MtreeFlat *flat)
{
    GHashTable *table =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < flat->blocks->len; i++) {
        FlatBlock *view = flat->blocks->pdata[i];
        for (guint j = 0; j < view->spaces->len; j++) {
            GPtrArray *views = g_hash_table_lookup(table, view->spaces->pdata[j]);
            if (!views) {
                views = g_ptr_array_new();
                g_hash_table_insert(table, view->spaces->pdata[j], views);
            }
            g_ptr_array_add(views, view);
        }
    }
    return table;
}

/* Returns the title of a space in the form of views. */
static char *space_title(const MtreeBlock *block, const char *name)
{
    const MtreeLine *root = mtree_real(block->root);

    return root->is_alias
               ? g_strdup_printf("\"%s\", root: %s, alias %s", name, root->name, root->target_name)
               : g_strdup_printf("\"%s\", root: %s", name, root->name);
}

/* Returns where the tree's view begins that is to explain a printed view. */
static MtreeLine *key_of(const MtreeBlock *block, const FlatBlock *view)
{
    MtreeLine *named = view->root ? mtree_key_named(block->root, view->root) : NULL;
    MtreeLine *key = named ? named : mtree_key(block->root);

    return !key && view->ranges->len ? mtree_real(block->root) : key;
}

static guint fit_block(const MtreeBlock *block, const FlatBlock *view, bool correct, bool *changed)
{
    MtreeLine *key = key_of(block, view);

    return key ? fit_view(key, view, correct, changed) : 0;
}

/* Several spaces may have the same title. Returns the view that fits best. */
static const FlatBlock *view_of(const MtreeBlock *block, const GPtrArray *views)
{
    const FlatBlock *best = views->pdata[0];
    guint least = G_MAXUINT;
    bool changed = false;

    for (guint i = 0; views->len > 1 && i < views->len; i++) {
        guint wrong = fit_block(block, views->pdata[i], false, &changed);
        if (wrong < least) {
            least = wrong;
            best = views->pdata[i];
        }
    }
    return best;
}

/* Old texts say the name of the space only. */
static const GPtrArray *views_of(const MtreeBlock *block, const char *name, GHashTable *views)
{
    g_autofree char *title = space_title(block, name);
    g_autofree char *short_title = g_strdup_printf("\"%s\"", name);
    const GPtrArray *found = g_hash_table_lookup(views, title);

    return found ? found : g_hash_table_lookup(views, short_title);
}

/* Returns at how many points the tree disagrees with the views. */
static guint fit_all(const Mtree *t, GHashTable *views, bool correct, bool *changed, guint *found)
{
    guint wrong = 0;

    *found = 0;
    for (guint i = 0; i < t->blocks->len; i++) {
        const MtreeBlock *block = t->blocks->pdata[i];
        for (guint j = 0; block->has_space && j < block->names->len; j++) {
            const GPtrArray *candidates = views_of(block, block->names->pdata[j], views);
            if (candidates) {
                ++*found;
                wrong += fit_block(block, view_of(block, candidates), correct, changed);
            }
        }
    }
    return wrong;
}

/* Returns the names of the devices that answer in the views. */
static GHashTable *names_of_devices(const MtreeFlat *flat)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < flat->blocks->len; i++) {
        const GArray *ranges = ((FlatBlock *)flat->blocks->pdata[i])->ranges;
        for (guint j = 0; j < ranges->len; j++) {
            const FlatLine *range = &g_array_index(ranges, FlatLine, j);
            if (range->kind == MTREE_IO) {
                g_hash_table_add(names, range->name);
            }
        }
    }
    return names;
}

/* Whether the region may be a container, as far as the text and the names in the views tell. */
static bool may_be_container(const Mtree *t, const MtreeLine *line, GHashTable *devices)
{
    if (line->kind != MTREE_IO || line->is_alias || line->unknown) {
        return false;
    }
    if (!line->children->len && g_hash_table_contains(devices, line->name)) {
        return false;
    }
    return !t->has_containers || line->says_container || !line->number;
}

/* Marks every i/o region that may be a container as one. It stays one unless a view shows that it
 * answers. */
static void forget_kinds(Mtree *t, const MtreeFlat *flat)
{
    g_autoptr(GHashTable) devices = names_of_devices(flat);

    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        line->container = may_be_container(t, line, devices);
    }
}

static void find_hidden_devices(const Mtree *t)
{
    g_autoptr(GHashTable) devices = make_devices(t);
    bool dropped = g_hash_table_size(devices) > 0;

    while (dropped) {
        dropped = false;
        for (guint i = 0; i < t->blocks->len; i++) {
            const MtreeBlock *block = t->blocks->pdata[i];
            MtreeLine *key = block->has_space ? mtree_key(block->root) : NULL;
            dropped |= key && drop_visible(devices, key);
        }
    }
}

static guint correct_all(Mtree *t, const MtreeFlat *flat, GHashTable *views)
{
    bool changed = true;
    guint wrong = 0, found;

    forget_kinds(t, flat);
    for (unsigned round = 0; changed && round < MAX_ROUNDS; round++) {
        changed = false;
        wrong = fit_all(t, views, true, &changed, &found);
    }
    return wrong;
}

bool mtree_fit(Mtree *t, const MtreeFlat *flat)
{
    g_autoptr(GHashTable) views = views_by_space(flat);
    bool changed = false;
    guint found, before = fit_all(t, views, false, &changed, &found);

    if (!found) {
        mtree_note(t, "the views are of another machine: they have no space of this tree");
        return false;
    }
    guint wrong = correct_all(t, flat, views);
    if (wrong && wrong >= before) {
        mtree_infer(t);
        mtree_note(t,
                   "the guesses are right, not the views, at %u address%s where the two differ: "
                   "corrected by the views, the tree explains no more of them",
                   before, before == 1 ? "" : "es");
        return false;
    }
    if (wrong) {
        mtree_note(t, "the tree is right, not the views, at %u address%s where the two differ",
                   wrong, wrong == 1 ? "" : "es");
    }
    find_hidden_devices(t);
    return true;
}
