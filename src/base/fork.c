/* SPDX-License-Identifier: MIT
 *
 * What the library does around a fork(). A child process has only the forking thread, and memory
 * as it was at that moment. If another thread had an edit half done, the child would find it half
 * done. So the forking thread first takes all locks of the library:
 *
 *    1  in any order:
 *         of the process    no thread makes or destroys a context, registers a type or waits for
 *                           readers
 *         of each context:
 *           reclaim.lock    no thread runs deferred work
 *           lock            no thread edits
 *    2  of each context: the inner locks, which no thread holds for long
 *    3  liburcu's
 *
 * Step 1 must not wait for a lock while it holds another one, because other threads take the locks
 * of two contexts in any order. So it takes all locks or none, and tries again until it gets them.
 * The attempts come to an end, because meanwhile threads that hold no lock wait at a gate
 * (fork-gate.c) before they take a context's lock or wait for readers.
 *
 * A device's callback may call fork() with contexts' locks held, or in a read section. Then another
 * thread that holds a reclaim.lock or the grace_lock may be waiting for the forking thread. So such
 * a fork() does not insist on these locks. The price, if it does not get one of them:
 *
 *    - without a reclaim.lock, the child leaks the item of deferred work that was running
 *    - without the grace_lock, the child can access memory but can never again wait for readers
 *      (process.grace_lost)
 */
#include "base/fork.h"

#include "base/context.h"
#include "base/thread.h"

/* ---- Step 1 ----------------------------------------------------------------------------- */

/* Tries to take the lock. Returns whether the fork() can go on: this thread has the lock, or it
 * does not insist on it. */
static bool try_reclaim_lock(MemoryContext *ctx, bool insist)
{
    bool own = __atomic_load_n(&ctx->reclaim.thread, __ATOMIC_RELAXED) == thread_mark();

    ctx->reclaim.fork_has_lock = !own && pthread_mutex_trylock(&ctx->reclaim.lock) == 0;
    return ctx->reclaim.fork_has_lock || own || !insist;
}

static void leave_reclaim_lock(MemoryContext *ctx)
{
    if (ctx->reclaim.fork_has_lock) {
        pthread_mutex_unlock(&ctx->reclaim.lock);
    }
}

static bool try_context(MemoryContext *ctx, bool insist)
{
    if (!try_reclaim_lock(ctx, insist)) {
        return false;
    }
    if (context_trylock(ctx)) {
        return true;
    }
    leave_reclaim_lock(ctx);
    return false;
}

static void leave_context(MemoryContext *ctx)
{
    memory_context_unlock(ctx);
    leave_reclaim_lock(ctx);
}

/* Gives back the locks of all contexts that are before 'end' in the list. */
static void leave_contexts_before(const MemoryContext *end)
{
    MemoryContext *ctx;

    for (ctx = LIST_FIRST(&process.contexts); ctx != end; ctx = LIST_NEXT(ctx, process_link)) {
        leave_context(ctx);
    }
}

static bool try_contexts(bool insist)
{
    MemoryContext *ctx;

    LIST_FOREACH(ctx, &process.contexts, process_link) {
        if (!try_context(ctx, insist)) {
            leave_contexts_before(ctx);
            return false;
        }
    }
    return true;
}

/* Tries to take the lock; returns the same as try_reclaim_lock(). The locks of the contexts are not
 * enough: a thread that destroys a context also waits for readers when the context is no longer in
 * the list. */
static bool try_grace_lock(bool insist)
{
    process.fork_has_grace = pthread_mutex_trylock(&process.grace_lock) == 0;
    return process.fork_has_grace || !insist;
}

static void leave_grace_lock(void)
{
    if (process.fork_has_grace) {
        pthread_mutex_unlock(&process.grace_lock);
    }
}

static bool try_process(void)
{
    if (pthread_mutex_trylock(&process.contexts_lock)) {
        return false;
    }
    if (pthread_mutex_trylock(&process.default_lock)) {
        pthread_mutex_unlock(&process.contexts_lock);
        return false;
    }
    if (!inner_trylock(&process.types_lock)) {
        pthread_mutex_unlock(&process.default_lock);
        pthread_mutex_unlock(&process.contexts_lock);
        return false;
    }
    return true;
}

static void leave_process(void)
{
    inner_unlock(&process.types_lock);
    pthread_mutex_unlock(&process.default_lock);
    pthread_mutex_unlock(&process.contexts_lock);
}

static bool try_grace_and_contexts(bool insist)
{
    if (!try_grace_lock(insist)) {
        return false;
    }
    if (!try_contexts(insist)) {
        leave_grace_lock();
        return false;
    }
    return true;
}

static bool try_all(bool insist)
{
    if (!try_process()) {
        return false;
    }
    if (!try_grace_and_contexts(insist)) {
        leave_process();
        return false;
    }
    return true;
}

/* ---- Step 2 ----------------------------------------------------------------------------- */

static void for_each_inner_lock(void (*call)(InnerLock *lock))
{
    MemoryContext *ctx;

    LIST_FOREACH(ctx, &process.contexts, process_link) {
        for (InnerLock *lock = ctx->inner_locks; lock; lock = lock->next) {
            call(lock);
        }
    }
}

/* ---- All of it -------------------------------------------------------------------------- */

static void before_fork(void)
{
    /* No other thread waits for a thread that holds no context's lock and is in no read section. */
    bool insist = !thread_state.locks && !read_ongoing();

    __atomic_add_fetch(&process.forking, 1, __ATOMIC_SEQ_CST);
    while (!try_all(insist)) {
        fork_gate_pause();
    }
    for_each_inner_lock(inner_lock);
    if (process.fork_has_grace) {
        urcu_bp_before_fork();
    }
}

static void give_back(void)
{
    for_each_inner_lock(inner_unlock);
    leave_contexts_before(NULL);
    leave_grace_lock();
    leave_process();
}

static void after_fork_in_parent(void)
{
    if (process.fork_has_grace) {
        urcu_bp_after_fork_parent();
    }
    give_back();
    __atomic_sub_fetch(&process.forking, 1, __ATOMIC_SEQ_CST);
}

/* Initializes those reclaim locks again that other threads held, because these threads do not exist
 * in the child. */
static void free_reclaim_locks(void)
{
    MemoryContext *ctx;

    LIST_FOREACH(ctx, &process.contexts, process_link) {
        if (!ctx->reclaim.fork_has_lock && ctx->reclaim.thread != thread_mark()) {
            pthread_mutex_init(&ctx->reclaim.lock, NULL);
            ctx->reclaim.thread = NULL;
        }
    }
}

/* The threads that were waiting for a context's lock do not exist in the child either. */
static void forget_waiters(void)
{
    MemoryContext *ctx;

    LIST_FOREACH(ctx, &process.contexts, process_link) {
        owned_lock_forget_waiters(&ctx->lock);
    }
}

static void after_fork_in_child(void)
{
    if (process.fork_has_grace) {
        urcu_bp_after_fork_child();
    } else {
        process.grace_lost = true;
        pthread_mutex_init(&process.grace_lock, NULL);
    }
    free_reclaim_locks();
    forget_waiters();
    reclaimer_reset();
    give_back();
    process.forking = 0;
}

void fork_handle(void)
{
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}
