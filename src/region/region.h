/* SPDX-License-Identifier: MIT
 *
 * The tree of regions, seen from the rooms above. An edit here changes the tree and marks what it
 * changed in the views concerned (window.c); the public calls in topology/ wrap it in a
 * transaction.
 *
 * Addresses: a region's own coordinates run from 0 to region_last(). A window is a range of them,
 * both ends inclusive, so everything is 64-bit; 2^64 appears in MemoryRegion.size only.
 *
 * All of it runs under the context's lock.
 */
#ifndef REGION_REGION_H
#define REGION_REGION_H

#include <physmem/access.h>
#include <physmem/region.h>

#include "base/context.h"

/* The last offset; the size must not be 0. */
static inline hwaddr region_last(const MemoryRegion *mr)
{
    return (hwaddr)(mr->size - 1);
}

static inline bool region_is_empty(const MemoryRegion *mr)
{
    return mr->size == 0;
}

/* RAM, ROM and RAM devices: accesses end in host memory and call nothing of the program. The flag
 * costs an access one instruction; the kind would cost two more. */
static inline bool region_is_ram(const MemoryRegion *mr)
{
    return mr->ram;
}

/* Whether a RAM block is behind the region: RAM, ROM, RAM device, ROM device. */
static inline bool region_has_ram(const MemoryRegion *mr)
{
    return mr->ram_block != NULL;
}

/* Is the device's order big endian? The order of the CPU is that of the region's machine. */
static inline bool region_is_big_endian(const MemoryRegion *mr)
{
    if (mr->ops->endianness == DEVICE_NATIVE_ENDIAN) {
        return mr->context && mr->context->big_endian;
    }
    return mr->ops->endianness == DEVICE_BIG_ENDIAN;
}

/* UINT64_MAX means 2^64. */
static inline Int128 region_size_from_arg(uint64_t size)
{
    return size == UINT64_MAX ? int128_2_64() : (Int128)size;
}

/* ---- Life (region.c, record.c) ---------------------------------------------------------- */

/* Whether a region lives in this memory: from its constructor to its end. Not for constructors,
 * which ask the context's records (record.h). */
static inline bool region_is_live(const MemoryRegion *mr)
{
    return mr->life == (uintptr_t)mr;
}

static inline bool region_has_ended(const MemoryRegion *mr)
{
    return mr->life == ~(uintptr_t)mr;
}

/* region_is_live(); if false, with a MISUSE message that names 'call'. Also false for NULL. */
bool region_check(const MemoryRegion *mr, const char *call);

/* Says, for a message, why no region lives there. The caller frees the string. */
char *region_absence(const MemoryRegion *mr);

/* The first step of every constructor: zeroes, makes the object, sets the defaults. False, with
 * a MISUSE message: a region lives there. That region stays as it was, but
 * memory_region_was_made() is false. */
bool region_init_common(MemoryRegion *mr, Object *owner, const char *name, uint64_t size);

/* The same for an instance of a type derived from TYPE_MEMORY_REGION. */
bool region_init_instance(MemoryRegion *mr, size_t instance_size, const char *type_name,
                          Object *owner, const char *name, uint64_t size);

/* Says what the region is, when its constructor has all that this kind needs. Until then it is a
 * container. */
void region_set_kind(MemoryRegion *mr, MemoryRegionKind kind);

/* Ends a region whose constructor failed: of size 0, not a child of anything, without memory. */
void region_init_failed(MemoryRegion *mr);

/* Ends a region by dropping the initial reference, which its parent has, or its creator if it
 * has no parent. */
void region_end(MemoryRegion *mr);

/* Registers a region that was just made for migration, with its owner as the device. False, with an
 * error: the owner is not a device, or the id cannot be given. */
bool region_register_new_ram(MemoryRegion *mr, Error **errp);

/* The name, or "(noname)": for messages. */
const char *region_label(const MemoryRegion *mr);

