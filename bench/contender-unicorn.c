/* SPDX-License-Identifier: MIT
 *
 * libunicorn as a contender (see contest.h), by its public calls. Neither the library nor its
 * adapter for Unicorn takes part. peer-unicorn.c measures libunicorn's changes of the map.
 */
#include <stdlib.h>

#include <unicorn/unicorn.h>

#include "contest.h"

enum { PAGE = 4096, BLOCK = 4096 };

typedef struct Peer {
    const Guest *guest;
    uc_engine *uc;
    uint8_t block[BLOCK];
} Peer;

static void must(uc_err err)
{
    if (err != UC_ERR_OK) {
        abort();
    }
}

/* libunicorn's callbacks have a signature of their own. So this contender makes one call more than
 * the others, which takes about a nanosecond. */
static uint64_t read_device(uc_engine *uc, uint64_t offset, unsigned size, void *opaque)
{
    const GuestRange *range = opaque;

    (void)uc;
    return range->read(NULL, offset, size);
}

static void show(Peer *peer, GuestRange *range)
{
    if (range->host) {
        must(uc_mem_map_ptr(peer->uc, range->base, range->size, UC_PROT_ALL, range->host));
    } else {
        must(uc_mmio_map(peer->uc, range->base, range->size, read_device, range, NULL, NULL));
    }
}

/* Returns NULL if a range is not whole pages, because an engine cannot map that. */
static void *make(const Guest *guest)
{
    Peer *peer;

    for (unsigned long i = 0; i < guest->ranges; i++) {
        if (guest->range[i].base % PAGE || guest->range[i].size % PAGE) {
            return NULL;
        }
    }
    peer = calloc(1, sizeof(*peer));
    if (!peer) {
        abort();
    }
    peer->guest = guest;
    must(uc_open(UC_ARCH_X86, UC_MODE_64, &peer->uc));
    for (unsigned long i = 0; i < guest->ranges; i++) {
        show(peer, &guest->range[i]);
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
        must(uc_mem_read(peer->uc, address[i % GUEST_PLACES], peer->block, len));
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

const Contender contender_unicorn = {
    .make = make,
    .end = end,
    .batch = { [LOAD] = load,
               [LOAD_DEPENDENT] = load_dependent,
               [STORE] = store,
               [READ_4] = read_4,
               [READ_4096] = read_4096 },
};
