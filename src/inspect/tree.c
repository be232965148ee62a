/* SPDX-License-Identifier: MIT
 *
 * Prints the text of `info mtree`: the trees of regions as the program built them. That includes
 * regions that others hide and, if asked for, regions that are disabled. views.c prints which
 * region answers where. walk.c decides the order. mtree_info(), which prints either text to
 * stdout, is here, too.
 */
#include <physmem/inspect.h>

#include "inspect/text.h"
#include "inspect/walk.h"
#include "region/region.h"

typedef struct TreePrinter {
    InspectVisitor visitor;
    FILE *out;
    bool owner;    /* also print owners */
    bool disabled; /* also print disabled regions */
} TreePrinter;

static void begin(InspectVisitor *v, const MemoryRegion *target)
{
    const TreePrinter *p = (TreePrinter *)v;

    if (target) {
        fprintf(p->out, "memory-region: %s\n", region_label(target));
    }
}

static void print_space(InspectVisitor *v, const AddressSpace *as)
{
    const TreePrinter *p = (TreePrinter *)v;

    fprintf(p->out, "address-space: %s\n", as->name);
}

/* Returns the last address, modulo 2^64, of a region that begins at 'start'. If the region is
 * empty, that is 'start'. */
static hwaddr printed_last(hwaddr start, const MemoryRegion *mr)
{
    return region_is_empty(mr) ? start : start + region_last(mr);
}

static void print_line(const TreePrinter *p, const MemoryRegion *mr, hwaddr base, unsigned level)
{
    hwaddr start = base + mr->addr;
    hwaddr last = printed_last(start, mr);
    bool wraps = start < base || last < start;

    fprintf(p->out, "%s%*s" TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %" PRId32 ", %s%s): %s%s",
            wraps ? "[DETECTED OVERFLOW!] " : "", 2 + 2 * (int)level, "", start, last,
            mr->priority, mr->nonvolatile ? "nv-" : "", inspect_region_kind(mr),
            region_target(mr) ? "alias " : "", region_label(mr));
    if (region_target(mr)) {
        fprintf(p->out, " @%s " TARGET_FMT_plx "-" TARGET_FMT_plx, region_label(mr->alias),
                mr->alias_offset, printed_last(mr->alias_offset, mr));
    }
    fputs(mr->enabled ? "" : " [disabled]", p->out);
    if (p->owner) {
        inspect_owner_print(p->out, mr);
    }
    fputc('\n', p->out);
}

/* A disabled region may be left out. Its subregions are printed nevertheless, with the same indent
 * as if it was there. */
static void print_region(InspectVisitor *v, const MemoryRegion *mr, hwaddr base, unsigned level)
{
    const TreePrinter *p = (TreePrinter *)v;

    if (mr->enabled || p->disabled) {
        print_line(p, mr, base, level);
    }
}

static void end(InspectVisitor *v)
{
    fputc('\n', ((TreePrinter *)v)->out);
}

void memory_context_print_tree(MemoryContext *ctx, FILE *out, bool owner, bool disabled)
{
    CONTEXT_LOCK(ctx);
    TreePrinter p = {
        .visitor = { .begin = begin, .space = print_space, .region = print_region, .end = end },
        .out = out,
        .owner = owner,
        .disabled = disabled,
    };

    inspect_walk_trees(ctx, &p.visitor);
}

void mtree_info(bool flatview, bool dispatch_tree, bool owner, bool disabled)
{
    MemoryContext *ctx = memory_context_current();

    if (flatview) {
        memory_context_print_views(ctx, stdout, dispatch_tree, owner);
    } else {
        memory_context_print_tree(ctx, stdout, owner, disabled);
    }
}
