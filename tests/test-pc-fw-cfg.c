/* SPDX-License-Identifier: MIT
 *
 * The firmware configuration device of examples/pc: reading items through ports and by copies into
 * memory, and guests whose requests make no sense.
 */
#include <stdlib.h>

#include "../examples/pc/fw-cfg.h"
#include "../examples/pc/map.h"
#include "probe.h"

enum { RAM_SIZE = 0x20000, ERROR_BIT = 1, READ = 2, SKIP = 4, SELECT = 8, WRITE = 16 };
enum { TEXT_KEY = FW_CFG_FIRST_FILE, NO_KEY = 0x1234 };

static const char text[] = "firmware configuration";

typedef struct Fixture {
    Machine *m;
    FwCfg fw;
    MemoryRegion ram;
    AddressSpace *memory;
    AddressSpace *io;
} Fixture;

static Fixture *fixture_new(Machine *m)
{
    Fixture *f = g_new0(Fixture, 1);

    f->m = m;
    f->memory = memory_context_memory(m->ctx);
    f->io = memory_context_io(m->ctx);
    memory_region_init_ram(&f->ram, NULL, "ram", RAM_SIZE, &error_abort);
    memory_region_add_subregion(get_system_memory(), 0, &f->ram);
    fw_cfg_init(&f->fw, f->memory);
    fw_cfg_add_file(&f->fw, "text", text, sizeof(text) - 1);
    fw_cfg_add_file_number(&f->fw, "etc/number", 0x12345678, 4);
    memory_region_add_subregion(get_system_io(), PORT_FW_CFG, &f->fw.ports);
    memory_region_add_subregion(get_system_io(), PORT_FW_CFG_DMA, &f->fw.dma);
    memset(host_of(&f->ram), 0x5a, RAM_SIZE);
    return f;
}

static void end(MemoryRegion *mr)
{
    memory_region_del_subregion(memory_region_container(mr), mr);
    object_unparent(OBJECT(mr));
}

