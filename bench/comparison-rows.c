/* SPDX-License-Identifier: MIT
 *
 * The table of all work that is compared with the peers (see comparison-rows.h).
 */
#include "comparison-rows.h"

/* Two threads shall do 1.9 times the work of one. So an access of one of them may take this much of
 * the time that it takes alone. */
#define SCALED (2 / 1.9)

/* Accesses beside a thread that makes the same to the same places, and to others. */
#define BESIDE(access, places)                                                                    \
    { access ", a thread on the same " places,                                                    \
      .n = 1,                                                                                     \
      .goal = SCALED,                                                                             \
      .scale = OF_BASE,                                                                           \
      .part = bench_scaling,                                                                      \
      .series = { [PHYSMEM] = access ", a thread on the same " places },                          \
      .base = access ", alone",                                                                   \
      .base_n = 1 },                                                                              \
    {                                                                                             \
        access ", a thread on other " places,                                                     \
            .n = 1, .goal = SCALED, .scale = OF_BASE, .part = bench_scaling,                      \
            .series = { [PHYSMEM] = access ", a thread on other " places },                       \
            .base = access ", alone", .base_n = 1                                                 \
    }

/* Loads beside a thread that commits 1,000 times a second shall lose less than a tenth. */
#define BESIDE_COMMITS(ranges, count)                                                             \
    {                                                                                             \
        "load, " ranges " ranges, 1,000 commits/s",                                               \
            .n = count, .goal = 1 / 0.9, .scale = OF_BASE, .part = bench_commits,                 \
            .series = { [PHYSMEM] = "load, N ranges, 1,000 commits a second" },                   \
            .base = "load, N ranges", .base_n = count                                             \
    }

