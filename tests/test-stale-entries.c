/* SPDX-License-Identifier: MIT
 *
 * Each thread remembers what it has accessed (access/lookaside.h). Here everything that can make
 * such an entry wrong happens after threads have made it, and no thread may answer from it
 * afterwards. Two threads look: the one that makes the change, and one that has looked before.
 *
 * Signal handlers that interrupt an access are in test-signals.c, changes beside running accesses
 * in test-threads.c, and caches in test-cache-life.c.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

enum { PAGE = 0x1000, REGIONS = 4, MANY = 3000 };

/* One region for each table of the lookaside, and the last one for the place of the largest. */
static const hwaddr place[REGIONS] = { 0x2000, 0x40000000, 0x80000000, 0xa0000000 };
static const hwaddr size[REGIONS] = { PAGE, 0x100000, 0x8000000, 0x10000000 };
static const hwaddr many_at = 0x100000000;

/* The page that is looked at: the last one. */
static hwaddr looked_at(unsigned i)
{
    return place[i] + size[i] - PAGE + 8;
}

/* ---- Two threads that look --------------------------------------------------------------- */

typedef void Look(AddressSpace *as);

/* The barrier is passed before and after each look. GLib's queues would do, but the thread
 * sanitizer does not know them. */
typedef struct Watcher {
    pthread_t thread;
    pthread_barrier_t barrier;
    AddressSpace *as;
    Look *look; /* NULL: the thread ends */
} Watcher;

static void *watch(void *opaque)
{
    Watcher *w = opaque;

    while (pthread_barrier_wait(&w->barrier), w->look) {
        w->look(w->as);
        pthread_barrier_wait(&w->barrier);
    }
    return NULL;
}

static void watcher_start(Watcher *w, AddressSpace *as)
{
    w->as = as;
    pthread_barrier_init(&w->barrier, NULL, 2);
    pthread_create(&w->thread, NULL, watch, w);
}

/* Both threads look, one after the other. */
static void both(Watcher *w, Look *look)
{
    look(w->as);
    w->look = look;
    pthread_barrier_wait(&w->barrier);
    pthread_barrier_wait(&w->barrier);
}

static void watcher_end(Watcher *w)
{
    w->look = NULL;
    pthread_barrier_wait(&w->barrier);
    pthread_join(w->thread, NULL);
    pthread_barrier_destroy(&w->barrier);
}

/* ---- What they see ----------------------------------------------------------------------- */

/* What a store and a load of 4 bytes do: "stored", "kept" if the load still answers 'before',
 * "device", "hole". */
static const char *answer(AddressSpace *as, hwaddr addr)
{
    static int number;
    uint32_t value = (uint32_t)g_atomic_int_add(&number, 1) << 8 | 0xc3;
    MemTxResult stored, loaded;

    address_space_stl_le(as, addr, value, ANY, &stored);
    uint32_t found = address_space_ldl_le(as, addr, ANY, &loaded);
    if (loaded != MEMTX_OK) {
        return stored != MEMTX_OK ? "hole" : "stored into a hole";
    }
    if (found == value) {
        return stored == MEMTX_OK ? "stored" : "stored and refused";
    }
    return found == (addr & (PAGE - 1)) ? "device" : stored == MEMTX_OK ? "lost" : "kept";
}

static void see(AddressSpace *as, const char *want)
{
    for (unsigned i = 0; i < 3 * REGIONS; i++) {
        g_assert_cmpstr(answer(as, looked_at(i % REGIONS)), ==, want);
    }
}

#define SEE(name, want)                                                                           \
    static void name(AddressSpace *as)                                                            \
    {                                                                                             \
        see(as, want);                                                                            \
    }
SEE(see_memory, "stored")
SEE(see_holes, "hole")
SEE(see_read_only, "kept")
SEE(see_devices, "device")
#undef SEE

typedef struct Scene {
    MemoryRegion *root, *mr[REGIONS];
    Watcher watcher;
} Scene;

typedef MemoryRegion *MakeRegion(Machine *m, const char *name, uint64_t size);

