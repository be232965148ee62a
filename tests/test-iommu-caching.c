/* SPDX-License-Identifier: MIT
 *
 * Translations that threads keep (specification 15.3): everything that can make such a translation
 * wrong happens after a thread has made it, and the thread must not use it afterwards. The IOMMU
 * counts how often it is asked.
 *
 * Changes of tables under load are in test-iommu-tables.c, signal handlers in test-signals.c.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iommu-puppet.h"

enum { PAGE = 0x1000 };

#define SECURE ((MemTxAttrs){ .secure = 1 })

/* The first byte of a page of the board's RAM. */
#define BYTE_OF(page) board_byte((hwaddr)(page)*PAGE)

static Board keeping_board(Machine *m, const char *type)
{
    Board b = board_new(m, type);

    memory_region_iommu_set_caching(&b.u->parent_obj, true);
    return b;
}

/* The byte at the beginning of a page of the bus; -1 if it cannot be read. */
static int look(AddressSpace *bus, unsigned page)
{
    MemTxResult result;
    int byte = address_space_ldub(bus, BOARD_AT + (hwaddr)page * PAGE, ANY, &result);

    return result == MEMTX_OK ? byte : -1;
}

/* Checks how often the puppet has been asked since the last check. */
#define assert_asked(puppet, want)                                                                \
    do {                                                                                          \
        g_assert_cmpuint((puppet)->asked, ==, want);                                              \
        (puppet)->asked = 0;                                                                      \
    } while (0)

/* Sends all pages to an address that lies 'pages' further on, without a report. */
static void move(Puppet *u, unsigned pages)
{
    u->shift = (hwaddr)pages * PAGE;
}

/* ---- What is kept ------------------------------------------------------------------------ */

static void access_in_all_ways(const Board *b)
{
    hwaddr addr = BOARD_AT + 2 * PAGE, len = 0x100;
    uint8_t buf[0x100];
    MemoryRegionCache cache;

    g_assert_cmphex(address_space_ldq_le(b->bus, addr, ANY, NULL) & 0xff, ==, BYTE_OF(2));
    address_space_read(b->bus, addr, ANY, buf, sizeof(buf));
    g_assert_cmphex(buf[0], ==, BYTE_OF(2));
    address_space_write(b->bus, addr, ANY, buf, sizeof(buf));
    address_space_stb(b->bus, addr, BYTE_OF(2), ANY, NULL);
    address_space_set(b->bus, addr + 0x800, 0, 0x100, ANY);
    g_assert_true(address_space_access_valid(b->bus, addr, 0x100, true, ANY));
    const uint8_t *host = address_space_map(b->bus, addr, &len, false, ANY);
    g_assert_true(host == host_of(b->ram) + 2 * PAGE);
    address_space_unmap(b->bus, (void *)host, len, false, 0);
    memory_read_lock();
    g_assert_true(address_space_translate(b->bus, addr, &addr, &len, false, ANY) == b->ram);
    memory_read_unlock();
    addr = BOARD_AT + 2 * PAGE;
    address_space_cache_init(&cache, b->bus, addr, PAGE, true);
    g_assert_cmphex(address_space_ldub_cached(&cache, 0, ANY, NULL), ==, BYTE_OF(2));
    address_space_cache_destroy(&cache);
}

/* All ways to access use what is kept: one question for each direction. */
static void asks_once(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);

    (void)data;
    access_in_all_ways(&b);
    g_assert_cmpuint(b.u->asked, >=, 9);
    memory_region_iommu_set_caching(&b.u->parent_obj, true);
    b.u->asked = 0;
    for (unsigned i = 0; i < 3; i++) {
        access_in_all_ways(&b);
    }
    assert_asked(b.u, 2);
}

/* A translation answers for its page, its direction and its index. */
static void asks_for_each_question(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET_FULL);
    hwaddr addr = BOARD_AT + 3 * PAGE;

    (void)data;
    b.u->tells = true;
    for (unsigned i = 0; i < 3; i++) {
        address_space_ldub(b.bus, addr, ANY, NULL);
        address_space_ldub(b.bus, addr + PAGE - 1, ANY, NULL);
        address_space_stb(b.bus, addr, 1, ANY, NULL);
        address_space_ldub(b.bus, addr, SECURE, NULL);
        address_space_ldub(b.bus, addr + PAGE, ANY, NULL);
    }
    assert_trace(m, "u:ro3000/0 u:wo3000/0 u:ro3000/1 u:ro4000/0");
}

