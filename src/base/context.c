/* SPDX-License-Identifier: MIT
 *
 * Makes and frees the part of a context that belongs to base/, and answers calls about its
 * properties. src/context.c adds the other rooms' parts. The context's lock is in lock.c.
 */
#include "base/context.h"

#include <stdlib.h>
#include <string.h>

#include <physmem/error.h>

#include "base/fork.h"
#include "base/object-tree.h"
#include "base/process.h"
#include "base/thread.h"

enum { PAGE_BITS_MIN = 6, PAGE_BITS_DEFAULT = 12, PAGE_BITS_MAX = 30 };

static const MemoryContextOptions default_options;

/* Runs before the program's constructors. It stands here and not in fork.c because a linker takes a
 * file out of a static library only if another file calls it: every program needs this file. */
__attribute__((constructor(101))) static void begin(void)
{
    fork_handle();
}

static bool check_options(const MemoryContextOptions *opts, Error **errp)
{
    const unsigned known = MEMORY_QUIRK_IMPL_UNALIGNED | MEMORY_QUIRK_REGION_OVERRUN |
                           MEMORY_QUIRK_OWN_READONLY | MEMORY_QUIRK_COLLAPSED_ROOT |
                           MEMORY_QUIRK_UNMARKED_CACHE;

    if (opts->page_bits && (opts->page_bits < PAGE_BITS_MIN || opts->page_bits > PAGE_BITS_MAX)) {
        error_setg(errp, "page_bits is %u, but must be from %d to %d, or 0 for the default %d",
                   opts->page_bits, PAGE_BITS_MIN, PAGE_BITS_MAX, PAGE_BITS_DEFAULT);
        return false;
    }
    if (opts->quirks & ~known) {
        error_setg(errp, "quirks 0x%x are unknown to this version of the library",
                   opts->quirks & ~known);
        return false;
    }
    return true;
}

static void set_options(MemoryContext *ctx, const MemoryContextOptions *opts)
{
    ctx->rules.big_endian = opts->target_big_endian;
    ctx->page_bits = opts->page_bits ? opts->page_bits : PAGE_BITS_DEFAULT;
    ctx->quirks = opts->quirks;
}

MemoryContext *context_base_new(const MemoryContextOptions *opts, Error **errp)
{
    MemoryContext *ctx;

    opts = opts ? opts : &default_options;
    if (!check_options(opts, errp)) {
        return NULL;
    }
    ctx = calloc(1, sizeof(*ctx));
    char *name = strdup(opts->name ? opts->name : "machine");
    if (!ctx || !name || !owned_lock_init(&ctx->lock)) {
        free(ctx);
        free(name);
        error_setg(errp, "the host has no memory for a context");
        return NULL;
    }
    ctx->name = name;
    set_options(ctx, opts);
    pthread_mutex_init(&ctx->reclaim.lock, NULL);
    object_tree_init(ctx);
    return ctx;
}

void context_base_free(MemoryContext *ctx)
{
    object_tree_fini(ctx);
    if (thread_state.current == ctx) {
        thread_state.current = NULL;
    }
    pthread_mutex_destroy(&ctx->reclaim.lock);
    owned_lock_end(&ctx->lock);
    free(ctx->name);
    free(ctx);
}

const char *memory_context_name(const MemoryContext *ctx)
{
    return ctx->name;
}

void memory_context_set_log(MemoryContext *ctx, MemoryLogFunc *func, void *opaque)
{
    CONTEXT_LOCK(ctx);

    ctx->log_opaque = opaque;
    ctx->log = func;
}

bool target_big_endian(void)
{
    return memory_context_current()->rules.big_endian;
}

size_t qemu_target_page_size(void)
{
    return (size_t)1 << memory_context_current()->page_bits;
}

int qemu_target_page_bits(void)
{
    return (int)memory_context_current()->page_bits;
}
