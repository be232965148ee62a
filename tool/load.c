/* SPDX-License-Identifier: MIT
 *
 * Reads a tree from a file and fills in what its text leaves open: from hints, by guesses that are
 * corrected with the machine's own views, or by guesses alone. The user is told of guesses that
 * could change an answer. open.c and the tests call it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mtree-infer.h"
#include "tool.h"

static FILE *open_input(const char *file, GError **error)
{
    if (g_str_equal(file, "-")) {
        return stdin;
    }
    FILE *in = fopen(file, "rb");
    if (!in) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s", file, strerror(errno));
    }
    return in;
}

/* Stops after a little more than MTREE_MAX_BYTES, because the parser refuses such a text
 * anyway. */
static bool read_all(FILE *in, const char *file, GString *all, GError **error)
{
    char piece[65536];
    size_t n;

    while (all->len <= MTREE_MAX_BYTES && (n = fread(piece, 1, sizeof(piece), in)) > 0) {
        g_string_append_len(all, piece, (gssize)n);
    }
    if (ferror(in)) {
        g_set_error(error, MTREE_ERROR, 0, "%s: %s", file, strerror(errno));
        return false;
    }
    return true;
}

bool load_text(const char *file, char **text, gsize *length, GError **error)
{
    FILE *in = open_input(file, error);

    if (!in) {
        return false;
    }
    GString *all = g_string_new(NULL);
    bool ok = read_all(in, file, all, error);
    if (in != stdin) {
        fclose(in);
    }
    *length = all->len;
    *text = g_string_free(all, !ok);
    return ok;
}

Mtree *load_tree(const char *file, const char *text, gsize length, GError **error)
{
    return mtree_parse(file, text, length, error);
}

bool load_hints(Mtree *t, const char *file, const char *text, gsize length, GError **error)
{
    return mtree_hints_apply(t, file, text, length, error) && mtree_check(t, error);
}

bool load_flat(Mtree *t, const char *file, const char *text, gsize length, GError **error)
{
    g_autoptr(MtreeFlat) flat = mtree_flat_parse(file, text, length, error);

    if (!flat) {
        return false;
    }
    mtree_infer(t);
    if (!mtree_check(t, error)) {
        return false;
    }
    mtree_fit(t, flat);
    mtree_note_targets(t);
    return true;
}

bool load_guesses(Mtree *t, GError **error)
{
    mtree_infer(t);
    if (!mtree_check(t, error)) {
        return false;
    }
    mtree_note_targets(t);
    mtree_note_guesses(t);
    return true;
}
