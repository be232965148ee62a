/* SPDX-License-Identifier: MIT
 *
 * Memory that a device lends for execution (specification 23): where it is visible, what reads and
 * writes do there, and how it ends while it is read.
 */
#include <stdlib.h>
#include <string.h>

#include "crew.h"
#include "probe.h"

enum { DEVICE_SIZE = 0x4000, PAGE = 0x1000, UNIT = 0x100 };

/* A flash chip with 16 KiB of code. Each unit of 256 bytes is filled with its number. It lends one
 * page at a time, unless the test says what it answers. */
typedef struct Flash {
    Probe *probe;
    MemoryRegion *mr;
    uint8_t code[DEVICE_SIZE];
    unsigned asked;
    bool lies; /* answers with what the following fields say */
    void *host;
    unsigned offset, size;
} Flash;

static void *lend(void *opaque, hwaddr addr, unsigned *size, unsigned *offset)
{
    Flash *f = ((Probe *)opaque)->opaque;

    f->asked++;
    if (f->lies) {
        *offset = f->offset;
        *size = f->size;
        return f->host;
    }
    *offset = (unsigned)addr & ~(PAGE - 1u);
    *size = PAGE;
    return f->code + *offset;
}

static Flash *flash_new(Machine *m, const char *name)
{
    Flash *f = g_new0(Flash, 1);

    f->probe = probe_new_plain(m, name, DEVICE_SIZE);
    f->mr = &f->probe->mr;
    f->probe->opaque = f;
    f->probe->ops.request_ptr = lend;
    for (unsigned i = 0; i < DEVICE_SIZE; i++) {
        f->code[i] = (uint8_t)(i / UNIT);
    }
    return f;
}

/* ---- Where it shows --------------------------------------------------------------------- */

static void laid_over(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    uint8_t page[PAGE];

    (void)data;
    memory_region_add_subregion(root, 0x8000, f->mr);
    g_assert_true(memory_region_request_mmio_ptr(f->mr, 0x1234));
    g_assert_cmpuint(f->asked, ==, 1);
    assert_sections(as, "8000-8fff flash@0, 9000-9fff flash.lent@0 ro, a000-bfff flash@2000");
    g_assert_cmphex(address_space_ldl_le(as, 0x9200, ANY, NULL), ==, 0x12121212);
    g_assert_cmphex(address_space_read(as, 0x9000, ANY, page, PAGE), ==, MEMTX_OK);
    g_assert_true(!memcmp(page, f->code + 0x1000, PAGE));
    assert_trace(m, "");
    address_space_ldub(as, 0x8004, ANY, NULL);
    assert_trace(m, "flash:r4/1");
    g_assert_true(memory_region_request_mmio_ptr(f->mr, 0x1fff));
    g_assert_cmpuint(f->asked, ==, 1);
    g_assert_true(memory_region_request_mmio_ptr(f->mr, 0x2000));
    assert_map(as, "8000-8fff flash@0, 9000-9fff flash.lent@0, a000-afff flash.lent@0, "
                   "b000-bfff flash@3000");
    memory_region_invalidate_mmio_ptr(f->mr, 0x1fff, 2);
    assert_map(as, "8000-bfff flash@0");
    address_space_ldub(as, 0x9004, ANY, NULL);
    assert_trace(m, "flash:r1004/1");
}

/* The memory is ROM: writes reach neither the memory nor the device. */
static void writes_reach_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    MemTxResult result;
    uint32_t word = 0xdeadbeef;

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0);
    address_space_stl_le(as, 0x10, 0xdeadbeef, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_write(as, 0x20, ANY, &word, 4), ==, MEMTX_DECODE_ERROR);
    g_assert_false(address_space_access_valid(as, 0, 4, true, ANY));
    g_assert_true(address_space_access_valid(as, 0, 4, false, ANY));
    assert_trace(m, "");
    for (unsigned i = 0; i < UNIT; i++) {
        g_assert_cmphex(f->code[i], ==, 0);
    }
}

