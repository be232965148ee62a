/* SPDX-License-Identifier: MIT
 *
 * Readers while the map changes in commits: no access sees half of a commit.
 */
#include "crew.h"

/* One map with two states.
 *
 * It has eight pages. In state A each page reads as 0xaa, in state B as 0xbb. Every page changes
 * by another kind of edit, all of them in one commit. */

enum { PAGE = 0x1000, PAGES = 8, SPAN = PAGE * PAGES };

typedef struct Pair {
    Crew crew;
    MemoryRegion *root;
    MemoryRegion *a[PAGES], *b[PAGES];
    MemoryRegion *both; /* page 2, which shows a half of it through 'window' */
    MemoryRegion *window;
    MemoryRegion *box; /* page 5: a container that covers it or not */
} Pair;

static uint64_t fill_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)addr, (void)size;
    return GPOINTER_TO_UINT(opaque) * 0x0101010101010101ull;
}

static void fill_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)data, (void)size;
}

static const MemoryRegionOps fill_ops = {
    .read = fill_read,
    .write = fill_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};

static MemoryRegion *filled_io(Machine *m, uint8_t byte)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    memory_region_init_io(mr, NULL, &fill_ops, GUINT_TO_POINTER(byte), byte == 0xaa ? "a" : "b",
                          PAGE);
    return mr;
}

static void pair_build(Pair *p, Machine *m)
{
    p->root = box_new(m, "root", UINT64_MAX);
    for (unsigned i = 0; i < PAGES; i++) {
        bool device = i == 3 || i == 6;
        p->a[i] = device ? filled_io(m, 0xaa) : filled_ram(m, 0xaa, PAGE);
        p->b[i] = device ? filled_io(m, 0xbb) : filled_ram(m, 0xbb, PAGE);
        if (i != 2) {
            memory_region_add_subregion(p->root, i * PAGE, p->b[i]);
            memory_region_add_subregion(p->root, i * PAGE, p->a[i]);
        }
    }
    p->both = filled_ram(m, 0xaa, 2 * PAGE);
    memset((uint8_t *)memory_region_get_ram_ptr(p->both) + PAGE, 0xbb, PAGE);
    p->window = window_new(m, "window", p->both, 0, PAGE);
    memory_region_add_subregion_overlap(p->root, 2 * PAGE, p->window, 2);
    p->box = box_new(m, "box", PAGE);
    memory_region_del_subregion(p->root, p->b[5]);
    memory_region_add_subregion(p->box, 0, p->b[5]);
    memory_region_set_enabled(p->box, false);
    memory_region_add_subregion_overlap(p->root, 5 * PAGE, p->box, 1);
    p->crew.machine = m;
    p->crew.as = space_new(m, p->root, "as");
}

static void pair_set(Pair *p, bool b)
{
    memory_region_transaction_begin();
    memory_region_set_enabled(p->a[0], !b);
    memory_region_set_address(p->a[1], b ? 0x100000 : 1 * PAGE);
    memory_region_set_alias_offset(p->window, b ? PAGE : 0);
    memory_region_del_subregion(p->root, p->a[3]);
    memory_region_add_subregion_overlap(p->root, 3 * PAGE, p->a[3], b ? -1 : 1);
    memory_region_set_size(p->a[4], b ? 0 : PAGE);
    memory_region_set_enabled(p->box, b);
    if (b) {
        memory_region_del_subregion(p->root, p->a[6]);
    } else {
        memory_region_add_subregion(p->root, 6 * PAGE, p->a[6]);
    }
    memory_region_set_address(p->a[7], b ? 0x200000 : 7 * PAGE);
    memory_region_transaction_commit();
}

static void assert_one_byte(const uint8_t *buf, size_t len)
{
    g_assert_true(buf[0] == 0xaa || buf[0] == 0xbb);
    for (size_t i = 1; i < len; i++) {
        if (buf[i] != buf[0]) {
            g_error("%02x at 0, %02x at %zx: half of a commit", buf[0], buf[i], i);
        }
    }
}

