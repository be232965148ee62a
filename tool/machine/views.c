/* SPDX-License-Identifier: MIT
 *
 * The views of a machine in the form in which views are read from a file (mtree/flat.h), with what
 * the tree knows of each region. A listener is told of each range. Blocks and spaces are in the
 * order in which the library prints them: by creation, so that the context's own spaces come first.
 */
#include <stdio.h>

#include "machine/machine.h"
#include "mtree/flat.h"

typedef struct ViewMaker {
    MemoryListener listener;
    const MtreeMachine *machine;
    GHashTable *blocks; /* FlatView -> FlatBlock */
    MtreeFlat *views;
    FlatBlock *block; /* gets the ranges */
} ViewMaker;

static void add_range(MemoryListener *listener, MemoryRegionSection *section)
{
    const ViewMaker *maker = (ViewMaker *)listener;
    const MtreeLine *line = machine_line(maker->machine, section->mr);

    if (!line) { /* a root of the context's own, of a space that the tree does not have */
        return;
    }
    FlatLine range = {
        .line = line,
        .number = line->number,
        .start = section->offset_within_address_space,
        .last = memory_region_section_get_last(section),
        .priority = line->parent ? line->priority : 0,
        .kind = section->readonly ? MTREE_ROM : line->kind,
        .own_kind = line->kind,
        .nonvolatile = section->nonvolatile,
        .name = g_strdup(line->name),
        .offset = section->offset_within_region,
        .owner = g_strdup(line->owner),
    };

    g_array_append_val(maker->block->ranges, range);
}

static void fill_block(ViewMaker *maker, AddressSpace *as)
{
    maker->listener = (MemoryListener){ .region_add = add_range, .name = "views" };
    memory_listener_register(&maker->listener, as);
    memory_listener_unregister(&maker->listener);
}

/* Returns the block of a space, which is made for the first space that has the view. */
static FlatBlock *block_of(ViewMaker *maker, AddressSpace *as)
{
    FlatView *fv = address_space_get_flatview(as);
    FlatBlock *block = g_hash_table_lookup(maker->blocks, fv);

    if (!block) {
        block = mtree_flat_add_block(maker->views);
        block->key = fv->key ? machine_line(maker->machine, fv->key) : NULL;
        block->root = g_strdup(fv->key ? memory_region_name(fv->key) : "(none)");
        g_hash_table_insert(maker->blocks, fv, block);
        maker->block = block;
        fill_block(maker, as);
    }
    flatview_unref(fv);
    return block;
}

static char *title_of(const MachineSpace *space)
{
    const MtreeLine *root = mtree_real(space->block->root);

    return g_strdup_printf("\"%s\", root: %s%s%s", space->name, root->name,
                           root->is_alias ? ", alias " : "",
                           root->is_alias ? mtree_target(root)->name : "");
}

static void add_title(FlatBlock *block, MachineSpace *space)
{
    g_ptr_array_add(block->spaces, title_of(space));
    g_ptr_array_add(block->made_for, space);
}

/* One of the context's own spaces may have no name in the tree. Its block then has its place
 * only. */
static void add_space(ViewMaker *maker, AddressSpace *as)
{
    FlatBlock *block = block_of(maker, as);

    for (guint i = 0; i < maker->machine->spaces->len; i++) {
        MachineSpace *space = maker->machine->spaces->pdata[i];
        if (space->as == as) {
            add_title(block, space);
        }
    }
}

static void drop_unnamed(MtreeFlat *views)
{
    for (guint i = views->blocks->len; i-- > 0;) {
        const FlatBlock *block = views->blocks->pdata[i];
        if (!block->spaces->len) {
            g_ptr_array_remove_index(views->blocks, i);
        }
    }
}

static void add_own_spaces(ViewMaker *maker)
{
    for (guint i = 0; i < maker->machine->spaces->len; i++) {
        MachineSpace *space = maker->machine->spaces->pdata[i];
        if (space->own) {
            add_title(block_of(maker, space->as), space);
        }
    }
}

MtreeFlat *machine_views(const MtreeMachine *m)
{
    g_autoptr(GHashTable) blocks = g_hash_table_new(NULL, NULL);
    ViewMaker maker = { .machine = m, .blocks = blocks, .views = mtree_flat_new() };
    MemoryContext *before = memory_context_set_current(m->ctx);

    add_space(&maker, memory_context_memory(m->ctx));
    add_space(&maker, memory_context_io(m->ctx));
    add_own_spaces(&maker);
    memory_context_set_current(before);
    drop_unnamed(maker.views);
    return maker.views;
}
