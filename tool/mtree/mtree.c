/* SPDX-License-Identifier: MIT
 *
 * The printed map as a data structure (mtree.h): makes and frees it, compares subtrees. Reads no
 * text.
 */
#include "mtree/mtree.h"

bool mtree_fail(GError **error, const char *file, unsigned line, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_autofree char *what = g_strdup_vprintf(fmt, args);
    va_end(args);
    g_set_error(error, MTREE_ERROR, 0, "%s:%u: %s", file, line, what);
    return false;
}

const char *mtree_kind_word(MtreeKind kind)
{
    static const char *const words[] = { "i/o", "ram", "rom", "romd", "ramd", "container" };

    return words[kind];
}

void mtree_note(Mtree *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    g_ptr_array_add(t->notes, g_strdup_vprintf(fmt, args));
    va_end(args);
}

MtreeLine *mtree_line_new(Mtree *t, MtreeBlock *block, MtreeLine *parent, unsigned number)
{
    MtreeLine *line = g_new0(MtreeLine, 1);

    line->number = number;
    line->block = block;
    line->parent = parent;
    line->children = g_ptr_array_new();
    line->order = g_ptr_array_new();
    g_ptr_array_add(t->lines, line);
    if (number) {
        g_hash_table_insert(t->numbered, GUINT_TO_POINTER(number), line);
    }
    if (parent) {
        g_ptr_array_add(parent->children, line);
    } else {
        block->root = line;
    }
    return line;
}

static void line_free(gpointer data)
{
    MtreeLine *line = data;

    g_ptr_array_unref(line->children);
    g_ptr_array_unref(line->order);
    g_free(line->name);
    g_free(line->owner);
    g_free(line->owner_self);
    g_free(line->target_name);
    if (line->ram) {
        g_free(line->ram->id);
        g_free(line->ram);
    }
    g_free(line);
}

static void block_free(gpointer data)
{
    MtreeBlock *block = data;

    g_ptr_array_unref(block->names);
    g_free(block);
}

Mtree *mtree_new(const char *file)
{
    Mtree *t = g_new0(Mtree, 1);

    t->file = g_strdup(file);
    t->blocks = g_ptr_array_new_with_free_func(block_free);
    t->lines = g_ptr_array_new_with_free_func(line_free);
    t->numbered = g_hash_table_new(NULL, NULL);
    t->notes = g_ptr_array_new_with_free_func(g_free);
    return t;
}

void mtree_free(Mtree *t)
{
    g_ptr_array_unref(t->blocks);
    g_ptr_array_unref(t->lines);
    g_hash_table_unref(t->numbered);
    g_ptr_array_unref(t->notes);
    g_free(t->file);
    g_free(t);
}

MtreeLine *mtree_line(const Mtree *t, unsigned number)
{
    return g_hash_table_lookup(t->numbered, GUINT_TO_POINTER(number));
}

static bool same_line(const MtreeLine *a, const MtreeLine *b)
{
    return a->offset == b->offset && a->size == b->size && a->priority == b->priority &&
           a->kind == b->kind && a->nonvolatile == b->nonvolatile && a->disabled == b->disabled &&
           a->is_alias == b->is_alias && a->from == b->from &&
           a->children->len == b->children->len && g_str_equal(a->name, b->name) &&
           g_strcmp0(a->target_name, b->target_name) == 0 && g_strcmp0(a->owner, b->owner) == 0;
}

bool mtree_same_text(const MtreeLine *a, const MtreeLine *b)
{
    if (!same_line(a, b)) {
        return false;
    }
    for (guint i = 0; i < a->children->len; i++) {
        if (!mtree_same_text(a->children->pdata[i], b->children->pdata[i])) {
            return false;
        }
    }
    return true;
}

guint mtree_text_hash(const MtreeLine *line)
{
    guint h = g_str_hash(line->name);

    h = h * 31 + (guint)(line->offset ^ line->offset >> 32);
    h = h * 31 + (guint)(line->size ^ line->size >> 32);
    return h * 31 + (guint)line->priority + line->children->len;
}

void mtree_make_twins(MtreeLine *a, MtreeLine *b)
{
    a->twin = b;
    for (guint i = 0; i < a->children->len; i++) {
        mtree_make_twins(a->children->pdata[i], b->children->pdata[i]);
    }
}