/* Compilers leave anything in the bits of a MemTxAttrs that belong to no attribute. */
static void only_attributes_count(Machine *m, gconstpointer data)
{
    typedef union Bits {
        MemTxAttrs attrs;
        uint32_t bits;
    } Bits;
    static const Bits all = { { 1, 1, 1, 0xffff, 1, 1, 1, 1, 1, 1 } };
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    for (unsigned bit = 0; bit < 32; bit++) {
        Bits one = { .bits = 1u << bit };

        address_space_ldub(b.bus, BOARD_AT, one.attrs, NULL);
        one.bits |= ~all.bits;
        address_space_ldub(b.bus, BOARD_AT, one.attrs, NULL);
    }
    g_assert_cmpuint((unsigned)__builtin_popcount(all.bits), ==, 25);
    assert_asked(b.u, 25 + 1); /* each attribute, and none */
}

static void pages_of_any_size(Machine *m, gconstpointer data)
{
    const hwaddr masks[] = { 0, 0xff, 0x3fff, 0xffff, 0x1fffff, 0x3fffffff, HWADDR_MAX };
    Board b = keeping_board(m, TYPE_PUPPET_FULL);

    (void)data;
    for (unsigned i = 0; i < G_N_ELEMENTS(masks); i++) {
        b.u->mask = masks[i];
        memory_region_iommu_forget(&b.u->parent_obj);
        for (unsigned n = 0; n < 3; n++) {
            for (unsigned page = 0; page < BOARD_SIZE / PAGE; page++) {
                g_assert_cmphex(look(b.bus, page), ==, BYTE_OF(page));
            }
        }
        g_assert_cmpuint(b.u->asked, <=, BOARD_SIZE / PAGE);
        b.u->asked = 0;
    }
}

/* A page of many places: each of the 2 MiB in it asks once. */
static void large_pages(Machine *m, gconstpointer data)
{
    MemoryRegion *root = box_new(m, "root", UINT64_MAX), *bus_root = box_new(m, "bus", UINT64_MAX);
    AddressSpace *system = space_new(m, root, "system"), *bus = space_new(m, bus_root, "bus");
    Puppet *u = puppet_new(m, TYPE_PUPPET, "u", UINT64_MAX, system);

    (void)data;
    memory_region_add_subregion(root, 0, ram_new(m, "ram", 0x8000000));
    memory_region_add_subregion(bus_root, 0, puppet_region(u));
    memory_region_iommu_set_caching(&u->parent_obj, true);
    u->mask = 0xffffffff;
    for (hwaddr addr = 0; addr < 0x8000000; addr += PAGE) {
        address_space_stl_le(bus, addr, (uint32_t)addr, ANY, NULL);
    }
    assert_asked(u, 0x8000000 / 0x200000);
    for (hwaddr addr = 0; addr < 0x8000000; addr += 7 * PAGE) {
        g_assert_cmphex(address_space_ldl_le(bus, addr, ANY, NULL), ==, addr);
    }
    assert_asked(u, 0x8000000 / 0x200000);
}

