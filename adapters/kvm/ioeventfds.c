/* SPDX-License-Identifier: MIT
 *
 * The listener callbacks about ioeventfds, and the choice of those at one address that KVM gets
 * (ioeventfds.h). Called by the library and by layout.c, with the context's lock.
 */
#include "ioeventfds.h"

#include <stdlib.h>

#include "host.h"
#include "ioeventfd.h"
#include "memory.h"

/* ---- The ioeventfds at one address ------------------------------------------------------- */

/* A walk over the ioeventfds at one address, in their order, remembers these of those that it has
 * passed. */
typedef struct Ahead {
    const KvmIoeventfd *first;
    const KvmIoeventfd *any_data; /* the last one that matches all data of its size */
    const KvmIoeventfd *last;
} Ahead;

/* Whether every write that matches x also matches one that the walk has passed. */
static bool is_hidden(const Ahead *ahead, const KvmIoeventfd *x)
{
    if (!ahead->first) {
        return false;
    }
    return ahead->first->size == 0 ||
           (ahead->any_data != NULL && ahead->any_data->size == x->size) ||
           (ahead->last->size == x->size && ahead->last->data == x->data);
}

static void pass(Ahead *ahead, const KvmIoeventfd *x)
{
    if (!ahead->first) {
        ahead->first = x;
    }
    if (!x->match_data) {
        ahead->any_data = x;
    }
    ahead->last = x;
}

typedef void Visit(KVMMemory *km, FlatView *fv, KvmIoeventfd *x, bool hidden);

static void remove_hidden(KVMMemory *km, FlatView *fv, KvmIoeventfd *x, bool hidden)
{
    if (x->in_kvm && (hidden || !kvm_ioeventfd_is_at_its_place(km, fv, x))) {
        kvm_ioeventfd_take_back(km, x);
    }
}

static void add_seen(KVMMemory *km, FlatView *fv, KvmIoeventfd *x, bool hidden)
{
    if (!hidden && !x->in_kvm) {
        kvm_ioeventfd_give(km, fv, x);
    }
}

static void visit_place(KVMMemory *km, FlatView *fv, size_t first, Visit *visit)
{
    KvmIoeventfdTable *table = &km->ioeventfds.table;
    Ahead ahead = { NULL, NULL, NULL };

    for (size_t i = first;
         i < table->count && kvm_ioeventfd_is_beside(&table->entry[i], &table->entry[first]);
         i++) {
        visit(km, fv, &table->entry[i], is_hidden(&ahead, &table->entry[i]));
        pass(&ahead, &table->entry[i]);
    }
}

/* Decides again which ioeventfds at the address of 'any' KVM has. First takes back those that it
 * may not have any more: KVM would refuse the new ones beside them. */
static void update_place(KVMMemory *km, FlatView *fv, const KvmIoeventfd *any)
{
    KvmIoeventfd first = { .pio = any->pio, .addr = any->addr };
    size_t at = kvm_ioeventfd_table_find_after(&km->ioeventfds.table, &first);

    visit_place(km, fv, at, remove_hidden);
    visit_place(km, fv, at, add_seen);
}

/* ---- Callbacks -------------------------------------------------------------------------- */

static KvmIoeventfd entry_of(const MemoryRegionSection *section, bool match_data, uint64_t data,
                             EventNotifier *e, bool pio)
{
    return (KvmIoeventfd){
        .addr = section->offset_within_address_space,
        .size = (unsigned)int128_get64(section->size),
        .match_data = match_data,
        .data = data,
        .e = e,
        .pio = pio,
    };
}

static void add(KVMMemory *km, FlatView *fv, KvmIoeventfd *x)
{
    x->mr = kvm_ioeventfd_device(km, fv, x);
    if (!kvm_ioeventfd_table_insert(&km->ioeventfds.table, x)) {
        kvm_host_report(km, MEMORY_LOG_ERROR,
                        "the host has no memory for an ioeventfd at %s 0x%" PRIx64
                        "; its writes exit, and the library signals it",
                        x->pio ? "port" : "address", x->addr);
        return;
    }
    update_place(km, fv, x);
}

