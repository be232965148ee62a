/* SPDX-License-Identifier: MIT
 *
 * Which memory is a region (specification 3, 4). A constructor is refused where a region lives
 * already; all other calls are refused where none lives, whatever bytes are there. How regions end
 * is in test-unused.c and test-lifetime.c.
 */
#include <physmem/discard.h>
#include <physmem/error.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { PAGE = 0x1000 };

/* ---- A constructor for a region that lives ----------------------------------------------- */

static void assert_untouched(Machine *m, AddressSpace *as, MemoryRegion *io)
{
    expect_message(m, "misuse", "'io'", "in container 'root'", "end that region first", NULL);
    g_assert_cmpstr(memory_region_name(io), ==, "io");
    g_assert_cmpuint(memory_region_size(io), ==, 0x10);
    assert_map(as, "20-2f io@0");
}

/* A second constructor of a living region. An edit after that once never returned. */
static void made_again(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", 0x10);
    MemoryRegion *other = io_new(m, "other", 0x10);
    AddressSpace *as = space_new(m, root, "as");
    uint8_t memory[PAGE];

    (void)data;
    memory_region_add_subregion(root, 0x20, io);
    memory_region_init(io, NULL, "again", 0x100);
    assert_untouched(m, as, io);
    memory_region_init_io(io, NULL, &plain_ops, NULL, "again", 0x100);
    assert_untouched(m, as, io);
    memory_region_init_alias(io, NULL, "again", root, 0, 0x100);
    assert_untouched(m, as, io);
    memory_region_init_ram_ptr(io, NULL, "again", PAGE, memory);
    assert_untouched(m, as, io);
    memory_region_init_ram_device_ptr(io, NULL, "again", PAGE, memory);
    assert_untouched(m, as, io);
    memory_region_add_subregion(root, 0x80, other);
    memory_region_set_address(io, 0x30);
    assert_map(as, "30-3f io@0, 80-8f other@0");
}

/* A region lives as soon as it is made, even if it is in no container: it may be a child of its
 * owner. */
static void made_again_outside(Machine *m, gconstpointer data)
{
    MemoryRegion *ram = ram_new(m, "ram", PAGE), *unnamed = box_new(m, NULL, PAGE);
    RAMBlock *block = ram->ram_block;
    Error *err = NULL;

    (void)data;
    g_assert_false(memory_region_init_ram(ram, NULL, "again", PAGE, &err));
    expect_message(m, "misuse", "'ram'", NULL);
    g_assert_nonnull(strstr(error_get_pretty(err), "'again'"));
    error_free(err);
    g_assert_false(memory_region_was_made(ram));
    g_assert_true(ram->ram_block == block && memory_region_is_ram(ram));
    g_assert_false(memory_region_init_rom_nomigrate(ram, NULL, "again", PAGE, NULL));
    expect_message(m, "misuse", "'ram'", NULL);
    g_assert_false(memory_region_is_rom(ram));
    g_assert_false(memory_region_init_rom_device(ram, NULL, &plain_ops, NULL, "again", PAGE,
                                                 NULL));
    expect_message(m, "misuse", "'ram'", NULL);
    g_assert_false(memory_region_init_resizeable_ram(ram, NULL, "again", PAGE, PAGE, NULL, NULL));
    expect_message(m, "misuse", "'ram'", NULL);
    memory_region_init(unnamed, NULL, "again", PAGE);
    expect_message(m, "misuse", "'(noname)'", NULL);
    object_unref(OBJECT(unnamed));
    g_assert_true(g_ptr_array_remove(m->regions, unnamed));
}

static IOMMUTLBEntry translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                               int idx)
{
    (void)iommu, (void)addr, (void)flag, (void)idx;
    return (IOMMUTLBEntry){ .perm = IOMMU_NONE };
}

static void iommu_class_init(ObjectClass *klass, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(klass)->translate = translate;
}

static const TypeInfo iommu_info = {
    .name = "test-life-iommu",
    .parent = TYPE_IOMMU_MEMORY_REGION,
    .instance_size = sizeof(IOMMUMemoryRegion),
    .class_init = iommu_class_init,
};

static void ignore(IOMMUNotifier *n, IOMMUTLBEntry *entry)
{
    (void)n, (void)entry;
}

