/* SPDX-License-Identifier: MIT
 *
 * The heap of index-heap.h: a binary heap in an array.
 */
#define _GNU_SOURCE /* reallocarray */
#include "base/index-heap.h"

#include <stdbool.h>
#include <stdlib.h>

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;

    *a = *b;
    *b = t;
}

static bool has_room(IndexHeap *heap)
{
    size_t room = heap->room ? heap->room * 2 : 4;

    if (heap->count < heap->room) {
        return true;
    }
    uint32_t *items = reallocarray(heap->items, room, sizeof(*items));
    if (items) {
        heap->items = items;
        heap->room = room;
    }
    return items != NULL;
}

void index_heap_push(IndexHeap *heap, uint32_t index)
{
    if (!has_room(heap)) {
        return;
    }
    size_t i = heap->count++;

    heap->items[i] = index;
    while (i && heap->items[i] < heap->items[(i - 1) / 2]) {
        swap(&heap->items[i], &heap->items[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static size_t smaller_child(const IndexHeap *heap, size_t i)
{
    size_t left = 2 * i + 1;

    return left + 1 < heap->count && heap->items[left + 1] < heap->items[left] ? left + 1 : left;
}

uint32_t index_heap_pop(IndexHeap *heap)
{
    uint32_t smallest = heap->items[0];
    size_t i = 0;

    heap->items[0] = heap->items[--heap->count];
    while (2 * i + 1 < heap->count) {
        size_t child = smaller_child(heap, i);

        if (heap->items[i] <= heap->items[child]) {
            break;
        }
        swap(&heap->items[i], &heap->items[child]);
        i = child;
    }
    return smallest;
}

void index_heap_clear(IndexHeap *heap)
{
    free(heap->items);
    *heap = (IndexHeap){ 0 };
}