/* If two ioeventfds are equal, removes the newer: KVM has the older one. */
static void del(KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    KvmIoeventfdTable *table = &km->ioeventfds.table;
    size_t after = kvm_ioeventfd_table_find_after(table, x);

    if (after == 0 || !kvm_ioeventfd_is_equal(&table->entry[after - 1], x)) {
        return; /* there was no memory to add it */
    }
    if (table->entry[after - 1].in_kvm) {
        kvm_ioeventfd_take_back(km, &table->entry[after - 1]);
    }
    kvm_ioeventfd_table_remove(table, after - 1);
    update_place(km, fv, x);
}

static void memory_add(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                       uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, false);
    add(kvm_owner_of(listener, false), section->fv, &x);
}

static void memory_del(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                       uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, false);
    del(kvm_owner_of(listener, false), section->fv, &x);
}

static void port_add(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                     uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, true);
    add(kvm_owner_of(listener, true), section->fv, &x);
}

static void port_del(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                     uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, true);
    del(kvm_owner_of(listener, true), section->fv, &x);
}

/* ---- Changes of the map around ioeventfds ----------------------------------------------- */

static void note_change(KvmChanges *c, const MemoryRegionSection *section)
{
    hwaddr first = section->offset_within_address_space;
    hwaddr last = memory_region_section_get_last(section);

    c->first = c->any && c->first < first ? c->first : first;
    c->last = c->any && c->last > last ? c->last : last;
    c->any = true;
}

/* Chooses again at all changed addresses. An ioeventfd that begins before them is as it was: if
 * some of its bytes were covered or shown again, the range with its first byte would have changed,
 * too. */
static void settle(KVMMemory *km, AddressSpace *as, bool pio)
{
    KvmIoeventfdTable *table = &km->ioeventfds.table;
    KvmChanges *c = &km->ioeventfds.changes[pio];
    KvmIoeventfd first = { .pio = pio, .addr = c->first };

    for (size_t i = kvm_ioeventfd_table_find_after(table, &first); c->any && i < table->count;
         i++) {
        const KvmIoeventfd *x = &table->entry[i];
        if (x->pio != pio || x->addr > c->last) {
            break;
        }
        if (i == 0 || !kvm_ioeventfd_is_beside(x - 1, x)) {
            update_place(km, address_space_to_flatview(as), x);
        }
    }
    c->any = false;
}

void kvm_ioeventfds_range_changed(KVMMemory *km, const MemoryRegionSection *section)
{
    note_change(&km->ioeventfds.changes[false], section);
}

void kvm_ioeventfds_committed(KVMMemory *km)
{
    settle(km, km->options.memory, false);
}

static void port_range_changed(MemoryListener *listener, MemoryRegionSection *section)
{
    note_change(&kvm_owner_of(listener, true)->ioeventfds.changes[true], section);
}

static void ports_committed(MemoryListener *listener)
{
    settle(kvm_owner_of(listener, true), listener->address_space, true);
}

static void listen_to_ports(MemoryListener *listener)
{
    listener->eventfd_add = port_add;
    listener->eventfd_del = port_del;
    listener->region_add = port_range_changed;
    listener->region_del = port_range_changed;
    listener->commit = ports_committed;
}

void kvm_ioeventfds_listen(KVMMemory *km, MemoryListener *listener)
{
    km->ioeventfds.big_endian = target_big_endian();
    if (listener == &km->io_listener) {
        listen_to_ports(listener);
    } else {
        listener->eventfd_add = memory_add;
        listener->eventfd_del = memory_del;
    }
}

void kvm_ioeventfds_end(KVMMemory *km)
{
    free(km->ioeventfds.table.entry);
    km->ioeventfds.table = (KvmIoeventfdTable){ .entry = NULL };
}
