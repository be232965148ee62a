/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds and coalesced ranges: what listeners are told while devices are moved, hidden and
 * shown, and which notifier a write signals.
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - D1, D9, R16: stores are aligned, and devices take all their sizes in the same way.
 *  - R1: only RAM is read-only. R2: a root contains two regions that always stay.
 *  - R8: the view of a section is not printed.
 *  - R10: set_coalescing is not called for 2^64 bytes.
 *  - R12: an ioeventfd of any width shares its address with no other one.
 *  - R14: listeners are registered before the first ioeventfd or coalesced range, and removed
 *    after the last one.
 *  - Ioeventfds are inside their region and aligned, so none crosses two visible pieces. Data that
 *    is not matched is 0. No coalesced range is empty. Flushes have no visible effect.
 */
#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"
#include "world.h"

enum { LISTENERS = 4, EVENTS = 5, FDS = 48 };

typedef struct {
    MemoryListener listener;
    World *w;
    EventNotifier *event;
    int id;
} Spy;

typedef struct {
    WNode *n; /* NULL: free */
    hwaddr addr;
    unsigned size;
    bool match;
    uint64_t data;
    int event;
} Fd;

typedef struct {
    World *w;
    Spy spy[LISTENERS];
    EventNotifier event[EVENTS];
    Fd fd[FDS];
} Scene;

static void say_section(MemoryListener *l, const char *what, MemoryRegionSection *s)
{
    Spy *y = (Spy *)l;
    char b[40];
    conf_say(y->w->c, "  L%d %s %s 0x%" PRIx64 " +%s @0x%" PRIx64, y->id, what,
             w_name(y->w, s->mr), s->offset_within_address_space, w_128(b, s->size),
             s->offset_within_region);
}

static void spy_begin(MemoryListener *l)
{
    conf_say(((Spy *)l)->w->c, "  L%d begin\n", ((Spy *)l)->id);
}

static void spy_commit(MemoryListener *l)
{
    conf_say(((Spy *)l)->w->c, "  L%d commit\n", ((Spy *)l)->id);
}

static void spy_add(MemoryListener *l, MemoryRegionSection *s)
{
    say_section(l, "add", s);
    conf_say(((Spy *)l)->w->c, "\n");
}

static void spy_del(MemoryListener *l, MemoryRegionSection *s)
{
    say_section(l, "del", s);
    conf_say(((Spy *)l)->w->c, "\n");
}

static void say_event(MemoryListener *l, const char *what, MemoryRegionSection *s, bool match_data,
                      uint64_t data, EventNotifier *e)
{
    Spy *y = (Spy *)l;
    char b[40];
    conf_say(y->w->c, "  L%d %s 0x%" PRIx64 " size %s match %d data 0x%" PRIx64 " e%d%s\n", y->id,
             what, s->offset_within_address_space, w_128(b, s->size), match_data, data,
             (int)(e - y->event), s->mr ? " with a region" : "");
}

static void spy_eventfd_add(MemoryListener *l, MemoryRegionSection *s, bool match_data,
                            uint64_t data, EventNotifier *e)
{
    say_event(l, "eventfd_add", s, match_data, data, e);
}

static void spy_eventfd_del(MemoryListener *l, MemoryRegionSection *s, bool match_data,
                            uint64_t data, EventNotifier *e)
{
    say_event(l, "eventfd_del", s, match_data, data, e);
}

static void spy_coalesced_add(MemoryListener *l, MemoryRegionSection *s, hwaddr addr, hwaddr len)
{
    say_section(l, "coalesced_add", s);
    conf_say(((Spy *)l)->w->c, ": 0x%" PRIx64 " +0x%" PRIx64 "\n", addr, len);
}

static void spy_coalesced_del(MemoryListener *l, MemoryRegionSection *s, hwaddr addr, hwaddr len)
{
    say_section(l, "coalesced_del", s);
    conf_say(((Spy *)l)->w->c, ": 0x%" PRIx64 " +0x%" PRIx64 "\n", addr, len);
}

