/* SPDX-License-Identifier: MIT
 *
 * What a picture shows (draw.h): the boxes of the tree, front first. A box of an alias has the
 * regions inside that are visible through it. rows.c adds the rows.
 */
#include "draw/draw.h"

#include "mtree/walk.h"

/* The place in which a region is looked at. */
typedef struct Place {
    Int128 zero;       /* the address of the region's offset 0 */
    Int128 start, end; /* what the containers leave */
    bool readonly;     /* because of a container or an alias */
    bool through_alias;
} Place;

static void add_region(DrawScene *scene, DrawBox *parent, MtreeLine *line, Place place);

/* ---- Boxes ------------------------------------------------------------------------------ */

static Place clip(Place place, const MtreeLine *line)
{
    place.start = int128_max(place.start, place.zero);
    place.end = int128_min(place.end, place.zero + mtree_size(line));
    place.readonly = place.readonly || line->readonly;
    return place;
}

static bool is_shown(const MtreeLine *line)
{
    return !line->disabled && !line->empty;
}

/* Goes from an alias to the region that it leads to in the end. The place is empty if nothing of it
 * is visible. */
static MtreeLine *follow(MtreeLine *line, Place *place)
{
    while (line->is_alias) {
        place->zero -= line->from;
        place->through_alias = true;
        line = mtree_target(line);
        *place = clip(*place, line);
        if (!is_shown(line)) {
            place->end = place->start;
        }
    }
    return line;
}

/* Moves the place on to the region that the box shows. */
static DrawBox *box_new(MtreeLine *line, Place *place)
{
    DrawBox *box = g_new0(DrawBox, 1);

    *box = (DrawBox){ .line = line, .start = place->start, .end = place->end };
    box->children = g_ptr_array_new();
    box->shown = follow(line, place);
    place->end = int128_max(place->start, place->end);
    box->from = place->start;
    box->to = place->end;
    box->zero = place->zero;
    box->answers = !box->shown->container && box->from < box->to;
    box->kind = place->readonly ? MTREE_ROM : box->shown->kind;
    return box;
}

static void box_free(gpointer data)
{
    DrawBox *box = data;

    g_ptr_array_unref(box->children);
    g_clear_pointer(&box->text, g_ptr_array_unref);
    g_free(box->note);
    g_free(box);
}

static void add_children(DrawScene *scene, DrawBox *box, Place place)
{
    const GPtrArray *order = box->shown->order;

    for (guint i = 0; i < order->len; i++) {
        MtreeLine *child = order->pdata[i];
        Place inside = place;
        inside.zero += child->offset;
        add_region(scene, box, child, inside);
    }
}

/* Notes a region that has no box. Regions outside the window of an alias are no news. */
static bool is_left_out(DrawScene *scene, MtreeLine *line, Place place)
{
    if (!is_shown(line)) {
        g_hash_table_add(scene->disabled, line);
    } else if (place.start >= place.end) {
        if (!place.through_alias) {
            g_hash_table_add(scene->clipped, line);
        }
    } else if (scene->boxes->len >= DRAW_MAX_BOXES) {
        scene->cut = true;
    } else {
        return false;
    }
    return true;
}

static void add_region(DrawScene *scene, DrawBox *parent, MtreeLine *line, Place place)
{
    place = clip(place, line);
    if (is_left_out(scene, line, place)) {
        return;
    }
    DrawBox *box = box_new(line, &place);
    box->parent = parent;
    if (parent) {
        g_ptr_array_add(parent->children, box);
    } else {
        scene->root = box;
    }
    add_children(scene, box, place);
    g_ptr_array_add(scene->boxes, box);
}

static void add_tree(DrawScene *scene, MtreeLine *root)
{
    MtreeLine *key = mtree_key(root);

    if (key) {
        add_region(scene, NULL, key, (Place){ .zero = key->offset, .end = int128_2_64() });
    }
    scene->has_tree = true;
}

/* ---- The scene -------------------------------------------------------------------------- */

static char *name_spaces(const FlatBlock *view)
{
    enum { MOST = 5 };
    g_autoptr(GPtrArray) names = mtree_flat_names(view);
    GString *s = g_string_new(names->len == 1 ? "Address space: " : "Address spaces: ");

    for (guint i = 0; i < names->len && i < MOST; i++) {
        g_string_append_printf(s, "%s%s", i ? ", " : "", (char *)names->pdata[i]);
    }
    if (names->len > MOST) {
        g_string_append_printf(s, " and %u more", names->len - MOST);
    }
    g_string_append_c(s, '.');
    return g_string_free(s, FALSE);
}

static void range_clear(gpointer data)
{
    DrawRange *range = data;

    g_clear_pointer(&range->text, g_ptr_array_unref);
    g_free(range->note);
}

DrawScene *draw_scene_new(const char *title, MtreeLine *root, const FlatBlock *view)
{
    DrawScene *scene = g_new0(DrawScene, 1);

    scene->title = g_strdup(title);
    scene->spaces = name_spaces(view);
    scene->boxes = g_ptr_array_new_with_free_func(box_free);
    scene->disabled = g_hash_table_new(NULL, NULL);
    scene->clipped = g_hash_table_new(NULL, NULL);
    scene->rows = g_array_new(FALSE, TRUE, sizeof(DrawRow));
    scene->ranges = g_array_new(FALSE, TRUE, sizeof(DrawRange));
    g_array_set_clear_func(scene->ranges, range_clear);
    if (root) {
        add_tree(scene, root);
    }
    draw_rows_make(scene, view);
    return scene;
}

void draw_scene_free(DrawScene *scene)
{
    g_free(scene->title);
    g_free(scene->name);
    g_free(scene->spaces);
    g_ptr_array_unref(scene->boxes);
    g_hash_table_unref(scene->disabled);
    g_hash_table_unref(scene->clipped);
    g_array_unref(scene->rows);
    g_array_unref(scene->ranges);
    g_free(scene);
}
