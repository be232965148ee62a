/* SPDX-License-Identifier: MIT
 *
 * Moves the memory of one machine into another with the hooks for migration (specification 22.8,
 * with 5, 17 and 22.5), as a program would. One context is the source, another one the
 * destination. The stream has a form of its own: each block is sent under its id, with its used
 * length:
 *
 *     { length of id, id, used length, contents } ... 0
 */
#include <string.h>

#include "ram-support.h"

enum { PAGE = 4096 };

/* ---- Two machines ----------------------------------------------------------------------- */

/* Makes the destination. The source is the test's own machine, whose context is current. */
static Machine *other_new(void)
{
    Machine *to = g_new0(Machine, 1);

    machine_setup(to, NULL);
    memory_context_set_current(to->before);
    return to;
}

static void other_end(Machine *to)
{
    memory_context_set_current(to->ctx);
    machine_teardown(to, NULL);
    g_free(to);
}

/* Makes the machine's context current until the end of the scope. */
static void leave_machine(MemoryContext **before)
{
    memory_context_set_current(*before);
}
#define ON(machine)                                                                               \
    __attribute__((cleanup(leave_machine), unused))                                               \
    MemoryContext *machine_before = memory_context_set_current((machine)->ctx)

/* ---- Saving ----------------------------------------------------------------------------- */

static void put(GByteArray *stream, const void *data, size_t size)
{
    g_byte_array_append(stream, data, (guint)size);
}

static void put_number(GByteArray *stream, uint64_t n)
{
    put(stream, &n, sizeof(n));
}

static int save_block(RAMBlock *rb, void *opaque)
{
    GByteArray *stream = opaque;
    const char *id = qemu_ram_get_idstr(rb);
    uint64_t length = qemu_ram_get_used_length(rb);

    if (qemu_ram_is_migratable(rb)) {
        put_number(stream, strlen(id));
        put(stream, id, strlen(id));
        put_number(stream, length);
        put(stream, qemu_map_ram_ptr(rb, 0), length);
    }
    return 0;
}

static GByteArray *save(Machine *from)
{
    GByteArray *stream = g_byte_array_new();
    ON(from);

    qemu_ram_foreach_block(save_block, stream);
    put_number(stream, 0);
    return stream;
}

/* ---- Loading ---------------------------------------------------------------------------- */

static bool get(GByteArray *stream, size_t *at, void *data, uint64_t size)
{
    if (size > stream->len - *at) {
        return false;
    }
    memcpy(data, stream->data + *at, size);
    *at += size;
    return true;
}

/* Returns the block of that name, resized to its length at the source. */
static RAMBlock *block_for(const char *id, uint64_t length, Error **errp)
{
    RAMBlock *rb = qemu_ram_block_by_name(id);

    if (!rb || !qemu_ram_is_migratable(rb)) {
        error_setg(errp, "there is no block '%s'", id);
        return NULL;
    }
    if (qemu_ram_get_used_length(rb) != length && qemu_ram_resize(rb, length, errp) < 0) {
        return NULL;
    }
    return rb;
}

static bool load(Machine *to, GByteArray *stream, Error **errp)
{
    ON(to);
    uint64_t id_length, length = 0;
    size_t at = 0;

    while (get(stream, &at, &id_length, sizeof(id_length)) && id_length) {
        char id[256] = "";
        RAMBlock *rb;

        g_assert_true(get(stream, &at, id, id_length));
        g_assert_true(get(stream, &at, &length, sizeof(length)));
        rb = block_for(id, length, errp);
        if (!rb) {
            return false;
        }
        g_assert_true(get(stream, &at, qemu_map_ram_ptr(rb, 0), length));
    }
    return true;
}

/* ---- Machines to move ------------------------------------------------------------------- */

static MemoryRegion *resizeable_new(Machine *m, const char *name, uint64_t size,
                                    void (*resized)(const char *id, uint64_t length, void *host))
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_resizeable_ram(mr, NULL, name, size, 64 * PAGE, resized,
                                                    NULL));
    vmstate_register_ram_global(mr);
    return mr;
}

