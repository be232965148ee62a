/* SPDX-License-Identifier: MIT
 *
 * Names that the interface once had (specification 23). Memory that is lent for execution is in
 * test-lend.c. The names of IOMMUs and of dirty logging are in those tests.
 */
#include <string.h>

#include "probe.h"
#include "ram-support.h"

/* ---- Kinds and flags -------------------------------------------------------------------- */

static void ram_shared(Machine *m, gconstpointer data)
{
    MemoryRegion shared, private, none;
    Error *err = NULL;

    (void)m, (void)data;
    memory_region_init_ram_shared_nomigrate(&shared, NULL, "shared", 0x1000, true, &err);
    memory_region_init_ram_shared_nomigrate(&private, NULL, "private", 0x1000, false, &err);
    g_assert_null(err);
    g_assert_true(qemu_ram_is_shared(shared.ram_block));
    g_assert_false(qemu_ram_is_shared(private.ram_block));
    g_assert_false(qemu_ram_is_migratable(shared.ram_block));
    memory_region_init_ram_shared_nomigrate(&none, NULL, "none", 0, true, &err);
    assert_error(err, "'none'");
    object_unparent(OBJECT(&shared));
    object_unparent(OBJECT(&private));
    memory_drain();
}

/* A reservation occupies its range and rejects every access. */
static void reservation(Machine *m, gconstpointer data)
{
    MemoryRegion *root, mr;
    AddressSpace *as = probe_space(m, &root);
    MemTxResult result;

    (void)data;
    ram_at(m, root, 0, "ram");
    memory_region_init_reservation(&mr, NULL, "claimed", 0x100);
    memory_region_add_subregion_overlap(root, 0x10, &mr, 1);
    assert_map(as, "0-f ram@0, 10-10f claimed@0, 110-fff ram@110");
    g_assert_cmphex(address_space_ldl_le(as, 0x10, ANY, &result), ==, 0);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    memory_region_del_subregion(root, &mr);
    memory_drain();
    object_unparent(OBJECT(&mr));
}

static void skip_dump(Machine *m, gconstpointer data)
{
    static uint8_t registers[0x1000];
    MemoryRegion *ram = ram_new(m, "ram", 0x1000), dev;

    (void)data;
    memory_region_init_ram_device_ptr(&dev, NULL, "dev", sizeof(registers), registers);
    g_assert_true(memory_region_is_skip_dump(&dev));
    g_assert_false(memory_region_is_skip_dump(ram));
    memory_region_set_skip_dump(ram);
    g_assert_true(memory_region_is_skip_dump(ram));
    object_unparent(OBJECT(&dev));
    memory_drain();
}

static void note_lock(Probe *p, hwaddr addr, unsigned size, bool is_write)
{
    (void)addr, (void)size, (void)is_write;
    p->accepts = memory_context_is_locked(p->m->ctx);
}

static bool runs_locked(AddressSpace *as, Probe *p)
{
    address_space_ldub(as, 0, ANY, NULL);
    return p->accepts;
}

static void global_locking(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *p = probe_new_plain(m, "dev", 0x10);

    (void)data;
    p->hook = note_lock;
    memory_region_add_subregion(root, 0, &p->mr);
    g_assert_true(runs_locked(as, p));
    memory_region_clear_global_locking(&p->mr);
    g_assert_false(runs_locked(as, p));
    memory_region_set_global_locking(&p->mr);
    g_assert_true(runs_locked(as, p));
}

/* ---- Shared spaces ---------------------------------------------------------------------- */

static void shareable(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *other = box_new(m, "other", 0x1000);
    AddressSpace *own = space_new(m, root, "own");
    AddressSpace *a, *b, *c;

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    a = address_space_init_shareable(root, "first");
    g_assert_true(a != own);
    b = address_space_init_shareable(root, "second");
    c = address_space_init_shareable(other, "third");
    g_assert_true(a == b);
    g_assert_true(a != c);
    assert_map(a, "0-f io@0");
    address_space_destroy(a);
    memory_drain();
    assert_map(b, "0-f io@0");
    g_assert_cmphex(address_space_ldub(b, 5, ANY, NULL), ==, 5);
    address_space_destroy(b);
    address_space_destroy(c);
    memory_drain();
    assert_map(own, "0-f io@0");
    a = address_space_init_shareable(root, "again");
    assert_map(a, "0-f io@0");
    address_space_destroy(a);
}

/* The last user cannot give the space back while listeners are registered; earlier users can. */
static void shareable_listeners(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = address_space_init_shareable(root, "shared");
    Spy *spy = spy_on(m, "s", 0, as);

    (void)data;
    address_space_init_shareable(root, NULL);
    address_space_destroy(as);
    address_space_destroy(as);
    expect_message(m, "misuse", "'shared'", "listeners", NULL);
    memory_listener_unregister(&spy->listener);
    assert_trace(m, "s:begin s:commit");
    address_space_destroy(as);
}

/* A reader that has found the space in a read section can use it until the section ends. */
static void shareable_last_reader(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000);
    AddressSpace *as = address_space_init_shareable(root, "shared");

    (void)data;
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    memory_read_lock();
    address_space_destroy(as);
    g_assert_cmphex(address_space_ldub(as, 7, ANY, NULL), ==, 7);
    memory_read_unlock();
    memory_drain();
}

static void make_space(Spy *s, const char *what, MemoryRegionSection *section)
{
    (void)section;
    if (!strcmp(what, "commit")) {
        g_assert_null(address_space_init_shareable(s->opaque, "late"));
        expect_message(s->machine, "misuse", "address_space_init", NULL);
    }
}

static void shareable_refused(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000), *other = box_new(m, "other", 0x1000);
    Spy *spy = spy_on(m, "s", 0, space_new(m, root, "as"));

    (void)data;
    spy->opaque = other;
    spy->hook = make_space;
    memory_region_add_subregion(root, 0, io_new(m, "io", 0x10));
    spy->hook = NULL;
    assert_trace(m, "s:begin s:add(0-f io@0) s:commit");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/historic/23/ram-shared", ram_shared);
    TEST("/historic/23/reservation", reservation);
    TEST("/historic/23/skip-dump", skip_dump);
    TEST("/historic/23/global-locking", global_locking);
    TEST("/historic/23/shareable", shareable);
    misuse_test_add("/historic/23/shareable-listeners", shareable_listeners);
    TEST("/historic/23/shareable-last-reader", shareable_last_reader);
    misuse_test_add("/historic/23/shareable-refused", shareable_refused);
    return g_test_run();
}
