/* SPDX-License-Identifier: MIT
 *
 * Listeners: an object is told how an address space changes (specification 9).
 *
 * Callbacks run with the context's lock held, on the thread that commits. They may access memory.
 * They must not edit the map: an edit is refused with a MISUSE message.
 *
 * Unless its comment says otherwise, every function here is edit side.
 */
#ifndef PHYSMEM_LISTENER_H
#define PHYSMEM_LISTENER_H

#include <physmem/space.h>
#include <physmem/types.h>
#include <physmem/view.h>

PHYSMEM_BEGIN_DECLS

/* Priorities. A listener with a higher priority is told later of what appears, and earlier of what
 * vanishes. So plain listeners (MIN) are ready before an accelerator (ACCEL) or the back end of a
 * device (DEV_BACKEND) maps a range, and still there when it unmaps one. */
#define MEMORY_LISTENER_PRIORITY_MIN 0
#define MEMORY_LISTENER_PRIORITY_ACCEL 10
#define MEMORY_LISTENER_PRIORITY_DEV_BACKEND 10

/* A listener. Every callback may be NULL. A section belongs to the library and is valid during the
 * call. Specification 9.2 says which callbacks a commit makes, and 9.3 in which order several
 * listeners are called. */
struct MemoryListener {
    /* begin: the callbacks of one commit follow. commit: they are complete. Both are called also if
     * nothing in this space changed. */
    void (*begin)(MemoryListener *listener);
    void (*commit)(MemoryListener *listener);
    /* region_add: a range appeared. region_del: a range vanished. region_nop: a range stayed as it
     * was. */
    void (*region_add)(MemoryListener *listener, MemoryRegionSection *section);
    void (*region_del)(MemoryListener *listener, MemoryRegionSection *section);
    void (*region_nop)(MemoryListener *listener, MemoryRegionSection *section);
    /* A range stayed, and the mask of clients that log it changed from old_val to new_val.
     * log_start: it gained bits. log_stop: it lost bits. A range that appears or vanishes in this
     * commit gets neither (R13). */
    void (*log_start)(MemoryListener *listener, MemoryRegionSection *section, int old_val,
                      int new_val);
    void (*log_stop)(MemoryListener *listener, MemoryRegionSection *section, int old_val,
                     int new_val);
    /* Mark the pages that you know to be written (memory_region_set_dirty()). log_sync: those of a
     * section. log_sync_global: all. A listener has one of the two, not both. */
    void (*log_sync)(MemoryListener *listener, MemoryRegionSection *section);
    void (*log_sync_global)(MemoryListener *listener);
    /* The bits of these pages were cleared: watch the pages again, so that the next write to them
     * is marked. */
    void (*log_clear)(MemoryListener *listener, MemoryRegionSection *section);
    /* Logging of all migratable RAM is switched on, and off. */
    void (*log_global_start)(MemoryListener *listener);
    void (*log_global_stop)(MemoryListener *listener);
    /* Takes the place of log_global_start in a listener that may fail: to refuse, it returns false
     * with an error. */
    bool (*log_global_start_errp)(MemoryListener *listener, Error **errp);
    /* Bits were cleared, and the memory is about to be read: let writes that are under way finish,
     * so that the reader sees them. */
    void (*log_global_after_sync)(MemoryListener *listener);
    /* eventfd_add: an ioeventfd came. eventfd_del: it went. The section has no region, only view,
     * address and width in bytes (0: any width). 'data' is in the device's byte order. The calls
     * come after region_add. If nothing else has changed, they come without begin and commit. High
     * priorities are told first of what came, low ones of what went (specification 18). */
    void (*eventfd_add)(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                        uint64_t data, EventNotifier *e);
    void (*eventfd_del)(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                        uint64_t data, EventNotifier *e);
    /* coalesced_io_add: a coalesced range came. coalesced_io_del: it went. addr and len are its
     * address in the space and its length in bytes. The calls come when the range is declared or
     * taken away, after region_add, and before region_del (specification 19). */
    void (*coalesced_io_add)(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len);
    void (*coalesced_io_del)(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len);
    unsigned priority; /* low ones are told first of what appears, last of what vanishes */
    const char *name;  /* for messages; may be NULL */
    AddressSpace *address_space; /* set by registration, NULL when not registered */
    /* private */
    TAILQ_ENTRY(MemoryListener) link;
    TAILQ_ENTRY(MemoryListener) link_as;
};

/* Starts to observe the space 'filter'. The listener is the caller's and must stay in place until
 * it is unregistered. It is told of everything that is there: begin, log_global_start if that is
 * on, region_add and log_start for each range, coalesced_io_add for each coalesced range,
 * eventfd_add for each ioeventfd (R14), commit. Refused with a MISUSE message:
 *   - a space that is NULL, was destroyed, or was refused by address_space_init();
 *   - a listener with both log_sync and log_sync_global;
 *   - a listener that is registered already;
 *   - a call from a listener's callback. */
PHYSMEM_API void memory_listener_register(MemoryListener *listener, AddressSpace *filter);

/* Stops observing. The listener is told that everything vanishes: ioeventfds, coalesced ranges,
 * ranges. Does nothing for a listener that is not registered. Refused with a MISUSE message from a
 * listener's callback. */
PHYSMEM_API void memory_listener_unregister(MemoryListener *listener);

PHYSMEM_END_DECLS

#endif
