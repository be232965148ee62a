/* SPDX-License-Identifier: MIT
 *
 * Event notifiers: an eventfd with a small interface (specification section 22.9). Any thread may
 * set and test one; init and cleanup belong to its owner.
 */
#ifndef PHYSMEM_EVENT_NOTIFIER_H
#define PHYSMEM_EVENT_NOTIFIER_H

#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

struct EventNotifier {
    int rfd;
    int wfd;
    bool initialized;
};

/* Opens the descriptors, non-blocking and close-on-exec; 'active' non-zero: set at once. 0, or a
 * negative errno with *e unusable. */
PHYSMEM_API int event_notifier_init(EventNotifier *e, int active);

/* Closes the descriptors, which become -1. May be called again. */
PHYSMEM_API void event_notifier_cleanup(EventNotifier *e);

/* Signals. 0, also if the counter is full; -1 if not initialised; else a negative errno. */
PHYSMEM_API int event_notifier_set(EventNotifier *e);

/* Takes all signals: 1 if there was one, else 0. */
PHYSMEM_API int event_notifier_test_and_clear(EventNotifier *e);

/* Wraps an open eventfd, which the notifier then owns, for both directions. */
PHYSMEM_API void event_notifier_init_fd(EventNotifier *e, int fd);

/* The descriptor to poll. */
PHYSMEM_API int event_notifier_get_fd(const EventNotifier *e);

PHYSMEM_END_DECLS

#endif
