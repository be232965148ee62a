/* SPDX-License-Identifier: MIT
 *
 * The numbers in a device tree blob: what `reg` and `ranges` of a node say. A number takes a few
 * cells of 32 bits; the parent of a node says how many. dtb-text.c makes a map of them.
 */
#ifndef TOOL_FORMAT_DTB_H
#define TOOL_FORMAT_DTB_H

#include "mtree/mtree.h"

/* How many cells an address and a size take among the children of a node. */
typedef struct DtbCells {
    int address, size;
} DtbCells;

/* A stretch of the addresses that children of a node use ('from'), and where its parent sees it. */
typedef struct DtbWindow {
    hwaddr from, to;
    Int128 size;
    unsigned space; /* of PCI: 0 configuration, 1 ports, 2 memory, 3 memory of 64 bits */
} DtbWindow;

bool dtb_cells(const void *fdt, int node, DtbCells *cells);
/* Returns the entries of `reg` as windows with from = to; entries without a size are left out.
 * *broken: some entry is cut or does not fit into 64 bits. */
GArray *dtb_regs(const void *fdt, int node, DtbCells cells, bool *broken);
/* Returns the entries of `ranges`. */
GArray *dtb_ranges(const void *fdt, int node, DtbCells inner, DtbCells outer, bool pci,
                   bool *broken);
/* Returns a string property; "" if there is none. */
const char *dtb_string(const void *fdt, int node, const char *property);

#endif
