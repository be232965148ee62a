/* SPDX-License-Identifier: MIT
 *
 * Tells notifiers when blocks come, go and change their size. They are for programs that register
 * host memory elsewhere. All of it runs under the context's lock. A notifier may unregister itself
 * while it is called, but no other one.
 */
#include "base/log.h"
#include "ram/room.h"

/* Calls one callback of every notifier that has it. */
#define NOTIFY(ctx, callback, ...)                                                                \
    for (RAMBlockNotifier *n = LIST_FIRST(&(ctx)->ram->notifiers), *after; n; n = after) {        \
        after = LIST_NEXT(n, next);                                                               \
        if (n->callback) {                                                                        \
            n->callback(n, __VA_ARGS__);                                                          \
        }                                                                                         \
    }

static bool is_listed(const MemoryContext *ctx, const RAMBlockNotifier *n)
{
    const RAMBlockNotifier *other = LIST_FIRST(&ctx->ram->notifiers);

    while (other && other != n) {
        other = LIST_NEXT(other, next);
    }
    return other;
}

void ram_block_notifier_add(RAMBlockNotifier *n)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    if (is_listed(ctx, n)) {
        misuse(ctx, "%s: the notifier at %p is registered already", __func__, (void *)n);
        return;
    }
    LIST_INSERT_HEAD(&ctx->ram->notifiers, n, next);
    for (RAMBlock *rb = ram_room_first(ctx); rb && n->ram_block_added; rb = ram_block_next(rb)) {
        n->ram_block_added(n, rb->host, rb->used_length, rb->max_length);
    }
}

void ram_block_notifier_remove(RAMBlockNotifier *n)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    if (!is_listed(ctx, n)) {
        misuse(ctx, "%s: the notifier at %p is not registered", __func__, (void *)n);
        return;
    }
    LIST_REMOVE(n, next);
}

void ram_block_notify_add(void *host, size_t size, size_t max_size)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    NOTIFY(ctx, ram_block_added, host, size, max_size)
}

void ram_block_notify_remove(void *host, size_t size, size_t max_size)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    NOTIFY(ctx, ram_block_removed, host, size, max_size)
}

void ram_block_notify_resize(void *host, size_t old_size, size_t new_size)
{
    MemoryContext *ctx = memory_context_current();
    CONTEXT_LOCK(ctx);

    NOTIFY(ctx, ram_block_resized, host, old_size, new_size)
}
