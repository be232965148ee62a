/* SPDX-License-Identifier: MIT
 *
 * Event notifiers: an eventfd with a small interface (specification 22.9).
 *
 * Unless its comment says otherwise, every function here may be called from any thread. No other
 * thread may use a notifier while it is initialised or cleaned up. 'e' is the notifier, in the
 * caller's memory.
 */
#ifndef PHYSMEM_EVENT_NOTIFIER_H
#define PHYSMEM_EVENT_NOTIFIER_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

/* The fields are set by the functions below. */
struct EventNotifier {
    int rfd;
    int wfd;
    bool initialized;
};

/* Opens the descriptors, non-blocking and close-on-exec. If 'active' is not 0, the notifier is set
 * at once. Returns 0, or a negative errno; then the notifier must not be used. */
PHYSMEM_API int event_notifier_init(EventNotifier *e, int active);

/* Closes the descriptors and sets them to -1. A second call does nothing. */
PHYSMEM_API void event_notifier_cleanup(EventNotifier *e);

/* Signals. Returns 0, also if the counter is full; -1 if the notifier was not initialised;
 * otherwise a negative errno. */
PHYSMEM_API int event_notifier_set(EventNotifier *e);

/* Takes all signals that are there. Returns 1 if there was one, else 0. Does not block, unless the
 * descriptor was handed in as a blocking one. */
PHYSMEM_API int event_notifier_test_and_clear(EventNotifier *e);

/* Makes a notifier of fd, an open eventfd, which it uses for both directions and owns from now on.
 * The eventfd should be non-blocking. */
PHYSMEM_API void event_notifier_init_fd(EventNotifier *e, int fd);

/* Returns the descriptor to poll. It stays the notifier's. */
PHYSMEM_API int event_notifier_get_fd(const EventNotifier *e);

PHYSMEM_END_DECLS

#endif
