/* SPDX-License-Identifier: MIT
 *
 * Listener callbacks that give ioeventfds and coalesced ranges to KVM, and the table of ioeventfds
 * that decides which of those that collide KVM has.
 */
#include "signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "host.h"
#include "memory.h"

static KVMMemory *owner_of(MemoryListener *listener, bool pio)
{
    if (pio) {
        return (KVMMemory *)((char *)listener - offsetof(KVMMemory, io_listener));
    }
    return kvm_space_of(listener)->km;
}

/* ---- The table -------------------------------------------------------------------------- */

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_place(const KvmIoeventfd *a, const KvmIoeventfd *b)
{
    return a->pio != b->pio ? a->pio - b->pio : order(a->addr, b->addr);
}

/* The library's order is that of size, match_data, data and notifier (specification 18). Data
 * that is not matched is told as it was given, and counts. */
static int compare(const KvmIoeventfd *a, const KvmIoeventfd *b)
{
    int place = compare_place(a, b);

    if (place != 0) {
        return place;
    }
    if (a->size != b->size) {
        return order(a->size, b->size);
    }
    if (a->match_data != b->match_data) {
        return a->match_data - b->match_data;
    }
    if (a->data != b->data) {
        return order(a->data, b->data);
    }
    return order((uintptr_t)a->e, (uintptr_t)b->e);
}

/* The first entry that comes behind x: behind its equals, too. */
static size_t find_behind(const KvmSignals *s, const KvmIoeventfd *x)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&s->entry[middle], x) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool insert(KvmSignals *s, size_t at, const KvmIoeventfd *x)
{
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 16;
        KvmIoeventfd *entry = realloc(s->entry, room * sizeof(*entry));
        if (entry == NULL) {
            return false;
        }
        s->entry = entry;
        s->room = room;
    }
    memmove(&s->entry[at + 1], &s->entry[at], (s->count - at) * sizeof(*x));
    s->entry[at] = *x;
    s->count++;
    return true;
}

static void cut_out(KvmSignals *s, size_t at)
{
    s->count--;
    memmove(&s->entry[at], &s->entry[at + 1], (s->count - at) * sizeof(s->entry[0]));
}

/* ---- One ioeventfd and KVM -------------------------------------------------------------- */

static bool is_swapped(const KVMMemory *km, const MemoryRegion *mr)
{
    enum device_endian endianness = mr->ops->endianness;
    bool native = endianness == DEVICE_NATIVE_ENDIAN;

    return !native && (endianness == DEVICE_BIG_ENDIAN) != km->signals.big_endian;
}

static MemoryRegion *reached_by(FlatView *fv, hwaddr addr, hwaddr *offset)
{
    hwaddr len = 1;

    return flatview_translate(fv, addr, offset, &len, true, (MemTxAttrs){ 0 });
}

/* Do all bytes of x lie in one piece of a region? */
static bool is_shown(FlatView *fv, const KvmIoeventfd *x)
{
    hwaddr first, offset;
    const MemoryRegion *mr = reached_by(fv, x->addr, &first);

    for (unsigned i = 1; i < x->size; i++) {
        if (reached_by(fv, x->addr + i, &offset) != mr || offset != first + i) {
            return false;
        }
    }
    return true;
}

/* What a write at the address of x reaches. */
typedef struct Target {
    const MemoryRegion *device; /* NULL: none, so that the write does not signal */
    hwaddr offset;              /* in it */
    bool whole;                 /* x is all there */
    uint64_t data;              /* what the CPU writes, which is what KVM compares with */
} Target;

static Target target_of(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    Target t = { .data = x->data };
    MemoryRegion *mr;

    memory_read_lock();
    mr = reached_by(fv, x->addr, &t.offset);
    t.device = memory_access_is_direct(mr, true) || mr->ops == &unassigned_mem_ops ? NULL : mr;
    t.whole = is_shown(fv, x);
    if (x->size && is_swapped(km, mr)) {
        t.data = __builtin_bswap64(x->data) >> (64 - 8 * x->size);
    }
    memory_read_unlock();
    return t;
}

static bool is_its_own(const Target *t, const KvmIoeventfd *x)
{
    return t->device == x->mr && t->whole;
}

static bool is_at_its_place(const KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    Target t = target_of(km, fv, x);

    return is_its_own(&t, x);
}

static void report_refusal(KVMMemory *km, KvmIoeventfd *x, const Target *t, int error)
{
    const char *name = memory_region_name(t->device);
    char size[32] = "any size";

    if (x->refused) {
        return;
    }
    x->refused = true;
    if (x->size != 0) {
        snprintf(size, sizeof(size), "%u bytes", x->size);
    }
    kvm_host_report(km, MEMORY_LOG_WARNING,
                    "KVM refuses an ioeventfd of %s of region '%s', offset 0x%" PRIx64
                    ", at %s 0x%" PRIx64 ": %s; its writes are exits",
                    size, name != NULL ? name : "(noname)", t->offset,
                    x->pio ? "port" : "address", x->addr, strerror(error));
}

