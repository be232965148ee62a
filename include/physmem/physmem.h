/* SPDX-License-Identifier: MIT
 *
 * libphysmem: the guest physical memory of virtual machines and emulators. This header includes
 * all others but those of the adapters.
 */
#ifndef PHYSMEM_PHYSMEM_H
#define PHYSMEM_PHYSMEM_H

#include <physmem/access.h>
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
