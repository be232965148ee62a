/* SPDX-License-Identifier: MIT
 *
 * A watcher keeps the picture of a space that follows from what a listener is told. It fails if it
 * is told something that does not fit the picture, or in the wrong order (specification 9.1, 9.2).
 */
#include <string.h>

#include "random.h"

unsigned picture_seek(const Picture *p, hwaddr addr)
{
    unsigned low = 0, high = p->count;

    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (p->range[mid].last < addr) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static Seen seen_of(const MemoryRegionSection *s)
{
    return (Seen){
        .start = s->offset_within_address_space,
        .last = s->offset_within_address_space + int128_getlo(s->size) - 1,
        .mr = s->mr,
        .offset = s->offset_within_region,
        .readonly = s->readonly,
        .nonvolatile = s->nonvolatile,
        .romd = memory_region_is_romd(s->mr),
        .mask = memory_region_get_dirty_log_mask(s->mr),
        .confirmed = true,
    };
}

static void complain(const Watcher *w, const char *what, const Seen *s)
{
    journal_fail("%s on space %u: %s %" PRIx64 "-%" PRIx64 " %s@%" PRIx64, w->listener.name,
                 w->space, what, s->start, s->last, memory_region_name(s->mr), s->offset);
}

/* Ranges of one pass come in ascending order of address. */
static void tell(Watcher *w, Phase phase, const Seen *s)
{
    if (w->phase == IDLE) {
        complain(w, "outside begin and commit:", s);
    }
    if (phase < w->phase && w->phase != LEAVING) {
        complain(w, "removal after an addition", s);
    }
    if (phase != w->phase && w->phase != LEAVING) {
        w->phase = phase;
        w->told_any = false;
    }
    if (w->told_any && s->start <= w->told) {
        complain(w, "not ascending", s);
    }
    w->told = s->last;
    w->told_any = true;
    w->current = NULL;
    w->log_stopped = false;
}

static Seen *find(Watcher *w, const Seen *s)
{
    unsigned i = picture_seek(&w->picture, s->start);
    Seen *r = &w->picture.range[i];

    if (i == w->picture.count || r->start != s->start || r->last != s->last || r->mr != s->mr ||
        r->offset != s->offset || r->readonly != s->readonly || r->nonvolatile != s->nonvolatile) {
        complain(w, "not in the picture", s);
    }
    return r;
}

static void begin(MemoryListener *l)
{
    Watcher *w = (Watcher *)l;

    if (w->phase != IDLE && w->phase != LEAVING) {
        journal_fail("%s: begin inside a commit", l->name);
    }
    if (w->phase == IDLE) {
        w->phase = REMOVING;
    }
    w->told_any = false;
    w->view = NULL;
    w->current = NULL;
    for (unsigned i = 0; i < w->picture.count; i++) {
        w->picture.range[i].confirmed = false;
    }
}

static void commit(MemoryListener *l)
{
    Watcher *w = (Watcher *)l;

    if (w->phase == IDLE) {
        journal_fail("%s: commit without begin", l->name);
    }
    for (unsigned i = 0; w->nops && i < w->picture.count; i++) {
        if (!w->picture.range[i].confirmed) {
            complain(w, "neither nop nor del for", &w->picture.range[i]);
        }
    }
    if (w->view && w->view != address_space_to_flatview(l->address_space)) {
        journal_fail("%s: additions were told of another view", l->name);
    }
    w->phase = IDLE;
    w->commits++;
}

static void del(MemoryListener *l, MemoryRegionSection *section)
{
    Watcher *w = (Watcher *)l;
    Seen s = seen_of(section);
    Seen *r;

    tell(w, REMOVING, &s);
    r = find(w, &s);
    if (section->fv != address_space_to_flatview(l->address_space)) {
        complain(w, "removal from a view that is not shown:", &s);
    }
    if (w->phase == LEAVING && r->mask) {
        complain(w, "no log_stop before the end of", &s);
    }
    w->picture.count--;
    memmove(r, r + 1, (size_t)(w->picture.range + w->picture.count - r) * sizeof(*r));
}

static void add(MemoryListener *l, MemoryRegionSection *section)
{
    Watcher *w = (Watcher *)l;
    Seen s = seen_of(section);
    unsigned i = picture_seek(&w->picture, s.start);

    tell(w, ADDING, &s);
    if (i < w->picture.count && w->picture.range[i].start <= s.last) {
        complain(w, "addition over another range:", &s);
    }
    if (w->picture.count == RANGES) {
        journal_fail("the picture is full");
    }
    memmove(&w->picture.range[i + 1], &w->picture.range[i], (w->picture.count - i) * sizeof(s));
    w->picture.range[i] = s;
    w->picture.count++;
    w->view = section->fv;
    w->current = w->arriving ? &w->picture.range[i] : NULL;
}

static void nop(MemoryListener *l, MemoryRegionSection *section)
{
    Watcher *w = (Watcher *)l;
    Seen s = seen_of(section);
    Seen *r;

    tell(w, ADDING, &s);
    r = find(w, &s);
    if (r->romd != s.romd) {
        complain(w, "unchanged although the mode changed:", &s);
    }
    r->confirmed = true;
    w->view = section->fv;
    w->current = r;
}

/* The range to which a log callback belongs: the last one that was told, if the listener is told
 * of it. */
static Seen *logged(Watcher *w, MemoryRegionSection *section)
{
    Seen s = seen_of(section);
    Seen *r = find(w, &s);

    if (w->nops && r != w->current) {
        complain(w, "log callback without its range:", &s);
    }
    return r;
}

static void log_start(MemoryListener *l, MemoryRegionSection *section, int old_val, int new_val)
{
    Watcher *w = (Watcher *)l;
    Seen *r = logged(w, section);

    if (!(new_val & ~old_val) || old_val != (w->arriving ? 0 : r->mask) ||
        (w->arriving && new_val != r->mask) || (w->nops && w->log_stopped)) {
        journal_fail("%s: log_start %d > %d, mask was %d", l->name, old_val, new_val, r->mask);
    }
    if (!(old_val & ~new_val)) {
        r->mask = (uint8_t)new_val;
    }
}

static void log_stop(MemoryListener *l, MemoryRegionSection *section, int old_val, int new_val)
{
    Watcher *w = (Watcher *)l;
    Seen s = seen_of(section);
    Seen *r = w->phase == LEAVING ? find(w, &s) : logged(w, section);

    if (!(old_val & ~new_val) || old_val != r->mask) {
        journal_fail("%s: log_stop %d > %d, mask was %d", l->name, old_val, new_val, r->mask);
    }
    r->mask = (uint8_t)new_val;
    w->log_stopped = true;
}

void watcher_register(Watcher *w, AddressSpace *as, unsigned priority, bool nops)
{
    static const MemoryListener callbacks = {
        .begin = begin,
        .commit = commit,
        .region_add = add,
        .region_del = del,
        .log_start = log_start,
        .log_stop = log_stop,
        .name = "watcher",
    };

    w->listener = callbacks;
    signals_watch(&w->listener);
    w->signals = 0;
    w->queues = 0;
    w->listener.priority = priority;
    w->listener.region_nop = nops ? nop : NULL;
    w->nops = nops;
    w->on = true;
    w->picture.count = 0;
    w->phase = IDLE;
    w->arriving = true;
    memory_listener_register(&w->listener, as);
    w->arriving = false;
    w->commits = 0;
}

void watcher_unregister(Watcher *w)
{
    watcher_leaving(w);
    memory_listener_unregister(&w->listener);
    watcher_left(w);
}

void watcher_leaving(Watcher *w)
{
    w->phase = LEAVING;
}

void watcher_left(Watcher *w)
{
    if (w->picture.count) {
        complain(w, "not told that it goes:", &w->picture.range[0]);
    }
    w->on = false;
}
