/* SPDX-License-Identifier: MIT
 *
 * Regions and their tree, for this room and those above. A raw edit changes the tree and marks what
 * that changes in the views (mark.c); the public calls in topology/ wrap raw edits in a
 * transaction.
 *
 * Addresses: a region's own coordinates run from 0 to region_last(). A window is a range of them
 * with both ends inclusive, so 64 bits are enough; only MemoryRegion.size can be 2^64.
 *
 * Everything that edits or walks the tree runs under the context's lock.
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

/* Whether the region is RAM, ROM or a RAM device: accesses end in host memory and run no callback
 * of the program. Asking the flag costs an access one instruction; asking the kind costs three. */
static inline bool region_is_ram(const MemoryRegion *mr)
{
    return mr->ram;
}

/* Whether a RAM block is behind the region: in RAM, ROM, RAM devices and ROM devices. */
static inline bool region_has_ram(const MemoryRegion *mr)
{
    return mr->ram_block != NULL;
}

/* Whether the device's byte order is big endian. DEVICE_NATIVE_ENDIAN is the order of the region's
 * machine. */
static inline bool region_is_big_endian(const MemoryRegion *mr)
{
    if (mr->ops->endianness == DEVICE_NATIVE_ENDIAN) {
        return mr->context && mr->context->big_endian;
    }
    return mr->ops->endianness == DEVICE_BIG_ENDIAN;
}

/* A size that the interface was given, where UINT64_MAX means 2^64. */
static inline Int128 region_size_from_arg(uint64_t size)
{
    return size == UINT64_MAX ? int128_2_64() : (Int128)size;
}

/* ---- Life (region.c, record.c) ---------------------------------------------------------- */

/* Whether a region lives in this memory: from its constructor to its end. Constructors must not ask
 * this, because the memory may hold anything before them; they ask the records (record.h). */
static inline bool region_is_live(const MemoryRegion *mr)
{
    return mr->life == (uintptr_t)mr;
}

static inline bool region_has_ended(const MemoryRegion *mr)
{
    return mr->life == ~(uintptr_t)mr;
}

/* Returns whether a region lives there. If none does, or mr is NULL, a MISUSE message names
 * 'call'. */
bool region_check(const MemoryRegion *mr, const char *call);

/* Says, for a message, why no region lives there. The caller frees the string. */
char *region_absence(const MemoryRegion *mr);

/* The first step of every constructor: clears the memory, makes the object, sets the defaults.
 * Returns false, with a MISUSE message, if a region lives there. That region stays as it was,
 * except that memory_region_was_made() is false. */
bool region_init_common(MemoryRegion *mr, Object *owner, const char *name, uint64_t size);

/* The same for an instance of a type derived from TYPE_MEMORY_REGION. */
bool region_init_instance(MemoryRegion *mr, size_t instance_size, const char *type_name,
                          Object *owner, const char *name, uint64_t size);

/* Says what the region is. Constructors call it when they have everything that the kind needs;
 * until then the region is a container. */
void region_set_kind(MemoryRegion *mr, MemoryRegionKind kind);

/* Ends a region whose constructor failed. Its size is then 0, and it has no parent and no
 * memory. */
void region_init_failed(MemoryRegion *mr);

/* Ends a region: drops its initial reference, which belongs to its parent or, if it has none, to
 * its creator. */
void region_end(MemoryRegion *mr);

/* Registers a region that was just made for migration, with its owner as the device. Returns false,
 * with an error, if the owner is not a device or the id cannot be given. */
bool region_register_new_ram(MemoryRegion *mr, Error **errp);

/* The region's name for messages; "(noname)" if it has none. */
const char *region_label(const MemoryRegion *mr);

/* The region that answers in holes: it rejects every access. It is constant, and there is one for
 * the process (unassigned.c). The interface gives it out as a pointer that is not to const. */
extern const MemoryRegion region_nothing;
#define region_unassigned ((MemoryRegion *)&region_nothing)