static void scene_add(Scene *s)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < REGIONS; i++) {
        memory_region_add_subregion(s->root, place[i], s->mr[i]);
    }
    memory_region_transaction_commit();
}

static void scene_remove(Scene *s)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < REGIONS; i++) {
        memory_region_del_subregion(s->root, s->mr[i]);
    }
    memory_region_transaction_commit();
}

static void scene_begin(Scene *s, Machine *m, MakeRegion *make)
{
    s->root = box_new(m, "root", UINT64_MAX);
    for (unsigned i = 0; i < REGIONS; i++) {
        g_autofree char *name = g_strdup_printf("region%u", i);
        s->mr[i] = make(m, name, size[i]);
    }
    scene_add(s);
    watcher_start(&s->watcher, space_new(m, s->root, "space"));
}

/* Calls a function for each region. */
static void scene_set(Scene *s, void (*set)(MemoryRegion *mr, bool value), bool value)
{
    for (unsigned i = 0; i < REGIONS; i++) {
        set(s->mr[i], value);
    }
}

static void scene_see(Scene *s, Look *look)
{
    both(&s->watcher, look);
}

static void scene_end(Scene *s)
{
    watcher_end(&s->watcher);
}

/* ---- Changes of the map ------------------------------------------------------------------ */

static void commits(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_memory);
        scene_remove(&s);
        scene_see(&s, see_holes);
        scene_add(&s);
    }
    scene_end(&s);
}

/* Something of higher priority covers what the threads know. */
static void covered(Machine *m, gconstpointer data)
{
    Scene s;
    MemoryRegion *cover = io_new(m, "cover", UINT64_C(1) << 32);
    MemoryRegion *window = window_new(m, "window", cover, 0, UINT64_C(1) << 32);

    (void)data;
    scene_begin(&s, m, ram_new);
    scene_see(&s, see_memory);
    memory_region_add_subregion_overlap(s.root, 0, window, 1);
    for (unsigned i = 0; i < REGIONS; i++) {
        hwaddr addr = looked_at(i);
        g_assert_cmphex(address_space_ldl_le(s.watcher.as, addr, ANY, NULL), ==, addr);
    }
    memory_region_set_enabled(window, false);
    scene_see(&s, see_memory);
    memory_region_del_subregion(s.root, window);
    scene_end(&s);
}

static void read_only(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_memory);
        scene_set(&s, memory_region_set_readonly, true);
        scene_see(&s, see_read_only);
        scene_set(&s, memory_region_set_readonly, false);
    }
    scene_end(&s);
}

/* With the quirk only the region's own flag counts. The container is read-only all the time, so for
 * listeners nothing changes. */
static void own_read_only(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    memory_region_set_readonly(s.root, true);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_memory);
        scene_set(&s, memory_region_set_readonly, true);
        scene_see(&s, see_read_only);
        scene_set(&s, memory_region_set_readonly, false);
    }
    scene_end(&s);
}

static uint64_t read_page_offset(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return addr & (PAGE - 1);
}

static void write_nothing(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    (void)opaque, (void)addr, (void)value, (void)size;
}

static const MemoryRegionOps offset_ops = { .read = read_page_offset, .write = write_nothing };

static void see_romd(AddressSpace *as)
{
    for (unsigned i = 0; i < 3 * REGIONS; i++) {
        hwaddr addr = looked_at(i % REGIONS);
        g_assert_cmphex(address_space_ldl_le(as, addr, ANY, NULL), ==, 0x5a5a5a5a);
    }
}

static MemoryRegion *flash_new(Machine *m, const char *name, uint64_t bytes)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    memory_region_init_rom_device(mr, NULL, &offset_ops, NULL, name, bytes, NULL);
    memset((uint8_t *)memory_region_get_ram_ptr(mr) + bytes - PAGE, 0x5a, PAGE);
    return mr;
}

static void rom_devices(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, flash_new);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_romd);
        scene_set(&s, memory_region_rom_device_set_romd, false);
        scene_see(&s, see_devices);
        scene_set(&s, memory_region_rom_device_set_romd, true);
    }
    scene_end(&s);
}

