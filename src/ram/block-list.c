/* SPDX-License-Identifier: MIT
 *
 * The list of a context's blocks, longest first (block-list.h), and the program's walk along it.
 */
#include "ram/block-list.h"

#include <stdlib.h>

#include "base/alloc.h"

/* A run: all blocks of one maximum length, which stand next to each other in the list. A machine
 * may have many blocks, but they have few different lengths, so there are few runs. A new block is
 * put behind the last block of its run, and no walk along the blocks is needed. */
typedef struct RAMRun {
    ram_addr_t length;
    RAMBlock *last;
    TAILQ_ENTRY(RAMRun) link;
} RAMRun;

/* Returns the run for a length, and makes it if there is none. A new run is empty. */
static RAMRun *run_get(struct RamRoom *room, ram_addr_t length)
{
    RAMRun *run, *after;

    TAILQ_FOREACH(after, &room->runs, link) {
        if (after->length <= length) {
            break;
        }
    }
    if (after && after->length == length) {
        return after;
    }
    run = alloc_new(RAMRun);
    run->length = length;
    if (after) {
        TAILQ_INSERT_BEFORE(after, run, link);
    } else {
        TAILQ_INSERT_TAIL(&room->runs, run, link);
    }
    return run;
}

/* Returns the last of the blocks that are longer than those of a run, or NULL. */
static RAMBlock *last_before(RAMRun *run)
{
    RAMRun *longer = TAILQ_PREV(run, RAMRuns, link);

    return longer ? longer->last : NULL;
}

/* Returns the link to the block after 'previous', or to the first block if 'previous' is NULL. */
static RAMBlock **link_behind(struct RamRoom *room, RAMBlock *previous)
{
    return previous ? &previous->next : &room->largest;
}

/* The release pairs with the acquires of ram_room_first() and ram_block_next(), so that readers see
 * the block with all its members. */
void ram_list_add(struct RamRoom *room, RAMBlock *rb)
{
    RAMRun *run = run_get(room, rb->max_length);
    RAMBlock **link;

    rb->run = run;
    rb->previous = run->last ? run->last : last_before(run);
    link = link_behind(room, rb->previous);
    rb->next = *link;
    if (rb->next) {
        rb->next->previous = rb;
    }
    run->last = rb;
    __atomic_store_n(link, rb, __ATOMIC_RELEASE);
}

static void leave_run(struct RamRoom *room, RAMBlock *rb)
{
    RAMRun *run = rb->run;

    if (run->last != rb) {
        return;
    }
    if (rb->previous && rb->previous->run == run) {
        run->last = rb->previous;
    } else {
        TAILQ_REMOVE(&room->runs, run, link);
        free(run);
    }
}

/* rb->next stays as it is, so that a reader that is at rb can go on. */
void ram_list_remove(struct RamRoom *room, RAMBlock *rb)
{
    leave_run(room, rb);
    if (rb->next) {
        rb->next->previous = rb->previous;
    }
    __atomic_store_n(link_behind(room, rb->previous), rb->next, __ATOMIC_RELEASE);
}

void qemu_mutex_lock_ramlist(void)
{
    inner_lock(&memory_context_current()->ram->lock);
}

void qemu_mutex_unlock_ramlist(void)
{
    inner_unlock(&memory_context_current()->ram->lock);
}

int qemu_ram_foreach_block(RAMBlockIterFunc func, void *opaque)
{
    READ_SECTION;
    int result = 0;

    for (RAMBlock *rb = ram_room_first(memory_context_current()); rb && !result;
         rb = ram_block_next(rb)) {
        result = func(rb, opaque);
    }
    return result;
}
