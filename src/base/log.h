/* SPDX-License-Identifier: MIT
 *
 * Messages of the library to the program (memory_context_set_log()): the program broke a contract,
 * a guest did something wrong, or the host refuses memory. Every room may send them.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/context.h"

/* Passes a message to the log function of ctx. If there is none, all but GUEST messages go to
 * stderr. ctx may be NULL: the current context. */
void log_say(MemoryContext *ctx, MemoryLogLevel level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports that the program broke the contract of a call, and aborts in debug builds. Always returns
 * false, so that a caller can write "return misuse(...)". ctx may be NULL: the current context. */
bool misuse(MemoryContext *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints why the program cannot go on, and aborts. For failed casts and unknown types. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Returns whether GUEST messages go anywhere. Callers ask this before they make such a message,
 * because a guest can cause very many. */
static inline bool log_guest_wanted(const MemoryContext *ctx)
{
    return ctx->log != NULL;
}

#endif
