/* SPDX-License-Identifier: MIT
 *
 * A heap of numbers, which gives out the smallest one first. object-tree.c keeps in it the free
 * indexes of children named "name[*]".
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

/* Adds a number. If there is no memory for it, it is lost. */
void index_heap_push(IndexHeap *heap, uint32_t index);

/* Removes the smallest number and returns it. The heap must not be empty. */
uint32_t index_heap_pop(IndexHeap *heap);

/* Frees the numbers. */
void index_heap_clear(IndexHeap *heap);

#endif
