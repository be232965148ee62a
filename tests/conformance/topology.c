/* SPDX-License-Identifier: MIT
 *
 * Trees, views and queries: random edits. After each outermost commit the flat views, finds,
 * presence, translations and access checks are printed.
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - R1: access_valid for writes is asked only while no region but RAM is read-only.
 *  - R2: a space whose view skips a region at the top that has attributes is not printed.
 *  - R3: lengths, and checks of several bytes, are not printed where a ROM device answers.
 *  - R4, D9: units of 16 bytes and more keep chunks inside regions, equally aligned in both
 *    coordinates. With a unit of 1 only single bytes are checked.
 *  - R8: the view of a section is not read. R21: no find has size 0.
 *  - R19: spaces are made and destroyed outside of transactions only.
 *  - The recorded implementation also cuts the length of a translation at guest pages if visible
 *    ranges are not whole pages: with units below a page no length goes beyond one.
 *  - An address that exceeds 2^64 on the way to the topmost container is not given to find.
 *  - A space's root is not moved while it is in no container or in a disabled one, nor put into a
 *    disabled one: its address, and so the view, would change without a commit that takes effect.
 */
#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"
#include "world.h"

static bool show_range(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset,
                       void *opaque)
{
    World *w = opaque;
    char a[40], b[40];
    conf_say(w->c, "  %s +%s %s @0x%" PRIx64 "\n", w_128(a, start), w_128(b, len), w_name(w, mr),
             offset);
    return false;
}

static void show_view(World *w, unsigned i)
{
    WSpace *s = w->space[i];
    s->n = 0;
    if (s->avoid) {
        conf_say(w->c, "view %u not shown\n", i);
        return;
    }
    conf_say(w->c, "view %u root %s\n", i, s->root->name);
    CONF_READ_LOCK();
    flatview_for_each_range(address_space_to_flatview(&s->as), show_range, w);
    CONF_READ_UNLOCK();
    w_look(s);
}

/* Returns an address near something visible. */
static hwaddr somewhere(World *w, WSpace *s)
{
    Conf *c = w->c;
    if (s->n && conf_chance(c, 80)) {
        WRange *r = &s->range[conf_below(c, s->n)];
        switch (conf_below(c, 5)) {
        case 0:
            return r->start;
        case 1:
            return r->last;
        case 2:
            return r->start - 1;
        case 3:
            return r->last + 1;
        default:
            return r->start +
                   conf_below(c, (r->last - r->start < 4096 ? r->last - r->start : 4096) + 1);
        }
    }
    hwaddr addr = w_addr(w);
    return addr + conf_below(c, w->unit);
}

static void show_translate(World *w, unsigned i)
{
    Conf *c = w->c;
    WSpace *s = w->space[i];
    hwaddr addr = somewhere(w, s), xlat = 0;
    hwaddr len = conf_chance(c, 20) ? UINT64_MAX
                                    : 1 + conf_below(c, conf_chance(c, 50) ? 8 : 0x8000);
    bool is_write = conf_chance(c, 50);
    if (w->unit < 0x1000 && len > 0x1000 - (addr & 0xfff)) {
        len = 0x1000 - (addr & 0xfff);
    }
    conf_say(c, "translate %u 0x%" PRIx64 " 0x%" PRIx64 " %c", i, addr, len, is_write ? 'w' : 'r');
    CONF_READ_LOCK();
    MemoryRegion *mr =
        address_space_translate(&s->as, addr, &xlat, &len, is_write, MEMTXATTRS_UNSPECIFIED);
    WNode *n = w_node_of(w, mr);
    conf_say(c, ": %s 0x%" PRIx64, w_name(w, mr), xlat);
    CONF_READ_UNLOCK();
    if (n && n->kind == K_ROMD) {
        conf_say(c, "\n");
    } else {
        conf_say(c, " 0x%" PRIx64 "\n", len);
    }
}

static void show_valid(World *w, unsigned i)
{
    Conf *c = w->c;
    WSpace *s = w->space[i];
    hwaddr addr = somewhere(w, s), len = conf_below(c, conf_chance(c, 50) ? 10 : 4 * w->unit + 1);
    bool is_write = conf_chance(c, 40);
    MemTxAttrs attrs = { .secure = conf_chance(c, 50) };
    if (w->unit < 16 && len > 1) {
        len = 1;
    }
    for (unsigned k = 0; k < w->n; k++) {
        WNode *n = w->node[k];
        if (n->live && n->ro && n->kind != K_RAM) {
            is_write = false;
        }
    }
    for (unsigned k = 0; k < s->n && len > 1; k++) {
        WNode *n = w_node_of(w, s->range[k].mr);
        bool touched = addr + (len - 1) < addr
                           ? s->range[k].start <= addr + (len - 1) || s->range[k].last >= addr
                           : s->range[k].start <= addr + (len - 1) && s->range[k].last >= addr;
        if (touched && n && n->kind == K_ROMD) {
            len = 1;
        }
    }
    conf_say(c, "valid %u 0x%" PRIx64 " 0x%" PRIx64 " %c%s: %d\n", i, addr, len,
             is_write ? 'w' : 'r', attrs.secure ? "s" : "",
             address_space_access_valid(&s->as, addr, len, is_write, attrs));
}

