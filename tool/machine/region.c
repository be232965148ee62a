/* SPDX-License-Identifier: MIT
 *
 * The regions of a machine: makes them from lines, puts them into containers, ends them. machine.c
 * decides which regions a machine has.
 */
#include "machine/machine.h"

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

static bool init_ram(const MtreeMachine *m, MemoryRegion *mr, const MtreeLine *line,
                     GError **error)
{
    Error *err = NULL;

    if (line->kind == MTREE_ROMD) {
        if (!memory_region_init_rom_device_nomigrate(mr, NULL, &device_ops, NULL, line->name, PAGE,
                                                     &err)) {
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

static void set_attributes(MemoryRegion *mr, const MtreeLine *line)
{
    if (line->readonly) {
        memory_region_set_readonly(mr, true);
    }
    memory_region_set_nonvolatile(mr, line->nonvolatile);
    memory_region_set_enabled(mr, !line->disabled);
    memory_region_set_unmergeable(mr, line->unmergeable);
    if (!line->parent) {
        memory_region_set_address(mr, line->offset);
    }
}

void machine_adopt_region(MtreeMachine *m, MtreeLine *line, MemoryRegion *mr)
{
    g_hash_table_insert(m->regions, line, mr);
    g_hash_table_insert(m->lines, mr, line);
    set_attributes(mr, line);
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
    machine_adopt_region(m, line, mr);
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

/* ---- The end ---------------------------------------------------------------------------- */

static bool is_builtin(const MtreeMachine *m, const MemoryRegion *mr)
{
    return mr == m->system || mr == m->io;
}

void machine_drop_regions(MtreeMachine *m, GPtrArray *regions)
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
    machine_drop_regions(m, one);
}
