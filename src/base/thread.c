/* SPDX-License-Identifier: MIT
 *
 * The calling thread: its state and its current context.
 *
 * memory_context_current() calls memory_context_default(), which makes the default context and so
 * has to know all rooms (src/context.c). No other call in the library goes from a room to a higher
 * one.
 */
#include "base/thread.h"

#include "base/context.h"

_Thread_local struct ThreadState thread_state;

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
