/* SPDX-License-Identifier: MIT
 *
 * Inline accesses (physmem/inline/access.h): which of them make a call, and which do not. This file
 * is built with PHYSMEM_INLINE_ACCESS, and the linker sends its calls to the functions below. That
 * inline accesses do the right thing is shown by the tests inline-*, which are other tests built in
 * the same way.
 */
#include "support.h"

enum { PAGE = 0x1000, RAM_SIZE = 4 * PAGE, DEVICE_AT = 0x100000 };

/* ---- Calls that the program makes -------------------------------------------------------- */

static unsigned calls;

uint32_t __real_address_space_ldl_le(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                     MemTxResult *result);
uint32_t __wrap_address_space_ldl_le(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                     MemTxResult *result);
uint32_t __wrap_address_space_ldl_le(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                     MemTxResult *result)
{
    calls++;
    return __real_address_space_ldl_le(as, addr, attrs, result);
}

void __real_address_space_stl_le(AddressSpace *as, hwaddr addr, uint32_t val, MemTxAttrs attrs,
                                 MemTxResult *result);
void __wrap_address_space_stl_le(AddressSpace *as, hwaddr addr, uint32_t val, MemTxAttrs attrs,
                                 MemTxResult *result);
void __wrap_address_space_stl_le(AddressSpace *as, hwaddr addr, uint32_t val, MemTxAttrs attrs,
                                 MemTxResult *result)
{
    calls++;
    __real_address_space_stl_le(as, addr, val, attrs, result);
}

MemTxResult __real_address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                           void *buf, hwaddr len);
MemTxResult __wrap_address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                           void *buf, hwaddr len);
MemTxResult __wrap_address_space_read_full(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                           void *buf, hwaddr len)
{
    calls++;
    return __real_address_space_read_full(as, addr, attrs, buf, len);
}

MemTxResult __real_address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                       const void *buf, hwaddr len);
MemTxResult __wrap_address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                       const void *buf, hwaddr len);
MemTxResult __wrap_address_space_write(AddressSpace *as, hwaddr addr, MemTxAttrs attrs,
                                       const void *buf, hwaddr len)
{
    calls++;
    return __real_address_space_write(as, addr, attrs, buf, len);
}

/* Makes one access of each kind at addr, and returns how many of them were calls. */
static unsigned calls_of_all(AddressSpace *as, hwaddr addr)
{
    char block[24] = "";
    calls = 0;
    address_space_ldl_le(as, addr, MEMTXATTRS_UNSPECIFIED, NULL);
    ldl_le_phys(as, addr);
    address_space_stl_le(as, addr, 1, MEMTXATTRS_UNSPECIFIED, NULL);
    stl_le_phys(as, addr, 1);
    address_space_read(as, addr, MEMTXATTRS_UNSPECIFIED, block, sizeof(block));
    address_space_write(as, addr, MEMTXATTRS_UNSPECIFIED, block, sizeof(block));
    address_space_rw(as, addr, MEMTXATTRS_UNSPECIFIED, block, sizeof(block), false);
    address_space_rw(as, addr, MEMTXATTRS_UNSPECIFIED, block, sizeof(block), true);
    return calls;
}

enum { ALL = 8, LOADS_AND_READS = 4 };

/* Without membarrier() no access is inline. */
static bool host_is_too_old(Machine *m)
{
    ldl_le_phys(space_new(m, ram_new(m, "ram", PAGE), "as"), 0);
    if (!physmem_lookaside_1) {
        g_test_skip("this host has no membarrier()");
    }
    return !physmem_lookaside_1;
}

/* ---- Tests ------------------------------------------------------------------------------- */

static AddressSpace *guest_new(Machine *m)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    memory_region_add_subregion(root, 0, ram_new(m, "ram", RAM_SIZE));
    memory_region_add_subregion(root, DEVICE_AT, io_new(m, "device", PAGE));
    return space_new(m, root, "as");
}

