/* SPDX-License-Identifier: MIT
 *
 * Ioeventfds and coalesced ranges (specification 18, 19): what devices ask for, what a listener
 * hears of it, and what must follow from the view that the listener sees.
 */
#include <stdlib.h>
#include <string.h>

#include "random.h"

/* ---- Edits ------------------------------------------------------------------------------ */

static Signal signal_any(World *w)
{
    static const unsigned sizes[] = { 0, 1, 2, 4, 8, 4, 2 };
    Signal s = { 0 };

    s.addr = dice_chance(w->dice, 50) ? dice_below(w->dice, 4) * 8 : world_address(w);
    s.size = sizes[dice_below(w->dice, 7)];
    s.match = dice_chance(w->dice, 50);
    s.data = dice_below(w->dice, 3);
    s.bell = &w->bell[dice_below(w->dice, BELLS)];
    return s;
}

static bool add_signal(World *w, Node *n)
{
    Signal s = signal_any(w);

    if (n->signals == SIGNALS) {
        return false;
    }
    WORLD_SAY(w, "eventfd %s at %" PRIx64 " size %u match %d data %" PRIx64 " bell %d", n->name,
              s.addr, s.size, s.match, s.data, (int)(s.bell - w->bell));
    n->signal[n->signals++] = s;
    memory_region_add_eventfd(&n->mr, s.addr, s.size, s.match, s.data, s.bell);
    return true;
}

bool edit_signal(World *w, Node *n)
{
    if (n->kind != IO) {
        return false;
    }
    if (!n->signals || dice_chance(w->dice, 60)) {
        return add_signal(w, n);
    }
    unsigned i = dice_below(w->dice, n->signals);
    Signal s = n->signal[i];

    WORLD_SAY(w, "no eventfd %s at %" PRIx64 " size %u", n->name, s.addr, s.size);
    n->signal[i] = n->signal[--n->signals];
    memory_region_del_eventfd(&n->mr, s.addr, s.size, s.match, s.data, s.bell);
    return true;
}

bool edit_queue(World *w, Node *n)
{
    if (n->kind != IO) {
        return false;
    }
    if (n->queues == QUEUES || (n->queues && dice_chance(w->dice, 30))) {
        WORLD_SAY(w, "no coalescing %s", n->name);
        n->queues = 0;
        memory_region_clear_coalescing(&n->mr);
        return true;
    }
    Queue q = { .start = w->unit * dice_below(w->dice, 6) };
    q.size = w->unit * (1 + dice_below(w->dice, 6));

    WORLD_SAY(w, "coalesce %s %" PRIx64 "+%" PRIx64, n->name, q.start, q.size);
    n->queue[n->queues++] = q;
    memory_region_add_coalescing(&n->mr, q.start, q.size);
    return true;
}

/* ---- What a listener hears -------------------------------------------------------------- */

static int by_signal(const void *a, const void *b)
{
    const Signal *x = a, *y = b;

    if (x->addr != y->addr) {
        return x->addr < y->addr ? -1 : 1;
    }
    if (x->size != y->size) {
        return x->size < y->size ? -1 : 1;
    }
    if (x->match != y->match) {
        return x->match ? 1 : -1;
    }
    if (x->data != y->data) {
        return x->data < y->data ? -1 : 1;
    }
    return x->bell < y->bell ? -1 : x->bell > y->bell;
}

static int by_queue(const void *a, const void *b)
{
    const Queue *x = a, *y = b;

    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->size < y->size ? -1 : x->size > y->size;
}

static Signal signal_told(MemoryListener *l, const MemoryRegionSection *s, bool match,
                          uint64_t data, EventNotifier *bell)
{
    if (s->mr) {
        journal_fail("%s: the section of an ioeventfd has a region", l->name);
    }
    return (Signal){ s->offset_within_address_space, (unsigned)int128_get64(s->size), match, data,
                     bell };
}

static void eventfd_add(MemoryListener *l, MemoryRegionSection *section, bool match, uint64_t data,
                        EventNotifier *bell)
{
    Watcher *w = (Watcher *)l;

    if (w->signals == TOLD) {
        journal_fail("%s: too many ioeventfds", l->name);
    }
    w->signal[w->signals++] = signal_told(l, section, match, data, bell);
}

static void eventfd_del(MemoryListener *l, MemoryRegionSection *section, bool match, uint64_t data,
                        EventNotifier *bell)
{
    Watcher *w = (Watcher *)l;
    Signal s = signal_told(l, section, match, data, bell);

    for (unsigned i = 0; i < w->signals; i++) {
        if (by_signal(&w->signal[i], &s) == 0) {
            w->signal[i] = w->signal[--w->signals];
            return;
        }
    }
    journal_fail("%s: removal of an ioeventfd at %" PRIx64 " that was never added", l->name,
                 s.addr);
}

static void coalesced_add(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len)
{
    Watcher *w = (Watcher *)l;

    (void)section;
    if (w->queues == TOLD) {
        journal_fail("%s: too many coalesced ranges", l->name);
    }
    w->queue[w->queues++] = (Queue){ addr, len };
}

static void coalesced_del(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len)
{
    Watcher *w = (Watcher *)l;
    Queue q = { addr, len };

    (void)section;
    for (unsigned i = 0; i < w->queues; i++) {
        if (by_queue(&w->queue[i], &q) == 0) {
            w->queue[i] = w->queue[--w->queues];
            return;
        }
    }
    journal_fail("%s: removal of a coalesced range at %" PRIx64 " that was never added", l->name,
                 addr);
}