/* A resizable block shrinks: what lies behind its new end has no memory any more. */
static MemoryRegion *resizable_new(Machine *m, const char *name, uint64_t bytes)
{
    MemoryRegion *mr = g_new0(MemoryRegion, 1);

    g_ptr_array_add(m->regions, mr);
    memory_region_init_resizeable_ram(mr, NULL, name, bytes, bytes, NULL, NULL);
    return mr;
}

static void see_shrunk(AddressSpace *as)
{
    for (unsigned i = 1; i < REGIONS; i++) {
        g_assert_cmpstr(answer(as, place[i] + 8), ==, "stored");
        g_assert_cmpstr(answer(as, looked_at(i)), ==, "hole");
    }
}

static void resize(Scene *s, unsigned part)
{
    for (unsigned i = 1; i < REGIONS; i++) {
        memory_region_ram_resize(s->mr[i], size[i] / part, &error_abort);
    }
}

static void resized(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, resizable_new);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_memory);
        resize(&s, 2);
        scene_see(&s, see_shrunk);
        resize(&s, 1);
    }
    scene_end(&s);
}

/* The block grows to the size that its region has already, so nothing is committed. */
static void grown(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, resizable_new);
    for (unsigned i = 0; i < 3; i++) {
        resize(&s, 2);
        for (unsigned k = 1; k < REGIONS; k++) {
            memory_region_set_size(s.mr[k], size[k]);
        }
        scene_see(&s, see_shrunk);
        resize(&s, 1);
        scene_see(&s, see_memory);
    }
    scene_end(&s);
}

/* So many ranges that the tables of both threads grow. */
static unsigned shift; /* how many pages further on the ranges lie now */

static void see_many(AddressSpace *as)
{
    for (unsigned i = 0; i < 2 * MANY; i++) {
        hwaddr addr = many_at + (i % MANY * 2 + shift) * PAGE;
        g_assert_cmphex(address_space_ldl_le(as, addr, ANY, NULL), ==, i % MANY);
        address_space_stl_le(as, addr, i % MANY, ANY, NULL);
        addr = many_at + (i % MANY * 2 + 1 - shift) * PAGE;
        g_assert_cmphex(address_space_ldl_le(as, addr, ANY, NULL), ==, 0);
    }
}

static void many(Machine *m, gconstpointer data)
{
    Scene s;
    MemoryRegion *box = box_new(m, "box", 2 * MANY * PAGE);
    MemoryRegion *ram = ram_new(m, "ram", MANY * PAGE);

    (void)data;
    scene_begin(&s, m, ram_new);
    memory_region_transaction_begin();
    for (unsigned i = 0; i < MANY; i++) {
        hwaddr offset = (hwaddr)i * PAGE;
        memory_region_add_subregion(box, 2 * offset, window_new(m, "w", ram, offset, PAGE));
        *(uint32_t *)(host_of(ram) + offset) = GUINT32_TO_LE(i);
    }
    memory_region_add_subregion(s.root, many_at, box);
    memory_region_transaction_commit();
    for (shift = 0; shift < 2; shift++) {
        scene_see(&s, see_many);
        memory_region_set_address(box, many_at + (1 - shift) * PAGE);
    }
    shift = 0;
    scene_see(&s, see_many);
    memory_region_del_subregion(s.root, box);
    scene_end(&s);
}

/* ---- Observation that is switched -------------------------------------------------------- */

/* Returns whether the pages that were looked at are dirty, and makes them clean. */
static bool were_dirty(Scene *s)
{
    unsigned dirty = 0;

    for (unsigned i = 0; i < REGIONS; i++) {
        hwaddr page = size[i] - PAGE;
        dirty += memory_region_get_dirty(s->mr[i], page, PAGE, DIRTY_MEMORY_VGA);
        memory_region_reset_dirty(s->mr[i], page, PAGE, DIRTY_MEMORY_VGA);
    }
    g_assert_true(dirty == 0 || dirty == REGIONS);
    return dirty;
}

