/* SPDX-License-Identifier: MIT
 *
 * Host pointers to guest memory, bounce buffers, and clients that wait for them (specification 12,
 * 13.3; D2, D12, R9).
 */
#include <stdlib.h>
#include <string.h>

#include "probe.h"

static MemoryRegion *blank_ram_at(Machine *m, MemoryRegion *root, hwaddr addr, const char *name)
{
    MemoryRegion *mr = ram_new(m, name, 0x2000);

    memory_region_add_subregion(root, addr, mr);
    return mr;
}

/* Maps 'want' bytes and checks how many of them the map covers. */
static uint8_t *map(AddressSpace *as, hwaddr addr, hwaddr want, bool is_write, hwaddr got)
{
    hwaddr len = want;
    void *p = address_space_map(as, addr, &len, is_write, ANY);

    g_assert_cmphex(len, ==, got);
    g_assert_true((p != NULL) == (got != 0));
    return p;
}

/* ---- 12: in place ----------------------------------------------------------------------- */

static void nothing_wanted(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);

    (void)data;
    blank_ram_at(m, root, 0, "ram");
    map(as, 0, 0, true, 0);
    map(as, 0x8000, 0, false, 0);
}

static void memory_in_place(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p, *q;

    (void)data;
    ram = blank_ram_at(m, root, 0, "ram");
    memory_region_add_subregion(root, 0x2000, romd);
    p = map(as, 0x123, 0x10000, true, 0x2000 - 0x123);
    q = map(as, 0x124, 4, false, 4);
    g_assert_true(p == host_of(ram) + 0x123 && q == p + 1);
    address_space_unmap(as, p, 0x1000, true, 0);
    address_space_unmap(as, q, 4, false, 4);
    p = map(as, 0x2010, 0x10000, false, 0xff0);
    g_assert_true(p == host_of(romd) + 0x10);
    address_space_unmap(as, p, 0xff0, false, 0xff0);
}

/* A map covers two windows that continue each other, but not a region on top or a gap. */
static void over_seams(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = ram_new(m, "ram", 0x4000), *w;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    memory_region_add_subregion(root, 0, window_new(m, "w0", ram, 0x1000, 0x1000));
    w = window_new(m, "w1", ram, 0x2000, 0x1000);
    memory_region_set_nonvolatile(w, true); /* so that they stay two ranges */
    memory_region_add_subregion(root, 0x1000, w);
    memory_region_add_subregion(root, 0x2000, window_new(m, "w2", ram, 0x1000, 0x1000));
    assert_map(as, "0-fff ram@1000, 1000-1fff ram@2000, 2000-2fff ram@1000");
    p = map(as, 0x800, 0x8000, true, 0x1800);
    g_assert_true(p == host_of(ram) + 0x1800);
    address_space_unmap(as, p, 0x1800, true, 0x1800);
    memory_region_add_subregion_overlap(root, 0x1100, io_new(m, "io", 4), 1);
    p = map(as, 0x800, 0x8000, true, 0x900);
    address_space_unmap(as, p, 0x900, true, 0);
}

/* The pointer is valid as long as it is mapped, whatever happens to the region. */
static void keeps_the_region(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    DeviceState *owner = device_new("owner");
    uint32_t before;
    uint8_t *p;

    (void)data;
    memory_region_init_ram_nomigrate(ram, OBJECT(owner), "ram", 0x1000, NULL);
    memory_region_add_subregion(root, 0, ram);
    p = map(as, 0, 0x1000, true, 0x1000);
    memory_region_del_subregion(root, ram);
    memory_drain();
    before = OBJECT(owner)->ref;
    memset(p, 0x5a, 0x1000);
    address_space_unmap(as, p, 0x1000, true, 0x1000);
    g_assert_cmpuint(OBJECT(owner)->ref, ==, before - 1);
    object_unparent(OBJECT(ram));
    object_unref(owner);
    memory_drain();
    g_free(ram);
}

static void wait_for_readers(Object *obj)
{
    (void)obj;
    memory_drain();
}

