/* SPDX-License-Identifier: MIT
 *
 * IOMMUs of a world, and where accesses through them end (specification 10.4). Each IOMMU swaps
 * the pages of a space by a key and takes away rights to some of them. Its space and key change at
 * random, without a notification.
 */
#include "random.h"

/* The library follows at least the first number of levels, and gives up before the second one.
 * Ways of a length in between prove nothing. */
enum { LEVELS_SURE = 60, LEVELS_TOO_MANY = 80 };

static IOMMUAccessFlags rights(const Node *n, hwaddr page)
{
    uint64_t hash = (page + n->key + 1) * 0x9e3779b97f4a7c15ull;

    return (hash >> 60) > 2 ? IOMMU_RW : (IOMMUAccessFlags)(hash >> 56 & 3);
}

static IOMMUTLBEntry translate(IOMMUMemoryRegion *iommu, hwaddr addr, IOMMUAccessFlags flag,
                               int index)
{
    const Node *n = (const Node *)iommu;
    hwaddr mask = ((hwaddr)1 << n->page_bits) - 1, page = addr >> n->page_bits;
    AddressSpace *to = n->world->space[n->to_space];

    (void)flag, (void)index;
    return (IOMMUTLBEntry){
        .target_as = to,
        .iova = addr & ~mask,
        .translated_addr = (page ^ n->key) << n->page_bits,
        .addr_mask = mask,
        .perm = to ? rights(n, page) : IOMMU_NONE,
    };
}

static void class_init(ObjectClass *klass, void *data)
{
    (void)data;
    ((IOMMUMemoryRegionClass *)klass)->translate = translate;
}

__attribute__((constructor)) static void register_type(void)
{
    static const TypeInfo type = {
        .name = "random-iommu",
        .parent = TYPE_IOMMU_MEMORY_REGION,
        .instance_size = sizeof(IOMMUMemoryRegion),
        .class_init = class_init,
    };
    type_register_static(&type);
}

static void point_somewhere(World *w, Node *n)
{
    n->world = w;
    n->to_space = dice_below(w->dice, SPACES);
    n->page_bits = dice_chance(w->dice, 60) ? (unsigned)__builtin_ctzll(w->unit)
                                            : dice_below(w->dice, 14);
    n->key = dice_below(w->dice, 32);
}

void walk_make(World *w, Node *n)
{
    point_somewhere(w, n);
}

bool edit_remap(World *w, Node *n)
{
    if (n->kind != IOMMU) {
        return false;
    }
    point_somewhere(w, n);
    WORLD_SAY(w, "remap %s space %u key %" PRIx64 " page bits %u", n->name, n->to_space, n->key,
              n->page_bits);
    return true;
}

/* Goes through one level; false if nothing is there. */
static bool step(World *w, const Node **n, hwaddr *offset, bool is_write)
{
    const Node *at = *n;
    hwaddr page = *offset >> at->page_bits, mask = ((hwaddr)1 << at->page_bits) - 1;
    hwaddr addr = (page ^ at->key) << at->page_bits | (*offset & mask);

    if (!w->space[at->to_space] || !(rights(at, page) & (is_write ? IOMMU_WO : IOMMU_RO))) {
        return false;
    }
    Answer a = model_answer(w->root[at->to_space], addr);
    if (!a.node) {
        return false;
    }
    *n = a.node;
    *offset = a.offset;
    return true;
}

bool walk_from(World *w, const Node *n, hwaddr offset, bool is_write, const Node **end, hwaddr *at)
{
    unsigned levels = 0;

    *end = NULL;
    while (n->kind == IOMMU && levels < LEVELS_TOO_MANY) {
        if (!step(w, &n, &offset, is_write)) {
            return levels < LEVELS_SURE;
        }
        levels++;
    }
    if (n->kind != IOMMU) {
        *end = n;
        *at = offset;
        return levels < LEVELS_SURE;
    }
    return true;
}

/* A fault is answered by a region that is not ours. */
static bool is_ours(const World *w, const MemoryRegion *mr)
{
    for (unsigned i = 0; i < w->nodes; i++) {
        if (&w->node[i]->mr == mr) {
            return true;
        }
    }
    return false;
}

static void check_at(World *w, unsigned space, hwaddr addr, bool is_write)
{
    Answer a = model_answer(w->root[space], addr);
    const Node *end;
    hwaddr want = 0, got, len = 1;

    if (!a.node || (is_write && a.readonly) ||
        !walk_from(w, a.node, a.offset, is_write, &end, &want)) {
        return;
    }
    memory_read_lock();
    MemoryRegion *mr = address_space_translate(w->space[space], addr, &got, &len, is_write,
                                               MEMTXATTRS_UNSPECIFIED);
    memory_read_unlock();
    if (end ? mr != &end->mr || got != want : is_ours(w, mr)) {
        journal_fail("space %u at %" PRIx64 " %s: translated to %s@%" PRIx64 ", want %s@%" PRIx64,
                     space, addr, is_write ? "write" : "read",
                     is_ours(w, mr) ? memory_region_name(mr) : "nothing", got,
                     end ? end->name : "nothing", want);
    }
}

void check_walk(World *w, unsigned space, const Seen *r)
{
    check_at(w, space, r->start, false);
    check_at(w, space, r->last, true);
    hwaddr inside = w->unit * dice_below(w->dice, 20) % (r->last - r->start + 1 ?: 1);
    check_at(w, space, r->start + inside, dice_chance(w->dice, 50));
}
