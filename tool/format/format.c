/* SPDX-License-Identifier: MIT
 *
 * Recognises other forms of maps than a monitor's text, and writes lines of that text (format.h).
 */
#include "format/format.h"

#include <string.h>

static const Format *const formats[] = { &format_dtb, &format_iomem };

const Format *format_of(const char *bytes, gsize length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i]->is(bytes, length)) {
            return formats[i];
        }
    }
    return NULL;
}

/* ---- Regions ---------------------------------------------------------------------------- */

/* Returns a name that cannot be taken for something else: words with one blank between, no alias,
 * no owner. */
static char *safe_name(const char *name)
{
    GString *out = g_string_new(g_str_has_prefix(name, "alias ") ? "_" : "");

    for (; *name; name++) {
        bool space = g_ascii_isspace(*name);
        if (!space) {
            g_string_append_c(out, g_ascii_isprint(*name) && *name != '{' ? *name : '?');
        } else if (out->len && out->str[out->len - 1] != ' ') {
            g_string_append_c(out, ' ');
        }
    }
    return g_strchomp(g_string_free(out, FALSE));
}

FormatRegion *format_add(FormatRegion *parent, hwaddr start, Int128 size, int priority,
                         const char *kind, const char *name)
{
    FormatRegion *region = g_new0(FormatRegion, 1);

    *region = (FormatRegion){
        .start = start, .size = size, .priority = priority, .kind = kind, .name = safe_name(name)
    };
    if (parent) {
        if (!parent->children) {
            parent->children = g_ptr_array_new_with_free_func((GDestroyNotify)format_free);
        }
        g_ptr_array_add(parent->children, region);
    }
    return region;
}

void format_free(FormatRegion *region)
{
    if (region->children) {
        g_ptr_array_unref(region->children);
    }
    g_free(region->name);
    g_free(region);
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const FormatRegion *x = *(FormatRegion *const *)a, *y = *(FormatRegion *const *)b;

    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->priority > y->priority ? -1 : x->priority < y->priority;
}

/* A text that is too deep is refused at its first line that is. */
static void print_region(GString *out, FormatRegion *r, unsigned level)
{
    g_string_append_printf(out, "%*s%016" PRIx64 "-%016" PRIx64 " (prio %d, %s): %s%s\n",
                           2 * (int)level, "", r->start, (hwaddr)(r->start + r->size - 1),
                           r->priority, r->kind, r->name, r->disabled ? " [disabled]" : "");
    if (!r->children || level > MTREE_MAX_LEVEL) {
        return;
    }
    g_ptr_array_sort(r->children, by_start);
    for (guint i = 0; i < r->children->len; i++) {
        print_region(out, r->children->pdata[i], level + 1);
    }
}

void format_print(GString *out, const char *space, FormatRegion *root)
{
    g_string_append_printf(out, "address-space: %s\n", space);
    print_region(out, root, 1);
    g_string_append_c(out, '\n');
}

/* ---- Notes ------------------------------------------------------------------------------ */

void format_tally(FormatTally *tally, const char *name)
{
    if (!tally->count++) {
        tally->first = g_strdup(name);
    }
}

void format_add_tally(GString *note, FormatTally *tally, const char *what)
{
    const char *percent = strchr(what, '%');

    if (tally->count) {
        g_string_append_printf(note, "; left out %u %.*s%s%s (%s%s)", tally->count,
                               (int)(percent - what), what, tally->count == 1 ? "" : "s",
                               percent + 1, tally->count == 1 ? "" : "the first is ",
                               tally->first);
    }
    g_free(tally->first);
}
