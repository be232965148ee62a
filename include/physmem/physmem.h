/* SPDX-License-Identifier: MIT
 *
 * libphysmem: the guest physical memory of virtual machines and emulators. This header includes all
 * others but those of the adapters.
 *
 * The comments of the headers are the reference. They use these words:
 *
 *   any thread  may be called from any thread: with or without the context's lock, in callbacks
 *               and in read sections, but not in signal handlers (docs/threads.md). It does not
 *               wait for a context's lock and calls nothing of the program, unless its comment says
 *               so
 *   read side   as 'any thread', but it accesses guest memory: where a device answers, it takes the
 *               context's lock and calls the device's callbacks. It calls IOMMUs and hooks, too
 *   edit side   may be called from any thread, but not in a read section. It takes the context's
 *               lock, and may call listeners and the hook flush_coalesced_mmio (context.h). In a
 *               listener's callback, edits of the map are refused as misuse, and so are calls that
 *               make or end spaces or registrations of listeners
 *   misuse      a call that breaks its contract: it is refused and changes nothing, and a MISUSE
 *               message goes to the context's log (context.h); a debug build of the library aborts
 *   asserts     a call for which this does not hold ends the program with a message, by assert()
 *   borrowed    returned without a reference: valid as long as its owner, or as the comment says
 *   D9, R3      an entry of docs/differences.md: where the library differs from the original
 *
 * Parameters of these names mean the same everywhere, unless a comment says otherwise. A pointer
 * must not be NULL, unless a comment allows it.
 *
 *   mr, iommu_mr    the region or IOMMU that the call is for
 *   as, fv, ctx     the space, view or context that the call is for
 *   addr            an address in the space, or in the region: an offset in bytes
 *   len, size       a length in bytes
 *   is_write        true: for writing; false: for reading
 *   attrs           the attributes of the access (MemTxAttrs, types.h)
 *   owner, name     of a new region (memory_region_init())
 *   opaque          handed to the program's callbacks as it is
 *   errp            takes an error; NULL: the caller does not want it (error.h)
 *
 * "Specification 14.1" is a section of docs/specification.md, which has the rules that several
 * calls share.
 */
#ifndef PHYSMEM_PHYSMEM_H
#define PHYSMEM_PHYSMEM_H

#include <physmem/access.h>
#include <physmem/binding.h>
#include <physmem/cache.h>
#include <physmem/coalesce.h>
#include <physmem/context.h>
#include <physmem/dirty.h>
#include <physmem/discard.h>
#include <physmem/error.h>
#include <physmem/event_notifier.h>
#include <physmem/historic.h>
#include <physmem/inspect.h>
#include <physmem/int128.h>
#include <physmem/ioeventfd.h>
#include <physmem/iommu.h>
#include <physmem/listener.h>
#include <physmem/map.h>
#include <physmem/memop.h>
#include <physmem/object.h>
#include <physmem/ram.h>
#include <physmem/region.h>
#include <physmem/space.h>
#include <physmem/types.h>
#include <physmem/view.h>

#endif