static MemoryRegion *registered_new(Machine *m, DeviceState *dev, const char *name, uint64_t size)
{
    MemoryRegion *mr = ram_new(m, name, size);

    vmstate_register_ram(mr, dev);
    return mr;
}

static uint8_t *contents(MemoryRegion *mr)
{
    return memory_region_get_ram_ptr(mr);
}

static void fill(MemoryRegion *mr, unsigned seed)
{
    uint64_t length = qemu_ram_get_used_length(mr->ram_block);

    for (uint64_t i = 0; i < length; i++) {
        contents(mr)[i] = (uint8_t)(i * 7 + i / PAGE + seed);
    }
}

static void assert_same(MemoryRegion *a, MemoryRegion *b)
{
    uint64_t length = qemu_ram_get_used_length(a->ram_block);

    g_assert_cmpuint(qemu_ram_get_used_length(b->ram_block), ==, length);
    g_assert_true(!memcmp(contents(a), contents(b), length));
}

static uint64_t last_resize;

static void note_resize(const char *id, uint64_t length, void *host)
{
    g_assert_cmpstr(id, ==, "bios");
    g_assert_nonnull(host);
    last_resize = length;
}

/* ---- A whole move ----------------------------------------------------------------------- */

/* The destination made its blocks in another order, and one has another length. What is not
 * registered is not moved. */
static void move(Machine *m, gconstpointer data)
{
    Machine *to = other_new();
    DeviceState *vga[2] = { device_new("vga"), device_new("vga") };
    MemoryRegion *from_ram = registered_new(m, NULL, "ram", 16 * PAGE);
    MemoryRegion *from_vram = registered_new(m, vga[0], "vram", 16 * PAGE);
    MemoryRegion *from_bios = resizeable_new(m, "bios", 5 * PAGE, NULL);
    MemoryRegion *from_scratch = ram_new(m, "scratch", PAGE);
    MemoryRegion *to_ram, *to_vram, *to_bios, *to_scratch;

    (void)data;
    {
        ON(to);
        to_scratch = ram_new(to, "scratch", PAGE);
        to_bios = resizeable_new(to, "bios", 2 * PAGE, note_resize);
        to_vram = registered_new(to, vga[1], "vram", 16 * PAGE);
        to_ram = registered_new(to, NULL, "ram", 16 * PAGE);
    }
    fill(from_ram, 1);
    fill(from_vram, 2);
    fill(from_bios, 3);
    fill(from_scratch, 4);
    g_autoptr(GByteArray) stream = save(m);
    g_assert_true(load(to, stream, NULL));
    assert_same(from_ram, to_ram);
    assert_same(from_vram, to_vram);
    assert_same(from_bios, to_bios);
    g_assert_true(is_filled(contents(to_scratch), 0, PAGE));
    g_assert_cmphex(last_resize, ==, 5 * PAGE);
    g_assert_cmphex(memory_region_size(to_bios), ==, 5 * PAGE);
    other_end(to);
    object_unref(vga[0]);
    object_unref(vga[1]);
}

/* What the guest wrote during the first copy is sent again: only those pages. */
static unsigned copy_dirty(MemoryRegion *from, MemoryRegion *to)
{
    hwaddr size = memory_region_size(from), len;
    DirtyBitmapSnapshot *snap =
        memory_region_snapshot_and_clear_dirty(from, 0, size, DIRTY_MEMORY_MIGRATION);
    unsigned pages = 0;

    for (hwaddr at = 0; memory_region_snapshot_next_dirty(from, snap, &at, size, &len);
         at += len) {
        memcpy(contents(to) + at, contents(from) + at, len);
        pages += (unsigned)(len / PAGE);
    }
    free(snap);
    return pages;
}

