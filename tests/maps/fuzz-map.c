/* SPDX-License-Identifier: MIT
 *
 * The entry of libFuzzer: `make fuzz SECONDS=N`.
 */
#include <stdint.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    fuzz_map((const char *)bytes, length);
    return 0;
}
