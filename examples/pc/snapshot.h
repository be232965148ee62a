/* SPDX-License-Identifier: MIT
 *
 * Saving a whole PC to a file, and restoring it: its RAM, the state of its devices, and the state
 * that KVM has of its processor, interrupt controllers, timer and clock. The contents of the disk
 * are not part of it.
 */
#ifndef PC_SNAPSHOT_H
#define PC_SNAPSHOT_H

#include "pc.h"

/* Saves a paused PC (pc_pause()). Returns false and an error that names the file, or the call of
 * KVM that failed. */
bool snapshot_save(Pc *pc, const char *path, Error **errp);

/* Restores a PC into one that was made with the same options and has not run yet. After an error
 * that PC must not run. */
bool snapshot_load(Pc *pc, const char *path, Error **errp);

#endif
