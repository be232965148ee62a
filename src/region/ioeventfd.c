/* SPDX-License-Identifier: MIT
 *
 * The ioeventfds of one region (specification section 18): edits of the table, its publication,
 * and the search for the entry that a write signals. The public edits are in
 * topology/ioeventfd-edit.c. topology/ioeventfds.c tells listeners where in their space they are.
 */
#include "region/ioeventfd.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "region/room.h"

#define COMPARE(x, y) (((x) > (y)) - ((x) < (y)))

int ioeventfd_compare(const MemoryRegionIoeventfd *a, const MemoryRegionIoeventfd *b)
{
    int order = COMPARE(a->addr, b->addr);
    order = order ? order : COMPARE(a->size, b->size);
    order = order ? order : COMPARE(a->match_data, b->match_data);
    order = order ? order : COMPARE(a->data, b->data);
    return order ? order : COMPARE((uintptr_t)a->e, (uintptr_t)b->e);
}

size_t ioeventfd_table_seek(const IoeventfdTable *table, hwaddr addr)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->entry[middle].addr < addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* ---- Edits ------------------------------------------------------------------------------ */

static void forget_edit(IoeventfdTable *table)
{
    LIST_REMOVE(table, link);
    region_extras_made(table->mr)->ioeventfds_next = NULL;
}

static IoeventfdTable *copy_table(MemoryRegion *mr, const IoeventfdTable *from)
{
    size_t count = from ? from->count : 0;
    size_t room = count + count / 2 + 1; /* a transaction may add many */
    IoeventfdTable *table = alloc_zero(sizeof(*table) + room * sizeof(table->entry[0]));
    table->mr = mr;
    table->count = count;
    table->room = room;
    if (count) {
        memcpy(table->entry, from->entry, count * sizeof(table->entry[0]));
    }
    return table;
}

/* Returns the edited table of the open transaction, with room for one more entry. Makes it if this
 * is the first edit. */
static IoeventfdTable *edited_table(MemoryRegion *mr)
{
    IoeventfdTable *old = region_extras(mr)->ioeventfds_next;
    if (old && old->count < old->room) {
        return old;
    }
    IoeventfdTable *table = copy_table(mr, old ? old : region_extras(mr)->ioeventfds);
    if (old) {
        forget_edit(old);
        free(old);
    }
    LIST_INSERT_HEAD(&mr->parent_obj.context->region->edited_ioeventfds, table, link);
    region_extras_made(mr)->ioeventfds_next = table;
    return table;
}

void ioeventfd_table_add(MemoryRegion *mr, const MemoryRegionIoeventfd *x)
{
    IoeventfdTable *table = edited_table(mr);
    size_t i = ioeventfd_table_seek(table, x->addr);
    while (i < table->count && ioeventfd_compare(&table->entry[i], x) <= 0) {
        i++;
    }
    memmove(&table->entry[i + 1], &table->entry[i], (table->count - i) * sizeof(*x));
    table->entry[i] = *x;
    table->count++;
}

/* Whether the same writes signal both, and the same notifier. 'data' counts only if it is
 * matched. */
static bool is_alike(const MemoryRegionIoeventfd *a, const MemoryRegionIoeventfd *b)
{
    return a->addr == b->addr && a->size == b->size && a->match_data == b->match_data &&
           (!a->match_data || a->data == b->data) && a->e == b->e;
}

/* Returns the index of the entry that is equal, else of one that is alike; table->count if there
 * is neither. */
static size_t find(const IoeventfdTable *table, const MemoryRegionIoeventfd *x)
{
    size_t found = table->count;
    for (size_t i = ioeventfd_table_seek(table, x->addr);
         i < table->count && table->entry[i].addr == x->addr; i++) {
        if (!ioeventfd_compare(&table->entry[i], x)) {
            return i;
        }
        if (is_alike(&table->entry[i], x)) {
            found = i;
        }
    }
    return found;
}

bool ioeventfd_table_remove(MemoryRegion *mr, const MemoryRegionIoeventfd *x)
{
    IoeventfdTable *table = edited_table(mr);
    size_t i = find(table, x);
    if (i == table->count) {
        return false;
    }
    table->count--;
    memmove(&table->entry[i], &table->entry[i + 1], (table->count - i) * sizeof(*x));
    return true;
}

/* ---- Publication ------------------------------------------------------------------------ */

static void free_table(Deferred *d)
{
    free((char *)d - offsetof(IoeventfdTable, deferred));
}

/* Replaces the table that accesses search. The old one is freed after a grace period. */
static void publish(IoeventfdTable *next)
{
    MemoryRegion *mr = next->mr;
    IoeventfdTable *old = region_extras(mr)->ioeventfds;
    forget_edit(next);
    mr->parent_obj.context->region->ioeventfds += next->count;
    __atomic_store_n(&region_extras_made(mr)->ioeventfds, next->count ? next : NULL,
                     __ATOMIC_RELEASE);
    region_extras_review(mr);
    if (!next->count) {
        free(next);
    }
    if (old) {
        mr->parent_obj.context->region->ioeventfds -= old->count;
        context_defer(mr->parent_obj.context, &old->deferred, free_table);
    }
}

void ioeventfd_tables_publish(MemoryContext *ctx)
{
    IoeventfdTable *table;
    while ((table = LIST_FIRST(&ctx->region->edited_ioeventfds))) {
        publish(table);
    }
}

void ioeventfd_tables_drop(MemoryRegion *mr)
{
    IoeventfdTable *next = region_extras(mr)->ioeventfds_next;
    IoeventfdTable *table = region_extras(mr)->ioeventfds;
    if (next) {
        forget_edit(next);
        free(next);
    }
    if (table) {
        mr->parent_obj.context->region->ioeventfds -= table->count;
        free(table);
    }
}

/* ---- Matching --------------------------------------------------------------------------- */

/* Whether a write of this size and value signals the ioeventfd. */
static bool is_for(const MemoryRegionIoeventfd *x, unsigned size, uint64_t val)
{
    uint64_t mask = UINT64_MAX >> (64 - 8 * size);
    return !x->size || (x->size == size && (!x->match_data || x->data == (val & mask)));
}

bool ioeventfd_signal(const MemoryRegion *mr, hwaddr addr, unsigned size, uint64_t val)
{
    READ_SECTION;
    const IoeventfdTable *table =
        __atomic_load_n(&region_extras(mr)->ioeventfds, __ATOMIC_CONSUME);
    if (!table) {
        return false;
    }
    for (size_t i = ioeventfd_table_seek(table, addr); i < table->count; i++) {
        const MemoryRegionIoeventfd *x = &table->entry[i];
        if (x->addr != addr) {
            break;
        }
        if (is_for(x, size, val)) {
            event_notifier_set(x->e);
            return true;
        }
    }
    return false;
}
