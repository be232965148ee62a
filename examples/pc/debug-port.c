/* SPDX-License-Identifier: MIT
 *
 * The debug ports. The first one reads as a number by which firmware knows that it is there.
 */
#include "debug-port.h"

#define DEBUG_PORT_THERE 0xe9

static uint64_t text_read(void *opaque, hwaddr addr, unsigned size)
{
    (void)opaque;
    (void)addr;
    (void)size;
    return DEBUG_PORT_THERE;
}

static void text_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    DebugPort *port = opaque;

    (void)addr;
    (void)size;
    if (port->sink) {
        port->sink(port->sink_opaque, (char)data);
    }
}

static uint64_t post_code_read(void *opaque, hwaddr addr, unsigned size)
{
    const DebugPort *port = opaque;

    (void)addr;
    (void)size;
    return port->last_post_code;
}

static void post_code_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    DebugPort *port = opaque;

    (void)addr;
    (void)size;
    port->last_post_code = (uint8_t)data;
}

#define BYTE_WIDE                                                                                 \
    .endianness = DEVICE_LITTLE_ENDIAN, .valid = { .min_access_size = 1, .max_access_size = 1 },  \
    .impl = { .min_access_size = 1, .max_access_size = 1 }

static const MemoryRegionOps text_ops = { .read = text_read, .write = text_write, BYTE_WIDE };
static const MemoryRegionOps post_code_ops = { .read = post_code_read,
                                               .write = post_code_write,
                                               BYTE_WIDE };

void debug_port_init(DebugPort *port, DebugSink *sink, void *opaque)
{
    *port = (DebugPort){ .sink = sink, .sink_opaque = opaque };
    memory_region_init_io(&port->text, NULL, &text_ops, port, "debug-port", 1);
    memory_region_init_io(&port->post_code, NULL, &post_code_ops, port, "post-code", 1);
}
