/* SPDX-License-Identifier: MIT
 *
 * Finds which region of one tree is which region of the other (diff.h): blocks by the names of
 * their spaces or regions, then what a container has by name and place, then by name alone. The
 * order of the listing counts only between regions of one name. Time is linear.
 */
#include "diff/diff.h"

/* ---- Matching --------------------------------------------------------------------------- */

typedef char *LineKeyFunc(const MtreeLine *line);

static char *key_place(const MtreeLine *line)
{
    return g_strdup_printf("%" PRIx64 " %" PRIx64 " %s %d %s", line->offset,
                           (uint64_t)(line->size - 1), line->name, line->is_alias,
                           line->is_alias ? line->target_name : "");
}

static char *key_name(const MtreeLine *line)
{
    return g_strdup_printf("%s %d", line->name, line->is_alias);
}

static bool match(DiffLines *lines, MtreeLine *a, MtreeLine *b)
{
    a = mtree_real(a);
    b = mtree_real(b);
    if (g_hash_table_contains(lines->after, a) || g_hash_table_contains(lines->before, b)) {
        return false;
    }
    g_hash_table_insert(lines->after, a, b);
    g_hash_table_insert(lines->before, b, a);
    return true;
}

static GHashTable *free_children(const DiffLines *lines, const MtreeLine *b, LineKeyFunc *key_of)
{
    GHashTable *table = diff_table();

    for (guint i = 0; i < b->children->len; i++) {
        MtreeLine *child = b->children->pdata[i];
        if (!g_hash_table_contains(lines->before, mtree_real(child))) {
            g_autofree char *key = key_of(child);
            diff_push(table, key, child);
        }
    }
    return table;
}

static void match_children(DiffLines *lines, const MtreeLine *a, const MtreeLine *b,
                           LineKeyFunc *key_of)
{
    g_autoptr(GHashTable) table = free_children(lines, b, key_of);

    for (guint i = 0; i < a->children->len; i++) {
        MtreeLine *child = a->children->pdata[i];
        if (!g_hash_table_contains(lines->after, mtree_real(child))) {
            g_autofree char *key = key_of(child);
            MtreeLine *partner = diff_pop(table, key);
            if (partner) {
                match(lines, child, partner);
            }
        }
    }
}

static void match_below(DiffLines *lines, MtreeLine *a, MtreeLine *b)
{
    a = mtree_real(a);
    b = mtree_real(b);
    match_children(lines, a, b, key_place);
    match_children(lines, a, b, key_name);
    for (guint i = 0; i < a->children->len; i++) {
        MtreeLine *child = a->children->pdata[i];
        MtreeLine *partner = g_hash_table_lookup(lines->after, mtree_real(child));
        if (partner && child->children->len) {
            match_below(lines, child, partner);
        }
    }
}

static char *block_key(const char *name, bool stems)
{
    return stems ? diff_stem(name) : g_strdup(name);
}

static GHashTable *blocks_by_name(const DiffLines *lines, const Mtree *t, bool spaces, bool stems)
{
    GHashTable *table = diff_table();

    for (guint i = 0; i < t->blocks->len; i++) {
        MtreeBlock *block = t->blocks->pdata[i];
        if (g_hash_table_contains(lines->before, mtree_real(block->root))) {
            continue;
        }
        for (guint j = 0; block->is_space == spaces && j < block->names->len; j++) {
            g_autofree char *key = block_key(block->names->pdata[j], stems);
            diff_push(table, key, block);
        }
    }
    return table;
}

static void match_blocks(DiffLines *lines, const Mtree *a, const Mtree *b, bool spaces, bool stems)
{
    g_autoptr(GHashTable) table = blocks_by_name(lines, b, spaces, stems);

    for (guint i = 0; i < a->blocks->len; i++) {
        const MtreeBlock *block = a->blocks->pdata[i];
        for (guint j = 0; block->is_space == spaces && j < block->names->len; j++) {
            g_autofree char *key = block_key(block->names->pdata[j], stems);
            MtreeBlock *partner = diff_pop(table, key);
            if (partner && match(lines, block->root, partner->root)) {
                match_below(lines, block->root, partner->root);
            }
        }
    }
}

DiffLines *diff_lines_new(const Mtree *a, const Mtree *b)
{
    DiffLines *lines = g_new0(DiffLines, 1);

    lines->after = g_hash_table_new(NULL, NULL);
    lines->before = g_hash_table_new(NULL, NULL);
    match_blocks(lines, a, b, true, false);
    match_blocks(lines, a, b, false, false);
    match_blocks(lines, a, b, true, true);
    return lines;
}

void diff_lines_free(DiffLines *lines)
{
    g_hash_table_unref(lines->after);
    g_hash_table_unref(lines->before);
    g_free(lines);
}

/* ---- Differences ------------------------------------------------------------------------ */

static const char unsaid[] = " (a guess: the text does not say)";

static void add_numbers(GString *out, const char *what, hwaddr a, hwaddr b)
{
    if (a != b) {
        g_string_append_printf(out, ", %s " TARGET_FMT_plx " -> " TARGET_FMT_plx, what, a, b);
    }
}

static void add_words(GString *out, const char *what, const char *a, const char *b)
{
    if (!g_str_equal(a, b)) {
        g_string_append_printf(out, ", %s%s -> %s", what, a, b);
    }
}

static void add_kind(GString *out, const MtreeLine *a, const MtreeLine *b, bool answers)
{
    add_words(out, "", mtree_kind_word(a->kind), mtree_kind_word(b->kind));
    if (answers && a->container != b->container) {
        g_string_append_printf(out, ", %s%s",
                               a->container ? "container -> i/o" : "i/o -> container",
                               a->says_container != b->says_container ? "" : unsaid);
    }
}

/* Whether a container or an alias makes what it shows read-only. */
static void add_readonly(GString *out, const MtreeLine *a, const MtreeLine *b)
{
    if (a->readonly != b->readonly) {
        g_string_append_printf(out, ", %s%s",
                               a->readonly ? "read-only -> writable" : "writable -> read-only",
                               unsaid);
    }
}

static char *size_of(const MtreeLine *line)
{
    Int128 size = mtree_size(line);

    return size == int128_2_64() ? g_strdup("2^64")
                                 : g_strdup_printf("0x%" PRIx64, (uint64_t)size);
}

static void add_alias(GString *out, const MtreeLine *a, const MtreeLine *b)
{
    add_words(out, "shows ", a->target_name, b->target_name);
    add_numbers(out, "from", a->from, b->from);
}

char *diff_line_changes(const MtreeLine *a, const MtreeLine *b, bool answers)
{
    GString *out = g_string_new(NULL);
    g_autofree char *size_a = size_of(a), *size_b = size_of(b);

    add_numbers(out, "offset", a->offset, b->offset);
    add_words(out, "size ", size_a, size_b);
    if (a->priority != b->priority) {
        g_string_append_printf(out, ", priority %d -> %d", a->priority, b->priority);
    }
    add_words(out, "", a->disabled ? "disabled" : "enabled", b->disabled ? "disabled" : "enabled");
    add_readonly(out, a, b);
    add_words(out, "", a->nonvolatile ? "nonvolatile" : "volatile",
              b->nonvolatile ? "nonvolatile" : "volatile");
    if (a->is_alias && b->is_alias) {
        add_alias(out, a, b);
    } else {
        add_kind(out, a, b, answers);
    }
    if (out->len) {
        g_string_erase(out, 0, 2);
    }
    return g_string_free(out, !out->len);
}