static void dirty_pages_again(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000000);
    MemoryRegion *ram = registered_new(m, NULL, "ram", 100 * PAGE), *copy;
    MemoryRegion *scratch = ram_new(m, "scratch", PAGE);
    AddressSpace *as = space_new(m, root, "as");
    Machine *to = other_new();

    (void)data;
    {
        ON(to);
        copy = registered_new(to, NULL, "ram", 100 * PAGE);
    }
    memory_region_add_subregion(root, 0, ram);
    memory_region_add_subregion(root, 0x800000, scratch);
    fill(ram, 5);
    memory_global_dirty_log_start();
    g_assert_cmphex(memory_region_get_dirty_log_mask(ram), ==, 1 << DIRTY_MEMORY_MIGRATION);
    g_assert_cmphex(memory_region_get_dirty_log_mask(scratch), ==, 0);
    g_assert_cmpuint(copy_dirty(ram, copy), ==, 100);
    g_assert_cmpuint(copy_dirty(ram, copy), ==, 0);
    address_space_stl_le(as, 7 * PAGE - 2, 0xfeedface, MEMTXATTRS_UNSPECIFIED, NULL);
    address_space_stb(as, 99 * PAGE, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_false(!memcmp(contents(ram), contents(copy), 100 * PAGE));
    g_assert_cmpuint(copy_dirty(ram, copy), ==, 3);
    memory_global_dirty_log_stop();
    assert_same(ram, copy);
    g_assert_cmphex(memory_region_get_dirty_log_mask(ram), ==, 0);
    other_end(to);
}

/* ---- What does not fit ------------------------------------------------------------------ */

typedef MemoryRegion *MakeRam(Machine *m);

static MemoryRegion *make_none(Machine *m)
{
    return ram_new(m, "ram", PAGE);
}

static MemoryRegion *make_other(Machine *m)
{
    return registered_new(m, NULL, "ram2", 8 * PAGE);
}

static MemoryRegion *make_unregistered(Machine *m)
{
    MemoryRegion *mr = registered_new(m, NULL, "ram", 8 * PAGE);

    vmstate_unregister_ram(mr, NULL);
    return mr;
}

static MemoryRegion *make_fixed(Machine *m)
{
    return registered_new(m, NULL, "ram", 4 * PAGE);
}

static MemoryRegion *make_small(Machine *m)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    memory_region_init_resizeable_ram(mr, NULL, "ram", PAGE, 7 * PAGE, NULL, NULL);
    vmstate_register_ram_global(mr);
    return mr;
}

/* The destination is as it was before. */
static void refused(Machine *m, gconstpointer data)
{
    static const struct {
        MakeRam *make;
        const char *word;
    } bad[] = {
        { make_none, "no block 'ram'" },
        { make_other, "no block 'ram'" },
        { make_unregistered, "no block 'ram'" },
        { make_fixed, "fixed size, 0x4000" },
        { make_small, "size 0x8000 is not between 1 and 0x7000" },
    };

    (void)data;
    fill(registered_new(m, NULL, "ram", 8 * PAGE), 9);
    g_autoptr(GByteArray) stream = save(m);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        Machine *to = other_new();
        MemoryRegion *mr;
        Error *err = NULL;
        {
            ON(to);
            mr = bad[i].make(to);
        }
        uint64_t size = memory_region_size(mr);
        g_assert_false(load(to, stream, &err));
        assert_error(err, bad[i].word);
        g_assert_cmphex(memory_region_size(mr), ==, size);
        g_assert_cmphex(qemu_ram_get_used_length(mr->ram_block), ==, size);
        g_assert_true(is_filled(contents(mr), 0, size));
        other_end(to);
    }
}

/* ---- Resizing on load ------------------------------------------------------------------- */

/* Specification 5: listeners see the new size, and all of the block has to be sent again. A block
 * has whole pages; the exact size of a region that is not whole pages long can be set. */