static void spy_on(Scene *s, int i, unsigned space)
{
    World *w = s->w;
    Conf *c = w->c;
    Spy *y = &s->spy[i];
    static const unsigned priorities[] = { 0, 1, 10, 10 };
    bool topology = conf_chance(c, 60);
    y->w = w;
    y->id = i;
    y->event = s->event;
    y->listener.name = "spy";
    y->listener.priority = priorities[conf_below(c, 4)];
    if (topology) {
        y->listener.begin = spy_begin;
        y->listener.commit = spy_commit;
        y->listener.region_add = spy_add;
        y->listener.region_del = spy_del;
    }
    y->listener.eventfd_add = spy_eventfd_add;
    y->listener.eventfd_del = spy_eventfd_del;
    if (!topology || conf_chance(c, 70)) {
        y->listener.coalesced_io_add = spy_coalesced_add;
        y->listener.coalesced_io_del = spy_coalesced_del;
    }
    conf_say(c, "register L%d space %u priority %u\n", i, space, y->listener.priority);
    memory_listener_register(&y->listener, &w->space[space]->as);
}

static WNode *pick_device(World *w)
{
    for (int tries = 0; tries < 12; tries++) {
        WNode *n = w_pick(w);
        if (n && n->kind == K_IO && n->size) {
            return n;
        }
    }
    return NULL;
}

static void fd_del(Scene *s, Fd *f)
{
    conf_say(s->w->c, "unbind %s 0x%" PRIx64 " size %u match %d data 0x%" PRIx64 " e%d\n",
             f->n->name, f->addr, f->size, f->match, f->data, f->event);
    memory_region_del_eventfd(&f->n->mr, f->addr, f->size, f->match, f->data, &s->event[f->event]);
    f->n->busy--;
    f->n = NULL;
}

static void fd_edit(Scene *s)
{
    World *w = s->w;
    Conf *c = w->c;
    Fd *f = &s->fd[conf_below(c, FDS)], *o = &s->fd[conf_below(c, FDS)];
    static const unsigned sizes[] = { 0, 1, 2, 4, 4, 8 };
    if (f->n) {
        if (conf_chance(c, 40)) {
            fd_del(s, f);
        }
        return;
    }
    WNode *n = o->n && conf_chance(c, 50) ? o->n : pick_device(w);
    if (!n || n->full < 16) {
        return;
    }
    Fd new_fd = { .n = n, .size = sizes[conf_below(c, 6)] };
    new_fd.event = (int)conf_below(c, EVENTS);
    new_fd.addr = 16 * conf_below(c, n->full / 16 < 12 ? n->full / 16 : 12);
    if (!new_fd.size) {
        new_fd.addr += 8;
        for (int i = 0; i < FDS; i++) {
            if (s->fd[i].n == n && s->fd[i].addr == new_fd.addr) {
                return;
            }
        }
    } else {
        new_fd.addr += new_fd.size * conf_below(c, 8 / new_fd.size);
        new_fd.match = conf_chance(c, 60);
        new_fd.data = !new_fd.match        ? 0
                      : conf_chance(c, 50) ? conf_below(c, 4)
                                           : conf_rand(c) >> (64 - 8 * new_fd.size);
        if (o->n == n && o->size && conf_chance(c, 50)) {
            int e = new_fd.event;
            new_fd = *o;
            new_fd.event = e;
        }
    }
    *f = new_fd;
    n->busy++;
    conf_say(c, "bind %s 0x%" PRIx64 " size %u match %d data 0x%" PRIx64 " e%d\n", n->name,
             f->addr, f->size, f->match, f->data, f->event);
    memory_region_add_eventfd(&n->mr, f->addr, f->size, f->match, f->data, &s->event[f->event]);
}

