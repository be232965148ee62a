/* SPDX-License-Identifier: MIT
 *
 * The calling thread: its state, the mark that tells it from others, and its current context. The
 * call of memory_context_default() is the only one in the library that goes up from a room: the
 * default context is put together in src/context.c.
 */
#include "base/thread.h"

#include "base/context.h"

_Thread_local struct ThreadState thread_state;

const void *thread_mark(void)
{
    return &thread_state;
}

MemoryContext *context_switch(MemoryContext *ctx)
{
    MemoryContext *old = thread_state.current;

    thread_state.current = ctx;
    return old;
}

MemoryContext *memory_context_current(void)
{
    MemoryContext *ctx = thread_state.current;

    return ctx ? ctx : memory_context_default();
}

MemoryContext *memory_context_set_current(MemoryContext *ctx)
{
    MemoryContext *old = memory_context_current();

    context_switch(ctx);
    return old;
}
