/* SPDX-License-Identifier: MIT
 *
 * Accesses to memory in a signal handler that interrupts an access of the same thread. The
 * processor traps after every instruction (x86's trap flag), so the handler runs between any two
 * instructions of the stepped code. Each time it accesses all the memory that there is.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>

#include "support.h"

enum { NARROW = 80, WIDE = 6, PAGE = 0x1000, WIDE_SIZE = 0x8000000 };
static const hwaddr wide_base = 0x10000000, device_base = 0x80000000;
static const hwaddr iommu_base = 0x100000000, iommu_size = 0x80000000;

#define NO_ATTRS MEMTXATTRS_UNSPECIFIED

static AddressSpace *space;
static int depth, deepest; /* of nested handlers */
static unsigned long steps, wrong;
static unsigned long skipped;   /* handlers do nothing in so many of the first steps */
static unsigned long behind_at; /* only at this step, and behind the IOMMU; 0: at each step */
static unsigned behind_first;   /* which of two pages behind the IOMMU a handler accesses first */
static AddressSpace *elsewhere; /* an empty space that handlers look into; NULL: the memory */

/* ---- The memory ------------------------------------------------------------------------- */

static hwaddr place(unsigned i)
{
    return i < NARROW ? i * 2 * PAGE : wide_base + (hwaddr)(i - NARROW) * 2 * WIDE_SIZE;
}

/* The memory's content at an address, computed from the address. */
static uint32_t content(hwaddr addr)
{
    return (uint32_t)addr ^ 0x5a5a5a5a;
}

static uint64_t device_read(void *opaque, hwaddr addr, unsigned size)
{
    MemTxResult result;

    (void)opaque, (void)size;
    return address_space_ldl_le(space, place((unsigned)addr / 4), NO_ATTRS, &result) + result;
}

static const MemoryRegionOps device_ops = { .read = device_read };

static unsigned twist;

/* Where the IOMMU leads from place(i). */
static hwaddr place_behind(unsigned i)
{
    return place((i + twist) % (NARROW + WIDE));
}

static unsigned index_of(hwaddr addr)
{
    return (unsigned)(addr < wide_base ? addr / (2 * PAGE)
                                       : NARROW + (addr - wide_base) / (2 * WIDE_SIZE));
}

/* Reads memory, as from a table there. */
static IOMMUTLBEntry iommu_translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                                     int index)
{
    (void)iommu, (void)flag, (void)index;
    wrong += address_space_ldl_le(space, place(7), NO_ATTRS, NULL) != content(place(7));
    return (IOMMUTLBEntry){ .target_as = space,
                            .translated_addr = place_behind(index_of(addr)),
                            .addr_mask = PAGE - 1,
                            .perm = IOMMU_RW };
}

static void iommu_class_init(ObjectClass *class, void *data)
{
    (void)data;
    IOMMU_MEMORY_REGION_CLASS(class)->translate = iommu_translate;
}

static const TypeInfo iommu_type = { .name = "test-signals-iommu",
                                     .parent = TYPE_IOMMU_MEMORY_REGION,
                                     .instance_size = sizeof(IOMMUMemoryRegion),
                                     .class_init = iommu_class_init };

static IOMMUMemoryRegion iommu;

static void fill(Machine *m)
{
    static MemoryRegion device;

    space = memory_context_memory(m->ctx);
    memory_region_transaction_begin();
    for (unsigned i = 0; i < NARROW + WIDE; i++) {
        g_autofree char *name = g_strdup_printf("ram%u", i);
        MemoryRegion *mr = ram_new(m, name, i < NARROW ? PAGE : WIDE_SIZE);
        memory_region_add_subregion(get_system_memory(), place(i), mr);
    }
    memory_region_transaction_commit();
    for (unsigned i = 0; i < NARROW + WIDE; i++) {
        address_space_stl_le(space, place(i), content(place(i)), NO_ATTRS, NULL);
    }
    memory_region_init_io(&device, NULL, &device_ops, NULL, "device", PAGE);
    memory_region_add_subregion(get_system_memory(), device_base, &device);
    memory_region_init_iommu(&iommu, sizeof(iommu), iommu_type.name, NULL, "iommu", iommu_size);
    memory_region_iommu_set_caching(&iommu, true);
    memory_region_add_subregion(get_system_memory(), iommu_base, MEMORY_REGION(&iommu));
}