/* The first access to a range is a call. */
static void memory(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_is_too_old(m)) {
        return;
    }
    AddressSpace *as = guest_new(m);

    g_assert_cmpuint(calls_of_all(as, 0), ==, 1);
    g_assert_cmpuint(calls_of_all(as, 0), ==, 0);
    g_assert_cmpuint(calls_of_all(as, 9), ==, 0);
}

static void others(Machine *m, gconstpointer data)
{
    (void)data;
    AddressSpace *as = guest_new(m);

    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(calls_of_all(as, DEVICE_AT), ==, ALL);
        g_assert_cmpuint(calls_of_all(as, RAM_SIZE - 2), ==, ALL);
        g_assert_cmpuint(calls_of_all(as, 2 * DEVICE_AT), ==, ALL);
    }
}

/* While reads are counted, they are calls. */
static void counted(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_is_too_old(m)) {
        return;
    }
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *ram = ram_new(m, "ram", RAM_SIZE);
    memory_region_add_subregion(root, 0, ram);
    AddressSpace *as = space_new(m, root, "as");

    calls_of_all(as, 0);
    memory_region_set_counting(ram, true);
    g_assert_cmpuint(calls_of_all(as, 0), ==, LOADS_AND_READS);
    memory_region_set_counting(ram, false);
    g_assert_cmpuint(calls_of_all(as, 0), ==, 0);
}

/* What a library does for programs that were built with the headers of an older one. */
static void closed(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_is_too_old(m)) {
        return;
    }
    AddressSpace *as = guest_new(m);

    calls_of_all(as, 0);
    PhysmemLookaside *own = physmem_lookaside_1;
    physmem_lookaside_1 = NULL;
    g_assert_cmpuint(calls_of_all(as, 0), ==, ALL);
    physmem_lookaside_1 = own;
    g_assert_cmpuint(calls_of_all(as, 0), ==, 0);
}

/* A thread that has never made an access. */
static void *access_first(void *as)
{
    g_assert_cmpuint(calls_of_all(as, 0), ==, 1);
    g_assert_cmpuint(calls_of_all(as, 0), ==, 0);
    return NULL;
}

static void new_thread(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_is_too_old(m)) {
        return;
    }
    g_thread_join(g_thread_new("first", access_first, guest_new(m)));
}

static void change(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_is_too_old(m)) {
        return;
    }
    AddressSpace *as = guest_new(m);
    MemoryRegion *over = io_new(m, "over", PAGE);

    calls_of_all(as, 0);
    memory_region_add_subregion_overlap(as->root, 0, over, 1);
    g_assert_cmpuint(calls_of_all(as, 0), ==, ALL);
    memory_region_del_subregion(as->root, over);
    calls_of_all(as, 0);
    g_assert_cmpuint(calls_of_all(as, 0), ==, 0);
}

/* In a read section of the program, and within another access. */
static void nested(Machine *m, gconstpointer data)
{
    (void)data;
    if (host_is_too_old(m)) {
        return;
    }
    AddressSpace *as = guest_new(m);

    calls_of_all(as, 0);
    memory_read_lock();
    g_assert_cmpuint(calls_of_all(as, 0), ==, 0);
    memory_read_unlock();
    memory_drain();
}

/* The name without parentheses is the function. */
static void function(Machine *m, gconstpointer data)
{
    (void)data;
    AddressSpace *as = guest_new(m);
    uint32_t (*load)(AddressSpace *, hwaddr, MemTxAttrs, MemTxResult *) = address_space_ldl_le;

    calls_of_all(as, 0);
    calls = 0;
    load(as, 0, MEMTXATTRS_UNSPECIFIED, NULL);
    g_assert_cmpuint(calls, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/inline/memory", memory);
    TEST("/inline/others", others);
    TEST("/inline/counted", counted);
    TEST("/inline/closed", closed);
    TEST("/inline/new-thread", new_thread);
    TEST("/inline/change", change);
    TEST("/inline/nested", nested);
    TEST("/inline/function", function);
    return g_test_run();
}
