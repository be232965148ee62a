/* SPDX-License-Identifier: MIT
 *
 * The public calls that register a listener with an address space, and unregister it
 * (specification section 9.1). introduce.c tells the new listener what is there. Later, change.c
 * and others tell it what changes.
 */
#include "base/log.h"
#include "region/region.h"
#include "topology/coalesce.h"
#include "topology/introduce.h"
#include "topology/ioeventfds.h"
#include "topology/tell.h"
#include "topology/topology.h"

/* Inserts a listener after the last one of the same or a lower priority. So listeners of one
 * priority stay in the order of their registration. */
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

/* Count the listeners of a space that have callbacks for ranges that stay, for ioeventfds and for
 * coalesced ranges. While a count is 0, commits skip that work. */
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

/* Returns why the listener must not be registered with the space, or NULL if it may. */
static const char *refusal(const MemoryListener *l, const AddressSpace *as)
{
    if (!as || !as->priv || !as->priv->slot) {
        return as && as->context
                   ? "its address space has been destroyed, or was refused when it was initialised"
                   : "it needs an address space that was initialised";
    }
    if (l->log_sync && l->log_sync_global) {
        return "it has both log_sync and log_sync_global: set one of them";
    }
    if (l->address_space) {
        return "it is registered already";
    }
    return as->context->telling ? "must not be registered in a listener's callback" : NULL;
}

void memory_listener_register(MemoryListener *listener, AddressSpace *filter)
{
    MemoryContext *ctx = filter && filter->context ? filter->context : memory_context_current();
    CONTEXT_LOCK(ctx);
    const char *why = refusal(listener, filter);
    if (why) {
        misuse(ctx, "%s: listener '%s': %s", __func__,
               listener->name ? listener->name : "(noname)", why);
        return;
    }
    listener->address_space = filter;
    INSERT_BY_PRIORITY(&ctx->topology->listeners, listener, link);
    INSERT_BY_PRIORITY(&filter->priv->listeners, listener, link_as);
    count_in(listener);
    listener_introduce(listener);
}

void memory_listener_unregister(MemoryListener *listener)
{
    AddressSpace *as = listener->address_space;
    if (!as) {
        return;
    }
    MemoryContext *ctx = as->context;
    CONTEXT_LOCK(ctx);
    if (telling_refuses(ctx, __func__)) {
        return;
    }
    listener_dismiss(listener);
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
    if (telling_refuses(as->context, __func__)) {
        return;
    }
    MemoryListener *l;
    while ((l = TAILQ_FIRST(&as->priv->listeners))) {
        memory_listener_unregister(l);
    }
}
