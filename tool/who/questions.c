/* SPDX-License-Identifier: MIT
 *
 * What an argument of `physmem who` asks (who.h): an address, a range, or the name of a region. If
 * it could be two of these, the user is told which it was taken for.
 */
#include <stdio.h>
#include <string.h>

#include "terminal/address.h"
#include "who/who.h"

enum { MOST_NAMES = 8 };

GHashTable *who_names(const Mtree *tree, const MtreeFlat *views)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; tree && i < tree->lines->len; i++) {
        g_hash_table_add(names, ((MtreeLine *)tree->lines->pdata[i])->name);
    }
    for (guint i = 0; !tree && i < views->blocks->len; i++) {
        const GArray *ranges = ((FlatBlock *)views->blocks->pdata[i])->ranges;
        for (guint j = 0; j < ranges->len; j++) {
            g_hash_table_add(names, g_array_index(ranges, FlatLine, j).name);
        }
    }
    return names;
}

/* ---- Numbers ---------------------------------------------------------------------------- */

static bool take_number(const char *s, hwaddr *address, GError **error)
{
    g_autofree char *note = NULL;
    bool ok = address_parse(s, address, &note, error);

    if (note) {
        fprintf(stderr, "physmem: %s\n", note);
    }
    return ok;
}

static bool fail_range(const char *s, const char *what, GError **error)
{
    g_set_error(error, MTREE_ERROR, 0, "expected %s, not \"%s\"", what, s);
    return false;
}

/* START-END or START+SIZE, split at 'sign'. */
static bool take_range(const char *s, const char *sign, WhoQuestion *q, GError **error)
{
    g_autofree char *start = g_strndup(s, (gsize)(sign - s));
    hwaddr second;

    if (!take_number(start, &q->address, error) || !take_number(sign + 1, &second, error)) {
        return false;
    }
    q->what = WHO_RANGE;
    if (*sign == '-') {
        q->last = second;
        return q->last >= q->address ||
               fail_range(s, "a range that ends at or after its start", error);
    }
    q->last = q->address + (second - 1);
    return (second && q->last >= q->address) ||
           fail_range(s, "a range of at least one byte that ends within 64 bits", error);
}

static bool is_number(const char *s)
{
    g_autofree char *note = NULL;
    hwaddr address;

    return address_parse(s, &address, &note, NULL);
}

/* Returns the sign between two numbers; NULL if the argument is no range. */
static const char *sign_in(const char *s)
{
    const char *sign = strpbrk(s, "-+");
    g_autofree char *start = sign ? g_strndup(s, (gsize)(sign - s)) : NULL;

    return sign && is_number(start) && is_number(sign + 1) ? sign : NULL;
}

/* ---- Names ------------------------------------------------------------------------------ */

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether one has the other in it. Of shorter names than this, too many would be alike. */
static bool is_like(const char *word, const char *name)
{
    enum { LEAST = 3 };
    g_autofree char *a = g_ascii_strdown(word, -1);
    g_autofree char *b = g_ascii_strdown(name, -1);

    return *a && (strstr(b, a) || (strlen(b) >= LEAST && strstr(a, b)));
}

/* Returns some of the names that are like the word, for a message; "" if there are none. */
static char *names_like(const char *word, GHashTable *names)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (is_like(word, name)) {
            g_ptr_array_add(found, name);
        }
    }
    g_ptr_array_sort(found, by_name);
    bool more = found->len > MOST_NAMES;
    g_ptr_array_set_size(found, (gint)MIN(found->len, MOST_NAMES));
    g_ptr_array_add(found, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)found->pdata);
    return *list ? g_strdup_printf("; names like it: %s%s", list, more ? ", ..." : "")
                 : g_strdup("");
}

static bool fail_name(const char *s, GHashTable *names, GError **error)
{
    g_autofree char *like = names_like(s, names);

    g_set_error(
        error, MTREE_ERROR, 0,
        "expected an address, 1 to 16 hexadecimal digits with or without 0x, or a decimal "
        "number with K, M, G or T; a range of two, START-END or START+SIZE; or the name of "
        "a region; not \"%s\"%s",
        s, like);
    return false;
}

static bool begins_as_number(const char *s)
{
    return g_str_has_prefix(s, "0x") || g_str_has_prefix(s, "0X");
}

static void note_name(const char *s)
{
    if (is_number(s) || sign_in(s)) {
        fprintf(stderr,
                "physmem: \"%s\" is taken for the name of a region; addresses can be "
                "written with 0x\n",
                s);
    }
}

/* ---- The question ----------------------------------------------------------------------- */

bool who_parse(const char *s, GHashTable *names, WhoQuestion *q, GError **error)
{
    const char *sign = sign_in(s);

    if (g_hash_table_contains(names, s) && !begins_as_number(s)) {
        note_name(s);
        q->what = WHO_NAME;
        q->name = s;
        return true;
    }
    if (sign) {
        return take_range(s, sign, q, error);
    }
    if (is_number(s)) {
        q->what = WHO_ADDRESS;
        return take_number(s, &q->address, error);
    }
    return fail_name(s, names, error);
}
