/* SPDX-License-Identifier: MIT
 *
 * An IOMMU with tables in guest memory under load: mappings change while devices transfer, and a
 * notifier that only listens always knows what the tables say (specification 10.4, 15, 16; D10).
 * The same with translations that threads keep: they answer as the tables do, and when a report has
 * returned, no thread uses the old ones (specification 15.3).
 *
 *   test-iommu-tables [--seconds N]
 */
#include <physmem/historic.h>

#include "crew.h"
#include "iommu-device.h"

/* The system has 4 MiB of memory for each table's pages, followed by the tables. The first half of
 * a page is filled with the page's number. The second half is for writing, unless the page is one
 * of those that are only mapped for reading. */
enum {
    POOL = 2 * TABLE_LARGE_PAGE,
    POOL_PAGES = POOL / TABLE_PAGE,
    TABLES_AT = 2 * POOL,
    HALF = TABLE_PAGE / 2,
    PAGES = TABLE_SIZE / TABLE_PAGE,
    BUS_AT = 0x10000000
};

#define NORMAL MEMTXATTRS_UNSPECIFIED
#define SECURE ((MemTxAttrs){ .secure = 1 })

static MemTxAttrs attrs_of(int index)
{
    return index ? SECURE : NORMAL;
}

/* What a notifier was told: for each page, where it leads and with which permission. */
typedef struct Shadow {
    IOMMUNotifier n;
    hwaddr to[PAGES];
    IOMMUAccessFlags perm[PAGES];
} Shadow;

typedef struct Yard {
    Crew crew;
    MemoryRegion *pool;
    MemoryRegion *root;
    AddressSpace *memory;
    AddressSpace *bus;
    TableIommu *u;
    Shadow *shadow[TABLE_INDEXES];
    int reached; /* reads that reached memory */
} Yard;

static uint16_t *page_of(const Yard *y, unsigned page)
{
    return (uint16_t *)memory_region_get_ram_ptr(y->pool) + (size_t)page * TABLE_PAGE / 2;
}

static bool is_readonly_page(unsigned page)
{
    return page % 2 == 1;
}

static void yard_make(Yard *y, Machine *m)
{
    MemoryRegion *bus = box_new(m, "bus", UINT64_MAX);

    *y = (Yard){ .crew = { .machine = m } };
    y->root = box_new(m, "memory", UINT64_MAX);
    y->pool = ram_new(m, "pool", 2 * POOL);
    for (unsigned page = 0; page < 2 * POOL_PAGES; page++) {
        for (unsigned i = 0; i < HALF / 2; i++) {
            page_of(y, page)[i] = GUINT16_TO_LE(page + 1);
        }
    }
    memory_region_add_subregion(y->root, 0, y->pool);
    memory_region_add_subregion(y->root, TABLES_AT, ram_new(m, "tables", TABLE_MEMORY));
    y->memory = space_new(m, y->root, "memory");
    y->bus = space_new(m, bus, "bus");
    y->u = table_iommu_new(m, "u", y->memory, TABLES_AT);
    memory_region_add_subregion(bus, BUS_AT, table_iommu_region(y->u));
}

/* ---- Shadows ---------------------------------------------------------------------------- */

static void shadow_hear(IOMMUNotifier *n, IOMMUTLBEntry *e)
{
    Shadow *s = (Shadow *)n;
    hwaddr last = e->iova + e->addr_mask;

    for (hwaddr addr = e->iova; addr <= last && addr < TABLE_SIZE; addr += TABLE_PAGE) {
        s->to[addr / TABLE_PAGE] = e->translated_addr + (addr - e->iova);
        s->perm[addr / TABLE_PAGE] = e->perm;
    }
}

static Shadow *shadow_start(Yard *y, int index)
{
    Shadow *s = g_new0(Shadow, 1);

    iommu_notifier_init(&s->n, shadow_hear, IOMMU_NOTIFIER_IOTLB_EVENTS, 0, HWADDR_MAX, index);
    memory_context_lock(y->u->ctx);
    g_assert_cmpint(memory_region_register_iommu_notifier(table_iommu_region(y->u), &s->n, NULL),
                    ==, 0);
    memory_region_iommu_replay(&y->u->parent_obj, &s->n);
    memory_context_unlock(y->u->ctx);
    return s;
}

