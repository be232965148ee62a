/* SPDX-License-Identifier: MIT
 *
 * Calls one callback of all listeners of a space or of a context, in the order of specification
 * section 9.3. The callers decide which: change.c, commit.c, introduce.c and logging.c.
 */
#include "topology/tell.h"

#include <physmem/error.h>

#include "base/log.h"

bool telling_refuses(MemoryContext *ctx, const char *call)
{
    if (ctx->telling) {
        misuse(ctx, "%s: must not be called from a listener's callback", call);
    }
    return ctx->telling;
}

void listeners_region_add(SpacePrivate *s, MemoryRegionSection *section)
{
    TELL_ASCENDING(&s->listeners, link_as, region_add, section);
}

void listeners_region_del(SpacePrivate *s, MemoryRegionSection *section)
{
    TELL_DESCENDING(&s->listeners, link_as, region_del, section);
}

void listeners_region_nop(SpacePrivate *s, MemoryRegionSection *section)
{
    TELL_ASCENDING(&s->listeners, link_as, region_nop, section);
}

void listeners_log_start(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val)
{
    TELL_ASCENDING(&s->listeners, link_as, log_start, section, old_val, new_val);
}

void listeners_log_stop(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val)
{
    TELL_DESCENDING(&s->listeners, link_as, log_stop, section, old_val, new_val);
}

void listeners_begin(MemoryContext *ctx)
{
    TELL_ASCENDING(&ctx->topology->listeners, link, begin);
}

void listeners_commit(MemoryContext *ctx)
{
    TELL_ASCENDING(&ctx->topology->listeners, link, commit);
}

/* ---- Global logging --------------------------------------------------------------------- */

/* Returns false, with an error, if the listener refuses. If it has both callbacks for the start,
 * only that which can refuse is called. */
static bool start_log(MemoryListener *l, Error **errp)
{
    Error *err = NULL;
    if (!l->log_global_start_errp) {
        if (l->log_global_start) {
            l->log_global_start(l);
        }
        return true;
    }
    if (l->log_global_start_errp(l, &err)) {
        return true;
    }
    error_setg(errp, "listener '%s' cannot log: %s", l->name ? l->name : "(noname)",
               err ? error_get_pretty(err) : "it gives no reason");
    error_free(err);
    return false;
}

void listener_log_global_start(MemoryListener *l)
{
    Error *err = NULL;
    if (!start_log(l, &err)) {
        log_say(l->address_space->context, MEMORY_LOG_ERROR, "%s", error_get_pretty(err));
        error_free(err);
    }
}

void listeners_log_global_start(MemoryContext *ctx)
{
    MemoryListener *l;
    TAILQ_FOREACH(l, &ctx->topology->listeners, link) {
        listener_log_global_start(l);
    }
}

MemoryListener *listeners_log_global_start_or_not(MemoryContext *ctx, Error **errp)
{
    MemoryListener *l;
    TAILQ_FOREACH(l, &ctx->topology->listeners, link) {
        if (!start_log(l, errp)) {
            return l;
        }
    }
    return NULL;
}

void listeners_log_global_stop_before(MemoryListener *refused)
{
    MemoryListener *l = refused;
    while ((l = TAILQ_PREV(l, ListenerList, link))) {
        if (l->log_global_stop) {
            l->log_global_stop(l);
        }
    }
}

void listeners_log_global_stop(MemoryContext *ctx)
{
    TELL_DESCENDING(&ctx->topology->listeners, link, log_global_stop);
}
