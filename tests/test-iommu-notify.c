/* SPDX-License-Identifier: MIT
 *
 * Notifiers of an IOMMU: registration, events, replay (specification 15.2, 16, 23, 25; D8, D11).
 */
#include <errno.h>

#include "iommu-puppet.h"

enum {
    UNMAP = IOMMU_NOTIFIER_UNMAP,
    MAP = IOMMU_NOTIFIER_MAP,
    DEVICE_UNMAP = IOMMU_NOTIFIER_DEVIOTLB_UNMAP,
    ALL = IOMMU_NOTIFIER_ALL
};

static IOMMUMemoryRegion *iommu_of(const Board *b)
{
    return &b->u->parent_obj;
}

static void start(const Board *b, Hearer *h)
{
    Error *err = NULL;

    g_assert_cmpint(memory_region_register_iommu_notifier(puppet_region(b->u), &h->n, &err), ==,
                    0);
    g_assert_null(err);
}

static void stop(const Board *b, Hearer *h)
{
    memory_region_unregister_iommu_notifier(puppet_region(b->u), &h->n);
}

static IOMMUTLBEvent event(unsigned type, hwaddr iova, hwaddr mask)
{
    return (IOMMUTLBEvent){ .type = (IOMMUNotifierFlag)type,
                            .entry = { .iova = iova,
                                       .translated_addr = iova + 0x10000,
                                       .addr_mask = mask,
                                       .perm = type == MAP ? IOMMU_RW : IOMMU_NONE } };
}

static void tell(const Board *b, unsigned type, hwaddr iova, hwaddr mask)
{
    memory_region_notify_iommu(iommu_of(b), 0, event(type, iova, mask));
}

/* ---- 15.2: registration ----------------------------------------------------------------- */

/* The method is told the union of all wanted flags, when it changes. */
static void flags_change(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    Hearer h[3];

    (void)data;
    hearer_init(&h[0], m, "a", UNMAP, 0, HWADDR_MAX, 0);
    hearer_init(&h[1], m, "b", UNMAP, 0, HWADDR_MAX, 1);
    hearer_init(&h[2], m, "c", MAP | UNMAP, 0, 0xfff, 0);
    start(&b, &h[0]);
    assert_trace(m, "u:0-1");
    start(&b, &h[1]);
    assert_trace(m, "");
    start(&b, &h[2]);
    assert_trace(m, "u:1-3");
    stop(&b, &h[0]);
    assert_trace(m, "");
    stop(&b, &h[2]);
    assert_trace(m, "u:3-1");
    stop(&b, &h[1]);
    assert_trace(m, "u:1-0");
}

static void vetoes(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    Error *err = NULL;
    Hearer h, map;

    (void)data;
    b.u->veto = -ENOTSUP;
    b.u->veto_flag = MAP;
    hearer_init(&h, m, "a", UNMAP, 0, HWADDR_MAX, 0);
    hearer_init(&map, m, "map", MAP, 0, HWADDR_MAX, 0);
    start(&b, &h);
    g_assert_cmpint(memory_region_register_iommu_notifier(puppet_region(b.u), &map.n, &err), ==,
                    -ENOTSUP);
    g_assert_cmpstr(error_get_pretty(err), ==, "veto");
    error_free(err);
    assert_trace(m, "u:0-1 u:1-3");
    tell(&b, MAP, 0, 0xfff);
    assert_trace(m, "");
    b.u->veto_flag = 0;
    start(&b, &map);
    assert_trace(m, "u:1-3");
    b.u->veto_flag = UNMAP; /* a veto does not count when a notifier goes */
    stop(&b, &map);
    assert_trace(m, "u:3-1");
    tell(&b, UNMAP, 0, 0xfff);
    tell(&b, MAP, 0, 0xfff);
    assert_trace(m, "a:0+fff");
    b.u->veto_flag = 0;
    stop(&b, &h);
    assert_trace(m, "u:1-0");
}

