/* SPDX-License-Identifier: MIT
 *
 * Reads a file of hints: facts that the text of a printed tree leaves open, by line number of that
 * text; see physmem(1). With hints nothing is guessed: a fact that the file does not state is
 * false.
 */
#include "mtree/mtree.h"

#include <string.h>

#include "mtree/words.h"

typedef struct HintParser {
    Mtree *t;
    const char *file;
    unsigned number;
    char **words;
    guint count;
    GError **error;
} HintParser;

G_GNUC_PRINTF(2, 3) static bool expected(HintParser *p, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    return mtree_fail(p->error, p->file, p->number, "expected %s", what);
}

/* Reads word i as a number. */
static bool number_at(HintParser *p, guint i, guint64 min, guint64 max, unsigned *value)
{
    guint64 v;
    const char *word = i < p->count ? p->words[i] : "";

    if (!g_ascii_string_to_unsigned(word, 10, min, max, &v, NULL)) {
        return expected(p, "a number from %u to %" G_GUINT64_FORMAT " as word %u, not \"%s\"",
                        (unsigned)min, max, i + 1, word);
    }
    *value = (unsigned)v;
    return true;
}

static MtreeLine *line_at(HintParser *p, guint i)
{
    unsigned number;

    if (!number_at(p, i, 1, G_MAXUINT, &number)) {
        return NULL;
    }
    MtreeLine *line = mtree_line(p->t, number);
    if (!line) {
        expected(p, "the number of a region's line in %s, not %u", p->t->file, number);
    }
    return line;
}

static bool word_count(HintParser *p, guint count)
{
    return p->count == count ||
           expected(p, "%u number%s after \"%s\"", count - 1, count == 2 ? "" : "s", p->words[0]);
}

static MtreeLine *block_root_at(HintParser *p, guint i)
{
    MtreeLine *line = line_at(p, i);

    if (line && line->parent) {
        expected(p, "the first line of a block, not line %u", line->number);
        return NULL;
    }
    return line;
}

/* ---- One function per word -------------------------------------------------------------- */

static bool hint_page_bits(HintParser *p)
{
    return word_count(p, 2) && number_at(p, 1, 6, 30, &p->t->page_bits);
}

static bool hint_container(HintParser *p)
{
    MtreeLine *line = word_count(p, 2) ? line_at(p, 1) : NULL;

    if (line && (line->is_alias || line->kind != MTREE_IO)) {
        return expected(p, "the line of an i/o region that is not an alias");
    }
    return line && (line->container = true);
}

static bool hint_iommu(HintParser *p)
{
    MtreeLine *line = word_count(p, 2) ? line_at(p, 1) : NULL;

    if (line && (line->is_alias || line->kind != MTREE_IO)) {
        return expected(p, "the line of an i/o region that is not an alias");
    }
    return line && (line->iommu = true);
}

static bool hint_readonly(HintParser *p)
{
    MtreeLine *line = word_count(p, 2) ? line_at(p, 1) : NULL;

    return line && (line->readonly = true);
}

static bool hint_empty(HintParser *p)
{
    MtreeLine *line = word_count(p, 2) ? line_at(p, 1) : NULL;

    if (line && line->size != 1) {
        return expected(p, "the line of a region that is printed with one byte");
    }
    return line && (line->empty = true);
}

static bool hint_same(HintParser *p)
{
    MtreeLine *again = word_count(p, 3) ? block_root_at(p, 1) : NULL;
    MtreeLine *line = again ? line_at(p, 2) : NULL;

    if (!line) {
        return false;
    }
    if (again->twin || mtree_real(line)->block == again->block || !mtree_same_text(again, line)) {
        return expected(p, "two lines of one region, with the same text below them");
    }
    mtree_make_twins(again, line);
    return true;
}

static bool hint_target(HintParser *p)
{
    MtreeLine *alias = word_count(p, 3) ? line_at(p, 1) : NULL;
    MtreeLine *root = alias ? block_root_at(p, 2) : NULL;

    if (!root) {
        return false;
    }
    if (!alias->is_alias || root->block->is_space ||
        !g_str_equal(root->block->names->pdata[0], alias->target_name)) {
        return expected(p, "the line of an alias and the first line of a block with the name "
                           "that the alias shows");
    }
    alias->target = root->block;
    return true;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    return *(const gint *)a - *(const gint *)b;
}

/* Sorts the given siblings: in the given order they take the places that they now have among all
 * siblings. */
static bool hint_order(HintParser *p)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 1; i < p->count; i++) {
        MtreeLine *line = line_at(p, i);
        guint place;
        if (!line) {
            return false;
        }
        MtreeLine *first = i > 1 ? lines->pdata[0] : line;
        if (!line->parent || line->parent != first->parent || line->priority != first->priority ||
            g_ptr_array_find(lines, line, NULL)) {
            return expected(p, "the lines of different regions of one container and one priority");
        }
        g_ptr_array_find(line->parent->order, line, &place);
        g_ptr_array_add(lines, line);
        g_array_append_val(places, place);
    }
    g_array_sort(places, by_index);
    for (guint i = 0; i < lines->len; i++) {
        MtreeLine *line = lines->pdata[i];
        line->parent->order->pdata[g_array_index(places, guint, i)] = line;
    }
    return lines->len || expected(p, "the lines of siblings after \"order\"");
}

static bool parse_line(const char *s, gpointer data)
{
    static const struct {
        const char *word;
        bool (*apply)(HintParser *p);
    } hints[] = {
        { "page-bits", hint_page_bits }, { "container", hint_container }, { "iommu", hint_iommu },
        { "readonly", hint_readonly },   { "empty", hint_empty },         { "same", hint_same },
        { "target", hint_target },       { "order", hint_order },
    };
    HintParser *p = data;
    g_auto(GStrv) words = g_strsplit(s, " ", -1);

    p->words = words;
    p->count = g_strv_length(words);
    for (size_t i = 0; p->count && i < G_N_ELEMENTS(hints); i++) {
        if (g_str_equal(words[0], hints[i].word)) {
            return hints[i].apply(p);
        }
    }
    return !*s || expected(p,
                           "one of page-bits, container, iommu, readonly, empty, same, "
                           "target, order, not \"%s\"",
                           words[0]);
}

/* ---- Facts without a hint ---------------------------------------------------------------- */

static gint by_priority(gconstpointer a, gconstpointer b)
{
    const MtreeLine *x = *(MtreeLine *const *)a, *y = *(MtreeLine *const *)b;

    return x->priority > y->priority ? -1 : x->priority < y->priority;
}

static void set_plain(Mtree *t)
{
    g_autoptr(GHashTable) blocks = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = t->blocks->len; i-- > 0;) {
        MtreeBlock *block = t->blocks->pdata[i];
        if (!block->is_space) {
            g_hash_table_insert(blocks, block->names->pdata[0], block);
        }
    }
    for (guint i = 0; i < t->lines->len; i++) {
        MtreeLine *line = t->lines->pdata[i];
        g_ptr_array_extend(line->order, line->children, NULL, NULL);
        g_ptr_array_sort(line->order, by_priority);
        line->target = line->is_alias ? g_hash_table_lookup(blocks, line->target_name) : NULL;
        line->container = line->number == 0 && !line->unknown;
    }
}

bool mtree_hints_apply(Mtree *t, const char *file, const char *text, gsize length, GError **error)
{
    HintParser p = { .t = t, .file = file, .error = error };

    set_plain(t);
    return words_each_line(file, text, length, &p.number, parse_line, &p, error);
}