/* ---- Raw edits (tree.c) ------------------------------------------------------------------ */

/* Whether a container references its child. If both belong to one owner it does not, because the
 * owner would then never end (D6). */
static inline bool region_references(const MemoryRegion *container, const MemoryRegion *child)
{
    return !container->owner || container->owner != child->owner;
}

/* A region and the attributes that an edit gives it. It is made inside the transaction, with the
 * attributes that the region has; the edit then sets those that it changes. */
typedef struct RegionEdit {
    MemoryRegion *mr;
    MemoryRegionAttributes to;
} RegionEdit;

static inline RegionEdit region_edit(MemoryRegion *mr)
{
    return (RegionEdit){ mr, mr->attributes };
}

/* Returns a message, to be freed, that says why the region must not go into the edit's container;
 * NULL if it may (loop.c). */
char *region_edit_refusal(const RegionEdit *edit);

/* Returns an enabled sibling of the same priority that the region overlaps after the edit; *first
 * and *last are where, in the container. NULL if there is none (overlap.c). */
MemoryRegion *region_edit_overlaps(const RegionEdit *edit, hwaddr *first, hwaddr *last);

/* Whether the region shows itself without end after the edit (loop.c). */
bool region_edit_is_endless(const RegionEdit *edit);

/* Puts the region into another container, into none, or to another address. It becomes the newest
 * of its priority. */
void region_tree_move(const RegionEdit *edit);

/* Changes other attributes. The container and the address must be those that the region has. */
void region_tree_change(const RegionEdit *edit);

/* Assigns attributes and puts the region where they say, without marks and without a note in the
 * journal. A region that moves becomes the last in its container's list. For tree.c and
 * journal.c. */
void region_tree_assign(MemoryRegion *mr, const MemoryRegionAttributes *to);

/* Takes the target from an alias, when either of them ends. The alias is then a container. */
void region_tree_drop_target(MemoryRegion *alias);

/* ---- The index of a container's enabled children (children.c) ---------------------------- */

void children_insert(MemoryRegion *mr, MemoryRegion *child);
void children_remove(MemoryRegion *mr, MemoryRegion *child);

/* Finds the enabled children that touch [first, last], in the order of addresses. Stores at most
 * 'room' of them and returns how many there are. */
size_t children_in_window(const MemoryRegion *mr, hwaddr first, hwaddr last, MemoryRegion **found,
                          size_t room);

/* Sorts by priority, the highest first; among equals, the newest first. */
void children_sort_by_rank(MemoryRegion **found, size_t count);

/* ---- What an edit changed (mark.c, resolve.c) ------------------------------------------- */

/* Marks all of mr as different in every view that shows it. For edits of its place, call it before
 * and after. */
void region_mark(MemoryRegion *mr);

/* The same for a change of mr's place in its container: aliases on mr show what they did, so they
 * are not marked. */
void region_mark_place(MemoryRegion *mr);

/* Marks that an ioeventfd of mr came or went at these offsets. Nothing else is different. */
void region_mark_ioeventfd(MemoryRegion *mr, hwaddr first, hwaddr last);

/* To be called after an edit of mr: mr, its container and the aliases on mr may now give way to
 * another region. Queues the roots that resolved through one that does. */
void region_reconsider(MemoryRegion *mr);

/* The mask of dirty clients that a view shows for mr (specification 17.1), from the tree as it is
 * being rendered. */
uint8_t region_shown_dirty_mask(const MemoryRegion *mr);

/* Marks [addr, addr + size) of a region as written, for those of 'clients' (bits) that log it. Does
 * nothing without RAM. To be called after the data is written, in a read section. Any thread. */
void region_mark_dirty(MemoryRegion *mr, hwaddr addr, hwaddr size, uint8_t clients);

/* Returns whether the range lies in the used part of the region's RAM. If not, a MISUSE message
 * names 'call'. */
bool region_check_ram(MemoryRegion *mr, hwaddr addr, hwaddr size, const char *call);

#endif
