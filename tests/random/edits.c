/* SPDX-License-Identifier: MIT
 *
 * The edits. Each one is made in the model and in the library, and written to the journal.
 * 'requested' follows the list of edits that make a commit take effect (specification 7; R23).
 */
#include "random.h"

/* ---- What the model forbids ------------------------------------------------------------- */

bool world_is_root(const World *w, const Node *n)
{
    for (unsigned i = 0; i < SPACES; i++) {
        if (w->root[i] == n) {
            return true;
        }
    }
    return false;
}

bool world_is_target(const World *w, const Node *n)
{
    for (unsigned i = 0; i < w->nodes; i++) {
        if (w->node[i]->live && w->node[i]->target == n) {
            return true;
        }
    }
    return false;
}

static bool too_heavy(const World *w)
{
    for (unsigned i = 0; i < w->nodes; i++) {
        if (w->node[i]->live && model_weight(w->node[i], WEIGHT) >= WEIGHT) {
            return true;
        }
    }
    return false;
}

Node *world_node(World *w)
{
    Node *n = w->node[dice_below(w->dice, w->nodes)];
    return n->live ? n : w->node[0];
}

/* ---- Edits: true if something was done -------------------------------------------------- */

static void request(World *w, bool yes)
{
    w->requested |= yes;
}

/* Whether a window at the root gives way to its target depends on the target's own address. */
static void permit_move(World *w, const Node *n, hwaddr addr)
{
    w->permitted |= addr != n->addr && world_is_target(w, n);
}

static bool put(World *w, Node *parent, hwaddr addr, Node *n, int priority)
{
    hwaddr old = n->addr;

    if (model_reaches(n, parent)) {
        return false;
    }
    permit_move(w, n, addr);
    model_add(parent, addr, n, priority);
    if (too_heavy(w)) {
        model_del(n);
        n->addr = old;
        return false;
    }
    WORLD_SAY(w, "add %s to %s at %" PRIx64 " priority %d", n->name, parent->name, addr, priority);
    request(w, (parent->enabled && n->enabled) || (world_is_root(w, n) && addr != old));
    if (priority == 0 && dice_chance(w->dice, 50)) {
        memory_region_add_subregion(&parent->mr, addr, &n->mr);
    } else {
        memory_region_add_subregion_overlap(&parent->mr, addr, &n->mr, priority);
    }
    return true;
}

static bool edit_add(World *w, Node *n)
{
    Node *p = world_node(w);

    if (p->kind == WINDOW || dice_chance(w->dice, p->kind == BOX ? 35 : 75)) {
        p = w->node[0];
    }
    if (n->parent || (world_is_root(w, n) && dice_chance(w->dice, 70))) {
        return false;
    }
    if (n->mirror) {
        return put(w, w->node[0], world_mirror_address(w, n), n, 1);
    }
    hwaddr addr = world_address(w);
    return put(w, p, addr, n, dice_chance(w->dice, 40) ? 0 : (int)dice_below(w->dice, 6) - 3);
}

void world_take(World *w, Node *n)
{
    Node *p = n->parent;

    WORLD_SAY(w, "del %s from %s", n->name, p->name);
    request(w, p->enabled && n->enabled);
    model_del(n);
    memory_region_del_subregion(&p->mr, &n->mr);
}

static bool edit_del(World *w, Node *n)
{
    if (!n->parent) {
        return false;
    }
    world_take(w, n);
    return true;
}

static bool edit_priority(World *w, Node *n)
{
    Node *p = n->parent;

    if (!p) {
        return false;
    }
    world_take(w, n);
    return put(w, p, n->addr, n, (int)dice_below(w->dice, 7) - 3);
}

static bool edit_move(World *w, Node *n)
{
    hwaddr addr = n->mirror ? world_mirror_address(w, n) : world_address(w);

    if (!n->parent && dice_chance(w->dice, 80)) {
        return false;
    }
    WORLD_SAY(w, "move %s to %" PRIx64, n->name, addr);
    request(w, addr != n->addr &&
                   ((n->parent && n->parent->enabled && n->enabled) || world_is_root(w, n)));
    permit_move(w, n, addr);
    model_move(n, addr);
    memory_region_set_address(&n->mr, addr);
    return true;
}

static bool edit_enable(World *w, Node *n)
{
    bool on = dice_chance(w->dice, n->enabled ? 75 : 95);

    WORLD_SAY(w, "enable %s %d", n->name, on);
    request(w, on != n->enabled);
    n->enabled = on;
    memory_region_set_enabled(&n->mr, on);
    return true;
}

static bool edit_size(World *w, Node *n)
{
    uint64_t size = world_size(w, n->kind);

    if (n->kind == RAM || n->kind == ROMD) {
        size = dice_chance(w->dice, 10) ? 0 : size < n->full ? size : n->full;
    }
    if (n->mirror && (size > n->addr || n->offset + size > n->addr)) {
        return false;
    }
    WORLD_SAY(w, "resize %s to %" PRIx64, n->name, size);
    request(w, size != n->size);
    n->size = size;
    memory_region_set_size(&n->mr, size);
    return true;
}

