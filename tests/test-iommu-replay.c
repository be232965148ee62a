/* SPDX-License-Identifier: MIT
 *
 * The library's own replay, for IOMMUs without the method: when it holds the lock, and what
 * happens if mappings change or notifiers go meanwhile (specification 15.2; D8). What it tells is
 * in test-iommu-notify.c.
 */
#include <string.h>

#include "iommu-puppet.h"

enum {
    UNMAP = IOMMU_NOTIFIER_UNMAP,
    MAP = IOMMU_NOTIFIER_MAP,
    PAGE = 0x1000,
    PAGES = BOARD_SIZE / PAGE
};

/* The board's IOMMU maps the pages whose bits are set, moved by 'shift'. When it is asked to
 * translate page 'at', it computes its answer, runs 'then' on another thread, and returns the
 * answer. */
typedef struct Scene {
    Machine *m;
    Board b;
    unsigned mapped;
    hwaddr at;
    void (*then)(struct Scene *s);
    unsigned locked; /* how often translate was called with the lock held */
    Hearer *h;
    Hearer other;
} Scene;

static IOMMUMemoryRegion *iommu_of(const Scene *s)
{
    return &s->b.u->parent_obj;
}

static gpointer run_then(gpointer data)
{
    Scene *s = data;

    memory_context_set_current(s->m->ctx);
    s->then(s);
    return NULL;
}

/* Runs 'then'. The answer was computed from the tables as they were before. */
static void meanwhile(Scene *s)
{
    g_thread_join(g_thread_new("meanwhile", run_then, s));
}

static IOMMUTLBEntry answer(Puppet *u, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    Scene *s = u->opaque;
    IOMMUTLBEntry e = puppet_entry(u, addr);

    (void)flag, (void)index;
    s->locked += memory_context_is_locked(s->m->ctx);
    if (!(s->mapped >> addr / PAGE & 1)) {
        e.perm = IOMMU_NONE;
    }
    if (s->then && addr == s->at) {
        meanwhile(s);
        s->then = NULL;
    }
    return e;
}

static void scene_make(Scene *s, Machine *m, unsigned mapped)
{
    *s = (Scene){
        .m = m, .b = board_new(m, TYPE_PUPPET), .mapped = mapped, .h = g_new0(Hearer, 1)
    };
    s->b.u->answer = answer;
    s->b.u->opaque = s;
    hearer_init(s->h, m, "a", MAP | UNMAP, 0, HWADDR_MAX, 0);
    hearer_init(&s->other, m, "b", MAP | UNMAP, 0, HWADDR_MAX, 0);
}

static void start(Scene *s, Hearer *h)
{
    int result = memory_region_register_iommu_notifier(puppet_region(s->b.u), &h->n, NULL);

    g_assert_cmpint(result, ==, 0);
}

static void stop(Scene *s, Hearer *h)
{
    memory_region_unregister_iommu_notifier(puppet_region(s->b.u), &h->n);
}

/* Replays for "a". The IOMMU maps the pages in 'mapped'; 'then' runs while page 2 is
 * translated. */
static void replay_beside(Scene *s, Machine *m, unsigned mapped, void (*then)(Scene *s))
{
    scene_make(s, m, mapped);
    s->at = 2 * PAGE;
    s->then = then;
    start(s, s->h);
    memory_region_iommu_replay(iommu_of(s), &s->h->n);
}

/* ---- The lock --------------------------------------------------------------------------- */

static void expect_lock(Hearer *h, IOMMUTLBEntry *entry)
{
    (void)entry;
    g_assert_true(memory_context_is_locked(h->m->ctx));
}

/* translate is called without the lock; the notifier is called with it. */
static void lock_to_tell(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_make(&s, m, 0x0a);
    s.h->hook = expect_lock;
    start(&s, s.h);
    memory_region_iommu_replay(iommu_of(&s), &s.h->n);
    assert_trace(m, "a:1000+fff=rw@1000 a:3000+fff=rw@3000");
    memory_region_iommu_replay_all(iommu_of(&s));
    assert_trace(m, "a:1000+fff=rw@1000 a:3000+fff=rw@3000");
    g_assert_cmpuint(s.b.u->asked, ==, 2 * PAGES);
    g_assert_cmpuint(s.locked, ==, 0);
    memory_context_lock(m->ctx);
    memory_region_iommu_replay(iommu_of(&s), &s.h->n);
    g_assert_true(memory_context_is_locked(m->ctx));
    memory_context_unlock(m->ctx);
    g_assert_cmpuint(s.locked, ==, PAGES);
    g_assert_false(memory_context_is_locked(m->ctx));
    g_string_truncate(m->trace, 0);
    stop(&s, s.h);
    g_free(s.h);
}

