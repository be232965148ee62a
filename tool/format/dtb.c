/* SPDX-License-Identifier: MIT
 *
 * Reads the numbers of a device tree blob that fdt_check_full() has found whole (dtb.h).
 */
#include "format/dtb.h"

#include <libfdt.h>

/* The cells of a property that are not read yet. */
typedef struct Cells {
    const fdt32_t *at;
    int left;
    bool odd;    /* the property ends inside a cell */
    bool broken; /* some number of this entry does not fit into 64 bits */
} Cells;

static Cells cells_of(const void *fdt, int node, const char *property)
{
    int length;
    const void *value = fdt_getprop(fdt, node, property, &length);

    return (Cells){ .at = value,
                    .left = value ? length / (int)sizeof(fdt32_t) : 0,
                    .odd = value && length % (int)sizeof(fdt32_t) };
}

static hwaddr take(Cells *cells, int count)
{
    hwaddr value = 0;

    for (; count > 0; count--, cells->left--) {
        cells->broken |= value >> 32 != 0;
        value = value << 32 | fdt32_ld(cells->at++);
    }
    return value;
}

bool dtb_cells(const void *fdt, int node, DtbCells *cells)
{
    cells->address = fdt_address_cells(fdt, node);
    cells->size = fdt_size_cells(fdt, node);
    return cells->address > 0 && cells->size >= 0;
}

/* Whether the library can have a region there. */
static bool is_good(const DtbWindow *w)
{
    return w->size > 0 && w->size != int128_2_64() - 1 && w->from + w->size <= int128_2_64() &&
           w->to + w->size <= int128_2_64();
}

static void add(GArray *windows, const DtbWindow *window, Cells *cells, bool *broken)
{
    if (is_good(window) && !cells->broken) {
        g_array_append_vals(windows, window, 1);
    } else {
        *broken |= window->size > 0;
    }
    cells->broken = false;
}

GArray *dtb_regs(const void *fdt, int node, DtbCells cells, bool *broken)
{
    GArray *regs = g_array_new(FALSE, FALSE, sizeof(DtbWindow));
    Cells reg = cells_of(fdt, node, "reg");
    int entry = cells.address + cells.size;

    while (reg.left >= entry && cells.size) {
        DtbWindow window = { .from = take(&reg, cells.address) };
        window.to = window.from;
        window.size = take(&reg, cells.size);
        add(regs, &window, &reg, broken);
    }
    *broken |= cells.size && (reg.left || reg.odd);
    return regs;
}

GArray *dtb_ranges(const void *fdt, int node, DtbCells inner, DtbCells outer, bool pci,
                   bool *broken)
{
    GArray *windows = g_array_new(FALSE, FALSE, sizeof(DtbWindow));
    Cells ranges = cells_of(fdt, node, "ranges");
    int entry = inner.address + outer.address + inner.size;

    while (ranges.left >= entry) {
        DtbWindow window = { 0 };
        if (pci) {
            window.space = (unsigned)take(&ranges, 1) >> 24 & 3;
        }
        window.from = take(&ranges, inner.address - pci);
        window.to = take(&ranges, outer.address);
        window.size = take(&ranges, inner.size);
        add(windows, &window, &ranges, broken);
    }
    *broken |= ranges.left || ranges.odd;
    return windows;
}

const char *dtb_string(const void *fdt, int node, const char *property)
{
    int length;
    const char *value = fdt_getprop(fdt, node, property, &length);

    return value && length > 0 && !value[length - 1] ? value : "";
}