static bool edit_offset(World *w, Node *n)
{
    hwaddr offset = world_address(w);

    if (n->kind != WINDOW || (n->mirror && (offset > n->addr || offset + n->size > n->addr))) {
        return false;
    }
    WORLD_SAY(w, "window %s at %" PRIx64, n->name, offset);
    request(w, offset != n->offset && n->enabled);
    n->offset = offset;
    memory_region_set_alias_offset(&n->mr, offset);
    return true;
}

static bool edit_readonly(World *w, Node *n)
{
    bool on = dice_chance(w->dice, 50);

    WORLD_SAY(w, "readonly %s %d", n->name, on);
    request(w, on != n->readonly && n->enabled);
    n->readonly = on;
    memory_region_set_readonly(&n->mr, on);
    return true;
}

static bool edit_nonvolatile(World *w, Node *n)
{
    bool on = dice_chance(w->dice, 50);

    WORLD_SAY(w, "nonvolatile %s %d", n->name, on);
    request(w, on != n->nonvolatile && n->enabled);
    n->nonvolatile = on;
    memory_region_set_nonvolatile(&n->mr, on);
    return true;
}

static bool edit_romd(World *w, Node *n)
{
    bool on = dice_chance(w->dice, 50);

    if (n->kind != ROMD) {
        return false;
    }
    WORLD_SAY(w, "romd %s %d", n->name, on);
    request(w, on != n->romd && n->enabled);
    n->romd = on;
    memory_region_rom_device_set_romd(&n->mr, on);
    return true;
}

static bool edit_log(World *w, Node *n)
{
    bool on = n->logs < 3 && (n->logs == 0 || dice_chance(w->dice, 50));

    if (!model_is_leaf(n)) {
        return false;
    }
    WORLD_SAY(w, "log %s %d", n->name, on);
    request(w, (on ? n->logs == 0 : n->logs == 1) && n->enabled);
    n->logs += on ? 1 : -1u;
    memory_region_set_log(&n->mr, on, DIRTY_MEMORY_VGA);
    return true;
}

static bool edit_global_log(World *w, Node *n)
{
    (void)n;
    w->global_log = !w->global_log;
    WORLD_SAY(w, "global log %d", w->global_log);
    request(w, true);
    if (w->global_log) {
        memory_global_dirty_log_start();
    } else {
        memory_global_dirty_log_stop();
    }
    return true;
}

static bool edit_make(World *w, Node *n)
{
    (void)n;
    return world_make_any(w);
}

/* Old views may still show the region, so they end first. */
static bool edit_drop(World *w, Node *n)
{
    if (w->depth || n->parent || n->children || n == w->node[0] || world_is_root(w, n) ||
        world_is_target(w, n) || dice_chance(w->dice, 90)) {
        return false;
    }
    WORLD_SAY(w, "drop %s", n->name);
    keep_nothing_of(w, n);
    memory_drain();
    world_unmake(n);
    return true;
}

/* Mostly leaves the root alone, which contains most regions. */
static Node *edited_node(World *w)
{
    Node *n = world_node(w);
    return n == w->node[0] && dice_chance(w->dice, 95) ? world_node(w) : n;
}

void world_fill(World *w)
{
    memory_region_transaction_begin();
    for (unsigned i = 1; i < w->nodes; i++) {
        edit_add(w, w->node[i]);
    }
    memory_region_transaction_commit();
}

typedef bool Edit(World *w, Node *n);

static const struct {
    Edit *edit;
    unsigned weight;
} edits[] = {
    { edit_add, 30 },        { edit_del, 4 },  { edit_priority, 5 }, { edit_move, 16 },
    { edit_enable, 11 },     { edit_size, 9 }, { edit_offset, 12 },  { edit_readonly, 5 },
    { edit_nonvolatile, 3 }, { edit_romd, 5 }, { edit_log, 6 },      { edit_global_log, 1 },
    { edit_make, 4 },        { edit_drop, 3 }, { edit_signal, 8 },   { edit_queue, 5 },
    { edit_remap, 3 },
};

static bool edit_any(World *w)
{
    unsigned total = 0, at;

    for (unsigned i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        total += edits[i].weight;
    }
    at = dice_below(w->dice, total);
    for (unsigned i = 0;; i++) {
        if (at < edits[i].weight) {
            return edits[i].edit(w, edited_node(w));
        }
        at -= edits[i].weight;
    }
}

unsigned world_edit(World *w)
{
    for (int tries = 0; tries < 8; tries++) {
        if (edit_any(w)) {
            return 1;
        }
    }
    return 0;
}