/* The last unmap may drop the last reference on an owner, so the owner's end runs in it. It does
 * not run in a read section, where this owner would be refused. */
static void takes_the_owner(Machine *m, gconstpointer data)
{
    static const TypeInfo info = { .name = "test-map-owner",
                                   .parent = TYPE_DEVICE,
                                   .instance_size = sizeof(DeviceState),
                                   .instance_finalize = wait_for_readers };
    MemoryRegion *root, *ram = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    type_register_static(&info);
    Object *owner = object_new(info.name);
    memory_region_init_ram_nomigrate(ram, owner, "ram", 0x1000, NULL);
    memory_region_add_subregion(root, 0, ram);
    p = map(as, 0, 0x1000, true, 0x1000);
    memory_region_del_subregion(root, ram);
    object_unref(owner);
    memory_drain();
    address_space_unmap(as, p, 0x1000, true, 0x1000);
    memory_drain();
    g_free(ram);
}

/* D12: the memory of a RAM device is mapped directly, too. */
static void ram_device_in_place(Machine *m, gconstpointer data)
{
    static uint8_t registers[0x1000];
    MemoryRegion *root, *dev = g_new0(MemoryRegion, 1);
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    memory_region_init_ram_device_ptr(dev, NULL, "bar", sizeof(registers), registers);
    g_ptr_array_add(m->regions, dev);
    memory_region_add_subregion(root, 0, dev);
    p = map(as, 0x10, 0x8000, true, 0xff0);
    g_assert_true(p == registers + 0x10);
    address_space_unmap(as, p, 0xff0, true, 4);
    memory_region_set_readonly(dev, true);
    p = map(as, 0x10, 4, true, 4);
    g_assert_true(p != registers + 0x10);
    memcpy(p, "abcd", 4);
    address_space_unmap(as, p, 4, true, 4);
    assert_hex(registers + 0x10, 4, "00000000");
}

