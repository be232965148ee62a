/* SPDX-License-Identifier: MIT
 *
 * The adapter from inside: the structure of one UnicornMemory, and the functions that its parts
 * call. The parts are:
 *
 *     unicorn.c   attaching, detaching, running the guest
 *     follow.c    the listener: which memory the space shows
 *     update.c    bringing the engine up to date
 *     calls.c     calls: the guest's accesses that go through the space
 *     faults.c    accesses that the engine cannot make: nothing mapped, writes to ROM, fetches
 *     engine.c    what is mapped in an engine
 *     layout.c    which memory is to be mapped, as a list of pieces (pieces.c)
 *
 * The context's lock protects all of this. The engine itself may be touched only by the thread
 * that runs the guest, or by any thread while the guest does not run. If another thread changes
 * the map, or if a change would unmap the piece whose callback is running, the engine is 'behind'.
 * It catches up at the guest's next call from another piece, at its next fault, and before and
 * after each run.
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
    PieceList ranges;  /* whole pages of memory that the space shows; each has a reference */
    PieceList run;     /* blocks of ROM that code runs from */
    unsigned away;     /* the number of calls since code last ran from 'run' */
    PieceList wanted;  /* the layout of 'ranges': what is to be mapped */
    PieceList leaving; /* ranges that may still be mapped; each has a reference */
    bool changed;      /* 'ranges' changed in this commit */
    bool behind;       /* the engine is not as wanted; atomic */
    CallSite *blocker; /* the active piece that was in the way at the last attempt */
    bool running;      /* the guest runs, on 'runner' */
    bool reporting;    /* the engine reports a write to ROM, and must not be touched */
    pthread_t runner;
    bool fetch_again; /* the fetch that failed can be tried again */
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

/* Computes 'wanted'. Returns false, and sets the engine's error, if memory is exhausted. */
bool um_lay_out(UnicornMemory *um);

/* Changes the engine's memory to what is wanted, except for the active piece, and drops the
 * references in 'leaving'. */
void um_bring_up_to_date(UnicornMemory *um);

/* The same if the engine is behind, unless the active piece was in the way at the last attempt.
 * Takes the context's lock. */
void um_catch_up(UnicornMemory *um);

/* Drops the references in 'leaving'. Nothing of it may be mapped. */
void um_drop_leaving(UnicornMemory *um);

/* ---- What the engine calls -------------------------------------------------------------- */

/* follow.c: fills in the callbacks of um's listener. */
void um_follow(UnicornMemory *um);

/* calls.c: the callbacks of all pieces of calls. Their opaque pointer is a CallSite. */
uint64_t um_called_read(uc_engine *uc, uint64_t offset, unsigned size, void *opaque);
void um_called_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *opaque);

/* calls.c: one store of the guest, made through the space. */
void um_store(AddressSpace *as, hwaddr addr, unsigned size, uint64_t value);

/* faults.c: sets the hook for faults. um->hook stays 0 if the engine refuses. */
uc_err um_hook_faults(UnicornMemory *um);

#endif
