/* SPDX-License-Identifier: MIT
 *
 * The state of the process (process.h), its default context, and the list of its contexts. The
 * other parts of the state belong to the files that process.h names.
 */
#include "base/process.h"

#include "base/context.h"
#include "base/thread.h"

struct Process process = {
    .types_begun = PTHREAD_ONCE_INIT,
    .types_lock = INNER_LOCK_INITIALIZER,
    .default_lock = PTHREAD_MUTEX_INITIALIZER,
    .contexts_lock = PTHREAD_MUTEX_INITIALIZER,
    .grace_lock = PTHREAD_MUTEX_INITIALIZER,
};

MemoryContext *process_default_context(MemoryContext *(*make)(void))
{
    MemoryContext *ctx = __atomic_load_n(&process.default_context, __ATOMIC_ACQUIRE);

    if (ctx) {
        return ctx;
    }
    pthread_mutex_lock(&process.default_lock);
    thread_state.process_locks++;
    if (!process.default_context) {
        __atomic_store_n(&process.default_context, make(), __ATOMIC_RELEASE);
    }
    ctx = process.default_context;
    thread_state.process_locks--;
    pthread_mutex_unlock(&process.default_lock);
    return ctx;
}

void process_add_context(MemoryContext *ctx)
{
    pthread_mutex_lock(&process.contexts_lock);
    LIST_INSERT_HEAD(&process.contexts, ctx, process_link);
    pthread_mutex_unlock(&process.contexts_lock);
}

void process_remove_context(MemoryContext *ctx)
{
    pthread_mutex_lock(&process.contexts_lock);
    LIST_REMOVE(ctx, process_link);
    pthread_mutex_unlock(&process.contexts_lock);
}

uint64_t process_next_lineage(void)
{
    return __atomic_add_fetch(&process.lineage, 1, __ATOMIC_RELAXED);
}