/* What is refused is not kept. So what begins to be granted needs no report. */
static void refusals_are_not_kept(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemTxResult result;

    (void)data;
    b.u->perm = IOMMU_NONE;
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    assert_asked(b.u, 2);
    b.u->perm = IOMMU_RO;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    address_space_stb(b.bus, BOARD_AT + PAGE, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    b.u->perm = IOMMU_RW;
    address_space_stb(b.bus, BOARD_AT + PAGE, 1, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    g_assert_cmpint(look(b.bus, 1), ==, 1);
    assert_asked(b.u, 3);
}

/* Defective entries are not kept either. */
static void defects_are_not_kept(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    b.u->to = NULL;
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    b.u->to = b.system;
    b.u->mask = 0xffe;
    g_assert_cmpint(look(b.bus, 1), ==, -1);
    b.u->mask = 0xfff;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    assert_asked(b.u, 3);
}

/* ---- What is forgotten ------------------------------------------------------------------- */

/* A second thread, which looks when it is told to. */
typedef struct Watcher {
    pthread_t thread;
    pthread_barrier_t barrier;
    AddressSpace *bus; /* NULL: the thread ends */
    int seen;
} Watcher;

static void *watch(void *opaque)
{
    Watcher *w = opaque;

    while (pthread_barrier_wait(&w->barrier), w->bus) {
        w->seen = look(w->bus, 1);
        pthread_barrier_wait(&w->barrier);
    }
    return NULL;
}

static void watcher_start(Watcher *w, AddressSpace *bus)
{
    w->bus = bus;
    pthread_barrier_init(&w->barrier, NULL, 2);
    pthread_create(&w->thread, NULL, watch, w);
}

static void watcher_end(Watcher *w)
{
    w->bus = NULL;
    pthread_barrier_wait(&w->barrier);
    pthread_join(w->thread, NULL);
    pthread_barrier_destroy(&w->barrier);
}

/* Both threads see the byte of this page. */
static void both_see(Watcher *w, unsigned page)
{
    g_assert_cmpint(look(w->bus, 1), ==, BYTE_OF(page));
    pthread_barrier_wait(&w->barrier);
    pthread_barrier_wait(&w->barrier);
    g_assert_cmpint(w->seen, ==, BYTE_OF(page));
}

static void report(Puppet *u, IOMMUNotifierFlag type, hwaddr iova)
{
    IOMMUTLBEvent event = { type, puppet_entry(u, iova) };

    if (type != IOMMU_NOTIFIER_MAP) {
        event.entry.perm = IOMMU_NONE;
    }
    memory_region_notify_iommu(&u->parent_obj, 0, event);
}

static void report_to_one(Puppet *u, IOMMUNotifier *n)
{
    IOMMUTLBEvent event = { IOMMU_NOTIFIER_MAP, puppet_entry(u, PAGE) };

    memory_region_notify_iommu_one(n, &event);
}

/* Each way to report makes all threads forget. */
static void reports(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Watcher w;
    Hearer h;

    (void)data;
    watcher_start(&w, b.bus);
    both_see(&w, 1);
    move(b.u, 1);
    both_see(&w, 1); /* no report, no change */
    memory_region_iommu_forget(&b.u->parent_obj);
    both_see(&w, 2);
    move(b.u, 2);
    report(b.u, IOMMU_NOTIFIER_UNMAP, PAGE);
    both_see(&w, 3);
    move(b.u, 3);
    report(b.u, IOMMU_NOTIFIER_MAP, PAGE);
    both_see(&w, 4);
    move(b.u, 4);
    report(b.u, IOMMU_NOTIFIER_DEVIOTLB_UNMAP, PAGE);
    both_see(&w, 5);
    hearer_init(&h, m, "h", IOMMU_NOTIFIER_IOTLB_EVENTS, 0, HWADDR_MAX, 0);
    memory_region_register_iommu_notifier(puppet_region(b.u), &h.n, NULL);
    move(b.u, 5);
    report_to_one(b.u, &h.n);
    both_see(&w, 6);
    memory_region_unregister_iommu_notifier(puppet_region(b.u), &h.n);
    assert_trace(m, "h:1000+fff=rw@6000");
    watcher_end(&w);
}

static void switched_off(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Watcher w;

    (void)data;
    watcher_start(&w, b.bus);
    both_see(&w, 1);
    memory_region_iommu_set_caching(&b.u->parent_obj, true); /* is on already */
    both_see(&w, 1);
    assert_asked(b.u, 2);
    memory_region_iommu_set_caching(&b.u->parent_obj, false);
    move(b.u, 1);
    both_see(&w, 2);
    move(b.u, 2);
    both_see(&w, 3);
    memory_region_iommu_forget(&b.u->parent_obj); /* does not switch it on */
    move(b.u, 3);
    both_see(&w, 4);
    memory_region_iommu_set_caching(&b.u->parent_obj, true);
    move(b.u, 4);
    both_see(&w, 5);
    watcher_end(&w);
}

/* A commit changes where the translation's address leads. No report is needed. */
static void map_changes(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemoryRegion *other = ram_new(m, "other", PAGE);
    MemTxResult result;
    Watcher w;

    (void)data;
    *host_of(other) = BYTE_OF(7);
    watcher_start(&w, b.bus);
    for (unsigned i = 0; i < 3; i++) {
        both_see(&w, 1);
        memory_region_add_subregion_overlap(b.root, PAGE, other, 1);
        both_see(&w, 7);
        address_space_stb(b.bus, BOARD_AT + PAGE, BYTE_OF(7), ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_OK);
        memory_region_set_readonly(other, true);
        address_space_stb(b.bus, BOARD_AT + PAGE, 0, ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
        both_see(&w, 7);
        memory_region_set_readonly(other, false);
        memory_region_del_subregion(b.root, other);
    }
    watcher_end(&w);
    assert_asked(b.u, 3); /* both threads for reading, one for writing */
}

/* The IOMMU's own range changes: the page is cut, hidden, moved. */
static void range_changes(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemoryRegion *cover = ram_new(m, "cover", 2);
    MemTxResult result;

    (void)data;
    memset(host_of(cover), 0xee, 2);
    g_assert_cmphex(address_space_lduw_le(b.bus, BOARD_AT, ANY, NULL), ==,
                    board_byte(0) | board_byte(1) << 8);
    memory_region_add_subregion_overlap(b.bus_root, BOARD_AT + 1, cover, 1);
    g_assert_cmphex(address_space_lduw_le(b.bus, BOARD_AT, ANY, NULL), ==,
                    board_byte(0) | 0xee << 8);
    memory_region_del_subregion(b.bus_root, cover);
    address_space_stb(b.bus, BOARD_AT, 0x11, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_OK);
    memory_region_set_readonly(b.bus_root, true);
    address_space_stb(b.bus, BOARD_AT, 0x22, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT, ANY, NULL), ==, 0x11);
    memory_region_set_readonly(b.bus_root, false);
    memory_region_set_address(puppet_region(b.u), BOARD_AT + PAGE);
    g_assert_cmphex(address_space_ldub(b.bus, BOARD_AT + PAGE, ANY, NULL), ==, 0x11);
    address_space_ldub(b.bus, BOARD_AT, ANY, &result);
    g_assert_cmphex(result, ==, MEMTX_DECODE_ERROR);
    assert_asked(b.u, 2);
}

/* The space to which translations lead is destroyed, and its memory freed. */
static void target_is_destroyed(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    AddressSpace *system = b.system;
    Watcher w;

    (void)data;
    b.u->to = g_new0(AddressSpace, 1);
    address_space_init(b.u->to, b.ram, "short-lived");
    watcher_start(&w, b.bus);
    both_see(&w, 1);
    AddressSpace *gone = b.u->to;
    b.u->to = system;
    move(b.u, 1);
    address_space_destroy(gone);
    memory_drain();
    g_free(gone);
    both_see(&w, 2);
    watcher_end(&w);
}

/* An IOMMU ends, and another one begins at the same address and place. */
static void iommu_is_replaced(Machine *m, gconstpointer data)
{
    Board b = board_new(m, TYPE_PUPPET);
    Puppet *u = g_new0(Puppet, 1);
    Watcher w;

    (void)data;
    memory_region_del_subregion(b.bus_root, puppet_region(b.u));
    watcher_start(&w, b.bus);
    for (unsigned i = 0; i < 4; i++) {
        memory_region_init_iommu(u, sizeof(*u), TYPE_PUPPET, NULL, "u", BOARD_SIZE);
        u->m = m, u->to = b.system, u->mask = 0xfff, u->perm = IOMMU_RW;
        move(u, i);
        memory_region_iommu_set_caching(&u->parent_obj, i < 3);
        memory_region_add_subregion(b.bus_root, BOARD_AT, puppet_region(u));
        both_see(&w, 1 + i);
        both_see(&w, 1 + i);
        memory_region_del_subregion(b.bus_root, puppet_region(u));
        g_assert_true(memory_region_wait_unused(puppet_region(u), NULL));
        memset(u, 0xff, sizeof(*u));
    }
    watcher_end(&w);
    g_free(u);
}

/* The same with a context: it ends while threads keep translations of its IOMMU. */
static void context_is_replaced(Machine *m, gconstpointer data)
{
    (void)m, (void)data;
    for (unsigned i = 0; i < 4; i++) {
        Machine other = { 0 };
        machine_setup(&other, NULL);
        Board b = keeping_board(&other, TYPE_PUPPET);
        move(b.u, i);
        g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1 + i));
        g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1 + i));
        assert_asked(b.u, 1);
        machine_teardown(&other, NULL);
    }
}