static void iommu_made_again(Machine *m, gconstpointer data)
{
    IOMMUMemoryRegion iommu;
    IOMMUNotifier n;

    (void)data;
    memory_region_init_iommu(&iommu, sizeof(iommu), iommu_info.name, NULL, "iommu", PAGE);
    iommu_notifier_init(&n, ignore, IOMMU_NOTIFIER_UNMAP, 0, PAGE - 1, 0);
    memory_region_register_iommu_notifier(MEMORY_REGION(&iommu), &n, &error_abort);
    memory_region_init_iommu(&iommu, sizeof(iommu), iommu_info.name, NULL, "again", PAGE);
    expect_message(m, "misuse", "'iommu'", NULL);
    memory_region_unregister_iommu_notifier(MEMORY_REGION(&iommu), &n);
    object_unparent(OBJECT(&iommu));
}

/* The memory of a region is overwritten: a reset handler clears the device, or the memory was
 * freed and allocated again. The record says which region lived there. */
static void made_again_in_other_bytes(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, root, "as");
    MemoryRegion saved;
    const int bytes[] = { 0, 0xa5, 0xff };

    (void)data;
    memory_region_add_subregion(root, 0x20, io);
    saved = *io;
    for (unsigned i = 0; i < G_N_ELEMENTS(bytes); i++) {
        memset(io, bytes[i], sizeof(*io));
        memory_region_init(io, NULL, "again", 0x100);
        expect_message(m, "misuse", "'io'", "overwritten", NULL);
        memory_region_set_enabled(io, false);
        expect_message(m, "misuse", "'io'", "overwritten", NULL);
        *io = saved;
    }
    assert_map(as, "20-2f io@0");
}

/* If no region lives there, one can begin, whatever the memory holds. */
static void made_in_any_memory(Machine *m, gconstpointer data)
{
    MemoryRegion mr, saved;
    const int bytes[] = { 0, 0xa5, 0xff };

    (void)m, (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(bytes); i++) {
        memset(&mr, bytes[i], sizeof(mr));
        memory_region_init(&mr, NULL, "mr", PAGE);
        saved = mr;
        object_unparent(OBJECT(&mr));
        mr = saved; /* as if it had never ended */
        memory_region_init(&mr, NULL, "mr", PAGE);
        object_unparent(OBJECT(&mr));
    }
}

/* ---- Regions whose constructor failed ---------------------------------------------------- */

static void not_made(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    MemoryRegion *window = window_new(m, "window", root, 0, PAGE);
    AddressSpace *as = space_new(m, root, "as");
    MemoryRegion z;

    (void)data;
    g_assert_false(memory_region_init_ram(&z, NULL, "z", 1ull << 60, NULL));
    g_assert_cmpuint(memory_region_size(&z), ==, 0);
    g_assert_null(memory_region_name(&z));
    memory_region_add_subregion(root, 0, &z);
    expect_message(m, "misuse", "add_subregion", "'z'", "constructor failed", NULL);
    memory_region_add_subregion(&z, 0, window);
    expect_message(m, "misuse", "add_subregion", "'z'", "constructor failed", NULL);
    memory_region_set_enabled(&z, true);
    expect_message(m, "misuse", "set_enabled", "'z'", "constructor failed", NULL);
    assert_map(as, "");
    g_assert_false(memory_region_is_mapped(&z));
    g_assert_true(memory_region_init_ram(&z, NULL, "z", PAGE, &error_abort));
    memory_region_add_subregion(root, 0, &z);
    assert_map(as, "0-fff z@0");
    memory_region_del_subregion(root, &z);
    memory_drain();
    object_unparent(OBJECT(&z));
}

static void window_onto_nothing(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    AddressSpace *as = space_new(m, root, "as");
    MemoryRegion z, zero = { .size = 0 }, *window;

    (void)data;
    g_assert_false(memory_region_init_ram_nomigrate(&z, NULL, "z", 0, NULL));
    window = window_new(m, "onto-z", &z, 0, PAGE);
    expect_message(m, "misuse", "init_alias", "'z'", "constructor failed", NULL);
    memory_region_add_subregion(root, 0, window);
    window = window_new(m, "onto-zero", &zero, 0, PAGE);
    expect_message(m, "misuse", "init_alias", "never initialised", NULL);
    memory_region_add_subregion(root, PAGE, window);
    window_new(m, "onto-null", NULL, 0, PAGE);
    expect_message(m, "misuse", "init_alias", "NULL", NULL);
    assert_map(as, "");
}

