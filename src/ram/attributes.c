/* SPDX-License-Identifier: MIT
 *
 * Answers questions about one block (its flags, place, lengths and name) or about the page sizes of
 * all blocks, and sets those flags that may change. Any thread may call these functions.
 */
#include "ram/room.h"

#include <unistd.h>

static bool has_flag(const RAMBlock *rb, uint32_t flag)
{
    return (__atomic_load_n(&rb->flags, __ATOMIC_RELAXED) & flag) != 0;
}

static void set_flag(RAMBlock *rb, uint32_t flag)
{
    __atomic_or_fetch(&rb->flags, flag, __ATOMIC_RELAXED);
}

/* The same as memory_region_name(), which this room must not call. */
static const char *name_of(MemoryRegion *mr)
{
    return mr->name ? mr->name : object_get_canonical_path_component(&mr->parent_obj);
}

const char *ram_label(MemoryRegion *mr)
{
    const char *name = mr ? name_of(mr) : NULL;

    return name ? name : "(noname)";
}

ram_addr_t qemu_ram_get_offset(RAMBlock *rb)
{
    return rb->offset;
}

ram_addr_t qemu_ram_get_max_length(RAMBlock *rb)
{
    return rb->max_length;
}

bool ramblock_is_pmem(RAMBlock *rb)
{
    return has_flag(rb, RAM_PMEM);
}

int qemu_ram_get_fd(RAMBlock *rb)
{
    return rb->fd;
}

void *qemu_ram_get_host_addr(RAMBlock *rb)
{
    return rb->host;
}

ram_addr_t qemu_ram_get_used_length(RAMBlock *rb)
{
    return __atomic_load_n(&rb->used_length, __ATOMIC_RELAXED);
}

bool qemu_ram_is_shared(RAMBlock *rb)
{
    return has_flag(rb, RAM_SHARED);
}

bool qemu_ram_is_noreserve(RAMBlock *rb)
{
    return has_flag(rb, RAM_NORESERVE);
}

bool qemu_ram_is_uf_zeroable(RAMBlock *rb)
{
    return has_flag(rb, RAM_UF_ZEROPAGE);
}

void qemu_ram_set_uf_zeroable(RAMBlock *rb)
{
    set_flag(rb, RAM_UF_ZEROPAGE);
}

bool qemu_ram_is_migratable(RAMBlock *rb)
{
    return has_flag(rb, RAM_MIGRATABLE);
}

void ram_block_set_migratable(RAMBlock *rb, bool on)
{
    if (on) {
        set_flag(rb, RAM_MIGRATABLE);
    } else {
        __atomic_and_fetch(&rb->flags, ~(uint32_t)RAM_MIGRATABLE, __ATOMIC_RELAXED);
    }
}

/* ---- Page sizes ------------------------------------------------------------------------- */

size_t ram_host_page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

size_t qemu_ram_pagesize(RAMBlock *block)
{
    return block->page_size;
}

/* The smallest and the largest page size of all blocks. Both are 0 if there are no blocks. */
typedef struct PageSizes {
    size_t least, most;
} PageSizes;

static PageSizes page_sizes(void)
{
    READ_SECTION;
    PageSizes sizes = { 0, 0 };

    for (RAMBlock *rb = ram_room_first(memory_context_current()); rb; rb = ram_block_next(rb)) {
        sizes.least = !sizes.least || rb->page_size < sizes.least ? rb->page_size : sizes.least;
        sizes.most = rb->page_size > sizes.most ? rb->page_size : sizes.most;
    }
    return sizes;
}

size_t qemu_ram_pagesize_largest(void)
{
    size_t most = page_sizes().most;

    return most > ram_host_page() ? most : ram_host_page();
}

long qemu_minrampagesize(void)
{
    size_t least = page_sizes().least;

    return (long)(least ? least : ram_host_page());
}

long qemu_maxrampagesize(void)
{
    size_t most = page_sizes().most;

    return (long)(most ? most : ram_host_page());
}
