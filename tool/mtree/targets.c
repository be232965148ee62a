/* SPDX-License-Identifier: MIT
 *
 * Guesses which block an alias shows, if several have the name that it asks for (infer.h).
 *
 * The monitor prints the blocks of regions in the order in which the text first names them. So, in
 * the order of the text, each alias shows a block that was met before, or the next one. Owners
 * decide between these. Without owners, the block is meant that has something inside the window of
 * the alias, because bridges, which most of these blocks are, open their windows for their devices.
 */
#include "mtree/infer.h"

/* Texts beyond these are no machines. The rules that search are left out then. */
enum { MAX_SAME = 256, MAX_WORK = 1 << 26 };

/* The blocks of one name, in order. */
typedef struct Namesakes {
    GPtrArray *blocks;
    guint met; /* how many of them were met */
} Namesakes;

typedef struct TargetGuess {
    GPtrArray *regions;  /* blocks of regions, in order */
    guint next;          /* the first that has not been met */
    GHashTable *by_name; /* name -> Namesakes */
    GHashTable *shown;   /* "block alias" for each alias so far that has a choice */
    guint work;          /* children looked at */
} TargetGuess;

static void namesakes_free(gpointer data)
{
    g_ptr_array_unref(((Namesakes *)data)->blocks);
    g_free(data);
}

static Namesakes *namesakes_of(const TargetGuess *g, const char *name)
{
    Namesakes *same = g_hash_table_lookup(g->by_name, name);

    while (same->met < same->blocks->len &&
           ((MtreeBlock *)same->blocks->pdata[same->met])->index < g->next) {
        same->met++;
    }
    return same;
}

/* ---- By the order of the text ----------------------------------------------------------- */

/* Returns the next new block, if it is one of them. 'required' says that none of
 * them was met. Then later blocks count, too. The skipped blocks belong to aliases that the text
 * does not show. */
static MtreeBlock *next_new(const TargetGuess *g, const Namesakes *same, bool required)
{
    MtreeBlock *block = same->met < same->blocks->len ? same->blocks->pdata[same->met] : NULL;

    return block && (required || block->index == g->next) ? block : NULL;
}

/* Returns those that were met so far. The block in which the alias lies is among them only if there
 * is no other. */
static GPtrArray *met_blocks(const Namesakes *same, MtreeLine *alias)
{
    GPtrArray *met = g_ptr_array_new();
    bool own = false;

    for (guint i = same->met > MAX_SAME ? same->met - MAX_SAME : 0; i < same->met; i++) {
        if (same->blocks->pdata[i] == alias->block) {
            own = true;
        } else {
            g_ptr_array_add(met, same->blocks->pdata[i]);
        }
    }
    if (!met->len && own) {
        g_ptr_array_add(met, alias->block);
    }
    return met;
}

static MtreeBlock *with_owner_of(const MtreeLine *alias, GPtrArray *blocks)
{
    for (guint i = 0; alias->owner_self && i < blocks->len; i++) {
        MtreeBlock *block = blocks->pdata[i];
        if (g_strcmp0(block->root->owner_self, alias->owner_self) == 0) {
            return block;
        }
    }
    return NULL;
}

/* ---- By what is inside ------------------------------------------------------------------ */

static char *shown_key(const MtreeLine *alias, const MtreeBlock *block)
{
    return g_strdup_printf("%u %s", block->index, alias->name);
}

/* Whether the block may be the one that the alias shows, as far as other aliases tell. A bridge's
 * region is shown on one bus only, which is not its own, and once by each name of an alias. */
static bool may_show(const TargetGuess *g, const MtreeLine *alias, const MtreeBlock *block)
{
    g_autofree char *key = shown_key(alias, block);

    return block != alias->block && (!block->shown_in || block->shown_in == alias->parent) &&
           !g_hash_table_contains(g->shown, key);
}

/* Whether something that can answer lies in the part of the region that the alias shows. */
static bool shows_something(TargetGuess *g, const MtreeLine *alias, const MtreeBlock *block)
{
    const GPtrArray *children = block->root->children;

    for (guint i = 0; i < children->len && g->work < MAX_WORK; i++, g->work++) {
        const MtreeLine *child = children->pdata[i];
        if (!child->disabled && child->offset < alias->from + alias->size &&
            alias->from < child->offset + child->size) {
            return true;
        }
    }
    return false;
}

