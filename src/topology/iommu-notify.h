/* SPDX-License-Identifier: MIT
 *
 * Calls one notifier (iommu-notify.c). iommu-replay.c uses this.
 */
#ifndef TOPOLOGY_IOMMU_NOTIFY_H
#define TOPOLOGY_IOMMU_NOTIFY_H

#include <physmem/iommu.h>

/* Calls a notifier with the part of an event that concerns it. Does nothing if no part does. Under
 * the context's lock. */
void topology_iommu_tell(IOMMUNotifier *n, const IOMMUTLBEvent *event);

#endif
