/* SPDX-License-Identifier: MIT
 *
 * Constructors of regions with RAM behind them: RAM, ROM, RAM devices and ROM devices
 * (specification section 4). ram/ provides the memory. ram-device.c has the callbacks of RAM
 * devices.
 */
#include <physmem/error.h>

#include "base/alloc.h"
#include "base/log.h"
#include "ram/block.h"
#include "region/ram-device.h"
#include "region/region.h"

/* Macros of the same names turn the results of these functions into values (physmem/region.h). */
#undef memory_region_init_ram_flags_nomigrate
#undef memory_region_init_ram_nomigrate
#undef memory_region_init_resizeable_ram
#undef memory_region_init_ram_from_file
#undef memory_region_init_ram_from_fd
#undef memory_region_init_rom_nomigrate
#undef memory_region_init_rom_device_nomigrate
#undef memory_region_init_ram
#undef memory_region_init_rom
#undef memory_region_init_rom_device

/* Gives the region its block and its kind. If rb is NULL, because there is no memory,
 * ends the region and returns false. */
static bool take_block(MemoryRegion *mr, MemoryRegionKind kind, RAMBlock *rb)
{
    if (!rb) {
        region_init_failed(mr);
        return false;
    }
    mr->made = true;
    mr->ram_block = rb;
    mr->host = rb->host;
    mr->align = rb->alignment;
    region_set_kind(mr, kind);
    return true;
}

/* A constructor with errp must report that the host has no memory. It makes at most this many
 * small allocations that cannot fail with an error, so it reserves them first (base/alloc.h).
 * tests/test-out-of-memory.c fails if the number is too small. */
enum { ALLOCATIONS = 16 };

/* Reserves these allocations. Returns false, with an error and nothing reserved, if the host has
 * no memory. */
static bool reserve(MemoryRegion *mr, const char *name, Error **errp)
{
    mr->made = false;
    if (!alloc_reserve_begin(0, ALLOCATIONS)) {
        error_setg(errp, "region '%s': the host has no memory for it", name ? name : "(noname)");
        return false;
    }
    return true;
}

/* The first step of a constructor with errp. The last step is alloc_reserve_end(). If the host has
 * no memory or a region lives at mr, returns false with an error, and there must be no last
 * step. */
static bool begin(MemoryRegion *mr, Object *owner, const char *name, uint64_t size, Error **errp)
{
    if (!reserve(mr, name, errp)) {
        return false;
    }
    if (!region_init_common(mr, owner, name, size)) {
        error_setg(errp, "region '%s' cannot be made at %p: a region lives there, end it first",
                   name ? name : "(noname)", (void *)mr);
        alloc_reserve_end();
        return false;
    }
    return true;
}

static bool take_ram(MemoryRegion *mr, RAMBlock *rb)
{
    return take_block(mr, MEMORY_KIND_RAM, rb);
}

void memory_region_init_ram_flags_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                            uint64_t size, uint32_t ram_flags, Error **errp)
{
    if (begin(mr, owner, name, size, errp)) {
        take_ram(mr, qemu_ram_alloc(ram_addr_of(size), ram_flags, mr, errp));
        alloc_reserve_end();
    }
}

void memory_region_init_ram_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, Error **errp)
{
    memory_region_init_ram_flags_nomigrate(mr, owner, name, size, 0, errp);
}

void memory_region_init_resizeable_ram(
    MemoryRegion *mr, Object *owner, const char *name, uint64_t size, uint64_t max_size,
    void (*resized)(const char *id, uint64_t length, void *host), Error **errp)
{
    if (begin(mr, owner, name, size, errp)) {
        take_ram(mr, qemu_ram_alloc_resizeable(ram_addr_of(size), ram_addr_of(max_size), resized,
                                               mr, errp));
        alloc_reserve_end();
    }
}

void memory_region_init_ram_from_file(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, uint64_t align, uint32_t ram_flags,
                                      const char *path, bool readonly, Error **errp)
{
    if (!begin(mr, owner, name, size, errp)) {
        return;
    }
    mr->align = align;
    mr->readonly = readonly;
    take_ram(mr, qemu_ram_alloc_from_file(ram_addr_of(size), mr, ram_flags, path, readonly, errp));
    alloc_reserve_end();
}

