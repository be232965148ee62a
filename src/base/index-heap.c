/* SPDX-License-Identifier: MIT
 *
 * The heap of index-heap.h: a binary heap in an array. A machine mostly ends its regions in order,
 * so the numbers mostly come in ascending order. While they do, they are a queue, whose front moves
 * through the array. A sorted array is a heap, so the queue becomes one without sorting.
 */
#define _GNU_SOURCE /* reallocarray */
#include "base/index-heap.h"

#include <stdlib.h>
#include <string.h>

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;

    *a = *b;
    *b = t;
}

/* Moves the numbers to the beginning of the array. */
static void close_up(IndexHeap *heap)
{
    if (heap->first) {
        memmove(heap->items, heap->items + heap->first, heap->count * sizeof(*heap->items));
        heap->first = 0;
    }
}

/* Returns whether a number can be put behind the others. */
static bool has_room(IndexHeap *heap)
{
    if (heap->first + heap->count < heap->room) {
        return true;
    }
    if (heap->first > heap->room / 2) {
        close_up(heap);
        return true;
    }
    size_t room = heap->room ? heap->room * 2 : 4;
    uint32_t *items = reallocarray(heap->items, room, sizeof(*items));
    if (items) {
        heap->items = items;
        heap->room = room;
    }
    return items != NULL;
}

/* Moves the last number of a heap up to its place. */
static void sift_up(IndexHeap *heap)
{
    size_t i = heap->count - 1;

    while (i && heap->items[i] < heap->items[(i - 1) / 2]) {
        swap(&heap->items[i], &heap->items[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

void index_heap_push(IndexHeap *heap, uint32_t index)
{
    if (!has_room(heap)) {
        return;
    }
    size_t end = heap->first + heap->count++;

    heap->items[end] = index;
    if (heap->count == 1) {
        heap->ascending = true;
    } else if (!heap->ascending || index < heap->items[end - 1]) {
        heap->ascending = false;
        close_up(heap);
        sift_up(heap);
    }
}

static size_t smaller_child(const IndexHeap *heap, size_t i)
{
    size_t left = 2 * i + 1;

    return left + 1 < heap->count && heap->items[left + 1] < heap->items[left] ? left + 1 : left;
}

static uint32_t pop_heap(IndexHeap *heap)
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

uint32_t index_heap_pop(IndexHeap *heap)
{
    if (heap->ascending) {
        heap->count--;
        return heap->items[heap->first++];
    }
    return pop_heap(heap);
}

void index_heap_clear(IndexHeap *heap)
{
    free(heap->items);
    *heap = (IndexHeap){ 0 };
}