static void end(void)
{
    MemoryRegion *device = memory_region_find(get_system_memory(), device_base, 1).mr;

    memory_region_unref(device);
    memory_region_del_subregion(get_system_memory(), device);
    memory_region_del_subregion(get_system_memory(), MEMORY_REGION(&iommu));
    memory_drain();
    object_unparent(OBJECT(&iommu));
    object_unparent(OBJECT(device));
}

/* ---- Steps ------------------------------------------------------------------------------ */

#ifdef __x86_64__
#define CAN_STEP true
/* The first instruction skips the 128 bytes below the stack pointer, which may be in use. */
/* clang-format off */
static void step_begin(void)
{
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\t"
                     "lea 128(%%rsp), %%rsp" : : : "memory", "cc");
}

static void step_end(void)
{
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\t"
                     "lea 128(%%rsp), %%rsp" : : : "memory", "cc");
}
/* clang-format on */
#else
#define CAN_STEP false
static void step_begin(void)
{
}

static void step_end(void)
{
}
#endif

static void check(unsigned i)
{
    MemTxResult result = MEMTX_ERROR;

    wrong += address_space_ldl_le(space, place(i), NO_ATTRS, &result) != content(place(i));
    wrong += result != MEMTX_OK;
}

static void check_all(void)
{
    for (unsigned i = 0; i < NARROW + WIDE; i++) {
        check(i);
    }
}

/* While the interrupted access is in 'translate', an access of the handler may need the same
 * translation. Then it fails. */
static void check_behind(unsigned i)
{
    MemTxResult result = MEMTX_ERROR;
    uint32_t value = address_space_ldl_le(space, iommu_base + place(i), NO_ATTRS, &result);

    wrong += result == MEMTX_OK ? value != content(place_behind(i)) : result != MEMTX_DECODE_ERROR;
}

/* What the thread knows of an empty space takes all places for large ranges. */
static void look_elsewhere(void)
{
    for (hwaddr gib = 0; gib < 64; gib++) {
        wrong += !address_space_is_io(elsewhere, gib << 30);
    }
}

static void check_in_handler(void)
{
    if (elsewhere) {
        look_elsewhere();
    } else if (!behind_at) {
        check_all();
    } else if (steps == behind_at) {
        check_behind(behind_first);
        check_behind(!behind_first);
    }
}

/* A handler that interrupts no other handler accesses everything, so that every lookaside entry of
 * the interrupted access is replaced. With two levels the outer handler itself is stepped. */
static void handle_step(int signal)
{
    (void)signal;
    if (steps++ < skipped) {
        return;
    }
    if (++depth < deepest) {
        step_begin();
        check(NARROW);
        step_end();
    } else if (deepest > 1) {
        check(NARROW + 1);
    } else {
        check_in_handler();
    }
    depth--;
}

static void begin(int handlers)
{
    struct sigaction action = { .sa_handler = handle_step, .sa_flags = SA_NODEFER };

    deepest = handlers;
    steps = wrong = skipped = 0;
    sigaction(SIGTRAP, &action, NULL);
}

static void assert_right(void)
{
    signal(SIGTRAP, SIG_DFL);
    g_assert_cmpuint(steps, >, 0);
    g_assert_cmpuint(wrong, ==, 0);
}

/* ---- Stepped code ----------------------------------------------------------------------- */

static uint32_t stepped_load(hwaddr addr)
{
    MemTxResult result = MEMTX_ERROR;
    uint32_t value;

    step_begin();
    value = address_space_ldl_le(space, addr, NO_ATTRS, &result);
    step_end();
    g_assert_cmpint(result, ==, MEMTX_OK);
    return value;
}

static const unsigned probed[] = { 0, 1, 2, 17, 40, NARROW - 1, NARROW, NARROW + WIDE - 1 };

