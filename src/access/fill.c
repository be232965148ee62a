/* SPDX-License-Identifier: MIT
 *
 * address_space_set(): writes one byte value to a stretch of a space. Devices see the accesses of a
 * write of that length. A guest may choose the length, because no buffer limits it. So the call
 * ends after ACCESS_STEPS pages that IOMMUs have refused.
 */
#include <string.h>

#include "access/transfer.h"

enum { FILL_BYTES = 512 };

MemTxResult address_space_set(AddressSpace *as, hwaddr addr, uint8_t byte, hwaddr len,
                              MemTxAttrs attrs)
{
    uint8_t bytes[FILL_BYTES];
    memset(bytes, byte, sizeof(bytes));
    READ_SECTION;
    Access a = access_of_space(as, address_space_to_flatview(as), attrs);
    MemTxResult result = MEMTX_OK;
    unsigned refused = 0;
    while (len && refused < ACCESS_STEPS) {
        Target t = access_translate(&a, addr, true);
        refused += t.fault != NULL;
        hwaddr step = access_step(&t, len, true);
        if (!access_is_hole(&t)) {
            step = access_cut(step, sizeof(bytes) - 1);
        }
        result |= access_write_step(&a, &t, addr, bytes, step);
        addr += step;
        len -= step;
    }
    return result;
}