/* ---- Changes meanwhile ------------------------------------------------------------------- */

static IOMMUTLBEntry forgets(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry before = puppet_entry(s, addr);

    (void)flag, (void)index;
    move(s, 1);
    memory_region_iommu_forget(&s->parent_obj);
    return before;
}

/* A change that is reported while 'translate' runs: the answer is used once. */
static void report_in_translate(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    b.u->answer = forgets;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    b.u->answer = NULL;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(2));
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(2));
    assert_asked(b.u, 2);
}

/* The same with another thread, which reports. */
static void *report_now(void *opaque)
{
    Puppet *u = opaque;

    move(u, 1);
    report(u, IOMMU_NOTIFIER_UNMAP, PAGE);
    return NULL;
}

static IOMMUTLBEntry is_overtaken(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry before = puppet_entry(s, addr);
    pthread_t thread;

    (void)flag, (void)index;
    pthread_create(&thread, NULL, report_now, s);
    pthread_join(thread, NULL);
    return before;
}

static void report_beside_translate(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    b.u->answer = is_overtaken;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    b.u->answer = NULL;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(2));
    assert_asked(b.u, 2);
}

/* A transfer of several pages: a page that follows a report is translated anew. */
static IOMMUTLBEntry moves_the_next(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    if (addr >= 2 * PAGE && s->shift == 0) {
        move(s, 3);
        memory_region_iommu_forget(&s->parent_obj);
    }
    return e;
}

