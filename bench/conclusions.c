/* SPDX-License-Identifier: MIT
 *
 * The conclusions from the rows of the report, beside the comparison with the peers (comparison.c):
 * ratios, differences and single values, some of them with a limit. The report says whether a limit
 * holds. A missed limit never fails a test.
 */
#include <stddef.h>

#include "parts.h"
#include "report.h"

typedef struct Point {
    const char *row;
    long n;
} Point;

typedef struct Conclusion {
    const char *what;
    enum { VALUE, RATIO, DIFFERENCE } kind;
    Point point;
    Point base;   /* not used by VALUE */
    double limit; /* 0: none */
} Conclusion;

/* clang-format off */
static const Conclusion conclusions[] = {
    { "commit among 10,000 regions, ns", VALUE,
      { "commit: one of N regions switched", 10000 }, { NULL, 0 }, 5000 },
    { "commit, 256 more spaces that do not show it / 1", RATIO,
      { "commit: M more spaces do not show it", 256 },
      { "commit: M more spaces do not show it", 1 }, 1.5 },
    { "commit among 10,000, 32 ioeventfds listened to / none", RATIO,
      { "commit: heard by a listener, 32 ioeventfds", 10000 },
      { "commit: heard by a listener, no ioeventfds", 10000 }, 1.5 },
    { "context made and destroyed, ns", VALUE,
      { "context made and destroyed", 1 }, { NULL, 0 }, 200000 },
    { "device write beside 32 ioeventfds / without", RATIO,
      { "device write beside 32 ioeventfds", 1 }, { "device write of 4 bytes", 1 }, 0 },
    { "store that signals an ioeventfd / signal alone", RATIO,
      { "store that signals an ioeventfd", 1 }, { "bare: event_notifier_set()", 1 }, 0 },
    { "load over 64 ranges, 16 in each, ns", VALUE,
      { "load of 4 bytes, 16 in each of N ranges", 64 }, { NULL, 0 }, 10 },
    { "load of the same range / bare load", RATIO,
      { "load of 4 bytes, the same range", 64 }, { "bare: volatile load", 1 }, 0 },
    { "device read / bare call", RATIO,
      { "device read of 4 bytes", 64 }, { "bare: call through a pointer", 1 }, 0 },
    { "load of 4 bytes through an IOMMU / without", RATIO,
      { "load of 4 bytes through I IOMMUs", 1 }, { "load of 4 bytes through I IOMMUs", 0 }, 0 },
    { "read of 64 bytes through an IOMMU / without", RATIO,
      { "read of 64 bytes through I IOMMUs", 1 }, { "read of 64 bytes through I IOMMUs", 0 }, 0 },
    { "read of 4 KiB through an IOMMU / without", RATIO,
      { "read of 4 KiB through I IOMMUs", 1 }, { "read of 4 KiB through I IOMMUs", 0 }, 0 },
    { "logged store / not logged", RATIO,
      { "store over 64 pages, logged", 1 }, { "store over 64 pages, not logged", 1 }, 0 },
    { "logged beside a thread on the same pages / on others", RATIO,
      { "logged, a thread on the same pages", 1 }, { "logged, a thread on other pages", 1 }, 0 },
    { "page marked by RAM address, among 1,000 blocks / 10", RATIO,
      { "page marked by RAM address, among N blocks", 1000 },
      { "page marked by RAM address, among N blocks", 10 }, 5 },
    { "harvest of 1 TiB, nothing dirty / copy of a bitmap", RATIO,
      { "harvest: nothing dirty", 1024 }, { "bare: copy of a bitmap of the pages", 1024 }, 0.02 },
    { "harvest of 1 TiB, 1 in 10,000 dirty / copy", RATIO,
      { "harvest: 1 page in 10,000 dirty", 1024 },
      { "bare: copy of a bitmap of the pages", 1024 }, 1 },
    { "KVM: a BAR of RAM moves among 500 slots / among 10", RATIO,
      { "KVM: a BAR of RAM moves among N slots", 500 },
      { "KVM: a BAR of RAM moves among N slots", 10 }, 1.5 },
    { "KVM: a BAR of RAM moves / its two ioctls, among 500", RATIO,
      { "KVM: a BAR of RAM moves among N slots", 500 },
      { "bare KVM: a slot made and removed among N", 500 }, 1.15 },
    { "KVM: memory exit, handled / bare", RATIO,
      { "KVM: memory exit, handled", 1 }, { "bare KVM: memory exit", 1 }, 1.03 },
    { "KVM: memory exit, kvm_memory_run() / bare", RATIO,
      { "KVM: memory exit, kvm_memory_run()", 1 }, { "bare KVM: memory exit", 1 }, 1.03 },
    { "KVM: port exit, handled / bare", RATIO,
      { "KVM: port exit, handled", 1 }, { "bare KVM: port exit", 1 }, 1.03 },
    { "KVM: port exit, kvm_memory_run() / bare", RATIO,
      { "KVM: port exit, kvm_memory_run()", 1 }, { "bare KVM: port exit", 1 }, 1.03 },
    { "KVM: what handling adds to a memory exit, ns", DIFFERENCE,
      { "KVM: memory exit, handled", 1 }, { "bare KVM: memory exit", 1 }, 0 },
    { "KVM: what kvm_memory_run() adds to a memory exit, ns", DIFFERENCE,
      { "KVM: memory exit, kvm_memory_run()", 1 }, { "bare KVM: memory exit", 1 }, 0 },
    { "KVM: what handling adds to a port exit, ns", DIFFERENCE,
      { "KVM: port exit, handled", 1 }, { "bare KVM: port exit", 1 }, 0 },
    { "KVM: what kvm_memory_run() adds to a port exit, ns", DIFFERENCE,
      { "KVM: port exit, kvm_memory_run()", 1 }, { "bare KVM: port exit", 1 }, 0 },
    { "KVM: kvm_memory_handle_exit() of a memory exit, ns", VALUE,
      { "KVM: kvm_memory_handle_exit() of a memory exit", 1 }, { NULL, 0 }, 60 },
    { "KVM harvest of 4 GiB, nothing dirty / bare get and clear", RATIO,
      { "KVM harvest: nothing dirty", 4096 },
      { "bare KVM get and clear: nothing dirty", 4096 }, 0 },
    { "KVM harvest of 128 MiB, everything dirty / bare", RATIO,
      { "KVM harvest: everything dirty", 128 },
      { "bare KVM get and clear: everything dirty", 128 }, 1.25 },
    { "KVM harvest of 128 MiB from rings, everything dirty / bitmap", RATIO,
      { "KVM harvest from rings: everything dirty", 128 },
      { "KVM harvest: everything dirty", 128 }, 0 },
    { "KVM: memory exit / write to an ioeventfd", RATIO,
      { "KVM: memory exit, handled", 1 }, { "KVM: write to an ioeventfd", 1 }, 0 },
    { "uc_mem_map or uc_mem_unmap / one commit, among 1,000", RATIO,
      { "unicorn: uc_mem_map or uc_mem_unmap", 1000 },
      { "commit: one of N regions switched", 1000 }, 0 },
};
/* clang-format on */

/* Returns a negative number if a row that is needed was not measured. A negative difference is
 * noise, so it counts as 0. */
static double conclude(const Conclusion *c)
{
    double value = report_value(c->point.row, c->point.n);

    if (c->kind == VALUE) {
        return value;
    }
    double base = report_value(c->base.row, c->base.n);
    if (value < 0 || base < 0) {
        return -1;
    }
    if (c->kind == RATIO) {
        return value / base;
    }
    return value > base ? value - base : 0;
}

void bench_conclude(void)
{
    for (unsigned i = 0; i < sizeof(conclusions) / sizeof(conclusions[0]); i++) {
        report_ratio(conclusions[i].what, conclude(&conclusions[i]), conclusions[i].limit);
    }
}