/* A region without a name has no parent, so its constructor itself has to drop the reference. */
static void unnamed_not_made(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    MemoryRegion z;

    (void)data;
    g_assert_false(memory_region_init_ram_nomigrate(&z, NULL, NULL, 0, NULL));
    memory_region_add_subregion(root, 0, &z);
    expect_message(m, "misuse", "'(noname)'", "constructor failed", NULL);
}

/* Only the names of the last ones are kept. For the others the message has no name. */
static void many_not_made(Machine *m, gconstpointer data)
{
    MemoryRegion *z = g_new(MemoryRegion, 1000);

    (void)data;
    for (int i = 0; i < 1000; i++) {
        g_assert_false(memory_region_init_ram_nomigrate(&z[i], NULL, "z", 0, NULL));
    }
    memory_region_set_enabled(&z[999], false);
    expect_message(m, "misuse", "'z'", "constructor failed", NULL);
    memory_region_set_enabled(&z[0], false);
    expect_message(m, "misuse", "has ended", NULL);
    g_free(z);
}

/* ---- No region at all -------------------------------------------------------------------- */

enum { CALLS = 22 };

static void call(unsigned which, MemoryRegion *root, MemoryRegion *mr, EventNotifier *e)
{
    switch (which) {
    /* clang-format off */
    case 0: memory_region_add_subregion(root, 0, mr); break;
    case 1: memory_region_add_subregion(mr, 0, root); break;
    case 2: memory_region_del_subregion(root, mr); break;
    case 3: memory_region_del_subregion(mr, root); break;
    case 4: memory_region_set_enabled(mr, true); break;
    case 5: memory_region_set_address(mr, 1); break;
    case 6: memory_region_set_size(mr, 1); break;
    case 7: memory_region_set_alias_offset(mr, 1); break;
    case 8: memory_region_set_readonly(mr, true); break;
    case 9: memory_region_set_nonvolatile(mr, true); break;
    case 10: memory_region_set_unmergeable(mr, true); break;
    case 11: memory_region_rom_device_set_romd(mr, true); break;
    case 12: memory_region_set_overlap_policy(mr, MEMORY_OVERLAP_WARN); break;
    case 13: memory_region_set_log(mr, true, DIRTY_MEMORY_VGA); break;
    case 14: memory_region_set_counting(mr, true); break;
    case 15: memory_region_add_eventfd(mr, 0, 1, false, 0, e); break;
    case 16: memory_region_set_coalescing(mr); break;
    case 17: memory_region_clear_flush_coalesced(mr); break;
    case 18: memory_region_set_ram_discard_manager(mr, NULL); break;
    case 19: vmstate_register_ram_global(mr); break;
    case 20: vmstate_unregister_ram(mr, NULL); break;
    default: g_assert_null(ram_discard_bitmap_new(mr, PAGE, NULL)); break;
        /* clang-format on */
    }
}

static void every_call(Machine *m, MemoryRegion *mr, const char *word)
{
    MemoryRegion *root = box_new(m, "root", 0x10000);
    EventNotifier e;

    g_assert_cmpint(event_notifier_init(&e, 0), ==, 0);
    for (unsigned i = 0; i < CALLS; i++) {
        call(i, root, mr, &e);
        expect_message(m, "misuse", word, NULL);
    }
    g_assert_false(memory_context_is_locked(m->ctx));
    event_notifier_cleanup(&e);
}

static void never_made(Machine *m, gconstpointer data)
{
    const int bytes[] = { 0, 0xa5, 0xff };

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(bytes); i++) {
        MemoryRegion mr;
        memset(&mr, bytes[i], sizeof(mr));
        every_call(m, &mr, "was never initialised");
    }
    every_call(m, NULL, "NULL");
}

static void has_ended(Machine *m, gconstpointer data)
{
    MemoryRegion mr;

    (void)data;
    memory_region_init(&mr, NULL, "mr", PAGE);
    object_unparent(OBJECT(&mr));
    every_call(m, &mr, "has ended");
}

/* A copy of a region is not a region. */
static void copied(Machine *m, gconstpointer data)
{
    MemoryRegion copy = *io_new(m, "io", PAGE);

    (void)data;
    every_call(m, &copy, "was never initialised");
}

/* Section 6.1: an alias shows its target and nothing else. Adding a region to it gives a
 * warning. */
