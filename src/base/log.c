/* SPDX-License-Identifier: MIT
 *
 * Messages to the program. They go to the function that it has set for the context
 * (memory_context_set_log()), or to standard error if there is none. Apart from these messages, the
 * library prints only what the program asks for, and its last words before it ends the process.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static const char *const severity[] = {
    [MEMORY_LOG_GUEST] = "guest error",
    [MEMORY_LOG_WARNING] = "warning",
    [MEMORY_LOG_ERROR] = "error",
    [MEMORY_LOG_MISUSE] = "misuse",
};

static void say(MemoryContext *ctx, MemoryLogLevel level, const char *message)
{
    if (ctx->log) {
        ctx->log(ctx, level, message, ctx->log_opaque);
    } else if (level != MEMORY_LOG_GUEST) {
        fprintf(stderr, "physmem: %s: %s: %s\n", ctx->name, severity[level], message);
    }
}

/* The buffer is on the stack, because a message may have to say that the heap has no memory. Longer
 * messages are cut. */
static void __attribute__((format(printf, 3, 0)))
say_formatted(MemoryContext *ctx, MemoryLogLevel level, const char *fmt, va_list ap)
{
    char message[1024];

    vsnprintf(message, sizeof(message), fmt, ap);
    say(ctx ? ctx : memory_context_current(), level, message);
}

void log_say(MemoryContext *ctx, MemoryLogLevel level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say_formatted(ctx, level, fmt, ap);
    va_end(ap);
}

bool misuse(MemoryContext *ctx, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    say_formatted(ctx, MEMORY_LOG_MISUSE, fmt, ap);
    va_end(ap);
#ifdef PHYSMEM_DEBUG
    abort();
#endif
    return false;
}

void fatal(const char *fmt, ...)
{
    char message[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(message, sizeof(message), fmt, ap);
    va_end(ap);
    fprintf(stderr, "physmem: %s\n", message);
    abort();
}
