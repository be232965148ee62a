/* SPDX-License-Identifier: MIT
 *
 * Two ports for firmware: one on which it logs what it does, character by character, and one for
 * the codes of its self-test, which nobody reads.
 */
#ifndef PC_DEBUG_PORT_H
#define PC_DEBUG_PORT_H

#include <physmem/physmem.h>

typedef void DebugSink(void *opaque, char c);

typedef struct DebugPort {
    MemoryRegion text;
    MemoryRegion post_code;
    uint8_t last_post_code;
    DebugSink *sink; /* takes the log; NULL: nobody listens */
    void *sink_opaque;
} DebugPort;

void debug_port_init(DebugPort *port, DebugSink *sink, void *opaque);

#endif
