/* SPDX-License-Identifier: MIT
 *
 * Regions and their tree, for this room and those above. The structure is public, in
 * physmem/region.h. A raw edit changes the tree and marks which parts of which views are out of
 * date (mark.c). The public calls in topology/ wrap raw edits in a transaction.
 *
 * A region's own addresses, its offsets, run from 0 to region_last(). Ranges have inclusive ends,
 * so 64 bits are enough; only MemoryRegion.size can be 2^64.
 *
 * A function that edits or walks the tree is called under the context's lock.
 */
#ifndef REGION_REGION_H
#define REGION_REGION_H

#include <physmem/access.h>
#include <physmem/region.h>

#include "base/context.h"
#include "base/wide.h"

/* The last offset. The size must not be 0. */
static inline hwaddr region_last(const MemoryRegion *mr)
{
    return int128_getlo(mr->size) - 1;
}

static inline bool region_is_empty(const MemoryRegion *mr)
{
    return !int128_nz(mr->size);
}

/* Whether the region is RAM, ROM or a RAM device: accesses end in host memory and run no callback
 * of the program. This reads the flag and not the kind, which would cost each access two more
 * instructions. */
static inline bool region_is_ram(const MemoryRegion *mr)
{
    return mr->ram;
}

/* The target of an alias; NULL if the region is no alias. */
static inline MemoryRegion *region_target(const MemoryRegion *mr)
{
    return mr->kind == MEMORY_KIND_ALIAS ? mr->alias : NULL;
}

/* Whether a RAM block is behind the region. RAM, ROM, RAM devices and ROM devices have one. */
static inline bool region_has_ram(const MemoryRegion *mr)
{
    return mr->ram_block != NULL;
}

/* Whether the device is big endian. DEVICE_NATIVE_ENDIAN means the byte order of the context. */
static inline bool region_is_big_endian(const MemoryRegion *mr)
{
    if (mr->ops->endianness == DEVICE_NATIVE_ENDIAN) {
        return mr->parent_obj.context && mr->parent_obj.context->rules.big_endian;
    }
    return mr->ops->endianness == DEVICE_BIG_ENDIAN;
}

/* Converts a size parameter of a public call. There UINT64_MAX means 2^64. */
static inline Int128 region_size_from_arg(uint64_t size)
{
    return size == UINT64_MAX ? int128_2_64() : int128_make64(size);
}

/* ---- Life (region.c, record.c) ---------------------------------------------------------- */

/* Whether a region lives in this memory: its constructor has run, and it has not ended.
 * Constructors must not call this, because the memory may hold anything before they run. They
 * search the context's records (record.h). */
static inline bool region_is_live(const MemoryRegion *mr)
{
    return mr->life == (uintptr_t)mr;
}

static inline bool region_has_ended(const MemoryRegion *mr)
{
    return mr->life == ~(uintptr_t)mr;
}

/* Returns whether a region lives at mr. If none does, or mr is NULL, sends a MISUSE message that
 * begins with 'call', the name of the public call. */
bool region_check(const MemoryRegion *mr, const char *call);

/* Returns a sentence for messages that says why no region lives at mr. The caller frees it. */
char *region_absence(const MemoryRegion *mr);

/* The first step of every constructor: clears the memory, makes the object, sets the defaults.
 * Returns false, with a MISUSE message, if a region lives there already. That region stays as it
 * was, except that memory_region_was_made() returns false from now on. */
bool region_init_common(MemoryRegion *mr, Object *owner, const char *name, uint64_t size);

/* The same for an instance of 'type_name', a type that is derived from TYPE_MEMORY_REGION. */
bool region_init_instance(MemoryRegion *mr, size_t instance_size, const char *type_name,
                          Object *owner, const char *name, uint64_t size);

/* Sets the kind (kinds.c). Constructors call it when the region has everything that the kind
 * needs. Until then the region is a container. */
void region_set_kind(MemoryRegion *mr, MemoryRegionKind kind);

/* Ends a region whose constructor failed. The structure is left with size 0, without a parent and
 * without RAM. */
void region_init_failed(MemoryRegion *mr);

/* Drops the initial reference, which belongs to the region's parent or, if it has none, to its
 * creator. The region ends if there is no other reference. */
void region_end(MemoryRegion *mr);

/* Registers the RAM of a region that was just made for migration, with its owner as the device
 * (vmstate.c). Returns false, with an error, if the owner is not a device or the id cannot be
 * given. */
bool region_register_new_ram(MemoryRegion *mr, Error **errp);

/* The region's name for messages; "(noname)" if it has none (queries.c). */
const char *region_label(const MemoryRegion *mr);

/* ---- Raw edits (tree.c) ------------------------------------------------------------------ */

/* Whether a container holds a reference on its child. It does not if both have the same owner:
 * that owner would then never end (D6). */
