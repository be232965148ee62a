/* SPDX-License-Identifier: MIT
 *
 * Inside the library: spaces that a thread uses in turns keep their spots in its lookaside, as long
 * as there is room. What spots must not outlive is in test-stale-entries.c.
 */
#include "access/lookaside.h"
#include "base/rcu.h"
#include "support.h"
#include "topology/topology.h"

enum { SPACES = 3, PAGE = 0x1000, ROUNDS = 40, MIB = 1 << 20, GIB = 1 << 30 };

/* Loads so many words from all spaces, in turns. */
static void load_all(AddressSpace *const *as, unsigned words, hwaddr distance)
{
    for (unsigned i = 0; i < words * SPACES; i++) {
        address_space_ldl_le(as[i % SPACES], i / SPACES * distance, MEMTXATTRS_UNSPECIFIED, NULL);
    }
}

/* Returns how many of these loads find their spot without a call. */
static unsigned found(AddressSpace *const *as, unsigned words, hwaddr distance)
{
    unsigned count = 0;

    READ_SECTION;
    for (unsigned i = 0; i < words * SPACES; i++) {
        const FlatView *fv = address_space_to_flatview(as[i % SPACES]);
        count += physmem_spot_recall(fv, i / SPACES * distance, 1) != NULL;
    }
    return count;
}

/* The spaces show regions of 'size' bytes, one after the other; the words lie at a distance. */
static void in_turns(Machine *m, hwaddr size, hwaddr distance, unsigned words)
{
    AddressSpace *as[SPACES];

    for (unsigned i = 0; i < SPACES; i++) {
        MemoryRegion *root = box_new(m, "root", UINT64_MAX);
        for (hwaddr at = 0; at < words * distance; at += size) {
            memory_region_add_subregion(root, at, io_new(m, "io", size));
        }
        as[i] = space_new(m, root, "as");
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        load_all(as, words, distance);
    }
    if (!physmem_lookaside_1) {
        g_test_skip("this host has no membarrier()");
        return;
    }
    g_assert_cmpuint(found(as, words, distance), >=, words * SPACES * 3 / 4);
}

/* The hash table has room for so many narrow spots once it has grown. */
static void narrow(Machine *m, gconstpointer data)
{
    (void)data;
    in_turns(m, 16 * PAGE, PAGE, 256);
}

/* A few spaces with some MiB each are not in each other's way. */
static void middle(Machine *m, gconstpointer data)
{
    (void)data;
    in_turns(m, 2 * MIB, MIB, 64);
}

/* A few spaces with a few GiB each are not in each other's way. */
static void wide(Machine *m, gconstpointer data)
{
    (void)data;
    in_turns(m, GIB, GIB, 4);
}

#ifdef _LGPL_SOURCE /* else the sections are calls */
/* ---- A host without membarrier() --------------------------------------------------------- */

/* Accesses go on, and none of them relies on a section without a barrier. */
static void *access_with_barriers(void *opaque)
{
    AddressSpace *as = opaque;

    urcu_bp_has_sys_membarrier = 0; /* as liburcu finds out on such a host */
    for (unsigned i = 0; i < ROUNDS; i++) {
        address_space_stl_le(as, 4 * i, i, MEMTXATTRS_UNSPECIFIED, NULL);
        g_assert_cmpuint(address_space_ldl_le(as, 4 * i, MEMTXATTRS_UNSPECIFIED, NULL), ==, i);
    }
    g_assert_null(physmem_lookaside_1);
    urcu_bp_has_sys_membarrier = 1;
    return NULL;
}

static void barriers(Machine *m, gconstpointer data)
{
    (void)data;
    if (!urcu_bp_has_sys_membarrier) {
        g_test_skip("this host has no membarrier()");
        return;
    }
    MemoryRegion *root = box_new(m, "root", UINT64_MAX);
    memory_region_add_subregion(root, 0, ram_new(m, "ram", MIB));
    g_thread_join(g_thread_new("access", access_with_barriers, space_new(m, root, "as")));
}
#endif

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/lookaside/in-turns/narrow", narrow);
    TEST("/lookaside/in-turns/middle", middle);
    TEST("/lookaside/in-turns/wide", wide);
#ifdef _LGPL_SOURCE
    TEST("/lookaside/barriers", barriers);
#endif
    return g_test_run();
}
