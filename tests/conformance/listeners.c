/* SPDX-License-Identifier: MIT
 *
 * Listeners: every callback, in order and with all arguments, while the topology is edited,
 * logging is switched, and listeners are registered and removed.
 *
 * What is left out, because the specification decides it differently on purpose (section 24),
 * leaves it open, or because versions of the recorded implementation differ:
 *  - R2: a root contains two regions that always stay, so no view skips it.
 *  - R8: the view of a section is not printed.
 *  - R14: there are no ioeventfds and no coalesced ranges here (see notify.c).
 *  - R15: callbacks do not edit.
 *  - R19: spaces and listeners come and go outside of transactions only.
 *  - Global logging is not started twice, and not stopped while the machine does not run.
 */
#ifndef CONFORMANCE_NO_PHYSMEM_H
#include <physmem/physmem.h>
#endif
#include "conformance.h"
#include "world.h"
#include <stddef.h>

/* The forms of the specification; later versions of the interface differ. */
#ifndef CONF_GLOBAL_LOG_START
#define CONF_GLOBAL_LOG_START() memory_global_dirty_log_start()
#define CONF_GLOBAL_LOG_STOP() memory_global_dirty_log_stop()
#define CONF_LOG_GLOBAL_START_RET void
#define CONF_LOG_GLOBAL_START_ARGS MemoryListener *listener
#define CONF_LOG_GLOBAL_START_DONE
#endif

enum { LISTENERS = 6 };

typedef struct {
    MemoryListener listener;
    World *w;
    int id;
    bool on;
    unsigned space;
} Spy;

static Spy *spy_of(MemoryListener *l)
{
    return (Spy *)l;
}

static void say_section(MemoryListener *l, const char *what, MemoryRegionSection *s)
{
    Spy *y = spy_of(l);
    char b[40];
    conf_say(y->w->c, "  L%d %s %s 0x%" PRIx64 " +%s @0x%" PRIx64 "%s%s", y->id, what,
             w_name(y->w, s->mr), s->offset_within_address_space, w_128(b, s->size),
             s->offset_within_region, s->readonly ? " ro" : "", s->nonvolatile ? " nv" : "");
}

static void spy_begin(MemoryListener *l)
{
    conf_say(spy_of(l)->w->c, "  L%d begin\n", spy_of(l)->id);
}

static void spy_commit(MemoryListener *l)
{
    conf_say(spy_of(l)->w->c, "  L%d commit\n", spy_of(l)->id);
}

static void spy_add(MemoryListener *l, MemoryRegionSection *s)
{
    say_section(l, "add", s);
    conf_say(spy_of(l)->w->c, " mask %x\n", memory_region_get_dirty_log_mask(s->mr));
}

static void spy_del(MemoryListener *l, MemoryRegionSection *s)
{
    say_section(l, "del", s);
    conf_say(spy_of(l)->w->c, "\n");
}

static void spy_nop(MemoryListener *l, MemoryRegionSection *s)
{
    say_section(l, "nop", s);
    conf_say(spy_of(l)->w->c, "\n");
}

static void spy_log_start(MemoryListener *l, MemoryRegionSection *s, int old_val, int new_val)
{
    say_section(l, "log_start", s);
    conf_say(spy_of(l)->w->c, " %d %d\n", old_val, new_val);
}

static void spy_log_stop(MemoryListener *l, MemoryRegionSection *s, int old_val, int new_val)
{
    say_section(l, "log_stop", s);
    conf_say(spy_of(l)->w->c, " %d %d\n", old_val, new_val);
}

static CONF_LOG_GLOBAL_START_RET spy_log_global_start(CONF_LOG_GLOBAL_START_ARGS)
{
    conf_say(spy_of(listener)->w->c, "  L%d log_global_start\n", spy_of(listener)->id);
    CONF_LOG_GLOBAL_START_DONE;
}

static void spy_log_global_stop(MemoryListener *l)
{
    conf_say(spy_of(l)->w->c, "  L%d log_global_stop\n", spy_of(l)->id);
}

static void spy_on(World *w, Spy *y, unsigned space)
{
    Conf *c = w->c;
    static const unsigned priorities[] = { 0, 0, 1, 10, 10, 20 };
    memset(y, 0, offsetof(Spy, id));
    y->w = w;
    y->space = space;
    y->on = true;
    y->listener.name = "spy";
    y->listener.priority = priorities[conf_below(c, 6)];
    y->listener.begin = spy_begin;
    y->listener.commit = spy_commit;
    y->listener.region_add = spy_add;
    y->listener.region_del = spy_del;
    /* Most listeners have no region_nop, because its calls make a trace long. */
    y->listener.region_nop = conf_chance(c, 35) ? spy_nop : NULL;
    y->listener.log_start = conf_chance(c, 90) ? spy_log_start : NULL;
    y->listener.log_stop = conf_chance(c, 90) ? spy_log_stop : NULL;
    y->listener.log_global_start = conf_chance(c, 80) ? spy_log_global_start : NULL;
    y->listener.log_global_stop = conf_chance(c, 80) ? spy_log_global_stop : NULL;
    conf_say(c, "register L%d space %u priority %u%s\n", y->id, space, y->listener.priority,
             y->listener.region_nop ? " nop" : "");
    memory_listener_register(&y->listener, &w->space[space]->as);
}