/* The region that answers accesses to holes: it rejects them all. It is constant and one for the
 * process (unassigned.c). The pointer is not to const because the interface gives it out. */
extern const MemoryRegion region_nothing;
#define region_unassigned ((MemoryRegion *)&region_nothing)

/* ---- The tree (tree.c, children.c) ------------------------------------------------------- *
 *
 * Raw edits: they change the tree and mark the views, without a transaction. */

/* A container references its child, unless both belong to one owner: that would keep the owner
 * alive for ever (D6). */
static inline bool region_references(const MemoryRegion *container, const MemoryRegion *child)
{
    return !container->owner || container->owner != child->owner;
}

/* A region and the attributes that an edit is to give it. Made when the edit begins, so that all
 * others stay as they are. */
typedef struct RegionEdit {
    MemoryRegion *mr;
    MemoryRegionAttributes to;
} RegionEdit;

static inline RegionEdit region_edit(MemoryRegion *mr)
{
    return (RegionEdit){ mr, mr->attributes };
}

/* Says, in a message to free, why the region must not go into the container of the edit; NULL if it
 * may. */
char *region_edit_refusal(const RegionEdit *edit);

/* The enabled sibling of the same priority that the region would then overlap, and from where to
 * where in the container; NULL if there is none (overlap.c). */
MemoryRegion *region_edit_overlaps(const RegionEdit *edit, hwaddr *first, hwaddr *last);

/* Whether the region would then show itself without end (loop.c). */
bool region_edit_is_endless(const RegionEdit *edit);

/* Puts the region into another container, into none, or to another address. It becomes the newest
 * of its priority. */
void region_tree_move(const RegionEdit *edit);

/* Changes any other attribute: the container and the address are those that the region has. */
void region_tree_change(const RegionEdit *edit);

/* Assigns attributes and puts the region where they say, without a mark or a note in the journal. A
 * region that moves becomes the last of its container's list. */
void region_tree_assign(MemoryRegion *mr, const MemoryRegionAttributes *to);

/* Ends an alias: it shows nothing any more. */
void region_tree_drop_target(MemoryRegion *alias);

/* The index of enabled children: a treap by address that knows how far each part reaches. */
void children_insert(MemoryRegion *mr, MemoryRegion *child);
void children_remove(MemoryRegion *mr, MemoryRegion *child);

/* The enabled children that touch [first, last], highest rank first: 'more' more than fit 'room'
 * are counted only. Returns how many there are. */
size_t children_in_window(const MemoryRegion *mr, hwaddr first, hwaddr last, MemoryRegion **found,
                          size_t room);
void children_sort_by_rank(MemoryRegion **found, size_t count);

/* ---- What an edit changed (window.c, resolve.c) ----------------------------------------- */

/* All of mr is different in every view that shows it. Before and after a change of place. */
void region_mark(MemoryRegion *mr);

/* As region_mark, but aliases on mr, for which its place plays no role, stay as they are. */
void region_mark_place(MemoryRegion *mr);

/* An ioeventfd of mr at these offsets came or went: what is shown stays as it is. */
void region_mark_ioeventfd(MemoryRegion *mr, hwaddr first, hwaddr last);

/* mr changed so that what it, its container or aliases on it give way to may be another region. */
void region_reconsider(MemoryRegion *mr);

/* The mask of dirty clients (17.1) that a view shows: of the tree that is being rendered. */
uint8_t region_shown_dirty_mask(const MemoryRegion *mr);

/* [addr, addr + size) of a region was written: marks it for those of 'clients' (bits) in its mask.
 * Nothing to do without RAM. Any thread, after the data, in a read section. */
void region_mark_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, uint8_t clients);

/* Is the range in the part in use of the region's RAM? Else a message that names 'call'. */
bool region_check_ram(MemoryRegion *mr, hwaddr addr, hwaddr size, const char *call);

#endif
