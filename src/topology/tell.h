/* SPDX-License-Identifier: MIT
 *
 * Calls one callback of all listeners in a list, in the order of specification section 9.3: by
 * ascending priority for what appears, by descending priority for what vanishes; for ioeventfds
 * the other way round. Files of this room call it. They increment the context's 'telling' around
 * the calls, so that edits from the callbacks are refused.
 */
#ifndef TOPOLOGY_TELL_H
#define TOPOLOGY_TELL_H

#include "topology/topology.h"

/* Whether callbacks of listeners are running, so that 'call' must be refused. If so, sends a
 * MISUSE message. */
bool telling_refuses(MemoryContext *ctx, const char *call);

/* Call a callback of all listeners that have it. 'field' links the list: link_as if it is that of
 * a space, link if it is that of the context. */
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

/* Call the callback of the same name, for all listeners of a space. */
void listeners_region_add(SpacePrivate *s, MemoryRegionSection *section);
void listeners_region_del(SpacePrivate *s, MemoryRegionSection *section);
void listeners_region_nop(SpacePrivate *s, MemoryRegionSection *section);
void listeners_log_start(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val);
void listeners_log_stop(SpacePrivate *s, MemoryRegionSection *section, int old_val, int new_val);
/* Call 'begin' or 'commit', for all listeners of the context. */
void listeners_begin(MemoryContext *ctx);
void listeners_commit(MemoryContext *ctx);
/* Tell one listener, or all, that global logging starts. If a listener refuses, that is only
 * reported in a message. */
void listener_log_global_start(MemoryListener *l);
void listeners_log_global_start(MemoryContext *ctx);
/* The same, but stops at the first listener that refuses, and returns it, with an error. Returns
 * NULL if none refuses. */
MemoryListener *listeners_log_global_start_or_not(MemoryContext *ctx, Error **errp);
/* Tells the listeners before the one that refused that logging stops, the last of them first. */
void listeners_log_global_stop_before(MemoryListener *refused);
void listeners_log_global_stop(MemoryContext *ctx);

#endif
