/* SPDX-License-Identifier: MIT
 *
 * A heap of numbers, which gives out the smallest one first. child-names.c keeps the free indexes
 * of children named "name[*]" in such heaps.
 */
#ifndef BASE_INDEX_HEAP_H
#define BASE_INDEX_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct IndexHeap {
    uint32_t *items;
    size_t first; /* where the numbers begin; 0 unless they are 'ascending' */
    size_t count;
    size_t room;
    bool ascending; /* they are sorted; otherwise they only are a heap */
} IndexHeap;

/* Adds a number. If the host has no memory, the number is lost: no child gets that index again. */
void index_heap_push(IndexHeap *heap, uint32_t index);

/* Removes the smallest number and returns it. The heap must not be empty. */
uint32_t index_heap_pop(IndexHeap *heap);

/* Frees the array and leaves an empty heap. */
void index_heap_clear(IndexHeap *heap);

#endif
