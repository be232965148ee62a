/* SPDX-License-Identifier: MIT
 *
 * Builds a machine from a printed tree and ends it, with the library's public calls only. Every
 * context has the spaces "memory" and "I/O" with the roots "system" and "io". Nearly every printed
 * machine has them, too; the context's own spaces and roots then stand for them. region.c
 * makes the regions.
 */
#include "machine/machine.h"

#include <string.h>

/* ---- Building --------------------------------------------------------------------------- */

static void remember_message(MemoryContext *ctx, MemoryLogLevel level, const char *message,
                             void *opaque)
{
    MtreeMachine *m = opaque;

    (void)ctx;
    if (level >= MEMORY_LOG_ERROR && !m->message) {
        m->message = g_strdup(message);
    }
}

/* Whether the machine has the original's rule for roots, as all printed machines do. */
static bool collapses_roots(const Mtree *t)
{
    return !t->blocks->len || !((MtreeBlock *)t->blocks->pdata[0])->exact_root;
}

static MtreeMachine *machine_alloc(const Mtree *t, GError **error)
{
    MemoryContextOptions options = {
        .name = "map",
        .page_bits = t->page_bits,
        .quirks = collapses_roots(t) ? MEMORY_QUIRK_COLLAPSED_ROOT : 0,
    };
    Error *err = NULL;
    MemoryContext *ctx = memory_context_new(&options, &err);

    if (!ctx) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s", t->file, error_get_pretty(err));
        error_free(err);
        return NULL;
    }
    MtreeMachine *m = g_new0(MtreeMachine, 1);
    m->ctx = ctx;
    m->file = t->file;
    m->regions = g_hash_table_new(NULL, NULL);
    m->lines = g_hash_table_new(NULL, NULL);
    m->places = g_hash_table_new(NULL, NULL);
    m->spaces = g_ptr_array_new_with_free_func(g_free);
    memory_context_set_log(ctx, remember_message, m);
    return m;
}

static MachineSpace *space_add(MtreeMachine *m, MtreeBlock *block, const char *name,
                               AddressSpace *as)
{
    MachineSpace *space = g_new0(MachineSpace, 1);

    *space = (MachineSpace){ .name = name, .block = block, .as = as };
    g_ptr_array_add(m->spaces, space);
    return space;
}

/* Whether the line describes the root of one of the context's own spaces. */
static bool is_like(const MtreeLine *line, const char *name, bool container, Int128 size)
{
    return !line->is_alias && line->kind == MTREE_IO && line->container == container &&
           line->size == size && g_str_equal(line->name, name);
}

static void use_builtin(MtreeMachine *m, MtreeBlock *block, const char *name, AddressSpace *as,
                        MemoryRegion *root)
{
    MtreeLine *line = mtree_real(block->root);

    if (machine_line(m, root) || g_hash_table_contains(m->regions, line)) {
        return;
    }
    for (guint i = 0; i < block->names->len; i++) {
        if (g_str_equal(block->names->pdata[i], name)) {
            machine_adopt_region(m, line, root);
            space_add(m, block, block->names->pdata[i], as);
            return;
        }
    }
}

static void use_builtins(MtreeMachine *m, const Mtree *t)
{
    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        MtreeLine *root = mtree_real(block->root);
        if (block->is_space && is_like(root, "system", true, int128_2_64())) {
            use_builtin(m, block, "memory", memory_context_memory(m->ctx), m->system);
        }
        if (block->is_space && is_like(root, "io", false, 65536)) {
            use_builtin(m, block, "I/O", memory_context_io(m->ctx), m->io);
        }
    }
}

static bool make_regions(MtreeMachine *m, const Mtree *t, GError **error)
{
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (!line->twin && !machine_region(m, line, error)) {
            return false;
        }
    }
    return true;
}

/* Adds the children back to front, because the last one added wins among equal priorities. */
static void fill_container(MtreeMachine *m, MtreeLine *line)
{
    MemoryRegion *mr = g_hash_table_lookup(m->regions, line);

    for (guint i = line->order->len; i-- > 0;) {
        MtreeLine *child = line->order->pdata[i];
        machine_place(m, mr, g_hash_table_lookup(m->regions, child), child->offset,
                      child->priority);
    }
}

