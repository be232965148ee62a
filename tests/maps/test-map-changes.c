/* SPDX-License-Identifier: MIT
 *
 * Changes the map of a machine into the map that it had later, in one transaction on live regions.
 * The listeners of every space that stays must hear exactly the difference of the two views, and
 * the views must be those of the real machine.
 *
 * Regions of both trees are matched by place and name. A matched region stays the same
 * MemoryRegion: it is moved, resized, enabled or disabled, or put into another container. The
 * others are added and removed.
 */
#include <string.h>

#include "maps.h"

typedef struct Change {
    MtreeMachine *m;
    Mtree *before, *after;
    GHashTable *match;  /* line before -> line after */
    GHashTable *origin; /* line after -> line before */
    GHashTable *ranks;  /* MemoryRegion -> how new it is in its container */
    guint next_rank;
    GPtrArray *spies;
} Change;

/* ---- Matching --------------------------------------------------------------------------- */

static bool compatible(const MtreeLine *b, const MtreeLine *a)
{
    return g_str_equal(b->name, a->name) && b->is_alias == a->is_alias &&
           (b->is_alias || (b->kind == a->kind && b->container == a->container));
}

static bool is_free(const Change *c, MtreeLine *b, MtreeLine *a)
{
    return !g_hash_table_contains(c->match, b) && !g_hash_table_contains(c->origin, a);
}

static void match_children(Change *c, MtreeLine *b, MtreeLine *a, bool same_place);

static void match_lines(Change *c, MtreeLine *b, MtreeLine *a)
{
    b = mtree_real(b);
    a = mtree_real(a);
    if (!is_free(c, b, a) || !compatible(b, a)) {
        return;
    }
    g_hash_table_insert(c->match, b, a);
    g_hash_table_insert(c->origin, a, b);
    match_children(c, b, a, true);
    match_children(c, b, a, false);
}

static void match_children(Change *c, MtreeLine *b, MtreeLine *a, bool same_place)
{
    for (guint i = 0; i < a->children->len; i++) {
        MtreeLine *child = a->children->pdata[i];
        for (guint j = 0; j < b->children->len; j++) {
            MtreeLine *old = b->children->pdata[j];
            if (compatible(old, child) && (!same_place || old->offset == child->offset)) {
                match_lines(c, old, child);
            }
        }
    }
}

static void match_blocks(Change *c, bool spaces)
{
    for (guint i = 0; i < c->after->blocks->len; i++) {
        MtreeBlock *a = c->after->blocks->pdata[i];
        for (guint j = 0; a->is_space == spaces && j < c->before->blocks->len; j++) {
            MtreeBlock *b = c->before->blocks->pdata[j];
            if (b->is_space == spaces && g_str_equal(a->names->pdata[0], b->names->pdata[0])) {
                match_lines(c, b->root, a->root);
            }
        }
    }
}

/* An alias cannot change its target. If the target differs, the alias is another one. */
static bool unmatch_aliases(Change *c)
{
    for (guint i = 0; i < c->before->lines->len; i++) {
        MtreeLine *b = c->before->lines->pdata[i], *a = g_hash_table_lookup(c->match, b);
        if (a && a->is_alias &&
            g_hash_table_lookup(c->match, mtree_target(b)) != mtree_target(a)) {
            g_hash_table_remove(c->match, b);
            g_hash_table_remove(c->origin, a);
            return true;
        }
    }
    return false;
}

static void match_trees(Change *c)
{
    match_blocks(c, true);
    match_blocks(c, false);
    while (unmatch_aliases(c)) {
        continue;
    }
}

/* ---- Edits ------------------------------------------------------------------------------ */

static MemoryRegion *region_of(const Change *c, MtreeLine *line)
{
    return line ? g_hash_table_lookup(c->m->regions, line) : NULL;
}

static void note_rank(Change *c, MemoryRegion *mr)
{
    g_hash_table_insert(c->ranks, mr, GUINT_TO_POINTER(++c->next_rank));
}

/* In the order in which machine_new() has added them. */
static void note_ranks(Change *c)
{
    for (guint i = 0; i < c->before->lines->len; i++) {
        MtreeLine *line = c->before->lines->pdata[i];
        for (guint j = line->order->len; !line->twin && j-- > 0;) {
            note_rank(c, region_of(c, line->order->pdata[j]));
        }
    }
}