/* Ranges that are found at once, found in the table, and not found. */
static void loads(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(probed); i++) {
        hwaddr addr = place(probed[i]);
        check(probed[i]);
        g_assert_cmphex(stepped_load(addr), ==, content(addr));
        check(probed[(i + 1) % G_N_ELEMENTS(probed)]);
        g_assert_cmphex(stepped_load(addr), ==, content(addr));
        check_all();
        g_assert_cmphex(stepped_load(addr), ==, content(addr));
    }
}

static void move(MemoryRegion *mr, hwaddr to)
{
    const uint32_t value = GUINT32_TO_LE(content(to));

    memory_region_set_address(mr, to);
    memcpy(memory_region_get_ram_ptr(mr), &value, sizeof(value));
}

/* Two regions change places. What lies far away from both stays as it is. */
static void swap(unsigned i, unsigned j)
{
    MemoryRegion *a = memory_region_find(get_system_memory(), place(i), 1).mr;
    MemoryRegion *b = memory_region_find(get_system_memory(), place(j), 1).mr;

    memory_region_transaction_begin();
    move(a, place(j));
    move(b, place(i));
    memory_region_transaction_commit();
    memory_region_unref(a);
    memory_region_unref(b);
}

/* Some cases go through a load again for each place where a handler may come in. A sanitizer makes
 * a load several times as long, and then they leave places out: MOST is how many they look at. */
#ifdef PHYSMEM_SANITIZE
enum { MOST = 80 };
#else
enum { MOST = 300 };
#endif

enum { STRIDE = 11 }; /* a spot is invalid for longer than so many steps while it is written */

/* The thread knows all ranges from an earlier view. Handlers begin to look at them when the
 * interrupted load has got to any point. */
static void loads_after_changes(unsigned i, unsigned changed, unsigned sister)
{
    for (skipped = 0; !skipped || steps > skipped; skipped += MAX(STRIDE, steps / MOST)) {
        check_all();
        swap(changed, sister);
        steps = 0;
        g_assert_cmphex(stepped_load(place(i)), ==, content(place(i)));
    }
}

static void loads_after_commits(void)
{
    loads_after_changes(0, 0, NARROW / 2);
    loads_after_changes(0, NARROW + 1, NARROW + 2);
    loads_after_changes(NARROW, NARROW, NARROW + 1);
}

static void stores(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(probed); i++) {
        hwaddr addr = place(probed[i]);
        check_all();
        step_begin();
        address_space_stl_le(space, addr + 8, content(addr), NO_ATTRS, NULL);
        step_end();
        g_assert_cmphex(address_space_ldl_le(space, addr + 8, NO_ATTRS, NULL), ==, content(addr));
    }
}

static void transfers(void)
{
    static uint8_t buf[3 * PAGE];
    const hwaddr from = wide_base - 2 * PAGE;
    uint32_t value;

    step_begin();
    address_space_rw(space, from, NO_ATTRS, buf, 3 * PAGE, false);
    step_end();
    memcpy(&value, buf + 2 * PAGE, 4);
    g_assert_cmphex(value, ==, content(wide_base));
}

static void caches(void)
{
    MemoryRegionCache cache;
    int64_t length;

    step_begin();
    length = address_space_cache_init(&cache, space, place(3), PAGE, true);
    step_end();
    g_assert_cmpint(length, ==, PAGE);
    g_assert_cmphex(address_space_ldl_le_cached(&cache, 0, NO_ATTRS, NULL), ==, content(place(3)));
    address_space_cache_destroy(&cache);
}

/* A device whose callback accesses memory, in a read section of the program. */
static void devices(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(probed); i++) {
        memory_read_lock();
        g_assert_cmphex(stepped_load(device_base + 4 * probed[i]), ==, content(place(probed[i])));
        memory_read_unlock();
    }
}