static void without_method(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", ALL, 0, HWADDR_MAX, 0);
    start(&b, &h);
    tell(&b, UNMAP, 0, 0xfff);
    assert_trace(m, "a:0+fff");
    stop(&b, &h);
    tell(&b, UNMAP, 0, 0xfff);
    assert_trace(m, "");
}

static void newest_first(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer h[3];
    IOMMUNotifier *n;
    unsigned count = 0;

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        hearer_init(&h[i], m, &"a\0b\0c"[2 * i], UNMAP, 0, HWADDR_MAX, 0);
        start(&b, &h[i]);
    }
    tell(&b, UNMAP, 0x1000, 0xfff);
    assert_trace(m, "c:1000+fff b:1000+fff a:1000+fff");
    IOMMU_NOTIFIER_FOREACH(n, iommu_of(&b)) {
        g_assert_true(n == &h[2 - count].n);
        count++;
    }
    g_assert_cmpuint(count, ==, 3);
    stop(&b, &h[1]);
    tell(&b, UNMAP, 0x1000, 0xfff);
    assert_trace(m, "c:1000+fff a:1000+fff");
    stop(&b, &h[0]);
    stop(&b, &h[2]);
}

static void by_window(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    MemoryRegion *window = window_new(m, "window", puppet_region(b.u), 0x1000, 0x1000);
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", ALL, 0, HWADDR_MAX, 0);
    g_assert_cmpint(memory_region_register_iommu_notifier(window, &h.n, NULL), ==, 0);
    tell(&b, UNMAP, 0x1000, 0xfff);
    assert_trace(m, "a:1000+fff"); /* offsets are those in the IOMMU */
    memory_region_unregister_iommu_notifier(window, &h.n);
}

