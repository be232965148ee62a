/* SPDX-License-Identifier: MIT
 *
 * Reads the text of `info mtree -f`, with or without -d; the lookup structure that -d adds is
 * skipped. Nothing is guessed here: the text says which region answered.
 */
#include "mtree-flat.h"

#include <string.h>

#include "words.h"

typedef struct FlatParser {
    MtreeFlat *flat;
    const char *file;
    unsigned number;
    FlatBlock *block; /* NULL: between blocks */
    bool keyed;       /* the line with the view's root has been read */
    bool dispatch;    /* in the part that is skipped */
    GError **error;
} FlatParser;

static void range_clear(gpointer data)
{
    g_free(((FlatLine *)data)->name);
}

static void flat_block_free(gpointer data)
{
    FlatBlock *block = data;

    g_ptr_array_unref(block->spaces);
    g_array_unref(block->ranges);
    g_free(block);
}

void mtree_flat_free(MtreeFlat *flat)
{
    g_ptr_array_unref(flat->blocks);
    g_free(flat);
}

static bool expected(FlatParser *p, const char *what)
{
    return mtree_fail(p->error, p->file, p->number, "expected %s", what);
}

/* Takes "NAME @OFFSET", from its right end. The name of an accelerator may follow. */
static void parse_name(const char *s, FlatLine *range)
{
    enum { TAIL = 2 + 16 };
    range->name = g_strdup(s);
    words_drop_suffix(range->name, " KVM");
    size_t n = strlen(range->name);
    const char *tail = n > TAIL ? range->name + n - TAIL : "";

    if (words_take(&tail, " @") && words_take_address(&tail, &range->offset)) {
        range->name[n - TAIL] = '\0';
    } else {
        range->offset = 0;
    }
}

static bool in_order(const FlatBlock *block, const FlatLine *range)
{
    guint n = block->ranges->len;

    return range->start <= range->last &&
           (!n || g_array_index(block->ranges, FlatLine, n - 1).last < range->start);
}

static bool parse_range(FlatParser *p, const char *s)
{
    FlatLine range = { 0 };

    if (!words_take_extent(&s, &range.start, &range.last) || !words_take(&s, " (prio ") ||
        !words_take_priority(&s, &range.priority) || !words_take(&s, ", ") ||
        !words_take_kind(&s, &range.kind, &range.nonvolatile) || !words_take(&s, "): ")) {
        return expected(p, "\"START-END (prio P, KIND): NAME\", \"No rendered FlatView\", "
                           "or an empty line");
    }
    if (!in_order(p->block, &range)) {
        return expected(p, "a range that begins after the end of the one above");
    }
    parse_name(s, &range);
    g_array_append_val(p->block->ranges, range);
    return true;
}

static bool begin_block(FlatParser *p)
{
    p->block = g_new0(FlatBlock, 1);
    p->block->spaces = g_ptr_array_new_with_free_func(g_free);
    p->block->ranges = g_array_new(FALSE, FALSE, sizeof(FlatLine));
    g_array_set_clear_func(p->block->ranges, range_clear);
    g_ptr_array_add(p->flat->blocks, p->block);
    p->keyed = p->dispatch = false;
    return true;
}

static bool parse_block_line(FlatParser *p, const char *s)
{
    if (p->dispatch) {
        return true;
    }
    if (!p->keyed && words_take(&s, " AS ")) {
        g_ptr_array_add(p->block->spaces, g_strdup(s));
        return true;
    }
    if (!p->keyed) {
        p->keyed = words_take(&s, " Root memory region: ");
        return p->keyed ||
               expected(p, "\" AS \"NAME\", root: ROOT\" or \" Root memory region: NAME\"");
    }
    if (words_take(&s, "  Dispatch") || words_take(&s, "  Nodes ")) {
        p->dispatch = true;
        return true;
    }
    if (words_take(&s, "  No rendered FlatView")) {
        return true;
    }
    return words_take(&s, "  ") ? parse_range(p, s) : expected(p, "a range or an empty line");
}

static bool parse_line(const char *s, gpointer data)
{
    FlatParser *p = data;

    if (!*s) {
        p->block = NULL;
        return true;
    }
    if (p->block) {
        return parse_block_line(p, s);
    }
    return words_take(&s, "FlatView #")
               ? begin_block(p)
               : expected(p, "\"FlatView #N\", as \"info mtree -f\" prints it");
}

MtreeFlat *mtree_flat_parse(const char *file, const char *text, gsize length, GError **error)
{
    g_autoptr(MtreeFlat) flat = g_new0(MtreeFlat, 1);
    FlatParser p = { .flat = flat, .file = file, .error = error };

    flat->blocks = g_ptr_array_new_with_free_func(flat_block_free);
    if (!words_each_line(file, text, length, &p.number, parse_line, &p, error)) {
        return NULL;
    }
    return g_steal_pointer(&flat);
}