static void edit_and_access(Scene *s)
{
    MemTxResult result;

    memory_region_add_subregion_overlap(s->b.root, 0x8000, io_new(s->m, "io", PAGE), 1);
    g_assert_cmphex(address_space_ldl_le(s->b.system, 0x8010, ANY, &result), ==, 0x10);
    g_assert_cmphex(result, ==, MEMTX_OK);
}

/* Other threads can edit, and access devices, while a walk is at an empty page. */
static void others_go_on(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    replay_beside(&s, m, 0x80, edit_and_access);
    g_assert_null(s.then);
    assert_trace(m, "a:7000+fff=rw@7000");
    stop(&s, s.h);
    g_free(s.h);
}

/* ---- Changes ---------------------------------------------------------------------------- */

static void report(Scene *s, unsigned type, hwaddr addr)
{
    IOMMUTLBEvent event = { .type = (IOMMUNotifierFlag)type, .entry = puppet_entry(s->b.u, addr) };

    if (type == UNMAP) {
        event.entry.perm = IOMMU_NONE;
    }
    memory_region_notify_iommu(iommu_of(s), 0, event);
}

static void unmap_it(Scene *s)
{
    s->mapped &= ~(1u << s->at / PAGE);
    report(s, UNMAP, s->at);
}

static void move_it(Scene *s)
{
    unmap_it(s);
    s->mapped |= 1u << s->at / PAGE;
    s->b.u->shift = 0x10000;
    report(s, MAP, s->at);
}

static void map_it(Scene *s)
{
    s->mapped |= 1u << s->at / PAGE;
    report(s, MAP, s->at);
}

static void change_at_page_2(Machine *m, void (*change)(Scene *s))
{
    Scene s;

    replay_beside(&s, m, change == map_it ? 0x12 : 0x16, change);
    stop(&s, s.h);
    g_free(s.h);
}

/* A change is reported while the walk has the old answer. The old answer is not told. */
static void unmapped_meanwhile(Machine *m, gconstpointer data)
{
    (void)data;
    change_at_page_2(m, unmap_it);
    assert_trace(m, "a:1000+fff=rw@1000 a:2000+fff a:4000+fff=rw@4000");
}

static void moved_meanwhile(Machine *m, gconstpointer data)
{
    (void)data;
    change_at_page_2(m, move_it);
    assert_trace(m, "a:1000+fff=rw@1000 a:2000+fff a:2000+fff=rw@12000 a:2000+fff=rw@12000 "
                    "a:4000+fff=rw@14000");
}

static void mapped_meanwhile(Machine *m, gconstpointer data)
{
    (void)data;
    change_at_page_2(m, map_it);
    assert_trace(m, "a:1000+fff=rw@1000 a:2000+fff=rw@2000 a:4000+fff=rw@4000");
}

/* ---- Notifiers that go ------------------------------------------------------------------ */

static void end_it(Scene *s)
{
    stop(s, s->h);
    memset(s->h, 0x55, sizeof(*s->h));
    g_free(s->h);
}

/* The memory of a notifier may be reused once it is unregistered: the walk must not touch it. */
static void unregistered_meanwhile(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    replay_beside(&s, m, 0xff, end_it);
    assert_trace(m, "a:0+fff=rw@0 a:1000+fff=rw@1000");
    g_assert_cmpuint(s.b.u->asked, ==, 3);
}

/* "b" is told first. Meanwhile the older "a" is unregistered, and is not told. */
static void next_one_goes(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_make(&s, m, 0x01);
    s.at = 2 * PAGE;
    s.then = end_it;
    start(&s, s.h);
    start(&s, &s.other);
    memory_region_iommu_replay_all(iommu_of(&s));
    assert_trace(m, "b:0+fff=rw@0");
    g_assert_cmpuint(s.b.u->asked, ==, PAGES);
    stop(&s, &s.other);
}

static void start_other(Scene *s)
{
    start(s, &s->other);
}

/* During the replay a notifier is added and the one that is being called is removed. The others
 * are still called. */
