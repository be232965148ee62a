/* SPDX-License-Identifier: MIT
 *
 * Answers questions about the random machine from its mirror of the tree, without the library.
 */
#include "world.h"

bool w_is_leaf(const WNode *n)
{
    return n->kind == K_IO || n->kind == K_RAM || n->kind == K_ROMD;
}

WNode *w_node_of(World *w, const MemoryRegion *mr)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && &w->node[i]->mr == mr) {
            return w->node[i];
        }
    }
    return NULL;
}

const char *w_name(World *w, const MemoryRegion *mr)
{
    return mr && w_node_of(w, mr) ? memory_region_name(mr) : mr ? "unassigned" : "none";
}

WSpace *w_first_space(World *w, const WNode *root)
{
    for (unsigned i = 0; i < W_SPACES; i++) {
        if (w->space[i] && w->space[i]->live && w->space[i]->root == root) {
            return w->space[i];
        }
    }
    return NULL;
}

bool w_is_root(World *w, const WNode *n)
{
    return w_first_space(w, n) != NULL;
}

bool w_is_target(World *w, const WNode *n)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->target == n) {
            return true;
        }
    }
    return false;
}

bool w_has_children(World *w, const WNode *n)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->parent == n) {
            return true;
        }
    }
    return false;
}

bool w_reaches(World *w, const WNode *from, const WNode *to, bool *seen)
{
    if (from == to) {
        return true;
    }
    if (seen[from->id]) {
        return false;
    }
    seen[from->id] = true;
    if (from->target && w_reaches(w, from->target, to, seen)) {
        return true;
    }
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w->node[i]->parent == from && w_reaches(w, w->node[i], to, seen)) {
            return true;
        }
    }
    return false;
}

unsigned w_weight(World *w, const WNode *n, unsigned most)
{
    unsigned sum = 1;
    if (n->target) {
        return sum + (most > 1 ? w_weight(w, n->target, most - 1) : 0);
    }
    for (unsigned i = 0; i < w->n && sum < most; i++) {
        if (w->node[i]->live && w->node[i]->parent == n) {
            sum += w_weight(w, w->node[i], most - sum);
        }
    }
    return sum;
}

bool w_light(World *w)
{
    for (unsigned i = 0; i < w->n; i++) {
        if (w->node[i]->live && w_weight(w, w->node[i], 120) >= 120) {
            return false;
        }
    }
    return true;
}

/* The only enabled child of a container; NULL if it has none or several. */
static WNode *w_only_child(World *w, const WNode *parent)
{
    WNode *only = NULL;

    for (unsigned i = 0; i < w->n; i++) {
        WNode *k = w->node[i];
        if (k->live && k->parent == parent && k->enabled) {
            if (only) {
                return NULL;
            }
            only = k;
        }
    }
    return only;
}

/* The region that a view of 'r' is rendered from instead of 'r' because it shows the same; NULL if
 * that is 'r' itself. */
static const WNode *w_shortcut(World *w, const WNode *r)
{
    if (r->kind == K_ALIAS) {
        return r->offset || r->size < r->target->size ? NULL : r->target;
    }
    if (r->kind == K_CONT) {
        const WNode *only = w_only_child(w, r);
        return !only || only->addr || r->size < only->size ? NULL : only;
    }
    return NULL;
}

/* Whether a view of 'r' loses nothing by the regions that are skipped on the way from the root.
 * The specification keeps their attributes and addresses (6.1), the recorded implementation does
 * not. */
static bool w_root_neutral(World *w, const WNode *r)
{
    const WNode *next;

    for (; r->enabled && (next = w_shortcut(w, r)) != NULL; r = next) {
        if (r->ro || r->nv || r->addr != (r->kind == K_ALIAS ? next->addr : 0)) {
            return false;
        }
    }
    return true;
}

void w_settle(World *w)
{
    for (unsigned i = 0; i < W_SPACES; i++) {
        WSpace *s = w->space[i];
        if (s && s->live) {
            s->avoid = !w_root_neutral(w, s->root);
        }
    }
}

bool w_absolute(const WNode *n, hwaddr *addr, WNode **top)
{
    *addr = n->addr;
    while (n->parent) {
        n = n->parent;
        if (*addr + n->addr < *addr) {
            return false;
        }
        *addr += n->addr;
    }
    *top = (WNode *)n;
    return true;
}

const char *w_128(char buf[40], Int128 v)
{
    uint64_t hi = (uint64_t)int128_gethi(v), lo = int128_getlo(v);
    if (hi) {
        snprintf(buf, 40, "0x%" PRIx64 "%016" PRIx64, hi, lo);
    } else {
        snprintf(buf, 40, "0x%" PRIx64, lo);
    }
    return buf;
}
