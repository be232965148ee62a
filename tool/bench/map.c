/* SPDX-License-Identifier: MIT
 *
 * Measures a machine (map.h). Each measurement repeats its work for some milliseconds and
 * takes the median of several such rounds.
 */
#include "bench/map.h"

#include <malloc.h>
#include <stdlib.h>

enum { ROUNDS = 9, ROUND_US = 3000, ADDRESSES = 4096 };

typedef struct ArrayRange {
    hwaddr first, last;
    const MemoryRegion *mr;
    hwaddr offset;
} ArrayRange;

typedef struct Bench {
    const MtreeMachine *machine;
    const MachineSpace *space;
    GArray *array; /* ArrayRange, of the space */
    hwaddr *addresses;
    MemoryRegion *moved;
    guintptr sum; /* of what was found, so that no search is left out */
} Bench;

/* ---- Time ------------------------------------------------------------------------------- */

/* Does the work once, and returns how often that was what is counted. */
typedef unsigned Work(Bench *b);

static gint by_value(gconstpointer a, gconstpointer b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static double round_of(Bench *b, Work *work)
{
    gint64 start = g_get_monotonic_time(), end = start;
    unsigned long count = 0;

    while (end - start < ROUND_US) {
        count += work(b);
        end = g_get_monotonic_time();
    }
    return (double)(end - start) * 1000 / (double)count;
}

static double median_of(Bench *b, Work *work)
{
    double times[ROUNDS];

    round_of(b, work);
    for (int i = 0; i < ROUNDS; i++) {
        times[i] = round_of(b, work);
    }
    qsort(times, ROUNDS, sizeof(times[0]), by_value);
    return times[ROUNDS / 2];
}

/* ---- Views ------------------------------------------------------------------------------ */

static GHashTable *roots_of(const MtreeMachine *m)
{
    GHashTable *roots = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < m->spaces->len; i++) {
        const MachineSpace *space = m->spaces->pdata[i];
        MtreeLine *root = mtree_real(space->block->root);
        if (!root->disabled) {
            g_hash_table_add(roots, g_hash_table_lookup(m->regions, root));
        }
    }
    return roots;
}

static void show_all(const MtreeMachine *m, bool shown)
{
    g_autoptr(GHashTable) roots = roots_of(m);
    GHashTableIter iter;
    gpointer root;

    memory_region_transaction_begin();
    g_hash_table_iter_init(&iter, roots);
    while (g_hash_table_iter_next(&iter, &root, NULL)) {
        memory_region_set_enabled(root, shown);
    }
    memory_region_transaction_commit();
}

/* Only the commit that renders is counted. */
static double render_all(const MtreeMachine *m)
{
    double times[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        show_all(m, false);
        gint64 start = g_get_monotonic_time();
        show_all(m, true);
        times[i] = (double)(g_get_monotonic_time() - start) * 1000;
    }
    qsort(times, ROUNDS, sizeof(times[0]), by_value);
    return times[ROUNDS / 2];
}

/* The allocator counts as used what was freed and waits in the thread's cache. So the cache is
 * emptied: it has up to 7 pieces of each size. */
static size_t bytes_in_use(void)
{
    enum {
        LARGEST = 1032,
        STEP = 16,
        PIECES = 7,
        OVERHEAD = 8,
        MOST = LARGEST / STEP * PIECES + 7
    };
    void *pieces[MOST];
    size_t held = 0;
    int n = 0;

    memory_drain();
    for (size_t size = STEP + OVERHEAD; size <= LARGEST; size += STEP) {
        for (int i = 0; i < PIECES; i++) {
            pieces[n] = malloc(size);
            held += malloc_usable_size(pieces[n++]) + OVERHEAD;
        }
    }
    size_t used = mallinfo2().uordblks - held;
    while (n) {
        free(pieces[--n]);
    }
    return used;
}

/* Another thread may free old views, and keep the pieces in its own cache. Then too little is seen;
 * so the most of several times is taken. */
static unsigned long bytes_of_views(const MtreeMachine *m)
{
    unsigned long most = 0;

    for (int i = 0; i < ROUNDS; i++) {
        show_all(m, false);
        size_t without = bytes_in_use();
        show_all(m, true);
        size_t with = bytes_in_use();
        most = MAX(most, with > without ? with - without : 0);
    }
    return most;
}

/* ---- The array -------------------------------------------------------------------------- */

static bool add_to_array(Int128 start, Int128 length, const MemoryRegion *mr, hwaddr offset,
                         void *opaque)
{
    GArray *array = opaque;
    ArrayRange range = { (hwaddr)start, (hwaddr)(start + length - 1), mr, offset };

    g_array_append_val(array, range);
    return false;
}

static unsigned write_array(Bench *b)
{
    FlatView *view = address_space_get_flatview(b->space->as);

    g_array_set_size(b->array, 0);
    flatview_for_each_range(view, add_to_array, b->array);
    flatview_unref(view);
    return 1;
}