static void coalesced_edit(Scene *s)
{
    World *w = s->w;
    Conf *c = w->c;
    WNode *n = pick_device(w);
    if (!n) {
        return;
    }
    switch (conf_below(c, 8)) {
    case 0:
        if (n->size != UINT64_MAX) {
            conf_say(c, "coalesce %s whole\n", n->name);
            memory_region_set_coalescing(&n->mr);
        }
        break;
    case 1:
    case 2:
        conf_say(c, "coalesce %s clear\n", n->name);
        memory_region_clear_coalescing(&n->mr);
        break;
    case 3:
        conf_say(c, "coalesce %s flush\n", n->name);
        memory_region_set_flush_coalesced(&n->mr);
        break;
    case 4:
        conf_say(c, "coalesce %s no flush\n", n->name);
        memory_region_clear_flush_coalesced(&n->mr);
        break;
    default: {
        uint64_t units = n->full / w->unit < 16 ? n->full / w->unit : 16;
        hwaddr offset = w->unit * conf_below(c, units + 1);
        offset += conf_below(c, w->unit) / 4;
        uint64_t size = 1 + conf_below(c, w->unit * 6);
        conf_say(c, "coalesce %s 0x%" PRIx64 " +0x%" PRIx64 "\n", n->name, offset, size);
        memory_region_add_coalescing(&n->mr, offset, size);
        break;
    }
    }
}

/* Writes to an ioeventfd that some space shows, or near it. */
static void store(Scene *s)
{
    World *w = s->w;
    Conf *c = w->c;
    Fd *f = NULL;
    WSpace *space = w->space[conf_chance(c, 30) && w->space[1] ? 1 : 0];
    WRange *at = NULL;
    for (int tries = 0; tries < 40 && !at; tries++) {
        f = &s->fd[conf_below(c, FDS)];
        if (!f->n) {
            continue;
        }
        w_look(space);
        for (unsigned i = 0; i < space->n && !at; i++) {
            WRange *r = &space->range[i];
            if (r->mr == &f->n->mr && f->addr >= r->offset &&
                f->addr - r->offset <= r->last - r->start) {
                at = r;
            }
        }
    }
    if (!at) {
        return;
    }
    unsigned size = f->size && conf_chance(c, 80) ? f->size : 1u << conf_below(c, 4);
    uint64_t data = f->match && conf_chance(c, 75) ? f->data
                    : conf_chance(c, 50)           ? conf_below(c, 4)
                                                   : conf_rand(c);
    hwaddr addr = (at->start + (f->addr - at->offset)) & ~(hwaddr)(size - 1);
    MemTxAttrs attrs = { .secure = conf_chance(c, 50) };
    MemTxResult r = 99;
    bool be = conf_chance(c, 20);
    if (conf_chance(c, 15)) {
        uint8_t buf[8];
        addr &= ~(hwaddr)7;
        for (int i = 0; i < 8; i++) {
            buf[i] = (uint8_t)(f->data >> 8 * i);
        }
        conf_say(c, "put %s 0x%" PRIx64 " 8 0x%" PRIx64 "%s\n", f->n->name, addr, f->data,
                 attrs.secure ? " secure" : "");
        r = address_space_write(&space->as, addr, attrs, buf, 8);
    } else {
        conf_say(c, "store%u%s %s 0x%" PRIx64 " 0x%" PRIx64 "%s\n", size, be ? "be" : "le",
                 f->n->name, addr, data, attrs.secure ? " secure" : "");
        if (size == 1) {
            address_space_stb(&space->as, addr, (uint8_t)data, attrs, &r);
        } else if (size == 2) {
            (be ? address_space_stw_be : address_space_stw_le)(&space->as, addr, (uint16_t)data,
                                                               attrs, &r);
        } else if (size == 4) {
            (be ? address_space_stl_be : address_space_stl_le)(&space->as, addr, (uint32_t)data,
                                                               attrs, &r);
        } else {
            (be ? address_space_stq_be : address_space_stq_le)(&space->as, addr, data, attrs, &r);
        }
    }
    conf_say(c, " = %u", r);
    for (int i = 0; i < EVENTS; i++) {
        if (event_notifier_test_and_clear(&s->event[i])) {
            conf_say(c, " e%d", i);
        }
    }
    conf_say(c, "\n");
}

