/* SPDX-License-Identifier: MIT
 *
 * Listeners (specification section 9): who is told, in which order. What is told is decided by
 * commit.c and logging.c; what concerns dirty pages is in dirty-sync.c and dirty-clear.c.
 */
#include <physmem/error.h>

#include "region/region.h"
#include "topology/coalesce.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "topology/topology.h"
#include "view/view.h"

/* Behind the last that does not come after it: equals stay in order of registration. */
#define INSERT_BY_PRIORITY(list, listener, field)                                                 \
    do {                                                                                          \
        MemoryListener *other;                                                                    \
        TAILQ_FOREACH_REVERSE(other, list, ListenerList, field) {                                 \
            if (other->priority <= (listener)->priority) {                                        \
                break;                                                                            \
            }                                                                                     \
        }                                                                                         \
        if (other) {                                                                              \
            TAILQ_INSERT_AFTER(list, other, listener, field);                                     \
        } else {                                                                                  \
            TAILQ_INSERT_HEAD(list, listener, field);                                             \
        }                                                                                         \
    } while (0)

/* ---- Calls ------------------------------------------------------------------------------ */

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

/* ---- Global logging: who has two forms of the start may refuse by one of them (25) ---------- */

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
               err ? error_get_pretty(err) : "it does not say why");
    error_free(err);
    return false;
}

/* Where nobody can be refused. */
static void start_log_or_say(MemoryListener *l)
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
        start_log_or_say(l);
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

/* ---- One listener, told of a whole space (9.1) ------------------------------------------ */

static void tell_all_added(MemoryListener *l, FlatView *fv)
{
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    for (const Range *r = range_tree_seek(&tree, 0, &cursor); r; r = range_cursor_next(&cursor)) {
        MemoryRegionSection section = view_section(fv, r);
        if (l->region_add) {
            l->region_add(l, &section);
        }
        if (r->dirty_mask && l->log_start) {
            l->log_start(l, &section, 0, r->dirty_mask);
        }
    }
}

static void tell_all_removed(MemoryListener *l, FlatView *fv)
{
    RangeTree tree = view_tree(fv);
    RangeCursor cursor;
    for (const Range *r = range_tree_seek(&tree, 0, &cursor); r; r = range_cursor_next(&cursor)) {
        MemoryRegionSection section = view_section(fv, r);
        if (r->dirty_mask && l->log_stop) {
            l->log_stop(l, &section, r->dirty_mask, 0);
        }
        if (l->region_del) {
            l->region_del(l, &section);
        }
    }
}

static void introduce(MemoryListener *l)
{
    AddressSpace *as = l->address_space;
    as->context->telling++;
    if (l->begin) {
        l->begin(l);
    }
    if (as->context->logs_migration) {
        start_log_or_say(l);
    }
    tell_all_added(l, address_space_to_flatview(as));
    coalesced_introduce(l);
    ioeventfds_introduce(l);
    if (l->commit) {
        l->commit(l);
    }
    as->context->telling--;
}

static void dismiss(MemoryListener *l)
{
    AddressSpace *as = l->address_space;
    as->context->telling++;
    if (l->begin) {
        l->begin(l);
    }
    ioeventfds_dismiss(l);
    coalesced_dismiss(l);
    tell_all_removed(l, address_space_to_flatview(as));
    if (l->commit) {
        l->commit(l);
    }
    as->context->telling--;
}

/* What a space keeps, and a commit does, only for listeners that want it. */
static void count_in(const MemoryListener *l)
{
    SpacePrivate *s = l->address_space->priv;
    if (l->region_nop && !s->nop_listeners++) {
        s->as->context->topology->nop_spaces++;
    }
    if (ioeventfds_matter_to(l)) {
        ioeventfds_watch(s);
    }
    s->coalescing_listeners += coalescing_matters_to(l);
}

static void count_out(const MemoryListener *l)
{
    SpacePrivate *s = l->address_space->priv;
    if (l->region_nop && !--s->nop_listeners) {
        s->as->context->topology->nop_spaces--;
    }
    if (ioeventfds_matter_to(l)) {
        ioeventfds_unwatch(s);
    }
    s->coalescing_listeners -= coalescing_matters_to(l);
}

static const char *refusal(const MemoryListener *l, const AddressSpace *as)
{
    if (!as || !as->priv || !as->priv->slot) {
        return as && as->context
                   ? "its address space has been destroyed, or was refused when it was initialised"
                   : "it needs an address space that was initialised";
    }
    if (l->log_sync && l->log_sync_global) {
        return "a listener has log_sync or log_sync_global, not both";
    }
    if (l->address_space) {
        return "the listener is registered already";
    }
    return as->context->telling ? "not from a listener's callback" : NULL;
}

void memory_listener_register(MemoryListener *listener, AddressSpace *filter)
{
    MemoryContext *ctx = filter && filter->context ? filter->context : memory_context_current();
    CONTEXT_LOCK(ctx);
    const char *why = refusal(listener, filter);
    if (why) {
        misuse(ctx, "%s: '%s': %s", __func__, listener->name ? listener->name : "(noname)", why);
        return;
    }
    listener->address_space = filter;
    INSERT_BY_PRIORITY(&ctx->topology->listeners, listener, link);
    INSERT_BY_PRIORITY(&filter->priv->listeners, listener, link_as);
    count_in(listener);
    introduce(listener);
}

void memory_listener_unregister(MemoryListener *listener)
{
    AddressSpace *as = listener->address_space;
    if (!as) {
        return;
    }
    MemoryContext *ctx = as->context;
    CONTEXT_LOCK(ctx);
    if (ctx->telling) {
        misuse(ctx, "%s: not from a listener's callback", __func__);
        return;
    }
    dismiss(listener);
    TAILQ_REMOVE(&ctx->topology->listeners, listener, link);
    TAILQ_REMOVE(&as->priv->listeners, listener, link_as);
    count_out(listener);
    listener->address_space = NULL;
}

void address_space_remove_listeners(AddressSpace *as)
{
    if (!space_check(as, __func__)) {
        return;
    }
    CONTEXT_LOCK(as->context);
    if (as->context->telling) {
        misuse(as->context, "%s: not from a listener's callback", __func__);
        return;
    }
    MemoryListener *l;
    while ((l = TAILQ_FIRST(&as->priv->listeners))) {
        memory_listener_unregister(l);
    }
}