static void shadow_end(Yard *y, Shadow *s)
{
    memory_region_unregister_iommu_notifier(table_iommu_region(y->u), &s->n);
    g_free(s);
}

static void assert_page_agrees(const Yard *y, const Shadow *s, unsigned page, bool is_write)
{
    hwaddr addr = BUS_AT + (hwaddr)page * TABLE_PAGE;
    bool granted = s->perm[page] & (is_write ? IOMMU_WO : IOMMU_RO);
    memory_read_lock();
    IOMMUTLBEntry e =
        address_space_get_iotlb_entry(y->bus, addr, is_write, attrs_of(s->n.iommu_idx));
    memory_read_unlock();

    g_assert_cmpint(e.perm, ==, granted ? s->perm[page] : IOMMU_NONE);
    if (granted) {
        g_assert_cmphex(e.translated_addr + (addr & e.addr_mask), ==, s->to[page]);
    }
}

static void assert_agrees(const Yard *y, const Shadow *s)
{
    memory_context_lock(y->u->ctx);
    for (unsigned page = 0; page < PAGES; page++) {
        assert_page_agrees(y, s, page, false);
        assert_page_agrees(y, s, page, true);
    }
    memory_context_unlock(y->u->ctx);
}

/* ---- One at a time ---------------------------------------------------------------------- */