static bool stays_in_place(const Change *c, const MtreeLine *b, const MtreeLine *a)
{
    return b->parent && a->parent && b->priority == a->priority &&
           g_hash_table_lookup(c->match, mtree_real(b->parent)) == mtree_real(a->parent);
}

static void take_out(Change *c)
{
    for (guint i = 0; i < c->before->lines->len; i++) {
        MtreeLine *b = c->before->lines->pdata[i], *a = g_hash_table_lookup(c->match, b);
        if (!b->twin && (!a || !stays_in_place(c, b, a))) {
            machine_unplace(c->m, region_of(c, b));
        }
    }
}

static void change_attributes(const Change *c, MtreeLine *b, MtreeLine *a)
{
    MemoryRegion *mr = region_of(c, b);

    memory_region_set_size(mr, machine_size_arg(a));
    if (a->is_alias) {
        memory_region_set_alias_offset(mr, a->from);
    }
    if (b->readonly != a->readonly) {
        memory_region_set_readonly(mr, a->readonly || a->kind == MTREE_ROM);
    }
    memory_region_set_nonvolatile(mr, a->nonvolatile);
    memory_region_set_enabled(mr, !a->disabled);
    if (!a->parent) {
        memory_region_set_address(mr, a->offset);
    }
}

static void change_matched(Change *c)
{
    for (guint i = 0; i < c->before->lines->len; i++) {
        MtreeLine *b = c->before->lines->pdata[i], *a = g_hash_table_lookup(c->match, b);
        if (a) {
            MemoryRegion *mr = region_of(c, b);
            change_attributes(c, b, a);
            g_hash_table_insert(c->m->regions, a, mr);
            g_hash_table_insert(c->m->lines, mr, a);
        }
    }
}

static void make_new(Change *c)
{
    for (guint i = 0; i < c->after->lines->len; i++) {
        MtreeLine *a = c->after->lines->pdata[i];
        if (!a->twin) {
            g_assert_nonnull(machine_region(c->m, a, NULL));
        }
    }
}

static void put_in(Change *c, MemoryRegion *container, MtreeLine *a)
{
    MemoryRegion *mr = region_of(c, a);

    machine_unplace(c->m, mr);
    machine_place(c->m, container, mr, a->offset, a->priority);
    note_rank(c, mr);
}

static void move_to(Change *c, MtreeLine *a)
{
    MtreeLine *b = g_hash_table_lookup(c->origin, a);

    if (b && b->offset != a->offset) {
        memory_region_set_address(region_of(c, a), a->offset);
        note_rank(c, region_of(c, a));
    }
}

/* From the lowest to the highest. A region that is not newer than an equal one below it is added
 * again. */
static void fill_in_order(Change *c, MtreeLine *parent)
{
    MemoryRegion *container = region_of(c, parent);
    guint newest = 0;

    for (guint i = parent->order->len; i-- > 0;) {
        MtreeLine *a = parent->order->pdata[i];
        MemoryRegion *mr = region_of(c, a);
        if (g_hash_table_lookup(c->m->places, mr) != container) {
            put_in(c, container, a);
        }
        move_to(c, a);
        if (GPOINTER_TO_UINT(g_hash_table_lookup(c->ranks, mr)) < newest) {
            put_in(c, container, a);
        }
        newest = GPOINTER_TO_UINT(g_hash_table_lookup(c->ranks, mr));
    }
}

static void edit(Change *c)
{
    take_out(c);
    change_matched(c);
    make_new(c);
    for (guint i = 0; i < c->after->lines->len; i++) {
        MtreeLine *a = c->after->lines->pdata[i];
        if (!a->twin) {
            fill_in_order(c, a);
        }
    }
}

/* ---- What listeners hear ---------------------------------------------------------------- */

typedef struct Spy {
    MemoryListener listener;
    MachineSpace *space;
    GHashTable *seen; /* ranges at registration, as text */
    GHashTable *added, *deleted;
    bool live;
} Spy;

