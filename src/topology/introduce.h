/* SPDX-License-Identifier: MIT
 *
 * Tells one listener about a whole space (introduce.c): for the files of this room.
 */
#ifndef TOPOLOGY_INTRODUCE_H
#define TOPOLOGY_INTRODUCE_H

#include "topology/topology.h"

void listener_introduce(MemoryListener *l);
void listener_dismiss(MemoryListener *l);

#endif
