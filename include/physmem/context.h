/* SPDX-License-Identifier: MIT
 *
 * Contexts: a machine is a context. All state that belongs to one machine (transactions, the one
 * lock, spaces, listeners, RAM blocks, target byte order, guest page size) lives in one. Contexts
 * share nothing.
 *
 * A thread has a current context, at first the default one, which exists without being made.
 * A region belongs to the context that was current when it was made. Calls that take no region and
 * no space mean the current context.
 *
 * docs/threads.md says which call may be made from where, and what holds in signal handlers, for
 * threads that are cancelled, and after fork().
 */
#ifndef PHYSMEM_CONTEXT_H
#define PHYSMEM_CONTEXT_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* Behaviours of the original that libphysmem corrects, to be had back one by one (specification
 * section 24). They are chosen when a context is made and stay. The first two can also be chosen
 * for one region: memory_region_set_quirks(). */
typedef enum MemoryQuirk {
    /* D1: impl.unaligned is not emulated; callbacks may see unaligned addresses, and a size below
     * impl.min_access_size reads and writes the bytes beside it. */
    MEMORY_QUIRK_IMPL_UNALIGNED = 1 << 0,
    /* D9: an access may begin inside a region and end beyond it, and so may its callbacks. */
    MEMORY_QUIRK_REGION_OVERRUN = 1 << 1,
    /* R1: only a region's own read-only flag stops writes by address, not that of an alias or
     * container on the way. */
    MEMORY_QUIRK_OWN_READONLY = 1 << 2,
    /* R2: whole-target aliases and one-child containers at the top of a space give way to what
     * they show whatever their attributes and the target's own address are. */
    MEMORY_QUIRK_COLLAPSED_ROOT = 1 << 3,
    /* 13.1: stores through a MemoryRegionCache into memory are not marked dirty. Only
     * address_space_cache_invalidate() marks what they wrote. */
    MEMORY_QUIRK_UNMARKED_CACHE = 1 << 4,
} MemoryQuirk;

typedef struct MemoryContextOptions {
    const char *name;       /* for messages; NULL: "machine" */
    bool target_big_endian; /* byte order of the emulated CPU; default little */
    unsigned page_bits;     /* log2 of the guest page, 6 to 30; 0 means 12 */
    unsigned quirks;        /* MemoryQuirk bits; default none */
} MemoryContextOptions;

/* Severity of a message that the library has for the embedder. */
typedef enum MemoryLogLevel {
    MEMORY_LOG_GUEST,   /* what the guest did was refused */
    MEMORY_LOG_WARNING, /* worth knowing, nothing was refused */
    MEMORY_LOG_ERROR,   /* something failed that has no errp */
    MEMORY_LOG_MISUSE,  /* a call broke its contract and was refused */
} MemoryLogLevel;

/* Called with the context's lock in an unknown state, from any thread; must not call back into the
 * library. 'message' is one line without a newline and valid during the call. */
typedef void MemoryLogFunc(MemoryContext *ctx, MemoryLogLevel level, const char *message,
                           void *opaque);

/* A new context; opts may be NULL for the defaults. Its default spaces "memory" and "I/O"
 * (22.3) exist on return. NULL and an error for a bad option or when memory is exhausted. The
 * caller destroys it. */
PHYSMEM_API MemoryContext *memory_context_new(const MemoryContextOptions *opts, Error **errp);

/* Runs all deferred work of the context and frees it. Refused, with an error and nothing
 * changed, while address spaces other than the default ones, regions, listeners or RAM blocks
 * still belong to it, in a read section, with a context's lock held, or for the default context. */
PHYSMEM_API bool memory_context_destroy(MemoryContext *ctx, Error **errp);

/* The context of the process; made at its first use, never destroyed. */
PHYSMEM_API MemoryContext *memory_context_default(void);

/* The calling thread's current context. Never NULL. */
PHYSMEM_API MemoryContext *memory_context_current(void);

/* Makes ctx (NULL: the default one) the calling thread's current context and returns what was
 * current before. */
