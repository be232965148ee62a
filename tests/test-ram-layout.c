/* SPDX-License-Identifier: MIT
 *
 * The places of RAM blocks among the RAM addresses, how blocks are found there, and the order of
 * their list (specification 22.5).
 */
#include "ram-support.h"

enum { PAGE = 4096, PLACE = 64 * PAGE };

/* ---- Layout ------------------------------------------------------------------------------- */

static void layout(Machine *m, gconstpointer data)
{
    MemoryRegion *a = ram_new(m, "a", PAGE);
    MemoryRegion *b = ram_new(m, "b", 3 * PLACE);
    MemoryRegion *c = ram_new(m, "c", PAGE);
    MemoryRegion *d = ram_new(m, "d", PLACE + PAGE);
    MemoryRegion *e = ram_new(m, "e", PAGE);

    (void)data;
    g_assert_cmphex(memory_region_get_ram_addr(a), ==, 0);
    g_assert_cmphex(memory_region_get_ram_addr(b), ==, PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(c), ==, 4 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(d), ==, 5 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(e), ==, 7 * PLACE);
    region_drop(m, b);
    region_drop(m, d);
    /* Three places are free where b was, two where d was. */
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "f", 4 * PLACE)), ==, 8 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "g", 2 * PLACE)), ==, 5 * PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "h", PLACE)), ==, PLACE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "i", 2 * PLACE)), ==, 2 * PLACE);
}

/* Nothing reads the blocks, so their memory need not exist. */
static void addresses_used_up(Machine *m, gconstpointer data)
{
    const ram_addr_t quarter = RAM_ADDR_INVALID / 4 + 1;
    void *nowhere = (void *)(uintptr_t)PAGE;
    RAMBlock *rb[3];
    Error *err = NULL;

    (void)m, (void)data;
    for (unsigned i = 0; i < 3; i++) {
        rb[i] = qemu_ram_alloc_from_ptr(quarter, nowhere, NULL, NULL);
        g_assert_cmphex(qemu_ram_get_offset(rb[i]), ==, i * quarter);
    }
    g_assert_null(qemu_ram_alloc_from_ptr(quarter, nowhere, NULL, &err));
    assert_error(err, "no gap of 0x40000000");
    qemu_ram_free(rb[1]);
    rb[1] = qemu_ram_alloc_from_ptr(quarter, nowhere, NULL, NULL);
    g_assert_cmphex(qemu_ram_get_offset(rb[1]), ==, quarter);
    for (unsigned i = 0; i < 3; i++) {
        qemu_ram_free(rb[i]);
    }
}

static void layout_of_big_pages(Machine *m, gconstpointer data)
{
    (void)data;
    ram_new(m, "a", PAGE);
    g_assert_cmphex(memory_region_get_ram_addr(ram_new(m, "b", PAGE)), ==, 64 * 0x10000);
}

/* ---- Order -------------------------------------------------------------------------------- */

static int collect(RAMBlock *rb, void *opaque)
{
    g_string_append_printf(opaque, "%zx ", (size_t)qemu_ram_get_max_length(rb) / PAGE);
    return qemu_ram_get_max_length(rb) == PAGE ? 42 : 0;
}

static void largest_first(Machine *m, gconstpointer data)
{
    g_autoptr(GString) found = g_string_new(NULL);

    (void)data;
    ram_new(m, "a", 2 * PAGE);
    ram_new(m, "b", 5 * PAGE);
    ram_new(m, "c", 3 * PAGE);
    g_assert_cmpint(qemu_ram_foreach_block(collect, found), ==, 0);
    g_assert_cmpstr(found->str, ==, "5 3 2 ");
    ram_new(m, "d", PAGE);
    ram_new(m, "e", PAGE);
    g_string_truncate(found, 0);
    g_assert_cmpint(qemu_ram_foreach_block(collect, found), ==, 42);
    g_assert_cmpstr(found->str, ==, "5 3 2 1 ");
}

/* ---- At random, against a model ----------------------------------------------------------- */

enum { PLACES = 1024, BLOCKS = 40, STEPS = 4000 };

typedef struct Model {
    bool taken[PLACES];
    RAMBlock *block[BLOCKS]; /* the oldest first */
    unsigned blocks;
} Model;

static unsigned places_of(RAMBlock *rb)
{
    return (unsigned)((qemu_ram_get_max_length(rb) + PLACE - 1) / PLACE);
}

static unsigned free_from(const Model *model, unsigned place)
{
    unsigned end = place;

    while (end < PLACES && !model->taken[end]) {
        end++;
    }
    return end - place;
}

/* Returns the beginning of the smallest free stretch that holds so many places. The last stretch
 * has no end. */
static unsigned best_place(const Model *model, unsigned places)
{
    unsigned best = PLACES, smallest = UINT_MAX;

    for (unsigned i = 0; i < PLACES; i++) {
        unsigned stretch = free_from(model, i);
        unsigned length = i + stretch == PLACES ? UINT_MAX - 1 : stretch;
        if (stretch && length >= places && length < smallest) {
            best = i;
            smallest = length;
        }
        i += stretch;
    }
    return best;
}