static void inside_an_alias(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x10000), *ram = ram_new(m, "ram", PAGE);
    MemoryRegion *window = window_new(m, "window", ram, 0, PAGE), *io = io_new(m, "io", 0x10);
    AddressSpace *as = space_new(m, root, "as");

    (void)data;
    memory_region_add_subregion(root, 0, window);
    memory_region_add_subregion(window, 0, io);
    expect_message(m, "warning", "'io' will not be visible in 'window'", "'ram'", NULL);
    assert_map(as, "0-fff ram@0");
    memory_region_del_subregion(window, io);
    memory_region_add_subregion(ram, 0, io); /* on top of RAM */
    assert_map(as, "0-f io@0, 10-fff ram@10");
}

/* ---- Address spaces ---------------------------------------------------------------------- */

static void space_made_again(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE), *other = io_new(m, "other", PAGE);
    AddressSpace *as = space_new(m, io, "as"), saved = *as;

    (void)data;
    address_space_init(as, other, "again");
    expect_message(m, "misuse", "address_space_init", "'as'", "destroy it first", NULL);
    assert_map(as, "0-fff io@0");
    memset(as, 0, sizeof(*as));
    address_space_init(as, other, "again");
    expect_message(m, "misuse", "address_space_init", "'as'", "destroy it first", NULL);
    *as = saved;
    assert_map(as, "0-fff io@0");
}

/* A space that could not be attached answers like a hole, and its messages say why. */
static void assert_nothing_there(Machine *m, AddressSpace *as)
{
    MemTxResult result;
    uint8_t byte = 1;

    g_assert_cmpuint(address_space_ldub(as, 0, MEMTXATTRS_UNSPECIFIED, &result), ==, 0);
    g_assert_cmpuint(result, ==, MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", "read of 1 bytes at address 0x0", "address space", NULL);
    g_assert_cmpuint(address_space_write(as, 16, MEMTXATTRS_UNSPECIFIED, &byte, 1), ==,
                     MEMTX_DECODE_ERROR);
    expect_message(m, "misuse", "write of 1 bytes at address 0x10", NULL);
    assert_map(as, "");
}

static void assert_no_listener(Machine *m, AddressSpace *as, const char *word)
{
    MemoryListener l = { .name = "l" };

    memory_listener_register(&l, as);
    expect_message(m, "misuse", "memory_listener_register", "'l'", word, NULL);
    g_assert_null(l.address_space);
}

typedef struct Late {
    AddressSpace as;
    MemoryRegion *root;
} Late;

static void make_late(Spy *s, const char *what, MemoryRegionSection *section)
{
    Late *late = s->opaque;

    (void)section;
    if (g_str_equal(what, "add")) {
        address_space_init(&late->as, late->root, "late");
    }
}

static void refused_space(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE), *root = io_new(m, "root", PAGE);
    AddressSpace *as = space_new(m, io, "as");
    Spy *s = spy_new(m, "s", 0);
    Late late = { .root = root };

    (void)data;
    memset(&late.as, 0xa5, sizeof(late.as));
    s->opaque = &late;
    s->hook = make_late;
    spy_start(s, as);
    expect_message(m, "misuse", "address_space_init", "'late'", "listener's callback", NULL);
    s->hook = NULL;
    assert_nothing_there(m, &late.as);
    assert_no_listener(m, &late.as, "refused");
    address_space_set_hole(&late.as, 0xff, MEMTX_OK);
    g_assert_cmpuint(address_space_ldub(&late.as, 0, MEMTXATTRS_UNSPECIFIED, NULL), ==, 0xff);
    expect_message(m, "misuse", "read of 1 bytes", NULL);
    address_space_set_hole(&late.as, 0, MEMTX_DECODE_ERROR);
    address_space_destroy(&late.as);
    assert_nothing_there(m, &late.as);
    memory_drain();
}