static void fixture_free(Fixture *f)
{
    end(&f->fw.ports);
    end(&f->fw.dma);
    end(&f->ram);
    fw_cfg_end(&f->fw);
    memory_drain();
    g_free(f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

/* ---- By ports --------------------------------------------------------------------------- */

static void choose(Fixture *f, uint16_t key)
{
    address_space_stw_le(f->io, PORT_FW_CFG, key, ANY, NULL);
}

static uint8_t next_byte(Fixture *f)
{
    return address_space_ldub(f->io, PORT_FW_CFG + 1, ANY, NULL);
}

static void read_bytes(Fixture *f, uint16_t key, void *bytes, unsigned count)
{
    choose(f, key);
    for (unsigned i = 0; i < count; i++) {
        ((uint8_t *)bytes)[i] = next_byte(f);
    }
}

static void signature(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    uint8_t bytes[4];

    (void)data;
    read_bytes(f, FW_CFG_SIGNATURE, bytes, 4);
    g_assert_cmpmem(bytes, 4, "QEMU", 4);
    read_bytes(f, FW_CFG_ID, bytes, 4);
    assert_hex(bytes, 4, "03000000");
}

static void directory(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    uint8_t bytes[4 + 2 * 64];

    (void)data;
    read_bytes(f, FW_CFG_DIRECTORY, bytes, sizeof(bytes));
    assert_hex(bytes, 12, "000000020000001600200000");
    g_assert_cmpstr((char *)bytes + 12, ==, "text");
    assert_hex(bytes + 68, 8, "0000000400210000");
    g_assert_cmpstr((char *)bytes + 76, ==, "etc/number");
    read_bytes(f, TEXT_KEY + 1, bytes, 4);
    assert_hex(bytes, 4, "78563412");
}

/* Selecting an item starts at its beginning. After its end the device returns zeros. */
static void reading(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    char bytes[sizeof(text) + 3];

    (void)data;
    read_bytes(f, TEXT_KEY, bytes, 5);
    g_assert_cmpmem(bytes, 5, "firmw", 5);
    g_assert_cmpint(next_byte(f), ==, 'a');
    memset(bytes, 1, sizeof(bytes));
    read_bytes(f, TEXT_KEY, bytes, sizeof(bytes));
    g_assert_cmpmem(bytes, sizeof(text), text, sizeof(text));
    g_assert_cmpint(bytes[sizeof(text) + 2], ==, 0);
    read_bytes(f, NO_KEY, bytes, 2);
    g_assert_cmpint(bytes[0] | bytes[1], ==, 0);
    choose(f, TEXT_KEY | 0x4000); /* the bit that once asked for writing selects the item, too */
    g_assert_cmpint(next_byte(f), ==, 'f');
}

static void wrong_ports(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);

    (void)data;
    choose(f, TEXT_KEY);
    address_space_stb(f->io, PORT_FW_CFG, 0, ANY, NULL);     /* half a key */
    address_space_stb(f->io, PORT_FW_CFG + 1, 0, ANY, NULL); /* items cannot be written */
    address_space_lduw_le(f->io, PORT_FW_CFG, ANY, NULL);
    g_assert_cmpint(next_byte(f), ==, 'f');
    fw_cfg_reset(&f->fw);
    g_assert_cmpint(next_byte(f), ==, 'Q');
}

/* ---- Copies ----------------------------------------------------------------------------- */

/* Writes a descriptor to 'at' and starts it. Returns its control field afterwards. */
static uint32_t start(Fixture *f, hwaddr at, uint32_t control, uint32_t length, hwaddr address)
{
    address_space_stl_be(f->memory, at, control, ANY, NULL);
    address_space_stl_be(f->memory, at + 4, length, ANY, NULL);
    address_space_stq_be(f->memory, at + 8, address, ANY, NULL);
    address_space_stl_be(f->io, PORT_FW_CFG_DMA, (uint32_t)(at >> 32), ANY, NULL);
    address_space_stl_be(f->io, PORT_FW_CFG_DMA + 4, (uint32_t)at, ANY, NULL);
    return address_space_ldl_be(f->memory, at, ANY, NULL);
}

static uint32_t copy(Fixture *f, uint16_t key, uint32_t length, hwaddr address)
{
    return start(f, 0x100, (uint32_t)key << 16 | SELECT | READ, length, address);
}

static void dma_signature(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    uint8_t bytes[8];

    (void)data;
    address_space_read(f->io, PORT_FW_CFG_DMA, ANY, bytes, 8);
    g_assert_cmpmem(bytes, 8, "QEMU CFG", 8);
    g_assert_cmphex(address_space_ldl_le(f->io, PORT_FW_CFG_DMA, ANY, NULL), ==, 0x554d4551);
    g_assert_cmpint(address_space_ldub(f->io, PORT_FW_CFG_DMA + 6, ANY, NULL), ==, 'F');
}

static void copying(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    const uint8_t *ram = host_of(&f->ram);

    (void)data;
    g_assert_cmphex(copy(f, TEXT_KEY, 8, 0x1003), ==, 0);
    g_assert_cmpmem(ram + 0x1003, 8, text, 8);
    g_assert_cmphex(ram[0x1002], ==, 0x5a);
    g_assert_cmphex(ram[0x100b], ==, 0x5a);
    g_assert_cmphex(start(f, 0x100, READ, 4, 0x2000), ==, 0); /* goes on after the last copy */
    g_assert_cmpmem(ram + 0x2000, 4, text + 8, 4);
    g_assert_cmphex(start(f, 0x100, SKIP, 2, 0), ==, 0);
    g_assert_cmpint(next_byte(f), ==, text[14]);
}

/* The bytes after an item's end are copied as zeros; nothing beyond the length is written. */
static void beyond_the_item(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    const uint8_t *ram = host_of(&f->ram);

    (void)data;
    g_assert_cmphex(copy(f, TEXT_KEY, 64, 0x1000), ==, 0);
    g_assert_cmpmem(ram + 0x1000, sizeof(text), text, sizeof(text));
    g_assert_cmphex(ram[0x103f], ==, 0);
    g_assert_cmphex(ram[0x1040], ==, 0x5a);
    g_assert_cmphex(start(f, 0x100, READ, 8, 0x1040), ==, 0);
    g_assert_cmphex(ram[0x1040], ==, 0);
    g_assert_cmphex(copy(f, NO_KEY, 8, 0x3000), ==, 0);
    g_assert_cmphex(ram[0x3007], ==, 0);
    g_assert_cmphex(start(f, 0x100, SKIP, UINT32_MAX, 0), ==, 0);
    g_assert_cmpint(next_byte(f), ==, 0);
    choose(f, TEXT_KEY);
    g_assert_cmphex(start(f, 0x100, SKIP, UINT32_MAX, 0), ==, 0);
    g_assert_cmphex(start(f, 0x100, SKIP, 1, 0), ==, 0); /* starts after the skipped bytes */
    g_assert_cmpint(next_byte(f), ==, 0);
}

static void hostile_lengths(Machine *m, gconstpointer data)
{
    static const uint32_t lengths[] = { FW_CFG_MOST + 1, 0x80000000, UINT32_MAX };
    g_autoptr(Fixture) f = fixture_new(m);

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_assert_cmphex(copy(f, TEXT_KEY, lengths[i], 0x1000), ==, ERROR_BIT);
        g_assert_cmphex(host_of(&f->ram)[0x1000], ==, 0x5a);
    }
    g_assert_cmphex(copy(f, TEXT_KEY, 0, UINT64_MAX), ==, 0);
}