static gpointer read_blocks(gpointer data)
{
    Pair *p = data;
    g_autofree uint8_t *buf = g_malloc(SPAN);
    unsigned from = 0;

    do {
        hwaddr start = from * 0x321 % SPAN;
        g_assert_cmpuint(address_space_read(p->crew.as, start, MEMTXATTRS_UNSPECIFIED, buf,
                                            SPAN - start),
                         ==, MEMTX_OK);
        assert_one_byte(buf, SPAN - start);
        from++;
    } while (crew_goes_on(&p->crew));
    return NULL;
}

/* A load that crosses two pages of RAM is one access, too. */
static gpointer read_seams(gpointer data)
{
    static const hwaddr seams[] = { 1 * PAGE, 2 * PAGE, 5 * PAGE };
    Pair *p = data;
    unsigned lap = 0;

    do {
        MemTxResult result;
        hwaddr seam = seams[lap++ % G_N_ELEMENTS(seams)];
        uint64_t got = address_space_ldq(p->crew.as, seam - 3, MEMTXATTRS_UNSPECIFIED, &result);
        g_assert_cmpuint(result, ==, MEMTX_OK);
        assert_one_byte((uint8_t *)&got, 8);
        uint32_t word = address_space_ldl(p->crew.as, seam - 2, MEMTXATTRS_UNSPECIFIED, &result);
        assert_one_byte((uint8_t *)&word, 4);
    } while (crew_goes_on(&p->crew));
    return NULL;
}

/* The state to which the region belongs at that offset. */
static char state_of(const Pair *p, const MemoryRegion *mr, hwaddr offset)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (mr == p->a[i] || mr == p->b[i]) {
            return mr == p->a[i] ? 'a' : 'b';
        }
    }
    g_assert_true(mr == p->both);
    return offset < PAGE ? 'a' : 'b';
}

typedef struct Look {
    const Pair *pair;
    char state;
} Look;

static bool look_at_range(Int128 start, Int128 size, const MemoryRegion *mr, hwaddr offset,
                          void *opaque)
{
    Look *l = opaque;
    char state;

    (void)size;
    if (int128_lt(start, int128_make64(SPAN))) {
        state = state_of(l->pair, mr, offset);
        g_assert_true(l->state == 0 || l->state == state);
        l->state = state;
    }
    return false;
}

static gpointer look_at_views(gpointer data)
{
    Pair *p = data;

    do {
        Look look = { .pair = p };
        memory_read_lock();
        FlatView *fv = address_space_to_flatview(p->crew.as);
        flatview_for_each_range(fv, look_at_range, &look);
        for (unsigned i = 0; i < PAGES; i++) {
            hwaddr xlat, len = 1;
            MemoryRegion *mr = flatview_translate(fv, i * PAGE + 0x10, &xlat, &len, false,
                                                  MEMTXATTRS_UNSPECIFIED);
            g_assert_cmpint(state_of(p, mr, xlat), ==, look.state);
        }
        memory_read_unlock();
    } while (crew_goes_on(&p->crew));
    return NULL;
}

static gpointer find_pages(gpointer data)
{
    Pair *p = data;
    unsigned page = 0;

    do {
        hwaddr addr = page++ % PAGES * PAGE;
        MemoryRegionSection s = memory_region_find(p->root, addr, PAGE);
        g_assert_nonnull(s.mr);
        g_assert_cmphex(s.offset_within_address_space, ==, addr);
        state_of(p, s.mr, s.offset_within_region);
        memory_region_unref(s.mr);
    } while (crew_goes_on(&p->crew));
    return NULL;
}

static void whole_commits(Machine *m, gconstpointer data)
{
    Pair p = { .root = NULL };
    Clock clock;
    bool state = false;

    (void)data;
    pair_build(&p, m);
    crew_start(&p.crew, read_blocks, &p);
    crew_start(&p.crew, read_seams, &p);
    crew_start(&p.crew, look_at_views, &p);
    crew_start(&p.crew, find_pages, &p);
    clock = clock_start();
    do {
        state = !state;
        pair_set(&p, state);
    } while (clock_runs(&clock));
    crew_end(&p.crew);
    if (state) {
        pair_set(&p, false);
    }
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/threads/whole-commits", whole_commits);
    return g_test_run();
}
