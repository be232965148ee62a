/* SPDX-License-Identifier: MIT
 *
 * The hash table of name-table.h: an array of chains. It doubles when there are twice as many
 * entries as chains. It never shrinks, because an object seldom loses many children before the
 * machine ends.
 */
#include "base/name-table.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { FIRST_SIZE = 8 };

/* FNV-1a of all characters but the digits. The digits are read as one number. Names whose numbers
 * lie in one block of 2^BLOCK_BITS have hashes next to each other. So names that are counted
 * through, as "ram[0]", "ram[1]" and so on, are next to each other in a table, and a machine that
 * makes or ends them in order finds most of them in the processor's cache. The blocks are spread:
 * names often hold addresses, whose lowest digits are the same. The upper half of the product
 * depends on all bits of the block's number. */
enum { BLOCK_BITS = 6 };

uint32_t name_hash(const char *name)
{
    uint32_t hash = 2166136261u;
    uint64_t number = 0;

    for (; *name; name++) {
        unsigned digit = (unsigned char)*name - (unsigned)'0';
        if (digit < 10) {
            number = number * 10 + digit;
        } else {
            hash = (hash ^ (unsigned char)*name) * 16777619u;
        }
    }
    uint64_t first = (hash + (number >> BLOCK_BITS)) * 0x9e3779b97f4a7c15u >> 32;
    return (uint32_t)first + (uint32_t)(number & ((1 << BLOCK_BITS) - 1));
}

static NameEntry **bucket(const NameTable *table, uint32_t hash)
{
    return &table->buckets[hash & (table->size - 1)];
}

static void link_entry(NameTable *table, NameEntry *entry)
{
    NameEntry **head = bucket(table, entry->hash);

    entry->next = *head;
    *head = entry;
}

static void begin(NameTable *table)
{
    table->buckets = alloc_zero(FIRST_SIZE * sizeof(*table->buckets));
    table->size = FIRST_SIZE;
}

/* Doubles the table. If the host has no memory, the table keeps its size. */
static void try_grow(NameTable *table)
{
    NameTable old = *table;
    NameEntry **buckets = calloc(old.size * 2, sizeof(*buckets));

    if (!buckets) {
        return;
    }
    table->size = old.size * 2;
    table->buckets = buckets;
    for (size_t i = 0; i < old.size; i++) {
        for (NameEntry *entry = old.buckets[i], *next; entry; entry = next) {
            next = entry->next;
            link_entry(table, entry);
        }
    }
    free(old.buckets);
}

static NameEntry *find(const NameTable *table, const char *name, uint32_t hash)
{
    NameEntry *entry = table->size ? *bucket(table, hash) : NULL;

    while (entry && (entry->hash != hash || strcmp(entry->name, name) != 0)) {
        entry = entry->next;
    }
    return entry;
}

NameEntry *name_table_find(const NameTable *table, const char *name)
{
    return find(table, name, name_hash(name));
}

static void make_room(NameTable *table)
{
    if (!table->buckets) {
        begin(table);
    } else if (table->count >= 2 * table->size) {
        try_grow(table);
    }
}

NameEntry *name_table_add(NameTable *table, NameEntry *entry)
{
    uint32_t hash = name_hash(entry->name);
    NameEntry *taken = find(table, entry->name, hash);

    if (!taken) {
        make_room(table);
        entry->hash = hash;
        link_entry(table, entry);
        table->count++;
    }
    return taken;
}

void name_table_remove(NameTable *table, NameEntry *entry)
{
    NameEntry **link = bucket(table, entry->hash);

    while (*link != entry) {
        link = &(*link)->next;
    }
    *link = entry->next;
    table->count--;
}

void name_table_clear(NameTable *table)
{
    free(table->buckets);
    *table = (NameTable){ 0 };
}
