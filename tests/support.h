/* SPDX-License-Identifier: MIT
 *
 * What the tests share: a machine of their own for each test, regions and spaces that are cleaned
 * up after it, maps and listener calls as text that reads well in an assertion.
 *
 * Teardown destroys the machine's context, which the library refuses as long as anything still
 * belongs to it: a leaked region, space or block fails the test that leaked it, and so does a
 * message that the test did not expect.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <glib.h>
#include <physmem/physmem.h>

typedef struct Machine {
    MemoryContext *ctx;
    MemoryContext *before; /* current context outside the test */
    GPtrArray *regions;    /* in order of creation */
    GPtrArray *spaces;
    GPtrArray *spies;
    GString *messages; /* what the library said, one line each: "misuse: ..." */
    GString *trace;    /* what the spies heard */
    GMutex lock;       /* of messages */
} Machine;

typedef void TestFunc(Machine *m, gconstpointer data);

void machine_setup(Machine *m, gconstpointer options);
void machine_teardown(Machine *m, gconstpointer options);

/* A test on a machine of its own; OPTIONS is NULL or a MemoryContextOptions. */
#define TEST_WITH(path, func, options)                                                            \
    g_test_add(path, Machine, options, machine_setup, func, machine_teardown)
#define TEST(path, func) TEST_WITH(path, func, NULL)

/* A test of what is refused as misuse: a debug build of the library aborts at the first message,
 * so there it runs in a process of its own, which must end. */
void misuse_test_add(const char *path, TestFunc *func);

/* Regions without an owner, gone with the machine. Devices answer every access. */
MemoryRegion *box_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *io_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *ram_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *romd_new(Machine *m, const char *name, uint64_t size);
MemoryRegion *window_new(Machine *m, const char *name, MemoryRegion *target, hwaddr offset,
                         uint64_t size);

/* Ends a region now: it must be in no container and nothing may show it. */
void region_drop(Machine *m, MemoryRegion *mr);

/* The device behind io_new() and romd_new(): reads give the address, writes vanish. */
extern const MemoryRegionOps plain_ops;

AddressSpace *space_new(Machine *m, MemoryRegion *root, const char *name);
void space_drop(Machine *m, AddressSpace *as);

/* The view as text, numbers in hexadecimal: "0-fff ram@0, 2000-2fff uart@10". */
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

/* A listener that writes down what it hears: "NAME:add(0-fff ram@0)". Callbacks may be cleared
 * before it is registered with spy_start(). */
typedef struct Spy Spy;
struct Spy {
    MemoryListener listener;
    Machine *machine;
    /* Called in every callback, after it was written down; section may be NULL. */
    void (*hook)(Spy *s, const char *what, MemoryRegionSection *section);
    void *opaque;
};

Spy *spy_new(Machine *m, const char *name, unsigned priority);
void spy_start(Spy *s, AddressSpace *as);
/* spy_new() and spy_start() of one that does not report region_nop; what it hears on the way is
 * dropped. */
Spy *spy_on(Machine *m, const char *name, unsigned priority, AddressSpace *as);

/* What was heard since the last time, separated by blanks. */
#define assert_trace(m, want)                                                                     \
    do {                                                                                          \
        g_assert_cmpstr((m)->trace->str, ==, want);                                               \
        g_string_truncate((m)->trace, 0);                                                         \
    } while (0)

/* The library has just said one thing, of that level ("misuse", "error", ...), in which all the
 * words occur. The list of words ends with NULL. */
void expect_message(Machine *m, const char *level, ...) G_GNUC_NULL_TERMINATED;

#endif
