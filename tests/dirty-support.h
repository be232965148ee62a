/* SPDX-License-Identifier: MIT
 *
 * Shared by the tests of dirty logging: a space with RAM, dirty pages as text, and a listener that
 * writes down what it hears about them.
 */
#ifndef DIRTY_SUPPORT_H
#define DIRTY_SUPPORT_H

#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { PAGE = 4096 };
enum {
    VGA = 1 << DIRTY_MEMORY_VGA,
    CODE = 1 << DIRTY_MEMORY_CODE,
    MIGRATION = 1 << DIRTY_MEMORY_MIGRATION
};

/* Sets a bit of a bitmap as an accelerator delivers it: little-endian on every host. */
enum { LONG_BITS = 8 * sizeof(unsigned long) };

static inline void put_bit(unsigned long *bitmap, unsigned bit)
{
    ((uint8_t *)bitmap)[bit / 8] |= (uint8_t)(1u << bit % 8);
}

typedef struct Stage {
    MemoryRegion *root, *ram;
    AddressSpace *as;
} Stage;

/* Makes RAM that is registered for migration. */
static inline MemoryRegion *migratable_new(Machine *m, const char *name, uint64_t size)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    g_assert_true(memory_region_init_ram(mr, NULL, name, size, NULL));
    return mr;
}

/* Makes a space with such RAM at address 0. */
static inline Stage stage_new(Machine *m, unsigned pages)
{
    Stage s = { .root = box_new(m, "root", 0x1000000) };

    s.ram = migratable_new(m, "ram", (uint64_t)pages * PAGE);
    memory_region_add_subregion(s.root, 0, s.ram);
    s.as = space_new(m, s.root, "as");
    return s;
}

/* Sets up a machine without options, for tests whose data is something else. */
static inline void machine_setup_plain(Machine *m, gconstpointer data)
{
    (void)data;
    machine_setup(m, NULL);
}

/* Ends a region that is in a container, before its memory is freed. */
static inline void region_undo(Machine *m, MemoryRegion *mr)
{
    memory_region_del_subregion(mr->container, mr);
    region_drop(m, mr);
}

static inline void clean_all(MemoryRegion *mr)
{
    for (unsigned c = 0; c < DIRTY_MEMORY_NUM; c++) {
        memory_region_reset_dirty(mr, 0, memory_region_size(mr), c);
    }
}

/* ---- Pages as text: "0-3 7" ----------------------------------------------------------------- */

static inline bool is_dirty(MemoryRegion *mr, DirtyBitmapSnapshot *snap, unsigned client,
                            uint64_t p)
{
    return snap ? memory_region_snapshot_get_dirty(mr, snap, p * PAGE, 1)
                : memory_region_get_dirty(mr, p * PAGE, 1, client);
}

static inline char *dirty_text(MemoryRegion *mr, DirtyBitmapSnapshot *snap, unsigned client)
{
    uint64_t pages = (memory_region_size(mr) + PAGE - 1) / PAGE;
    GString *out = g_string_new(NULL);

    for (uint64_t p = 0; p < pages; p++) {
        uint64_t first = p;
        while (p < pages && is_dirty(mr, snap, client, p)) {
            p++;
        }
        if (p > first) {
            g_string_append_printf(out, "%s%" PRIu64, out->len ? " " : "", first);
        }
        if (p > first + 1) {
            g_string_append_printf(out, "-%" PRIu64, p - 1);
        }
    }
    return g_string_free(out, false);
}

#define assert_dirty(mr, client, want)                                                            \
    do {                                                                                          \
        g_autofree char *dirty_now = dirty_text(mr, NULL, client);                                \
        g_assert_cmpstr(dirty_now, ==, want);                                                     \
    } while (0)

#define assert_snapshot(mr, snap, want)                                                           \
    do {                                                                                          \
        g_autofree char *dirty_then = dirty_text(mr, snap, 0);                                    \
        g_assert_cmpstr(dirty_then, ==, want);                                                    \
    } while (0)

