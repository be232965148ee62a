/* SPDX-License-Identifier: MIT
 *
 * The check of the space of ports (check.h). An x86 CPU has 65536 ports. A device that the board
 * put at a higher number cannot be reached.
 */
#include "check/check.h"

enum { PORTS = 1 << 16 };

static bool is_ports(const MtreeBlock *block)
{
    return block->has_space &&
           g_ptr_array_find_with_equal_func(block->names, "I/O", g_str_equal, NULL);
}

bool check_is_bad_port(const MtreeLine *line)
{
    return line->parent && !line->parent->parent && is_ports(line->block) &&
           (Int128)line->offset + mtree_size(line) > PORTS && mtree_size(line) > 0;
}

static void tell_tree(CheckRun *run)
{
    for (guint i = 0; i < run->tree->lines->len; i++) {
        const MtreeLine *line = run->tree->lines->pdata[i];
        if (check_is_asked(line) && !line->disabled && check_is_bad_port(line)) {
            check_tell(run, line, NULL,
                       "%s is at the ports 0x%" PRIx64 "-0x%" PRIx64
                       ", but the last one is 0xffff",
                       check_self(run, line), line->offset,
                       (hwaddr)(line->offset + (hwaddr)(mtree_size(line) - 1)));
        }
    }
}

static void tell_view(CheckRun *run, const FlatBlock *view)
{
    for (guint i = 0; i < view->ranges->len; i++) {
        const FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        if (range->last >= PORTS) {
            check_tell_range(run, range,
                             "'%s' is at the ports 0x%" PRIx64 "-0x%" PRIx64
                             ", but the last one is 0xffff",
                             range->name, range->start, range->last);
        }
    }
}

void check_port_beyond_64k(CheckRun *run)
{
    if (run->tree) {
        tell_tree(run);
        return;
    }
    for (guint i = 0; i < run->views->blocks->len; i++) {
        const FlatBlock *view = run->views->blocks->pdata[i];
        if (mtree_flat_has_name(view, "I/O")) {
            tell_view(run, view);
        }
    }
}