static char *range_text(const MemoryRegionSection *s)
{
    return g_strdup_printf("%" PRIx64 "+%" PRIx64 ":%" PRIx64 " %p @%" PRIx64 "%s%s%s",
                           s->offset_within_address_space, int128_gethi(s->size),
                           int128_getlo(s->size), (void *)s->mr, s->offset_within_region,
                           s->readonly ? " ro" : "", s->nonvolatile ? " nv" : "",
                           memory_region_is_romd(s->mr) ? " romd" : "");
}

static void hear_add(MemoryListener *listener, MemoryRegionSection *section)
{
    Spy *spy = (Spy *)listener;

    g_assert_true(g_hash_table_add(spy->live ? spy->added : spy->seen, range_text(section)));
}

static void hear_del(MemoryListener *listener, MemoryRegionSection *section)
{
    Spy *spy = (Spy *)listener;

    g_assert_true(!spy->live || g_hash_table_add(spy->deleted, range_text(section)));
}

static GHashTable *text_set_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static Spy *spy_new(MachineSpace *space)
{
    Spy *spy = g_new0(Spy, 1);

    spy->listener = (MemoryListener){ .region_add = hear_add, .region_del = hear_del };
    spy->space = space;
    spy->seen = text_set_new();
    spy->added = text_set_new();
    spy->deleted = text_set_new();
    memory_listener_register(&spy->listener, space->as);
    spy->live = true;
    return spy;
}

static void spy_free(gpointer data)
{
    Spy *spy = data;

    g_hash_table_remove_all(spy->deleted);
    memory_listener_unregister(&spy->listener);
    g_hash_table_unref(spy->seen);
    g_hash_table_unref(spy->added);
    g_hash_table_unref(spy->deleted);
    g_free(spy);
}

/* Every text of 'of' is either in 'same' or in 'changed', and 'changed' has no others. */
static void check_difference(GHashTable *of, GHashTable *same, GHashTable *changed)
{
    GHashTableIter iter;
    gpointer text;
    guint different = 0;

    g_hash_table_iter_init(&iter, of);
    while (g_hash_table_iter_next(&iter, &text, NULL)) {
        if (!g_hash_table_contains(same, text)) {
            different++;
            g_assert_true(g_hash_table_contains(changed, text));
        }
    }
    g_assert_cmpuint(g_hash_table_size(changed), ==, different);
}

/* A listener that registers after the change is told the whole view. */
static guint check_spy(Spy *spy)
{
    Spy *fresh = spy_new(spy->space);
    guint heard = g_hash_table_size(spy->added) + g_hash_table_size(spy->deleted);

    check_difference(fresh->seen, spy->seen, spy->added);
    check_difference(spy->seen, fresh->seen, spy->deleted);
    spy_free(fresh);
    return heard;
}

/* ---- Spaces that come, stay and go ------------------------------------------------------ */

/* Returns whether it is still the machine's space, on the same root. */
static bool is_space(const Change *c, const MachineSpace *space, const MtreeBlock *block,
                     const char *name)
{
    return block->is_space && g_str_equal(space->name, name) &&
           g_hash_table_lookup(c->match, mtree_real(space->block->root)) ==
               mtree_real(block->root);
}

/* Gives the machine's space of that name to a block of the tree after the change. */
static bool claim_space(Change *c, GPtrArray *left, MtreeBlock *block, const char *name)
{
    for (guint i = 0; i < left->len; i++) {
        MachineSpace *space = left->pdata[i];
        if (is_space(c, space, block, name)) {
            space->block = block;
            g_ptr_array_remove_index(left, i);
            g_ptr_array_add(c->spies, spy_new(space));
            return true;
        }
    }
    return false;
}

static void drop_spaces(Change *c, GPtrArray *spaces)
{
    for (guint i = 0; i < spaces->len; i++) {
        MachineSpace *space = spaces->pdata[i];
        g_assert_true(space->own);
        address_space_destroy(space->as);
        memory_drain();
        g_free(space->as);
        g_ptr_array_remove(c->m->spaces, space);
    }
}

typedef struct NewSpace {
    MtreeBlock *block;
    const char *name;
} NewSpace;

