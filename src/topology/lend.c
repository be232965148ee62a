/* SPDX-License-Identifier: MIT
 *
 * Memory that a device lends for execution (specification section 23). A translator or a CPU that
 * fetches guest code from a device reads the lent memory without a callback for each word. The
 * memory is laid over the device as a window: a read-only RAM region, a subregion of the device
 * with a higher priority than all others. If the device is moved, disabled or shown through an
 * alias, its window goes with it.
 *
 *        device   |-------------------------------|
 *        window           |==========|                read-only RAM, the device's memory
 *                      offset   offset + size
 *
 * The window's owner is a small object of its own, on which the container, views and maps have
 * references. A window that is taken back is out of the map at once, and ends when the last reader
 * has left. A device that ends removes its windows, as it removes all its subregions.
 */
#include <limits.h>
#include <stdlib.h>

#include <physmem/historic.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/wide.h"
#include "region/region.h"
#include "topology/tell.h"
#include "topology/topology.h"

#define TYPE_LENT_WINDOW "physmem:lent-window"

typedef struct LentWindow {
    Object parent_obj;
    MemoryRegion mr;
} LentWindow;

static const TypeInfo lent_window_type = {
    .name = TYPE_LENT_WINDOW,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(LentWindow),
};

__attribute__((constructor)) static void register_type(void)
{
    type_register_static(&lent_window_type);
}

/* A device's answer: it lends its bytes [offset, offset + size), which are at 'host'. */
typedef struct Loan {
    void *host;
    unsigned offset;
    unsigned size;
} Loan;

/* Returns a window that touches [first, last] of the device, or NULL. It may be disabled. */
static MemoryRegion *find_window(const MemoryRegion *device, hwaddr first, hwaddr last)
{
    MemoryRegion *sub;
    TAILQ_FOREACH(sub, &device->subregions, siblings) {
        if (sub->lent && sub->addr <= last && sub->addr + region_last(sub) >= first) {
            break;
        }
    }
    return sub;
}

/* ---- Lending ---------------------------------------------------------------------------- */

/* Returns why the loan cannot be laid over the device, or NULL if it can. */
static const char *refusal(const MemoryRegion *device, hwaddr addr, const Loan *loan)
{
    Int128 end = wide_sum(loan->offset, loan->size);
    if (addr < loan->offset || int128_ge(int128_make64(addr), end)) {
        return "that does not contain the address";
    }
    if (int128_gt(end, device->size)) {
        return "that is not inside the region";
    }
    if (find_window(device, loan->offset, int128_getlo(end) - 1)) {
        return "a part of that is lent already";
    }
    return NULL;
}

/* Makes a window that is in no container yet. The device's context must be the current one. If the
 * host has no usable memory at loan->host, the window's region is not made
 * (memory_region_was_made()). */
static LentWindow *window_new(const MemoryRegion *device, const Loan *loan)
{
    LentWindow *window = (LentWindow *)object_new(TYPE_LENT_WINDOW);
    char *name = alloc_printf("%s.lent", region_label(device));
    memory_region_init_ram_ptr(&window->mr, OBJECT(window), name, loan->size, loan->host);
    free(name);
    window->mr.readonly = true;
    window->mr.skip_dump = true;
    window->mr.lent = true;
    return window;
}

/* Makes a window and puts it over the device. The container then holds the only reference. */
static bool lay_over(MemoryRegion *device, const Loan *loan)
{
    MemoryContext *current = memory_context_set_current(device->parent_obj.context);
    LentWindow *window = window_new(device, loan);
    if (memory_region_was_made(&window->mr)) {
        memory_region_add_subregion_overlap(device, loan->offset, &window->mr, INT_MAX);
    }
    bool placed = window->mr.container == device;
    object_unref(window);
    memory_context_set_current(current);
    return placed;
}

/* Asks the device for a loan that contains addr. False if it lends none. */
static bool ask(MemoryRegion *device, hwaddr addr, Loan *loan)
{
    if (!device->ops->request_ptr) {
        return false;
    }
    loan->host = device->ops->request_ptr(device->opaque, addr, &loan->size, &loan->offset);
    return loan->host && loan->size;
}

bool memory_region_request_mmio_ptr(MemoryRegion *mr, hwaddr addr)
{
    MemoryContext *ctx = mr->parent_obj.context;
    CONTEXT_LOCK(ctx);
    if (telling_refuses(ctx, __func__)) {
        return false;
    }
    if (find_window(mr, addr, addr)) {
        return true;
    }
    Loan loan = { 0 };
    if (!ask(mr, addr, &loan)) {
        return false;
    }
    const char *why = refusal(mr, addr, &loan);
    if (why) {
        return misuse(ctx, "%s: '%s' lends 0x%x bytes at 0x%x for address 0x%" PRIx64 ": %s",
                      __func__, region_label(mr), loan.size, loan.offset, addr, why);
    }
    return lay_over(mr, &loan);
}

/* ---- Taking back ------------------------------------------------------------------------ */

void memory_region_invalidate_mmio_ptr(MemoryRegion *mr, hwaddr offset, unsigned size)
{
    if (!size || !transaction_begin(mr->parent_obj.context, __func__)) {
        return;
    }
    hwaddr last = size - 1 > HWADDR_MAX - offset ? HWADDR_MAX : offset + size - 1;
    MemoryRegion *window;
    while ((window = find_window(mr, offset, last))) {
        memory_region_del_subregion(mr, window);
    }
    transaction_commit(mr->parent_obj.context);
}
