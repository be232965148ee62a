/* SPDX-License-Identifier: MIT
 *
 * Inside the library: the range tree, compared with a sorted array. Random insertions and
 * removals, old versions that are kept and checked again, and seeks at and beside every bound.
 */
#include <glib.h>
#include <string.h>

#include "view/range-tree.h"

enum { SLOTS = 600, WIDTH = 16, VERSIONS = 5 };

/* Range i, if it exists, is inside [i * WIDTH, (i + 1) * WIDTH). */
typedef struct Model {
    RangeTree tree;
    bool present[SLOTS];
    Range range[SLOTS];
} Model;

static MemoryRegion nobody; /* has no owner, so it is never counted */

static Range random_range(GRand *rand, unsigned slot)
{
    hwaddr first = (hwaddr)slot * WIDTH + (hwaddr)g_rand_int_range(rand, 0, WIDTH);
    hwaddr end = (hwaddr)(slot + 1) * WIDTH;
    Range range = { .start = first, .mr = &nobody };

    range.last = first + (hwaddr)g_rand_int_range(rand, 0, (gint32)(end - first));
    range.offset = g_rand_int(rand);
    range.readonly = g_rand_boolean(rand);
    return range;
}

static void change(Model *m, GRand *rand)
{
    unsigned slot = (unsigned)g_rand_int_range(rand, 0, SLOTS);
    if (m->present[slot]) {
        range_tree_remove(&m->tree, m->range[slot].last);
    } else {
        m->range[slot] = random_range(rand, slot);
        range_tree_insert(&m->tree, &m->range[slot]);
    }
    m->present[slot] = !m->present[slot];
}

static const Range *model_seek(const Model *m, hwaddr addr)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        if (m->present[i] && m->range[i].last >= addr) {
            return &m->range[i];
        }
    }
    return NULL;
}

static void check_seek(const Model *m, hwaddr addr)
{
    const Range *want = model_seek(m, addr), *got = range_tree_find(&m->tree, addr);
    RangeCursor cursor;
    g_assert_true(!want == !got);
    g_assert_true(range_tree_seek(&m->tree, addr, &cursor) == got);
    if (want) {
        g_assert_true(range_same(want, got));
    }
}

static void check(const Model *m)
{
    RangeCursor cursor;
    const Range *r = range_tree_seek(&m->tree, 0, &cursor);
    size_t count = 0;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (m->present[i]) {
            g_assert_nonnull(r);
            g_assert_true(range_same(r, &m->range[i]));
            check_seek(m, r->start);
            check_seek(m, r->last);
            check_seek(m, r->last + 1);
            r = range_cursor_next(&cursor);
            count++;
        }
    }
    g_assert_null(r);
    g_assert_null(range_cursor_next(&cursor));
    g_assert_cmpuint(m->tree.ranges, ==, count);
    check_seek(m, HWADDR_MAX);
}

static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(20);
    Model *m = g_new0(Model, VERSIONS);
    for (unsigned round = 0; round < 400; round++) {
        unsigned from = (unsigned)g_rand_int_range(rand, 0, VERSIONS);
        unsigned to = (unsigned)g_rand_int_range(rand, 0, VERSIONS);
        if (from != to) {
            range_tree_clear(&m[to].tree);
            m[to] = m[from];
            m[to].tree = range_tree_share(&m[from].tree);
        }
        for (unsigned n = (unsigned)g_rand_int_range(rand, 1, 80); n; n--) {
            change(&m[to], rand);
        }
        for (unsigned v = 0; round % 10 == 0 && v < VERSIONS; v++) {
            check(&m[v]);
        }
    }
    for (unsigned v = 0; v < VERSIONS; v++) {
        check(&m[v]);
        range_tree_clear(&m[v].tree);
    }
    g_free(m);
    g_rand_free(rand);
}

/* A new version shares all nodes with the old one, except those on the way to the change. */
static void test_sharing(void)
{
    RangeTree tree = { 0 };
    for (hwaddr i = 0; i < 5000; i++) {
        Range r = { .start = i * 2, .last = i * 2, .mr = &nobody };
        range_tree_insert(&tree, &r);
    }
    g_assert_cmpuint(tree.height, >=, 2);
    RangeTree next = range_tree_share(&tree);
    range_tree_remove(&next, 0);
    g_assert_true(next.root != tree.root);
    g_assert_true(next.root->child[0] != tree.root->child[0]);
    for (unsigned i = 1; i < next.root->count; i++) {
        g_assert_true(next.root->child[i] == tree.root->child[i]);
    }
    g_assert_cmpuint(range_tree_find(&tree, 0)->start, ==, 0);
    g_assert_cmpuint(range_tree_find(&next, 0)->start, ==, 2);
    range_tree_clear(&next);
    range_tree_clear(&tree);
}

