/* SPDX-License-Identifier: MIT
 *
 * The range tree: disjoint ranges of a 64-bit space in a copy-on-write B+tree, keyed by the
 * inclusive last address. A flat view is such a tree, and accesses search it.
 *
 *                 +-----------------+
 *   inner         | last | last | ..|      keys: the largest last address of each child
 *                 +--|------|-------+
 *             +------+      +------+
 *        +---------+          +---------+
 *   leaf | ranges  |          | ranges  |  sorted, disjoint, never empty; a hole has no range
 *        +---------+          +---------+
 *
 * What a published tree shows never changes. Versions of a view share nodes. A node that other
 * versions have is copied before it is changed, so a new version costs only the nodes between the
 * root and the difference. A leaf holds a reference on the region of each range that has an owner.
 *
 * A node is freed when its count is 0. The count is the sum of what others have of it: a tree has 1
 * of its root, and an inner node has 'share' of each of its children. If a parent has all of a
 * node's count, no other version has the node. A copy of an inner node takes half of its share.
 * This changes nothing in the children, which may be in the cache of another processor, or in none.
 * Only a share of 1 cannot be divided: then the children's counts are raised first. Shares are
 * written under the lock of the context.
 *
 * view/ builds these trees and looks into them; topology/ compares two versions of a view by them.
 * This file knows nothing of the tree of regions.
 */
#ifndef VIEW_RANGE_TREE_H
#define VIEW_RANGE_TREE_H

#include <physmem/view.h>

enum { RANGE_FANOUT = 16, RANGE_MAX_HEIGHT = 20 };

/* The region that answers the addresses [start, last], and how. */
typedef struct Range {
    hwaddr start;
    hwaddr last;
    MemoryRegion *mr;
    hwaddr offset; /* in mr, of the address 'start' */
    uint8_t dirty_mask;
    bool romd;
    bool readonly;     /* the region, or something on the way to it, is read-only */
    bool own_readonly; /* the region itself is */
    bool nonvolatile;
    bool unmergeable;
    bool counted; /* set by the tree: the region has an owner, so the leaf holds a reference */
} Range;

typedef struct RangeNode {
    uint64_t ref;              /* the count; atomic */
    uint32_t share;            /* of the count of each child; a power of 2 */
    uint16_t count;            /* of ranges or children */
    hwaddr last[RANGE_FANOUT]; /* the last address of each range or child */
    union {
        Range range[RANGE_FANOUT];
        struct RangeNode *child[RANGE_FANOUT];
    };
} RangeNode;

typedef struct RangeTree {
    RangeNode *root; /* NULL: empty */
    unsigned height; /* how many levels of inner nodes there are */
    size_t ranges;
} RangeTree;

/* A place in a tree: for each level, from the leaves (0) up, a node and a slot in it. Valid until
 * the tree changes. */
typedef struct RangeCursor {
    const RangeNode *node[RANGE_MAX_HEIGHT];
    unsigned slot[RANGE_MAX_HEIGHT];
    unsigned height;
} RangeCursor;

/* Returns a second version of a tree, which shares all nodes with the first one. It only raises the
 * count of the root. */
RangeTree range_tree_share(const RangeTree *tree);
/* Empties a tree: gives up its nodes, which are freed if no other version has them. */
void range_tree_clear(RangeTree *tree);

/* Adds a range. It must not overlap another one. */
void range_tree_insert(RangeTree *tree, const Range *range);

/* Removes the range that ends at 'last'. There must be one. */
void range_tree_remove(RangeTree *tree, hwaddr last);

/* Returns the first range that ends at addr or behind it, or NULL if there is none. */
const Range *range_node_find(const RangeNode *node, unsigned height, hwaddr addr);
static inline const Range *range_tree_find(const RangeTree *tree, hwaddr addr)
{
    return tree->root ? range_node_find(tree->root, tree->height, addr) : NULL;
}

/* The same. range_cursor_next() returns the range after that, or NULL. */
const Range *range_tree_seek(const RangeTree *tree, hwaddr addr, RangeCursor *cursor);
const Range *range_cursor_next(RangeCursor *cursor);

/* Returns whether both show one region with the same attributes. The dirty mask may differ. */
static inline bool range_shows_alike(const Range *a, const Range *b)
{
    return a->mr == b->mr && a->romd == b->romd && a->readonly == b->readonly &&
           a->nonvolatile == b->nonvolatile && a->unmergeable == b->unmergeable;
}

/* Returns whether the ranges differ in nothing that makes listeners hear of another range. They are
 * then told that the range stays (specification 9.2). */
static inline bool range_same(const Range *a, const Range *b)
{
    return a->start == b->start && a->last == b->last && a->offset == b->offset &&
           range_shows_alike(a, b);
}

/* Returns whether the ranges differ in nothing. */
static inline bool range_identical(const Range *a, const Range *b)
{
    return range_same(a, b) && a->dirty_mask == b->dirty_mask &&
           a->own_readonly == b->own_readonly;
}

/* Returns whether a and b can be joined (specification 6.1, rule 7): b begins where a ends, in the
 * view and in the region, and both agree in all attributes. The beginning of a region of 2^64 bytes
 * does not continue its end. */
static inline bool range_continues(const Range *a, const Range *b)
{
    return a->last + 1 == b->start && a->last != HWADDR_MAX && b->offset > a->offset &&
           b->offset - a->offset == b->start - a->start && a->dirty_mask == b->dirty_mask &&
           a->own_readonly == b->own_readonly && range_shows_alike(a, b) && !a->unmergeable;
}

#endif
