/* SPDX-License-Identifier: MIT
 *
 * The view form of `info mtree -f`: which region answers where, one block for all spaces that share
 * a view; on demand the nodes of the tree that accesses search. What was described and is hidden
 * does not show: that is tree.c.
 */
#include <stdlib.h>

#include <physmem/inspect.h>

#include "inspect/text.h"
#include "region/region.h"
#include "view/range-tree.h"
#include "view/view.h"

static void print_space(FILE *out, const AddressSpace *as)
{
    const MemoryRegion *root = as->root;

    fprintf(out, " AS \"%s\", root: %s", as->name, root ? region_label(root) : "(ended)");
    if (root && root->alias) {
        fprintf(out, ", alias %s", region_label(root->alias));
    }
    fputc('\n', out);
}

static const char *range_kind(const Range *range)
{
    return range->readonly ? "rom" : inspect_region_kind(range->mr);
}

static void print_range(FILE *out, const Range *range, bool owner)
{
    fprintf(out, "  " TARGET_FMT_plx "-" TARGET_FMT_plx " (prio %" PRId32 ", %s%s): %s",
            range->start, range->last, range->mr->priority, range->nonvolatile ? "nv-" : "",
            range_kind(range), region_label(range->mr));
    if (range->offset) {
        fprintf(out, " @" TARGET_FMT_plx, range->offset);
    }
    if (owner) {
        inspect_owner_print(out, range->mr);
    }
    fputc('\n', out);
}

static void print_ranges(FILE *out, const RangeTree *tree, bool owner)
{
    RangeCursor cursor;
    const Range *range = range_tree_seek(tree, 0, &cursor);

    if (!range) {
        fputs("  No rendered FlatView\n", out);
    }
    for (; range; range = range_cursor_next(&cursor)) {
        print_range(out, range, owner);
    }
}

/* Depth first, a node before its children; what a node holds stands under it, one blank deeper. */
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

static bool view_printed_before(AddressSpace **spaces, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (spaces[j]->current_map == spaces[i]->current_map) {
            return true;
        }
    }
    return false;
}

static void print_sharers(FILE *out, AddressSpace **spaces, size_t count, size_t i)
{
    for (size_t j = i; j < count; j++) {
        if (spaces[j]->current_map == spaces[i]->current_map) {
            print_space(out, spaces[j]);
        }
    }
}

static void print_view(FILE *out, const FlatView *fv, bool nodes, bool owner)
{
    RangeTree tree = view_tree(fv);

    fprintf(out, " Root memory region: %s\n", fv->key ? region_label(fv->key) : "(none)");
    print_ranges(out, &tree, owner);
    if (nodes) {
        print_nodes(out, &tree);
    }
    fputc('\n', out);
}

void memory_context_print_views(MemoryContext *ctx, FILE *out, bool nodes, bool owner)
{
    CONTEXT_LOCK(ctx);
    unsigned number = 0;
    size_t count;
    AddressSpace **spaces = inspect_spaces_collect(ctx, &count);

    for (size_t i = 0; i < count; i++) {
        if (view_printed_before(spaces, i)) {
            continue;
        }
        fprintf(out, "FlatView #%u\n", number++);
        print_sharers(out, spaces, count, i);
        print_view(out, spaces[i]->current_map, nodes, owner);
    }
    free(spaces);
}
