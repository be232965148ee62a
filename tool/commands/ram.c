/* SPDX-License-Identifier: MIT
 *
 * `physmem ram FILE`: prints where the guest sees memory: the ranges in which RAM, ROM or a ROM
 * device answers, and the stretch of its block that is there. A block is such a region. The view
 * decides, so nothing that another region hides is listed.
 */
#include <stdio.h>

#include "terminal/address.h"
#include "json/write.h"
#include "input/tool.h"

typedef struct RamOptions {
    gboolean sizes;
    gboolean json;
} RamOptions;

static bool is_ram(const FlatLine *range)
{
    return range->own_kind != MTREE_IO;
}

static Int128 size_of(const FlatLine *range)
{
    return (Int128)range->last - range->start + 1;
}

/* ---- The space -------------------------------------------------------------------------- */

/* Returns the name of --space, "memory" or, if there is no other, the only space. */
static char *chosen_space(const ToolInput *in, const MtreeFlat *views)
{
    g_autoptr(GPtrArray) names = mtree_flat_all_names(views);

    if (in->space) {
        return g_strdup(in->space);
    }
    return g_strdup(names->len == 1 ? names->pdata[0] : "memory");
}

/* Returns the first view of a space of that name; NULL if there is none. Says how many others there
 * are. */
static const FlatBlock *view_of(const MtreeFlat *views, const char *space)
{
    const FlatBlock *first = NULL;
    unsigned others = 0;

    for (guint i = 0; i < views->blocks->len; i++) {
        const FlatBlock *view = views->blocks->pdata[i];
        if (mtree_flat_has_name(view, space)) {
            others += first ? 1 : 0;
            first = first ? first : view;
        }
    }
    if (others) {
        fprintf(stderr, "physmem: %u more view%s of a space named \"%s\"; this is the first\n",
                others, others == 1 ? " is" : "s are", space);
    }
    return first;
}

/* ---- Printing --------------------------------------------------------------------------- */

static char *kind_text(const FlatLine *range)
{
    return g_strconcat(range->nonvolatile ? "nv-" : "", mtree_kind_word(range->kind), NULL);
}

static char *size_text(const RamOptions *o, Int128 size)
{
    if (o->sizes) {
        return address_size_text(size);
    }
    return size == int128_2_64() ? g_strdup("0x10000000000000000")
                                 : g_strdup_printf("0x%" G_GINT64_MODIFIER "x", (guint64)size);
}

static void print_line(const RamOptions *o, const FlatLine *range)
{
    g_autofree char *size = size_text(o, size_of(range));
    g_autofree char *kind = kind_text(range);

    printf(TARGET_FMT_plx "-" TARGET_FMT_plx " %*s %-4s %s @" TARGET_FMT_plx "\n", range->start,
           range->last, o->sizes ? 8 : 12, size, kind, range->name, range->offset);
}

static void print_member(const char *name, const char *value)
{
    printf(", \"%s\": ", name);
    json_write_string(stdout, value);
}

static void print_hex_member(const char *name, Int128 value)
{
    printf("%s\"%s\": ", g_str_equal(name, "start") ? "" : ", ", name);
    json_write_hex(stdout, value);
}

/* Prints where the range is in the process that runs the machine, if the map says so. */
static void print_host(const FlatLine *range)
{
    const MtreeRam *ram = range->line ? range->line->ram : NULL;

    if (!ram || range->offset >= ram->used) {
        return;
    }
    if (ram->id) {
        print_member("id", ram->id);
    }
    print_hex_member("ram_address", ram->address + range->offset);
    print_hex_member("host", ram->host + range->offset);
    if (ram->fd >= 0) {
        printf(", \"fd\": %d", ram->fd);
        print_hex_member("fd_offset", ram->fd_offset + range->offset);
    }
    printf(", \"shared\": %s", ram->shared ? "true" : "false");
}