/* The region uses the device's own memory without a copy. It is not dumped and not migrated. */
static void kind_of_region(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    hwaddr len = 16;
    void *host;

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0);
    MemoryRegionSection s = memory_region_find(root, 0x80, 1);
    g_assert_cmpstr(memory_region_name(s.mr), ==, "flash.lent");
    g_assert_true(memory_region_is_rom(s.mr) && memory_region_is_skip_dump(s.mr));
    g_assert_false(qemu_ram_is_migratable(s.mr->ram_block));
    g_assert_cmpstr(qemu_ram_get_idstr(s.mr->ram_block), ==, "");
    host = address_space_map(as, 0x80, &len, false, ANY);
    g_assert_true(host == f->code + 0x80);
    address_space_unmap(as, host, len, false, 0);
    memory_region_unref(s.mr);
}

/* It is above everything that the device's region contains, whatever the priorities. */
static void above_subregions(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    MemoryRegion *high = io_new(m, "high", 0x100), *highest = io_new(m, "highest", 0x100);

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_add_subregion_overlap(f->mr, 0x100, high, 1000);
    memory_region_add_subregion_overlap(f->mr, 0x200, highest, INT32_MAX);
    memory_region_request_mmio_ptr(f->mr, 0);
    assert_map(as, "0-fff flash.lent@0, 1000-3fff flash@1000");
    memory_region_invalidate_mmio_ptr(f->mr, 0, 1);
    assert_map(as, "0-ff flash@0, 100-1ff high@0, 200-2ff highest@0, 300-3fff flash@300");
}

/* The window moves with the device. */
static void moves_with_the_device(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *alias;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    memory_region_add_subregion(root, 0x4000, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0x3000);
    assert_map(as, "4000-6fff flash@0, 7000-7fff flash.lent@0");
    memory_region_set_address(f->mr, 0);
    assert_map(as, "0-2fff flash@0, 3000-3fff flash.lent@0");
    alias = window_new(m, "alias", f->mr, 0x2000, 0x1800);
    memory_region_add_subregion(root, 0x8000, alias);
    assert_map(as, "0-2fff flash@0, 3000-3fff flash.lent@0, 8000-8fff flash@2000, "
                   "9000-97ff flash.lent@0");
    memory_region_set_enabled(f->mr, false);
    assert_map(as, "");
    memory_region_set_enabled(f->mr, true);
    memory_region_set_size(f->mr, 0x3800);
    assert_map(as, "0-2fff flash@0, 3000-37ff flash.lent@0, 8000-8fff flash@2000, "
                   "9000-97ff flash.lent@0");
    memory_region_invalidate_mmio_ptr(f->mr, 0, DEVICE_SIZE);
    assert_map(as, "0-37ff flash@0, 8000-97ff flash@2000");
}

static void listeners_are_told(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    spy_on(m, "s", 0, as);
    memory_region_request_mmio_ptr(f->mr, 0);
    assert_trace(m, "s:begin s:del(0-3fff flash@0) s:add(0-fff flash.lent@0 ro) "
                    "s:add(1000-3fff flash@1000) s:commit");
    memory_region_request_mmio_ptr(f->mr, 0x3000);
    g_string_truncate(m->trace, 0);
    memory_region_invalidate_mmio_ptr(f->mr, 0, DEVICE_SIZE);
    assert_trace(m, "s:begin s:del(0-fff flash.lent@0 ro) s:del(1000-2fff flash@1000) "
                    "s:del(3000-3fff flash.lent@0 ro) s:add(0-3fff flash@0) s:commit");
    memory_region_invalidate_mmio_ptr(f->mr, 0, DEVICE_SIZE);
    assert_trace(m, "");
}

