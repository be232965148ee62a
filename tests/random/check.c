/* SPDX-License-Identifier: MIT
 *
 * Checks after a commit: the published view, the pictures of the watchers, and the model's answers
 * at the addresses where a mistake would show.
 */
#include <string.h>

#include "random.h"

static bool collect(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset, void *opaque)
{
    Picture *p = opaque;

    Int128 end = int128_add(start, size);

    if (p->count == RANGES || !int128_nonneg(start) || int128_le(end, start) ||
        int128_gt(end, int128_2_64())) {
        journal_fail("an impossible range of %s", memory_region_name(mr));
    }
    p->range[p->count++] = (Seen){ .start = int128_getlo(start),
                                   .last = int128_getlo(end) - 1,
                                   .mr = (MemoryRegion *)mr,
                                   .offset = offset };
    return false;
}

void check_picture(AddressSpace *as, Picture *p)
{
    p->count = 0;
    memory_read_lock();
    flatview_for_each_range(address_space_to_flatview(as), collect, p);
    memory_read_unlock();
    for (unsigned i = 1; i < p->count; i++) {
        if (p->range[i].start <= p->range[i - 1].last) {
            journal_fail("ranges overlap at %" PRIx64, p->range[i].start);
        }
    }
}

static void check_watcher(World *w, const Watcher *l, const Picture *now)
{
    const Picture *then = &l->picture;

    for (unsigned i = 0; i < then->count && i < now->count; i++) {
        const Seen *a = &then->range[i], *b = &now->range[i];
        if (a->start != b->start || a->last != b->last || a->mr != b->mr ||
            a->offset != b->offset) {
            journal_fail("space %u: told of %" PRIx64 "-%" PRIx64 ", shown %" PRIx64 "-%" PRIx64,
                         l->space, a->start, a->last, b->start, b->last);
        }
        if (a->mask != model_mask(((Node *)a->mr), w->global_log)) {
            journal_fail("space %u: %s has mask %u, told %u", l->space, memory_region_name(a->mr),
                         model_mask((Node *)a->mr, w->global_log), a->mask);
        }
        if (a->romd != (((Node *)a->mr)->kind == ROMD && ((Node *)a->mr)->romd)) {
            journal_fail("space %u: wrong mode of %s", l->space, memory_region_name(a->mr));
        }
    }
    if (then->count != now->count) {
        journal_fail("space %u: told of %u ranges, shown %u", l->space, then->count, now->count);
    }
}

/* Adjacent ranges that do not differ are one range (specification 6.1, rule 7). The attributes of
 * both sides come from the model; a region's mask and mode are the same on both sides. */
static void check_merged(World *w, unsigned space, const Picture *p)
{
    for (unsigned i = 1; i < p->count; i++) {
        const Seen *a = &p->range[i - 1], *b = &p->range[i];
        Answer left, right;
        if (a->mr != b->mr || a->last + 1 != b->start || b->offset < a->offset ||
            b->offset - a->offset != b->start - a->start) {
            continue; /* also where a region of 2^64 bytes ends and begins */
        }
        left = model_answer(w->root[space], a->last);
        right = model_answer(w->root[space], b->start);
        if (left.readonly == right.readonly && left.nonvolatile == right.nonvolatile) {
            journal_fail("space %u: ranges are not merged at %" PRIx64, space, b->start);
        }
    }
}

static const Picture *watched(World *w, unsigned space)
{
    for (unsigned k = 0; k < WATCHERS; k++) {
        if (w->watcher[k]->on && w->watcher[k]->space == space) {
            return &w->watcher[k]->picture;
        }
    }
    return NULL;
}

static void check_address(World *w, unsigned space, const Picture *p, hwaddr addr)
{
    Answer want = model_answer(w->root[space], addr);
    unsigned i = picture_seek(p, addr);
    const Seen *got = i < p->count && p->range[i].start <= addr ? &p->range[i] : NULL;
    const Picture *told = watched(w, space);

    if ((want.node ? &want.node->mr : NULL) != (got ? got->mr : NULL)) {
        journal_fail("space %u at %" PRIx64 ": want %s, got %s", space, addr,
                     want.node ? want.node->name : "nothing",
                     got ? memory_region_name(got->mr) : "nothing");
    }
    if (got && want.offset != got->offset + (addr - got->start)) {
        journal_fail("space %u at %" PRIx64 ": wrong offset in %s", space, addr, want.node->name);
    }
    if (got && told &&
        (told->range[i].readonly != want.readonly ||
         told->range[i].nonvolatile != want.nonvolatile)) {
        journal_fail("space %u at %" PRIx64 ": wrong attributes of %s", space, addr,
                     want.node->name);
    }
}

static void check_around(World *w, unsigned space, const Picture *p, const Seen *r)
{
    check_address(w, space, p, r->start);
    check_address(w, space, p, r->last);
    check_address(w, space, p, r->start - 1);
    check_address(w, space, p, r->last + 1);
    check_address(w, space, p, r->start + dice_roll(w->dice) % (r->last - r->start + 1 ?: 1));
}

/* Looks where regions would begin and end if nothing displaced or clipped them. */
static void check_somewhere(World *w, unsigned space, const Picture *p)
{
    const Node *n = w->node[dice_below(w->dice, w->nodes)];
    hwaddr addr = n->addr + (n->parent ? n->parent->addr : 0);

    check_address(w, space, p, addr);
    check_address(w, space, p, addr - 1);
    check_address(w, space, p, addr + n->size);
    check_address(w, space, p, w->unit * dice_below(w->dice, 100));
}

static void check_space(World *w, unsigned space)
{
    static Picture now;

    check_picture(w->space[space], &now);
    for (unsigned k = 0; k < WATCHERS; k++) {
        if (w->watcher[k]->on && w->watcher[k]->space == space) {
            check_watcher(w, w->watcher[k], &now);
            check_signals(w, w->watcher[k], &now);
        }
    }
    check_merged(w, space, &now);
    for (unsigned k = now.count < 6 ? now.count : 6; k > 0; k--) {
        const Seen *r = &now.range[dice_below(w->dice, now.count)];
        check_around(w, space, &now, r);
        if (((Node *)r->mr)->kind == IOMMU) {
            check_walk(w, space, r);
        }
    }
    check_somewhere(w, space, &now);
    check_bell(w, &now);
}

void check_world(World *w)
{
    for (unsigned i = 0; i < SPACES; i++) {
        if (w->space[i]) {
            check_space(w, i);
        }
    }
    check_kept(w);
}
