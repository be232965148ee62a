/* SPDX-License-Identifier: MIT
 *
 * The last steps of parsing, when all blocks are known (names.h): what aliases show by name,
 * and which blocks have address spaces.
 */
#include "mtree/names.h"

#include <string.h>

/* Makes a block for the region that an alias shows and that the text does not have. */
static MtreeBlock *unknown_block(Mtree *t, const MtreeLine *alias)
{
    MtreeBlock *block = g_new0(MtreeBlock, 1);

    block->number = alias->number;
    block->names = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(block->names, g_strdup(alias->target_name));
    g_ptr_array_add(t->blocks, block);
    MtreeLine *root = mtree_line_new(t, block, NULL, 0);
    root->name = g_strdup(alias->target_name);
    root->kind = alias->kind;
    root->unknown = true;
    return block;
}

/* Splits "NAME @TARGET" at the last " @". The region that is shown is unknown. */
static void split_unknown(Mtree *t, MtreeLine *line, GHashTable *unknown)
{
    char *at = g_strrstr(line->name, " @");

    line->target_name = g_strdup(at + 2);
    *at = '\0';
    MtreeBlock *block = g_hash_table_lookup(unknown, line->target_name);
    if (!block) {
        block = unknown_block(t, line);
        g_hash_table_insert(unknown, line->target_name, block);
    }
    Int128 end = int128_min((Int128)line->from + line->size, int128_2_64());
    block->root->size = int128_max(block->root->size, end);
}

/* Splits "NAME @TARGET" at the last " @" that the name of a block follows. */
static bool split_alias(MtreeLine *line, GHashTable *names)
{
    char *end = line->name + strlen(line->name);

    for (char *at = end; (at = g_strrstr_len(line->name, at - line->name, " @"));) {
        if (g_hash_table_contains(names, at + 2)) {
            line->target_name = g_strdup(at + 2);
            *at = '\0';
            return true;
        }
    }
    return false;
}

void mtree_split_aliases(Mtree *t)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) unknown = g_hash_table_new(g_str_hash, g_str_equal);
    guint count = t->lines->len;

    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        if (!block->is_space) {
            g_hash_table_add(names, block->names->pdata[0]);
        }
    }
    for (guint i = 0; i < count; i++) {
        MtreeLine *line = t->lines->pdata[i];
        if (line->is_alias && !split_alias(line, names)) {
            split_unknown(t, line, unknown);
        }
    }
}

void mtree_give_spaces(Mtree *t)
{
    bool any = false;

    for (guint i = 0; i < t->blocks->len; i++) {
        any |= ((MtreeBlock *)t->blocks->pdata[i])->is_space;
    }
    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        block->has_space = block->is_space || (!any && !block->root->unknown);
    }
    if (!any) {
        mtree_note(t, "there is an address space of each region, because the text has none");
    }
}
