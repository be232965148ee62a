/* SPDX-License-Identifier: MIT
 *
 * The range tree: versions, insertion, removal, walking. range-tree.h shows its shape.
 *
 * A change goes down from the root. Before it changes a node, it makes sure that no other version
 * has the node (node_own()): it copies a node that is shared and keeps one that is not.
 */
#include "view/range-tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* What a new node has of the count of each child. */
enum { RANGE_SHARE = 1 << 30 };

/* A node with fewer entries is joined with a neighbour if one node can hold the entries of both. */
enum { RANGE_SPARSE = RANGE_FANOUT / 4 };

/* ---- Nodes ------------------------------------------------------------------------------ */

/* An inner node needs only a quarter of the memory of a leaf. */
static size_t node_size(unsigned height)
{
    size_t entry = height ? sizeof(RangeNode *) : sizeof(Range);
    return offsetof(RangeNode, range) + RANGE_FANOUT * entry;
}

/* Keys that are not in use have the largest value, so node_slot() need not look at 'count'. */
static RangeNode *node_new(unsigned height)
{
    RangeNode *node = alloc_resize(NULL, 1, node_size(height));
    node->ref = 1;
    node->share = RANGE_SHARE;
    node->count = 0;
    memset(node->last, 0xff, sizeof(node->last));
    return node;
}

static void range_unref(const Range *range)
{
    if (range->counted) {
        memory_region_unref(range->mr);
    }
}

static void range_ref(const Range *range)
{
    if (range->counted) {
        memory_region_ref(range->mr);
    }
}

/* Gives up 'share' of a node's count. */
static void node_unref(RangeNode *node, unsigned height, uint32_t share)
{
    if (__atomic_sub_fetch(&node->ref, share, __ATOMIC_ACQ_REL)) {
        return;
    }
    for (unsigned i = 0; i < node->count; i++) {
        if (height) {
            node_unref(node->child[i], height - 1, node->share);
        } else {
            range_unref(&node->range[i]);
        }
    }
    free(node);
}

/* Changes how much of the count of its children an inner node has. */
static void node_set_share(RangeNode *node, uint32_t share)
{
    uint64_t more = (uint64_t)share - node->share;
    for (unsigned i = 0; i < node->count; i++) {
        __atomic_add_fetch(&node->child[i]->ref, more, __ATOMIC_RELAXED);
    }
    node->share = share;
}

/* Halves the share of an inner node. Its copy gets the other half. */
static void node_halve_share(RangeNode *node)
{
    if (node->share == 1) {
        node_set_share(node, 2u * RANGE_SHARE);
    }
    node->share /= 2;
}

static RangeNode *node_copy(RangeNode *node, unsigned height)
{
    RangeNode *copy = alloc_resize(NULL, 1, node_size(height));
    if (height) {
        node_halve_share(node);
    }
    memcpy(copy, node, node_size(height));
    for (unsigned i = 0; !height && i < copy->count; i++) {
        range_ref(&copy->range[i]);
    }
    return copy;
}

/* Makes *link a node that only this tree has. 'share' is what the tree or the node above has of its
 * count. If that is all, no other thread can raise the count meanwhile: to share the node, that
 * thread would need this tree. */
static RangeNode *node_own(RangeNode **link, unsigned height, uint32_t share)
{
    RangeNode *old = *link;
    if (__atomic_load_n(&old->ref, __ATOMIC_ACQUIRE) == share) {
        return old;
    }
    *link = node_copy(old, height);
    (*link)->ref = share;
    node_unref(old, height, share);
    return *link;
}

static RangeNode *node_own_child(RangeNode *node, unsigned slot, unsigned height)
{
    return node_own(&node->child[slot], height - 1, node->share);
}

/* Returns the index of the first entry that ends at addr or behind it, or 'count' if there is none.
 * The last of each four keys says in which four it is. The compares of a step do not wait for each
 * other, and there are no branches. */
static inline unsigned node_slot(const RangeNode *node, hwaddr addr)
{
    const hwaddr *key = node->last;
    unsigned slot = 4 * ((key[3] < addr) + (key[7] < addr) + (key[11] < addr));
    key += slot;
    return slot + (key[0] < addr) + (key[1] < addr) + (key[2] < addr) + (key[3] < addr);
}
_Static_assert(RANGE_FANOUT == 16, "node_slot() looks for one of four fours");

static void node_copy_entries(RangeNode *to, unsigned at, const RangeNode *from, unsigned first,
                              unsigned count, unsigned height)
{
    memmove(&to->last[at], &from->last[first], count * sizeof(to->last[0]));
    if (height) {
        memmove(&to->child[at], &from->child[first], count * sizeof(to->child[0]));
    } else {
        memmove(&to->range[at], &from->range[first], count * sizeof(to->range[0]));
    }
}