/* A wrong unmap is refused, and the buffer stays as it was. */
static void unmap_wrong(Machine *m, void *(*wrong)(AddressSpace *as, hwaddr *len))
{
    if (g_test_subprocess()) {
        MemoryRegion *root;
        AddressSpace *as = probe_space(m, &root);
        hwaddr len = 4;
        blank_ram_at(m, root, 0, "ram");
        void *p = wrong(as, &len);
        address_space_unmap(as, p, 4, true, len);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*unmap*Assertion*");
}

static void *never_mapped(AddressSpace *as, hwaddr *len)
{
    static uint8_t mine[4];

    (void)len;
    map(as, 0, 4, true, 4);
    return mine;
}

static void *mapped_no_more(AddressSpace *as, hwaddr *len)
{
    uint8_t *p = map(as, 0, 4, true, 4);

    address_space_unmap(as, p, 4, true, *len);
    return p;
}

static void *more_than_mapped(AddressSpace *as, hwaddr *len)
{
    *len = 5;
    return map(as, 0, 4, true, 4);
}

static void *inside_bounce_buffer(AddressSpace *as, hwaddr *len)
{
    uint8_t *p = map(as, 0x8000, 8, true, 8);

    (void)len;
    return p + 1;
}

static void unmap_unknown(Machine *m, gconstpointer data)
{
    (void)data;
    unmap_wrong(m, never_mapped);
}

static void unmap_inside(Machine *m, gconstpointer data)
{
    (void)data;
    unmap_wrong(m, inside_bounce_buffer);
}

static void unmap_twice(Machine *m, gconstpointer data)
{
    (void)data;
    unmap_wrong(m, mapped_no_more);
}

static void unmap_too_much(Machine *m, gconstpointer data)
{
    (void)data;
    unmap_wrong(m, more_than_mapped);
}

/* ---- 12: bounce buffers ----------------------------------------------------------------- */

static void bounce_read(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *d = probe_new_plain(m, "d", 0x10);
    uint8_t *p;

    (void)data;
    memory_region_add_subregion(root, 0x100, &d->mr);
    p = map(as, 0x108, 12, false, 12);
    assert_trace(m, "d:r8/8");
    assert_hex(p, 12, "18191a1b1c1d1e1f00000000");
    address_space_unmap(as, p, 12, false, 12);
    assert_trace(m, "");
    p = map(as, 0x8000, 0x10000, false, 0x1000); /* at most one page */
    address_space_unmap(as, p, 0x1000, false, 0x1000);
}

static void bounce_write(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *d = probe_new_plain(m, "d", 0x10);
    uint8_t *p;

    (void)data;
    memory_region_add_subregion(root, 0x100, &d->mr);
    p = map(as, 0x100, 8, true, 8);
    assert_trace(m, "");
    memcpy(p, "\1\2\3\4\5\6\7\10", 8);
    address_space_unmap(as, p, 8, true, 6);
    assert_trace(m, "d:w0/4=4030201 d:w4/2=605");
    p = map(as, 0x100, 8, true, 8);
    address_space_unmap(as, p, 8, true, 0);
    assert_trace(m, "");
}

/* The buffer is written to what is at the address at the time of the unmap. */
static void bounce_and_change(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    Probe *d = probe_new_plain(m, "d", 0x10);
    uint8_t *p;

    (void)data;
    memory_region_add_subregion(root, 0, &d->mr);
    p = map(as, 0, 4, true, 4);
    memcpy(p, "abcd", 4);
    memory_region_del_subregion(root, &d->mr);
    ram = blank_ram_at(m, root, 0, "ram");
    address_space_unmap(as, p, 4, true, 4);
    g_assert_cmpmem(host_of(ram), 4, "abcd", 4);
    assert_trace(m, "");
}

static void bounce_kinds(Machine *m, gconstpointer data)
{
    MemoryRegion *root, *rom, *romd = romd_new(m, "romd", 0x1000);
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    rom = blank_ram_at(m, root, 0, "rom");
    memory_region_set_readonly(rom, true);
    p = map(as, 0x1ff0, 0x100, true, 0x10); /* ROM: up to the end of its range */
    g_assert_true(p != host_of(rom) + 0x1ff0);
    memcpy(p, "abcd", 4);
    address_space_unmap(as, p, 0x10, true, 4);
    assert_hex(host_of(rom) + 0x1ff0, 4, "00000000");
    memory_region_add_subregion(root, 0x2000, romd);
    p = map(as, 0x2ff0, 0x100, true, 0x100);
    address_space_unmap(as, p, 0x100, true, 0);
    memory_region_rom_device_set_romd(romd, false);
    p = map(as, 0x2004, 8, false, 8);
    assert_hex(p, 8, "0400000008000000"); /* the device returns the offset */
    address_space_unmap(as, p, 8, false, 8);
}

/* R9: both transfers of a bounce buffer have the attributes of the map. */
static void bounce_attrs(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    Probe *d = probe_new_plain(m, "d", 0x10);
    MemTxAttrs attrs = { .requester_id = 0x77 };
    hwaddr len = 4;
    void *p;

    (void)data;
    probe_use_attrs(d);
    memory_region_add_subregion(root, 0, &d->mr);
    p = address_space_map(as, 0, &len, false, attrs);
    g_assert_cmphex(d->attrs.requester_id, ==, 0x77);
    address_space_unmap(as, p, len, false, len);
    p = address_space_map(as, 0, &len, true, attrs);
    d->attrs = ANY;
    address_space_unmap(as, p, len, true, len);
    g_assert_cmphex(d->attrs.requester_id, ==, 0x77);
    g_assert_false(d->attrs.unspecified);
}

static void hole_bounce(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    address_space_set_hole(as, 0xff, MEMTX_OK);
    p = map(as, 0x8000, 4, false, 4);
    assert_hex(p, 4, "ffffffff");
    address_space_unmap(as, p, 4, false, 4);
}

/* ---- D2: limits ------------------------------------------------------------------------- */

/* What a buffer of at most 64 bytes counts against the limit, and what a buffer of a page
 * counts. */
enum { SMALL = 64 + 256, LARGE = 4096 + 256 };

static void many_buffers(Machine *m, gconstpointer data)
{
    enum { ALL = (16 << 20) / LARGE };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root), *other = space_new(m, root, "other");
    uint8_t *p[ALL];

    (void)data;
    for (unsigned i = 0; i < ALL; i++) { /* 16 MiB */
        p[i] = map(as, 0x8000, 0x1000, true, 0x1000);
    }
    map(as, 0x8000, 0x1000, true, 0);
    address_space_unmap(other, map(other, 0x8000, 0x1000, true, 0x1000), 1, true, 0);
    address_space_unmap(as, p[77], 0x1000, true, 0);
    p[77] = map(as, 0x8000, 0x1000, true, 0x1000);
    for (unsigned i = ALL; i-- > 0;) {
        address_space_unmap(as, p[i], 1, true, 0);
    }
}

