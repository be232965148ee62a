/* SPDX-License-Identifier: MIT
 *
 * State of the process (process.h). The registry in it belongs to type.c.
 */
#define _GNU_SOURCE /* the initialiser for a recursive mutex */
#include "base/process.h"

struct Process process = {
    .types_begun = PTHREAD_ONCE_INIT,
    .types_lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
    .default_lock = PTHREAD_MUTEX_INITIALIZER,
};

MemoryContext *process_default_context(MemoryContext *(*make)(void))
{
    MemoryContext *ctx = __atomic_load_n(&process.default_context, __ATOMIC_ACQUIRE);

    if (ctx) {
        return ctx;
    }
    pthread_mutex_lock(&process.default_lock);
    if (!process.default_context) {
        __atomic_store_n(&process.default_context, make(), __ATOMIC_RELEASE);
    }
    ctx = process.default_context;
    pthread_mutex_unlock(&process.default_lock);
    return ctx;
}

uint64_t process_next_serial(void)
{
    return __atomic_add_fetch(&process.context_serial, 1, __ATOMIC_RELAXED);
}
