/* SPDX-License-Identifier: MIT
 *
 * Random edits of ioeventfds, while regions move, overlap, shrink and hide. What a listener was
 * told must equal what follows from the view and from a list of all ioeventfds (specification 18).
 * The test keeps the list itself and computes everything anew each time.
 */
#include "hearer.h"

enum { DEVICES = 6, BINDINGS = 40, STEPS = 4000, SPACES = 3 };

typedef struct Binding {
    MemoryRegion *mr; /* NULL: the entry is free */
    hwaddr addr;
    unsigned size, e;
} Binding;

/* A listener that counts: text of an ioeventfd -> how many of it there are. */
typedef struct Memory {
    MemoryListener listener;
    Events *ev;
    GHashTable *known;
} Memory;

typedef struct World {
    Machine *m;
    MemoryRegion *root, *box, *window, *device[DEVICES];
    AddressSpace *as[SPACES];
    Memory memory[SPACES];
    Binding binding[BINDINGS];
    Events ev;
} World;

static char *name_of(hwaddr addr, unsigned size, unsigned e)
{
    return g_strdup_printf("%016" PRIx64 "/%u e%u", addr, size, e);
}

static int known(Memory *y, const char *name)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(y->known, name));
}

static char *name_told(MemoryListener *l, MemoryRegionSection *section, EventNotifier *e)
{
    return name_of(section->offset_within_address_space, (unsigned)int128_get64(section->size),
                   (unsigned)(e - ((Memory *)l)->ev->e));
}

static void remember(MemoryListener *l, MemoryRegionSection *section, bool match_data,
                     uint64_t data, EventNotifier *e)
{
    Memory *y = (Memory *)l;
    char *name = name_told(l, section, e);

    (void)match_data, (void)data;
    g_hash_table_insert(y->known, name, GINT_TO_POINTER(known(y, name) + 1));
}

static void forget(MemoryListener *l, MemoryRegionSection *section, bool match_data, uint64_t data,
                   EventNotifier *e)
{
    Memory *y = (Memory *)l;
    char *name = name_told(l, section, e);

    (void)match_data, (void)data;
    g_assert_cmpint(known(y, name), >, 0);
    if (known(y, name) == 1) {
        g_hash_table_remove(y->known, name);
        g_free(name);
    } else {
        g_hash_table_insert(y->known, name, GINT_TO_POINTER(known(y, name) - 1));
    }
}

/* ---- What has to be known --------------------------------------------------------------- */

typedef struct Truth {
    World *w;
    GHashTable *seen;
} Truth;

static bool see_range(Int128 start, Int128 len, const MemoryRegion *mr, hwaddr offset,
                      void *opaque)
{
    Truth *t = opaque;

    for (unsigned i = 0; i < BINDINGS; i++) {
        const Binding *b = &t->w->binding[i];
        Int128 at = int128_sub(int128_add(start, int128_make64(b->addr)), int128_make64(offset));
        Int128 end = int128_add(at, int128_make64(MAX(b->size, 1)));
        if (b->mr == mr && int128_nonneg(at) && int128_lt(at, int128_add(start, len)) &&
            int128_gt(end, start)) {
            char *name = name_of(int128_getlo(at), b->size, b->e);
            gpointer count = g_hash_table_lookup(t->seen, name);
            g_hash_table_insert(t->seen, name, GINT_TO_POINTER(GPOINTER_TO_INT(count) + 1));
        }
    }
    return false;
}