/* Returns the only block that has something inside the window of the alias. NULL if there is none,
 * or several. */
static MtreeBlock *only_with_content(TargetGuess *g, const MtreeLine *alias, const Namesakes *same)
{
    MtreeBlock *only = NULL;

    for (guint i = 0; i < same->blocks->len; i++) {
        MtreeBlock *block = same->blocks->pdata[i];
        if (may_show(g, alias, block) && shows_something(g, alias, block)) {
            if (only) {
                return NULL;
            }
            only = block;
        }
    }
    return only;
}

/* Returns the first block that the alias may show; NULL if there is none. */
static MtreeBlock *first_free(const TargetGuess *g, const MtreeLine *alias,
                              const GPtrArray *blocks)
{
    for (guint i = 0; i < blocks->len; i++) {
        if (may_show(g, alias, blocks->pdata[i])) {
            return blocks->pdata[i];
        }
    }
    return NULL;
}

/* A window of one byte is closed, and its target changes no answer but those for other aliases. */
static MtreeBlock *by_content(TargetGuess *g, const MtreeLine *alias, const Namesakes *same,
                              const GPtrArray *candidates)
{
    if (alias->owner_self || same->blocks->len < 2 || same->blocks->len > MAX_SAME) {
        return NULL;
    }
    return alias->size > 1 ? only_with_content(g, alias, same) : first_free(g, alias, candidates);
}

/* ---- The choice ------------------------------------------------------------------------- */

static MtreeBlock *choose_target(TargetGuess *g, MtreeLine *alias, const Namesakes *same)
{
    g_autoptr(GPtrArray) candidates = met_blocks(same, alias);
    bool own_only = candidates->len == 1 && candidates->pdata[0] == alias->block;
    MtreeBlock *fresh = next_new(g, same, !candidates->len);

    alias->guessed_target = same->blocks->len > 1;
    if (fresh && own_only) {
        return fresh;
    }
    if (fresh) {
        g_ptr_array_add(candidates, fresh);
    }
    MtreeBlock *owned = with_owner_of(alias, candidates);
    alias->guessed_target &= !owned;
    MtreeBlock *found = owned ? owned : by_content(g, alias, same, candidates);
    return found ? found : candidates->pdata[candidates->len - 1];
}

static void guess_target(TargetGuess *g, MtreeLine *alias)
{
    const Namesakes *same = namesakes_of(g, alias->target_name);
    MtreeBlock *target = choose_target(g, alias, same);

    alias->target = target;
    g->next = MAX(g->next, target->index + 1);
    if (!target->shown_in) {
        target->shown_in = alias->parent;
    }
    if (same->blocks->len > 1) {
        g_hash_table_add(g->shown, shown_key(alias, target));
    }
}

static void guess_targets_below(TargetGuess *g, MtreeLine *line)
{
    if (line->is_alias) {
        guess_target(g, line);
    }
    for (guint i = 0; i < line->children->len; i++) {
        guess_targets_below(g, line->children->pdata[i]);
    }
}

static void add_region(TargetGuess *g, MtreeBlock *block)
{
    const char *name = block->names->pdata[0];
    Namesakes *same = g_hash_table_lookup(g->by_name, name);

    if (!same) {
        same = g_new0(Namesakes, 1);
        same->blocks = g_ptr_array_new();
        g_hash_table_insert(g->by_name, (char *)name, same);
    }
    block->index = g->regions->len;
    block->shown_in = NULL;
    g_ptr_array_add(same->blocks, block);
    g_ptr_array_add(g->regions, block);
}

void mtree_guess_targets(Mtree *t)
{
    g_autoptr(GPtrArray) regions = g_ptr_array_new();
    g_autoptr(GHashTable) by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, namesakes_free);
    g_autoptr(GHashTable) shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    TargetGuess g = { .regions = regions, .by_name = by_name, .shown = shown };

    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        if (!block->is_space) {
            add_region(&g, block);
        }
    }
    for (guint i = 0; i < t->blocks->len; i++) {
        guess_targets_below(&g, ((MtreeBlock *)t->blocks->pdata[i])->root);
    }
}
