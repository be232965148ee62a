/* SPDX-License-Identifier: MIT
 *
 * Which block has a host address (12, 18): many blocks come and go in any order of addresses, in
 * two machines that use the same memory, while pointers into them are out. A model says which block
 * each page belongs to. If an unmap took another block than the map did, the assertion of
 * address_space_unmap() would fail, or memory_region_wait_unused() would not return.
 */
#include <physmem/error.h>

#include "support.h"

enum { PAGE = 0x1000, PAGES = 256, PIECES = 32, STEPS = 600, THREADS = 3, ROUNDS = 200 };

typedef struct Piece {
    MemoryRegion *mr; /* NULL: there is none */
    unsigned first, pages, born;
    uint8_t *open; /* a pointer that is out, or NULL */
    bool is_write;
} Piece;

typedef struct Part {
    Machine *m;
    uint8_t *memory;
    MemoryRegion *root;
    AddressSpace *as;
    Piece piece[PIECES];
    bool may_share;
} Part;

static Part part_new(Machine *m, uint8_t *memory, bool may_share)
{
    Part p = { .m = m, .memory = memory, .may_share = may_share };

    memory_context_set_current(m->ctx);
    p.root = box_new(m, "root", PIECES * 0x100000);
    p.as = space_new(m, p.root, "as");
    return p;
}

static void piece_open(Part *p, unsigned i, unsigned page, bool is_write)
{
    Piece *piece = &p->piece[i];
    hwaddr len = PAGE;

    piece->open = address_space_map(p->as, i * 0x100000 + page * PAGE, &len, is_write,
                                    MEMTXATTRS_UNSPECIFIED);
    piece->is_write = is_write;
    g_assert_true(piece->open == p->memory + (piece->first + page) * PAGE);
}

static void piece_close(Part *p, unsigned i)
{
    Piece *piece = &p->piece[i];

    if (piece->open) {
        address_space_unmap(p->as, piece->open, PAGE, piece->is_write, PAGE);
        piece->open = NULL;
    }
}

static void piece_make(Part *p, unsigned i, unsigned first, unsigned pages)
{
    static unsigned born;
    Piece *piece = &p->piece[i];

    *piece = (Piece){ g_new0(MemoryRegion, 1), first, pages, born++, NULL, false };
    memory_region_init_ram_ptr(piece->mr, NULL, "piece", pages * PAGE, p->memory + first * PAGE);
    memory_region_add_subregion(p->root, i * 0x100000, piece->mr);
}

static void piece_end(Part *p, unsigned i)
{
    Piece *piece = &p->piece[i];

    piece_close(p, i);
    memory_region_del_subregion(p->root, piece->mr);
    g_assert_true(memory_region_wait_unused(piece->mr, &error_abort));
    g_free(piece->mr);
    piece->mr = NULL;
}

static void end_all(Part *p)
{
    memory_context_set_current(p->m->ctx);
    for (unsigned i = 0; i < PIECES; i++) {
        if (p->piece[i].mr) {
            piece_end(p, i);
        }
    }
}

/* ---- The model -------------------------------------------------------------------------- */

/* Returns the longest piece with a page, and of several the oldest. */
static const Piece *owner_of(const Part *p, unsigned page)
{
    const Piece *best = NULL;

    for (const Piece *q = p->piece; q < p->piece + PIECES; q++) {
        bool has = q->mr && page - q->first < q->pages;
        if (has && (!best || q->pages > best->pages ||
                    (q->pages == best->pages && q->born < best->born))) {
            best = q;
        }
    }
    return best;
}

static void check(const Part *p)
{
    for (unsigned page = 0; page < PAGES; page++) {
        const Piece *q = owner_of(p, page);
        ram_addr_t offset = 0;
        MemoryRegion *mr = memory_region_from_host(p->memory + page * PAGE + 7, &offset);
        g_assert_true(mr == (q ? q->mr : NULL));
        g_assert_true(!q || offset == (page - q->first) * PAGE + 7);
    }
}

static bool is_free(const Part *p, unsigned first, unsigned pages)
{
    for (unsigned page = first; page < first + pages; page++) {
        if (owner_of(p, page)) {
            return false;
        }
    }
    return true;
}

/* ---- Tests ------------------------------------------------------------------------------ */

/* One pointer that two maps of one space have given out says of neither which block it means. */
static bool is_open(const Part *p, const uint8_t *host)
{
    for (unsigned i = 0; i < PIECES; i++) {
        if (p->piece[i].mr && p->piece[i].open == host) {
            return true;
        }
    }
    return false;
}

