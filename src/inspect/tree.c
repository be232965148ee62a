/* SPDX-License-Identifier: MIT
 *
 * The tree form of `info mtree`: what was described, disabled or hidden parts included, not what
 * answers in the end (views.c).
 *
 * Blocks of spaces come first, spaces with one root together; then one block for each region that
 * an alias shows, in the order in which the text meets them. Those blocks are text too, so the list
 * of them grows while it is printed.
 */
#include <stdlib.h>

#include <physmem/inspect.h>

#include "base/alloc.h"
#include "inspect/text.h"
#include "region/region.h"

typedef struct TreePrinter {
    MemoryContext *ctx;
    FILE *out;
    bool owner;
    bool disabled;
    uint64_t mark;          /* in MemoryRegion.visit: is already in 'targets' */
    MemoryRegion **targets; /* of aliases, in the order met */
    size_t target_count;
    size_t target_room;
} TreePrinter;

static void note_target(TreePrinter *p, MemoryRegion *target)
{
    if (target->visit == p->mark) {
        return;
    }
    target->visit = p->mark;
    if (p->target_count == p->target_room) {
        p->target_room = p->target_room ? 2 * p->target_room : 64;
        p->targets = alloc_resize(p->targets, p->target_room, sizeof(*p->targets));
    }
    p->targets[p->target_count++] = target;
}

/* By place, at one place as they rank: higher priority, then newer, first. */
static int compare_siblings(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a;
    const MemoryRegion *y = *(MemoryRegion *const *)b;

    if (x->addr != y->addr) {
        return x->addr < y->addr ? -1 : 1;
    }
    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return x->rank > y->rank ? -1 : x->rank < y->rank;
}

static MemoryRegion **sorted_subregions(const MemoryRegion *mr, size_t *count)
{
    MemoryRegion *sub, **list;
    size_t n = 0;

    TAILQ_FOREACH(sub, &mr->subregions, siblings) {
        n++;
    }
    list = alloc_zero((n + 1) * sizeof(*list));
    n = 0;
    TAILQ_FOREACH(sub, &mr->subregions, siblings) {
        list[n++] = sub;
    }
    qsort(list, n, sizeof(*list), compare_siblings);
    *count = n;
    return list;
}

/* The last of size bytes from 'start', modulo 2^64; start itself if there are none. */
static hwaddr printed_last(hwaddr start, const MemoryRegion *mr)
{
    return region_is_empty(mr) ? start : start + region_last(mr);
}

static void print_line(TreePrinter *p, const MemoryRegion *mr, hwaddr base, unsigned level)
{
    hwaddr start = base + mr->addr;
    hwaddr last = printed_last(start, mr);
    bool wraps = start < base || last < start;

    fprintf(p->out, "%s%*s" TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %" PRId32 ", %s%s): %s%s",
            wraps ? "[DETECTED OVERFLOW!] " : "", 2 * (int)level, "", start, last, mr->priority,
            mr->nonvolatile ? "nv-" : "", inspect_region_kind(mr), mr->alias ? "alias " : "",
            region_label(mr));
    if (mr->alias) {
        fprintf(p->out, " @%s " TARGET_FMT_plx "-" TARGET_FMT_plx, region_label(mr->alias),
                mr->alias_offset, printed_last(mr->alias_offset, mr));
    }
    fputs(mr->enabled ? "" : " [disabled]", p->out);
    if (p->owner) {
        inspect_owner_print(p->out, mr);
    }
    fputc('\n', p->out);
}

/* The children of a region that is not printed keep their depth. */
static void print_region(TreePrinter *p, const MemoryRegion *mr, hwaddr base, unsigned level)
{
    if (mr->enabled || p->disabled) {
        print_line(p, mr, base, level);
    }
    if (mr->alias) {
        note_target(p, mr->alias);
    }

    size_t count;
    MemoryRegion **subs = sorted_subregions(mr, &count);
    for (size_t i = 0; i < count; i++) {
        print_region(p, subs[i], base + mr->addr, level + 1);
    }
    free(subs);
}

static bool root_printed_before(AddressSpace **spaces, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (spaces[j]->root == spaces[i]->root) {
            return true;
        }
    }
    return false;
}

static void print_spaces(TreePrinter *p)
{
    size_t count;
    AddressSpace **spaces = inspect_spaces_collect(p->ctx, &count);

    for (size_t i = 0; i < count; i++) {
        if (root_printed_before(spaces, i)) {
            continue;
        }
        for (size_t j = i; j < count; j++) {
            if (spaces[j]->root == spaces[i]->root) {
                fprintf(p->out, "address-space: %s\n", spaces[j]->name);
            }
        }
        if (spaces[i]->root) {
            print_region(p, spaces[i]->root, 0, 1);
        }
        fputc('\n', p->out);
    }
    free(spaces);
}

static void print_targets(TreePrinter *p)
{
    for (size_t i = 0; i < p->target_count; i++) {
        fprintf(p->out, "memory-region: %s\n", region_label(p->targets[i]));
        print_region(p, p->targets[i], 0, 1);
        fputc('\n', p->out);
    }
    free(p->targets);
}

void memory_context_print_tree(MemoryContext *ctx, FILE *out, bool owner, bool disabled)
{
    CONTEXT_LOCK(ctx);
    TreePrinter p = {
        .ctx = ctx, .out = out, .owner = owner, .disabled = disabled, .mark = ++ctx->next_visit,
    };

    print_spaces(&p);
    print_targets(&p);
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
