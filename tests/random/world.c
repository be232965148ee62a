/* SPDX-License-Identifier: MIT
 *
 * A world: a context with regions, spaces and watchers, one random step of it, and its end.
 */
#include <stdlib.h>

#include "random.h"

/* ---- Spaces and watchers ---------------------------------------------------------------- */

static void open_space(World *w, unsigned i, Node *root)
{
    WORLD_SAY(w, "space %u root %s", i, root->name);
    w->space[i] = calloc(1, sizeof(AddressSpace));
    w->root[i] = root;
    address_space_init(w->space[i], &root->mr, NULL);
}

static void close_space(World *w, unsigned i)
{
    WORLD_SAY(w, "close space %u", i);
    for (unsigned k = 0; k < WATCHERS; k++) {
        if (w->watcher[k]->on && w->watcher[k]->space == i) {
            watcher_leaving(w->watcher[k]);
        }
    }
    address_space_remove_listeners(w->space[i]);
    for (unsigned k = 0; k < WATCHERS; k++) {
        if (w->watcher[k]->on && w->watcher[k]->space == i) {
            watcher_left(w->watcher[k]);
        }
    }
    address_space_destroy(w->space[i]);
    w->grave[w->graves++] = w->space[i];
    w->space[i] = NULL;
    w->root[i] = NULL;
}

/* Windows more often than others, because the region to which they give way may change (R2). */
static Node *any_root(World *w)
{
    Node *n = world_node(w);

    for (int tries = 0; tries < 4 && n->kind != WINDOW && n->kind != BOX; tries++) {
        n = world_node(w);
    }
    return dice_chance(w->dice, 25) ? w->node[0] : n;
}

static void toggle_space(World *w)
{
    unsigned i = dice_below(w->dice, SPACES);

    if (!w->space[i]) {
        open_space(w, i, any_root(w));
    } else if (i && dice_chance(w->dice, 30) && w->graves < GRAVES - SPACES) {
        close_space(w, i);
    }
}

static void toggle_watcher(World *w)
{
    Watcher *l = w->watcher[dice_below(w->dice, WATCHERS)];
    unsigned i = dice_below(w->dice, SPACES);

    if (l->on && dice_chance(w->dice, 30)) {
        WORLD_SAY(w, "unwatch space %u", l->space);
        watcher_unregister(l);
    } else if (!l->on && w->space[i]) {
        unsigned priority = dice_below(w->dice, 3) * 10;
        bool nops = dice_chance(w->dice, 60);
        WORLD_SAY(w, "watch space %u priority %u%s", i, priority, nops ? " nops" : "");
        l->space = i;
        watcher_register(l, w->space[i], priority, nops);
    }
}

/* ---- Steps ------------------------------------------------------------------------------ */

/* Checks that nothing of an open transaction is visible. */
static void check_unchanged(World *w)
{
    for (unsigned i = 0; i < SPACES; i++) {
        if (w->space[i] && address_space_to_flatview(w->space[i]) != w->shown[i]) {
            journal_fail("space %u changed inside a transaction", i);
        }
    }
}

static void begin(World *w)
{
    WORLD_SAY(w, "begin%s", "");
    memory_region_transaction_begin();
    w->depth++;
    for (unsigned i = 0; w->depth == 1 && i < SPACES; i++) {
        w->shown[i] = w->space[i] ? address_space_to_flatview(w->space[i]) : NULL;
    }
}

static void commit(World *w)
{
    w->depth--;
    WORLD_SAY(w, "commit%s", "");
    memory_region_transaction_commit();
}

static unsigned transaction(World *w)
{
    unsigned done = 0;

    begin(w);
    for (unsigned k = 1 + dice_below(w->dice, 6); k > 0; k--) {
        done += w->depth < 4 && dice_chance(w->dice, 15) ? transaction(w) : world_edit(w);
        check_unchanged(w);
    }
    commit(w);
    return done;
}

static void check_committed(World *w, unsigned space, const Picture *before)
{
    static Picture now;

    check_picture(w->space[space], &now);
    for (unsigned i = 0; i < now.count && i < before->count; i++) {
        const Seen *a = &before->range[i], *b = &now.range[i];
        if (a->start != b->start || a->last != b->last || a->mr != b->mr ||
            a->offset != b->offset) {
            journal_fail("space %u shows %" PRIx64 "-%" PRIx64 " of an open transaction", space,
                         b->start, b->last);
        }
    }
    if (now.count != before->count) {
        journal_fail("space %u shows %u ranges, %u are committed", space, now.count,
                     before->count);
    }
}

/* A space that begins inside a transaction shows the committed state (R19). No space has shown its
 * root since then: the picture was taken from a space that has ended. */