/* Takes and clears the dirty pages of a whole region, and checks that they are 'want'. */
#define assert_harvest(mr, client, want)                                                          \
    do {                                                                                          \
        DirtyBitmapSnapshot *taken_now =                                                          \
            memory_region_snapshot_and_clear_dirty(mr, 0, memory_region_size(mr), client);        \
        assert_snapshot(mr, taken_now, want);                                                     \
        free(taken_now);                                                                          \
    } while (0)

/* ---- A listener ---------------------------------------------------------------------------- *
 *
 * Writes " NAME:clear(0-fff ram@0)" and the like onto the machine's trace. */

typedef struct Ear {
    MemoryListener listener;
    Machine *machine;
    bool refuses;                     /* its log_global_start_errp returns an error */
    void (*on_sync)(struct Ear *ear); /* called in log_sync and log_sync_global; may be NULL */
    void *opaque;
} Ear;

static inline void ear_hear(MemoryListener *l, const char *what, const MemoryRegionSection *s)
{
    GString *trace = ((Ear *)l)->machine->trace;

    g_string_append_printf(trace, " %s:%s", l->name, what);
    if (s) {
        hwaddr start = s->offset_within_address_space;
        g_string_append_printf(trace, "(%" PRIx64 "-%" PRIx64 " %s@%" PRIx64 ")", start,
                               start + int128_getlo(s->size) - 1, memory_region_name(s->mr),
                               s->offset_within_region);
    }
}

static inline void ear_clear(MemoryListener *l, MemoryRegionSection *s)
{
    ear_hear(l, "clear", s);
}

static inline void ear_sync(MemoryListener *l, MemoryRegionSection *s)
{
    Ear *ear = (Ear *)l;

    ear_hear(l, "sync", s);
    if (ear->on_sync) {
        ear->on_sync(ear);
    }
}

static inline void ear_sync_global(MemoryListener *l)
{
    Ear *ear = (Ear *)l;

    ear_hear(l, "sync_global", NULL);
    if (ear->on_sync) {
        ear->on_sync(ear);
    }
}

static inline void ear_after_sync(MemoryListener *l)
{
    ear_hear(l, "after_sync", NULL);
}

static inline void ear_global_start(MemoryListener *l)
{
    ear_hear(l, global_dirty_log ? "start" : "start-but-off", NULL);
}

static inline void ear_global_stop(MemoryListener *l)
{
    ear_hear(l, global_dirty_log ? "stop-but-on" : "stop", NULL);
}

static inline bool ear_global_start_errp(MemoryListener *l, Error **errp)
{
    ear_hear(l, "try", NULL);
    if (((Ear *)l)->refuses) {
        error_setg(errp, "no room for a log");
        return false;
    }
    return true;
}

static inline void ear_log(MemoryListener *l, const char *what, MemoryRegionSection *s, int was,
                           int now)
{
    ear_hear(l, what, s);
    g_string_append_printf(((Ear *)l)->machine->trace, "%d>%d", was, now);
}

static inline void ear_log_start(MemoryListener *l, MemoryRegionSection *s, int was, int now)
{
    ear_log(l, "log_start", s, was, now);
}

static inline void ear_log_stop(MemoryListener *l, MemoryRegionSection *s, int was, int now)
{
    ear_log(l, "log_stop", s, was, now);
}

static inline void ear_commit(MemoryListener *l)
{
    ear_hear(l, "commit", NULL);
}

/* Gives the listener all callbacks except log_sync_global and log_global_start_errp. */
static inline void ear_init(Ear *ear, Machine *m, const char *name, unsigned priority)
{
    *ear = (Ear){
        .machine = m,
        .listener = {
            .name = name, .priority = priority, .commit = ear_commit, .log_start = ear_log_start,
            .log_stop = ear_log_stop, .log_sync = ear_sync, .log_clear = ear_clear,
            .log_global_start = ear_global_start, .log_global_stop = ear_global_stop,
            .log_global_after_sync = ear_after_sync,
        },
    };
}

static inline void ear_start(Ear *ear, Machine *m, const char *name, unsigned priority,
                             AddressSpace *as)
{
    ear_init(ear, m, name, priority);
    memory_listener_register(&ear->listener, as);
    g_string_truncate(m->trace, 0);
}

#endif
