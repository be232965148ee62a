/* SPDX-License-Identifier: MIT
 *
 * A whole PC into a file and out of it: its RAM, what is in its devices, and what KVM holds of its
 * processor, interrupt controllers, timer and clock. The contents of the disk stay where they are.
 */
#ifndef PC_SNAPSHOT_H
#define PC_SNAPSHOT_H

#include "pc.h"

/* Of a paused PC (pc_pause()). An error names the file, or the call of KVM that failed. */
bool snapshot_save(Pc *pc, const char *path, Error **errp);

/* Into a PC that was made with the same options and has not run yet. After an error it must not. */
bool snapshot_load(Pc *pc, const char *path, Error **errp);

#endif
