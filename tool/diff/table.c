/* SPDX-License-Identifier: MIT
 *
 * Things by what they have in common, in order (diff.h). All matching of `physmem diff` is by such
 * tables, which makes it linear.
 */
#include "diff/diff.h"

GHashTable *diff_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_queue_free);
}

void diff_push(GHashTable *table, const char *key, gpointer thing)
{
    GQueue *queue = g_hash_table_lookup(table, key);

    if (!queue) {
        queue = g_queue_new();
        g_hash_table_insert(table, g_strdup(key), queue);
    }
    g_queue_push_tail(queue, thing);
}

gpointer diff_pop(GHashTable *table, const char *key)
{
    GQueue *queue = g_hash_table_lookup(table, key);

    return queue ? g_queue_pop_head(queue) : NULL;
}