static void print_object(const ToolInput *in, const FlatLine *range)
{
    fputs("    { ", stdout);
    print_hex_member("start", range->start);
    print_hex_member("last", range->last);
    print_hex_member("size", size_of(range));
    print_member("kind", mtree_kind_word(range->kind));
    printf(", \"nonvolatile\": %s", range->nonvolatile ? "true" : "false");
    print_member("block", range->name);
    print_hex_member("offset", range->offset);
    if (range->owner) {
        print_member("owner", range->owner + 1); /* behind a blank */
    }
    if (in->machine && range->number) {
        printf(", \"line\": %u", range->number);
    }
    print_host(range);
    fputs(" }", stdout);
}

static void print_json(const ToolInput *in, const char *space, const GPtrArray *ranges)
{
    fputs("{\n  \"space\": ", stdout);
    json_write_string(stdout, space);
    fputs(",\n  \"ranges\": [", stdout);
    for (guint i = 0; i < ranges->len; i++) {
        fputs(i ? ",\n" : "\n", stdout);
        print_object(in, ranges->pdata[i]);
    }
    puts(ranges->len ? "\n  ]\n}" : "]\n}");
}

static void print_text(const RamOptions *o, const GPtrArray *ranges)
{
    for (guint i = 0; i < ranges->len; i++) {
        print_line(o, ranges->pdata[i]);
    }
}

/* ---- The command ------------------------------------------------------------------------ */

static GPtrArray *ram_of(const FlatBlock *view)
{
    GPtrArray *ranges = g_ptr_array_new();

    for (guint i = 0; i < view->ranges->len; i++) {
        FlatLine *range = &g_array_index(view->ranges, FlatLine, i);
        if (is_ram(range)) {
            g_ptr_array_add(ranges, range);
        }
    }
    return ranges;
}

/* A view alone does not say what the region is that is seen read-only. */
static void note_roms(const ToolInput *in, const GPtrArray *ranges)
{
    unsigned roms = 0;

    for (guint i = 0; i < ranges->len; i++) {
        const FlatLine *range = ranges->pdata[i];
        roms += range->kind == MTREE_ROM ? 1 : 0;
    }
    if (roms && !in->machine) {
        fprintf(stderr,
                "physmem: assumed: what views alone print as rom is memory, not a device that is "
                "seen read-only (%u range%s)\n",
                roms, roms == 1 ? "" : "s");
    }
}

static bool answer(ToolInput *in, gpointer options, GError **error)
{
    const RamOptions *o = options;

    if (o->json && o->sizes) {
        g_set_error(error, MTREE_ERROR, 0, "expected --json or --human, not both");
        return false;
    }
    const MtreeFlat *views = tool_views(in);
    g_autofree char *space = chosen_space(in, views);
    const FlatBlock *view = view_of(views, space);

    if (!view) {
        return mtree_flat_fail_space(views, in->rest[0], space, error);
    }
    g_autoptr(GPtrArray) ranges = ram_of(view);
    note_roms(in, ranges);
    if (o->json) {
        print_json(in, space, ranges);
    } else {
        print_text(o, ranges);
    }
    return true;
}

int tool_ram(int argc, char **argv)
{
    RamOptions o = { 0 };
    const GOptionEntry more[] = {
        { "human", 'h', 0, G_OPTION_ARG_NONE, &o.sizes, "Print sizes as 640K", NULL },
        { "json", 0, 0, G_OPTION_ARG_NONE, &o.json, "Print JSON; see physmem-ram(1)", NULL },
        G_OPTION_ENTRY_NULL,
    };
    const ToolPlan plan = {
        .usage = "FILE",
        .summary = "Prints where the guest sees RAM and ROM: range, size, kind, block, and\n"
                   "offset in it.\n\nExamples:\n  physmem ram map.txt\n"
                   "  physmem ram --json --flat views.txt map.txt",
        .least = 1,
        .most = 1,
        .space = "The address space; else \"memory\" or the only one",
        .more = more,
        .answer = answer,
        .options = &o,
    };

    return tool_run(&plan, argc, argv);
}