/* The destination has no RAM, or not enough, or its addresses exceed 2^64. */
static void hostile_addresses(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    const uint8_t *ram = host_of(&f->ram);

    (void)data;
    g_assert_cmphex(copy(f, TEXT_KEY, 8, 0x40000000), ==, ERROR_BIT);
    g_assert_cmphex(copy(f, TEXT_KEY, 8, RAM_SIZE - 4), ==, ERROR_BIT);
    g_assert_cmpmem(ram + RAM_SIZE - 4, 4, text, 4);
    g_assert_cmphex(copy(f, TEXT_KEY, 16, UINT64_MAX - 3), ==, ERROR_BIT);
    g_assert_cmpmem(ram, 12, text + 4, 12);
    g_assert_cmphex(ram[12], ==, 0x5a);
    g_assert_cmphex(copy(f, TEXT_KEY, 0x100, UINT64_MAX), ==, ERROR_BIT);
}

/* The descriptor is overwritten by its own copy, crosses the end of RAM, is nowhere, or is at the
 * end of all addresses. */
static void hostile_descriptors(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);

    (void)data;
    g_assert_cmphex(copy(f, TEXT_KEY, 16, 0x100), ==, 0);
    g_assert_cmpmem(host_of(&f->ram) + 0x104, 12, text + 4, 12);
    start(f, RAM_SIZE - 8, (uint32_t)TEXT_KEY << 16 | SELECT | READ, 4, 0x2000);
    g_assert_cmphex(host_of(&f->ram)[0x2000], ==, 0x5a);
    start(f, 0x7000000000000000, READ, 4, 0x2000);
    start(f, UINT64_MAX - 7, READ, 4, 0x2000);
    g_assert_cmphex(host_of(&f->ram)[0x2000], ==, 0x5a);
}

/* A write of the low half alone starts a copy below 4 GiB: the high half is used once. */
static void halves(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);

    (void)data;
    start(f, 0x7000000000000200, READ, 4, 0x2000);
    address_space_stl_be(f->memory, 0x200, (uint32_t)TEXT_KEY << 16 | SELECT | READ, ANY, NULL);
    address_space_stl_be(f->memory, 0x204, 4, ANY, NULL);
    address_space_stq_be(f->memory, 0x208, 0x2000, ANY, NULL);
    address_space_stl_be(f->io, PORT_FW_CFG_DMA + 4, 0x200, ANY, NULL);
    g_assert_cmpmem(host_of(&f->ram) + 0x2000, 4, text, 4);
    address_space_stw_be(f->io, PORT_FW_CFG_DMA + 4, 0, ANY, NULL);
    address_space_stb(f->io, PORT_FW_CFG_DMA + 7, 0, ANY, NULL);
}

static void writing(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);

    (void)data;
    g_assert_cmphex(start(f, 0x100, (uint32_t)TEXT_KEY << 16 | SELECT | WRITE, 4, 0x1000), ==,
                    ERROR_BIT);
    choose(f, TEXT_KEY);
    g_assert_cmpint(next_byte(f), ==, 'f');
}

/* Copies mark the pages that they write. */
static void dirty(Machine *m, gconstpointer data)
{
    g_autoptr(Fixture) f = fixture_new(m);
    DirtyBitmapSnapshot *snapshot;

    (void)data;
    memory_global_dirty_log_start();
    memory_region_reset_dirty(&f->ram, 0, RAM_SIZE, DIRTY_MEMORY_MIGRATION);
    g_assert_cmphex(copy(f, TEXT_KEY, 8, 0x5ffc), ==, 0);
    snapshot =
        memory_region_snapshot_and_clear_dirty(&f->ram, 0, RAM_SIZE, DIRTY_MEMORY_MIGRATION);
    g_assert_true(memory_region_snapshot_get_dirty(&f->ram, snapshot, 0x5000, 1));
    g_assert_true(memory_region_snapshot_get_dirty(&f->ram, snapshot, 0x6000, 1));
    g_assert_false(memory_region_snapshot_get_dirty(&f->ram, snapshot, 0x7000, 1));
    free(snapshot);
    memory_global_dirty_log_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/pc-fw-cfg/signature", signature);
    TEST("/pc-fw-cfg/directory", directory);
    TEST("/pc-fw-cfg/reading", reading);
    TEST("/pc-fw-cfg/wrong-ports", wrong_ports);
    TEST("/pc-fw-cfg/dma/signature", dma_signature);
    TEST("/pc-fw-cfg/dma/copying", copying);
    TEST("/pc-fw-cfg/dma/beyond-the-item", beyond_the_item);
    TEST("/pc-fw-cfg/dma/hostile-lengths", hostile_lengths);
    TEST("/pc-fw-cfg/dma/hostile-addresses", hostile_addresses);
    TEST("/pc-fw-cfg/dma/hostile-descriptors", hostile_descriptors);
    TEST("/pc-fw-cfg/dma/halves", halves);
    TEST("/pc-fw-cfg/dma/writing", writing);
    TEST("/pc-fw-cfg/dma/dirty", dirty);
    return g_test_run();
}
