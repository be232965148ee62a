/* SPDX-License-Identifier: MIT
 *
 * Tells one listener of everything in its space (introduce.c). listener.c calls it.
 */
#ifndef TOPOLOGY_INTRODUCE_H
#define TOPOLOGY_INTRODUCE_H

#include "topology/topology.h"

/* To be called when the listener is in the lists of its space, and before it leaves them. */
void listener_introduce(MemoryListener *l);
void listener_dismiss(MemoryListener *l);

#endif
