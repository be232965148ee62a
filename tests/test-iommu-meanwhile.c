/* SPDX-License-Identifier: MIT
 *
 * Translations that threads keep (specification 15.3): the IOMMU reports a change, the thread ends,
 * or the process forks while the IOMMU is asked. And several IOMMUs are in a row or in a circle.
 *
 * Changes of tables under load are in test-iommu-tables.c, signal handlers in test-signals.c.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iommu-keeping.h"

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/iommu-meanwhile/15.3/report-in-translate", report_in_translate);
    TEST("/iommu-meanwhile/15.3/report-beside-translate", report_beside_translate);
    TEST("/iommu-meanwhile/15.3/report-in-transfer", report_in_transfer);
    TEST("/iommu-meanwhile/threads/thread-ends", thread_ends);
    TEST("/iommu-meanwhile/threads/forked", forked);
    TEST("/iommu-meanwhile/10.4/two-in-a-row", two_in_a_row);
    TEST("/iommu-meanwhile/10.4/circle", circle);
    TEST("/iommu-meanwhile/10.4/tables-behind-itself", tables_behind_itself);
    return g_test_run();
}
