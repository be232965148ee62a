/* SPDX-License-Identifier: MIT
 *
 * Shared by all tests: a machine of its own for each test, regions and spaces that are ended after
 * it, and maps and calls of listeners as text that reads well in an assertion.
 *
 * Tear-down destroys the machine's context. The library refuses that as long as anything belongs
 * to the context, so a test fails that leaks a region, a space or a block. A test also fails if
 * the library prints a message that the test does not expect.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <glib.h>
#include <physmem/physmem.h>

typedef struct Machine {
    MemoryContext *ctx;
    MemoryContext *before; /* the context that is current outside the test */
    GPtrArray *regions;    /* in order of creation */
    GPtrArray *spaces;
    GPtrArray *spies;
    GString *messages; /* what the library printed, one line each: "misuse: ..." */
    GString *trace;    /* what the spies heard */
    GMutex lock;       /* guards messages */
} Machine;

typedef void TestFunc(Machine *m, gconstpointer data);

void machine_setup(Machine *m, gconstpointer options);
void machine_teardown(Machine *m, gconstpointer options);

/* Adds a test on a machine of its own. OPTIONS is NULL or a MemoryContextOptions. */
#define TEST_WITH(path, func, options)                                                            \
    g_test_add(path, Machine, options, machine_setup, func, machine_teardown)
#define TEST(path, func) TEST_WITH(path, func, NULL)

/* Adds a test of calls that are refused as misuse. A debug build of the library aborts at the
 * first such message; there the test runs in a process of its own, which must end in that way. */
void misuse_test_add(const char *path, TestFunc *func);

/* Make regions without an owner, which end with the machine. Devices accept every access. */
MemoryRegion *box_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *io_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *ram_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *romd_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *window_new(Machine *m, const char *name, MemoryRegion *target, hwaddr offset,
                         uint64_t size);

/* Ends a region now. It must be in no container, and no alias may show it. */
void region_drop(Machine *m, MemoryRegion *mr);

/* The device of io_new() and romd_new(): a read returns the address, writes do nothing. */
extern const MemoryRegionOps plain_ops;

AddressSpace *space_new(Machine *m, MemoryRegion *root, const char *name);
void space_drop(Machine *m, AddressSpace *as);

/* Returns the view as text, with hexadecimal numbers: "0-fff ram@0, 2000-2fff uart@10". */
char *map_text(AddressSpace *as);
#define assert_map(as, want)                                                                      \
    do {                                                                                          \
        g_autofree char *map_now = map_text(as);                                                  \
        g_assert_cmpstr(map_now, ==, want);                                                       \
    } while (0)

/* The same with the attributes that a listener is told: "0-fff rom@0 ro, 1000-1fff n@0 nv". */
char *section_text(AddressSpace *as);
#define assert_sections(as, want)                                                                 \
    do {                                                                                          \
        g_autofree char *sections_now = section_text(as);                                         \
        g_assert_cmpstr(sections_now, ==, want);                                                  \
    } while (0)

/* A listener that writes down what it hears: "NAME:add(0-fff ram@0)". Set callbacks to NULL that
 * it must not have before spy_start() registers it. */
typedef struct Spy Spy;
struct Spy {
    MemoryListener listener;
    Machine *machine;
    /* Called in every callback after it was written down. 'section' may be NULL. */
    void (*hook)(Spy *s, const char *what, MemoryRegionSection *section);
    void *opaque;
};

Spy *spy_new(Machine *m, const char *name, unsigned priority);
void spy_start(Spy *s, AddressSpace *as);
/* spy_new() and spy_start(), without region_nop. What the spy hears during the registration is
 * dropped. */
Spy *spy_on(Machine *m, const char *name, unsigned priority, AddressSpace *as);

/* Checks what was heard since the last check; the calls are separated by blanks. */
#define assert_trace(m, want)                                                                     \
    do {                                                                                          \
        g_assert_cmpstr((m)->trace->str, ==, want);                                               \
        g_string_truncate((m)->trace, 0);                                                         \
    } while (0)

/* Expects that the library has just printed one message of that level ("misuse", "error", ...) in
 * which all the words occur. The list of words ends with NULL. */
void expect_message(Machine *m, const char *level, ...) G_GNUC_NULL_TERMINATED;

#endif
