/* SPDX-License-Identifier: MIT
 *
 * Prints trees and views as JSON (docs/map.schema.json). A first walk over the trees gives each
 * region its id, because regions refer to others that come later. Then the regions are printed in
 * that order, and a walk over the views prints these.
 */
#include <physmem/inspect.h>

#include <stdlib.h>

#include "base/alloc.h"
#include "inspect/json-words.h"
#include "inspect/numbers.h"
#include "inspect/text.h"
#include "inspect/walk.h"
#include "ram/block.h"
#include "region/region.h"
#include "topology/topology.h"
#include "view/view.h"

typedef struct JsonPrinter {
    InspectVisitor visitor;
    FILE *out;
    Numbers regions;
    Numbers spaces;
    bool again;       /* an object of the list that is being printed came before */
    bool space_again; /* the same for the spaces of a view */
} JsonPrinter;

/* Prints what stands between two objects of a list. */
static void next_object(JsonPrinter *p)
{
    fputs(p->again ? ",\n    " : "\n    ", p->out);
    p->again = true;
}

/* Begins a list that is a member of the whole. end_list() follows. */
static void begin_list(JsonPrinter *p, const char *name)
{
    fprintf(p->out, ",\n  \"%s\": [", name);
    p->again = false;
}

static void end_list(const JsonPrinter *p)
{
    fputs(p->again ? "\n  ]" : "]", p->out);
}

/* Prints the id of a region, unless the walk did not meet it. */
static void print_id_member(const JsonPrinter *p, const char *name, const MemoryRegion *mr)
{
    const Numbered *n = inspect_numbers_find(&p->regions, mr);

    if (n) {
        inspect_json_int_member(p->out, name, (int64_t)n->number);
    }
}

static const char *kind_word(const MemoryRegion *mr)
{
    switch (mr->kind) {
    case MEMORY_KIND_CONTAINER:
        return "container";
    case MEMORY_KIND_ALIAS:
        return "alias";
    case MEMORY_KIND_RAM:
        return "ram";
    case MEMORY_KIND_RAM_DEVICE:
        return "ram-device";
    case MEMORY_KIND_ROM_DEVICE:
        return "rom-device";
    case MEMORY_KIND_IO:
        return "io";
    case MEMORY_KIND_RESERVATION:
        return "reservation";
    case MEMORY_KIND_IOMMU:
        return "iommu";
    }
    return "io";
}

static void print_kind(FILE *out, const MemoryRegion *mr)
{
    inspect_json_string_member(out, "kind", kind_word(mr));
    if (mr->kind == MEMORY_KIND_ROM_DEVICE) {
        inspect_json_bool_member(out, "romd", mr->romd_mode);
    }
}

static void print_owner(FILE *out, const MemoryRegion *mr)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);

    if (memory) {
        inspect_owner_print(memory, mr);
        if (fclose(memory) == 0 && length > 0) {
            inspect_json_string_member(out, "owner", text + 1); /* without the blank in front */
        }
    }
    free(text);
}

/* ---- Spaces ----------------------------------------------------------------------------- */

static void print_space(JsonPrinter *p, const AddressSpace *as)
{
    next_object(p);
    fputs("{ \"name\": ", p->out);
    inspect_json_string(p->out, as->name);
    if (as->root) {
        print_id_member(p, "root", as->root);
    } else {
        fputs(", \"root\": null", p->out);
    }
    fputs(" }", p->out);
}

static void print_spaces(JsonPrinter *p, MemoryContext *ctx)
{
    const SpacePrivate *s;

    begin_list(p, "spaces");
    TAILQ_FOREACH(s, &ctx->topology->spaces, link) {
        inspect_numbers_add(&p->spaces, s->as);
        print_space(p, s->as);
    }
    end_list(p);
}

/* ---- Regions ---------------------------------------------------------------------------- */

static void note_region(InspectVisitor *v, const MemoryRegion *mr, hwaddr base, unsigned level)
{
    (void)base, (void)level;
    inspect_numbers_add(&((JsonPrinter *)v)->regions, mr);
}

