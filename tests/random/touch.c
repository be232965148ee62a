/* SPDX-License-Identifier: MIT
 *
 * Memory in use while the map changes: stores and the dirty bits that they set (specification
 * 17.2), and caches that are made once and used for a long time (13.1).
 */
#include <string.h>

#include "random.h"

static const Seen *range_any(World *w, const Picture *p)
{
    return p->count ? &p->range[dice_below(w->dice, p->count)] : NULL;
}

/* ---- Dirty bits ------------------------------------------------------------------------- */

static uint8_t bits_at(const Node *n, hwaddr offset)
{
    ram_addr_t addr = memory_region_get_ram_addr((MemoryRegion *)&n->mr) + offset;
    uint8_t bits = 0;

    for (unsigned client = 0; client < DIRTY_MEMORY_NUM; client++) {
        bits |= (uint8_t)(cpu_physical_memory_get_dirty_flag(addr, client) << client);
    }
    return bits;
}

static void clear_bits(World *w, Node *n, hwaddr offset)
{
    unsigned client = dice_below(w->dice, DIRTY_MEMORY_NUM);
    uint8_t before = bits_at(n, offset), after;

    WORLD_SAY(w, "clean %s@%" PRIx64 " client %u", n->name, offset, client);
    memory_region_reset_dirty(&n->mr, offset, 1, client);
    after = bits_at(n, offset);
    if (after != (before & ~(1 << client))) {
        journal_fail("%s@%" PRIx64 ": bits %x, %x after clearing %u", n->name, offset, before,
                     after, client);
    }
}

static void store(World *w, unsigned space, hwaddr addr, const Node *n, hwaddr offset,
                  bool readonly)
{
    uint8_t byte = (uint8_t)dice_roll(w->dice), before = bits_at(n, offset);
    uint8_t want = before | (readonly ? 0 : model_mask(n, w->global_log));
    uint8_t *host = memory_region_get_ram_ptr((MemoryRegion *)&n->mr), old = host[offset];

    WORLD_SAY(w, "store %02x to space %u at %" PRIx64, byte, space, addr);
    MemTxResult result =
        address_space_write(w->space[space], addr, MEMTXATTRS_UNSPECIFIED, &byte, 1);
    if ((result != MEMTX_OK) != readonly || host[offset] != (readonly ? old : byte)) {
        journal_fail("store to %s@%" PRIx64 ": result %u, byte %02x", n->name, offset, result,
                     host[offset]);
    }
    if (bits_at(n, offset) != want) {
        journal_fail("store to %s@%" PRIx64 ": bits %x, then %x, want %x", n->name, offset, before,
                     bits_at(n, offset), want);
    }
}

void touch_memory(World *w, unsigned space)
{
    static Picture now;
    const Seen *r;

    check_picture(w->space[space], &now);
    r = range_any(w, &now);
    if (!r || ((Node *)r->mr)->kind != RAM) {
        return;
    }
    Node *n = (Node *)r->mr;
    hwaddr delta = dice_roll(w->dice) % (r->last - r->start + 1);
    if (dice_chance(w->dice, 50)) {
        clear_bits(w, n, r->offset + delta);
    } else {
        bool readonly = model_answer(w->root[space], r->start + delta).readonly;
        store(w, space, r->start + delta, n, r->offset + delta, readonly);
    }
}

/* ---- Caches ----------------------------------------------------------------------------- */

static void keep(World *w, Kept *k, unsigned space)
{
    static Picture now;
    const Seen *r;

    check_picture(w->space[space], &now);
    r = range_any(w, &now);
    if (!r) {
        return;
    }
    hwaddr delta = dice_roll(w->dice) % (r->last - r->start + 1 ?: 1);
    hwaddr want = 1 + dice_below(w->dice, 64);
    k->node = (Node *)r->mr;
    k->offset = r->offset + delta;
    WORLD_SAY(w, "keep %s@%" PRIx64 " of space %u", k->node->name, k->offset, space);
    int64_t got =
        address_space_cache_init(&k->cache, w->space[space], r->start + delta, want, false);
    if (got < 1 || (hwaddr)got > want || (hwaddr)got - 1 > r->last - r->start - delta) {
        journal_fail("a cache of %" PRIx64 " bytes on %s has %" PRIx64, want, k->node->name, got);
    }
}

static void let_go(World *w, Kept *k)
{
    WORLD_SAY(w, "let go of %s", k->node->name);
    address_space_cache_destroy(&k->cache);
    k->node = NULL;
}

void keep_something(World *w, unsigned space)
{
    Kept *k = &w->kept[dice_below(w->dice, KEPT)];

    if (k->node) {
        let_go(w, k);
    } else {
        keep(w, k, space);
    }
}

void keep_nothing_of(World *w, const Node *n)
{
    for (unsigned i = 0; i < KEPT; i++) {
        if (w->kept[i].node && (!n || w->kept[i].node == n)) {
            let_go(w, &w->kept[i]);
        }
    }
}

/* The byte that n returns: of its memory, or the offset, as the devices here do. A cache is not
 * affected if its region becomes smaller. */
static uint8_t byte_of(const Node *n, hwaddr offset, bool direct)
{
    if (n->kind == RAM || (n->kind == ROMD && direct)) {
        return ((uint8_t *)memory_region_get_ram_ptr((MemoryRegion *)&n->mr))[offset];
    }
    return (uint8_t)offset;
}

static void check_byte(World *w, Kept *k, hwaddr pos)
{
    const Node *end;
    hwaddr at;
    MemTxResult result;

    if (!walk_from(w, k->node, k->offset + pos, false, &end, &at)) {
        return;
    }
    bool direct = k->node->kind == IOMMU ? end && end->kind == ROMD && end->romd
                                         : k->cache.ptr != NULL;
    uint8_t want = end ? byte_of(end, at, direct) : 0;
    uint8_t got = address_space_ldub_cached(&k->cache, pos, MEMTXATTRS_UNSPECIFIED, &result);
    if ((result == MEMTX_OK) != (end != NULL) || (end && got != want)) {
        journal_fail("cache of %s@%" PRIx64 ": byte %02x result %u, want %02x%s", k->node->name,
                     k->offset + pos, got, result, want, end ? "" : " and an error");
    }
}

void check_kept(World *w)
{
    for (unsigned i = 0; i < KEPT; i++) {
        if (w->kept[i].node) {
            check_byte(w, &w->kept[i], dice_roll(w->dice) % w->kept[i].cache.len);
        }
    }
}
