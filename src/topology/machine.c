/* SPDX-License-Identifier: MIT
 *
 * Makes and frees the topology of a context: the structure, the slot of the empty view, and the
 * two spaces "memory" and "I/O" that every context has (specification section 22.3). src/context.c
 * calls it. The public calls that return these spaces and their roots are here, too.
 */
#include <stdlib.h>

#include <physmem/access.h>
#include <physmem/error.h>

#include "base/alloc.h"
#include "region/record.h"
#include "region/region.h"
#include "region/room.h"
#include "topology/topology.h"
#include "view/view.h"

enum { IO_PORTS = 65536 };

AddressSpace address_space_io;

static void add_default_spaces(Topology *t, bool is_default)
{
    memory_region_init(&t->system_memory, NULL, "system", UINT64_MAX);
    memory_region_init_io(&t->system_io, NULL, &unassigned_io_ops, NULL, "io", IO_PORTS);
    address_space_init(&t->memory, &t->system_memory, "memory");
    t->io = is_default ? &address_space_io : &t->own_io;
    address_space_init(t->io, &t->system_io, "I/O");
}

void topology_new(MemoryContext *ctx, bool is_default)
{
    Topology *t = alloc_new(Topology);
    ctx->topology = t;
    ctx->region->above = &transaction_above;
    TAILQ_INIT(&t->spaces);
    TAILQ_INIT(&t->detached);
    TAILQ_INIT(&t->affected);
    TAILQ_INIT(&t->listeners);
    LIST_INIT(&t->left);
    t->empty = slot_new(ctx, NULL);
    slot_render_first(t->empty);
    t->nowhere = view_new(ctx, NULL, &(RangeTree){ NULL, 0, 0 });
    add_default_spaces(t, is_default);
}

/* Returns the name of a region, a space or a listener that is not the context's own, or NULL. */
static const char *in_use(const MemoryContext *ctx)
{
    const Topology *t = ctx->topology;
    const RegionRecord *r = NULL;
    while ((r = region_record_next(ctx, r))) {
        if (!r->failed && r->entry.address != &t->system_memory &&
            r->entry.address != &t->system_io) {
            return region_record_label(r);
        }
    }
    const SpacePrivate *s;
    TAILQ_FOREACH(s, &t->spaces, link) {
        if (s->as != &t->memory && s->as != t->io) {
            return s->name;
        }
    }
    if ((s = TAILQ_FIRST(&t->detached))) {
        return s->name;
    }
    const MemoryListener *l = TAILQ_FIRST(&t->listeners);
    return !l ? NULL : l->name ? l->name : "(a listener)";
}

bool topology_is_unused(MemoryContext *ctx, Error **errp)
{
    const char *name = in_use(ctx);
    if (name) {
        error_setg(errp, "context '%s' is still in use by '%s': end that first", ctx->name, name);
    }
    return !name;
}

/* Destroys the two spaces, unless the program has destroyed them already. */
static void remove_default_spaces(Topology *t)
{
    if (t->memory.priv) {
        address_space_destroy(&t->memory);
    }
    if (t->io->priv) {
        address_space_destroy(t->io);
    }
}

/* Drains twice. Spaces hold references on their roots, so they must be gone before these regions
 * end. The regions are a part of the structure, so they must be gone before it is freed. */
void topology_free(MemoryContext *ctx)
{
    Topology *t = ctx->topology;
    FlatView *batch = NULL;
    remove_default_spaces(t);
    context_drain(ctx);
    object_unparent(OBJECT(&t->system_memory));
    object_unparent(OBJECT(&t->system_io));
    slot_free(t->empty);
    view_retire(t->nowhere, &batch);
    view_retire_batch(batch);
    context_drain(ctx);
    address_table_clear(&t->space_table);
    free(t);
}

AddressSpace *memory_context_memory(MemoryContext *ctx)
{
    return &ctx->topology->memory;
}

AddressSpace *memory_context_io(MemoryContext *ctx)
{
    return ctx->topology->io;
}

MemoryRegion *get_system_memory(void)
{
    return &memory_context_current()->topology->system_memory;
}

MemoryRegion *get_system_io(void)
{
    return &memory_context_current()->topology->system_io;
}