static void ignore_begin(InspectVisitor *v, const MemoryRegion *target)
{
    (void)v, (void)target;
}

static void ignore_space(InspectVisitor *v, const AddressSpace *as)
{
    (void)v, (void)as;
}

static void ignore_end(InspectVisitor *v)
{
    (void)v;
}

/* Orders by rank in the container, the region in front of all others first. */
static int compare_rank(const void *a, const void *b)
{
    const MemoryRegion *x = *(MemoryRegion *const *)a;
    const MemoryRegion *y = *(MemoryRegion *const *)b;

    if (x->priority != y->priority) {
        return x->priority > y->priority ? -1 : 1;
    }
    return x->rank > y->rank ? -1 : x->rank < y->rank;
}

static void print_children(const JsonPrinter *p, const MemoryRegion *mr)
{
    MemoryRegion *sub, **list = NULL;
    size_t count = 0, i = 0;

    TAILQ_FOREACH(sub, &mr->subregions, siblings) {
        count++;
    }
    if (!count) {
        return;
    }
    list = alloc_zero(count * sizeof(*list));
    TAILQ_FOREACH(sub, &mr->subregions, siblings) {
        list[i++] = sub;
    }
    qsort(list, count, sizeof(*list), compare_rank);
    fputs(", \"children\": [", p->out);
    for (i = 0; i < count; i++) {
        fprintf(p->out, "%s%zu", i ? ", " : "",
                inspect_numbers_find(&p->regions, list[i])->number);
    }
    fputc(']', p->out);
    free(list);
}

static void print_alias(const JsonPrinter *p, const MemoryRegion *mr)
{
    fprintf(p->out, ", \"alias\": { \"target\": %zu",
            inspect_numbers_find(&p->regions, mr->alias)->number);
    inspect_json_hex_member(p->out, "offset", mr->alias_offset);
    fputs(" }", p->out);
}

static void print_ram(FILE *out, RAMBlock *rb)
{
    fprintf(out, ", \"ram\": { \"shared\": %s", rb->flags & RAM_SHARED ? "true" : "false");
    if (*qemu_ram_get_idstr(rb)) {
        inspect_json_string_member(out, "block", qemu_ram_get_idstr(rb));
    }
    inspect_json_hex_member(out, "address", rb->offset);
    inspect_json_hex_member(out, "used", rb->used_length);
    inspect_json_hex_member(out, "maximum", rb->max_length);
    inspect_json_hex_member(out, "page_size", rb->page_size);
    inspect_json_hex_member(out, "host", (uintptr_t)rb->host);
    if (rb->fd >= 0) {
        inspect_json_int_member(out, "fd", rb->fd);
        inspect_json_hex_member(out, "fd_offset", rb->fd_offset);
    }
    fputs(" }", out);
}

static void print_attributes(FILE *out, const MemoryRegion *mr)
{
    inspect_json_int_member(out, "priority", mr->priority);
    inspect_json_bool_member(out, "enabled", mr->enabled);
    inspect_json_bool_member(out, "readonly", mr->readonly);
    inspect_json_bool_member(out, "nonvolatile", mr->nonvolatile);
    if (mr->unmergeable) {
        inspect_json_bool_member(out, "unmergeable", true);
    }
}

static void print_region(JsonPrinter *p, const MemoryRegion *mr, size_t id)
{
    next_object(p);
    fprintf(p->out, "{ \"id\": %zu", id);
    inspect_json_string_member(p->out, "name", region_label(mr));
    print_kind(p->out, mr);
    inspect_json_size_member(p->out, "size", mr->size);
    inspect_json_hex_member(p->out, "address", mr->addr);
    print_attributes(p->out, mr);
    print_owner(p->out, mr);
    print_id_member(p, "container", mr->container);
    print_children(p, mr);
    if (region_target(mr)) {
        print_alias(p, mr);
    } else if (mr->ram_block) {
        print_ram(p->out, mr->ram_block);
    }
    fputs(" }", p->out);
}