static void list_changes(Machine *m, gconstpointer data)
{
    Scene s;
    Hearer newest;

    (void)data;
    scene_make(&s, m, 0x01);
    hearer_init(&newest, m, "c", MAP, 0, HWADDR_MAX, 0);
    start(&s, &s.other);
    start(&s, s.h);
    s.at = 2 * PAGE;
    s.then = end_it;
    memory_region_iommu_replay_all(iommu_of(&s));
    assert_trace(m, "a:0+fff=rw@0 b:0+fff=rw@0");
    stop(&s, &s.other);
    start(&s, &newest);
    s.then = start_other;
    memory_region_iommu_replay_all(iommu_of(&s));
    assert_trace(m, "c:0+fff=rw@0");
    stop(&s, &s.other);
    stop(&s, &newest);
}

/* ---- What is empty ---------------------------------------------------------------------- */

static hwaddr last_unmapped(IOMMUMemoryRegion *iommu, hwaddr addr, int index)
{
    Puppet *u = (Puppet *)iommu;

    g_string_append_printf(u->m->trace, "%s?%" PRIx64 "/%d", u->m->trace->len ? " " : "", addr,
                           index);
    return *(hwaddr *)u->opaque;
}

static void skipping_class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->last_unmapped = last_unmapped;
}

static const TypeInfo skipping_type = { .name = "test-iommu-skipping",
                                        .parent = TYPE_PUPPET_FULL,
                                        .instance_size = sizeof(Puppet),
                                        .class_init = skipping_class_init };

/* Maps one page at 256 GiB and one at the end of the region. */
static IOMMUTLBEntry two_pages(Puppet *u, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(u, addr);
    hwaddr *last = u->opaque, page = addr & ~(hwaddr)0xfff;
    const hwaddr first = UINT64_C(256) << 30, second = HWADDR_MAX - 0xfff;

    (void)flag, (void)index;
    if (page != first && page != second) {
        e.perm = IOMMU_NONE;
    }
    *last = (page < first ? first : second) - 1;
    return e;
}

static void skips_what_is_empty(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Puppet *u = puppet_new(m, skipping_type.name, "u", UINT64_MAX, as);
    hwaddr last = 0;
    Hearer h;

    (void)data;
    u->opaque = &last;
    u->answer = two_pages;
    hearer_init(&h, m, "a", MAP, 0, HWADDR_MAX, 1);
    memory_region_iommu_replay(&u->parent_obj, &h.n);
    assert_trace(m, "?0/1 a:4000000000+fff=rw@4000000000 ?4000001000/1 "
                    "a:fffffffffffff000+fff=rw@fffffffffffff000");
    g_assert_cmpuint(u->asked, ==, 4);
}

/* An answer that lies before the page that was asked for is ignored. An answer beyond the region's
 * end ends the walk. */
static void odd_answers(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Puppet *u = puppet_new(m, skipping_type.name, "u", 0x4000, as);
    hwaddr last = 0x10;
    Hearer h;

    (void)data;
    u->opaque = &last;
    u->perm = IOMMU_NONE;
    hearer_init(&h, m, "a", MAP, 0x1000, HWADDR_MAX, 0);
    memory_region_iommu_replay(&u->parent_obj, &h.n);
    assert_trace(m, "?1000/0 ?2000/0 ?3000/0");
    last = HWADDR_MAX;
    memory_region_iommu_replay(&u->parent_obj, &h.n);
    assert_trace(m, "?1000/0");
    last = 0x2345;
    memory_region_iommu_replay(&u->parent_obj, &h.n);
    assert_trace(m, "?1000/0 ?2346/0 ?3000/0");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&skipping_type);
    TEST("/iommu-replay/lock/to-tell", lock_to_tell);
    TEST("/iommu-replay/lock/others-go-on", others_go_on);
    TEST("/iommu-replay/changes/unmapped", unmapped_meanwhile);
    TEST("/iommu-replay/changes/moved", moved_meanwhile);
    TEST("/iommu-replay/changes/mapped", mapped_meanwhile);
    TEST("/iommu-replay/notifiers/unregistered", unregistered_meanwhile);
    TEST("/iommu-replay/notifiers/next-one-goes", next_one_goes);
    TEST("/iommu-replay/notifiers/list-changes", list_changes);
    TEST("/iommu-replay/D8/skips", skips_what_is_empty);
    TEST("/iommu-replay/D8/odd-answers", odd_answers);
    return g_test_run();
}
