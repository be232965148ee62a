/* SPDX-License-Identifier: MIT
 *
 * Calling one callback of all listeners of a list, in the order of specification 9.3. For the files
 * of this room; the context's 'telling' is theirs to count.
 */
#ifndef TOPOLOGY_TELL_H
#define TOPOLOGY_TELL_H

#include "topology/topology.h"

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

#endif