static void give(KVMMemory *km, FlatView *fv, KvmIoeventfd *x)
{
    Target t = target_of(km, fv, x);

    if (!kvm_host_feature(km, KVM_FEATURE_IOEVENTFD) || x->mr == NULL || !is_its_own(&t, x) ||
        (!x->size && !kvm_host_feature(km, KVM_FEATURE_IOEVENTFD_ANY_LENGTH))) {
        return;
    }
    x->told = (struct kvm_ioeventfd){
        .datamatch = t.data,
        .addr = x->addr,
        .len = x->size,
        .fd = event_notifier_get_fd(x->e),
        .flags = (x->size && x->match_data ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0) |
                 (x->pio ? KVM_IOEVENTFD_FLAG_PIO : 0),
    };
    x->in_kvm = ioctl(km->vm_fd, KVM_IOEVENTFD, &x->told) == 0;
    if (!x->in_kvm) {
        report_refusal(km, x, &t, errno);
    }
}

static void take_back(KVMMemory *km, KvmIoeventfd *x)
{
    x->told.flags |= KVM_IOEVENTFD_FLAG_DEASSIGN;
    if (ioctl(km->vm_fd, KVM_IOEVENTFD, &x->told) != 0) {
        kvm_host_report(km, MEMORY_LOG_ERROR, "KVM keeps an ioeventfd at %s 0x%" PRIx64 ": %s",
                        x->pio ? "port" : "address", x->addr, strerror(errno));
    }
    x->in_kvm = false;
}

/* ---- Those at one address --------------------------------------------------------------- */

/* Of ioeventfds at one address, in their order: what has come so far. */
typedef struct Ahead {
    const KvmIoeventfd *first;
    const KvmIoeventfd *any_data; /* the last that matches all data of its size */
    const KvmIoeventfd *last;
} Ahead;

/* Would every write that matches x match one that is ahead of it? */
static bool is_hidden(const Ahead *ahead, const KvmIoeventfd *x)
{
    if (ahead->first == NULL) {
        return false;
    }
    return ahead->first->size == 0 ||
           (ahead->any_data != NULL && ahead->any_data->size == x->size) ||
           (ahead->last->size == x->size && ahead->last->data == x->data);
}

static void pass(Ahead *ahead, const KvmIoeventfd *x)
{
    if (ahead->first == NULL) {
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
    if (x->in_kvm && (hidden || !is_at_its_place(km, fv, x))) {
        take_back(km, x);
    }
}

static void add_seen(KVMMemory *km, FlatView *fv, KvmIoeventfd *x, bool hidden)
{
    if (!hidden && !x->in_kvm) {
        give(km, fv, x);
    }
}

static void visit_place(KVMMemory *km, FlatView *fv, size_t first, Visit *visit)
{
    KvmSignals *s = &km->signals;
    Ahead ahead = { NULL, NULL, NULL };

    for (size_t i = first; i < s->count && !compare_place(&s->entry[i], &s->entry[first]); i++) {
        visit(km, fv, &s->entry[i], is_hidden(&ahead, &s->entry[i]));
        pass(&ahead, &s->entry[i]);
    }
}

/* What no longer may be in KVM goes first, for it is in the way of what may. */
static void update_place(KVMMemory *km, FlatView *fv, const KvmIoeventfd *any)
{
    KvmIoeventfd first = { .pio = any->pio, .addr = any->addr };
    size_t at = find_behind(&km->signals, &first);

    visit_place(km, fv, at, remove_hidden);
    visit_place(km, fv, at, add_seen);
}

/* ---- Ioeventfds: callbacks -------------------------------------------------------------- */

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
    KvmSignals *s = &km->signals;

    x->mr = target_of(km, fv, x).device;
    if (!insert(s, find_behind(s, x), x)) {
        kvm_host_report(km, MEMORY_LOG_ERROR, "no memory for an ioeventfd at 0x%" PRIx64, x->addr);
        return;
    }
    update_place(km, fv, x);
}

/* Of equal ones the last goes: it is the one that waits. */
static void del(KVMMemory *km, FlatView *fv, const KvmIoeventfd *x)
{
    KvmSignals *s = &km->signals;
    size_t behind = find_behind(s, x);

    if (behind == 0 || compare(&s->entry[behind - 1], x) != 0) {
        return; /* there was no memory for it */
    }
    if (s->entry[behind - 1].in_kvm) {
        take_back(km, &s->entry[behind - 1]);
    }
    cut_out(s, behind - 1);
    update_place(km, fv, x);
}

static void memory_add(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                       uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, false);
    add(owner_of(listener, false), section->fv, &x);
}

static void memory_del(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                       uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, false);
    del(owner_of(listener, false), section->fv, &x);
}

static void port_add(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                     uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, true);
    add(owner_of(listener, true), section->fv, &x);
}

