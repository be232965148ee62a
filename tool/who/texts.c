/* SPDX-License-Identifier: MIT
 *
 * Prints the answers of several spaces (who.h). Spaces with the same text are printed together.
 */
#include <stdio.h>

#include "terminal/progress.h"
#include "who/who.h"

static void print_group(const char *text, const GPtrArray *names)
{
    progress_end();
    for (guint i = 0; i < names->len; i++) {
        printf("%s%s", i ? ", " : "", (const char *)names->pdata[i]);
    }
    printf(":\n%s", text);
}

void who_tell_texts(const WhoQuestion *q, const GPtrArray *spaces, WhoText *text, gpointer data)
{
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GPtrArray) texts = g_ptr_array_new(); /* in order; the table owns them */

    for (guint i = 0; i < spaces->len; i++) {
        const MachineSpace *space = spaces->pdata[i];
        char *answer = text(q, space, data);
        GPtrArray *names = g_hash_table_lookup(groups, answer);
        if (names) {
            g_free(answer);
        } else {
            names = g_ptr_array_new();
            g_hash_table_insert(groups, answer, names);
            g_ptr_array_add(texts, answer);
        }
        g_ptr_array_add(names, (gpointer)space->name);
    }
    for (guint i = 0; i < texts->len; i++) {
        print_group(texts->pdata[i], g_hash_table_lookup(groups, texts->pdata[i]));
    }
}