static void both_sizes(Machine *m, gconstpointer data)
{
    Yard y;
    uint16_t buf[2];
    MemTxResult result;

    (void)data;
    yard_make(&y, m);
    table_iommu_map(y.u, 0, 0x5000, TABLE_PAGE, 0x7000, IOMMU_RW);
    table_iommu_map(y.u, 0, TABLE_LARGE_PAGE, TABLE_LARGE_PAGE, 0, IOMMU_RO);
    table_iommu_map(y.u, 1, 0x5000, TABLE_PAGE, POOL, IOMMU_RW);
    g_assert_cmphex(lduw_le_phys(y.bus, BUS_AT + 0x5000), ==, 8);
    g_assert_cmphex(address_space_lduw_le(y.bus, BUS_AT + 0x5000, SECURE, NULL), ==,
                    POOL_PAGES + 1);
    g_assert_cmphex(lduw_le_phys(y.bus, BUS_AT + TABLE_LARGE_PAGE + 0x123000), ==, 0x124);
    address_space_stw_le(y.bus, BUS_AT + TABLE_LARGE_PAGE, 0, NORMAL, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    /* where a small and a large page meet */
    table_iommu_map(y.u, 0, TABLE_LARGE_PAGE - TABLE_PAGE, TABLE_PAGE, 0x9000, IOMMU_RW);
    page_of(&y, 9)[TABLE_PAGE / 2 - 1] = 0x4711;
    g_assert_cmphex(address_space_read(y.bus, BUS_AT + TABLE_LARGE_PAGE - 2, NORMAL, buf, 4), ==,
                    MEMTX_OK);
    g_assert_cmphex(buf[0], ==, 0x4711);
    g_assert_cmphex(GUINT16_FROM_LE(buf[1]), ==, 1);
    /* a small page replaces the large one, and the other way round */
    table_iommu_map(y.u, 0, TABLE_LARGE_PAGE + 0x3000, TABLE_PAGE, 0x9000, IOMMU_RW);
    g_assert_false(address_space_access_valid(y.bus, BUS_AT + TABLE_LARGE_PAGE, 1, false, NORMAL));
    g_assert_cmphex(lduw_le_phys(y.bus, BUS_AT + TABLE_LARGE_PAGE + 0x3000), ==, 10);
    table_iommu_map(y.u, 0, 0, TABLE_LARGE_PAGE, TABLE_LARGE_PAGE, IOMMU_RW);
    g_assert_cmphex(lduw_le_phys(y.bus, BUS_AT + 0x5000), ==, 0x206);
    table_iommu_unmap(y.u, 0, 0, TABLE_LARGE_PAGE);
    g_assert_false(address_space_access_valid(y.bus, BUS_AT + 0x5000, 1, false, NORMAL));
}

/* A notifier that registers late is told what is mapped, and then what changes. */
static void shadow_comes_late(Machine *m, gconstpointer data)
{
    Yard y;
    Shadow *s, *later;

    (void)data;
    yard_make(&y, m);
    table_iommu_map(y.u, 0, 0x5000, TABLE_PAGE, 0x7000, IOMMU_RW);
    table_iommu_map(y.u, 0, 2 * TABLE_LARGE_PAGE, TABLE_LARGE_PAGE, 0, IOMMU_WO);
    table_iommu_map(y.u, 1, 0x6000, TABLE_PAGE, 0x7000, IOMMU_RW);
    s = shadow_start(&y, 0);
    g_assert_cmphex(s->to[5], ==, 0x7000);
    g_assert_cmpint(s->perm[6], ==, IOMMU_NONE);
    assert_agrees(&y, s);
    table_iommu_map(y.u, 0, 2 * TABLE_LARGE_PAGE + 0x8000, TABLE_PAGE, 0x9000, IOMMU_RO);
    table_iommu_unmap(y.u, 0, 0x5000, TABLE_PAGE);
    assert_agrees(&y, s);
    later = shadow_start(&y, 0);
    g_assert_cmpmem(later->perm, sizeof(later->perm), s->perm, sizeof(s->perm));
    shadow_end(&y, s);
    shadow_end(&y, later);
}

/* D10: a notification does not say for which attributes it holds; its index does. If a page leads
 * to two places, each notifier knows the one of its own attributes. */
static void a_shadow_for_each_index(Machine *m, gconstpointer data)
{
    Yard y;
    Shadow *s[TABLE_INDEXES];

    (void)data;
    yard_make(&y, m);
    table_iommu_map(y.u, 0, 0x5000, TABLE_PAGE, 0x7000, IOMMU_RW);
    table_iommu_map(y.u, 1, 0x5000, TABLE_PAGE, POOL + 0x9000, IOMMU_RO);
    for (int index = 0; index < TABLE_INDEXES; index++) {
        s[index] = shadow_start(&y, index);
        assert_agrees(&y, s[index]);
    }
    g_assert_cmphex(s[0]->to[5], ==, 0x7000);
    g_assert_cmphex(s[1]->to[5], ==, POOL + 0x9000);
    table_iommu_map(y.u, 0, 0x6000, TABLE_PAGE, 0x8000, IOMMU_WO);
    table_iommu_map(y.u, 1, 0x5000, TABLE_PAGE, POOL, IOMMU_RW);
    table_iommu_unmap(y.u, 0, 0x5000, TABLE_PAGE);
    g_assert_cmpint(s[0]->perm[5], ==, IOMMU_NONE);
    g_assert_cmphex(s[1]->to[5], ==, POOL);
    g_assert_cmpint(s[1]->perm[6], ==, IOMMU_NONE);
    for (int index = 0; index < TABLE_INDEXES; index++) {
        assert_agrees(&y, s[index]);
        shadow_end(&y, s[index]);
    }
}

/* A guest writes random bytes into its tables, which the IOMMU also maps. */
static void tables_full_of_noise(Machine *m, gconstpointer data)
{
    Yard y;
    uint8_t buf[0x1800];

    (void)data;
    yard_make(&y, m);
    memory_region_add_subregion(y.root, BUS_AT,
                                window_new(m, "window", table_iommu_region(y.u), 0, TABLE_SIZE));
    for (unsigned round = 0; round < 3000; round++) {
        hwaddr slot = TABLES_AT + (hwaddr)g_test_rand_int_range(0, TABLE_MEMORY / 8) * 8;
        hwaddr to = (hwaddr)g_test_rand_int() << (round % 24);
        uint64_t bits = (uint64_t)g_test_rand_int_range(0, 16);
        if (round % 3 == 0) { /* the first read decides */
            slot = TABLES_AT + (hwaddr)(round / 3 % 2) * TABLE_PAGE + 8 * (round / 6 % 4);
            to = round % 2 ? BUS_AT + (to & (TABLE_SIZE - 1)) : to & (4 * POOL - 1);
        }
        stq_le_phys(y.memory, slot, (to & ~(hwaddr)0xfff) | bits);
        hwaddr addr = BUS_AT + (hwaddr)g_test_rand_int_range(0, TABLE_SIZE);
        unsigned len = (unsigned)g_test_rand_int_range(1, sizeof(buf));
        bool is_write = round % 5 == 0, valid;
        valid = address_space_access_valid(y.bus, addr, len, is_write, attrs_of(round & 1));
        MemTxResult result = address_space_rw(y.bus, addr, attrs_of(round & 1), buf, len, false);
        g_assert_true(is_write || valid == (result == MEMTX_OK));
        address_space_ldq_le(y.bus, addr, attrs_of(round & 1), &result);
        if (is_write) {
            address_space_stq_le(y.bus, addr, to, attrs_of(round & 1), &result);
        }
    }
}

/* ---- Under load ------------------------------------------------------------------------- */

/* What was read is one page of the table that was used; or the page was not mapped. */
static void check_page(const uint16_t *half, unsigned count, int index, MemTxResult result)
{
    uint16_t first = GUINT16_FROM_LE(half[0]);

    g_assert_true(first ? first / (POOL_PAGES + 1) == index : result == MEMTX_DECODE_ERROR);
    for (unsigned i = 1; i < count; i++) {
        g_assert_cmphex(half[i], ==, half[0]);
    }
}

static void read_once(Yard *y, GRand *r)
{
    int index = g_rand_int_range(r, 0, TABLE_INDEXES);
    hwaddr addr = BUS_AT + (hwaddr)g_rand_int_range(r, 0, PAGES) * TABLE_PAGE;
    hwaddr offset = (hwaddr)g_rand_int_range(r, 0, HALF / 8) * 8;
    uint16_t buf[4];
    MemTxResult result;

    uint64_t val = address_space_ldq_le(y->bus, addr + offset, attrs_of(index), &result);
    val = GUINT64_TO_LE(val);
    check_page((uint16_t *)&val, 4, index, result);
    g_atomic_int_add(&y->reached, result == MEMTX_OK);
    result = address_space_read(y->bus, addr + (offset & (HALF - 16)), attrs_of(index), buf, 8);
    check_page(buf, 4, index, result);
}

static void write_once(const Yard *y, GRand *r)
{
    hwaddr addr = BUS_AT + (hwaddr)g_rand_int_range(r, 0, PAGES) * TABLE_PAGE + HALF;
    uint64_t noise[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    MemTxResult result;

    address_space_stq_le(y->bus, addr, UINT64_MAX, attrs_of((int)(addr >> 12 & 1)), &result);
    address_space_write(y->bus, addr + 8, attrs_of((int)(addr >> 12 & 1)), noise, sizeof(noise));
}

static gpointer transfer(gpointer data)
{
    Yard *y = data;
    GRand *r = g_rand_new();

    do {
        read_once(y, r);
        write_once(y, r);
    } while (crew_goes_on(&y->crew));
    g_rand_free(r);
    return NULL;
}

static gpointer watch(gpointer data)
{
    Yard *y = data;

    do {
        assert_agrees(y, y->shadow[0]);
        assert_agrees(y, y->shadow[1]);
        g_thread_yield();
    } while (crew_goes_on(&y->crew));
    return NULL;
}

/* A small page that is mapped for reading is one of those that are never written; others are
 * mapped for both. Large pages contain both kinds, so they are mapped for reading. */
static void change_once(const Yard *y)
{
    int index = g_test_rand_int_range(0, TABLE_INDEXES);
    bool large = g_test_rand_int_range(0, 20) == 0;
    hwaddr size = large ? TABLE_LARGE_PAGE : TABLE_PAGE;
    hwaddr iova = (hwaddr)g_test_rand_int_range(0, PAGES) * TABLE_PAGE & ~(size - 1);
    unsigned page = (unsigned)g_test_rand_int_range(0, POOL_PAGES);

    page &= ~(unsigned)(size / TABLE_PAGE - 1);

    if (g_test_rand_int_range(0, 4) == 0) {
        table_iommu_unmap(y->u, index, iova, size);
    } else {
        table_iommu_map(y->u, index, iova, size, (hwaddr)index * POOL + (hwaddr)page * TABLE_PAGE,
                        large || is_readonly_page(page) ? IOMMU_RO : IOMMU_RW);
    }
}

static void assert_readonly_pages(const Yard *y)
{
    for (unsigned page = 1; page < 2 * POOL_PAGES; page += 2) {
        for (unsigned i = HALF / 2; i < TABLE_PAGE / 2; i++) {
            g_assert_cmphex(page_of(y, page)[i], ==, 0);
        }
    }
}

static void run_under_load(Machine *m, bool caching)
{
    Yard y;
    Clock clock;

    yard_make(&y, m);
    memory_region_iommu_set_caching(&y.u->parent_obj, caching);
    for (unsigned i = 0; i < 200; i++) {
        change_once(&y);
    }
    y.shadow[0] = shadow_start(&y, 0);
    y.shadow[1] = shadow_start(&y, 1);
    crew_start(&y.crew, transfer, &y);
    crew_start(&y.crew, transfer, &y);
    crew_start(&y.crew, watch, &y);
    clock = clock_start();
    do {
        for (unsigned i = 0; i < 50; i++) {
            change_once(&y);
        }
        assert_agrees(&y, y.shadow[g_test_rand_int_range(0, 2)]);
    } while (clock_runs(&clock));
    crew_end(&y.crew);
    g_assert_cmpint(y.reached, >, 0);
    assert_readonly_pages(&y);
    shadow_end(&y, y.shadow[0]);
    shadow_end(&y, y.shadow[1]);
}

static void changes_under_load(Machine *m, gconstpointer data)
{
    (void)data;
    run_under_load(m, false);
}

static void kept_under_load(Machine *m, gconstpointer data)
{
    (void)data;
    run_under_load(m, true);
}

/* ---- Translations that are kept --------------------------------------------------------- */

/* A page of the pool that the first page of the bus leads to, at least: it moves on all the
 * time. */
typedef struct Race {
    Yard yard;
    int reported; /* the page whose mapping was reported last; atomic */
} Race;

static gpointer race(gpointer data)
{
    Race *r = data;
    uint16_t buf[32];

    do {
        int least = g_atomic_int_get(&r->reported);
        int single = address_space_lduw_le(r->yard.bus, BUS_AT, NORMAL, NULL);
        g_assert_cmpint(single, >=, least + 1);
        address_space_read(r->yard.bus, BUS_AT, NORMAL, buf, sizeof(buf));
        g_assert_cmpint(GUINT16_FROM_LE(buf[0]), >=, single);
    } while (crew_goes_on(&r->yard.crew));
    return NULL;
}

/* Changes the mapping in place, so that no access fails. */
static void move_on(Race *r, int page)
{
    TableIommu *u = r->yard.u;
    hwaddr table = ldq_le_phys(u->memory, TABLES_AT) & ~(hwaddr)(TABLE_PAGE - 1);

    stq_le_phys(u->memory, table, (hwaddr)page * TABLE_PAGE | TABLE_READ);
    memory_region_iommu_forget(&u->parent_obj);
    g_atomic_int_set(&r->reported, page);
}

/* An access that begins after a report finds what was reported, or something newer. */
static void reports_win(Machine *m, gconstpointer data)
{
    Race r = { .reported = 0 };
    Clock clock = clock_start();

    (void)data;
    yard_make(&r.yard, m);
    memory_region_iommu_set_caching(&r.yard.u->parent_obj, true);
    table_iommu_map(r.yard.u, 0, 0, TABLE_PAGE, 0, IOMMU_RO);
    crew_start(&r.yard.crew, race, &r);
    crew_start(&r.yard.crew, race, &r);
    do {
        for (int page = r.reported + 1; page < 2 * POOL_PAGES && clock_runs(&clock); page++) {
            move_on(&r, page);
        }
    } while (clock_runs(&clock) && r.reported < 2 * POOL_PAGES - 1);
    crew_end(&r.yard.crew);
}

/* Two IOMMUs with the same tables. Translations of the first one are kept. */
typedef struct Twins {
    Yard yard;
    MemoryRegion *overlay; /* of a few bytes, in the pool */
    AddressSpace *bus[2];
} Twins;

static void twins_make(Twins *t, Machine *m)
{
    MemoryRegion *root = box_new(m, "second bus", UINT64_MAX);
    Yard *y = &t->yard;

    yard_make(y, m);
    memory_region_iommu_set_caching(&y->u->parent_obj, true);
    t->bus[0] = y->bus;
    t->bus[1] = space_new(m, root, "second bus");
    memory_region_add_subregion(root, BUS_AT,
                                table_iommu_region(table_iommu_new(m, "twin", y->memory,
                                                                   TABLES_AT)));
    t->overlay = ram_new(m, "overlay", 3);
    memory_region_add_subregion_overlap(y->root, 0x3ffe, t->overlay, 1);
}

typedef struct Step {
    hwaddr addr;
    unsigned len;
    uint64_t val;
    MemTxAttrs attrs;
} Step;

/* What an access has answered. */
typedef struct Answer {
    MemTxResult result;
    uint64_t val;
    const void *host;
    uint8_t byte[0x1800];
} Answer;

static void take_entry(AddressSpace *bus, const Step *s, bool is_write, Answer *a)
{
    memory_read_lock();
    IOMMUTLBEntry e = address_space_get_iotlb_entry(bus, s->addr, is_write, s->attrs);
    memory_read_unlock();
    a->val = e.translated_addr ^ e.perm;
    a->host = e.target_as;
}

static void take_map(AddressSpace *bus, const Step *s, bool is_write, Answer *a)
{
    hwaddr len = s->len;
    ram_addr_t offset = 0;
    void *host = address_space_map(bus, s->addr, &len, is_write, s->attrs);

    if (host) {
        a->host = memory_region_from_host(host, &offset); /* NULL: a buffer */
        a->val = a->host ? len + offset : len;
        a->byte[0] = is_write ? 0 : *(uint8_t *)host;
        address_space_unmap(bus, host, len, is_write, 0);
    }
}

static void take(AddressSpace *bus, unsigned way, const Step *s, Answer *a)
{
    switch (way) {
    case 0:
        a->val = address_space_ldub(bus, s->addr, s->attrs, &a->result);
        return;
    case 1:
        a->val = address_space_lduw_be(bus, s->addr, s->attrs, &a->result);
        return;
    case 2:
        a->val = address_space_ldl_le(bus, s->addr, s->attrs, &a->result);
        return;
    case 3:
        a->val = address_space_ldq_le(bus, s->addr, s->attrs, &a->result);
        return;
    case 4:
        a->result = address_space_read(bus, s->addr, s->attrs, a->byte, s->len);
        return;
    case 5:
        address_space_stw_le(bus, s->addr, (uint16_t)s->val, s->attrs, &a->result);
        return;
    case 6:
        address_space_stq_be(bus, s->addr, s->val, s->attrs, &a->result);
        return;
    case 7:
        memset(a->byte, (uint8_t)s->val, s->len);
        a->result = address_space_write(bus, s->addr, s->attrs, a->byte, s->len);
        return;
    case 8:
        a->val = address_space_access_valid(bus, s->addr, s->len, s->val & 1, s->attrs);
        return;
    case 9:
        take_entry(bus, s, s->val & 1, a);
        return;
    default:
        take_map(bus, s, s->val & 1, a);
    }
}

/* Few pages, so that they are used again and again, and places where they meet. */
static Step any_step(void)
{
    hwaddr page = (hwaddr)g_test_rand_int_range(0, 4) * 509 + (hwaddr)g_test_rand_int_range(0, 6);
    hwaddr offset = g_test_rand_int_range(0, 3) ? (hwaddr)g_test_rand_int_range(0, TABLE_PAGE)
                                                : TABLE_PAGE - 3;

    return (Step){ .addr = BUS_AT + page % PAGES * TABLE_PAGE + offset,
                   .len = (unsigned)g_test_rand_int_range(1, 0x1800),
                   .val = (uint64_t)g_test_rand_int() * 0x100000001,
                   .attrs = attrs_of(g_test_rand_int_range(0, 2)) };
}

static void change_twins(Twins *t, unsigned round)
{
    const Yard *y = &t->yard;

    switch (round % 5) {
    case 0:
        memory_region_set_enabled(t->overlay, g_test_rand_int_range(0, 2));
        return;
    case 1:
        memory_region_set_readonly(t->overlay, g_test_rand_int_range(0, 2));
        return;
    default:
        break;
    }
    hwaddr size = g_test_rand_int_range(0, 8) ? TABLE_PAGE : TABLE_LARGE_PAGE;
    hwaddr iova = (any_step().addr - BUS_AT) & ~(size - 1) & (TABLE_SIZE - 1);
    hwaddr to = (hwaddr)g_test_rand_int_range(0, 8) * TABLE_PAGE & ~(size - 1);
    if (g_test_rand_int_range(0, 4)) {
        table_iommu_map(y->u, (int)(round & 1), iova, size, to,
                        (IOMMUAccessFlags)g_test_rand_int_range(1, 4));
    } else {
        table_iommu_unmap(y->u, (int)(round & 1), iova, size);
    }
}

static void kept_as_asked(Machine *m, gconstpointer data)
{
    Twins t;

    (void)data;
    twins_make(&t, m);
    for (unsigned round = 0; round < 20000; round++) {
        if (round % 8 == 0) {
            change_twins(&t, (unsigned)g_test_rand_int_range(0, 1000));
        }
        unsigned way = (unsigned)g_test_rand_int_range(0, 11);
        Step s = any_step();
        Answer kept = { 0 }, asked = { 0 };
        take(t.bus[0], way, &s, &kept);
        take(t.bus[1], way, &s, &asked);
        g_assert_cmphex(kept.result, ==, asked.result);
        g_assert_cmphex(kept.val, ==, asked.val);
        g_assert_true(kept.host == asked.host);
        g_assert_cmpmem(kept.byte, sizeof(kept.byte), asked.byte, sizeof(asked.byte));
    }
}

/* ---- Replays ---------------------------------------------------------------------------- */

/* Delays answers of translations without the lock, so that mappings change meanwhile. */
static gpointer come_late(gpointer data)
{
    Yard *y = data;
    unsigned rounds = 0;

    memory_context_set_current(y->crew.machine->ctx);
    do {
        int index = (int)(rounds++ % TABLE_INDEXES);
        Shadow *s = g_new0(Shadow, 1);
        iommu_notifier_init(&s->n, shadow_hear, IOMMU_NOTIFIER_IOTLB_EVENTS, 0, HWADDR_MAX, index);
        g_assert_cmpint(memory_region_register_iommu_notifier(table_iommu_region(y->u), &s->n,
                                                              NULL),
                        ==, 0);
        memory_region_iommu_replay(&y->u->parent_obj, &s->n);
        assert_agrees(y, s);
        shadow_end(y, s);
    } while (crew_goes_on(&y->crew));
    return NULL;
}

static gpointer replay_all(gpointer data)
{
    Yard *y = data;

    do {
        memory_region_iommu_replay_all(&y->u->parent_obj);
    } while (crew_goes_on(&y->crew));
    return NULL;
}

/* Whatever changes during a replay, the last event for a page is its present mapping. A notifier
 * that was unregistered is not called any more. */
static void replays_under_load(Machine *m, gconstpointer data)
{
    Yard y;
    Clock clock;

    (void)data;
    yard_make(&y, m);
    y.shadow[0] = shadow_start(&y, 0);
    crew_start(&y.crew, come_late, &y);
    crew_start(&y.crew, come_late, &y);
    crew_start(&y.crew, replay_all, &y);
    clock = clock_start();
    do {
        for (unsigned i = 0; i < 50; i++) {
            change_once(&y);
        }
        assert_agrees(&y, y.shadow[0]);
    } while (clock_runs(&clock));
    crew_end(&y.crew);
    shadow_end(&y, y.shadow[0]);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/iommu-tables/10.4/both-sizes", both_sizes);
    TEST("/iommu-tables/16/shadow-comes-late", shadow_comes_late);
    TEST("/iommu-tables/D10/a-shadow-for-each-index", a_shadow_for_each_index);
    TEST("/iommu-tables/guest/tables-full-of-noise", tables_full_of_noise);
    TEST("/iommu-tables/threads/changes-under-load", changes_under_load);
    TEST("/iommu-tables/threads/kept-under-load", kept_under_load);
    TEST("/iommu-tables/15.3/reports-win", reports_win);
    TEST("/iommu-tables/15.3/kept-as-asked", kept_as_asked);
    TEST("/iommu-tables/threads/replays-under-load", replays_under_load);
    return g_test_run();
}
