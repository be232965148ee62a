/* SPDX-License-Identifier: MIT
 *
 * Makes regions of lines, with the library's public calls only. Every context has the spaces
 * "memory" and "I/O" with the roots "system" and "io". Nearly every printed machine has them, too,
 * so the context's are used for them.
 */
#include "machine.h"

#include <string.h>

/* Nobody reads or writes the RAM of these machines. So all RAM regions share one page, whatever
 * their size is. */
enum { PAGE = 4096 };
static uint8_t page[PAGE] __attribute__((aligned(PAGE)));

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0;
}

static void device_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)data, (void)size;
}

static const MemoryRegionOps device_ops = { .read = device_read, .write = device_write };

uint64_t machine_size_arg(const MtreeLine *line)
{
    Int128 size = mtree_size(line);

    return size == int128_2_64() ? UINT64_MAX : (uint64_t)size;
}

/* ---- Regions ---------------------------------------------------------------------------- */

static bool init_ram(const MtreeMachine *m, MemoryRegion *mr, const MtreeLine *line,
                     GError **error)
{
    Error *err = NULL;

    if (line->kind == MTREE_ROMD) {
        if (!memory_region_init_rom_device_nomigrate(mr, NULL, &device_ops, NULL, line->name,
                                                     PAGE, &err)) {
            mtree_fail(error, m->file, line->number, "'%s': %s", line->name,
                       error_get_pretty(err));
            error_free(err);
            return false;
        }
    } else if (line->kind == MTREE_RAMD) {
        memory_region_init_ram_device_ptr(mr, NULL, line->name, PAGE, page);
    } else {
        memory_region_init_ram_ptr(mr, NULL, line->name, PAGE, page);
        memory_region_set_readonly(mr, line->kind == MTREE_ROM);
    }
    memory_region_set_size(mr, machine_size_arg(line));
    return true;
}

static bool init_kind(MtreeMachine *m, MemoryRegion *mr, MtreeLine *line, GError **error)
{
    uint64_t size = machine_size_arg(line);

    if (line->is_alias) {
        MemoryRegion *target = machine_region(m, mtree_target(line), error);
        if (!target) {
            return false;
        }
        memory_region_init_alias(mr, NULL, line->name, target, line->from, size);
    } else if (line->kind != MTREE_IO) {
        return init_ram(m, mr, line, error);
    } else if (line->container) {
        memory_region_init(mr, NULL, line->name, size);
    } else {
        memory_region_init_io(mr, NULL, &device_ops, NULL, line->name, size);
    }
    return true;
}

static void map_region(MtreeMachine *m, MtreeLine *line, MemoryRegion *mr)
{
    g_hash_table_insert(m->regions, line, mr);
    g_hash_table_insert(m->lines, mr, line);
}

static void set_attributes(MemoryRegion *mr, const MtreeLine *line)
{
    if (line->readonly) {
        memory_region_set_readonly(mr, true);
    }
    memory_region_set_nonvolatile(mr, line->nonvolatile);
    memory_region_set_enabled(mr, !line->disabled);
    if (!line->parent) {
        memory_region_set_address(mr, line->offset);
    }
}

MemoryRegion *machine_region(MtreeMachine *m, MtreeLine *line, GError **error)
{
    MemoryRegion *mr = g_hash_table_lookup(m->regions, line);

    if (mr) {
        return mr;
    }
    mr = g_new0(MemoryRegion, 1);
    if (!init_kind(m, mr, line, error)) {
        g_free(mr);
        return NULL;
    }
    map_region(m, line, mr);
    set_attributes(mr, line);
    return mr;
}

MtreeLine *machine_line(const MtreeMachine *m, const MemoryRegion *mr)
{
    return g_hash_table_lookup(m->lines, mr);
}

void machine_place(MtreeMachine *m, MemoryRegion *container, MemoryRegion *mr, hwaddr offset,
                   int priority)
{
    memory_region_add_subregion_overlap(container, offset, mr, priority);
    g_hash_table_insert(m->places, mr, container);
}

void machine_unplace(MtreeMachine *m, MemoryRegion *mr)
{
    MemoryRegion *container = g_hash_table_lookup(m->places, mr);

    if (container) {
        memory_region_del_subregion(container, mr);
        g_hash_table_remove(m->places, mr);
    }
}

static bool is_builtin(const MtreeMachine *m, const MemoryRegion *mr)
{
    return mr == m->system || mr == m->io;
}

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

static MtreeMachine *machine_alloc(const Mtree *t, GError **error)
{
    MemoryContextOptions options = {
        .name = "map", .page_bits = t->page_bits, .quirks = MEMORY_QUIRK_COLLAPSED_ROOT,
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
            map_region(m, line, root);
            set_attributes(root, line);
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
        if (block->is_space) {
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

/* Ends the regions. Their memory is freed after the drain, when no reader is left. */
static void drop_regions(MtreeMachine *m, GPtrArray *regions)
{
    memory_region_transaction_begin();
    for (guint i = 0; i < regions->len; i++) {
        if (!is_builtin(m, regions->pdata[i])) {
            object_unparent(OBJECT(regions->pdata[i]));
        }
    }
    memory_region_transaction_commit();
    memory_drain();
    for (guint i = 0; i < regions->len; i++) {
        if (!is_builtin(m, regions->pdata[i])) {
            g_free(regions->pdata[i]);
        }
    }
}

void machine_drop_region(MtreeMachine *m, MemoryRegion *mr)
{
    g_autoptr(GPtrArray) one = g_ptr_array_new();
    MtreeLine *line = machine_line(m, mr);

    g_hash_table_remove(m->lines, mr);
    if (g_hash_table_lookup(m->regions, line) == mr) {
        g_hash_table_remove(m->regions, line);
    }
    g_ptr_array_add(one, mr);
    drop_regions(m, one);
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
    drop_regions(m, regions);
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
