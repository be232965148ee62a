/* SPDX-License-Identifier: MIT
 *
 * Spies that also hear of ioeventfds and coalesced ranges, and event notifiers with names.
 */
#ifndef TESTS_HEARER_H
#define TESTS_HEARER_H

#include "support.h"

/* Event notifiers. In traces they are e0, e1 and so on. */
enum { EVENTS = 4 };
typedef struct Events {
    EventNotifier e[EVENTS];
} Events;

void events_setup(Events *ev);
void events_cleanup(Events *ev);
/* Takes the signals that are pending and returns the names of their notifiers, as "e0 e2". */
char *events_text(Events *ev);
#define assert_events(ev, want)                                                                   \
    do {                                                                                          \
        g_autofree char *events_now = events_text(ev);                                            \
        g_assert_cmpstr(events_now, ==, want);                                                    \
    } while (0)

/* Makes a spy that writes "NAME:fd_add(ADDR/SIZE e0)", "NAME:fd_del(ADDR/SIZE=DATA e1)",
 * "NAME:co_add(ADDR+LEN REGION)" and "NAME:co_del(...)". It also checks the sections that it is
 * given. */
Spy *hearer_new(Machine *m, const char *name, unsigned priority, Events *ev);
/* Makes and registers such a spy, and drops what it heard during the registration. */
Spy *hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as, Events *ev);
/* The same, but the spy hears of ioeventfds only, or of coalesced ranges only. */
Spy *fd_hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as, Events *ev);
Spy *co_hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as);

#endif
