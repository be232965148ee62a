/* SPDX-License-Identifier: MIT
 *
 * The model: the rules of specification 6 and 6.1, applied to a single address. Nothing is clipped
 * here: a region answers an address only if every window on the way contains it.
 */
#include <assert.h>
#include <string.h>

#include "random.h"

/* 'base' is where the node's own address counts from. It is negative below shifted windows. */
static Answer answer(const Node *n, Int128 base, hwaddr addr, bool readonly, bool nonvolatile)
{
    Answer none = { .node = NULL };
    Int128 start = int128_add(base, int128_make64(n->addr));
    Int128 size = n->size == UINT64_MAX ? int128_2_64() : int128_make64(n->size);
    Int128 at = int128_sub(int128_make64(addr), start);

    readonly |= n->readonly;
    nonvolatile |= n->nonvolatile;
    if (!n->enabled || !int128_nonneg(at) || int128_ge(at, size)) {
        return none;
    }
    if (n->target) {
        int128_subfrom(&start, int128_make64(n->offset));
        int128_subfrom(&start, int128_make64(n->target->addr));
        return answer(n->target, start, addr, readonly, nonvolatile);
    }
    for (unsigned i = 0; i < n->children; i++) {
        Answer a = answer(n->child[i], start, addr, readonly, nonvolatile);
        if (a.node) {
            return a;
        }
    }
    return model_is_leaf(n) ? (Answer){ n, int128_getlo(at), readonly, nonvolatile } : none;
}

Answer model_answer(const Node *root, hwaddr addr)
{
    return answer(root, int128_zero(), addr, false, false);
}

void model_add(Node *parent, hwaddr addr, Node *n, int priority)
{
    unsigned at = 0;

    assert(!n->parent && parent->children < NODES);
    n->parent = parent;
    n->addr = addr;
    n->priority = priority;
    while (at < parent->children && parent->child[at]->priority > priority) {
        at++;
    }
    memmove(&parent->child[at + 1], &parent->child[at],
            (parent->children - at) * sizeof(parent->child[0]));
    parent->child[at] = n;
    parent->children++;
}

void model_del(Node *n)
{
    Node *p = n->parent;
    unsigned at = 0;

    while (p->child[at] != n) {
        at++;
    }
    p->children--;
    memmove(&p->child[at], &p->child[at + 1], (p->children - at) * sizeof(p->child[0]));
    n->parent = NULL;
}

void model_move(Node *n, hwaddr addr)
{
    Node *p = n->parent;

    if (addr == n->addr) {
        return;
    }
    n->addr = addr;
    if (p) {
        model_del(n);
        model_add(p, addr, n, n->priority);
    }
}

bool model_reaches(const Node *from, const Node *to)
{
    if (from == to || (from->target && !from->mirror && model_reaches(from->target, to))) {
        return true;
    }
    for (unsigned i = 0; i < from->children; i++) {
        if (model_reaches(from->child[i], to)) {
            return true;
        }
    }
    return false;
}

unsigned model_weight(const Node *n, unsigned most)
{
    unsigned sum = 1;

    if (n->mirror) {
        return sum + 10;
    }
    if (n->target) {
        sum += most > 1 ? model_weight(n->target, most - 1) : 0;
    }
    for (unsigned i = 0; i < n->children && sum < most; i++) {
        sum += model_weight(n->child[i], most - sum);
    }
    return sum;
}
