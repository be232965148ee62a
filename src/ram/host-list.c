/* SPDX-License-Identifier: MIT
 *
 * Changes and searches the blocks by host address (host-list.h). room.c adds and removes blocks.
 * pins.c and host-address.c search.
 *
 * The number of lanes of a block comes from a hash of the block's number. So it does not follow the
 * order in which a program makes and removes blocks.
 */
#include "ram/host-list.h"

static RAMBlock *load(RAMBlock *const *link)
{
    return __atomic_load_n(link, __ATOMIC_ACQUIRE);
}

/* Returns how many lanes a block is in. The factor is 2^64 divided by the golden ratio. */
static unsigned lanes_of(const RAMBlock *rb)
{
    uint64_t hash = rb->readers.number * UINT64_C(0x9e3779b97f4a7c15);
    unsigned lanes = 1 + (unsigned)__builtin_clzll(hash | 1) / 2;

    return lanes < RAM_LANES ? lanes : RAM_LANES;
}

/* Blocks that begin at the same address stand in a row. 'behind' receives, for each lane, the link
 * that leads past all blocks that begin below the address. */
static void seek_links(struct RamRoom *room, const uint8_t *host, RAMBlock **behind[RAM_LANES])
{
    RAMBlock **lanes = room->hosts;

    for (unsigned lane = RAM_LANES; lane-- > 0;) {
        while (lanes[lane] && lanes[lane]->host < host) {
            lanes = lanes[lane]->lanes;
        }
        behind[lane] = &lanes[lane];
    }
}

/* A reader that sees the block in one lane sees it with its links in the lanes below. A reader that
 * does not see yet that there is one more lane finds the block in the lanes below it. */
void ram_hosts_add(struct RamRoom *room, RAMBlock *rb)
{
    const unsigned lanes = lanes_of(rb);
    RAMBlock **behind[RAM_LANES];

    seek_links(room, rb->host, behind);
    for (unsigned lane = 0; lane < lanes; lane++) {
        rb->lanes[lane] = *behind[lane];
        __atomic_store_n(behind[lane], rb, __ATOMIC_RELEASE);
    }
    if (lanes > room->lanes) {
        __atomic_store_n(&room->lanes, lanes, __ATOMIC_RELAXED);
    }
}

/* The links of rb stay as they are, so that a reader that is at rb can go on. */
void ram_hosts_remove(struct RamRoom *room, RAMBlock *rb)
{
    RAMBlock **behind[RAM_LANES];

    seek_links(room, rb->host, behind);
    for (unsigned lane = lanes_of(rb); lane-- > 0;) {
        RAMBlock **link = behind[lane];
        while (*link != rb) {
            link = &(*link)->lanes[lane];
        }
        __atomic_store_n(link, rb->lanes[lane], __ATOMIC_RELEASE);
    }
}

RAMBlock *ram_hosts_at_or_below(const struct RamRoom *room, const uint8_t *host)
{
    RAMBlock *const *lanes = room->hosts;
    RAMBlock *below = NULL, *next;

    for (unsigned lane = __atomic_load_n(&room->lanes, __ATOMIC_RELAXED); lane-- > 0;) {
        while ((next = load(&lanes[lane])) && next->host <= host) {
            below = next;
            lanes = next->lanes;
        }
    }
    return below;
}

RAMBlock *ram_hosts_seek(const MemoryContext *ctx, const uint8_t *host)
{
    RAMBlock *rb = ram_hosts_at_or_below(ctx->ram, host);

    if (rb && (uint64_t)(host - rb->host) < rb->max_length &&
        !__atomic_load_n(&rb->overlapped, __ATOMIC_ACQUIRE)) {
        return rb;
    }
    return __atomic_load_n(&ctx->ram->overlaps, __ATOMIC_ACQUIRE) ? ram_room_first(ctx) : NULL;
}