/* The limit also counts the memory that a buffer takes besides its bytes. A buffer is found
 * among many others. */
static void small_buffers(Machine *m, gconstpointer data)
{
    enum { ALL = (16 << 20) / SMALL };
    MemoryRegion *root, *ram;
    AddressSpace *as = probe_space(m, &root);
    g_autofree uint8_t **p = g_new(uint8_t *, ALL);

    (void)data;
    for (unsigned i = 0; i < ALL; i++) {
        p[i] = map(as, i % 0x2000, 1, true, 1);
        *p[i] = (uint8_t)(i % 0x2000 * 7);
    }
    map(as, 0, 1, true, 0);
    ram = blank_ram_at(m, root, 0, "ram");
    for (unsigned i = 0; i < ALL; i++) { /* the oldest first */
        address_space_unmap(as, p[i], 1, true, 1);
    }
    for (unsigned i = 0; i < 0x2000; i++) {
        g_assert_cmphex(host_of(ram)[i], ==, (uint8_t)(i * 7));
    }
}

static void set_limit(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p, *q;

    (void)data;
    address_space_set_max_bounce_bytes(as, 2 * SMALL);
    p = map(as, 0, 0x1000, true, 0x1000); /* the first one always */
    map(as, 0, 1, true, 0);
    address_space_unmap(as, p, 0x1000, true, 0);
    p = map(as, 0, 64, true, 64);
    q = map(as, 0, 8, true, 8);
    map(as, 0, 1, true, 0);
    address_space_set_max_bounce_bytes(as, 2 * SMALL + 64);
    address_space_unmap(as, q, 8, true, 0);
    map(as, 0, 129, true, 0);
    q = map(as, 0, 128, true, 128);
    address_space_unmap(as, p, 64, true, 0);
    address_space_unmap(as, q, 128, true, 0);
}

/* ---- 13.3: map clients ------------------------------------------------------------------ */

static void note_client(QEMUBH *bh, void *opaque)
{
    Machine *m = opaque;

    g_string_append_printf(m->trace, "%s%s", m->trace->len ? " " : "", (const char *)bh);
}

static QEMUBH *client(const char *name)
{
    return (QEMUBH *)(uintptr_t)name;
}

static void wait_for_clients(Machine *m)
{
    MemoryContextHooks hooks = { .schedule_bh = note_client, .opaque = m };

    memory_context_set_hooks(m->ctx, &hooks);
}

static void client_at_once(Machine *m, gconstpointer data)
{
    (void)data;
    wait_for_clients(m);
    cpu_register_map_client(client("a"));
    assert_trace(m, "a");
}

static void client_waits(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p, *q;

    (void)data;
    wait_for_clients(m);
    address_space_set_max_bounce_bytes(as, 3 * SMALL - 1); /* no room for a third one */
    p = map(as, 0, 4, true, 4);
    q = map(as, 0, 4, true, 4);
    cpu_register_map_client(client("a"));
    cpu_register_map_client(client("b"));
    cpu_register_map_client(client("c"));
    cpu_unregister_map_client(client("b"));
    cpu_unregister_map_client(client("unknown"));
    assert_trace(m, "");
    address_space_unmap(as, p, 4, true, 0);
    assert_trace(m, "c a"); /* the newest first, and each one once */
    address_space_unmap(as, q, 4, true, 0);
    assert_trace(m, "");
}