static GArray *sort_spaces(Change *c)
{
    GArray *fresh = g_array_new(FALSE, FALSE, sizeof(NewSpace));
    g_autoptr(GPtrArray) left = g_ptr_array_new();

    g_ptr_array_extend(left, c->m->spaces, NULL, NULL);
    for (guint i = 0; i < c->after->blocks->len; i++) {
        MtreeBlock *block = c->after->blocks->pdata[i];
        for (guint j = 0; block->is_space && j < block->names->len; j++) {
            NewSpace wanted = { block, block->names->pdata[j] };
            if (!claim_space(c, left, block, wanted.name)) {
                g_array_append_val(fresh, wanted);
            }
        }
    }
    drop_spaces(c, left);
    return fresh;
}

static void make_spaces(Change *c, const GArray *fresh)
{
    for (guint i = 0; i < fresh->len; i++) {
        const NewSpace *wanted = &g_array_index(fresh, NewSpace, i);
        MachineSpace *space = g_new0(MachineSpace, 1);
        *space = (MachineSpace){ wanted->name, wanted->block, g_new0(AddressSpace, 1), true };
        address_space_init(space->as, region_of(c, mtree_real(wanted->block->root)), wanted->name);
        g_ptr_array_add(c->m->spaces, space);
    }
}

/* ---- A change --------------------------------------------------------------------------- */

static void drop_unmatched(Change *c)
{
    for (guint i = 0; i < c->before->lines->len; i++) {
        MtreeLine *b = c->before->lines->pdata[i];
        if (!b->twin && !g_hash_table_lookup(c->match, b)) {
            machine_drop_region(c->m, region_of(c, b));
        }
    }
}

static void change_begin(Change *c, const char *before, const char *after)
{
    GError *error = NULL;

    c->before = maps_hinted(before);
    c->after = maps_hinted(after);
    c->m = machine_new(c->before, &error);
    g_assert_no_error(error);
    c->match = g_hash_table_new(NULL, NULL);
    c->origin = g_hash_table_new(NULL, NULL);
    c->ranks = g_hash_table_new(NULL, NULL);
    c->spies = g_ptr_array_new_with_free_func(spy_free);
    memory_context_set_current(c->m->ctx);
    memory_context_set_verify(c->m->ctx, true);
    match_trees(c);
    note_ranks(c);
}

static void change_end(Change *c)
{
    memory_context_set_current(NULL);
    machine_free(c->m);
    mtree_free(c->before);
    mtree_free(c->after);
    g_hash_table_unref(c->match);
    g_hash_table_unref(c->origin);
    g_hash_table_unref(c->ranks);
}

static void check_views(const Change *c, const char *after)
{
    g_autofree char *flat = maps_read(after, "flat.txt", NULL);
    g_autofree char *want = maps_normal(flat);
    g_autofree char *got = maps_views(c->m);

    g_assert_cmpstr(got, ==, want);
}

static void change_map(const char *before, const char *after)
{
    Change c = { 0 };
    guint heard = 0;

    change_begin(&c, before, after);
    g_autoptr(GArray) fresh = sort_spaces(&c);
    memory_region_transaction_begin();
    edit(&c);
    memory_region_transaction_commit();
    make_spaces(&c, fresh);
    for (guint i = 0; i < c.spies->len; i++) {
        heard += check_spy(c.spies->pdata[i]);
    }
    g_assert_null(c.m->message);
    g_test_message("%s: %u of %u regions stay, %u ranges come or go", after,
                   g_hash_table_size(c.match), c.after->lines->len, heard);
    g_ptr_array_unref(c.spies);
    drop_unmatched(&c);
    check_views(&c, after);
    change_end(&c);
}

static void change_both_ways(gconstpointer data)
{
    g_autofree char *before = g_strdup_printf("%s/before", (const char *)data);
    g_autofree char *after = g_strdup_printf("%s/after", (const char *)data);

    change_map(before, after);
    change_map(after, before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    GPtrArray *dumps = maps_unpack();
    guint pairs = 0;

    for (guint i = 0; i < dumps->len; i++) {
        g_autofree char *name = g_strdup(dumps->pdata[i]);
        char *slash = strchr(name, '/');
        if (slash && g_str_equal(slash, "/after")) {
            *slash = '\0';
            g_autofree char *path = g_strdup_printf("/map-changes/%s", name);
            g_test_add_data_func_full(path, g_steal_pointer(&name), change_both_ways, g_free);
            pairs++;
        }
    }
    g_assert_cmpuint(pairs, ==, 44);
    int status = g_test_run();
    g_ptr_array_unref(dumps);
    maps_remove();
    return status;
}