static void tree_shows_it(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    g_autofree Flash *f = flash_new(m, "flash");
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    (void)data;
    probe_space(m, &root);
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0x1000);
    memory_context_print_tree(m->ctx, out, true, false);
    fclose(out);
    g_assert_nonnull(strstr(text, "0000000000001000-0000000000001fff (prio 2147483647, rom): "
                                  "flash.lent owner:{obj type=physmem:lent-window}\n"));
    free(text);
}

/* ---- Answers ---------------------------------------------------------------------------- */

static void no_loan(Machine *m, gconstpointer data)
{
    g_autofree Flash *f = flash_new(m, "flash");
    MemoryRegion *io = io_new(m, "io", 0x100), *ram = ram_new(m, "ram", PAGE);

    (void)data;
    g_assert_false(memory_region_request_mmio_ptr(io, 0));
    g_assert_false(memory_region_request_mmio_ptr(ram, 0));
    g_assert_false(memory_region_request_mmio_ptr(box_new(m, "box", PAGE), 0));
    g_assert_false(memory_region_request_mmio_ptr(window_new(m, "alias", f->mr, 0, PAGE), 0));
    g_assert_cmpuint(f->asked, ==, 0);
    f->lies = true;
    f->size = PAGE;
    g_assert_false(memory_region_request_mmio_ptr(f->mr, 0));
    f->host = f->code;
    f->size = 0;
    g_assert_false(memory_region_request_mmio_ptr(f->mr, 0));
    g_assert_cmpuint(f->asked, ==, 2);
}

/* Answers of a device are checked. */
static void wrong_loans(Machine *m, gconstpointer data)
{
    static const struct {
        hwaddr addr;
        unsigned offset, size;
        const char *word;
    } wrong[] = {
        { 0x1000, 0, 0x1000, "does not contain the address" },
        { 0x0fff, 0x1000, 0x1000, "does not contain the address" },
        { 0x3fff, 0x3000, 0x1001, "inside" },
        { 0x3fff, 0x3fff, UINT32_MAX, "inside" },
        { 0x4000, 0x3000, 0x1001, "inside" },
        { UINT64_MAX, UINT32_MAX, UINT32_MAX, "does not contain the address" },
        { 0x100000000, 0, UINT32_MAX, "does not contain the address" },
        { 0x1000, 0x1000, 0x1001, "already" },
        { 0x3000, 0x2fff, 0x100, "already" },
        { 0x1000, 0, DEVICE_SIZE, "already" },
    };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0x2000);
    f->lies = true;
    f->host = f->code;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        f->offset = wrong[i].offset;
        f->size = wrong[i].size;
        g_assert_false(memory_region_request_mmio_ptr(f->mr, wrong[i].addr));
        expect_message(m, "misuse", "'flash'", wrong[i].word, NULL);
    }
    f->offset = 0;
    f->size = PAGE;
    f->host = (void *)(UINTPTR_MAX - PAGE / 2);
    g_assert_false(memory_region_request_mmio_ptr(f->mr, 0));
    expect_message(m, "misuse", "'flash.lent'", "at host address", NULL);
    assert_map(as, "0-1fff flash@0, 2000-2fff flash.lent@0, 3000-3fff flash@3000");
}

/* Any piece of memory is accepted, at any place in the region. */
static void odd_loan(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    f->lies = true;
    f->host = f->code + UNIT - 3;
    f->offset = 0x102;
    f->size = 13;
    g_assert_true(memory_region_request_mmio_ptr(f->mr, 0x108));
    assert_map(as, "0-101 flash@0, 102-10e flash.lent@0, 10f-3fff flash@10f");
    g_assert_cmphex(address_space_ldl_le(as, 0x104, ANY, NULL), ==, 0x01010100);
    g_assert_cmphex(address_space_ldub(as, 0x10e, ANY, NULL), ==, 1);
    assert_trace(m, "");
}

/* A size of 0 takes back nothing. A range that ends beyond 2^64 takes back everything from its
 * beginning on. */
