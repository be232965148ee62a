/* SPDX-License-Identifier: MIT
 *
 * Two machines in one process: a little-endian one with pages of 4 KiB and a big-endian one with
 * pages of 64 KiB. Each is a context, and contexts share nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <physmem/physmem.h>

typedef struct Machine {
    MemoryContext *ctx;
    MemoryRegion ram;
} Machine;

static void build(Machine *m, const MemoryContextOptions *options)
{
    m->ctx = memory_context_new(options, &error_fatal);
    MemoryContext *before = memory_context_set_current(m->ctx);
    memory_region_init_ram(&m->ram, NULL, "ram", 0x100000, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &m->ram);
    memory_context_set_current(before);
}

/* ldl_phys() reads in the byte order of the machine. */
static void show(const Machine *m)
{
    MemoryContext *before = memory_context_set_current(m->ctx);
    AddressSpace *memory = memory_context_memory(m->ctx);

    address_space_write(memory, 0x100, MEMTXATTRS_UNSPECIFIED, "\x12\x34\x56\x78", 4);
    printf("%s: pages of %zu bytes, the word is 0x%" PRIx32 "\n", memory_context_name(m->ctx),
           qemu_target_page_size(), ldl_phys(memory, 0x100));
    memory_context_set_current(before);
}

static void end(Machine *m)
{
    MemoryContext *before = memory_context_set_current(m->ctx);

    memory_region_del_subregion(get_system_memory(), &m->ram);
    memory_region_wait_unused(&m->ram, &error_fatal);
    memory_context_set_current(before);
    if (!memory_context_destroy(m->ctx, &error_fatal)) {
        abort();
    }
}

int main(void)
{
    Machine little, big;

    build(&little, &(MemoryContextOptions){ .name = "little" });
    build(&big,
          &(MemoryContextOptions){ .name = "big", .target_big_endian = true, .page_bits = 16 });
    show(&little);
    show(&big);
    end(&little);
    show(&big);
    end(&big);
    return 0;
}