static void spy_off(World *w, Spy *y)
{
    conf_say(w->c, "unregister L%d\n", y->id);
    memory_listener_unregister(&y->listener);
    y->on = false;
}

static void set_log(World *w)
{
    Conf *c = w->c;
    WNode *n = w_pick(w);
    if (!n || n->kind == K_IO || n->kind == K_CONT) {
        return;
    }
    bool on = n->logs < 3 && (!n->logs || conf_chance(c, 50));
    n->logs += on ? 1 : (unsigned)-1;
    conf_say(c, "log %s %d\n", n->name, on);
    memory_region_set_log(&n->mr, on, DIRTY_MEMORY_VGA);
    conf_say(c, "mask %s %x vga %d\n", n->name, memory_region_get_dirty_log_mask(&n->mr),
             memory_region_is_logging(&n->mr, DIRTY_MEMORY_VGA));
}

static void edit(World *w)
{
    if (conf_chance(w->c, 22)) {
        set_log(w);
    } else {
        w_edit(w);
    }
}

static void transaction(World *w)
{
    Conf *c = w->c;
    w_begin(w);
    for (unsigned k = 1 + (unsigned)conf_below(c, 6); k > 0; k--) {
        if (w->depth < 3 && conf_chance(c, 15)) {
            transaction(w);
        } else {
            edit(w);
        }
    }
    w_commit(w);
}

void conformance_listeners(Conf *c)
{
    World *w = calloc(1, sizeof(*w));
    Spy *spy = calloc(LISTENERS, sizeof(*spy));
    bool global = false;
    w_init(w, c);
    WNode *root = w_make_root(w);
    unsigned regions = 16 + (unsigned)conf_below(c, 16);
    while (w->n < regions) {
        w_make_random(w);
    }
    w_space_init(w, 0, root);
    for (int i = 0; i < LISTENERS; i++) {
        spy[i].id = i;
        spy[i].w = w;
    }
    if (conf_chance(c, 60)) {
        w_space_init(w, 1,
                     conf_chance(c, 35)   ? w_make_root(w)
                     : conf_chance(c, 50) ? root
                                          : w_make_window(w, root));
    }
    for (unsigned i = 0, n = 2 + (unsigned)conf_below(c, 3); i < n; i++) {
        spy_on(w, &spy[i], conf_chance(c, 30) && w->space[1] ? 1 : 0);
    }
    w_begin(w);
    for (unsigned k = 0; k < 4 * regions; k++) {
        WNode *n = w_pick(w), *p = w->node[conf_below(c, w->n)];
        if (n && !n->parent) {
            w_add(w, p->live && p->kind == K_CONT ? p : root, w_addr(w), n);
        }
    }
    w_commit(w);
    unsigned steps = 75 + (unsigned)conf_below(c, 30);
    for (unsigned step = 0; step < steps; step++) {
        unsigned what = (unsigned)conf_below(c, 100);
        Spy *y = &spy[conf_below(c, LISTENERS)];
        unsigned i = (unsigned)conf_below(c, W_SPACES);
        conf_say(c, "step %u\n", step);
        if (what < 14) {
            if (y->on) {
                if (conf_chance(c, 50)) {
                    spy_off(w, y);
                }
            } else if (w->space[i]) {
                spy_on(w, y, i);
            } else if (y->listener.name) {
                /* The listener is not registered any more, so nothing happens. */
                spy_off(w, y);
            }
        } else if (what < 18) {
            if (w->space[i]) {
                conf_say(c, "remove listeners of %u\n", i);
                address_space_remove_listeners(&w->space[i]->as);
                for (int k = 0; k < LISTENERS; k++) {
                    spy[k].on = spy[k].on && spy[k].space != i;
                }
                if (i && conf_chance(c, 60)) {
                    w_space_destroy(w, i);
                }
            } else if (i && w->n + 4 < W_MAX) {
                w_space_init(w, i, conf_chance(c, 40) ? w_make_root(w) : root);
            }
        } else if (what < 24) {
            global = !global;
            conf_say(c, "global log %d\n", global);
            if (global) {
                CONF_GLOBAL_LOG_START();
            } else {
                CONF_GLOBAL_LOG_STOP();
            }
        } else if (what < 55) {
            transaction(w);
        } else {
            edit(w);
            edit(w);
        }
    }
    if (global) {
        conf_say(c, "global log 0\n");
        CONF_GLOBAL_LOG_STOP();
    }
    for (unsigned i = 0; i < W_SPACES; i++) {
        if (w->space[i]) {
            conf_say(c, "remove listeners of %u\n", i);
            address_space_remove_listeners(&w->space[i]->as);
        }
    }
    w_fini(w);
    free(spy);
    free(w);
}