static const ArrayRange *find(const Bench *b, hwaddr address)
{
    const ArrayRange *ranges = (const ArrayRange *)(void *)b->array->data;
    guint low = 0, high = b->array->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (ranges[middle].last < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < b->array->len && ranges[low].first <= address ? &ranges[low] : NULL;
}

static unsigned look_into_array(Bench *b)
{
    for (int i = 0; i < ADDRESSES; i++) {
        const ArrayRange *range = find(b, b->addresses[i]);
        b->sum += (guintptr)range->mr + (b->addresses[i] - range->first) + range->offset;
    }
    return ADDRESSES;
}

/* ---- The library ------------------------------------------------------------------------ */

static const MemoryRegion *translate(const Bench *b, hwaddr address, hwaddr *offset)
{
    hwaddr length = 1;

    return address_space_translate(b->space->as, address, offset, &length, false,
                                   MEMTXATTRS_UNSPECIFIED);
}

static unsigned look_into_view(Bench *b)
{
    hwaddr offset;

    memory_read_lock();
    for (int i = 0; i < ADDRESSES; i++) {
        b->sum += (guintptr)translate(b, b->addresses[i], &offset) + offset;
    }
    memory_read_unlock();
    return ADDRESSES;
}

static bool find_the_same(const Bench *b)
{
    bool same = true;

    memory_read_lock();
    for (int i = 0; i < ADDRESSES; i++) {
        const ArrayRange *range = find(b, b->addresses[i]);
        hwaddr offset;
        const MemoryRegion *mr = translate(b, b->addresses[i], &offset);
        same &= mr == range->mr && offset == range->offset + (b->addresses[i] - range->first);
    }
    memory_read_unlock();
    return same;
}

static unsigned change_twice(Bench *b)
{
    memory_region_set_enabled(b->moved, false);
    memory_region_set_enabled(b->moved, true);
    return 2;
}

/* Returns the region of the range in the middle that is in a container; NULL if there is none. */
static const MtreeLine *region_to_move(const Bench *b)
{
    guint n = b->array->len;

    for (guint i = 0; i < n; i++) {
        const ArrayRange *range = &g_array_index(b->array, ArrayRange, (n / 2 + i) % n);
        const MtreeLine *line = machine_line(b->machine, range->mr);
        if (line && line->parent) {
            return line;
        }
    }
    return NULL;
}

/* ---- All -------------------------------------------------------------------------------- */

/* Every range gets as many addresses as any other, in no order. The seed is always the same. */
static hwaddr *choose_addresses(const GArray *array)
{
    hwaddr *addresses = g_new(hwaddr, ADDRESSES);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    for (int i = 0; i < ADDRESSES; i++) {
        const ArrayRange *range =
            &g_array_index(array, ArrayRange, g_rand_int_range(random, 0, (gint32)array->len));
        guint64 any = (guint64)g_rand_int(random) << 32 | g_rand_int(random);
        hwaddr size = range->last - range->first + 1;
        addresses[i] = range->first + (size ? any % size : any);
    }
    return addresses;
}

static void count(const MtreeMachine *m, BenchResult *r)
{
    g_autoptr(GHashTable) views = g_hash_table_new(NULL, NULL);

    r->regions = g_hash_table_size(m->regions);
    r->spaces = m->spaces->len;
    for (guint i = 0; i < m->spaces->len; i++) {
        FlatView *view = address_space_get_flatview(((MachineSpace *)m->spaces->pdata[i])->as);
        if (g_hash_table_add(views, view)) {
            r->all_ranges += (unsigned)view->ranges;
        }
        flatview_unref(view);
    }
    r->views = g_hash_table_size(views);
    r->array_bytes = r->all_ranges * sizeof(ArrayRange);
}

static void measure_lookups(Bench *b, BenchResult *r)
{
    b->addresses = choose_addresses(b->array);
    r->lookup = median_of(b, look_into_view);
    r->array_lookup = median_of(b, look_into_array);
    r->agree = find_the_same(b);
    g_free(b->addresses);
}

static void measure(Bench *b, BenchResult *r)
{
    count(b->machine, r);
    r->bytes = bytes_of_views(b->machine);
    r->render = render_all(b->machine);
    r->array_write = median_of(b, write_array);
    r->ranges = b->array->len;
    r->moved = b->array->len ? region_to_move(b) : NULL;
    if (r->moved) {
        b->moved = g_hash_table_lookup(b->machine->regions, r->moved);
        r->commit = median_of(b, change_twice);
        write_array(b);
    }
    if (r->ranges) {
        measure_lookups(b, r);
    }
}

BenchResult bench_machine(const MtreeMachine *m, const MachineSpace *space)
{
    g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof(ArrayRange));
    Bench b = { .machine = m, .space = space, .array = array };
    BenchResult r = { 0 };
    MemoryContext *before = memory_context_set_current(m->ctx);

    measure(&b, &r);
    memory_context_set_current(before == m->ctx ? NULL : before);
    return r;
}