static unsigned transaction_with_space(World *w)
{
    static Picture before;
    unsigned i = 1 + dice_below(w->dice, SPACES - 1), done;
    Node *root = any_root(w);

    if (w->space[i] || w->graves >= GRAVES - SPACES) {
        return transaction(w);
    }
    open_space(w, i, root);
    check_picture(w->space[i], &before);
    close_space(w, i);
    begin(w);
    done = transaction(w);
    open_space(w, i, root);
    check_committed(w, i, &before);
    w->permitted = true;
    commit(w);
    if (dice_chance(w->dice, 90)) {
        close_space(w, i);
    }
    return done;
}

static void check_commits(World *w)
{
    for (unsigned k = 0; k < WATCHERS; k++) {
        Watcher *l = w->watcher[k];
        if (l->on && (l->commits > 0) != w->requested && !(l->commits && w->permitted)) {
            journal_fail("space %u: %u commits heard, %sexpected", l->space, l->commits,
                         w->requested ? "" : "none ");
        }
        l->commits = 0;
    }
    w->requested = false;
    w->permitted = false;
}

static void use_memory(World *w)
{
    unsigned i = dice_below(w->dice, SPACES);

    if (!w->space[i]) {
        return;
    }
    if (dice_chance(w->dice, 60)) {
        touch_memory(w, i);
    } else {
        keep_something(w, i);
    }
}

unsigned world_step(World *w)
{
    unsigned what = dice_below(w->dice, 100), done;

    memory_context_set_current(w->ctx);
    if (what < 3) {
        toggle_space(w);
        done = 0;
    } else if (what < 7) {
        toggle_watcher(w);
        done = 0;
    } else if (what < 15) {
        use_memory(w);
        done = 0;
    } else {
        done = what < 18 ? transaction_with_space(w) : what < 45 ? transaction(w) : world_edit(w);
        check_commits(w);
    }
    check_world(w);
    return done;
}

/* ---- Life ------------------------------------------------------------------------------- */

World *world_new(unsigned id, Dice *dice)
{
    static const hwaddr units[] = { 0x1000, 0x10, 0x1000, 1, 0x100 };
    World *w = calloc(1, sizeof(*w));
    Error *err = NULL;

    w->id = id;
    w->dice = dice;
    w->unit = units[dice_below(dice, 5)];
    w->ctx = memory_context_new(NULL, &err);
    if (!w->ctx) {
        journal_fail("%s", error_get_pretty(err));
    }
    memory_context_set_verify(w->ctx, true);
    memory_context_set_current(w->ctx);
    for (unsigned k = 0; k < WATCHERS; k++) {
        w->watcher[k] = calloc(1, sizeof(Watcher));
    }
    for (unsigned k = 0; k < BELLS; k++) {
        event_notifier_init(&w->bell[k], 0);
    }
    world_make(w, BOX, dice_chance(dice, 75) ? UINT64_MAX : w->unit * (8 + dice_below(dice, 56)),
               NULL, 0);
    for (unsigned k = dice_below(dice, 3); k > 0; k--) {
        world_make_mirror(w);
    }
    for (unsigned k = 16 + dice_below(dice, NODES - 20); k > 0; k--) {
        world_make_any(w);
    }
    open_space(w, 0, w->node[0]);
    world_fill(w);
    w->requested = false;
    return w;
}

static void empty(World *w)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < w->nodes; i++) {
        if (w->node[i]->live && w->node[i]->parent) {
            world_take(w, w->node[i]);
        }
    }
    memory_region_transaction_commit();
}

/* Ends windows before what they show. */
static void unmake_all(World *w)
{
    for (bool again = true; again;) {
        again = false;
        for (unsigned i = 0; i < w->nodes; i++) {
            if (w->node[i]->live && !world_is_target(w, w->node[i])) {
                world_unmake(w->node[i]);
                again = true;
            }
        }
    }
}

void world_free(World *w)
{
    Error *err = NULL;

    memory_context_set_current(w->ctx);
    keep_nothing_of(w, NULL);
    for (unsigned i = 0; i < SPACES; i++) {
        if (w->space[i]) {
            close_space(w, i);
        }
    }
    empty(w);
    memory_drain();
    unmake_all(w);
    memory_context_set_current(NULL);
    if (!memory_context_destroy(w->ctx, &err)) {
        journal_fail("%s", error_get_pretty(err));
    }
    for (unsigned i = 0; i < w->nodes; i++) {
        free(w->node[i]);
    }
    for (unsigned i = 0; i < w->graves; i++) {
        free(w->grave[i]);
    }
    for (unsigned k = 0; k < WATCHERS; k++) {
        free(w->watcher[k]);
    }
    for (unsigned k = 0; k < BELLS; k++) {
        event_notifier_cleanup(&w->bell[k]);
    }
    free(w);
}
