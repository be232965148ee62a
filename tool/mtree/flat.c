/* SPDX-License-Identifier: MIT
 *
 * Reads the text of `info mtree -f` in the exact form; sift/sift.h leaves out the lookup structure
 * that -d adds. Nothing is guessed here: the text says which region answered.
 */
#include "mtree/flat.h"

#include <string.h>

#include "mtree/words.h"

typedef struct FlatParser {
    MtreeFlat *flat;
    const char *file;
    unsigned number;
    FlatBlock *block; /* NULL: between blocks */
    bool keyed;       /* the line with the view's root has been read */
    bool first_seen;  /* the first range was read: has_owners is set */
    bool has_owners;
    GError **error;
} FlatParser;

static void range_clear(gpointer data)
{
    FlatLine *range = data;

    g_free(range->name);
    g_free(range->owner);
}

static void flat_block_free(gpointer data)
{
    FlatBlock *block = data;

    g_ptr_array_unref(block->spaces);
    g_ptr_array_unref(block->made_for);
    g_free(block->root);
    g_array_unref(block->ranges);
    g_free(block);
}

MtreeFlat *mtree_flat_new(void)
{
    MtreeFlat *flat = g_new0(MtreeFlat, 1);

    flat->blocks = g_ptr_array_new_with_free_func(flat_block_free);
    return flat;
}

FlatBlock *mtree_flat_add_block(MtreeFlat *flat)
{
    FlatBlock *block = g_new0(FlatBlock, 1);

    block->spaces = g_ptr_array_new_with_free_func(g_free);
    block->made_for = g_ptr_array_new();
    block->ranges = g_array_new(FALSE, FALSE, sizeof(FlatLine));
    g_array_set_clear_func(block->ranges, range_clear);
    g_ptr_array_add(flat->blocks, block);
    return block;
}

void mtree_flat_free(MtreeFlat *flat)
{
    g_ptr_array_unref(flat->blocks);
    g_free(flat->source);
    g_free(flat);
}

static bool expected(FlatParser *p, const char *what)
{
    return mtree_fail(p->error, p->file, p->number, "expected %s", what);
}

/* The first range tells whether the text has owners. */
static void drop_owner(FlatParser *p, char *name, char **owner)
{
    g_autofree char *self = NULL;
    g_autofree char *before = g_strdup(name);
    bool has_owner = words_drop_owner(name, owner, &self);

    if (!p->first_seen) {
        p->first_seen = true;
        p->has_owners = has_owner;
    }
    if (has_owner && !p->has_owners) { /* it only looks like an owner */
        strcpy(name, before);
    }
    if (!has_owner || !p->has_owners) {
        g_clear_pointer(owner, g_free);
    }
}

/* Takes "NAME @OFFSET", from its right end. An owner and the name of an accelerator may follow. */
static void parse_name(FlatParser *p, const char *s, FlatLine *range)
{
    enum { TAIL = 2 + 16 };
    range->name = g_strdup(s);
    words_drop_suffix(range->name, " KVM");
    drop_owner(p, range->name, &range->owner);
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
    FlatLine range = { .number = p->number };

    if (!words_take_extent(&s, &range.start, &range.last) || !words_take(&s, " (prio ") ||
        !words_take_priority(&s, &range.priority) || !words_take(&s, ", ") ||
        !words_take_kind(&s, &range.kind, &range.nonvolatile) || !words_take(&s, "): ")) {
        return expected(p, "\"START-END (prio P, KIND): NAME\", \"No rendered FlatView\", "
                           "or an empty line");
    }
    if (!in_order(p->block, &range)) {
        return expected(p, "a range that begins after the end of the one above");
    }
    range.kind = range.kind == MTREE_CONTAINER ? MTREE_IO : range.kind;
    range.own_kind = range.kind;
    parse_name(p, s, &range);
    g_array_append_val(p->block->ranges, range);
    return true;
}

static bool begin_block(FlatParser *p)
{
    p->block = mtree_flat_add_block(p->flat);
    p->keyed = false;
    return true;
}

static bool parse_block_line(FlatParser *p, const char *s)
{
    if (!p->keyed && words_take(&s, " AS ")) {
        g_ptr_array_add(p->block->spaces, g_strdup(s));
        return true;
    }
    if (!p->keyed && words_take(&s, " Root memory region: ")) {
        p->block->root = g_strdup(s);
        return p->keyed = true;
    }
    return words_take(&s, "  ") ? parse_range(p, s) : expected(p, "a range or an empty line");
}

static bool parse_line(FlatParser *p, const char *s)
{
    if (!*s) {
        bool named = !p->block || p->block->spaces->len;
        p->block = NULL;
        return named || expected(p, "\" AS \"NAME\", root: ROOT\" below \"FlatView #N\"");
    }
    if (p->block) {
        return parse_block_line(p, s);
    }
    return words_take(&s, "FlatView #")
               ? begin_block(p)
               : expected(p, "\"FlatView #N\", as \"info mtree -f\" prints it");
}

MtreeFlat *mtree_flat_parse(const char *file, const GPtrArray *lines, GError **error)
{
    g_autoptr(MtreeFlat) flat = mtree_flat_new();
    FlatParser p = { .flat = flat, .file = file, .error = error };

    for (guint i = 0; i < lines->len; i++) {
        const MtreeText *line = lines->pdata[i];
        p.number = line->number ? line->number : p.number;
        if (!parse_line(&p, line->text)) {
            return NULL;
        }
    }
    return g_steal_pointer(&flat);
}