static void number_regions(JsonPrinter *p, MemoryContext *ctx)
{
    p->visitor = (InspectVisitor){
        .begin = ignore_begin,
        .space = ignore_space,
        .region = note_region,
        .end = ignore_end,
    };
    inspect_walk_trees(ctx, &p->visitor);
}

static void print_regions(JsonPrinter *p)
{
    begin_list(p, "regions");
    for (const Numbered *n = p->regions.first; n; n = n->next) {
        print_region(p, n->entry.address, n->number);
    }
    end_list(p);
}

/* ---- Views ------------------------------------------------------------------------------ */

static void begin_view(InspectVisitor *v, const MemoryRegion *target)
{
    JsonPrinter *p = (JsonPrinter *)v;

    (void)target;
    next_object(p);
    fputs("{ \"spaces\": [", p->out);
    p->space_again = false;
}

static void print_view_space(InspectVisitor *v, const AddressSpace *as)
{
    JsonPrinter *p = (JsonPrinter *)v;

    fprintf(p->out, "%s%zu", p->space_again ? ", " : "",
            inspect_numbers_find(&p->spaces, as)->number);
    p->space_again = true;
}

static void print_view(InspectVisitor *v, const FlatView *fv)
{
    JsonPrinter *p = (JsonPrinter *)v;

    fputc(']', p->out);
    print_id_member(p, "root", fv->key);
    inspect_json_string_member(p->out, "root_name", fv->key ? region_label(fv->key) : "(none)");
    fputs(", \"ranges\": [", p->out);
    p->again = false;
}

static void print_range(InspectVisitor *v, const Range *range)
{
    JsonPrinter *p = (JsonPrinter *)v;

    fprintf(p->out, "%s\n      { \"start\": \"0x%" PRIx64 "\"", p->again ? "," : "", range->start);
    p->again = true;
    inspect_json_hex_member(p->out, "last", range->last);
    print_id_member(p, "region", range->mr);
    inspect_json_hex_member(p->out, "offset", range->offset);
    inspect_json_string_member(p->out, "name", region_label(range->mr));
    print_kind(p->out, range->mr);
    inspect_json_int_member(p->out, "priority", range->mr->priority);
    inspect_json_bool_member(p->out, "readonly", range->readonly);
    inspect_json_bool_member(p->out, "nonvolatile", range->nonvolatile);
    print_owner(p->out, range->mr);
    fputs(" }", p->out);
}

static void end_view(InspectVisitor *v)
{
    JsonPrinter *p = (JsonPrinter *)v;

    fputs(p->again ? "\n    ] }" : "] }", p->out);
    p->again = true;
}

static void print_views(JsonPrinter *p, MemoryContext *ctx)
{
    p->visitor = (InspectVisitor){
        .begin = begin_view,
        .space = print_view_space,
        .view = print_view,
        .range = print_range,
        .end = end_view,
    };
    begin_list(p, "views");
    inspect_walk_views(ctx, &p->visitor);
    end_list(p);
}

/* ---- The whole -------------------------------------------------------------------------- */

static void print_head(const MemoryContext *ctx, FILE *out)
{
    fprintf(out,
            "{\n  \"format\": \"physmem-map\",\n  \"version\": \"1.0\",\n  \"page_bits\": %u,\n"
            "  \"quirks\": [%s]",
            ctx->page_bits, ctx->quirks & MEMORY_QUIRK_COLLAPSED_ROOT ? "\"collapsed-root\"" : "");
}

void memory_context_describe_json(MemoryContext *ctx, FILE *out)
{
    CONTEXT_LOCK(ctx);
    JsonPrinter p = { .out = out };

    number_regions(&p, ctx);
    print_head(ctx, out);
    print_spaces(&p, ctx);
    print_regions(&p);
    print_views(&p, ctx);
    fputs("\n}\n", out);
    inspect_numbers_clear(&p.regions);
    inspect_numbers_clear(&p.spaces);
}