static void set_log(MemoryRegion *mr, bool log)
{
    memory_region_set_log(mr, log, DIRTY_MEMORY_VGA);
}

static void logged(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_memory);
        scene_set(&s, set_log, true);
        were_dirty(&s);
        scene_see(&s, see_memory);
        g_assert_true(were_dirty(&s));
        g_assert_false(were_dirty(&s));
        scene_see(&s, see_memory);
        g_assert_true(were_dirty(&s));
        scene_set(&s, set_log, false);
    }
    scene_end(&s);
}

/* Counting is switched without a commit. */
static void counted(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    for (unsigned i = 0; i < 3; i++) {
        scene_see(&s, see_memory);
        scene_set(&s, memory_region_set_counting, true);
        scene_see(&s, see_memory);
        for (unsigned k = 0; k < REGIONS; k++) {
            MemoryRegionCounts c;
            g_assert_true(memory_region_get_counts(s.mr[k], &c));
            g_assert_cmpuint(c.reads, ==, 6);
            g_assert_cmpuint(c.writes, ==, 6);
        }
        scene_set(&s, memory_region_set_counting, false);
    }
    scene_end(&s);
}

static int dma_reads;

static void note_read(size_t addr, size_t len, MemoryRegion *mr, void *opaque)
{
    (void)addr, (void)len, (void)mr, (void)opaque;
    dma_reads++;
}

static void hooked(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    scene_see(&s, see_memory);
    memory_context_set_hooks(m->ctx, &(MemoryContextHooks){ .dma_read = note_read });
    dma_reads = 0;
    scene_see(&s, see_memory);
    g_assert_cmpint(dma_reads, ==, 6 * REGIONS);
    memory_context_set_hooks(m->ctx, NULL);
    scene_see(&s, see_memory);
    g_assert_cmpint(dma_reads, ==, 6 * REGIONS);
    scene_end(&s);
}

/* ---- Ends -------------------------------------------------------------------------------- */

/* Other regions come to live at the same place of the program's memory. */
static void region_ends(Machine *m, gconstpointer data)
{
    static MemoryRegion mr;
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    for (unsigned i = 0; i < 3; i++) {
        memory_region_init_ram(&mr, NULL, "mr", PAGE, NULL);
        memory_region_add_subregion_overlap(s.root, place[0], &mr, 1);
        scene_see(&s, see_memory);
        memory_region_del_subregion(s.root, &mr);
        memory_drain();
        object_unparent(OBJECT(&mr));
        memory_region_init_io(&mr, NULL, &offset_ops, NULL, "mr", PAGE);
        memory_region_add_subregion_overlap(s.root, place[0], &mr, 1);
        g_assert_cmpstr(answer(s.watcher.as, looked_at(0)), ==, "device");
        memory_region_del_subregion(s.root, &mr);
        memory_drain();
        object_unparent(OBJECT(&mr));
    }
    scene_end(&s);
}

/* Other spaces come to live at the same place. */
static void space_ends(Machine *m, gconstpointer data)
{
    static AddressSpace as;
    Scene s;
    MemoryRegion *empty = box_new(m, "empty", UINT64_MAX);

    (void)data;
    scene_begin(&s, m, ram_new);
    s.watcher.as = &as;
    for (unsigned i = 0; i < 3; i++) {
        address_space_init(&as, s.root, "full");
        scene_see(&s, see_memory);
        address_space_destroy(&as);
        memory_drain();
        address_space_init(&as, empty, "empty");
        scene_see(&s, see_holes);
        if (i < 2) {
            address_space_destroy(&as);
            memory_drain();
        }
    }
    scene_end(&s);
    address_space_destroy(&as);
    memory_drain();
}

/* A context ends, and everything in it; another one begins, and its parts lie at the same places of
 * the program's memory. */
