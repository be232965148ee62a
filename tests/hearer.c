/* SPDX-License-Identifier: MIT
 *
 * Spies for ioeventfds and coalesced ranges; see hearer.h.
 */
#include "hearer.h"

/* ---- Notifiers -------------------------------------------------------------------------- */

void events_setup(Events *ev)
{
    for (unsigned i = 0; i < EVENTS; i++) {
        g_assert_cmpint(event_notifier_init(&ev->e[i], 0), ==, 0);
    }
}

void events_cleanup(Events *ev)
{
    for (unsigned i = 0; i < EVENTS; i++) {
        event_notifier_cleanup(&ev->e[i]);
    }
}

char *events_text(Events *ev)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < EVENTS; i++) {
        if (event_notifier_test_and_clear(&ev->e[i])) {
            g_string_append_printf(out, "%se%u", out->len ? " " : "", i);
        }
    }
    return g_string_free(out, false);
}

/* ---- What is heard ---------------------------------------------------------------------- */

static GString *begin(MemoryListener *l, const char *what)
{
    GString *out = ((Spy *)l)->machine->trace;

    g_string_append_printf(out, "%s%s:%s(", out->len ? " " : "", l->name, what);
    return out;
}

static void tell_hook(MemoryListener *l, const char *what, MemoryRegionSection *section)
{
    Spy *s = (Spy *)l;

    if (s->hook) {
        s->hook(s, what, section);
    }
}

static void hear_fd(MemoryListener *l, const char *what, MemoryRegionSection *section,
                    bool match_data, uint64_t data, EventNotifier *e)
{
    const Events *ev = ((Spy *)l)->opaque;
    GString *out = begin(l, what);

    g_assert_null(section->mr);
    g_assert_true(section->fv == address_space_to_flatview(l->address_space));
    g_assert_cmphex(section->offset_within_region, ==, 0);
    g_string_append_printf(out, "%" PRIx64 "/%u", section->offset_within_address_space,
                           (unsigned)int128_get64(section->size));
    if (match_data) {
        g_string_append_printf(out, "=%" PRIx64, data);
    }
    g_string_append_printf(out, " e%d)", (int)(e - ev->e));
    tell_hook(l, what, section);
}

static void hear_fd_add(MemoryListener *l, MemoryRegionSection *section, bool match_data,
                        uint64_t data, EventNotifier *e)
{
    hear_fd(l, "fd_add", section, match_data, data, e);
}

static void hear_fd_del(MemoryListener *l, MemoryRegionSection *section, bool match_data,
                        uint64_t data, EventNotifier *e)
{
    hear_fd(l, "fd_del", section, match_data, data, e);
}

static void hear_co(MemoryListener *l, const char *what, MemoryRegionSection *section, hwaddr addr,
                    hwaddr len)
{
    GString *out = begin(l, what);

    g_assert_cmpuint(addr, >=, section->offset_within_address_space);
    g_assert_cmpuint(len, >, 0);
    Int128 end = int128_make64(addr - section->offset_within_address_space);
    int128_addto(&end, int128_make64(len));
    g_assert_true(int128_le(end, section->size));
    g_string_append_printf(out, "%" PRIx64 "+%" PRIx64 " %s)", addr, len,
                           memory_region_name(section->mr));
    tell_hook(l, what, section);
}

static void hear_co_add(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len)
{
    hear_co(l, "co_add", section, addr, len);
}

static void hear_co_del(MemoryListener *l, MemoryRegionSection *section, hwaddr addr, hwaddr len)
{
    hear_co(l, "co_del", section, addr, len);
}

/* ---- Spies ------------------------------------------------------------------------------ */

Spy *hearer_new(Machine *m, const char *name, unsigned priority, Events *ev)
{
    Spy *s = spy_new(m, name, priority);

    s->opaque = ev;
    s->listener.region_nop = NULL;
    s->listener.eventfd_add = hear_fd_add;
    s->listener.eventfd_del = hear_fd_del;
    s->listener.coalesced_io_add = hear_co_add;
    s->listener.coalesced_io_del = hear_co_del;
    return s;
}

static Spy *started(Spy *s, AddressSpace *as)
{
    spy_start(s, as);
    g_string_truncate(s->machine->trace, 0);
    return s;
}

Spy *hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as, Events *ev)
{
    return started(hearer_new(m, name, priority, ev), as);
}

Spy *fd_hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as, Events *ev)
{
    Spy *s = spy_new(m, name, priority);

    s->opaque = ev;
    s->listener = (MemoryListener){
        .eventfd_add = hear_fd_add,
        .eventfd_del = hear_fd_del,
        .priority = priority,
        .name = name,
    };
    return started(s, as);
}

Spy *co_hearer_on(Machine *m, const char *name, unsigned priority, AddressSpace *as)
{
    Spy *s = spy_new(m, name, priority);

    s->listener = (MemoryListener){
        .coalesced_io_add = hear_co_add,
        .coalesced_io_del = hear_co_del,
        .priority = priority,
        .name = name,
    };
    return started(s, as);
}
