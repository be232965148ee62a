/* SPDX-License-Identifier: MIT
 *
 * Defines the inline functions of the headers once more, as exported functions: for bindings, which
 * have no headers. This file has no text of its own: PHYSMEM_INLINE makes the difference.
 */
#define PHYSMEM_INLINE extern inline __attribute__((visibility("default")))

#include <physmem/physmem.h>