static void ranges_taken_back(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    const char *lent = "0-fff flash@0, 1000-1fff flash.lent@0, 2000-3fff flash@2000";

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0x1000);
    memory_region_invalidate_mmio_ptr(f->mr, 0x1000, 0);
    memory_region_invalidate_mmio_ptr(f->mr, 0x0fff, 1);
    memory_region_invalidate_mmio_ptr(f->mr, 0x2000, UINT32_MAX);
    memory_region_invalidate_mmio_ptr(f->mr, UINT64_MAX, UINT32_MAX);
    assert_map(as, lent);
    memory_region_invalidate_mmio_ptr(f->mr, 0x1fff, UINT32_MAX);
    assert_map(as, "0-3fff flash@0");
}

/* ---- Who takes back, and when ----------------------------------------------------------- */

/* A write to the flash's first register takes the code back. */
static void on_write(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    Flash *f = p->opaque;

    (void)addr, (void)size;
    if (is_write) {
        memory_region_invalidate_mmio_ptr(f->mr, 0, DEVICE_SIZE);
    } else {
        g_assert_true(memory_region_request_mmio_ptr(f->mr, 0x1000));
    }
}

static void from_callback(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    f->probe->hook = on_write;
    memory_region_add_subregion(root, 0, f->mr);
    address_space_ldub(as, 0, ANY, NULL);
    assert_map(as, "0-fff flash@0, 1000-1fff flash.lent@0, 2000-3fff flash@2000");
    address_space_stb(as, 0, 1, ANY, NULL);
    assert_map(as, "0-3fff flash@0");
}

static void meddle(Spy *s, const char *what, MemoryRegionSection *section)
{
    Flash *f = s->opaque;

    (void)section;
    if (!strcmp(what, "commit")) {
        g_assert_false(memory_region_request_mmio_ptr(f->mr, 0));
        expect_message(s->machine, "misuse", "request_mmio_ptr", NULL);
        memory_region_invalidate_mmio_ptr(f->mr, 0x1000, 1);
        expect_message(s->machine, "misuse", "invalidate_mmio_ptr", NULL);
    }
}

static void from_listener(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    Spy *spy = spy_on(m, "s", 0, as);

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    spy->opaque = f;
    spy->hook = meddle;
    memory_region_request_mmio_ptr(f->mr, 0x1000);
    spy->hook = NULL;
    assert_map(as, "0-fff flash@0, 1000-1fff flash.lent@0, 2000-3fff flash@2000");
}

/* Lent and taken back in one transaction: nothing sees it. */
static void in_a_transaction(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    spy_on(m, "s", 0, as);
    memory_region_transaction_begin();
    memory_region_request_mmio_ptr(f->mr, 0);
    assert_map(as, "0-3fff flash@0");
    memory_region_invalidate_mmio_ptr(f->mr, 0, 1);
    memory_region_transaction_commit();
    assert_trace(m, "s:begin s:commit");
    assert_map(as, "0-3fff flash@0");
}

/* A section or a map of the memory keeps it. */
static void references_last(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");
    hwaddr len = 16;

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0x1000);
    MemoryRegionSection s = memory_region_find(root, 0x1000, 1);
    uint8_t *host = address_space_map(as, 0x1000, &len, false, ANY);
    memory_region_invalidate_mmio_ptr(f->mr, 0x1000, 1);
    memory_drain();
    g_assert_true(memory_region_get_ram_ptr(s.mr) == f->code + 0x1000);
    g_assert_true(memory_region_from_host(host, NULL) == s.mr);
    memory_region_unref(s.mr);
    g_assert_nonnull(memory_region_from_host(host, NULL));
    address_space_unmap(as, host, len, false, 0);
    memory_drain();
    g_assert_null(memory_region_from_host(host, NULL));
}

