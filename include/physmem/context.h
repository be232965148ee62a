/* SPDX-License-Identifier: MIT
 *
 * Contexts. A context holds all state of one machine: transactions, the lock, spaces, listeners,
 * RAM blocks, the byte order of the CPU, the guest page size. Contexts share nothing.
 *
 * Each thread has a current context. At first that is the default one, which the library makes by
 * itself. A region belongs to the context that was current when it was made. A call that takes
 * neither a region nor a space means the current context.
 *
 * Unless its comment says otherwise, every function here may be called from any thread.
 * docs/threads.md says which call may be made from where, and what holds in signal handlers, for
 * threads that are cancelled, and after fork().
 */
#ifndef PHYSMEM_CONTEXT_H
#define PHYSMEM_CONTEXT_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Behaviours of the original that libphysmem corrects. Each bit brings one of them back for a whole
 * context, from its beginning to its end. The first two can also be chosen for single regions:
 * memory_region_set_quirks(). docs/differences.md describes them (specification 24). */
typedef enum MemoryQuirk {
    /* Unaligned accesses are not emulated by aligned ones: a callback may see an unaligned address
     * although impl.unaligned is false. An access below impl.min_access_size also reads and writes
     * the bytes beside it (D1). */
    MEMORY_QUIRK_IMPL_UNALIGNED = 1 << 0,
    /* An access may begin inside a region and end beyond it, and so may its callbacks (D9). */
    MEMORY_QUIRK_REGION_OVERRUN = 1 << 1,
    /* Writes by address are stopped by the region's own read-only flag only, not by that of an
     * alias or container on the way (R1). */
    MEMORY_QUIRK_OWN_READONLY = 1 << 2,
    /* The root of a space gives way to what it shows if it is an alias of a whole region or a
     * container with one child, whatever its attributes and the target's own address are (R2). */
    MEMORY_QUIRK_COLLAPSED_ROOT = 1 << 3,
    /* Stores through a MemoryRegionCache into memory are not marked dirty. Only
     * address_space_cache_invalidate() marks what they wrote (specification 13.1). */
    MEMORY_QUIRK_UNMARKED_CACHE = 1 << 4,
} MemoryQuirk;

/* The options of memory_context_new(). All zero is the default. */
typedef struct MemoryContextOptions {
    const char *name;       /* for messages; copied; NULL: "machine" */
    bool target_big_endian; /* byte order of the emulated CPU; default little endian */
    unsigned page_bits;     /* log2 of the guest page, 6 to 30; 0 means 12 */
    unsigned quirks;        /* MemoryQuirk bits; default none */
} MemoryContextOptions;

/* Severity of a message that the library has for the embedder. */
typedef enum MemoryLogLevel {
    MEMORY_LOG_GUEST,   /* the guest did something that was refused */
    MEMORY_LOG_WARNING, /* worth knowing, nothing was refused */
    MEMORY_LOG_ERROR,   /* something failed that has no errp */
    MEMORY_LOG_MISUSE,  /* a call broke its contract and was refused */
} MemoryLogLevel;

/* Receives a message: one line without a newline, valid during the call. The function is called
 * from any thread, with or without the context's lock. It must not call the library. */
typedef void MemoryLogFunc(MemoryContext *ctx, MemoryLogLevel level, const char *message,
                           void *opaque);

/* Makes a context, with its two spaces "memory" and "I/O" (space.h). opts may be NULL for the
 * defaults. Returns NULL with an error if page_bits is out of range, if 'quirks' has unknown bits,
 * or if the host has no memory. The caller ends it with memory_context_destroy(). Any thread, not
 * in a read section. */
PHYSMEM_API MemoryContext *memory_context_new(const MemoryContextOptions *opts, Error **errp);

/* Destroys a context. Waits for readers, runs the context's deferred work, which calls
 * instance_finalize of owners, and frees the context. Any thread, not in a read section. Returns
 * false with an error, and the context stays:
 *   - while spaces other than the default ones, regions, listeners or RAM blocks belong to it;
 *   - where memory_drain() is refused;
 *   - for the default context. */
PHYSMEM_API bool memory_context_destroy(MemoryContext *ctx, Error **errp);

/* Returns the default context of the process. It is made at its first use, with the default
 * options, and never destroyed, so it is borrowed. Never NULL. */
PHYSMEM_API MemoryContext *memory_context_default(void);

/* Returns the calling thread's current context. Never NULL. Borrowed. */
PHYSMEM_API MemoryContext *memory_context_current(void);

/* Makes ctx the calling thread's current context; NULL stands for the default one. Returns the
 * context that was current before; never NULL. Borrowed. */
PHYSMEM_API MemoryContext *memory_context_set_current(MemoryContext *ctx);

/* Returns the name from the options; never NULL. Valid as long as the context. */
PHYSMEM_API const char *memory_context_name(const MemoryContext *ctx);