static void fill_containers(MtreeMachine *m, const Mtree *t)
{
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (!line->twin) {
            fill_container(m, line);
        }
    }
}

static bool has_builtin(const MtreeMachine *m, const MtreeBlock *block, const char *name)
{
    for (guint i = 0; i < m->spaces->len; i++) {
        MachineSpace *space = m->spaces->pdata[i];
        if (!space->own && space->block == block && space->name == name) {
            return true;
        }
    }
    return false;
}

static void make_spaces(MtreeMachine *m, MtreeBlock *block)
{
    MemoryRegion *root = g_hash_table_lookup(m->regions, mtree_real(block->root));

    for (guint i = 0; i < block->names->len; i++) {
        const char *name = block->names->pdata[i];
        if (!has_builtin(m, block, name)) {
            AddressSpace *as = g_new0(AddressSpace, 1);
            address_space_init(as, root, name);
            space_add(m, block, name, as)->own = true;
        }
    }
}

static bool build(MtreeMachine *m, const Mtree *t, GError **error)
{
    memory_region_transaction_begin();
    use_builtins(m, t);
    bool ok = make_regions(m, t, error);
    if (ok) {
        fill_containers(m, t);
    }
    memory_region_transaction_commit();
    for (guint i = 0; ok && i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        if (block->has_space) {
            make_spaces(m, block);
        }
    }
    if (ok && m->message) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s", t->file, m->message);
        ok = false;
    }
    return ok;
}

MtreeMachine *machine_new(const Mtree *t, GError **error)
{
    MtreeMachine *m = machine_alloc(t, error);

    if (m) {
        MemoryContext *before = memory_context_set_current(m->ctx);
        m->system = get_system_memory();
        m->io = get_system_io();
        if (!build(m, t, error)) {
            g_clear_pointer(&m, machine_free);
        }
        memory_context_set_current(before);
    }
    return m;
}

/* ---- The end ---------------------------------------------------------------------------- */

static void empty_containers(MtreeMachine *m)
{
    GHashTableIter iter;
    gpointer region, container;

    g_hash_table_iter_init(&iter, m->places);
    while (g_hash_table_iter_next(&iter, &region, &container)) {
        memory_region_del_subregion(container, region);
    }
    g_hash_table_remove_all(m->places);
}

static void end_spaces(MtreeMachine *m)
{
    for (guint i = 0; i < m->spaces->len; i++) {
        MachineSpace *space = m->spaces->pdata[i];
        if (space->own) {
            address_space_destroy(space->as);
        }
    }
}

static void free_spaces(MtreeMachine *m)
{
    for (guint i = 0; i < m->spaces->len; i++) {
        MachineSpace *space = m->spaces->pdata[i];
        if (space->own) {
            g_free(space->as);
        }
    }
}

static void free_regions(MtreeMachine *m)
{
    g_autoptr(GPtrArray) regions = g_ptr_array_new();
    GHashTableIter iter;
    gpointer region;

    memory_region_transaction_begin();
    empty_containers(m);
    memory_region_transaction_commit();
    g_hash_table_iter_init(&iter, m->lines);
    while (g_hash_table_iter_next(&iter, &region, NULL)) {
        g_ptr_array_add(regions, region);
    }
    machine_drop_regions(m, regions);
}

void machine_free(MtreeMachine *m)
{
    MemoryContext *before = memory_context_set_current(m->ctx);
    Error *err = NULL;

    end_spaces(m);
    free_regions(m); /* waits for a grace period, so the spaces can be freed, too */
    free_spaces(m);
    memory_context_set_current(before == m->ctx ? NULL : before);
    if (!memory_context_destroy(m->ctx, &err)) {
        g_error("%s", error_get_pretty(err));
    }
    g_hash_table_unref(m->regions);
    g_hash_table_unref(m->lines);
    g_hash_table_unref(m->places);
    g_ptr_array_unref(m->spaces);
    g_free(m->message);
    g_free(m);
}