static void node_set_count(RangeNode *node, unsigned count)
{
    if (count < node->count) {
        memset(&node->last[count], 0xff, (node->count - count) * sizeof(node->last[0]));
    }
    node->count = (uint16_t)count;
}

static void node_open_gap(RangeNode *node, unsigned slot, unsigned height)
{
    node_copy_entries(node, slot + 1, node, slot, node->count - slot, height);
    node->count++;
}

static void node_close_gap(RangeNode *node, unsigned slot, unsigned height)
{
    node_copy_entries(node, slot, node, slot + 1, node->count - slot - 1, height);
    node_set_count(node, node->count - 1u);
}

/* No other tree has the child. */
static void node_set_child(RangeNode *node, unsigned slot, RangeNode *child)
{
    child->ref = node->share;
    node->child[slot] = child;
    node->last[slot] = child->last[child->count - 1];
}

/* Splits a full node and returns the right part. If the new entry goes to the end, the left part
 * keeps all but one of its entries. A view is made in ascending order, and so gets full nodes. */
static RangeNode *node_split(RangeNode *node, unsigned slot, unsigned height)
{
    unsigned keep = slot == RANGE_FANOUT ? RANGE_FANOUT - 1 : RANGE_FANOUT / 2;
    RangeNode *right = node_new(height);
    node_copy_entries(right, 0, node, keep, node->count - keep, height);
    right->count = (uint16_t)(node->count - keep);
    right->share = node->share;
    node_set_count(node, keep);
    return right;
}

/* ---- Insertion -------------------------------------------------------------------------- */

/* Makes room for an entry at *slot of a node. If the node is full, it is split: *node and *slot
 * then say where the room is, and the new right part is returned, else NULL. */
static RangeNode *make_room(RangeNode **node, unsigned *slot, unsigned height)
{
    RangeNode *right = NULL;
    if ((*node)->count == RANGE_FANOUT) {
        right = node_split(*node, *slot, height);
        if (*slot > (*node)->count) {
            *slot -= (*node)->count;
            *node = right;
        }
    }
    node_open_gap(*node, *slot, height);
    return right;
}

static void leaf_set_range(RangeNode *leaf, unsigned slot, const Range *range)
{
    leaf->range[slot] = *range;
    leaf->range[slot].counted = memory_region_owner(range->mr) != NULL;
    leaf->last[slot] = range->last;
    memory_region_ref(range->mr);
}

/* Inserts below *link. Returns the new right part if that node was split, else NULL. */
static RangeNode *insert_below(RangeNode **link, unsigned height, uint32_t share,
                               const Range *range)
{
    RangeNode *node = node_own(link, height, share);
    unsigned slot = node_slot(node, range->last);
    if (!height) {
        RangeNode *right = make_room(&node, &slot, height);
        leaf_set_range(node, slot, range);
        return right;
    }
    slot = slot < node->count ? slot : node->count - 1u;
    RangeNode *extra = insert_below(&node->child[slot], height - 1, node->share, range);
    node_set_child(node, slot, node->child[slot]);
    if (!extra) {
        return NULL;
    }
    slot++;
    RangeNode *right = make_room(&node, &slot, height);
    node_set_child(node, slot, extra);
    return right;
}

/* Finds the nodes at the right edge of a tree that is not empty, the leaf first. Returns false if
 * another version has one of them, or if the tree does not end before 'addr'. */
static bool right_edge(const RangeTree *tree, hwaddr addr, RangeNode *edge[RANGE_MAX_HEIGHT])
{
    RangeNode *node = tree->root;
    uint32_t share = 1;
    for (unsigned height = tree->height;; height--) {
        unsigned slot = node->count - 1u;
        if (__atomic_load_n(&node->ref, __ATOMIC_ACQUIRE) != share || node->last[slot] >= addr) {
            return false;
        }
        edge[height] = node;
        if (!height) {
            return true;
        }
        share = node->share;
        node = node->child[slot];
    }
}

/* The quick way of an insertion: a range that comes after all others goes to the last leaf, if that
 * has room. A view is made in ascending order, so 14 of 15 ranges take it. Returns false, with
 * nothing changed, if the range has to take the other way. */
static bool append(RangeTree *tree, const Range *range)
{
    RangeNode *edge[RANGE_MAX_HEIGHT];
    if (!tree->root || !right_edge(tree, range->last, edge) || edge[0]->count == RANGE_FANOUT) {
        return false;
    }
    for (unsigned height = tree->height; height; height--) {
        edge[height]->last[edge[height]->count - 1] = range->last;
    }
    leaf_set_range(edge[0], edge[0]->count++, range);
    tree->ranges++;
    return true;
}

void range_tree_insert(RangeTree *tree, const Range *range)
{
    if (append(tree, range)) {
        return;
    }
    if (!tree->root) {
        tree->root = node_new(0);
        tree->height = 0;
    }
    RangeNode *right = insert_below(&tree->root, tree->height, 1, range);
    if (right) {
        RangeNode *top = node_new(tree->height + 1);
        top->count = 2;
        node_set_child(top, 0, tree->root);
        node_set_child(top, 1, right);
        tree->root = top;
        tree->height++;
        assert(tree->height < RANGE_MAX_HEIGHT);
    }
    tree->ranges++;
}