/* ---- Counts ----------------------------------------------------------------------------- */

enum { PLACES = 3000, RING = 6, ROUNDS = 300 };

/* Adds what an inner node, and the nodes below it, have of the counts of their children. 'sum' has
 * the sum so far for each node. A node that several versions have counts once. */
static void add_shares(GHashTable *sum, const RangeNode *node, unsigned height, uint64_t share)
{
    uint64_t *of_node = g_hash_table_lookup(sum, node);

    if (of_node) {
        *of_node += share;
        return;
    }
    g_hash_table_insert(sum, (gpointer)node, g_memdup2(&share, sizeof(share)));
    for (unsigned i = 0; height && i < node->count; i++) {
        add_shares(sum, node->child[i], height - 1, node->share);
    }
}

/* The count of each node is what the trees and the nodes above it have of it. */
static void check_counts(const RangeTree *tree, unsigned trees)
{
    GHashTable *sum = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    GHashTableIter iter;
    gpointer node, value;

    for (unsigned i = 0; i < trees; i++) {
        if (tree[i].root) {
            add_shares(sum, tree[i].root, tree[i].height, 1);
        }
    }
    g_hash_table_iter_init(&iter, sum);
    while (g_hash_table_iter_next(&iter, &node, &value)) {
        g_assert_cmpuint(((RangeNode *)node)->ref, ==, *(uint64_t *)value);
    }
    g_hash_table_destroy(sum);
}

/* Inserts or removes some ranges that follow each other. */
static void change_run(RangeTree *tree, GRand *rand, bool insert)
{
    hwaddr first = (hwaddr)g_rand_int_range(rand, 0, PLACES);
    hwaddr end = first + (hwaddr)g_rand_int_range(rand, 1, 60);

    for (hwaddr at = first; at < end; at++) {
        const Range *found = range_tree_find(tree, at);
        bool present = found && found->start == at;
        if (insert && !present) {
            range_tree_insert(tree, &(Range){ .start = at, .last = at, .mr = &nobody });
        } else if (!insert && present) {
            range_tree_remove(tree, at);
        }
    }
}

/* Each version is made from the one before, as commits do. The last few are kept. The tree grows
 * and shrinks several times. */
static void test_counts(void)
{
    GRand *rand = g_rand_new_with_seed(21);
    RangeTree ring[RING] = { 0 };
    size_t most = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        RangeTree *next = &ring[(round + 1) % RING];
        range_tree_clear(next);
        *next = range_tree_share(&ring[round % RING]);
        for (unsigned i = 0; i < 5; i++) {
            change_run(next, rand, round / 50 % 2 == 0);
        }
        check_counts(ring, RING);
        most = MAX(most, next->ranges);
    }
    g_assert_cmpuint(most, >, PLACES / 2);
    for (unsigned i = 0; i < RING; i++) {
        range_tree_clear(&ring[i]);
        check_counts(ring, RING);
    }
    g_rand_free(rand);
}

/* The same nodes are copied again and again, until their share cannot be halved any more. */
static void test_many_versions(void)
{
    RangeTree ring[RING] = { 0 };

    for (hwaddr i = 0; i < PLACES; i++) {
        range_tree_insert(&ring[0], &(Range){ .start = i, .last = i, .mr = &nobody });
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        RangeTree *next = &ring[(round + 1) % RING];
        range_tree_clear(next);
        *next = range_tree_share(&ring[round % RING]);
        range_tree_remove(next, 7);
        range_tree_insert(next, &(Range){ .start = 7, .last = 7, .mr = &nobody });
        check_counts(ring, RING);
    }
    for (unsigned i = 0; i < RING; i++) {
        range_tree_clear(&ring[i]);
    }
}

static void test_grow_and_empty(void)
{
    RangeTree tree = { 0 };
    for (unsigned i = 0; i < 3000; i++) {
        hwaddr at = HWADDR_MAX - i; /* descending, up to the last address */
        range_tree_insert(&tree, &(Range){ .start = at, .last = at, .mr = &nobody });
    }
    g_assert_cmpuint(range_tree_find(&tree, HWADDR_MAX)->last, ==, HWADDR_MAX);
    for (unsigned i = 0; i < 3000; i++) {
        range_tree_remove(&tree, HWADDR_MAX - (i * 7) % 3000);
    }
    g_assert_null(tree.root);
    g_assert_cmpuint(tree.ranges, ==, 0);
    g_assert_null(range_tree_find(&tree, 0));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/range-tree/random", test_random);
    g_test_add_func("/range-tree/sharing", test_sharing);
    g_test_add_func("/range-tree/counts", test_counts);
    g_test_add_func("/range-tree/many-versions", test_many_versions);
    g_test_add_func("/range-tree/grow-and-empty", test_grow_and_empty);
    return g_test_run();
}