static void refused_space_again(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE), zero;
    AddressSpace as;
    Error *err = NULL;
    hwaddr len = 4;

    (void)data;
    memset(&zero, 0, sizeof(zero));
    address_space_init(&as, &zero, "early");
    expect_message(m, "misuse", "address_space_init", "'early'", "never initialised", NULL);
    void *p = address_space_map(&as, 0, &len, true, MEMTXATTRS_UNSPECIFIED);
    address_space_unmap(&as, p, len, true, 0);
    address_space_init(&as, NULL, "early");
    expect_message(m, "misuse", "address_space_init", "'early'", "NULL", NULL);
    g_assert_false(memory_region_init_ram_nomigrate(&zero, NULL, "z", 0, NULL));
    address_space_init(&as, &zero, "early");
    expect_message(m, "misuse", "address_space_init", "'early'", "'z'", "constructor failed",
                   NULL);
    g_assert_null(address_space_init_shareable(&zero, "shared"));
    expect_message(m, "misuse", "address_space_init_shareable", "'z'", NULL);
    memory_context_set_current(m->before);
    g_assert_false(memory_context_destroy(m->ctx, &err));
    memory_context_set_current(m->ctx);
    error_free(err);
    memset(&as, 0x5a, sizeof(as));
    address_space_init(&as, io, "as");
    assert_map(&as, "0-fff io@0");
    address_space_destroy(&as);
    memory_drain();
}

static void ended_space(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE);
    AddressSpace *as = g_new0(AddressSpace, 1);

    (void)data;
    address_space_init(as, io, "as");
    address_space_destroy(as);
    memory_drain();
    assert_no_listener(m, as, "destroyed");
    address_space_destroy(as);
    expect_message(m, "misuse", "address_space_destroy", "already", NULL);
    address_space_remove_listeners(as);
    expect_message(m, "misuse", "address_space_remove_listeners", "already", NULL);
    address_space_set_hole(as, 0, MEMTX_OK);
    expect_message(m, "misuse", "address_space_set_hole", "already", NULL);
    address_space_init(as, io, "again");
    assert_map(as, "0-fff io@0");
    address_space_destroy(as);
    memory_drain();
    g_free(as);
}

static void space_never_made(Machine *m, gconstpointer data)
{
    AddressSpace as = { .root = NULL };

    (void)data;
    assert_no_listener(m, &as, "initialised");
    address_space_destroy(&as);
    expect_message(m, "misuse", "address_space_destroy", "never initialised", NULL);
    address_space_remove_listeners(&as);
    expect_message(m, "misuse", "address_space_remove_listeners", "never initialised", NULL);
    address_space_set_hole(&as, 0, MEMTX_OK);
    expect_message(m, "misuse", "address_space_set_hole", "never initialised", NULL);
}

/* ---- Notifiers --------------------------------------------------------------------------- */

static int added;

static void count_added(RAMBlockNotifier *n, void *host, size_t size, size_t max_size)
{
    (void)n, (void)host, (void)size, (void)max_size;
    added++;
}

static void notifier_twice(Machine *m, gconstpointer data)
{
    RAMBlockNotifier n = { .ram_block_added = count_added };

    (void)data;
    added = 0;
    ram_block_notifier_remove(&n);
    expect_message(m, "misuse", "ram_block_notifier_remove", "not registered", NULL);
    ram_block_notifier_add(&n);
    ram_block_notifier_add(&n);
    expect_message(m, "misuse", "ram_block_notifier_add", "already", NULL);
    ram_new(m, "ram", PAGE);
    g_assert_cmpint(added, ==, 1);
    ram_block_notifier_remove(&n);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    type_register_static(&iommu_info);
    misuse_test_add("/life/3/made-again", made_again);
    misuse_test_add("/life/3/made-again/outside", made_again_outside);
    misuse_test_add("/life/3/made-again/iommu", iommu_made_again);
    misuse_test_add("/life/3/made-again/other-bytes", made_again_in_other_bytes);
    TEST("/life/3/made-in-any-memory", made_in_any_memory);
    misuse_test_add("/life/4/not-made", not_made);
    misuse_test_add("/life/4/window-onto-nothing", window_onto_nothing);
    misuse_test_add("/life/4/unnamed-not-made", unnamed_not_made);
    misuse_test_add("/life/4/many-not-made", many_not_made);
    misuse_test_add("/life/3/never-made", never_made);
    misuse_test_add("/life/3/has-ended", has_ended);
    misuse_test_add("/life/3/copied", copied);
    TEST("/life/6/inside-an-alias", inside_an_alias);
    misuse_test_add("/life/8/space-made-again", space_made_again);
    misuse_test_add("/life/8/refused-space", refused_space);
    misuse_test_add("/life/8/refused-space/again", refused_space_again);
    misuse_test_add("/life/8/ended-space", ended_space);
    misuse_test_add("/life/8/space-never-made", space_never_made);
    misuse_test_add("/life/22.5/notifier-twice", notifier_twice);
    return g_test_run();
}