static void stepped_translation(unsigned i)
{
    hwaddr xlat, len = HWADDR_MAX, size = i < NARROW ? PAGE : WIDE_SIZE;
    MemoryRegion *mr;

    memory_read_lock();
    step_begin();
    mr = flatview_translate(address_space_to_flatview(space), place(i) + 4, &xlat, &len, false,
                            NO_ATTRS);
    step_end();
    memory_read_unlock();
    g_assert_cmphex(xlat, ==, 4);
    g_assert_cmphex(len, ==, size - 4);
    g_assert_cmphex(memory_region_size(mr), ==, size);
}

static void translations(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(probed); i++) {
        stepped_translation(probed[i]);
    }
}

/* The thread knows the place. From some step on, handlers make it know other places instead. */
static void translations_replaced(void)
{
    MemoryRegion root;
    AddressSpace empty;

    memory_region_init(&root, NULL, "empty", UINT64_MAX);
    address_space_init(&empty, &root, "empty");
    for (skipped = 0; !skipped || steps > skipped; skipped += 1 + steps / MOST) {
        check(NARROW);
        elsewhere = &empty;
        steps = 0;
        stepped_translation(NARROW);
        elsewhere = NULL;
    }
    address_space_destroy(&empty);
    memory_drain();
    object_unparent(OBJECT(&root));
}

/* In every other round a translation is asked for, and kept in place of an older one. In the others
 * it is found. At one step of the access the handler accesses two pages, too; one may be the same.
 * That is a later step in each round, up to the last one. */
static void iommus(void)
{
    unsigned long last = 0;

    for (unsigned long round = 0; round <= last; round += 2 * (last / 2 / MOST | 1)) {
        const unsigned i = (unsigned)(round / 4 % 2);
        twist++;
        memory_region_iommu_forget(&iommu);
        if (round / 2 % 2 == 1) {
            check_behind(i);
        }
        const unsigned long begun = steps;
        behind_at = begun + round + 1;
        behind_first = i;
        g_assert_cmphex(stepped_load(iommu_base + place(i)), ==, content(place_behind(i)));
        last = MAX(last, steps - begun);
    }
    behind_at = 0;
}

typedef struct Case {
    const char *path;
    void (*what)(void);
} Case;

static void start(Machine *m, gconstpointer opaque)
{
    (void)opaque;
    machine_setup(m, NULL);
}

static void stepped(Machine *m, gconstpointer opaque)
{
    const Case *c = opaque;

    if (!CAN_STEP) {
        g_test_skip("this processor cannot be told to trap after each instruction");
        return;
    }
    fill(m);
    begin(1);
    c->what();
    assert_right();
    end();
}

/* A handler interrupts another handler. */
static void nested(Machine *m, gconstpointer data)
{
    (void)data;
    if (!CAN_STEP) {
        g_test_skip("this processor cannot be told to trap after each instruction");
        return;
    }
    fill(m);
    begin(2);
    check_all();
    g_assert_cmphex(stepped_load(place(5)), ==, content(place(5)));
    assert_right();
    end();
}

static gpointer load_first(gpointer unused)
{
    (void)unused;
    memory_read_lock(); /* liburcu blocks all signals while it registers a thread */
    memory_read_unlock();
    return GUINT_TO_POINTER(stepped_load(place(5)));
}

/* The first access of a thread, either its own or its handler's. */
static void first_of_a_thread(void)
{
    uint32_t value = GPOINTER_TO_UINT(g_thread_join(g_thread_new("t", load_first, NULL)));

    g_assert_cmphex(value, ==, content(place(5)));
}

int main(int argc, char **argv)
{
    static const Case cases[] = {
        { "/signals/loads", loads },
        { "/signals/loads-after-commits", loads_after_commits },
        { "/signals/stores", stores },
        { "/signals/transfers", transfers },
        { "/signals/caches", caches },
        { "/signals/devices", devices },
        { "/signals/translations", translations },
        { "/signals/translations-replaced", translations_replaced },
        { "/signals/iommus", iommus },
        { "/signals/first-of-a-thread", first_of_a_thread },
    };

    g_test_init(&argc, &argv, NULL);
    type_register_static(&iommu_type);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_add(cases[i].path, Machine, &cases[i], start, stepped, machine_teardown);
    }
    TEST("/signals/nested", nested);
    return g_test_run();
}
