/* SPDX-License-Identifier: MIT
 *
 * Tells all listeners of a list one thing, in the order of specification section 9.3: by ascending
 * priority what comes, by descending priority what goes; ioeventfds the other way round. For the
 * files of this room. The caller counts the context's 'telling' around the calls, so that edits
 * from the callbacks are refused.
 */
#ifndef TOPOLOGY_TELL_H
#define TOPOLOGY_TELL_H

#include "topology/topology.h"

/* Whether callbacks of listeners run, so that 'call' is refused. True with a MISUSE message. */
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

/* Call one callback of all listeners of a space. */
void listeners_region_add(SpacePrivate *s, MemoryRegionSection *section);
void listeners_region_del(SpacePrivate *s, MemoryRegionSection *section);
void listeners_region_nop(SpacePrivate *s, MemoryRegionSection *section);
void listeners_log_start(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val);
void listeners_log_stop(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val);
/* Call begin, commit of all listeners of the context. */
void listeners_begin(MemoryContext *ctx);
void listeners_commit(MemoryContext *ctx);
/* Tell one listener, or all, that global logging starts. A listener that refuses is reported to the
 * log. */
void listener_log_global_start(MemoryListener *l);
void listeners_log_global_start(MemoryContext *ctx);
/* The same, until a listener refuses: returns that one, with an error, and does not call the later
 * ones. NULL if none refuses. */
MemoryListener *listeners_log_global_start_or_not(MemoryContext *ctx, Error **errp);
/* Tells the listeners before the one that refused that logging stops. */
void listeners_log_global_stop_before(MemoryListener *refused);
void listeners_log_global_stop(MemoryContext *ctx);

#endif
