/* SPDX-License-Identifier: MIT
 *
 * Drops repeated outputs of one command (sift.h). An output is repeated if it prints a space that
 * was printed before. Outputs of different spaces belong together, and all of them are kept.
 */
#include "sift/sift.h"

static bool prints_again(const SiftBlock *block, GHashTable *sections)
{
    for (guint i = 0; i < block->heads->len; i++) {
        const SiftLine *head = block->heads->pdata[i];
        gpointer section;
        if ((head->kind == SIFT_SPACE || head->kind == SIFT_VIEW_SPACE) &&
            g_hash_table_lookup_extended(sections, head->text, NULL, &section) &&
            GPOINTER_TO_UINT(section) != block->section) {
            return true;
        }
    }
    return false;
}

static void remember_spaces(const SiftBlock *block, GHashTable *sections)
{
    for (guint i = 0; i < block->heads->len; i++) {
        SiftLine *head = block->heads->pdata[i];
        bool space = head->kind == SIFT_SPACE || head->kind == SIFT_VIEW_SPACE;
        if (space && !g_hash_table_contains(sections, head->text)) {
            g_hash_table_insert(sections, head->text, GUINT_TO_POINTER(block->section));
        }
    }
}

static void count_repeated(Sift *sift, const SiftBlock *block)
{
    const GPtrArray *lists[] = { block->heads, block->ranges };

    for (int list = 0; list < 2; list++) {
        for (guint i = 0; i < lists[list]->len; i++) {
            sift_count(sift, SIFT_REPEATED, ((SiftLine *)lists[list]->pdata[i])->number);
        }
    }
}

/* Drops the sections that print a space which an earlier section printed. */
static void drop_repeated(Sift *sift, bool views)
{
    g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) bad = g_hash_table_new(NULL, NULL);
    guint kept = 0;

    for (guint i = 0; i < sift->blocks->len; i++) {
        const SiftBlock *block = sift->blocks->pdata[i];
        if (block->view == views && prints_again(block, first)) {
            g_hash_table_add(bad, GUINT_TO_POINTER(block->section));
        } else if (block->view == views) {
            remember_spaces(block, first);
        }
    }
    for (guint i = 0; i < sift->blocks->len; i++) {
        SiftBlock *block = sift->blocks->pdata[i];
        if (block->view == views && g_hash_table_contains(bad, GUINT_TO_POINTER(block->section))) {
            count_repeated(sift, block);
            sift_block_free(block);
        } else {
            sift->blocks->pdata[kept++] = block;
        }
    }
    sift->blocks->len = kept;
}

void sift_repeated(Sift *sift)
{
    drop_repeated(sift, false);
    drop_repeated(sift, true);
}
