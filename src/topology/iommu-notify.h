/* SPDX-License-Identifier: MIT
 *
 * The call of one notifier (iommu-notify.c), for iommu-replay.c.
 */
#ifndef TOPOLOGY_IOMMU_NOTIFY_H
#define TOPOLOGY_IOMMU_NOTIFY_H

#include <physmem/iommu.h>

/* Calls a notifier with the part of an event that concerns it; does nothing if there is no such
 * part. Under the context's lock. */
void topology_iommu_tell(IOMMUNotifier *n, const IOMMUTLBEvent *event);

#endif
