/* SPDX-License-Identifier: MIT
 *
 * Prints the text of `info mtree -f`: which region answers at which addresses. Spaces that share a
 * view share a block of the text. If asked for, prints also the nodes of the range tree that
 * accesses search. Regions that others hide are printed by tree.c only. walk.c decides the order.
 */
#include <physmem/inspect.h>

#include "inspect/text.h"
#include "inspect/walk.h"
#include "region/region.h"
#include "view/view.h"

typedef struct ViewPrinter {
    InspectVisitor visitor;
    FILE *out;
    bool nodes;         /* also print the nodes of the range tree */
    bool owner;         /* also print owners */
    unsigned number;    /* of the next block */
    const FlatView *fv; /* of the block that is being printed */
} ViewPrinter;

/* ---- Nodes ------------------------------------------------------------------------------ */

/* Prints a node, its entries one blank deeper, and after each entry of an inner node the child
 * that belongs to it. */
static void print_node(FILE *out, const RangeNode *node, unsigned height, unsigned level)
{
    int indent = 3 + (int)level;

    fprintf(out, "%*s%s of %u\n", indent, "", height ? "node" : "leaf", node->count);
    for (unsigned i = 0; i < node->count; i++) {
        fprintf(out, "%*s#%u .." TARGET_FMT_plx, indent + 1, "", i, node->last[i]);
        if (height) {
            fputc('\n', out);
            print_node(out, node->child[i], height - 1, level + 2);
        } else {
            fprintf(out, " %s\n", region_label(node->range[i].mr));
        }
    }
}

static void print_nodes(FILE *out, const RangeTree *tree)
{
    fprintf(out, "  Nodes (fan-out %d, %u levels, %zu ranges)\n", RANGE_FANOUT,
            tree->root ? tree->height + 1 : 0, tree->ranges);
    if (tree->root) {
        print_node(out, tree->root, tree->height, 0);
    }
}

/* ---- The visitor ------------------------------------------------------------------------ */

static void begin(InspectVisitor *v, const MemoryRegion *target)
{
    ViewPrinter *p = (ViewPrinter *)v;

    (void)target;
    fprintf(p->out, "FlatView #%u\n", p->number++);
}

static void print_space(InspectVisitor *v, const AddressSpace *as)
{
    FILE *out = ((ViewPrinter *)v)->out;
    const MemoryRegion *root = as->root;

    fprintf(out, " AS \"%s\", root: %s", as->name, root ? region_label(root) : "(ended)");
    if (root && region_target(root)) {
        fprintf(out, ", alias %s", region_label(root->alias));
    }
    fputc('\n', out);
}

static void print_view(InspectVisitor *v, const FlatView *fv)
{
    ViewPrinter *p = (ViewPrinter *)v;

    p->fv = fv;
    fprintf(p->out, " Root memory region: %s\n", fv->key ? region_label(fv->key) : "(none)");
    if (!fv->ranges) {
        fputs("  No rendered FlatView\n", p->out);
    }
}

static const char *range_kind(const Range *range)
{
    return range->readonly ? "rom" : inspect_region_kind(range->mr);
}

static void print_range(InspectVisitor *v, const Range *range)
{
    const ViewPrinter *p = (ViewPrinter *)v;

    fprintf(p->out, "  " TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %" PRId32 ", %s%s): %s",
            range->start, range->last, range->mr->priority, range->nonvolatile ? "nv-" : "",
            range_kind(range), region_label(range->mr));
    if (range->offset) {
        fprintf(p->out, " @" TARGET_FMT_plx, range->offset);
    }
    if (p->owner) {
        inspect_owner_print(p->out, range->mr);
    }
    fputc('\n', p->out);
}

static void end(InspectVisitor *v)
{
    const ViewPrinter *p = (ViewPrinter *)v;

    if (p->nodes) {
        RangeTree tree = view_tree(p->fv);
        print_nodes(p->out, &tree);
    }
    fputc('\n', p->out);
}

void memory_context_print_views(MemoryContext *ctx, FILE *out, bool nodes, bool owner)
{
    CONTEXT_LOCK(ctx);
    ViewPrinter p = {
        .visitor = {
            .begin = begin,
            .space = print_space,
            .view = print_view,
            .range = print_range,
            .end = end,
        },
        .out = out,
        .nodes = nodes,
        .owner = owner,
    };

    inspect_walk_views(ctx, &p.visitor);
}
