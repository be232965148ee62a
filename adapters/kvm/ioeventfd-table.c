/* SPDX-License-Identifier: MIT
 *
 * The table of ioeventfds (ioeventfd-table.h). Called by ioeventfds.c.
 */
#include "ioeventfd-table.h"

#include <stdlib.h>
#include <string.h>

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_place(const KvmIoeventfd *a, const KvmIoeventfd *b)
{
    return a->pio != b->pio ? a->pio - b->pio : order(a->addr, b->addr);
}

/* The library's order is by size, match_data, data and notifier (specification 18). Data counts
 * even if it is not matched. */
static int compare(const KvmIoeventfd *a, const KvmIoeventfd *b)
{
    int place = compare_place(a, b);

    if (place != 0) {
        return place;
    }
    if (a->size != b->size) {
        return order(a->size, b->size);
    }
    if (a->match_data != b->match_data) {
        return a->match_data - b->match_data;
    }
    if (a->data != b->data) {
        return order(a->data, b->data);
    }
    return order((uintptr_t)a->e, (uintptr_t)b->e);
}

bool kvm_ioeventfd_is_beside(const KvmIoeventfd *a, const KvmIoeventfd *b)
{
    return compare_place(a, b) == 0;
}

bool kvm_ioeventfd_is_equal(const KvmIoeventfd *a, const KvmIoeventfd *b)
{
    return compare(a, b) == 0;
}

size_t kvm_ioeventfd_table_find_after(const KvmIoeventfdTable *table, const KvmIoeventfd *x)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&table->entry[middle], x) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool make_room(KvmIoeventfdTable *table)
{
    size_t room = table->room ? 2 * table->room : 16;
    KvmIoeventfd *entry;

    if (table->count < table->room) {
        return true;
    }
    entry = realloc(table->entry, room * sizeof(*entry));
    if (!entry) {
        return false;
    }
    table->entry = entry;
    table->room = room;
    return true;
}

bool kvm_ioeventfd_table_insert(KvmIoeventfdTable *table, const KvmIoeventfd *x)
{
    size_t at = kvm_ioeventfd_table_find_after(table, x);

    if (!make_room(table)) {
        return false;
    }
    memmove(&table->entry[at + 1], &table->entry[at], (table->count - at) * sizeof(*x));
    table->entry[at] = *x;
    table->count++;
    return true;
}

void kvm_ioeventfd_table_remove(KvmIoeventfdTable *table, size_t index)
{
    table->count--;
    memmove(&table->entry[index], &table->entry[index + 1],
            (table->count - index) * sizeof(table->entry[0]));
}
