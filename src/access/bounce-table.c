/* SPDX-License-Identifier: MIT
 *
 * Chained hashing that doubles (bounce-table.h). It never shrinks: the limit of its pool limits its
 * size, too.
 */
#include "access/bounce-table.h"

#include <stdlib.h>

enum { FIRST_SIZE = 16 };

/* The upper half of a product depends on all bits of the factors. */
static Bounce **bucket(const BounceTable *table, const void *data)
{
    uint64_t hash = (uintptr_t)data / _Alignof(Bounce) * UINT64_C(0x9e3779b97f4a7c15);
    return &table->buckets[(hash >> 32) & (table->size - 1)];
}

static void link_buffer(BounceTable *table, Bounce *b)
{
    Bounce **head = bucket(table, b->data);
    b->next = *head;
    *head = b;
}

static void move_all(BounceTable *to, const BounceTable *from)
{
    for (size_t i = 0; i < from->size; i++) {
        for (Bounce *b = from->buckets[i], *next; b; b = next) {
            next = b->next;
            link_buffer(to, b);
        }
    }
}

static void grow(BounceTable *table)
{
    BounceTable larger = { .size = table->size ? table->size * 2 : FIRST_SIZE,
                           .count = table->count };
    larger.buckets = calloc(larger.size, sizeof(*larger.buckets));
    if (larger.buckets) {
        move_all(&larger, table);
        free(table->buckets);
        *table = larger;
    }
}

bool access_bounce_table_add(BounceTable *table, Bounce *b)
{
    if (table->count >= table->size) {
        grow(table);
    }
    if (!table->buckets) {
        return false;
    }
    link_buffer(table, b);
    table->count++;
    return true;
}

Bounce *access_bounce_table_take(BounceTable *table, const void *data)
{
    if (!table->count) {
        return NULL;
    }
    Bounce **link = bucket(table, data);
    while (*link && (*link)->data != data) {
        link = &(*link)->next;
    }
    Bounce *found = *link;
    if (found) {
        *link = found->next;
        table->count--;
    }
    return found;
}

void access_bounce_table_free(BounceTable *table)
{
    free(table->buckets);
    *table = (BounceTable){ 0 };
}