static void step(Part *p)
{
    unsigned i = g_test_rand_int_range(0, PIECES);
    unsigned pages = g_test_rand_int_range(1, 9);
    unsigned first = g_test_rand_int_range(0, PAGES - pages + 1);
    Piece *piece = &p->piece[i];

    memory_context_set_current(p->m->ctx);
    if (!piece->mr) {
        if (p->may_share || is_free(p, first, pages)) {
            piece_make(p, i, first, pages);
            check(p);
        }
    } else if (g_test_rand_int_range(0, 4)) {
        piece_close(p, i);
        unsigned page = g_test_rand_int_range(0, piece->pages);
        if (!is_open(p, p->memory + (piece->first + page) * PAGE)) {
            piece_open(p, i, page, g_test_rand_bit());
        }
    } else {
        piece_end(p, i);
        check(p);
    }
}

static void come_and_go(Machine *m, bool may_share)
{
    g_autofree uint8_t *memory = g_malloc0(PAGES * PAGE);
    Machine other;

    machine_setup(&other, NULL);
    Part part[2] = { part_new(m, memory, may_share), part_new(&other, memory, may_share) };
    for (unsigned i = 0; i < STEPS; i++) {
        step(&part[g_test_rand_bit()]);
    }
    end_all(&part[0]);
    end_all(&part[1]);
    machine_teardown(&other, NULL);
}

static void alone(Machine *m, gconstpointer data)
{
    (void)data;
    come_and_go(m, false);
}

static void shared(Machine *m, gconstpointer data)
{
    (void)data;
    come_and_go(m, true);
}

/* A thread has just used a block at the address when another block takes its place: in another
 * order of addresses, and in another machine. */
static void reused(Machine *m, gconstpointer data)
{
    g_autofree uint8_t *memory = g_malloc0(PAGES * PAGE);
    Machine other;

    (void)data;
    machine_setup(&other, NULL);
    Part part[2] = { part_new(&other, memory, false), part_new(m, memory, false) };
    for (unsigned i = 0; i < 20; i++) {
        Part *p = &part[i / 2 % 2];
        unsigned shift = i % 3;
        memory_context_set_current(p->m->ctx);
        piece_make(p, 0, 100, 50); /* the longest */
        piece_make(p, 1, 20 + shift, 8 - shift);
        for (unsigned k = 0; k < 4; k++) {
            piece_open(p, 1, 4 - shift, k % 2);
            piece_close(p, 1);
        }
        check(p);
        end_all(p);
        g_assert_null(memory_region_from_host(memory + 24 * PAGE, NULL));
    }
    machine_teardown(&other, NULL);
}

/* ---- Threads ---------------------------------------------------------------------------- */

typedef struct Reader {
    Part *p;
    unsigned first; /* of the pieces that only this thread maps */
    gint *stop;
} Reader;

enum { OWN = 4 };

static gpointer read_pieces(gpointer data)
{
    Reader *r = data;

    for (unsigned i = 0; !g_atomic_int_get(r->stop); i++) {
        unsigned k = r->first + i % OWN;
        piece_close(r->p, k);
        piece_open(r->p, k, i % r->p->piece[k].pages, i % 3 == 0);
    }
    return NULL;
}

/* Blocks come and go before, between and behind those that other threads map. */
static void beside_threads(Machine *m, gconstpointer data)
{
    g_autofree uint8_t *memory = g_malloc0(PAGES * PAGE);
    Part p = part_new(m, memory, false);
    GThread *thread[THREADS];
    Reader reader[THREADS];
    gint stop = 0;

    (void)data;
    for (unsigned i = 0; i < THREADS * OWN; i++) {
        piece_make(&p, i, 8 + 16 * i, 1 + i % 4);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        reader[i] = (Reader){ &p, i * OWN, &stop };
        thread[i] = g_thread_new("reader", read_pieces, &reader[i]);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        unsigned k = g_test_rand_int_range(THREADS * OWN, PIECES);
        if (p.piece[k].mr) {
            piece_end(&p, k);
        } else {
            piece_make(&p, k, (k - THREADS * OWN) * 12 / 16 * 16, 8 - k % 8);
        }
    }
    g_atomic_int_set(&stop, 1);
    for (unsigned i = 0; i < THREADS; i++) {
        g_thread_join(thread[i]);
    }
    end_all(&p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("/host-list/12/alone", alone);
    TEST("/host-list/12/shared", shared);
    TEST("/host-list/12/reused", reused);
    TEST("/host-list/12/beside-threads", beside_threads);
    return g_test_run();
}
