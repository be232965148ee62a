/* SPDX-License-Identifier: MIT
 *
 * Prints a table of a context's blocks, for people to read.
 */
#include "ram/room.h"

static void print_flags(const RAMBlock *rb, FILE *out)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } names[] = {
        { RAM_PREALLOC, "caller" },
        { RAM_SHARED, "shared" },
        { RAM_RESIZEABLE, "resizeable" },
        { RAM_MIGRATABLE, "migratable" },
        { RAM_PMEM, "pmem" },
        { RAM_NORESERVE, "noreserve" },
        { RAM_PROTECTED, "protected" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (rb->flags & names[i].flag) {
            fprintf(out, " %s", names[i].name);
        }
    }
}

static void print_block(RAMBlock *rb, FILE *out)
{
    fprintf(out, "%-24s %-24s %8zx %16" PRIxPTR " %16" PRIxPTR " %16" PRIxPTR " %16p",
            qemu_ram_get_idstr(rb), ram_label(rb->mr), rb->page_size, rb->offset, rb->used_length,
            rb->max_length, (void *)rb->host);
    print_flags(rb, out);
    fputc('\n', out);
}

void memory_context_print_ram(MemoryContext *ctx, FILE *out)
{
    CONTEXT_LOCK(ctx);

    fprintf(out, "%-24s %-24s %8s %16s %16s %16s %16s %s\n", "id", "region", "page", "offset",
            "used", "maximum", "host", "flags");
    for (RAMBlock *rb = ram_room_first(ctx); rb; rb = ram_block_next(rb)) {
        print_block(rb, out);
    }
}
