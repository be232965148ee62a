/* SPDX-License-Identifier: MIT
 *
 * Measures libunicorn's own calls for comparable jobs. Unicorn is a peer to compare with here:
 * neither the library nor its adapter for Unicorn takes part. Each size runs in a process of its
 * own with a time limit, because Unicorn gets slow with many mappings, and fails an assertion at
 * some number. If it fails at a size, the table has no value there.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <unicorn/unicorn.h>

#include "machine.h"
#include "parts.h"
#include "report.h"
#include "timer.h"

enum { PATIENCE_SECONDS = 4 };

typedef struct Peer {
    uc_engine *uc;
    long pages;
    uint32_t random;
} Peer;

static uint64_t mmio_read(uc_engine *uc, uint64_t offset, unsigned size, void *opaque)
{
    (void)uc;
    (void)size;
    (void)opaque;
    return offset;
}

static void mmio_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *opaque)
{
    (void)uc;
    (void)offset;
    (void)size;
    (void)opaque;
    bench_use(value);
}

static void must(uc_err err)
{
    if (err != UC_ERR_OK) {
        _exit(1);
    }
}

/* The address after all other pages, where a page is mapped and unmapped. */
static uint64_t spare(const Peer *peer)
{
    return machine_address((unsigned long)peer->pages);
}

/* Each count is a map and an unmap. */
static void map_unmap(void *opaque, unsigned long count)
{
    Peer *peer = opaque;

    for (unsigned long i = 0; i < count; i++) {
        must(uc_mem_map(peer->uc, spare(peer), BENCH_PAGE, UC_PROT_ALL));
        must(uc_mem_unmap(peer->uc, spare(peer), BENCH_PAGE));
    }
}

static void mmio_map_unmap(void *opaque, unsigned long count)
{
    Peer *peer = opaque;

    for (unsigned long i = 0; i < count; i++) {
        must(uc_mmio_map(peer->uc, spare(peer), BENCH_PAGE, mmio_read, NULL, mmio_write, NULL));
        must(uc_mem_unmap(peer->uc, spare(peer), BENCH_PAGE));
    }
}

static void mem_read(void *opaque, unsigned long count)
{
    Peer *peer = opaque;
    uint32_t word;

    for (unsigned long i = 0; i < count; i++) {
        unsigned long page = bench_random(&peer->random) % (unsigned long)peer->pages;
        must(uc_mem_read(peer->uc, machine_address(page) + 64, &word, sizeof(word)));
        bench_use(word);
    }
}

static const struct {
    const char *name;
    BenchBatch *batch;
    unsigned calls; /* of the peer, in one count */
} jobs[] = {
    { "unicorn: uc_mem_read of 4 bytes", mem_read, 1 },
    { "unicorn: uc_mem_map or uc_mem_unmap", map_unmap, 2 },
    { "unicorn: uc_mmio_map or uc_mem_unmap", mmio_map_unmap, 2 },
};

enum { JOBS = sizeof(jobs) / sizeof(jobs[0]) };

/* Writes each result to fd at once, so that a later crash does not lose it. */
static void child(long pages, int fd)
{
    Peer peer = { .pages = pages, .random = 7 };

    alarm(PATIENCE_SECONDS);
    must(uc_open(UC_ARCH_X86, UC_MODE_64, &peer.uc));
    for (long i = 0; i < pages; i++) {
        must(uc_mem_map(peer.uc, machine_address((unsigned long)i), BENCH_PAGE, UC_PROT_ALL));
    }
    for (unsigned i = 0; i < JOBS; i++) {
        double ns = bench_time(jobs[i].batch, &peer) / jobs[i].calls;
        if (write(fd, &ns, sizeof(ns)) != sizeof(ns)) {
            break;
        }
    }
    _exit(0);
}

static void measure(long pages)
{
    int fd[2];
    double ns;

    if (pipe(fd) != 0) {
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        child(pages, fd[1]);
    }
    close(fd[1]);
    for (unsigned i = 0; i < JOBS && read(fd[0], &ns, sizeof(ns)) == sizeof(ns); i++) {
        report_add(report_series(jobs[i].name, "N", "ns"), pages, ns);
    }
    close(fd[0]);
    if (pid > 0) {
        waitpid(pid, NULL, 0);
    }
}

void bench_unicorn(void)
{
    for (unsigned i = 0; i < bench_size_count; i++) {
        measure(bench_sizes[i]);
    }
}
