/* SPDX-License-Identifier: MIT
 *
 * Tells all listeners of a list one thing, in the order of specification section 9.3. For the files
 * of this room, which count the context's 'telling' themselves.
 */
#ifndef TOPOLOGY_TELL_H
#define TOPOLOGY_TELL_H

#include "topology/topology.h"

/* Whether callbacks of listeners run, where 'call' must not be made: then a MISUSE message is
 * out. */
bool telling_refuses(MemoryContext *ctx, const char *call);

#define TELL_ASCENDING(list, field, callback, ...)                                                \
    do {                                                                                          \
        MemoryListener *l;                                                                        \
        TAILQ_FOREACH(l, list, field) {                                                           \
            if (l->callback) {                                                                    \
                l->callback(l, ##__VA_ARGS__);                                                    \
            }                                                                                     \
        }                                                                                         \
    } while (0)

#define TELL_DESCENDING(list, field, callback, ...)                                               \
    do {                                                                                          \
        MemoryListener *l;                                                                        \
        TAILQ_FOREACH_REVERSE(l, list, ListenerList, field) {                                     \
            if (l->callback) {                                                                    \
                l->callback(l, ##__VA_ARGS__);                                                    \
            }                                                                                     \
        }                                                                                         \
    } while (0)

/* Calls of one callback for all listeners of a space, in the order of 9.3. */
void listeners_region_add(SpacePrivate *s, MemoryRegionSection *section);
void listeners_region_del(SpacePrivate *s, MemoryRegionSection *section);
void listeners_region_nop(SpacePrivate *s, MemoryRegionSection *section);
void listeners_log_start(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val);
void listeners_log_stop(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val);
/* begin, commit of all listeners of the context. */
void listeners_begin(MemoryContext *ctx);
void listeners_commit(MemoryContext *ctx);
/* Has one listener, or all, log globally. A listener that refuses is reported to the log. */
void listener_log_global_start(MemoryListener *l);
void listeners_log_global_start(MemoryContext *ctx);
/* The same, until a listener refuses. Returns that one, with an error, or NULL. Later ones are not
 * called. */
MemoryListener *listeners_log_global_start_or_not(MemoryContext *ctx, Error **errp);
/* Undoes that for the listeners before the one that refused. */
void listeners_log_global_stop_before(MemoryListener *refused);
void listeners_log_global_stop(MemoryContext *ctx);

#endif
