/* SPDX-License-Identifier: MIT
 *
 * The random edits of the random machine. Each one is printed, changes the mirror and calls the
 * library. An edit returns false, and has done nothing, if the dice asked for something
 * impossible.
 */
#include "world.h"

WNode *w_pick(World *w)
{
    for (int tries = 0; tries < 8; tries++) {
        WNode *n = w->node[conf_below(w->c, w->n)];
        if (n->live && !n->pinned) {
            return n;
        }
    }
    return NULL;
}

/* ---- The place in the tree -------------------------------------------------------------- */

/* Sets the mirror to the new place; false, and nothing is changed, if the tree gets too large. */
static bool w_place(World *w, WNode *parent, hwaddr addr, WNode *n)
{
    hwaddr old = n->addr;

    n->parent = parent;
    n->addr = addr;
    if (!w_light(w)) {
        n->parent = NULL;
        n->addr = old;
        return false;
    }
    return true;
}

void w_add(World *w, WNode *parent, hwaddr addr, WNode *n)
{
    Conf *c = w->c;
    bool seen[W_MAX] = { false };

    if (n->parent || (!parent->enabled && w_is_root(w, n)) || w_reaches(w, n, parent, seen) ||
        !w_place(w, parent, addr, n)) {
        return;
    }
    if (conf_chance(c, 35)) {
        conf_say(c, "add %s 0x%" PRIx64 " %s\n", parent->name, addr, n->name);
        memory_region_add_subregion(&parent->mr, addr, &n->mr);
    } else {
        int prio = (int)conf_below(c, 6) - 3;
        conf_say(c, "add %s 0x%" PRIx64 " %s priority %d\n", parent->name, addr, n->name, prio);
        memory_region_add_subregion_overlap(&parent->mr, addr, &n->mr, prio);
    }
}

static bool edit_remove(World *w, WNode *n)
{
    w_del(w, n);
    return true;
}

static bool edit_add(World *w, WNode *n)
{
    WNode *parent = w->node[conf_below(w->c, w->n)];

    if (!parent->live || (parent->kind != K_CONT && conf_chance(w->c, 60))) {
        parent = w->node[0];
    }
    if (!parent->live || (w_is_root(w, n) && conf_chance(w->c, 70))) {
        return false;
    }
    w_add(w, parent, w_addr(w), n);
    return n->parent != NULL;
}

static bool edit_move(World *w, WNode *n)
{
    if (!n->parent || (!n->parent->enabled && w_is_root(w, n))) {
        return false;
    }
    n->addr = w_addr(w);
    conf_say(w->c, "move %s 0x%" PRIx64 "\n", n->name, n->addr);
    memory_region_set_address(&n->mr, n->addr);
    return true;
}

/* ---- Properties of a region ------------------------------------------------------------- */

static bool edit_enabled(World *w, WNode *n)
{
    n->enabled = n->enabled ? conf_chance(w->c, 65) : conf_chance(w->c, 90);
    conf_say(w->c, "enable %s %d\n", n->name, n->enabled);
    memory_region_set_enabled(&n->mr, n->enabled);
    return true;
}

static bool edit_size(World *w, WNode *n)
{
    uint64_t size = w_size(w, n->kind);

    if (n->kind == K_RAM || n->kind == K_ROMD) {
        size = conf_chance(w->c, 10) ? 0 : size < n->full ? size : n->full;
    }
    n->size = size;
    conf_say(w->c, "resize %s 0x%" PRIx64 "\n", n->name, size);
    memory_region_set_size(&n->mr, size);
    conf_say(w->c, "size %s 0x%" PRIx64 "\n", n->name, memory_region_size(&n->mr));
    return true;
}

static bool edit_offset(World *w, WNode *n)
{
    if (n->kind != K_ALIAS) {
        return false;
    }
    n->offset = w_addr(w);
    conf_say(w->c, "window %s 0x%" PRIx64 "\n", n->name, n->offset);
    memory_region_set_alias_offset(&n->mr, n->offset);
    return true;
}

static bool edit_readonly(World *w, WNode *n)
{
    if (n->kind != K_RAM && !w->attrs_any) {
        return false;
    }
    n->ro = conf_chance(w->c, n->kind == K_RAM ? 50 : 30);
    conf_say(w->c, "readonly %s %d\n", n->name, n->ro);
    memory_region_set_readonly(&n->mr, n->ro);
    conf_say(w->c, "rom %s %d\n", n->name, memory_region_is_rom(&n->mr));
    return true;
}

static bool edit_nonvolatile(World *w, WNode *n)
{
    if (!w_is_leaf(n) && !w->attrs_any) {
        return false;
    }
    n->nv = conf_chance(w->c, 50);
    conf_say(w->c, "nonvolatile %s %d\n", n->name, n->nv);
    memory_region_set_nonvolatile(&n->mr, n->nv);
    conf_say(w->c, "nv %s %d\n", n->name, memory_region_is_nonvolatile(&n->mr));
    return true;
}

static bool edit_romd(World *w, WNode *n)
{
    if (n->kind != K_ROMD) {
        return false;
    }
    n->romd = conf_chance(w->c, 50);
    conf_say(w->c, "romd %s %d\n", n->name, n->romd);
    memory_region_rom_device_set_romd(&n->mr, n->romd);
    conf_say(w->c, "romd is %d\n", memory_region_is_romd(&n->mr));
    return true;
}

/* ---- Regions that come and go ----------------------------------------------------------- */

static bool edit_drop(World *w, WNode *n)
{
    if (n->busy || n->parent || w_is_target(w, n) || w_is_root(w, n) || w_has_children(w, n)) {
        return false;
    }
    CONF_DRAIN();
    w_unmake(w, n);
    return true;
}

static bool edit_make(World *w, WNode *n)
{
    (void)n;
    return w_make_random(w) != NULL;
}

static bool edit_place(World *w, WNode *n, bool remove)
{
    if (!n->parent) {
        return edit_add(w, n);
    }
    return remove && edit_remove(w, n);
}

/* ---- One edit --------------------------------------------------------------------------- */

static bool w_edit_one(World *w)
{
    static const struct {
        unsigned below; /* a dice from 0 to 99 chooses the first edit whose number is above it */
        bool (*edit)(World *w, WNode *n);
    } edits[] = {
        { 42, edit_enabled }, { 58, edit_move },     { 68, edit_size },
        { 76, edit_offset },  { 83, edit_readonly }, { 88, edit_nonvolatile },
        { 94, edit_romd },    { 97, edit_drop },     { 100, edit_make },
    };
    WNode *n = w_pick(w);
    unsigned i = 0;

    if (!n) {
        return false;
    }
    unsigned what = (unsigned)conf_below(w->c, 100);
    if (what < 30) {
        return edit_place(w, n, what < 6);
    }
    while (what >= edits[i].below) {
        i++;
    }
    /* A region ends outside of transactions only. */
    return edits[i].edit == edit_drop && w->depth ? edit_make(w, n) : edits[i].edit(w, n);
}

void w_edit(World *w)
{
    for (int tries = 0; tries < 6 && !w_edit_one(w); tries++) {
    }
}
