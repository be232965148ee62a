/* SPDX-License-Identifier: MIT
 *
 * libphysmem as a contender (see contest.h), by its public calls and inline forms.
 */
#include "contender-physmem.h"

#include <stdlib.h>

#include <physmem/inline/access.h>

enum { BLOCK = 4096 };

typedef struct Ours {
    const Guest *guest;
    MemoryContext *context;
    MemoryContext *before;
    AddressSpace space;
    MemoryRegion root;
    MemoryRegion *region;
    MemoryRegion plugged; /* the change: it comes and goes after all other ranges */
    MemoryRegionOps *ops;
    bool shown;
} Ours;

static void *must(void *ptr)
{
    if (!ptr) {
        abort();
    }
    return ptr;
}

static void make_region(Ours *o, unsigned long i)
{
    const GuestRange *range = &o->guest->range[i];
    MemoryRegion *mr = &o->region[i];

    if (range->host) {
        memory_region_init_ram_ptr(mr, NULL, "ram", range->size, range->host);
    } else {
        o->ops[i] = (MemoryRegionOps){ .read = range->read, .endianness = DEVICE_LITTLE_ENDIAN };
        memory_region_init_io(mr, NULL, &o->ops[i], NULL, "device", range->size);
        if (o->guest->lockless) {
            memory_region_enable_lockless_io(mr);
        }
    }
    memory_region_add_subregion(&o->root, range->base, mr);
}

/* Makes the region that change() shows and hides: a device with a page of its own, above the
 * guest. */
static void make_plugged(Ours *o)
{
    const GuestRange *last = &o->guest->range[o->guest->ranges - 1];

    memory_region_init_io(&o->plugged, NULL, NULL, NULL, "plugged", BLOCK);
    memory_region_set_enabled(&o->plugged, false);
    memory_region_add_subregion(&o->root, (last->base + last->size + 2 * BLOCK - 1) & -BLOCK,
                                &o->plugged);
}

static void *ours_make(const Guest *guest)
{
    Ours *o = must(calloc(1, sizeof(*o)));

    o->guest = guest;
    o->context = must(memory_context_new(NULL, NULL));
    o->before = memory_context_set_current(o->context);
    o->region = must(calloc(guest->ranges, sizeof(*o->region)));
    o->ops = must(calloc(guest->ranges, sizeof(*o->ops)));
    memory_region_init(&o->root, NULL, "root", UINT64_MAX);
    for (unsigned long i = 0; i < guest->ranges; i++) {
        make_region(o, i);
    }
    make_plugged(o);
    address_space_init(&o->space, &o->root, "contest");
    return o;
}

AddressSpace *contender_physmem_space(void *state)
{
    return &((Ours *)state)->space;
}

static void end_region(Ours *o, MemoryRegion *mr)
{
    memory_region_del_subregion(&o->root, mr);
    object_unparent(OBJECT(mr));
}

static void ours_end(void *state)
{
    Ours *o = state;

    address_space_destroy(&o->space);
    for (unsigned long i = 0; i < o->guest->ranges; i++) {
        end_region(o, &o->region[i]);
    }
    end_region(o, &o->plugged);
    object_unparent(OBJECT(&o->root));
    memory_drain();
    memory_context_set_current(o->before);
    if (!memory_context_destroy(o->context, NULL)) {
        abort();
    }
    free(o->region);
    free(o->ops);
    free(o);
}

static void change(void *state)
{
    Ours *o = state;

    o->shown = !o->shown;
    memory_region_set_enabled(&o->plugged, o->shown);
}

static void change_often(void *opaque, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        change(opaque);
    }
}

/* ---- Operations ---------------------------------------------------------------------------- */

static void load(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le(&o->space, address[i % GUEST_PLACES],
                                       MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void load_dependent(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;
    uint32_t value = 0;

    for (unsigned long i = 0; i < count; i++) {
        value = address_space_ldl_le(&o->space, address[i % GUEST_PLACES] + value,
                                     MEMTXATTRS_UNSPECIFIED, NULL);
    }
    bench_use(value);
}

static void store(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le(&o->space, address[i % GUEST_PLACES], 0, MEMTXATTRS_UNSPECIFIED,
                             NULL);
    }
}

static void load_inlined(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        bench_use(address_space_ldl_le_inline(&o->space, address[i % GUEST_PLACES],
                                              MEMTXATTRS_UNSPECIFIED, NULL));
    }
}

static void store_inlined(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        address_space_stl_le_inline(&o->space, address[i % GUEST_PLACES], 0,
                                    MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

static void map(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr len = BLOCK;
        void *host = address_space_map(&o->space, address[i % GUEST_PLACES], &len, false,
                                       MEMTXATTRS_UNSPECIFIED);
        bench_use((uintptr_t)host);
        address_space_unmap(&o->space, host, len, false, len);
    }
}

/* What address_space_map() does for longer than a read section. */
static void borrow(void *opaque, unsigned long count)
{
    Ours *o = opaque;
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        hwaddr len = BLOCK, offset;
        memory_read_lock();
        MemoryRegion *mr = address_space_translate(&o->space, address[i % GUEST_PLACES], &offset,
                                                   &len, false, MEMTXATTRS_UNSPECIFIED);
        bench_use((uintptr_t)memory_region_get_ram_ptr(mr) + offset);
        memory_read_unlock();
    }
}

static inline void read_block(Ours *o, unsigned long count, hwaddr len)
{
    const uint64_t *address = o->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        address_space_read(&o->space, address[i % GUEST_PLACES], MEMTXATTRS_UNSPECIFIED,
                           o->guest->block, len);
    }
}

static void read_4(void *opaque, unsigned long count)
{
    read_block(opaque, count, 4);
}

static void read_4096(void *opaque, unsigned long count)
{
    read_block(opaque, count, BLOCK);
}

const Contender contender_physmem = {
    .make = ours_make,
    .end = ours_end,
    .batch = { [LOAD] = load,
               [LOAD_DEPENDENT] = load_dependent,
               [STORE] = store,
               [LOAD_INLINED] = load_inlined,
               [STORE_INLINED] = store_inlined,
               [MAP] = map,
               [BORROW] = borrow,
               [READ_4] = read_4,
               [READ_4096] = read_4096,
               [CHANGE] = change_often },
    .change = change,
};
