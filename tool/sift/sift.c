/* SPDX-License-Identifier: MIT
 *
 * Calls the steps of the front end one after the other (sift.h).
 */
#include "sift/sift.h"

static void line_free(gpointer data)
{
    g_free(((SiftLine *)data)->text);
    g_free(data);
}

static void text_free(gpointer data)
{
    g_free(((MtreeText *)data)->text);
    g_free(data);
}

static Sift *sift_alloc(const char *file)
{
    Sift *sift = g_new0(Sift, 1);

    sift->file = file;
    sift->lines = g_ptr_array_new_with_free_func(line_free);
    sift->blocks = g_ptr_array_new_with_free_func(sift_block_free);
    sift->tree = g_ptr_array_new_with_free_func(text_free);
    sift->views = g_ptr_array_new_with_free_func(text_free);
    return sift;
}

void sift_free(Sift *sift)
{
    g_ptr_array_unref(sift->lines);
    g_ptr_array_unref(sift->blocks);
    g_ptr_array_unref(sift->tree);
    g_ptr_array_unref(sift->views);
    g_free(sift->front);
    g_free(sift);
}

/* Counts a last line without a newline that may be cut. The line of an alias shows itself whether
 * it is whole. */
static void look_at_end(Sift *sift, const GString *text)
{
    guint n = sift->lines->len;
    const SiftLine *last = n ? sift->lines->pdata[n - 1] : NULL;

    if (last && last->kind == SIFT_RANGE && text->str[text->len - 1] != '\n' &&
        !g_str_has_prefix(sift_range_name(last->text) ?: "", "alias ")) {
        sift_count(sift, SIFT_NO_END, last->number);
    }
}

/* The lines that begin with + and - belong to two maps. */
static bool is_one_map(const Sift *sift, const GString *text, GError **error)
{
    const SiftTally *odd = &sift->tallies[SIFT_ODD];

    return !odd->count ||
           g_strcmp0(sift_form(text->str, text->len), "the difference of two texts") != 0 ||
           mtree_fail(error, sift->file, odd->first,
                      "expected a map, but this line is part of the difference of two");
}

Sift *sift_new(const char *file, const char *bytes, gsize length, GError **error)
{
    g_autoptr(Sift) sift = sift_alloc(file);

    if (length > MTREE_MAX_BYTES) {
        mtree_fail(error, file, 1, "expected a file of at most %d bytes", MTREE_MAX_BYTES);
        return NULL;
    }
    GString *text = sift_bytes(bytes, length);
    sift_mail(sift, text);
    sift_json(sift, text);
    sift_html(sift, text);
    sift_ours(sift, text);
    bool ok = sift_lines(sift, text, error);
    if (ok) {
        look_at_end(sift, text);
        sift_wraps(sift);
        sift_blocks(sift);
        sift_repeated(sift);
        sift_levels(sift);
        sift_write(sift);
        ok = is_one_map(sift, text, error);
    }
    g_string_free(text, TRUE);
    return ok ? g_steal_pointer(&sift) : NULL;
}