/* ---- Removal ---------------------------------------------------------------------------- */

/* Joins the children at slot and slot + 1 if one node can hold both. */
static void try_join(RangeNode *node, unsigned slot, unsigned height)
{
    if (slot + 1 >= node->count ||
        node->child[slot]->count + node->child[slot + 1]->count > RANGE_FANOUT) {
        return;
    }
    RangeNode *left = node_own_child(node, slot, height);
    RangeNode *right = node_own_child(node, slot + 1, height);
    if (height > 1) {
        node_set_share(right, left->share);
    }
    node_copy_entries(left, left->count, right, 0, right->count, height - 1);
    left->count = (uint16_t)(left->count + right->count);
    right->count = 0; /* its entries, with their references, are in 'left' now */
    node_unref(right, height - 1, node->share);
    node_close_gap(node, slot + 1, height);
    node_set_child(node, slot, left);
}

/* After a removal below a child: drops the child if it is empty, else updates its key and joins it
 * with a neighbour if it is sparse. */
static void tidy_child(RangeNode *node, unsigned slot, unsigned height)
{
    RangeNode *child = node->child[slot];
    if (!child->count) {
        node_unref(child, height - 1, node->share);
        node_close_gap(node, slot, height);
        return;
    }
    node_set_child(node, slot, child);
    if (child->count < RANGE_SPARSE) {
        try_join(node, slot, height);
        if (slot) {
            try_join(node, slot - 1, height);
        }
    }
}

static void remove_below(RangeNode **link, unsigned height, uint32_t share, hwaddr last)
{
    RangeNode *node = node_own(link, height, share);
    unsigned slot = node_slot(node, last);
    if (height) {
        remove_below(&node->child[slot], height - 1, node->share, last);
        tidy_child(node, slot, height);
        return;
    }
    assert(slot < node->count && node->last[slot] == last);
    range_unref(&node->range[slot]);
    node_close_gap(node, slot, height);
}

void range_tree_remove(RangeTree *tree, hwaddr last)
{
    remove_below(&tree->root, tree->height, 1, last);
    tree->ranges--;
    while (tree->height && tree->root->count == 1) {
        RangeNode *top = tree->root, *only = top->child[0];
        __atomic_add_fetch(&only->ref, 1, __ATOMIC_RELAXED);
        node_unref(top, tree->height, 1);
        tree->root = only;
        tree->height--;
    }
    if (!tree->root->count) {
        range_tree_clear(tree);
    }
}

/* ---- Versions --------------------------------------------------------------------------- */

RangeTree range_tree_share(const RangeTree *tree)
{
    if (tree->root) {
        __atomic_add_fetch(&tree->root->ref, 1, __ATOMIC_RELAXED);
    }
    return *tree;
}

void range_tree_clear(RangeTree *tree)
{
    if (tree->root) {
        node_unref(tree->root, tree->height, 1);
    }
    *tree = (RangeTree){ NULL, 0, 0 };
}

/* ---- Walking ---------------------------------------------------------------------------- */

const Range *range_node_find(const RangeNode *node, unsigned height, hwaddr addr)
{
    unsigned slot = node_slot(node, addr);
    if (slot >= node->count) {
        return NULL;
    }
    /* A node has the last address below each of its children, so none of them ends before addr. */
    for (; height; height--) {
        node = node->child[slot];
        slot = node_slot(node, addr);
    }
    return &node->range[slot];
}

const Range *range_tree_seek(const RangeTree *tree, hwaddr addr, RangeCursor *cursor)
{
    const RangeNode *node = tree->root;
    cursor->height = tree->height;
    cursor->node[tree->height] = node;
    if (!node) {
        return NULL;
    }
    for (unsigned height = tree->height;; height--) {
        unsigned slot = node_slot(node, addr);
        cursor->node[height] = node;
        cursor->slot[height] = slot;
        if (slot >= node->count) {
            cursor->node[cursor->height] = NULL; /* the end */
            return NULL;
        }
        if (!height) {
            return &node->range[slot];
        }
        node = node->child[slot];
    }
}

const Range *range_cursor_next(RangeCursor *cursor)
{
    unsigned height = 0;
    if (!cursor->node[cursor->height]) {
        return NULL;
    }
    while (++cursor->slot[height] >= cursor->node[height]->count) {
        if (++height > cursor->height) {
            cursor->node[cursor->height] = NULL;
            return NULL;
        }
    }
    while (height) {
        const RangeNode *child = cursor->node[height]->child[cursor->slot[height]];
        cursor->node[--height] = child;
        cursor->slot[height] = 0;
    }
    return &cursor->node[0]->range[cursor->slot[0]];
}