static void context_ends(void)
{
    static const char *const names[REGIONS] = { "a", "b", "c", "d" };
    static AddressSpace as;
    static MemoryRegion root, ram[REGIONS];
    Watcher w;

    watcher_start(&w, &as);
    for (unsigned i = 0; i < 6; i++) {
        MemoryContext *ctx = memory_context_new(NULL, NULL);
        memory_context_set_current(ctx);
        memory_region_init(&root, NULL, "root", UINT64_MAX);
        address_space_init(&as, &root, "space");
        for (unsigned k = 0; k < REGIONS; k++) {
            memory_region_init_ram(&ram[k], NULL, names[k], size[k], NULL);
            if (i % 2 == 0) {
                memory_region_add_subregion(&root, place[k], &ram[k]);
            }
        }
        both(&w, i % 2 ? see_holes : see_memory);
        for (unsigned k = 0; i % 2 == 0 && k < REGIONS; k++) {
            memory_region_del_subregion(&root, &ram[k]);
        }
        address_space_destroy(&as);
        memory_drain();
        for (unsigned k = 0; k < REGIONS; k++) {
            object_unparent(OBJECT(&ram[k]));
        }
        object_unparent(OBJECT(&root));
        memory_context_set_current(NULL);
        g_assert_true(memory_context_destroy(ctx, NULL));
    }
    watcher_end(&w);
}

/* The child has the entries of the thread that forked. */
static void forked(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    see_memory(s.watcher.as);
    pid_t pid = fork();
    if (!pid) {
        alarm(60); /* a child that hangs ends */
        see_memory(s.watcher.as);
        scene_remove(&s);
        see_holes(s.watcher.as);
        scene_add(&s);
        see_memory(s.watcher.as);
        _exit(0);
    }
    int status;
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    scene_see(&s, see_memory);
    scene_end(&s);
}

/* ---- Threads that end -------------------------------------------------------------------- */

/* Asks for the list of mappings, because an emulator that runs this program shows its own memory in
 * the sums that /proc has. */
static uint64_t bytes_mapped(void)
{
    g_autofree char *text = NULL;
    uint64_t sum = 0;

    g_assert_true(g_file_get_contents("/proc/self/maps", &text, NULL, NULL));
    for (char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        char *end;
        uint64_t first = g_ascii_strtoull(line, &end, 16);
        sum += g_ascii_strtoull(end + 1, NULL, 16) - first;
    }
    return sum;
}

static gpointer look_once(gpointer as)
{
    see_memory(as);
    return NULL;
}

static void run_threads(AddressSpace *as, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        g_thread_join(g_thread_new("t", look_once, as));
    }
}

/* A thread's table goes with the thread. The C library may keep some stacks of ended threads. */
static void thread_ends(Machine *m, gconstpointer data)
{
    Scene s;

    (void)data;
    scene_begin(&s, m, ram_new);
    run_threads(s.watcher.as, 20);
    uint64_t before = bytes_mapped();
    run_threads(s.watcher.as, 500);
    g_assert_cmpuint(bytes_mapped(), <, before + 100 * 64 * 4096);
    scene_see(&s, see_memory);
    scene_end(&s);
}

int main(int argc, char **argv)
{
    static const MemoryContextOptions own = { .quirks = MEMORY_QUIRK_OWN_READONLY };

    g_test_init(&argc, &argv, NULL);
    TEST("/stale-entries/commits", commits);
    TEST("/stale-entries/covered", covered);
    TEST("/stale-entries/read-only", read_only);
    TEST_WITH("/stale-entries/own-read-only", own_read_only, &own);
    TEST("/stale-entries/rom-devices", rom_devices);
    TEST("/stale-entries/resized", resized);
    TEST("/stale-entries/grown", grown);
    TEST("/stale-entries/many", many);
    TEST("/stale-entries/logged", logged);
    TEST("/stale-entries/counted", counted);
    TEST("/stale-entries/hooked", hooked);
    TEST("/stale-entries/region-ends", region_ends);
    TEST("/stale-entries/space-ends", space_ends);
    g_test_add_func("/stale-entries/context-ends", context_ends);
    TEST("/stale-entries/forked", forked);
    TEST("/stale-entries/thread-ends", thread_ends);
    return g_test_run();
}