static void resize(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000000);
    MemoryRegion *bios = resizeable_new(m, "bios", 2 * PAGE, note_resize);
    AddressSpace *as = space_new(m, root, "as");
    uint8_t *host = contents(bios);
    ram_addr_t base = memory_region_get_ram_addr(bios);

    (void)data;
    memory_region_add_subregion(root, 0, bios);
    spy_on(m, "s", 0, as);
    cpu_physical_memory_test_and_clear_dirty(base, 2 * PAGE, DIRTY_MEMORY_MIGRATION);
    g_assert_cmpint(qemu_ram_resize(bios->ram_block, 6 * PAGE, NULL), ==, 0);
    assert_trace(m, "s:begin s:del(0-1fff bios@0) s:add(0-5fff bios@0) s:commit");
    g_assert_true(contents(bios) == host);
    g_assert_true(cpu_physical_memory_all_dirty(base, 6 * PAGE, DIRTY_MEMORY_MIGRATION));
    g_assert_cmphex(last_resize, ==, 6 * PAGE);
    memory_region_ram_resize(bios, 5 * PAGE + 1, NULL);
    g_assert_cmphex(memory_region_size(bios), ==, 5 * PAGE + 1);
    g_assert_cmphex(qemu_ram_get_used_length(bios->ram_block), ==, 6 * PAGE);
    g_assert_cmphex(last_resize, ==, 5 * PAGE + 1);
    assert_map(as, "0-5000 bios@0");
}

/* R15: in a callback neither the block nor the region can be resized. */
static void resize_in_commit(Spy *s, const char *what, MemoryRegionSection *section)
{
    MemoryRegion *mr = s->opaque;
    Error *err = NULL;

    (void)section;
    if (!strcmp(what, "commit")) {
        memory_region_ram_resize(mr, 6 * PAGE, &err);
        assert_error(err, "'bios'");
        expect_message(s->machine, "misuse", "'bios'", "callback", NULL);
        g_assert_cmphex(qemu_ram_get_used_length(mr->ram_block), ==, 2 * PAGE);
    }
}

static void register_in_commit(Spy *s, const char *what, MemoryRegionSection *section)
{
    MemoryRegion **mr = s->opaque;

    (void)section;
    if (!strcmp(what, "commit")) {
        vmstate_unregister_ram(mr[0], NULL);
        expect_message(s->machine, "misuse", "'old'", "must not become unmigratable", "callback",
                       NULL);
        vmstate_register_ram(mr[1], NULL);
        expect_message(s->machine, "misuse", "'new'", "callback", NULL);
    }
}

/* R15: in a callback neither the flag nor the id of a logged region can be changed. */
static void registration_from_listener(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000000);
    MemoryRegion *mr[] = { registered_new(m, NULL, "old", PAGE), ram_new(m, "new", PAGE) };
    Spy *spy = spy_on(m, "s", 0, space_new(m, root, "as"));

    (void)data;
    memory_region_add_subregion(root, 0, mr[0]);
    memory_region_add_subregion(root, PAGE, mr[1]);
    memory_global_dirty_log_start();
    spy->opaque = mr;
    spy->hook = register_in_commit;
    memory_region_set_enabled(mr[0], false);
    spy->hook = NULL;
    g_assert_true(qemu_ram_is_migratable(mr[0]->ram_block));
    g_assert_cmpstr(qemu_ram_get_idstr(mr[0]->ram_block), ==, "old");
    g_assert_false(qemu_ram_is_migratable(mr[1]->ram_block));
    g_assert_cmpstr(qemu_ram_get_idstr(mr[1]->ram_block), ==, "");
    memory_global_dirty_log_stop();
}

static void resize_from_listener(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", 0x1000000);
    MemoryRegion *bios = resizeable_new(m, "bios", 2 * PAGE, NULL);
    AddressSpace *as = space_new(m, root, "as");
    Spy *spy = spy_on(m, "s", 0, as);

    (void)data;
    spy->opaque = bios;
    spy->hook = resize_in_commit;
    memory_region_add_subregion(root, 0, bios);
    spy->hook = NULL;
    assert_map(as, "0-1fff bios@0");
}

/* ---- Ids -------------------------------------------------------------------------------- */

/* A device's id is a prefix, so one name in two devices makes two ids. Contexts have separate
 * ids. */
