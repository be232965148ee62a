/* SPDX-License-Identifier: MIT
 *
 * libphysmem: the guest physical memory of virtual machines and emulators. This header includes all
 * others but those of the adapters.
 *
 * The comments of the headers are the reference. They use these words:
 *
 *   any thread  may be called from any thread, with or without the context's lock
 *   read side   the same, at any time: also in callbacks and in read sections
 *   edit side   any thread, but not in a read section and not from a listener's callback; takes the
 *               context's lock, and may call listeners
 *   misuse      a call that breaks its contract: it is refused and changes nothing, and a MISUSE
 *               message goes to the context's log (context.h); a debug build of the library aborts
 *   borrowed    returned without a reference: valid as long as its owner, or as the comment says
 *   D9, R3      an entry of docs/differences.md: where the library differs from the original
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
