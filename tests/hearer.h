/* SPDX-License-Identifier: MIT
 *
 * Spies that also hear of ioeventfds and coalesced ranges, and notifiers with names.
 */
#ifndef TESTS_HEARER_H
#define TESTS_HEARER_H

#include "support.h"

/* Event notifiers; in traces they are e0, e1, ... */
enum { EVENTS = 4 };
typedef struct Events {
    EventNotifier e[EVENTS];
} Events;

void events_setup(Events *ev);
void events_cleanup(Events *ev);
/* Which are signalled, as text ("e0 e2"); then none is. */
char *events_text(Events *ev);
#define assert_events(ev, want)                                                                   \
    do {                                                                                          \
        g_autofree char *events_now = events_text(ev);                                            \
        g_assert_cmpstr(events_now, ==, want);                                                    \
    } while (0)

/* A spy that writes "NAME:fd_add(ADDR/SIZE e0)", "NAME:fd_del(ADDR/SIZE=DATA e1)" and
 * "NAME:co_add(ADDR+LEN REGION)", "NAME:co_del(...)". It asserts what a section has to be. */
Spy *hearer_new(Machine *m, const char *name, unsigned priority, Events *ev);
/* The same, registered, and what it heard on the way dropped. */
Spy *hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as, Events *ev);
/* The same, hearing of ioeventfds or coalesced ranges only. */
Spy *fd_hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as, Events *ev);
Spy *co_hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as);

#endif