static void show_find(World *w)
{
    Conf *c = w->c;
    WNode *n = w->node[conf_below(c, w->n)], *top;
    hwaddr base;
    char b[40];
    if (!n->live || !w_absolute(n, &base, &top)) {
        return;
    }
    WSpace *s = w_first_space(w, top);
    if (s && s->avoid) {
        return;
    }
    hwaddr addr;
    if (s && conf_chance(c, 60)) {
        addr = somewhere(w, s) - base;
    } else {
        addr = w_addr(w);
        addr += conf_below(c, w->unit);
    }
    if (base + addr < base) {
        return;
    }
    uint64_t size = conf_chance(c, 15) ? UINT64_MAX
                                       : 1 + conf_below(c, conf_chance(c, 50) ? 4 : 8 * w->unit);
    conf_say(c, "find %s 0x%" PRIx64 " 0x%" PRIx64 ": ", n->name, addr, size);
    MemoryRegionSection sec = memory_region_find(&n->mr, addr, size);
    if (sec.mr) {
        conf_say(c, "%s 0x%" PRIx64 " +%s @0x%" PRIx64 "%s%s\n", w_name(w, sec.mr),
                 sec.offset_within_address_space, w_128(b, sec.size), sec.offset_within_region,
                 sec.readonly ? " ro" : "", sec.nonvolatile ? " nv" : "");
    } else {
        conf_say(c, "none +%s\n", w_128(b, sec.size));
    }
    memory_region_unref(sec.mr);
    conf_say(c, "present %s 0x%" PRIx64 ": %d\n", n->name, addr,
             memory_region_present(&n->mr, addr));
}

static void show_all(World *w, unsigned queries)
{
    Conf *c = w->c;
    w_settle(w);
    for (unsigned i = 0; i < W_SPACES; i++) {
        if (w->space[i]) {
            show_view(w, i);
        }
    }
    conf_say(c, "mapped");
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && memory_region_is_mapped(&w->node[i]->mr)) {
            conf_say(c, " %s", w->node[i]->name);
        }
    }
    conf_say(c, "\n");
    for (unsigned q = 0; q < queries; q++) {
        unsigned i = (unsigned)conf_below(c, W_SPACES);
        show_find(w);
        if (w->space[i] && !w->space[i]->avoid) {
            show_translate(w, i);
            show_valid(w, i);
        }
    }
}

/* Makes a transaction of edits and inner transactions, and prints the views, which do not change
 * yet. */
static void transaction(World *w)
{
    Conf *c = w->c;
    w_begin(w);
    for (unsigned k = 1 + (unsigned)conf_below(c, 6); k > 0; k--) {
        if (w->depth < 4 && conf_chance(c, 20)) {
            transaction(w);
        } else {
            w_edit(w);
        }
        unsigned i = (unsigned)conf_below(c, W_SPACES);
        if (conf_chance(c, 30) && w->space[i] && !w->space[i]->avoid) {
            show_translate(w, i);
        }
    }
    w_commit(w);
}

static WNode *pick_root(World *w)
{
    for (unsigned i = 0; i < w->n && conf_chance(w->c, 70); i++) {
        if (w->node[i]->live && w_is_leaf(w->node[i]) && w->node[i]->size == UINT64_MAX) {
            return w->node[i];
        }
    }
    for (int tries = 0; tries < 20; tries++) {
        WNode *n = w->node[conf_below(w->c, w->n)];
        if (n->live && (w_weight(w, n, 5) == 5 || tries > 12 || conf_chance(w->c, 6))) {
            return n;
        }
    }
    return w->node[0];
}

void conformance_topology(Conf *c)
{
    World *w = calloc(1, sizeof(*w));
    w_init(w, c);
    w_make(w, K_CONT, conf_chance(c, 75) ? UINT64_MAX : w->unit * (8 + conf_below(c, 56)), NULL,
           0);
    unsigned regions = 18 + (unsigned)conf_below(c, 20);
    if (conf_chance(c, 30)) {
        w_make(w, K_IO, UINT64_MAX, NULL, 0);
    }
    while (w->n < regions) {
        w_make_random(w);
    }
    w_space_init(w, 0, w->node[0]);
    /* Put some regions into the tree before anything is printed. */
    w_begin(w);
    for (unsigned k = 0; k < 4 * regions; k++) {
        WNode *n = w->node[1 + conf_below(c, w->n - 1)], *p = w->node[conf_below(c, w->n)];
        if (n->live && !n->parent) {
            if (!p->live || p->kind != K_CONT || conf_chance(c, 30)) {
                p = w->node[0];
            }
            w_add(w, p, w_addr(w), n);
        }
    }
    w_commit(w);
    show_all(w, 4);
    unsigned steps = 40 + (unsigned)conf_below(c, 20);
    for (unsigned step = 0; step < steps; step++) {
        unsigned what = (unsigned)conf_below(c, 100),
                 i = 1 + (unsigned)conf_below(c, W_SPACES - 1);
        conf_say(c, "step %u\n", step);
        if (what < 12) {
            if (!w->space[i]) {
                w_space_init(w, i, conf_chance(c, 20) ? w->node[0] : pick_root(w));
            } else if (conf_chance(c, 35)) {
                w_space_destroy(w, i);
            }
        } else if (what < 45) {
            transaction(w);
        } else {
            for (unsigned k = (unsigned)conf_below(c, 4); k > 0; k--) {
                w_edit(w);
            }
            w_edit(w);
        }
        show_all(w, 5);
    }
    w_fini(w);
    free(w);
}