static void report_in_transfer(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    uint8_t buf[3 * PAGE];

    (void)data;
    g_assert_cmpint(look(b.bus, 3), ==, BYTE_OF(3));
    b.u->answer = moves_the_next;
    address_space_read(b.bus, BOARD_AT + PAGE, ANY, buf, sizeof(buf));
    g_assert_cmphex(buf[0], ==, BYTE_OF(1));
    g_assert_cmphex(buf[PAGE], ==, BYTE_OF(2));
    g_assert_cmphex(buf[2 * PAGE], ==, BYTE_OF(6));
}

static IOMMUTLBEntry ends_thread(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    (void)s, (void)addr, (void)flag, (void)index;
    pthread_exit(NULL);
}

static void *look_at_one(void *bus)
{
    look(bus, 1);
    return NULL;
}

/* A thread that ends in 'translate' leaves nothing behind. */
static void thread_ends(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    pthread_t thread;

    (void)data;
    b.u->answer = ends_thread;
    pthread_create(&thread, NULL, look_at_one, b.bus);
    pthread_join(thread, NULL);
    b.u->answer = NULL;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    memory_drain();
}

/* A child changes its own tables; the parent keeps its translations, and the other way round. */
static void forked(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    int status;

    (void)data;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    pid_t child = fork();
    if (child == 0) {
        bool right = look(b.bus, 1) == BYTE_OF(1) && b.u->asked == 1;
        move(b.u, 1);
        report(b.u, IOMMU_NOTIFIER_UNMAP, PAGE);
        _exit(right && look(b.bus, 1) == BYTE_OF(2) ? 0 : 1);
    }
    waitpid(child, &status, 0);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    assert_asked(b.u, 1);
}

/* ---- Several IOMMUs ---------------------------------------------------------------------- */

/* A second IOMMU in front of the board's: its pages lead to the board's bus. */
static AddressSpace *in_front(Machine *m, const Board *b, Puppet **outer)
{
    MemoryRegion *root = box_new(m, "front", 0x20000);
    AddressSpace *front = space_new(m, root, "front");

    *outer = puppet_new(m, TYPE_PUPPET, "outer", 0x10000, b->bus);
    memory_region_iommu_set_caching(&(*outer)->parent_obj, true);
    memory_region_add_subregion(root, 0, puppet_region(*outer));
    return front;
}

static void two_in_a_row(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Puppet *outer;
    AddressSpace *front = in_front(m, &b, &outer);

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(look(front, 1), ==, BYTE_OF(1));
    }
    assert_asked(outer, 1);
    assert_asked(b.u, 1);
    move(b.u, 1);
    memory_region_iommu_forget(&b.u->parent_obj);
    g_assert_cmpint(look(front, 1), ==, BYTE_OF(2));
    assert_asked(outer, 0);
    assert_asked(b.u, 1);
    move(outer, 1);
    memory_region_iommu_forget(&outer->parent_obj);
    g_assert_cmpint(look(front, 1), ==, BYTE_OF(3));
    g_assert_cmpint(look(front, 1), ==, BYTE_OF(3));
    assert_asked(outer, 1);
    assert_asked(b.u, 1);
    memory_region_iommu_set_caching(&outer->parent_obj, false);
    g_assert_cmpint(look(front, 1), ==, BYTE_OF(3));
    g_assert_cmpint(look(front, 1), ==, BYTE_OF(3));
    assert_asked(outer, 2);
    assert_asked(b.u, 0);
}