static void port_del(MemoryListener *listener, MemoryRegionSection *section, bool match_data,
                     uint64_t data, EventNotifier *e)
{
    KvmIoeventfd x = entry_of(section, match_data, data, e, true);
    del(owner_of(listener, true), section->fv, &x);
}

/* ---- Ioeventfds: the map around them changes -------------------------------------------- */

static void note_change(KvmChanges *c, const MemoryRegionSection *section)
{
    hwaddr first = section->offset_within_address_space;
    hwaddr last = memory_region_section_get_last(section);

    c->first = c->any && c->first < first ? c->first : first;
    c->last = c->any && c->last > last ? c->last : last;
    c->any = true;
}

/* Looks again at all in the changed addresses. One that begins before them has lost or gained
 * nothing: what is shown of its device would have changed from its first byte on. */
static void settle(KVMMemory *km, AddressSpace *as, bool pio)
{
    KvmSignals *s = &km->signals;
    KvmChanges *c = &s->changes[pio];
    KvmIoeventfd first = { .pio = pio, .addr = c->first };

    for (size_t i = find_behind(s, &first); c->any && i < s->count; i++) {
        const KvmIoeventfd *x = &s->entry[i];
        if (x->pio != pio || x->addr > c->last) {
            break;
        }
        if (i == 0 || compare_place(x - 1, x) != 0) {
            update_place(km, address_space_to_flatview(as), x);
        }
    }
    c->any = false;
}

void kvm_signals_range_changed(KVMMemory *km, const MemoryRegionSection *section)
{
    note_change(&km->signals.changes[false], section);
}

void kvm_signals_committed(KVMMemory *km)
{
    settle(km, km->options.memory, false);
}

static void port_range_changed(MemoryListener *listener, MemoryRegionSection *section)
{
    note_change(&owner_of(listener, true)->signals.changes[true], section);
}

static void ports_committed(MemoryListener *listener)
{
    settle(owner_of(listener, true), listener->address_space, true);
}

static void listen_to_ports(MemoryListener *listener)
{
    listener->eventfd_add = port_add;
    listener->eventfd_del = port_del;
    listener->region_add = port_range_changed;
    listener->region_del = port_range_changed;
    listener->commit = ports_committed;
}

void kvm_signals_listen(KVMMemory *km, MemoryListener *listener)
{
    km->signals.big_endian = target_big_endian();
    if (listener == &km->io_listener) {
        listen_to_ports(listener);
    } else {
        listener->eventfd_add = memory_add;
        listener->eventfd_del = memory_del;
    }
}

void kvm_signals_end(KVMMemory *km)
{
    free(km->signals.entry);
    km->signals = (KvmSignals){ .entry = NULL };
}

/* ---- Coalesced ranges ------------------------------------------------------------------- */

/* KVM counts a zone's bytes in 32 bits, so a longer range is several. */
#define ZONE_MAX ((hwaddr)1 << 30)

static void tell_zone(KVMMemory *km, unsigned long request, hwaddr addr, hwaddr len, bool pio)
{
    struct kvm_coalesced_mmio_zone zone = { .addr = addr, .size = (uint32_t)len, .pio = pio };

    if (ioctl(km->vm_fd, request, &zone) != 0) {
        kvm_host_report(km, MEMORY_LOG_WARNING,
                        "KVM refuses to %s coalescing of %s 0x%" PRIx64 "-0x%" PRIx64 ": %s",
                        request == KVM_REGISTER_COALESCED_MMIO ? "begin" : "end",
                        pio ? "ports" : "addresses", addr, addr + (len - 1), strerror(errno));
    }
}

static void tell_range(MemoryListener *listener, unsigned long request, hwaddr addr, hwaddr len,
                       bool pio)
{
    KVMMemory *km = owner_of(listener, pio);
    KvmFeature feature = pio ? KVM_FEATURE_COALESCED_PIO : KVM_FEATURE_COALESCED_MMIO;

    if (!kvm_host_feature(km, feature)) {
        return;
    }
    while (len > 0) {
        hwaddr part = len < ZONE_MAX ? len : ZONE_MAX;
        tell_zone(km, request, addr, part, pio);
        addr += part;
        len -= part;
    }
}

static void memory_range_add(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_REGISTER_COALESCED_MMIO, addr, len, false);
}

static void memory_range_del(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                             hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_UNREGISTER_COALESCED_MMIO, addr, len, false);
}

static void port_range_add(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                           hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_REGISTER_COALESCED_MMIO, addr, len, true);
}

static void port_range_del(MemoryListener *listener, MemoryRegionSection *section, hwaddr addr,
                           hwaddr len)
{
    (void)section;
    tell_range(listener, KVM_UNREGISTER_COALESCED_MMIO, addr, len, true);
}

void kvm_coalesced_listen(KVMMemory *km, MemoryListener *listener)
{
    bool pio = listener == &km->io_listener;

    listener->coalesced_io_add = pio ? port_range_add : memory_range_add;
    listener->coalesced_io_del = pio ? port_range_del : memory_range_del;
}