/* The region ends while it contains windows. */
static void device_ends(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    g_autofree Flash *f = flash_new(m, "flash");

    (void)data;
    memory_region_add_subregion(root, 0, f->mr);
    memory_region_request_mmio_ptr(f->mr, 0x1000);
    memory_region_request_mmio_ptr(f->mr, 0);
    memory_region_del_subregion(root, f->mr);
    assert_map(as, "");
    g_assert_nonnull(memory_region_from_host(f->code, NULL));
    memory_drain();
    object_unparent(OBJECT(f->mr));
    memory_drain();
    g_assert_null(memory_region_from_host(f->code, NULL));
    g_assert_true(g_ptr_array_remove(m->regions, f->mr));
}

/* ---- Under load ------------------------------------------------------------------------- */

/* Code on the heap whose bytes are all alike. It is freed after the drain, so the address
 * sanitizer finds anything that reads it after that. */
typedef struct Lender {
    Crew crew;
    Flash *flash;
} Lender;

static gpointer execute(gpointer data)
{
    Lender *l = data;

    do {
        uint64_t word = address_space_ldq_le(l->crew.as, 0x1008, ANY, NULL);
        g_assert_true(word == 0x5555555555555555 || word == 0xeeeeeeeeeeeeeeee);
        uint8_t buf[64];
        address_space_read(l->crew.as, 0x1100, ANY, buf, sizeof(buf));
        g_assert_true(buf[0] == 0x55 || buf[0] == 0xee);
        g_assert_cmphex(buf[63], ==, buf[0]);
    } while (crew_goes_on(&l->crew));
    return NULL;
}

static uint64_t quiet_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)addr, (void)size;
    return 0xeeeeeeeeeeeeeeee;
}

static void lend_and_take_back(Lender *l)
{
    Flash *f = l->flash;

    f->host = g_malloc(PAGE);
    memset(f->host, 0x55, PAGE);
    g_assert_true(memory_region_request_mmio_ptr(f->mr, 0x1000));
    g_thread_yield();
    memory_region_invalidate_mmio_ptr(f->mr, 0x1000, 1);
    memory_drain();
    memset(f->host, 0, PAGE);
    g_free(f->host);
}

static void under_load(Machine *m, gconstpointer data)
{
    g_autofree Flash *f = flash_new(m, "flash");
    MemoryRegion *root;
    Lender l = { .crew = { .machine = m, .as = probe_space(m, &root) }, .flash = f };
    Clock clock;

    (void)data;
    f->probe->ops.read = quiet_read;
    f->lies = true;
    f->offset = 0x1000;
    f->size = PAGE;
    memory_region_add_subregion(root, 0, f->mr);
    for (unsigned i = 0; i < 3; i++) {
        crew_start(&l.crew, execute, &l);
    }
    clock = clock_start();
    do {
        lend_and_take_back(&l);
    } while (clock_runs(&clock));
    crew_end(&l.crew);
}

int main(int argc, char **argv)
{
    crew_init(&argc, &argv);
    TEST("/lend/23/laid-over", laid_over);
    TEST("/lend/23/writes-reach-nothing", writes_reach_nothing);
    TEST("/lend/23/kind-of-region", kind_of_region);
    TEST("/lend/23/above-subregions", above_subregions);
    TEST("/lend/23/moves-with-the-device", moves_with_the_device);
    TEST("/lend/23/listeners-are-told", listeners_are_told);
    TEST("/lend/23/tree-shows-it", tree_shows_it);
    TEST("/lend/23/no-loan", no_loan);
    misuse_test_add("/lend/wrong-loans", wrong_loans);
    TEST("/lend/odd-loan", odd_loan);
    TEST("/lend/23/ranges-taken-back", ranges_taken_back);
    TEST("/lend/23/from-callback", from_callback);
    misuse_test_add("/lend/R15/from-listener", from_listener);
    TEST("/lend/in-a-transaction", in_a_transaction);
    TEST("/lend/references-last", references_last);
    TEST("/lend/device-ends", device_ends);
    TEST("/lend/under-load", under_load);
    return g_test_run();
}