void memory_region_init_ram_from_fd(MemoryRegion *mr, Object *owner, const char *name,
                                    uint64_t size, uint32_t ram_flags, int fd, ram_addr_t offset,
                                    Error **errp)
{
    if (begin(mr, owner, name, size, errp)) {
        take_ram(mr, qemu_ram_alloc_from_fd(ram_addr_of(size), mr, ram_flags, fd, (off_t)offset,
                                            false, errp));
        alloc_reserve_end();
    }
}

/* For the constructors without errp. Returns false, with a MISUSE message, if it fails. A region
 * that it has begun has ended then. */
static bool init_ram_ptr(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                         void *ptr)
{
    Error *err = NULL;

    if (!region_init_common(mr, owner, name, size)) {
        return false;
    }
    if (take_ram(mr, qemu_ram_alloc_from_ptr(ram_addr_of(size), ptr, mr, &err))) {
        return true;
    }
    misuse(mr->parent_obj.context, "%s", error_get_pretty(err));
    error_free(err);
    return false;
}

void memory_region_init_ram_ptr(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                                void *ptr)
{
    init_ram_ptr(mr, owner, name, size, ptr);
}

void memory_region_init_ram_device_ptr(MemoryRegion *mr, Object *owner, const char *name,
                                       uint64_t size, void *ptr)
{
    if (init_ram_ptr(mr, owner, name, size, ptr)) {
        region_set_kind(mr, MEMORY_KIND_RAM_DEVICE);
        mr->skip_dump = true;
        mr->ops = &region_ram_device_ops;
        mr->opaque = mr;
    }
}

void memory_region_init_rom_nomigrate(MemoryRegion *mr, Object *owner, const char *name,
                                      uint64_t size, Error **errp)
{
    memory_region_init_ram_nomigrate(mr, owner, name, size, errp);
    if (memory_region_was_made(mr)) {
        mr->readonly = true;
    }
}

void memory_region_init_rom_device_nomigrate(MemoryRegion *mr, Object *owner,
                                             const MemoryRegionOps *ops, void *opaque,
                                             const char *name, uint64_t size, Error **errp)
{
    if (!begin(mr, owner, name, size, errp)) {
        return;
    }
    if (!ops) {
        error_setg(errp, "ROM device '%s' needs callbacks: 'ops' is NULL", region_label(mr));
        region_init_failed(mr);
    } else {
        mr->ops = ops;
        mr->opaque = opaque;
        take_block(mr, MEMORY_KIND_ROM_DEVICE, qemu_ram_alloc(ram_addr_of(size), 0, mr, errp));
    }
    alloc_reserve_end();
}

/* ---- Constructors that also register for migration -------------------------------------- */

/* Registers a region that was just made. If that fails, ends the region. */
static void make_migratable(MemoryRegion *mr, Error **errp)
{
    if (memory_region_was_made(mr) && !region_register_new_ram(mr, errp)) {
        region_init_failed(mr);
    }
}

void memory_region_init_ram(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                            Error **errp)
{
    if (reserve(mr, name, errp)) {
        memory_region_init_ram_nomigrate(mr, owner, name, size, errp);
        make_migratable(mr, errp);
        alloc_reserve_end();
    }
}

void memory_region_init_rom(MemoryRegion *mr, Object *owner, const char *name, uint64_t size,
                            Error **errp)
{
    if (reserve(mr, name, errp)) {
        memory_region_init_rom_nomigrate(mr, owner, name, size, errp);
        make_migratable(mr, errp);
        alloc_reserve_end();
    }
}

void memory_region_init_rom_device(MemoryRegion *mr, Object *owner, const MemoryRegionOps *ops,
                                   void *opaque, const char *name, uint64_t size, Error **errp)
{
    if (reserve(mr, name, errp)) {
        memory_region_init_rom_device_nomigrate(mr, owner, ops, opaque, name, size, errp);
        make_migratable(mr, errp);
        alloc_reserve_end();
    }
}