static void mark_places(Model *model, RAMBlock *rb, bool taken)
{
    unsigned first = (unsigned)(qemu_ram_get_offset(rb) / PLACE);

    for (unsigned i = 0; i < places_of(rb); i++) {
        g_assert_true(model->taken[first + i] != taken);
        model->taken[first + i] = taken;
    }
}

static void make_block(Model *model)
{
    void *nowhere = (void *)(uintptr_t)PAGE;
    ram_addr_t pages = (ram_addr_t)g_test_rand_int_range(1, 6) * 60;
    RAMBlock *rb = qemu_ram_alloc_from_ptr(pages * PAGE, nowhere, NULL, &error_abort);
    unsigned place = best_place(model, places_of(rb));

    g_assert_cmphex(qemu_ram_get_offset(rb), ==, (ram_addr_t)place * PLACE);
    mark_places(model, rb, true);
    model->block[model->blocks++] = rb;
}

static void free_block(Model *model)
{
    unsigned which = (unsigned)g_test_rand_int_range(0, (gint32)model->blocks);
    RAMBlock *rb = model->block[which];

    mark_places(model, rb, false);
    qemu_ram_free(rb);
    model->blocks--;
    memmove(&model->block[which], &model->block[which + 1],
            (model->blocks - which) * sizeof(model->block[0]));
}

static int append(RAMBlock *rb, void *opaque)
{
    g_ptr_array_add(opaque, rb);
    return 0;
}

/* The list has the order that a stable sort of the blocks by size gives. */
static void check_order(const Model *model)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    unsigned at = 0;

    qemu_ram_foreach_block(append, list);
    g_assert_cmpuint(list->len, ==, model->blocks);
    for (ram_addr_t pages = 5 * 60; pages; pages -= 60) {
        for (unsigned i = 0; i < model->blocks; i++) {
            if (qemu_ram_get_max_length(model->block[i]) == pages * PAGE) {
                g_assert_true(g_ptr_array_index(list, at) == model->block[i]);
                at++;
            }
        }
    }
}

static RAMBlock *block_with(const Model *model, ram_addr_t addr)
{
    for (unsigned i = 0; i < model->blocks; i++) {
        RAMBlock *rb = model->block[i];
        if (addr - qemu_ram_get_offset(rb) < qemu_ram_get_max_length(rb)) {
            return rb;
        }
    }
    return NULL;
}

/* Returns how many pages of a range belong to blocks. */
static unsigned pages_with_block(const Model *model, ram_addr_t start, unsigned pages)
{
    unsigned found = 0;

    for (unsigned i = 0; i < pages; i++) {
        found += block_with(model, start + (ram_addr_t)i * PAGE) != NULL;
    }
    return found;
}

/* Pages of blocks are dirty; addresses between them are clean. */
static void check_address(const Model *model, ram_addr_t addr)
{
    const unsigned pages = 100;
    unsigned found = pages_with_block(model, addr, pages);
    RAMBlock *rb = block_with(model, addr);

    g_assert_cmpint(cpu_physical_memory_get_dirty(addr, 1, DIRTY_MEMORY_VGA), ==, rb != NULL);
    g_assert_cmpint(cpu_physical_memory_get_dirty(addr, pages * PAGE, DIRTY_MEMORY_VGA), ==,
                    found > 0);
    g_assert_cmpint(cpu_physical_memory_all_dirty(addr, pages * PAGE, DIRTY_MEMORY_VGA), ==,
                    found == pages);
    if (rb) {
        void *host = qemu_map_ram_ptr(NULL, addr);
        g_assert_cmphex((uintptr_t)host, ==, PAGE + (addr - qemu_ram_get_offset(rb)));
    }
}

static void check_addresses(const Model *model)
{
    for (unsigned i = 0; i < 8; i++) {
        check_address(model, (ram_addr_t)g_test_rand_int_range(0, BLOCKS * 6 * 64) * PAGE);
    }
    for (unsigned i = 0; i < model->blocks; i++) {
        check_address(model, qemu_ram_get_offset(model->block[i]));
        check_address(model, qemu_ram_get_offset(model->block[i]) +
                                 qemu_ram_get_max_length(model->block[i]) - PAGE);
    }
}

static void at_random(Machine *m, gconstpointer data)
{
    Model model = { .blocks = 0 };

    (void)m, (void)data;
    for (unsigned i = 0; i < STEPS; i++) {
        if (model.blocks && (model.blocks == BLOCKS || g_test_rand_bit())) {
            free_block(&model);
        } else {
            make_block(&model);
        }
        check_order(&model);
        check_addresses(&model);
    }
    while (model.blocks) {
        free_block(&model);
        check_addresses(&model);
    }
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions big_pages = { .page_bits = 16 };

    g_test_init(&argc, &argv, NULL);
    TEST("/ram-layout/22.5/layout", layout);
    TEST("/ram-layout/22.5/addresses-used-up", addresses_used_up);
    TEST_WITH("/ram-layout/22.5/layout-of-big-pages", layout_of_big_pages, &big_pages);
    TEST("/ram-layout/22.5/largest-first", largest_first);
    TEST("/ram-layout/22.5/at-random", at_random);
    return g_test_run();
}