static void compare(World *w, unsigned space)
{
    Truth t = { w, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
    Memory *y = &w->memory[space];
    GHashTableIter iter;
    gpointer name, count;

    memory_read_lock();
    flatview_for_each_range(address_space_to_flatview(w->as[space]), see_range, &t);
    memory_read_unlock();
    g_hash_table_iter_init(&iter, t.seen);
    while (g_hash_table_iter_next(&iter, &name, &count)) {
        if (known(y, name) != GPOINTER_TO_INT(count)) {
            g_error("space %u: %s exists %d times, and was told %d times", space, (char *)name,
                    GPOINTER_TO_INT(count), known(y, name));
        }
    }
    g_assert_cmpuint(g_hash_table_size(y->known), ==, g_hash_table_size(t.seen));
    g_hash_table_unref(t.seen);
}

/* ---- Edits ------------------------------------------------------------------------------ */

static unsigned below(unsigned n)
{
    return (unsigned)g_test_rand_int_range(0, (gint32)n);
}

static void rebind(World *w)
{
    static const unsigned sizes[] = { 0, 1, 2, 4, 8 };
    Binding *b = &w->binding[below(BINDINGS)];

    if (b->mr) {
        memory_region_del_eventfd(b->mr, b->addr, b->size, false, 0, &w->ev.e[b->e]);
        b->mr = NULL;
        return;
    }
    b->mr = w->device[below(DEVICES)];
    b->addr = below(0x60);
    b->size = sizes[below(5)];
    b->e = below(EVENTS);
    memory_region_add_eventfd(b->mr, b->addr, b->size, false, 0, &w->ev.e[b->e]);
}

static void replace(MemoryRegion *mr, MemoryRegion *into)
{
    if (memory_region_container(mr)) {
        memory_region_del_subregion(memory_region_container(mr), mr);
    }
    hwaddr at = below(0x100);
    memory_region_add_subregion_overlap(into, at, mr, (int)below(3));
}

/* The window that shows the box is never put into the box. */
static void edit(World *w)
{
    MemoryRegion *mr = below(5) ? w->device[below(DEVICES)] : below(2) ? w->box : w->window;

    switch (below(8)) {
    case 0:
        memory_region_set_enabled(mr, below(3) != 0);
        break;
    case 1:
        memory_region_set_size(mr, below(0x80));
        break;
    case 2:
        memory_region_set_address(mr, below(0x100));
        break;
    case 3:
        replace(mr, mr != w->box && mr != w->window && below(2) ? w->box : w->root);
        break;
    case 4:
        memory_region_set_alias_offset(w->window, below(0x80));
        break;
    default:
        rebind(w);
    }
}

static void step(World *w)
{
    unsigned edits = below(3) ? 1 : 1 + below(5);

    memory_region_transaction_begin();
    for (unsigned i = 0; i < edits; i++) {
        edit(w);
    }
    memory_region_transaction_commit();
    for (unsigned i = 0; i < SPACES; i++) {
        compare(w, i);
    }
}

/* ---- The world -------------------------------------------------------------------------- */

static void watch(World *w, unsigned i, MemoryRegion *root)
{
    Memory *y = &w->memory[i];

    w->as[i] = space_new(w->m, root, "as");
    *y =
        (Memory){ .listener = { .eventfd_add = remember, .eventfd_del = forget, .name = "memory" },
                  .ev = &w->ev,
                  .known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };
    memory_listener_register(&y->listener, w->as[i]);
}

static void world_setup(World *w, Machine *m)
{
    w->m = m;
    w->root = box_new(m, "root", 0x200);
    w->box = box_new(m, "box", 0x80);
    for (unsigned i = 0; i < DEVICES; i++) {
        g_autofree char *name = g_strdup_printf("d%u", i);
        w->device[i] = io_new(m, name, 0x40);
    }
    w->window = window_new(m, "window", w->box, 0, 0x40);
    events_setup(&w->ev);
    watch(w, 0, w->root);
    watch(w, 1, w->root);
    watch(w, 2, w->box); /* shows the box also where it lies in the root */
}

static void at_random(Machine *m, gconstpointer data)
{
    g_autofree World *w = g_new0(World, 1);

    (void)data;
    world_setup(w, m);
    for (unsigned i = 0; i < STEPS; i++) {
        step(w);
    }
    for (unsigned i = 0; i < SPACES; i++) {
        memory_listener_unregister(&w->memory[i].listener);
        g_assert_cmpuint(g_hash_table_size(w->memory[i].known), ==, 0);
        g_hash_table_unref(w->memory[i].known);
    }
    events_cleanup(&w->ev);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/ioeventfd-random/18", at_random);
    return g_test_run();
}