/* clang-format off */
const Row comparison_rows[] = {
    { "load of 4 bytes, 1 range", GUEST_RAM, 1, LOAD, .floor = 0.4, .goal = 4 },
    { "load, 16 ranges", GUEST_RAM, 16, LOAD, .floor = 0.7, .goal = 4.5 },
    { "load, 64 ranges", GUEST_RAM, 64, LOAD, .floor = 1, .goal = 5 },
    { "load, 1,000 ranges", GUEST_RAM, 1000, LOAD, .floor = 5, .goal = 15 },
    { "load inlined, 1 range", GUEST_RAM, 1, LOAD_INLINED, .goal = 3 },
    { "load inlined, 16 ranges", GUEST_RAM, 16, LOAD_INLINED },
    { "load inlined, 64 ranges", GUEST_RAM, 64, LOAD_INLINED },
    { "load inlined, 1,000 ranges", GUEST_RAM, 1000, LOAD_INLINED },
    { "dependent load, 64 ranges", GUEST_RAM, 64, LOAD_DEPENDENT, .floor = 4.3, .goal = 11 },
    { "dependent load, 1,000 ranges", GUEST_RAM, 1000, LOAD_DEPENDENT, .floor = 27, .goal = 38 },
    { "store of 4 bytes, 1 range", GUEST_RAM, 1, STORE, .floor = 0.7, .goal = 5.5 },
    { "store inlined, 1 range", GUEST_RAM, 1, STORE_INLINED },
    { "store, 64 ranges", GUEST_RAM, 64, STORE, .floor = 1.5, .goal = 6.5 },
    { "store, 1,000 ranges", GUEST_RAM, 1000, STORE, .floor = 3.3, .goal = 15 },
    { "device read, 1 region, lock taken", GUEST_DEVICES, 1, LOAD, .floor = 1.9, .goal = 15 },
    { "device read, 1 region, lock-free", GUEST_LOCKLESS, 1, LOAD, .floor = 1.9, .goal = 7 },
    { "device read, 64 regions, lock taken", GUEST_DEVICES, 64, LOAD, .floor = 6, .goal = 18 },
    { "RAM and devices mixed, 64", GUEST_MIXED, 64, LOAD, .floor = 6, .goal = 15 },
    { "map and unmap 4 KiB", GUEST_RAM, 1, MAP, .goal = 10 },
    { "host pointer in a read section", GUEST_RAM, 1, BORROW, .goal = 5 },
    { "block of 4 bytes", GUEST_RAM, 1, READ_4, .goal = 4 },
    { "block of 4 KiB", GUEST_RAM, 1, READ_4096, .floor = 52, .goal = 55 },
    { "what an IOMMU adds to a load", .n = 1, .goal = 8,
      .part = bench_iommu,
      .series = { [PHYSMEM] = "what an IOMMU adds to a load of 4 bytes" } },
    { "what an IOMMU adds, asked each time", .n = 1,
      .part = bench_iommu,
      .series = { [PHYSMEM] = "what an IOMMU adds to a load of 4 bytes, asked" } },
    { "KVM: read exit, beside KVM_RUN", .n = 1, .goal = 25,
      .part = bench_kvm_exits,
      .series = { [PHYSMEM] = "KVM: kvm_memory_handle_exit() of a read exit" } },
    { "cache made and destroyed", .n = 1, .goal = 8,
      .part = bench_cache,
      .series = { [PHYSMEM] = "cache made and destroyed" } },
    { "100,000 regions in one transaction", .n = 100000, .goal = 60e6,
      .part = bench_transaction,
      .series = { [PHYSMEM] = "N devices made and added in one transaction" } },
    { "load, 64 ranges, map changes meanwhile", GUEST_RAM, 64, LOAD, .how = CHANGING,
      .goal = 12 },
    { "harvest of 1 TiB, 1 page in 100 dirty", .n = 1024, .goal = 8, .scale = OF_PLAIN,
      .part = bench_dirty,
      .series = { [PLAIN] = "bare: copy of a bitmap of the pages",
                  [PHYSMEM] = "harvest: 1 page in 100 dirty" } },
    { "harvest of 1 TiB, all pages dirty", .n = 1024, .goal = 2, .scale = OF_PLAIN,
      .part = bench_dirty,
      .series = { [PLAIN] = "bare: copy of a bitmap of the pages",
                  [PHYSMEM] = "harvest: everything dirty" } },
    { "KVM harvest of 4 GiB, 1 page in 1,000", .n = 4096, .goal = 1.5, .scale = OF_PLAIN,
      .part = bench_kvm_dirty,
      .series = { [PLAIN] = "bare KVM get and clear: 1 page in 1,000 dirty",
                  [PHYSMEM] = "KVM harvest: 1 page in 1,000 dirty" } },
    { "commit: one change among 1,000 regions", GUEST_RAM, 1000, CHANGE },
    { "commit: one change among 100,000", .n = 100000, .goal = 3, .scale = OF_BASE,
      .part = bench_commit,
      .series = { [PHYSMEM] = "commit: one of N regions switched" },
      .base = "commit: one of N regions switched", .base_n = 1000 },
    { "load, 1 range of 1 MiB, any page", GUEST_MEDIUM, 1, LOAD },
    { "load, 64 ranges of 1 MiB, any page", GUEST_MEDIUM, 64, LOAD },
    { "load, 4 GiB, any page", GUEST_FLAT, 1, LOAD },
    { "dependent load, 4 GiB, any page", GUEST_FLAT, 1, LOAD_DEPENDENT },
    { "store, 4 GiB, any page", GUEST_FLAT, 1, STORE },
    { "load, a PC with virtio", GUEST_PC, 1, LOAD },
    { "cached load", .n = 1, .goal = 1.1, .scale = OF_PLAIN,
      .part = bench_cache,
      .series = { [PLAIN] = "plain load of 4 bytes", [PHYSMEM] = "cached load of 4 bytes" } },
    { "cached store", .n = 1, .goal = 1.1, .scale = OF_PLAIN,
      .part = bench_cache,
      .series = { [PLAIN] = "plain store of 4 bytes", [PHYSMEM] = "cached store of 4 bytes" } },
    { "cached: a buffer through a ring", .n = 1, .goal = 1.1, .scale = OF_PLAIN,
      .part = bench_cache,
      .series = { [PLAIN] = "plain: a buffer through a ring",
                  [PHYSMEM] = "cached: a buffer through a ring" } },
    BESIDE("load", "ranges"),
    BESIDE("store", "ranges"),
    BESIDE("lock-free device read", "devices"),
    BESIDE_COMMITS("64", 64),
    BESIDE_COMMITS("1,000", 1000),
    BESIDE_COMMITS("10,000", 10000),
    { "load beside commits: 99.99th percentile", GUEST_RAM, 64, LOAD, .how = TAIL,
      .goal = 20e3, .scale = HERE },
    { "first access of a process", .n = 1, .goal = 200e3, .scale = HERE,
      .part = bench_first,
      .series = { [VM_MEMORY] = "vm-memory: first access of a process",
                  [UNICORN] = "unicorn: first access of a process",
                  [PHYSMEM] = "first access of a process" } },
    { "a device region", .unit = BYTES, .n = 1, .goal = 400, .scale = HERE,
      .part = bench_bytes,
      .series = { [PHYSMEM] = "a region: structure and heap" } },
    { "a range of a view", .unit = BYTES, .n = 1, .goal = 64, .scale = HERE,
      .part = bench_bytes,
      .series = { [PHYSMEM] = "a range of a view" } },
    { "code of the library", .unit = BYTES, .n = 1, .goal = 250 << 10, .scale = HERE,
      .part = bench_bytes,
      .series = { [UNICORN] = "code of libunicorn", [PHYSMEM] = "code of libphysmem" } },
};
/* clang-format on */

const unsigned comparison_row_count = sizeof(comparison_rows) / sizeof(comparison_rows[0]);
_Static_assert(sizeof(comparison_rows) / sizeof(comparison_rows[0]) <= COMPARISON_ROWS,
               "the table has room for all rows");
