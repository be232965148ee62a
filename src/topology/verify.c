/* SPDX-License-Identifier: MIT
 *
 * The debug mode that checks every commit (memory_context_set_verify()). It compares each
 * published view with one that the oracle renders from scratch, and each list of ioeventfds with
 * those of the regions. If there is a difference, it prints it and aborts. commit.c calls it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "region/region.h"
#include "topology/ioeventfds.h"
#include "topology/topology.h"
#include "view/render.h"
#include "view/view.h"

static void print_range(const char *source, const Range *r)
{
    if (!r) {
        fprintf(stderr, "  %-9s nothing more\n", source);
        return;
    }
    fprintf(stderr,
            "  %-9s " TARGET_FMT_plx "-" TARGET_FMT_plx " %s @" TARGET_FMT_plx " mask %x%s%s%s\n",
            source, r->start, r->last, region_label(r->mr), r->offset, r->dirty_mask,
            r->romd ? " romd" : "", r->readonly ? " readonly" : "",
            r->nonvolatile ? " nonvolatile" : "");
}

static void compare(const SpacePrivate *s, const RangeTree *view, const RangeTree *truth)
{
    RangeCursor a, b;
    const Range *x = range_tree_seek(view, 0, &a), *y = range_tree_seek(truth, 0, &b);
    while (x && y && range_identical(x, y)) {
        x = range_cursor_next(&a);
        y = range_cursor_next(&b);
    }
    if (x || y) {
        fprintf(stderr, "physmem: the view of address space '%s' is not what its regions show:\n",
                s->as->name);
        print_range("view", x);
        print_range("rendered", y);
        abort();
    }
}

void topology_verify(MemoryContext *ctx)
{
    SpacePrivate *s;
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        bool collapsed = ctx->quirks & MEMORY_QUIRK_COLLAPSED_ROOT;
        RangeTree view = view_tree(s->as->current_map);
        RangeTree truth = oracle_render(collapsed ? s->slot->key : s->as->root);
        compare(s, &view, &truth);
        range_tree_clear(&truth);
    }
    ioeventfds_verify(ctx);
}

void memory_context_set_verify(MemoryContext *ctx, bool on)
{
    CONTEXT_LOCK(ctx);
    ctx->topology->verify = on;
}