PHYSMEM_API MemoryContext *memory_context_set_current(MemoryContext *ctx);

PHYSMEM_API const char *memory_context_name(const MemoryContext *ctx);

/* Where messages go; NULL: MISUSE, ERROR and WARNING to standard error, GUEST nowhere. */
PHYSMEM_API void memory_context_set_log(MemoryContext *ctx, MemoryLogFunc *func, void *opaque);

/* The one lock under which a machine changes. Edits take it themselves; device callbacks run with
 * it held. Recursive. A caller takes it to keep the map still over several calls. Never take it
 * inside a read section. */
PHYSMEM_API void memory_context_lock(MemoryContext *ctx);
PHYSMEM_API void memory_context_unlock(MemoryContext *ctx);

/* Does the calling thread hold the lock? */
PHYSMEM_API bool memory_context_is_locked(const MemoryContext *ctx);

/* A read section of the calling thread, nestable, wait-free: pointers to views and regions got
 * inside stay valid until it ends. Do not block, edit or call memory_drain() inside. */
PHYSMEM_API void memory_read_lock(void);
PHYSMEM_API void memory_read_unlock(void);

/* Waits until all work that the current context has deferred is done: the end of old views,
 * freed blocks and spaces, and of what these defer in turn. The calling thread does the work
 * that no other thread has begun, after a grace period. Refused with a MISUSE message in a read
 * section, with a context's lock held, from a callback, or in a child process that cannot wait
 * (docs/threads.md). */
PHYSMEM_API void memory_drain(void);

/* ---- Properties of the emulated machine, of the current context ------------------------- */

/* Is the emulated CPU big endian? */
PHYSMEM_API bool target_big_endian(void);

/* The guest page: grain of bounce buffers, dirty bitmaps and default IOMMU pages (22.1). */
PHYSMEM_API size_t qemu_target_page_size(void);
PHYSMEM_API int qemu_target_page_bits(void);
#ifndef PHYSMEM_NO_TARGET_PAGE
#define TARGET_PAGE_BITS (qemu_target_page_bits())
#define TARGET_PAGE_SIZE ((hwaddr)qemu_target_page_size())
#define TARGET_PAGE_MASK (-(int64_t)qemu_target_page_size())
#define TARGET_PAGE_ALIGN(addr) (((addr) + (TARGET_PAGE_SIZE - 1)) & (hwaddr)TARGET_PAGE_MASK)
#endif

/* ---- Hooks ------------------------------------------------------------------------------ */

/* Services of the program around the library (specification section 2). Every member may be NULL.
 * The structure is copied. Set hooks before the machine runs. */
typedef struct MemoryContextHooks {
    /* Writes that the accelerator has queued are to be done now. Called with the lock held. */
    void (*flush_coalesced_mmio)(void *opaque);
    /* Something waited for a bounce buffer and may try again (13.3): run bh soon. NULL: the
     * notification is dropped together with its registration. */
    void (*schedule_bh)(QEMUBH *bh, void *opaque);
    /* Before every read of guest memory on behalf of a device, so that a fuzzer can fill it. Caches
     * made before it was set read without it. */
    void (*dma_read)(size_t addr, size_t len, MemoryRegion *mr, void *opaque);
    /* The code in these RAM addresses was changed; only pages that were clean for CODE are told,
     * once: by the first of several writers; the others do not wait for that. May be called from
     * any thread, with or without the lock, in a read section. */
    void (*invalidate_code)(ram_addr_t start, ram_addr_t length, void *opaque);
    void *opaque;
    /* A translator caches code: logs CODE for all RAM (17.1). Switched while RAM is shown, it holds
     * for writes at once, but the masks that listeners hear of (log_start, log_sync, log_clear)
     * stay until a commit shows the range anew. */
    bool translates_code;
    bool accelerates_ioeventfds; /* writes do not match ioeventfds in software (18) */
} MemoryContextHooks;

PHYSMEM_API void memory_context_set_hooks(MemoryContext *ctx, const MemoryContextHooks *hooks);

PHYSMEM_END_DECLS

#endif
