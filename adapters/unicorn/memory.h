/* SPDX-License-Identifier: MIT
 *
 * The adapter from inside: one UnicornMemory, and what its parts give each other.
 *
 *     unicorn.c   attaching, detaching, running
 *     follow.c    the listener: which memory the space shows
 *     update.c    bringing the engine up to date
 *     calls.c     the guest's accesses that go through the space
 *     faults.c    what the engine cannot do by itself: nothing mapped, a write to ROM, a fetch
 *     engine.c    what is mapped in an engine
 *     layout.c    what is to be mapped, of pieces.c
 *
 * Everything here is protected by the context's lock. The engine itself may only be touched by the
 * thread that runs the guest, or by any while it does not run. When another thread changes the
 * map, or when the piece whose callback is running is in the way, the engine is 'behind'; it
 * catches up at the guest's next call from elsewhere, at its next fault, and before and after each
 * run.
 */
#ifndef PHYSMEM_UNICORN_MEMORY_H
#define PHYSMEM_UNICORN_MEMORY_H

#include <pthread.h>

#include <physmem/unicorn.h>

#include "engine.h"
#include "pieces.h"

struct UnicornMemory {
    MemoryListener listener;
    MemoryContext *context;
    AddressSpace *as;
    Engine engine;
    hwaddr page_mask;
    PieceList ranges;  /* whole pages of memory that the space shows; each refers to its region */
    PieceList run;     /* blocks of ROM that code runs from */
    unsigned away;     /* calls since it last did */
    PieceList wanted;  /* the layout of 'ranges' */
    PieceList leaving; /* ranges that may still be mapped: references to be dropped */
    bool changed;      /* 'ranges' was, in this commit */
    bool behind;       /* the engine is not as wanted; atomic */
    CallSite *blocker; /* the active piece that was in the way at the last attempt */
    bool running;
    bool reporting;    /* the engine reports a write: it must not be touched */
    pthread_t runner;
    bool fetch_again; /* the engine caught up at a fetch */
    uc_hook hook;
};

/* ---- Bringing the engine up to date (update.c) ------------------------------------------ */

static inline void um_set_behind(UnicornMemory *um, bool behind)
{
    __atomic_store_n(&um->behind, behind, __ATOMIC_RELEASE);
}

static inline bool um_is_behind(const UnicornMemory *um)
{
    return __atomic_load_n(&um->behind, __ATOMIC_ACQUIRE);
}

/* Computes the layout anew. False, and the engine has an error, if memory is exhausted. */
bool um_lay_out(UnicornMemory *um);

/* Makes the engine's memory what is wanted, as far as the active piece lets it, and drops the
 * references on what left. */
void um_bring_up_to_date(UnicornMemory *um);

/* The same, if the engine is behind and it could help. Takes the context's lock. */
void um_catch_up(UnicornMemory *um);

void um_drop_leaving(UnicornMemory *um);

/* ---- What the engine calls -------------------------------------------------------------- */

/* follow.c: fills in the callbacks of um's listener. */
void um_follow(UnicornMemory *um);

/* calls.c: the callbacks of all pieces of calls, whose opaque pointer is a CallSite. */
uint64_t um_called_read(uc_engine *uc, uint64_t offset, unsigned size, void *opaque);
void um_called_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *opaque);

/* calls.c: one store of the guest, made through the space. */
void um_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value);

/* faults.c: hooks what the engine cannot do by itself. um->hook is 0 if that fails. */
uc_err um_hook_faults(UnicornMemory *um);

#endif