/* A map that was refused because of its size may succeed after the next unmap. */
static void client_of_a_large_map(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    wait_for_clients(m);
    address_space_set_max_bounce_bytes(as, 2 * SMALL);
    p = map(as, 0, 8, true, 8);
    map(as, 0, 65, true, 0);
    cpu_register_map_client(client("a"));
    assert_trace(m, "");
    address_space_set_max_bounce_bytes(as, 2 * SMALL + 64);
    assert_trace(m, "a");
    cpu_register_map_client(client("b")); /* there is room already */
    assert_trace(m, "b");
    address_space_unmap(as, p, 8, true, 0);
}

static const char again[] = "again";

static void map_again(QEMUBH *bh, void *opaque)
{
    Machine *m = opaque;

    note_client(bh, m);
    if (m->trace->len < 20) {
        cpu_register_map_client(client(again));
    }
}

/* A client that registers in its own notification is notified again. */
static void client_registers_again(Machine *m, gconstpointer data)
{
    MemoryContextHooks hooks = { .schedule_bh = map_again, .opaque = m };
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p, *q;

    (void)data;
    memory_context_set_hooks(m->ctx, &hooks);
    address_space_set_max_bounce_bytes(as, 4);
    p = map(as, 0, 4, true, 4);
    cpu_register_map_client(client("first"));
    q = map(as, 0, 4, true, 0);
    g_assert_null(q);
    address_space_unmap(as, p, 4, true, 0);
    assert_trace(m, "first again again again");
}

static void clients_without_hook(Machine *m, gconstpointer data)
{
    MemoryRegion *root;
    AddressSpace *as = probe_space(m, &root);
    uint8_t *p;

    (void)data;
    address_space_set_max_bounce_bytes(as, 4);
    p = map(as, 0, 4, true, 4);
    cpu_register_map_client(client("dropped"));
    address_space_unmap(as, p, 4, true, 0);
    wait_for_clients(m);
    p = map(as, 0, 4, true, 4);
    cpu_register_map_client(client("left")); /* is still registered when the machine ends */
    assert_trace(m, "");
    cpu_unregister_map_client(client("left"));
    address_space_unmap(as, p, 4, true, 0);
    assert_trace(m, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/map/12/nothing-wanted", nothing_wanted);
    TEST("/map/12/memory-in-place", memory_in_place);
    TEST("/map/12/over-seams", over_seams);
    TEST("/map/12/keeps-the-region", keeps_the_region);
    TEST("/map/12/takes-the-owner", takes_the_owner);
    TEST("/map/D12/ram-device", ram_device_in_place);
    TEST("/map/12/unmap-asserts/known", unmap_unknown);
    TEST("/map/12/unmap-asserts/inside", unmap_inside);
    TEST("/map/12/unmap-asserts/once", unmap_twice);
    TEST("/map/12/unmap-asserts/length", unmap_too_much);
    TEST("/map/12/bounce-read", bounce_read);
    TEST("/map/12/bounce-write", bounce_write);
    TEST("/map/12/bounce-and-change", bounce_and_change);
    TEST("/map/12/bounce-kinds", bounce_kinds);
    TEST("/map/R9/bounce-attrs", bounce_attrs);
    TEST("/map/holes/bounce", hole_bounce);
    TEST("/map/D2/many-buffers", many_buffers);
    TEST("/map/D2/small-buffers", small_buffers);
    TEST("/map/D2/set-limit", set_limit);
    TEST("/map/13.3/at-once", client_at_once);
    TEST("/map/13.3/waits", client_waits);
    TEST("/map/13.3/large-map", client_of_a_large_map);
    TEST("/map/13.3/registers-again", client_registers_again);
    TEST("/map/13.3/without-hook", clients_without_hook);
    return g_test_run();
}