static inline bool region_references(const MemoryRegion *container, const MemoryRegion *child)
{
    return !container->owner || container->owner != child->owner;
}

/* An edit of one region: the region, and all its attributes as they will be afterwards. Inside a
 * transaction, begin with region_edit() and assign the attributes that change. */
typedef struct RegionEdit {
    MemoryRegion *mr;
    MemoryRegionAttributes to;
} RegionEdit;

static inline RegionEdit region_edit(MemoryRegion *mr)
{
    return (RegionEdit){ mr, mr->attributes };
}

/* Returns a sentence that says why the region must not be put into the edit's container, or NULL
 * if it may be (loop.c). The caller frees it. */
char *region_edit_refusal(const RegionEdit *edit);

/* Returns an enabled sibling of the same priority that the region would overlap after the edit, or
 * NULL (overlap.c). [*first, *last] is then the overlap, in addresses of the container. */
MemoryRegion *region_edit_overlaps(const RegionEdit *edit, hwaddr *first, hwaddr *last);

/* Whether the region would show itself without end after the edit (loop.c). */
bool region_edit_is_endless(const RegionEdit *edit);

/* Performs an edit of container or address, with any others. The region becomes the newest of its
 * priority in its container: the edit gets a new rank. */
void region_tree_move(RegionEdit *edit);

/* Performs an edit that keeps the container and the address. */
void region_tree_change(const RegionEdit *edit);

/* Assigns attributes, and updates the lists and indexes of the containers. Marks nothing and notes
 * nothing in the journal. A region that moves becomes the last in its container's list. For tree.c
 * and journal.c. */
void region_tree_assign(MemoryRegion *mr, const MemoryRegionAttributes *to);

/* Separates an alias from its target when either of them ends. The alias becomes a container. */
void region_tree_drop_target(MemoryRegion *alias);

/* ---- The index of a container's enabled children (children.c) ---------------------------- */

/* Add an enabled child to the index of mr, remove it. Its address and size must not change while
 * it is in the index. */
void children_insert(MemoryRegion *mr, MemoryRegion *child);
void children_remove(MemoryRegion *mr, MemoryRegion *child);

/* Children in the order in which they are rendered: up to 32 in the structure itself, more on the
 * heap. */
typedef struct ChildrenFound {
    MemoryRegion **child;
    size_t count;
    size_t room;
    MemoryRegion *few[32];
} ChildrenFound;

/* Finds the enabled children that touch [first, last]. Of two children that overlap, the one that
 * hides the other comes first: that of the higher priority, or else the newer one. For children
 * that overlap nobody the order does not matter: they come by ascending address. So a container
 * whose children lie side by side is not sorted, and its ranges are made in ascending order. */
void children_find(const MemoryRegion *mr, hwaddr first, hwaddr last, ChildrenFound *found);
void children_found_free(ChildrenFound *found);

/* ---- What an edit changed (mark.c, resolve.c) ------------------------------------------- */

/* Marks all of mr as changed in every view that shows it. For an edit of the size or of 'enabled',
 * call it before and after. */
void region_mark(MemoryRegion *mr);

/* The same for an edit of the container or the address, also to be called before and after. Does
 * not mark aliases on mr, because they show the same as before. */
void region_mark_place(MemoryRegion *mr);

/* Marks that an ioeventfd came or went at [first, last] of mr, and nothing else has changed. */
void region_mark_ioeventfd(MemoryRegion *mr, hwaddr first, hwaddr last);

/* To be called after an edit of mr. If mr, its container or an alias on mr now gives way to
 * another region than before, queues the roots that resolve through it: the next commit resolves
 * them again. */
void region_reconsider(MemoryRegion *mr);

/* ---- Holes (unassigned.c) ---------------------------------------------------------------- */

/* The region that stands for all holes and rejects every access. The process has one, which is
 * constant. region_unassigned casts const away, because the interface's structures have pointers
 * to regions that are not const. */
extern const MemoryRegion region_nothing;
#define region_unassigned ((MemoryRegion *)&region_nothing)

/* ---- Dirty pages (dirty-mask.c, dirty.c) ------------------------------------------------- */

/* The mask of dirty clients (specification 17.1) that a range of mr gets in a view. For rendering:
 * unlike memory_region_get_dirty_log_mask() it uses the attribute, which the journal can take
 * back. */
uint8_t region_shown_dirty_mask(const MemoryRegion *mr);

/* Marks [addr, addr + size) of a region as written, for those of 'clients' (bits 1 <<
 * DIRTY_MEMORY_...) that log the region. Does nothing if the region has no RAM. Call it after the
 * data is written, in a read section; any thread may. */
void region_mark_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, uint8_t clients);

/* Returns whether [addr, addr + size) lies in the used part of the region's RAM. If not, sends a
 * MISUSE message that begins with 'call'. */
bool region_check_ram(MemoryRegion *mr, hwaddr addr, hwaddr size, const char *call);

#endif