/* Translations that are kept go in a circle: that ends as without them. */
static void circle(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    uint64_t buf;

    (void)data;
    b.u->to = b.bus;
    b.u->shift = BOARD_AT;
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(look(b.bus, 1), ==, -1);
        g_assert_cmphex(address_space_read(b.bus, BOARD_AT + PAGE, ANY, &buf, 8), ==,
                        MEMTX_DECODE_ERROR);
        g_assert_cmphex(address_space_write(b.bus, BOARD_AT + PAGE, ANY, &buf, 8), ==,
                        MEMTX_DECODE_ERROR);
    }
}

/* Reads its table behind itself. */
static IOMMUTLBEntry needs_itself(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    AddressSpace *bus = s->opaque;
    MemTxResult result;

    (void)flag, (void)index;
    if (addr >= 2 * PAGE) {
        address_space_ldub(bus, BOARD_AT + PAGE, ANY, &result);
        return result == MEMTX_OK ? puppet_entry(s, addr) : (IOMMUTLBEntry){ 0 };
    }
    return puppet_entry(s, addr);
}

/* A translation that needs itself fails, whether or not the thread could help it out. */
static void tables_behind_itself(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    b.u->answer = needs_itself;
    b.u->opaque = b.bus;
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
    g_assert_cmpint(look(b.bus, 2), ==, -1);
    g_assert_cmpint(look(b.bus, 1), ==, BYTE_OF(1));
}

/* ---- What accesses do besides ------------------------------------------------------------ */

static void marks_dirty(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    uint8_t buf[8] = { 1 };

    (void)data;
    memory_region_set_log(b.ram, true, DIRTY_MEMORY_VGA);
    for (unsigned i = 0; i < 3; i++) {
        memory_region_reset_dirty(b.ram, 0, BOARD_SIZE, DIRTY_MEMORY_VGA);
        address_space_stl_le(b.bus, BOARD_AT + PAGE, 1, ANY, NULL);
        address_space_write(b.bus, BOARD_AT + 3 * PAGE, ANY, buf, sizeof(buf));
        for (unsigned page = 0; page < BOARD_SIZE / PAGE; page++) {
            g_assert_true(memory_region_get_dirty(b.ram, page * PAGE, PAGE, DIRTY_MEMORY_VGA) ==
                          (page == 1 || page == 3));
        }
    }
    assert_asked(b.u, 2);
}

/* Pages in reverse order. */
static IOMMUTLBEntry reversed(Puppet *s, hwaddr addr, IOMMUAccessFlags flag, int index)
{
    IOMMUTLBEntry e = puppet_entry(s, addr);

    (void)flag, (void)index;
    e.translated_addr = BOARD_SIZE - PAGE - (addr & ~(hwaddr)(PAGE - 1));
    return e;
}

static void write_and_read(const Board *b, hwaddr addr, uint16_t val)
{
    uint16_t back;

    address_space_stw_le(b->bus, addr, val, ANY, NULL);
    g_assert_cmphex(address_space_lduw_le(b->bus, addr, ANY, NULL), ==, val);
    val = GUINT16_TO_LE(val + 0x101);
    address_space_write(b->bus, addr, ANY, &val, 2);
    address_space_read(b->bus, addr, ANY, &back, 2);
    g_assert_cmphex(back, ==, val);
}

/* Accesses that begin in one page and end in another, or begin in one range behind the IOMMU and
 * end in another. */
static void seams(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    MemoryRegion *island = ram_new(m, "island", 2);
    const uint8_t *ram = host_of(b.ram);

    (void)data;
    b.u->answer = reversed;
    memory_region_add_subregion_overlap(b.root, 5 * PAGE + 0x801, island, 1);
    for (unsigned i = 0; i < 3; i++) {
        write_and_read(&b, BOARD_AT + 2 * PAGE - 1, 0x2211);
        g_assert_cmphex(ram[7 * PAGE - 1], ==, 0x12);
        g_assert_cmphex(ram[5 * PAGE], ==, 0x23);
        write_and_read(&b, BOARD_AT + 2 * PAGE + 0x800, 0x4433);
        g_assert_cmphex(ram[5 * PAGE + 0x800], ==, 0x34);
        g_assert_cmphex(host_of(island)[0], ==, 0x45);
        write_and_read(&b, BOARD_AT + 2 * PAGE + 0x802, 0x6655);
        g_assert_cmphex(host_of(island)[1], ==, 0x56);
        g_assert_cmphex(ram[5 * PAGE + 0x803], ==, 0x67);
    }
    assert_asked(b.u, 4);
}

