/* SPDX-License-Identifier: MIT
 *
 * Address spaces, transactions, and the two spaces that every context has (specification 7, 8,
 * 22.3).
 *
 * Unless its comment says otherwise, every function here is edit side.
 */
#ifndef PHYSMEM_SPACE_H
#define PHYSMEM_SPACE_H

#include <physmem/region.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* A space, in the caller's memory. */
struct AddressSpace {
    /* Private but for what is "readable" (see MemoryRegion in region.h). */
    FlatView *current_map; /* read with address_space_to_flatview() */
    MemoryContext *context;
    char *name;         /* readable */
    MemoryRegion *root; /* readable */
    uint8_t hole_byte;
    MemTxResult hole_result;
    uint64_t serial;           /* order of creation */
    struct SpacePrivate *priv; /* the edit side's */
    struct BouncePool *bounce;
};

/* Attaches a space to a root region. The structure is the caller's memory. A reference on the root
 * is taken. 'name' is copied; NULL stands for "anonymous". On return the space shows the committed
 * state of the tree, also inside a transaction.
 *
 * Refused with a MISUSE message:
 *   - A space that exists already. It stays as it was.
 *   - A root that is not a region, and a call from a listener's callback. Then the space shows
 *     nothing: an access is answered as in a hole, with a MISUSE message. Destroy such a space, or
 *     initialise it again.
 *
 * An access to a space that was never initialised is not detected. It crashes if the memory is
 * zeroed, and is undefined if not. */
PHYSMEM_API void address_space_init(AddressSpace *as, MemoryRegion *root, const char *name);

/* Detaches a space. Refused with a MISUSE message while listeners are registered with the space
 * (address_space_remove_listeners()), and from a listener's callback. Until a grace period has
 * passed, readers that are in a read section already may go on with the space: call memory_drain()
 * before the structure is freed or used again. An access that begins later is undefined and not
 * detected. A space of address_space_init_shareable() loses one user, and is destroyed with the
 * last one. */
PHYSMEM_API void address_space_destroy(AddressSpace *as);

/* Does the same for a space whose memory is from malloc(), and frees the memory after a grace
 * period. */
PHYSMEM_API void address_space_destroy_free(AddressSpace *as);

/* Unregisters all listeners of a space, lowest priority first. Each listener is told that
 * everything vanishes. */
PHYSMEM_API void address_space_remove_listeners(AddressSpace *as);

/* Sets how the space answers where no region is: every byte reads as 'byte', and accesses return
 * 'result'. At first they are 0 and MEMTX_DECODE_ERROR. A bus that floats high has 0xff and
 * MEMTX_OK. Call it before the space is used. */
PHYSMEM_API void address_space_set_hole(AddressSpace *as, uint8_t byte, MemTxResult result);

/* Returns the current view without a reference; never NULL if the space was initialised. It is
 * valid in a read section, or while the lock is held. Any thread. */
PHYSMEM_INLINE FlatView *address_space_to_flatview(AddressSpace *as)
{
    return __atomic_load_n(&as->current_map, __ATOMIC_CONSUME);
}

/* Returns the current view, never NULL, with a reference, which the caller gives back with
 * flatview_unref(). Any thread. */
PHYSMEM_API FlatView *address_space_get_flatview(AddressSpace *as);

/* Bracket edits of the current context, so that they appear at once. They nest; only the outermost
 * commit acts. The context's lock is held from begin to commit, and both are called by the same
 * thread. Refused with a MISUSE message: a begin in a read section or in a listener's callback, and
 * a commit without a begin. Specification 7 says what a commit does, and in which order. */
PHYSMEM_API void memory_region_transaction_begin(void);
PHYSMEM_API void memory_region_transaction_commit(void);

/* Makes each commit of ctx also render every view from scratch and compare. If a view differs, the
 * difference is printed and the program aborts. For tests and for finding errors in the library:
 * every commit then costs the whole machine. 'on' says whether. Any thread, not in a read section:
 * takes the lock. */
PHYSMEM_API void memory_context_set_verify(MemoryContext *ctx, bool on);

/* ---- The spaces that every context has -------------------------------------------------- */

/* Return the spaces "memory" and "I/O" of a context, never NULL. Valid as long as the context.
 * address_space_memory is the space "memory" of the current context. Any thread. */
PHYSMEM_API AddressSpace *memory_context_memory(MemoryContext *ctx);
PHYSMEM_API AddressSpace *memory_context_io(MemoryContext *ctx);
#define address_space_memory (*memory_context_memory(memory_context_current()))

/* The I/O space of the default context, whichever context is current. It is an object, not a macro,
 * because programs use this name for parameters and fields. It is initialised together with the
 * default context: by memory_context_default(), get_system_io() or any other call that needs that
 * context, such as the constructor of a region.
 *
 * A program with several contexts calls memory_context_io(memory_context_current()). Or it defines
 * PHYSMEM_IO_OF_CURRENT_CONTEXT before it includes these headers: then address_space_io is a macro
 * for that call, as address_space_memory is, and the name cannot be used for anything else. */
PHYSMEM_API extern AddressSpace address_space_io;
#ifdef PHYSMEM_IO_OF_CURRENT_CONTEXT
#define address_space_io (*memory_context_io(memory_context_current()))
#endif

/* Return the roots of the current context's two spaces, never NULL. get_system_memory() is
 * "system", a container of 2^64 bytes. get_system_io() is "io", a region of 65536 ports; a port
 * that no subregion claims reads as all ones, and accesses to it succeed. Borrowed. Any thread. */
PHYSMEM_API MemoryRegion *get_system_memory(void);
PHYSMEM_API MemoryRegion *get_system_io(void);

PHYSMEM_END_DECLS

#endif