/* Sends the context's messages to func, with opaque. If func is NULL, as it is at first, MISUSE,
 * ERROR and WARNING messages go to standard error and GUEST messages are dropped. Any thread, not
 * in a read section: takes the lock. */
PHYSMEM_API void memory_context_set_log(MemoryContext *ctx, MemoryLogFunc *func, void *opaque);

/* Takes the context's lock, under which a machine changes. It is recursive. Edits take it
 * themselves, and device callbacks run with it held. A program takes it to keep the map still over
 * several calls. Any thread, not in a read section. */
PHYSMEM_API void memory_context_lock(MemoryContext *ctx);

/* Gives the lock back. Refused with a MISUSE message in a thread that does not hold it. Any
 * thread. */
PHYSMEM_API void memory_context_unlock(MemoryContext *ctx);

/* Returns whether the calling thread holds the lock. */
PHYSMEM_API bool memory_context_is_locked(const MemoryContext *ctx);

/* Enter and leave a read section of the calling thread. Pointers to views and regions that are
 * obtained inside stay valid until it ends. Sections nest. Both calls are wait-free. Do not block,
 * edit or call memory_drain() inside. Any thread. */
PHYSMEM_API void memory_read_lock(void);
PHYSMEM_API void memory_read_unlock(void);

/* Waits until all work that the current context has deferred is done: old views, freed blocks and
 * destroyed spaces have ended, and so has everything that their end deferred in turn. The calling
 * thread waits for a grace period, and then does the work that no other thread has begun, which
 * calls instance_finalize of owners. Any thread, not in a read section. Refused with a MISUSE
 * message in a read section, with a context's lock held, from a deferred call, or in a child
 * process that cannot wait (docs/threads.md). */
PHYSMEM_API void memory_drain(void);

/* ---- Properties of the emulated machine, of the current context ------------------------- */

/* Returns whether the emulated CPU is big endian. */
PHYSMEM_API bool target_big_endian(void);

/* Return the size of the guest page in bytes, and its log2. It is the unit of dirty bitmaps, the
 * largest bounce buffer, and the page of IOMMUs that do not state one. */
PHYSMEM_API size_t qemu_target_page_size(void);
PHYSMEM_API int qemu_target_page_bits(void);
#ifndef PHYSMEM_NO_TARGET_PAGE
#define TARGET_PAGE_BITS (qemu_target_page_bits())
#define TARGET_PAGE_SIZE ((hwaddr)qemu_target_page_size())
#define TARGET_PAGE_MASK (-(int64_t)qemu_target_page_size())
#define TARGET_PAGE_ALIGN(addr) (((addr) + (TARGET_PAGE_SIZE - 1)) & (hwaddr)TARGET_PAGE_MASK)
#endif

/* ---- Hooks ------------------------------------------------------------------------------ */

/* Functions of the program that the library calls, and two properties of the program (specification
 * 2). Every function may be NULL. Where no comment says otherwise, a function is called from any
 * thread, with or without the context's lock. */
typedef struct MemoryContextHooks {
    /* Carries out the writes that the accelerator has queued. Called with the lock held. It may
     * access memory and may edit. */
    void (*flush_coalesced_mmio)(void *opaque);
    /* Runs bh soon: a map that failed for want of a bounce buffer may succeed now (map.h). If the
     * hook is NULL, the request to be told is dropped. */
    void (*schedule_bh)(QEMUBH *bh, void *opaque);
    /* Called before the library reads guest memory, so that a fuzzer can fill it: 'len' bytes at
     * 'addr' of the space that the program reads. mr is the region that answers. Called in a read
     * section. A cache that was made before the hook was set reads without it. */
    void (*dma_read)(size_t addr, size_t len, MemoryRegion *mr, void *opaque);
    /* Code at these RAM addresses was changed. Called for pages that were clean for CODE, once for
     * each: by the first of several writers. The other writers do not wait for it. Called in a read
     * section. */
    void (*invalidate_code)(ram_addr_t start, ram_addr_t length, void *opaque);
    void *opaque; /* handed to the functions above */
    /* A translator caches code, so CODE is logged for all RAM (specification 17.1). If this is
     * switched while RAM is shown, it holds for writes at once. The masks that listeners are told
     * (log_start, log_sync, log_clear) stay until a commit shows the range anew. */
    bool translates_code;
    /* The accelerator matches writes with ioeventfds, so the library does not. */
    bool accelerates_ioeventfds;
} MemoryContextHooks;

/* Sets the hooks of a context; NULL removes them. The structure is copied. Call it before the
 * machine runs. Any thread, not in a read section: takes the lock. */
PHYSMEM_API void memory_context_set_hooks(MemoryContext *ctx, const MemoryContextHooks *hooks);

PHYSMEM_END_DECLS

#endif
