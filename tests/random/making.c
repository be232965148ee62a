/* SPDX-License-Identifier: MIT
 *
 * The regions of a world: random kinds and sizes, in the library and in the model alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

static uint64_t io_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque, (void)size;
    return addr;
}

static void io_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    (void)opaque, (void)addr, (void)data, (void)size;
}

static const MemoryRegionOps io_ops = {
    .read = io_read,
    .write = io_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
};

hwaddr world_address(World *w)
{
    switch (dice_below(w->dice, 20)) {
    case 0:
        return 0 - w->unit * (1 + dice_below(w->dice, 24));
    case 1:
        return (1ull << 63) - w->unit * 8 + w->unit * dice_below(w->dice, 16);
    case 2:
    case 3:
        return 0;
    default:
        return w->unit * dice_below(w->dice, dice_chance(w->dice, 50) ? 24 : 60);
    }
}

uint64_t world_size(World *w, Kind kind)
{
    if (kind == RAM || kind == ROMD) {
        return w->unit * (1 + dice_below(w->dice, 10));
    }
    switch (dice_below(w->dice, kind == IO || kind == IOMMU ? 40 : 20)) {
    case 0:
        return 0;
    case 1:
        return UINT64_MAX;
    case 2:
        return 1ull << 63;
    case 3:
        return 0 - w->unit * (2 + dice_below(w->dice, 8));
    default:
        return w->unit * (1 + dice_below(w->dice, kind == IO ? 10 : kind == IOMMU ? 20 : 60));
    }
}

static void make_ram(Node *n)
{
    Error *err = NULL;

    if (n->migratable) {
        memory_region_init_ram(&n->mr, NULL, n->name, n->size, &err);
    } else {
        n->host = calloc(1, n->size);
        memory_region_init_ram_ptr(&n->mr, NULL, n->name, n->size, n->host);
    }
    if (err) {
        journal_fail("%s", error_get_pretty(err));
    }
}

static void make_romd(Node *n)
{
    Error *err = NULL;

    memory_region_init_rom_device_nomigrate(&n->mr, NULL, &io_ops, n, n->name, n->size, &err);
    if (err) {
        journal_fail("%s", error_get_pretty(err));
    }
}

static void make_region(Node *n)
{
    switch (n->kind) {
    case BOX:
        memory_region_init(&n->mr, NULL, n->name, n->size);
        break;
    case IO:
        memory_region_init_io(&n->mr, NULL, &io_ops, n, n->name, n->size);
        break;
    case RAM:
        make_ram(n);
        break;
    case ROMD:
        make_romd(n);
        break;
    case WINDOW:
        memory_region_init_alias(&n->mr, NULL, n->name, &n->target->mr, n->offset, n->size);
        break;
    case IOMMU:
        memory_region_init_iommu(&n->iommu, sizeof(n->iommu), "random-iommu", NULL, n->name,
                                 n->size);
        break;
    }
}

static Node *free_node(World *w)
{
    for (unsigned i = 0; i < w->nodes; i++) {
        if (!w->node[i]->live) {
            return w->node[i];
        }
    }
    if (w->nodes == NODES) {
        return NULL;
    }
    w->node[w->nodes] = calloc(1, sizeof(Node));
    w->node[w->nodes]->id = w->nodes;
    return w->node[w->nodes++];
}

Node *world_make(World *w, Kind kind, uint64_t size, Node *target, hwaddr offset)
{
    static const char letters[] = "birdwt";
    Node *n = free_node(w);
    unsigned id;

    if (!n) {
        return NULL;
    }
    id = n->id;
    memset(n, 0, sizeof(*n));
    *n = (Node){ .id = id,
                 .kind = kind,
                 .live = true,
                 .size = size,
                 .full = size,
                 .enabled = true,
                 .romd = true,
                 .target = target,
                 .offset = offset };
    n->migratable = kind == RAM && dice_chance(w->dice, 30);
    snprintf(n->name, sizeof(n->name), "%c%u", letters[kind], w->names++);
    if (kind == IOMMU) {
        walk_make(w, n);
    }
    WORLD_SAY(w, "new %s size %" PRIx64 " of %s+%" PRIx64 "%s", n->name, size,
              target ? target->name : "-", offset, n->migratable ? " migratable" : "");
    make_region(n);
    return n;
}

bool world_make_any(World *w)
{
    static const Kind kinds[] = { BOX, BOX,  BOX,    IO,     IO,     IO,   RAM,
                                  RAM, ROMD, WINDOW, WINDOW, WINDOW, IOMMU };
    Kind kind = kinds[dice_below(w->dice, sizeof(kinds) / sizeof(kinds[0]))];
    bool whole = dice_chance(w->dice, 25);
    Node *target;

    if (kind != WINDOW) {
        return world_make(w, kind, world_size(w, kind), NULL, 0) != NULL;
    }
    target = w->node[dice_below(w->dice, w->nodes)];
    if (!target->live || target->mirror || model_weight(target, WEIGHT / 2) >= WEIGHT / 2) {
        return false;
    }
    uint64_t size = whole ? target->size : world_size(w, kind);
    hwaddr offset = whole ? 0 : w->unit * dice_below(w->dice, 20);
    return world_make(w, kind, size, target, offset) != NULL;
}

hwaddr world_mirror_address(World *w, const Node *n)
{
    return n->offset + n->size + w->unit * dice_below(w->dice, 30);
}

void world_make_mirror(World *w)
{
    uint64_t size = w->unit * (1 + dice_below(w->dice, 30));
    hwaddr offset = w->unit * dice_below(w->dice, 20);
    Node *n = world_make(w, WINDOW, size, w->node[0], offset);

    n->mirror = true;
}

/* What was asked of a device ends with it. */
void world_unmake(Node *n)
{
    object_unparent(OBJECT(&n->mr));
    n->live = false;
    free(n->host);
    n->host = NULL;
}
