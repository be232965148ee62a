/* SPDX-License-Identifier: MIT
 *
 * Three questions about the map of a running machine: what answers at an address, what the whole
 * map is, and what has just changed.
 */
#include <inttypes.h>
#include <stdio.h>

#include <physmem/physmem.h>

static MemoryRegion ram, rom;

static void print_section(const char *word, const MemoryRegionSection *s)
{
    printf("  %s %08" PRIx64 "-%08" PRIx64 " %s%s\n", word, s->offset_within_address_space,
           memory_region_section_get_last(s), memory_region_name(s->mr),
           s->readonly ? ", read-only" : "");
}

static void appeared(MemoryListener *listener, MemoryRegionSection *section)
{
    (void)listener;
    print_section("+", section);
}

static void vanished(MemoryListener *listener, MemoryRegionSection *section)
{
    (void)listener;
    print_section("-", section);
}

static void ask(hwaddr addr)
{
    MemoryRegionSection s = memory_region_find(get_system_memory(), addr, 1);

    if (s.mr) {
        printf("at %08" PRIx64 ": %s, offset 0x%" PRIx64 "\n", addr, memory_region_name(s.mr),
               s.offset_within_region);
        memory_region_unref(s.mr);
    } else {
        printf("at %08" PRIx64 ": nothing\n", addr);
    }
}

int main(void)
{
    static MemoryListener watcher = { .region_add = appeared,
                                      .region_del = vanished,
                                      .name = "watcher" };
    MemoryContext *ctx = memory_context_current();

    memory_region_init_ram(&ram, NULL, "ram", 0x100000, &error_fatal);
    memory_region_init_rom(&rom, NULL, "rom", 0x10000, &error_fatal);
    memory_region_add_subregion(get_system_memory(), 0, &ram);
    puts("watching:");
    memory_listener_register(&watcher, memory_context_memory(ctx));
    puts("the ROM is shown over the RAM:");
    memory_region_add_subregion_overlap(get_system_memory(), 0xf0000, &rom, 1);
    puts("");
    ask(0xf1234);
    ask(0x200000);
    puts("");
    memory_context_print_views(ctx, stdout, false, false);
    memory_listener_unregister(&watcher);
    return 0;
}