static void register_wrong(gconstpointer data)
{
    static const struct {
        unsigned flags;
        hwaddr start, end;
        int index;
        bool on_io;
    } wrong[] = { { 0, 0, 1, 0, false },
                  { UNMAP, 2, 1, 0, false },
                  { UNMAP, 0, 1, 1, false },
                  { UNMAP, 0, 1, -1, false },
                  { UNMAP, 0, 1, 0, true } };
    unsigned i = GPOINTER_TO_UINT(data);

    if (g_test_subprocess()) {
        static Machine m;
        static Hearer h;
        machine_setup(&m, NULL);
        Board b = board_new(&m, TYPE_PUPPET);
        hearer_init(&h, &m, "a", wrong[i].flags, wrong[i].start, wrong[i].end, wrong[i].index);
        memory_region_register_iommu_notifier(wrong[i].on_io ? b.ram : puppet_region(b.u), &h.n,
                                              NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

/* ---- Misuse ----------------------------------------------------------------------------- */

static void unregister_strangers(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *other = puppet_new(m, TYPE_PUPPET, "other", 0x1000, b.system);
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", UNMAP, 0, HWADDR_MAX, 0);
    stop(&b, &h);
    expect_message(m, "misuse", "'u'", NULL);
    start(&b, &h);
    memory_region_unregister_iommu_notifier(puppet_region(other), &h.n);
    expect_message(m, "misuse", "'other'", NULL);
    memory_region_unregister_iommu_notifier(b.ram, &h.n);
    expect_message(m, "misuse", "'ram'", NULL);
    tell(&b, UNMAP, 0, 0xfff);
    assert_trace(m, "a:0+fff");
    stop(&b, &h);
    stop(&b, &h);
    expect_message(m, "misuse", "'u'", NULL);
}

static void change_list(Hearer *h, IOMMUTLBEntry *entry)
{
    Board *b = h->opaque;
    Hearer late;
    Error *err = NULL;

    (void)entry;
    hearer_init(&late, h->m, "late", UNMAP, 0, 1, 0);
    g_assert_cmpint(memory_region_register_iommu_notifier(puppet_region(b->u), &late.n, &err), ==,
                    -EBUSY);
    g_assert_nonnull(err);
    error_free(err);
    expect_message(h->m, "misuse", "register", "'u'", NULL);
    stop(b, h);
    expect_message(h->m, "misuse", "unregister", "'u'", NULL);
}

static void change_while_called(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer h[2];

    (void)data;
    hearer_init(&h[0], m, "a", ALL, 0, 0xfff, 0);
    hearer_init(&h[1], m, "b", ALL, 0, 0xfff, 0);
    h[1].hook = change_list;
    h[1].opaque = &b;
    start(&b, &h[0]);
    start(&b, &h[1]);
    tell(&b, UNMAP, 0, 0xfff);
    assert_trace(m, "b:0+fff a:0+fff");
    memory_region_iommu_replay_all(iommu_of(&b));
    assert_trace(m, "b:0+fff=rw@0 a:0+fff=rw@0");
    memory_region_iommu_replay(iommu_of(&b), &h[1].n);
    assert_trace(m, "b:0+fff=rw@0");
    IOMMUTLBEvent one = event(UNMAP, 0, 0xfff);
    memory_region_notify_iommu_one(&h[1].n, &one);
    assert_trace(m, "b:0+fff");
    stop(&b, &h[0]);
    stop(&b, &h[1]);
}

/* Refused: a notifier twice in the list would make the list endless. */
static void registers_twice(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    Error *err = NULL;
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", UNMAP, 0, 0xfff, 0);
    start(&b, &h);
    assert_trace(m, "u:0-1");
    h.n.notifier_flags = IOMMU_NOTIFIER_ALL;
    g_assert_cmpint(memory_region_register_iommu_notifier(puppet_region(b.u), &h.n, &err), ==,
                    -EBUSY);
    expect_message(m, "misuse", "register", "'u'", NULL);
    g_assert_nonnull(err);
    error_free(err);
    h.n.notifier_flags = IOMMU_NOTIFIER_UNMAP;
    tell(&b, UNMAP, 0, 0xfff);
    assert_trace(m, "a:0+fff");
    stop(&b, &h);
    assert_trace(m, "u:1-0");
}

static void ends_while_heard(Machine *m, gconstpointer data)
{
    Puppet *u = puppet_new(m, TYPE_PUPPET, "u", 0x1000, NULL);
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", UNMAP, 0, HWADDR_MAX, 0);
    g_assert_cmpint(memory_region_register_iommu_notifier(puppet_region(u), &h.n, NULL), ==, 0);
    region_drop(m, puppet_region(u));
    expect_message(m, "misuse", "'u'", "notifiers", NULL);
    memory_region_unmap_iommu_notifier_range(
        &h.n); /* the notifier belongs to no IOMMU any more; the call is harmless */
    assert_trace(m, "a:0+ffffffffffffffff");
}

/* ---- 15.2: events ----------------------------------------------------------------------- */

/* A notifier is called only for events of a wanted type, of its index, whose range overlaps its
 * own. */
static void interest(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    Hearer h[3];

    (void)data;
    hearer_init(&h[0], m, "unmap", UNMAP, 0x2000, 0x3fff, 0);
    hearer_init(&h[1], m, "map", MAP, 0x2000, 0x3fff, 0);
    hearer_init(&h[2], m, "one", ALL, 0x2000, 0x3fff, 1);
    for (unsigned i = 0; i < 3; i++) {
        start(&b, &h[i]);
    }
    g_string_truncate(m->trace, 0);
    tell(&b, UNMAP, 0x2000, 0xfff);
    assert_trace(m, "unmap:2000+fff");
    tell(&b, MAP, 0x3000, 0xfff);
    assert_trace(m, "map:3000+fff=rw@13000");
    tell(&b, DEVICE_UNMAP, 0x3000, 0xfff);
    assert_trace(m, "");
    memory_region_notify_iommu(iommu_of(&b), 1, event(DEVICE_UNMAP, 0x3000, 0xfff));
    assert_trace(m, "one:3000+fff");
    tell(&b, UNMAP, 0x1000, 0xfff);
    tell(&b, UNMAP, 0x4000, 0xfff);
    assert_trace(m, "");
    for (unsigned i = 0; i < 3; i++) {
        stop(&b, &h[i]);
    }
}

static void change_entry(Hearer *h, IOMMUTLBEntry *entry)
{
    (void)h;
    *entry = (IOMMUTLBEntry){ 0 };
}

static void private_copies(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer h[2];
    IOMMUTLBEvent e = event(MAP, 0x1000, 0xfff);

    (void)data;
    for (unsigned i = 0; i < 2; i++) {
        hearer_init(&h[i], m, i ? "b" : "a", MAP, 0, HWADDR_MAX, 0);
        h[i].hook = change_entry;
        start(&b, &h[i]);
    }
    memory_region_notify_iommu(iommu_of(&b), 0, e);
    assert_trace(m, "b:1000+fff=rw@11000 a:1000+fff=rw@11000");
    memory_region_notify_iommu_one(&h[0].n, &e);
    g_assert_cmphex(e.entry.iova, ==, 0x1000);
    assert_trace(m, "a:1000+fff=rw@11000");
    stop(&b, &h[0]);
    stop(&b, &h[1]);
}

/* D11: UNMAP events are cut to the notifier's range for every notifier, MAP events only for one
 * that knows cut entries. */
static void cropping(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer plain, device;

    (void)data;
    hearer_init(&plain, m, "p", MAP | UNMAP, 0x2800, 0x37ff, 0);
    hearer_init(&device, m, "d", ALL, 0x2800, 0x37ff, 0);
    start(&b, &device);
    start(&b, &plain);
    tell(&b, UNMAP, 0x2000, 0xfff);
    assert_trace(m, "p:2800+7ff d:2800+7ff");
    tell(&b, UNMAP, 0x3000, 0xfff);
    assert_trace(m, "p:3000+7ff d:3000+7ff");
    tell(&b, UNMAP, 0, 0xffff);
    assert_trace(m, "p:2800+fff d:2800+fff");
    tell(&b, UNMAP, 0, HWADDR_MAX);
    assert_trace(m, "p:2800+fff d:2800+fff");
    tell(&b, UNMAP, 0x3000, HWADDR_MAX); /* reaches beyond the last address */
    assert_trace(m, "p:3000+7ff d:3000+7ff");
    tell(&b, DEVICE_UNMAP, 0, 0xffff);
    assert_trace(m, "d:2800+fff");
    tell(&b, MAP, 0x2000, 0xfff);
    assert_trace(m, "d:2800+7ff=rw@12800");
    tell(&b, MAP, 0x3000, 0x3ff);
    assert_trace(m, "p:3000+3ff=rw@13000 d:3000+3ff=rw@13000");
    stop(&b, &plain);
    stop(&b, &device);
}

static void unmap_permissions(Machine *m, gconstpointer data)
{
    Hearer h;
    IOMMUTLBEvent e = event(DEVICE_UNMAP, 0, 0xfff);

    (void)data;
    hearer_init(&h, m, "a", ALL, 0, HWADDR_MAX, 0);
    e.entry.perm = IOMMU_RO;
    memory_region_notify_iommu_one(&h.n, &e);
    assert_trace(m, "a:0+fff=ro@10000");
    if (g_test_subprocess()) {
        e.type = IOMMU_NOTIFIER_UNMAP;
        memory_region_notify_iommu_one(&h.n, &e);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

/* Section 25. */
static void unmap_range(Machine *m, gconstpointer data)
{
    Hearer plain, device, map;

    (void)data;
    hearer_init(&plain, m, "p", MAP | UNMAP, 0x800, 0x1234, 0);
    hearer_init(&device, m, "d", DEVICE_UNMAP, 0, HWADDR_MAX, 0);
    hearer_init(&map, m, "m", MAP, 0, HWADDR_MAX, 0);
    plain.n.opaque = &device;
    memory_region_unmap_iommu_notifier_range(&plain.n);
    memory_region_unmap_iommu_notifier_range(&device.n);
    memory_region_unmap_iommu_notifier_range(&map.n);
    assert_trace(m, "p:800+a34 d:0+ffffffffffffffff");
    g_assert_true(plain.n.opaque == &device);
}

/* Section 23. */
static void historic_event(Machine *m, gconstpointer data)
{
    IOMMUTLBEntry e = event(MAP, 0x1000, 0xfff).entry;
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", MAP, 0, HWADDR_MAX, 0);
    memory_region_notify_one(&h.n, &e);
    assert_trace(m, "a:1000+fff=rw@11000");
    e.perm = IOMMU_NONE;
    memory_region_notify_one(&h.n, &e);
    assert_trace(m, "");
    h.n.notifier_flags = IOMMU_NOTIFIER_UNMAP;
    memory_region_notify_one(&h.n, &e);
    assert_trace(m, "a:1000+fff");
}

/* ---- 15.2: replay ----------------------------------------------------------------------- */

/* Maps pages 1 and 3 of index 0, and page 2 of index 1. */
static IOMMUTLBEntry some_pages(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);
    hwaddr page = addr >> 12;

    g_assert_cmpint(flag, ==, IOMMU_NONE);
    if (index ? page != 2 : page != 1 && page != 3) {
        e.perm = IOMMU_NONE;
    }
    return e;
}

static void replays(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_FULL);
    Hearer h, one;

    (void)data;
    b.u->answer = some_pages;
    b.u->perm = IOMMU_RO;
    hearer_init(&h, m, "a", MAP | UNMAP, 0, HWADDR_MAX, 0);
    hearer_init(&one, m, "one", MAP, 0, HWADDR_MAX, 1);
    start(&b, &h);
    start(&b, &one);
    g_string_truncate(m->trace, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:1000+fff=ro@1000 a:3000+fff=ro@3000"); /* without UNMAP events before */
    g_assert_cmpuint(b.u->asked, ==, 8);
    memory_region_iommu_replay_all(iommu_of(&b)); /* section 23 */
    assert_trace(m, "one:2000+fff=ro@2000 a:1000+fff=ro@1000 a:3000+fff=ro@3000");
    stop(&b, &h);
    stop(&b, &one);
}

/* D8: replay is cut to the notifier's [start, end] and to the region, at both ends. */
static void replay_clips(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", MAP, 0x2000, 0x3fff, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:2000+fff=rw@2000 a:3000+fff=rw@3000");
    g_assert_cmpuint(b.u->asked, ==, 2);
    hearer_init(&h, m, "a", MAP, 0x7000, HWADDR_MAX, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:7000+fff=rw@7000");
    g_assert_cmpuint(b.u->asked, ==, 3);
    hearer_init(&h, m, "a", MAP, BOARD_SIZE, HWADDR_MAX, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    hearer_init(&h, m, "a", UNMAP, 0, HWADDR_MAX, 0); /* does not want MAP events */
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    g_assert_cmpuint(b.u->asked, ==, 3);
    hearer_init(&h, m, "a", MAP, 0x1800, 0x37ff, 0); /* pages that are cut cannot be told (D11) */
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:2000+fff=rw@2000");
    memory_region_set_size(puppet_region(b.u), 0);
    hearer_init(&h, m, "a", MAP, 0, HWADDR_MAX, 0);
    b.u->asked = 0;
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    g_assert_cmpuint(b.u->asked, ==, 0);
}

/* D8: replay advances by each entry's own size. */
static void replay_steps(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *all = puppet_new(m, TYPE_PUPPET, "all", UINT64_MAX, b.system);
    Hearer h;

    (void)data;
    b.u->mask = 0x3fff;
    hearer_init(&h, m, "a", MAP, 0, HWADDR_MAX, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:0+3fff=rw@0 a:4000+3fff=rw@4000");
    g_assert_cmpuint(b.u->asked, ==, 2);
    all->mask = HWADDR_MAX >> 2;
    memory_region_iommu_replay(&all->parent_obj, &h.n);
    g_assert_cmpuint(all->asked, ==, 4);
    g_string_truncate(m->trace, 0);
    all->mask = HWADDR_MAX;
    memory_region_iommu_replay(&all->parent_obj, &h.n);
    assert_trace(m, "a:0+ffffffffffffffff=rw@0");
    hearer_init(&h, m, "a", MAP, HWADDR_MAX - 0x1fff, HWADDR_MAX, 0);
    all->mask = 0xfff;
    all->asked = 0;
    memory_region_iommu_replay(&all->parent_obj, &h.n);
    g_assert_cmpuint(all->asked, ==, 2); /* and does not begin again at 0 */
    g_string_truncate(m->trace, 0);
}

/* Entries of a guest's broken tables are ignored, and their masks are not trusted. */
static IOMMUTLBEntry spoilt_pages(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    switch (addr >> 12) {
    case 1:
        e.target_as = NULL;
        break;
    case 2:
        e.addr_mask = 0x7ffe;
        break;
    case 3:
        e.perm = (IOMMUAccessFlags)9;
        break;
    case 4:
        e.perm = IOMMU_NONE;
        e.addr_mask = HWADDR_MAX;
        break;
    }
    return e;
}

static void replay_of_spoilt(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Hearer h;

    (void)data;
    b.u->answer = spoilt_pages;
    hearer_init(&h, m, "a", MAP, 0, 0x5fff, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:0+fff=rw@0 a:5000+fff=rw@5000");
    g_assert_cmpuint(b.u->asked, ==, 6);
}

static void replay_method(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET_REPLAY);
    Hearer h;

    (void)data;
    hearer_init(&h, m, "a", MAP, 0, HWADDR_MAX, 0);
    memory_region_iommu_replay(iommu_of(&b), &h.n);
    assert_trace(m, "a:3000+fff=rw@3000");
    g_assert_cmpuint(b.u->asked, ==, 0);
}

static void add_register_wrong(void)
{
    for (unsigned i = 0; i < 5; i++) {
        g_autofree char *path = g_strdup_printf("/iommu-notify/15.2/register-wrong/%u", i);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), register_wrong);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu-notify/15.2/flags-change", flags_change);
    TEST("/iommu-notify/15.2/vetoes", vetoes);
    TEST("/iommu-notify/15.2/without-method", without_method);
    TEST("/iommu-notify/15.2/newest-first", newest_first);
    TEST("/iommu-notify/15.2/by-window", by_window);
    add_register_wrong();
    misuse_test_add("/iommu-notify/misuse/unregister-strangers", unregister_strangers);
    misuse_test_add("/iommu-notify/misuse/change-while-called", change_while_called);
    misuse_test_add("/iommu-notify/misuse/registers-twice", registers_twice);
    misuse_test_add("/iommu-notify/misuse/ends-while-heard", ends_while_heard);
    TEST("/iommu-notify/15.2/interest", interest);
    TEST("/iommu-notify/15.2/private-copies", private_copies);
    TEST("/iommu-notify/D11/cropping", cropping);
    TEST("/iommu-notify/15.2/unmap-permissions", unmap_permissions);
    TEST("/iommu-notify/25/unmap-range", unmap_range);
    TEST("/iommu-notify/23/historic-event", historic_event);
    TEST("/iommu-notify/15.2/replays", replays);
    TEST("/iommu-notify/D8/replay-clips", replay_clips);
    TEST("/iommu-notify/D8/replay-steps", replay_steps);
    TEST("/iommu-notify/guest/replay-of-spoilt", replay_of_spoilt);
    TEST("/iommu-notify/15.2/replay-method", replay_method);
    return g_test_run();
}
