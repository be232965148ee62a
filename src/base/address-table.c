/* SPDX-License-Identifier: MIT
 *
 * The hash table of address-table.h: an array of chains. It doubles when there are twice as many
 * entries as chains, and never shrinks.
 */
#include "base/address-table.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { FIRST_SIZE = 8 };

/* Addresses in one block of 2^BLOCK_BITS bytes have buckets next to each other, one for each
 * 2^UNIT_BITS bytes. So a program that goes through an array of regions finds most buckets in the
 * processor's cache. The blocks are spread: bit n of the product depends on the bits 0 to n of the
 * block's number, so the first bucket of a block is taken from bit 32 on. */
enum { UNIT_BITS = 8, BLOCK_BITS = 14 };

static AddressEntry **bucket(const AddressTable *table, const void *address)
{
    uint64_t at = (uintptr_t)address;
    uint64_t first = (at >> BLOCK_BITS) * 0x9e3779b97f4a7c15u >> 32;
    uint64_t unit = at >> UNIT_BITS & ((1 << (BLOCK_BITS - UNIT_BITS)) - 1);

    return &table->buckets[(first + unit) & (table->size - 1)];
}
static void link_entry(AddressTable *table, AddressEntry *entry)
{
    AddressEntry **head = bucket(table, entry->address);

    entry->next = *head;
    *head = entry;
}

static size_t next_size(const AddressTable *table)
{
    return table->size ? table->size * 2 : FIRST_SIZE;
}

/* Moves all entries to 'buckets', an array of next_size() empty buckets. */
static void grow(AddressTable *table, AddressEntry **buckets)
{
    AddressTable old = *table;

    table->size = next_size(table);
    table->buckets = buckets;
    for (size_t i = 0; i < old.size; i++) {
        for (AddressEntry *entry = old.buckets[i], *next; entry; entry = next) {
            next = entry->next;
            link_entry(table, entry);
        }
    }
    free(old.buckets);
}

static void enter(AddressTable *table, AddressEntry *entry, const void *address)
{
    entry->address = address;
    link_entry(table, entry);
    table->count++;
}

AddressEntry *address_table_find(const AddressTable *table, const void *address)
{
    AddressEntry *entry = table->size ? *bucket(table, address) : NULL;

    while (entry && entry->address != address) {
        entry = entry->next;
    }
    return entry;
}

/* Doubles the table. If the host has no memory, the table keeps its size. */
static void try_grow(AddressTable *table)
{
    AddressEntry **buckets = calloc(next_size(table), sizeof(*buckets));

    if (buckets) {
        grow(table, buckets);
    }
}

bool address_table_try_add(AddressTable *table, AddressEntry *entry, const void *address)
{
    if (table->count >= 2 * table->size) {
        try_grow(table);
    }
    if (!table->buckets) {
        return false;
    }
    enter(table, entry, address);
    return true;
}

void address_table_add(AddressTable *table, AddressEntry *entry, const void *address)
{
    if (!table->buckets) {
        grow(table, alloc_zero(next_size(table) * sizeof(*table->buckets)));
    }
    address_table_try_add(table, entry, address);
}

void address_table_remove(AddressTable *table, AddressEntry *entry)
{
    AddressEntry **link = bucket(table, entry->address);

    while (*link != entry) {
        link = &(*link)->next;
    }
    *link = entry->next;
    table->count--;
}

AddressEntry *address_table_next(const AddressTable *table, const AddressEntry *entry)
{
    AddressEntry **chain = entry ? bucket(table, entry->address) + 1 : table->buckets;
    AddressEntry *next = entry ? entry->next : NULL;

    for (; !next && chain < table->buckets + table->size; chain++) {
        next = *chain;
    }
    return next;
}

void address_table_clear(AddressTable *table)
{
    free(table->buckets);
    *table = (AddressTable){ 0 };
}
