/* SPDX-License-Identifier: MIT
 *
 * What iommu-replay.c needs of iommu-notify.c.
 */
#ifndef TOPOLOGY_IOMMU_NOTIFY_H
#define TOPOLOGY_IOMMU_NOTIFY_H

#include <physmem/iommu.h>

/* Calls the notifier for the part of the event that concerns it, if there is one. Under the
 * context's lock. */
void topology_iommu_tell(IOMMUNotifier *n, const IOMMUTLBEvent *event);

#endif
