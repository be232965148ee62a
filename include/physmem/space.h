/* SPDX-License-Identifier: MIT
 *
 * Address spaces, transactions and the spaces that every context has (specification sections 7, 8
 * and 22.3).
 */
#ifndef PHYSMEM_SPACE_H
#define PHYSMEM_SPACE_H

#include <physmem/region.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

struct AddressSpace {
    /* private */
    FlatView *current_map; /* read with address_space_to_flatview() */
    MemoryContext *context;
    char *name;
    MemoryRegion *root;
    uint8_t hole_byte;
    MemTxResult hole_result;
    uint64_t serial;                      /* order of creation */
    struct SpacePrivate *priv;            /* the edit side's */
    struct BouncePool *bounce;
};

/* Attaches a space (the caller's memory) to a root region, which it references. 'name' is copied;
 * NULL: "anonymous". The committed state is visible on return, also inside a transaction. Refused
 * with a MISUSE message: a space that exists already, which stays as it was; a root that is not a
 * region; a call from a listener's callback. After the last two the space shows nothing: accesses
 * answer as in a hole, with a MISUSE message. Destroy such a space, or initialise it again. Edit
 * side.
 *
 * An access to a space that was never initialised is not detected. It crashes if the memory is
 * zeroed, and is undefined if not. */
PHYSMEM_API void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name);

/* Detaches it. Its listeners must be gone (refused with a MISUSE message otherwise) and are not
 * told anything. The structure may be reused after a grace period: call memory_drain(). Until then
 * readers that are in a read section already may go on with the space; a later access is not
 * detected, and is undefined. A space of address_space_init_shareable() loses one user, and is
 * destroyed with the last one. Edit side. */
PHYSMEM_API void address_space_destroy(AddressSpace *as);

/* Destroys a space that malloc() gave, and frees it after that grace period (25). */
PHYSMEM_API void address_space_destroy_free(AddressSpace *as);

/* Unregisters all listeners, lowest priority first, each told that everything vanishes. Edit
 * side. */
PHYSMEM_API void address_space_remove_listeners(AddressSpace *as);

/* What accesses to addresses where nothing is read as (every byte) and return. At first 0 and
 * MEMTX_DECODE_ERROR; a bus that floats high is 0xff and MEMTX_OK. Set it before the space is
 * used. Edit side. */
PHYSMEM_API void address_space_set_hole(AddressSpace *as, uint8_t byte, MemTxResult result);

/* The current view, without a reference: valid in a read section or under the lock. */
static inline FlatView *address_space_to_flatview(AddressSpace *as)
{
    return __atomic_load_n(&as->current_map, __ATOMIC_CONSUME);
}

/* The current view with a reference (flatview_unref). Read side. */
PHYSMEM_API FlatView *address_space_get_flatview(AddressSpace *as);

/* Bracket edits of the current context so that they appear at once; nestable, only the outermost
 * commit acts. The context's lock is held between them. A commit without a begin is refused with a
 * MISUSE message (7). */
PHYSMEM_API void memory_region_transaction_begin(void);
PHYSMEM_API void memory_region_transaction_commit(void);

/* Render every view from scratch after each commit of ctx and compare; a difference is printed and
 * aborts. For tests and for hunting bugs: it makes every commit cost the whole machine. */
PHYSMEM_API void memory_context_set_verify(MemoryContext *ctx, bool on);

/* ---- The spaces of the current context (22.3) ------------------------------------------- */

PHYSMEM_API AddressSpace *memory_context_memory(MemoryContext *ctx);
PHYSMEM_API AddressSpace *memory_context_io(MemoryContext *ctx);
#define address_space_memory (*memory_context_memory(memory_context_current()))

/* The I/O space of the default context, whichever context is current. It is an object, not a macro,
 * because programs use this name for parameters and fields. It is initialised with the default
 * context: by memory_context_default(), get_system_io() or any other call that needs that context,
 * such as the constructor of a region.
 *
 * A program with several contexts calls memory_context_io(memory_context_current()). Or it defines
 * PHYSMEM_IO_OF_CURRENT_CONTEXT before it includes these headers: then address_space_io is a macro
 * for that call, as address_space_memory is, and the name cannot be used for anything else. */
PHYSMEM_API extern AddressSpace address_space_io;
#ifdef PHYSMEM_IO_OF_CURRENT_CONTEXT
#define address_space_io (*memory_context_io(memory_context_current()))
#endif

/* Their roots: "system", a container of 2^64 bytes, and "io", 65536 ports of which the unclaimed
 * read as all ones and succeed. */
PHYSMEM_API MemoryRegion *get_system_memory(void);
PHYSMEM_API MemoryRegion *get_system_io(void);

PHYSMEM_END_DECLS

#endif