void signals_watch(MemoryListener *l)
{
    l->eventfd_add = eventfd_add;
    l->eventfd_del = eventfd_del;
    l->coalesced_io_add = coalesced_add;
    l->coalesced_io_del = coalesced_del;
}

/* ---- What there is ---------------------------------------------------------------------- */

static Signal want_signal[TOLD], got_signal[TOLD];
static Queue want_queue[TOLD], got_queue[TOLD];

/* Returns whether [first, first + size) touches the part of its region that the range shows. What
 * would begin below address 0 has no place. */
static bool touches(const Seen *r, hwaddr first, uint64_t size)
{
    hwaddr from = r->offset, to = from + (r->last - r->start);
    hwaddr last = first + (size ? size : 1) - 1; /* signals end before 2^64 */

    return (first >= from || from - first <= r->start) && first <= to && last >= from;
}

static unsigned want_signals(const Picture *now)
{
    unsigned count = 0;

    for (unsigned i = 0; i < now->count; i++) {
        const Seen *r = &now->range[i];
        const Node *n = (Node *)r->mr;
        for (unsigned k = 0; k < n->signals && count < TOLD; k++) {
            if (touches(r, n->signal[k].addr, n->signal[k].size)) {
                want_signal[count] = n->signal[k];
                want_signal[count++].addr += r->start - r->offset;
            }
        }
    }
    return count;
}

static unsigned want_queues(const Picture *now)
{
    unsigned count = 0;

    for (unsigned i = 0; i < now->count; i++) {
        const Seen *r = &now->range[i];
        const Node *n = (Node *)r->mr;
        for (unsigned k = 0; k < n->queues && count < TOLD; k++) {
            const Queue *q = &n->queue[k];
            hwaddr from = q->start, to = from + q->size - 1; /* queues end before 2^64 */
            hwaddr first = r->offset, last = first + (r->last - r->start);
            if (from <= last && to >= first) {
                from = from > first ? from : first;
                to = to < last ? to : last;
                want_queue[count++] = (Queue){ r->start + (from - first), to - from + 1 };
            }
        }
    }
    return count;
}

static void check_queues(const Watcher *l, const Picture *now)
{
    unsigned count = want_queues(now);

    memcpy(got_queue, l->queue, l->queues * sizeof(Queue));
    qsort(got_queue, l->queues, sizeof(Queue), by_queue);
    qsort(want_queue, count, sizeof(Queue), by_queue);
    for (unsigned i = 0; i < count && i < l->queues; i++) {
        if (by_queue(&want_queue[i], &got_queue[i]) != 0) {
            journal_fail("space %u: coalesced %" PRIx64 "+%" PRIx64 ", told %" PRIx64 "+%" PRIx64,
                         l->space, want_queue[i].start, want_queue[i].size, got_queue[i].start,
                         got_queue[i].size);
        }
    }
    if (count != l->queues) {
        journal_fail("space %u: %u coalesced ranges, told of %u", l->space, count, l->queues);
    }
}

void check_signals(World *w, const Watcher *l, const Picture *now)
{
    unsigned count = want_signals(now);

    (void)w;
    memcpy(got_signal, l->signal, l->signals * sizeof(Signal));
    qsort(got_signal, l->signals, sizeof(Signal), by_signal);
    qsort(want_signal, count, sizeof(Signal), by_signal);
    for (unsigned i = 0; i < count && i < l->signals; i++) {
        if (by_signal(&want_signal[i], &got_signal[i]) != 0) {
            journal_fail("space %u: ioeventfd at %" PRIx64 " size %u, told %" PRIx64 " size %u",
                         l->space, want_signal[i].addr, want_signal[i].size, got_signal[i].addr,
                         got_signal[i].size);
        }
    }
    if (count != l->signals) {
        journal_fail("space %u: %u ioeventfds, told of %u", l->space, count, l->signals);
    }
    check_queues(l, now);
}

/* ---- Stores ----------------------------------------------------------------------------- */

/* Returns the first ioeventfd in table order that a write of the value matches; NULL if none
 * does. */
static const Signal *match(const Node *n, hwaddr addr, unsigned size, uint64_t value)
{
    const Signal *first = NULL;

    for (unsigned i = 0; i < n->signals; i++) {
        const Signal *s = &n->signal[i];
        bool fits = s->addr == addr &&
                    (!s->size || (s->size == size && (!s->match || s->data == value)));
        if (fits && (!first || by_signal(s, first) < 0)) {
            first = s;
        }
    }
    return first;
}

static void check_store(World *w, const Node *n, hwaddr offset)
{
    unsigned size = 1u << dice_below(w->dice, 4);
    uint64_t value = dice_below(w->dice, 3);
    const Signal *want = match(n, offset, size, value);

    if ((offset & (size - 1)) ||
        memory_region_dispatch_write((MemoryRegion *)&n->mr, offset, value,
                                     (MemOp)(size_memop(size) | MO_LE), MEMTXATTRS_UNSPECIFIED)) {
        return;
    }
    for (unsigned k = 0; k < BELLS; k++) {
        bool rang = event_notifier_test_and_clear(&w->bell[k]);
        if (rang != (want && want->bell == &w->bell[k])) {
            journal_fail("bell %u %s after %u bytes to %s@%" PRIx64, k,
                         rang ? "rings" : "is silent", size, n->name, offset);
        }
    }
}

void check_bell(World *w, const Picture *now)
{
    for (unsigned i = 0; i < now->count; i++) {
        const Node *n = (Node *)now->range[i].mr;
        if (n->signals && dice_chance(w->dice, 30)) {
            check_store(w, n, n->signal[dice_below(w->dice, n->signals)].addr);
            return;
        }
    }
}