static void prefixes(Machine *m, gconstpointer data)
{
    DeviceState *a = device_new("a"), *b = device_new("b"), *nameless = device_new(NULL);
    MemoryRegion *in_a = registered_new(m, a, "ram", PAGE);
    MemoryRegion *in_b = registered_new(m, b, "ram", PAGE);
    MemoryRegion *alone = registered_new(m, nameless, "ram", PAGE);
    Machine *to = other_new();

    (void)data;
    g_assert_true(qemu_ram_block_by_name("a/ram") == in_a->ram_block);
    g_assert_true(qemu_ram_block_by_name("b/ram") == in_b->ram_block);
    g_assert_true(qemu_ram_block_by_name("ram") == alone->ram_block);
    {
        ON(to);
        g_assert_null(qemu_ram_block_by_name("a/ram"));
        registered_new(to, a, "ram", PAGE);
    }
    other_end(to);
    object_unref(a);
    object_unref(b);
    object_unref(nameless);
}

/* The id of a block that is unregistered, or ends, can be used again. */
static void id_is_free_again(Machine *m, gconstpointer data)
{
    DeviceState *dev = device_new("nic");
    MemoryRegion *old = registered_new(m, dev, "rom", PAGE), *new;

    (void)data;
    vmstate_unregister_ram(old, dev);
    g_assert_false(qemu_ram_is_migratable(old->ram_block));
    g_assert_cmpstr(qemu_ram_get_idstr(old->ram_block), ==, "");
    new = registered_new(m, dev, "rom", PAGE);
    g_assert_true(qemu_ram_block_by_name("nic/rom") == new->ram_block);
    region_drop(m, new);
    vmstate_register_ram(old, dev);
    g_assert_true(qemu_ram_block_by_name("nic/rom") == old->ram_block);
    object_unref(dev);
}

static void nameless_region(Machine *m, gconstpointer data)
{
    MemoryRegion *mr = ram_new(m, NULL, PAGE);

    (void)data;
    vmstate_register_ram_global(mr);
    expect_message(m, "warning", "without a name", NULL);
    g_assert_true(qemu_ram_is_migratable(mr->ram_block));
    g_assert_cmpstr(qemu_ram_get_idstr(mr->ram_block), ==, "");
    object_unref(OBJECT(mr));
    memory_drain();
    g_assert_true(g_ptr_array_remove(m->regions, mr));
}

static void duplicate(void)
{
    if (g_test_subprocess()) {
        Machine m = { NULL };

        machine_setup(&m, NULL);
        registered_new(&m, NULL, "ram", PAGE);
        registered_new(&m, NULL, "ram", PAGE);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*'ram' exists already*");
}

static void registered_wrongly(Machine *m, gconstpointer data)
{
    MemoryRegion *io = io_new(m, "io", PAGE), *ram = registered_new(m, NULL, "ram", PAGE);
    g_autofree char *name = g_strnfill(256, 'n');
    MemoryRegion *lengthy = ram_new(m, name, PAGE);

    (void)data;
    vmstate_register_ram_global(io);
    expect_message(m, "misuse", "'io'", "no RAM", NULL);
    vmstate_unregister_ram(io, NULL);
    expect_message(m, "misuse", "'io'", "no RAM", NULL);
    vmstate_register_ram_global(ram);
    expect_message(m, "misuse", "'ram'", NULL);
    g_assert_true(qemu_ram_block_by_name("ram") == ram->ram_block);
    g_assert_true(qemu_ram_is_migratable(ram->ram_block));
    vmstate_register_ram_global(lengthy);
    expect_message(m, "misuse", "256 bytes", NULL);
    g_assert_false(qemu_ram_is_migratable(lengthy->ram_block));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/migration/22.8/move", move);
    TEST("/migration/17/dirty-pages-again", dirty_pages_again);
    TEST("/migration/22.8/refused", refused);
    TEST("/migration/5/resize", resize);
    misuse_test_add("/migration/R15/resize-from-listener", resize_from_listener);
    misuse_test_add("/migration/R15/registration-from-listener", registration_from_listener);
    TEST("/migration/22.5/prefixes", prefixes);
    TEST("/migration/22.8/id-is-free-again", id_is_free_again);
    TEST("/migration/22.8/nameless-region", nameless_region);
    g_test_add_func("/migration/22.5/duplicate", duplicate);
    misuse_test_add("/migration/22.8/registered-wrongly", registered_wrongly);
    return g_test_run();
}