/* Over the end of a page, into a device, with attributes for memory only. */
static void unusual_accesses(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);
    Probe *p = probe_new_plain(m, "d", PAGE);
    MemTxResult result;

    (void)data;
    memory_region_add_subregion_overlap(b.root, 4 * PAGE, &p->mr, 1);
    b.u->tells = false;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t over = address_space_ldl_le(b.bus, BOARD_AT + PAGE - 1, ANY, NULL);
        g_assert_cmphex(over & 0xffff, ==, board_byte(PAGE - 1) | board_byte(PAGE) << 8);
        address_space_ldl_le(b.bus, BOARD_AT + 4 * PAGE + 8, ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_OK);
        address_space_stl_le(b.bus, BOARD_AT + 4 * PAGE + 8, 0x55, ANY, &result);
        g_assert_cmphex(result, ==, MEMTX_OK);
        address_space_ldl_le(b.bus, BOARD_AT + 4 * PAGE + 8, (MemTxAttrs){ .memory = 1 }, &result);
        g_assert_cmphex(result, ==, MEMTX_ACCESS_ERROR);
        assert_trace(m, i == 0 ? "d:r8/4 d:w8/4=55" : "d:r8/4 d:w8/4=55");
    }
    assert_asked(b.u, 5);
}

/* The entry that a user gets is the one that was kept for this direction. */
static void iotlb_entries(Machine *m, gconstpointer data)
{
    Board b = keeping_board(m, TYPE_PUPPET);

    (void)data;
    for (unsigned i = 0; i < 3; i++) {
        memory_read_lock();
        IOMMUTLBEntry e =
            address_space_get_iotlb_entry(b.bus, BOARD_AT + 2 * PAGE + 5, i % 2, ANY);
        memory_read_unlock();
        g_assert_true(e.target_as == b.system);
        g_assert_cmphex(e.translated_addr, ==, 2 * PAGE);
        g_assert_cmphex(e.addr_mask, ==, 0xfff);
        g_assert_cmpint(e.perm, ==, IOMMU_RW);
    }
    assert_asked(b.u, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu-caching/15.3/asks-once", asks_once);
    TEST("/iommu-caching/15.3/asks-for-each-question", asks_for_each_question);
    TEST("/iommu-caching/15.3/only-attributes-count", only_attributes_count);
    TEST("/iommu-caching/15.3/pages-of-any-size", pages_of_any_size);
    TEST("/iommu-caching/15.3/large-pages", large_pages);
    TEST("/iommu-caching/15.3/refusals-are-not-kept", refusals_are_not_kept);
    TEST("/iommu-caching/10.4/defects-are-not-kept", defects_are_not_kept);
    TEST("/iommu-caching/15.3/reports", reports);
    TEST("/iommu-caching/15.3/switched-off", switched_off);
    TEST("/iommu-caching/15.3/map-changes", map_changes);
    TEST("/iommu-caching/15.3/range-changes", range_changes);
    TEST("/iommu-caching/15.3/target-is-destroyed", target_is_destroyed);
    TEST("/iommu-caching/15.3/iommu-is-replaced", iommu_is_replaced);
    TEST("/iommu-caching/15.3/context-is-replaced", context_is_replaced);
    TEST("/iommu-caching/15.3/report-in-translate", report_in_translate);
    TEST("/iommu-caching/15.3/report-beside-translate", report_beside_translate);
    TEST("/iommu-caching/15.3/report-in-transfer", report_in_transfer);
    TEST("/iommu-caching/threads/thread-ends", thread_ends);
    TEST("/iommu-caching/threads/forked", forked);
    TEST("/iommu-caching/10.4/two-in-a-row", two_in_a_row);
    TEST("/iommu-caching/10.4/circle", circle);
    TEST("/iommu-caching/10.4/tables-behind-itself", tables_behind_itself);
    TEST("/iommu-caching/17.2/marks-dirty", marks_dirty);
    TEST("/iommu-caching/R5/seams", seams);
    TEST("/iommu-caching/10.4/unusual-accesses", unusual_accesses);
    TEST("/iommu-caching/10.3/iotlb-entries", iotlb_entries);
    return g_test_run();
}
