/* SPDX-License-Identifier: MIT
 *
 * libunicorn as a contender (see contest.h), by its public calls. Neither the library nor its
 * adapter for Unicorn takes part. peer-unicorn.c measures libunicorn's changes of the map.
 */
#include <stdlib.h>

#include <unicorn/unicorn.h>

#include "contest.h"

enum { PAGE = 4096, BLOCK = 4096, MOST_RANGES = 1000 };

/* Ranges that are mapped together. */
typedef struct Group {
    GuestRange *first, *end;
    uint64_t base, size;
} Group;

typedef struct Peer {
    const Guest *guest;
    uc_engine *uc;
    bool is_plugged;
    Group group[]; /* at most as many as ranges */
} Peer;

static void must(uc_err err)
{
    if (err != UC_ERR_OK) {
        abort();
    }
}

/* ---- Showing a guest ------------------------------------------------------------------------- *
 *
 * An engine maps whole pages. Memory is always whole pages here. Devices that share pages become
 * one mapping, and its callback looks for the device, as a program would do it. */

/* libunicorn's callbacks have a signature of their own. So this contender makes one call more than
 * the others, which takes about a nanosecond. */
static uint64_t read_device(uc_engine *uc, uint64_t offset, unsigned size, void *opaque)
{
    const GuestRange *range = opaque;

    (void)uc;
    return range->read(NULL, offset, size);
}

static uint64_t read_group(uc_engine *uc, uint64_t offset, unsigned size, void *opaque)
{
    const Group *group = opaque;
    const uint64_t addr = group->base + offset;

    (void)uc;
    for (const GuestRange *range = group->first; range < group->end; range++) {
        if (addr - range->base < range->size) {
            return range->read(NULL, addr - range->base, size);
        }
    }
    return 0;
}

static uint64_t page_of(uint64_t addr)
{
    return addr & -(uint64_t)PAGE;
}

/* Returns the group of ranges that begins with 'first': those that follow and share its pages. */
static Group group_from(GuestRange *first, const GuestRange *end)
{
    Group group = { .first = first, .end = first, .base = page_of(first->base) };

    do {
        group.size = page_of(group.end->base + group.end->size + PAGE - 1) - group.base;
        group.end++;
    } while (group.end < end && group.end->base < group.base + group.size);
    return group;
}

static void show(Peer *peer, Group *group)
{
    GuestRange *range = group->first;

    if (range->host) {
        must(uc_mem_map_ptr(peer->uc, range->base, range->size, UC_PROT_ALL, range->host));
    } else if (range->base == group->base && range->size == group->size) {
        must(uc_mmio_map(peer->uc, range->base, range->size, read_device, range, NULL, NULL));
    } else {
        must(uc_mmio_map(peer->uc, group->base, group->size, read_group, group, NULL, NULL));
    }
}

/* Returns NULL if there are many ranges: each mapping takes milliseconds then. */
static void *make(const Guest *guest)
{
    const GuestRange *end = guest->range + guest->ranges;
    Peer *peer;

    if (guest->ranges > MOST_RANGES) {
        return NULL;
    }
    peer = calloc(1, sizeof(*peer) + guest->ranges * sizeof(Group));
    if (!peer) {
        abort();
    }
    Group *group = peer->group;
    peer->guest = guest;
    must(uc_open(UC_ARCH_X86, UC_MODE_64, &peer->uc));
    for (GuestRange *range = guest->range; range < end; range = group++->end) {
        *group = group_from(range, end);
        show(peer, group);
    }
    return peer;
}

static void end(void *state)
{
    Peer *peer = state;

    must(uc_close(peer->uc));
    free(peer);
}

/* ---- Operations ---------------------------------------------------------------------------- */

static void load(void *opaque, unsigned long count)
{
    Peer *peer = opaque;
    const uint64_t *address = peer->guest->address;
    uint32_t value;

    for (unsigned long i = 0; i < count; i++) {
        must(uc_mem_read(peer->uc, address[i % GUEST_PLACES], &value, sizeof(value)));
        bench_use(value);
    }
}

static void load_dependent(void *opaque, unsigned long count)
{
    Peer *peer = opaque;
    const uint64_t *address = peer->guest->address;
    uint32_t value = 0;

    for (unsigned long i = 0; i < count; i++) {
        must(uc_mem_read(peer->uc, address[i % GUEST_PLACES] + value, &value, sizeof(value)));
    }
    bench_use(value);
}

static void store(void *opaque, unsigned long count)
{
    Peer *peer = opaque;
    const uint64_t *address = peer->guest->address;
    const uint32_t value = 0;

    for (unsigned long i = 0; i < count; i++) {
        must(uc_mem_write(peer->uc, address[i % GUEST_PLACES], &value, sizeof(value)));
    }
}

static inline void read_block(Peer *peer, unsigned long count, size_t len)
{
    const uint64_t *address = peer->guest->address;

    for (unsigned long i = 0; i < count; i++) {
        must(uc_mem_read(peer->uc, address[i % GUEST_PLACES], peer->guest->block, len));
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

/* The page comes and goes two pages above the guest. */
static void change(void *opaque, unsigned long count)
{
    Peer *peer = opaque;
    const GuestRange *last = &peer->guest->range[peer->guest->ranges - 1];
    const uint64_t addr = page_of(last->base + last->size) + 2 * PAGE;

    for (unsigned long i = 0; i < count; i++) {
        must(peer->is_plugged ? uc_mem_unmap(peer->uc, addr, PAGE)
                              : uc_mem_map(peer->uc, addr, PAGE, UC_PROT_ALL));
        peer->is_plugged = !peer->is_plugged;
    }
}

const Contender contender_unicorn = {
    .make = make,
    .end = end,
    .batch = { [LOAD] = load,
               [LOAD_DEPENDENT] = load_dependent,
               [STORE] = store,
               [READ_4] = read_4,
               [READ_4096] = read_4096,
               [CHANGE] = change },
};
