/* SPDX-License-Identifier: MIT
 *
 * Listeners: being told how an address space changes (specification section 9).
 *
 * Callbacks run with the context's lock held, on the thread that commits. They may read memory, but
 * must not edit the topology: that is refused with a MISUSE message.
 */
#ifndef PHYSMEM_LISTENER_H
#define PHYSMEM_LISTENER_H

#include <physmem/space.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* Priorities of those who must come before others. */
#define MEMORY_LISTENER_PRIORITY_MIN 0
#define MEMORY_LISTENER_PRIORITY_ACCEL 10
#define MEMORY_LISTENER_PRIORITY_DEV_BACKEND 10

/* Every callback may be NULL. Sections belong to the library and are valid during the call. */
struct MemoryListener {
    /* Bracket the callbacks of one commit; also called if nothing in this space changed. */
    void (*begin)(MemoryListener *listener);
    void (*commit)(MemoryListener *listener);
    /* A range appeared, vanished, stayed. */
    void (*region_add)(MemoryListener *listener, MemoryRegionSection *section);
    void (*region_del)(MemoryListener *listener, MemoryRegionSection *section);
    void (*region_nop)(MemoryListener *listener, MemoryRegionSection *section);
    /* The clients that log a range that stayed went from one mask to another. */
    void (*log_start)(MemoryListener *listener, MemoryRegionSection *section, int old_val,
                      int new_val);
    void (*log_stop)(MemoryListener *listener, MemoryRegionSection *section, int old_val,
                     int new_val);
    /* Put pending dirty information into the bitmap now: of a section, of everything. */
    void (*log_sync)(MemoryListener *listener, MemoryRegionSection *section);
    void (*log_sync_global)(MemoryListener *listener);
    /* These pages are about to be cleared. */
    void (*log_clear)(MemoryListener *listener, MemoryRegionSection *section);
    /* Logging of all migratable RAM is switched on, off; the bitmap was read. */
    void (*log_global_start)(MemoryListener *listener);
    void (*log_global_stop)(MemoryListener *listener);
    /* In place of log_global_start for who may fail (25): false, with an error, refuses. */
    bool (*log_global_start_errp)(MemoryListener *listener, Error **errp);
    void (*log_global_after_sync)(MemoryListener *listener);
    /* Ioeventfds and coalesced ranges (18, 19). An ioeventfd's section has no region: view, address
     * and width (0: any) only; data is as the device sees it. They are told behind region_add, or
     * on their own when nothing else has changed: then without begin and commit. A coalesced range
     * is told by section, address and length when it is declared, and around region_add and
     * region_del. Added ioeventfds are told to high priorities first, removed ones to low ones. */
    void (*eventfd_add)(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                        uint64_t data, EventNotifier *e);
    void (*eventfd_del)(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                        uint64_t data, EventNotifier *e);
    void (*coalesced_io_add)(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len);
    void (*coalesced_io_del)(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len);
    unsigned priority; /* low ones are told first of what appears, last of what vanishes */
    const char *name;
    AddressSpace *address_space; /* set by registration, NULL when not registered */
    /* private */
    TAILQ_ENTRY(MemoryListener) link;
    TAILQ_ENTRY(MemoryListener) link_as;
};

/* Starts to observe 'filter', which must not be NULL; the listener stays in place until it is
 * unregistered. It is told of everything that is there: begin, region_add and log_start for each
 * range, coalesced_io_add for each coalesced range, eventfd_add for each ioeventfd (R14), commit.
 * Refused with a MISUSE message: a NULL space, both log_sync and log_sync_global,
 * a listener that is registered. Edit side. */
PHYSMEM_API void memory_listener_register(MemoryListener *listener, AddressSpace *filter);

/* Ends it, after telling that everything vanishes: ioeventfds, coalesced ranges, ranges. No-op if
 * it is not registered. Edit side. */
PHYSMEM_API void memory_listener_unregister(MemoryListener *listener);

PHYSMEM_END_DECLS

#endif
