/* SPDX-License-Identifier: MIT
 *
 * The claims about discarding RAM that a context counts (discard-vetoes.c). room.c keeps the
 * counters.
 */
#ifndef RAM_DISCARD_VETOES_H
#define RAM_DISCARD_VETOES_H

#include "base/inner-lock.h"

/* The claims that a device or manager can make. */
typedef enum RamVetoKind {
    RAM_VETO_DISABLED,
    RAM_VETO_UNCOORDINATED_DISABLED,
    RAM_VETO_REQUIRED,
    RAM_VETO_COORDINATED_REQUIRED,
    RAM_VETO_KINDS,
} RamVetoKind;

typedef struct RamVetoes {
    InnerLock lock; /* protects 'count' */
    uint64_t count[RAM_VETO_KINDS];
} RamVetoes;

#endif