static void edit(Scene *s)
{
    unsigned what = (unsigned)conf_below(s->w->c, 100);
    if (what < 35) {
        fd_edit(s);
    } else if (what < 55) {
        coalesced_edit(s);
    } else {
        w_edit(s->w);
    }
}

static void transaction(Scene *s)
{
    World *w = s->w;
    Conf *c = w->c;
    bool only_fds = conf_chance(c, 25);
    w_begin(w);
    for (unsigned k = 1 + (unsigned)conf_below(c, 6); k > 0; k--) {
        if (w->depth < 3 && conf_chance(c, 12)) {
            transaction(s);
        } else if (only_fds) {
            fd_edit(s);
        } else {
            edit(s);
        }
    }
    w_commit(w);
}

void conformance_notify(Conf *c)
{
    Scene *s = calloc(1, sizeof(*s));
    World *w = s->w = calloc(1, sizeof(*w));
    w_init(w, c);
    w->unit = w->unit < 16 ? 16 : w->unit;
    w->attrs_any = false;
    for (int i = 0; i < EVENTS; i++) {
        event_notifier_init(&s->event[i], 0);
    }
    WNode *root = w_make_root(w);
    unsigned devices = 6 + (unsigned)conf_below(c, 6),
             regions = w->n + devices + 4 + (unsigned)conf_below(c, 12);
    for (unsigned k = 0; k < devices; k++) {
        w_make(w, K_IO, w->unit * (1 + conf_below(c, 12)), NULL, 0);
    }
    while (w->n < regions) {
        w_make_random(w);
    }
    w_space_init(w, 0, root);
    if (conf_chance(c, 60)) {
        w_space_init(w, 1,
                     conf_chance(c, 30)   ? w_make_root(w)
                     : conf_chance(c, 50) ? root
                                          : w_make_window(w, root));
    }
    for (int i = 0, n = 1 + (int)conf_below(c, LISTENERS); i < n; i++) {
        spy_on(s, i, w->space[1] && conf_chance(c, 35) ? 1 : 0);
    }
    w_begin(w);
    for (unsigned k = 0; k < 4 * regions; k++) {
        WNode *n = w_pick(w), *p = w->node[conf_below(c, w->n)];
        if (n && !n->parent) {
            /* Draw the address first: compilers differ in the order of arguments. */
            hwaddr at = w_addr(w);
            w_add(w, p->live && p->kind == K_CONT && conf_chance(c, 60) ? p : root, at, n);
        }
    }
    w_commit(w);
    unsigned steps = 170 + (unsigned)conf_below(c, 60);
    for (unsigned step = 0; step < steps; step++) {
        unsigned what = (unsigned)conf_below(c, 100);
        if (what < 22) {
            transaction(s);
        } else if (what < 50) {
            store(s);
        } else if (what < 75) {
            fd_edit(s);
        } else {
            edit(s);
        }
    }
    for (int i = 0; i < FDS; i++) {
        if (s->fd[i].n) {
            fd_del(s, &s->fd[i]);
        }
    }
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->kind == K_IO) {
            memory_region_clear_coalescing(&w->node[i]->mr);
        }
    }
    for (unsigned i = 0; i < W_SPACES; i++) {
        if (w->space[i]) {
            address_space_remove_listeners(&w->space[i]->as);
        }
    }
    w_fini(w);
    for (int i = 0; i < EVENTS; i++) {
        event_notifier_cleanup(&s->event[i]);
    }
    free(w);
    free(s);
}
