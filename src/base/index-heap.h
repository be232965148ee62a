/* SPDX-License-Identifier: MIT
 *
 * A heap of numbers: put in any, take out the smallest.
 */
#ifndef BASE_INDEX_HEAP_H
#define BASE_INDEX_HEAP_H

#include <stddef.h>
#include <stdint.h>

typedef struct IndexHeap {
    uint32_t *items;
    size_t count;
    size_t room;
} IndexHeap;

/* Without memory for one more number, the number is lost. */
void index_heap_push(IndexHeap *heap, uint32_t index);

/* The heap must not be empty. */
uint32_t index_heap_pop(IndexHeap *heap);

void index_heap_clear(IndexHeap *heap);

#endif
