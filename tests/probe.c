/* SPDX-License-Identifier: MIT
 *
 * The device that writes down what it is asked; see probe.h.
 */
#include <string.h>

#include "probe.h"

static unsigned lane(const Probe *p, unsigned i, unsigned size)
{
    return 8 * (p->ops.endianness == DEVICE_BIG_ENDIAN ? size - 1 - i : i);
}

static uint64_t value_at(const Probe *p, hwaddr addr, unsigned size)
{
    uint64_t val = 0;

    for (unsigned i = 0; i < size; i++) {
        uint64_t byte = addr + i < PROBE_BYTES ? p->byte[addr + i] : 0xee;
        val |= byte << lane(p, i, size);
    }
    return val;
}

static void value_put(Probe *p, hwaddr addr, uint64_t val, unsigned size)
{
    for (unsigned i = 0; i < size && addr + i < PROBE_BYTES; i++) {
        p->byte[addr + i] = (uint8_t)(val >> lane(p, i, size));
    }
}

static void begin(Probe *p, const char *what, hwaddr addr, unsigned size)
{
    g_string_append_printf(p->m->trace, "%s%s:%s%" PRIx64 "/%u", p->m->trace->len ? " " : "",
                           p->name, what, addr, size);
}

static uint64_t probe_read(void *opaque, hwaddr addr, unsigned size)
{
    Probe *p = opaque;

    begin(p, "r", addr, size);
    if (p->hook) {
        p->hook(p, addr, size, false);
    }
    return value_at(p, addr, size);
}

static void probe_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Probe *p = opaque;

    begin(p, "w", addr, size);
    g_string_append_printf(p->m->trace, "=%" PRIx64, data);
    if (p->hook) {
        p->hook(p, addr, size, true);
    }
    value_put(p, addr, data, size);
}

static MemTxResult probe_read_attrs(void *opaque, hwaddr addr, uint64_t *data, unsigned size,
                                    MemTxAttrs attrs)
{
    Probe *p = opaque;

    p->attrs = attrs;
    *data = probe_read(p, addr, size);
    return p->result;
}

static MemTxResult probe_write_attrs(void *opaque, hwaddr addr, uint64_t data, unsigned size,
                                     MemTxAttrs attrs)
{
    Probe *p = opaque;

    p->attrs = attrs;
    probe_write(p, addr, data, size);
    return p->result;
}

static bool probe_accepts(void *opaque, hwaddr addr, unsigned size, bool is_write,
                          MemTxAttrs attrs)
{
    Probe *p = opaque;

    p->attrs = attrs;
    begin(p, is_write ? "aw" : "ar", addr, size);
    return p->accepts;
}

Probe *probe_new_owned(Machine *m, Object *owner, const char *name, uint64_t size,
                       MemoryRegionOps limits)
{
    Probe *p = g_new0(Probe, 1);

    p->m = m;
    p->name = name;
    p->ops = limits;
    p->ops.read = probe_read;
    p->ops.write = probe_write;
    for (unsigned i = 0; i < PROBE_BYTES; i++) {
        p->byte[i] = (uint8_t)(0x10 + i);
    }
    memory_region_init_io(&p->mr, owner, &p->ops, p, name, size);
    g_ptr_array_add(m->regions, &p->mr);
    return p;
}

Probe *probe_new(Machine *m, const char *name, uint64_t size, MemoryRegionOps limits)
{
    return probe_new_owned(m, NULL, name, size, limits);
}

Probe *probe_new_plain(Machine *m, const char *name, uint64_t size)
{
    return probe_new(m, name, size,
                     (MemoryRegionOps){ .endianness = DEVICE_LITTLE_ENDIAN,
                                        .valid = { .min_access_size = 1, .max_access_size = 8 },
                                        .impl = { .min_access_size = 1, .max_access_size = 8 } });
}

void probe_use_attrs(Probe *p)
{
    p->ops.read = NULL;
    p->ops.write = NULL;
    p->ops.read_with_attrs = probe_read_attrs;
    p->ops.write_with_attrs = probe_write_attrs;
}

void probe_ask(Probe *p)
{
    p->ops.valid.accepts = probe_accepts;
}

AddressSpace *probe_space(Machine *m, MemoryRegion **root)
{
    *root = box_new(m, "root", 0x10000);
    return space_new(m, *root, "as");
}

char *hex_text(const void *buf, size_t len)
{
    GString *s = g_string_new(NULL);

    for (size_t i = 0; i < len; i++) {
        g_string_append_printf(s, "%02x", ((const uint8_t *)buf)[i]);
    }
    return g_string_free(s, false);
}

uint8_t *host_of(MemoryRegion *mr)
{
    return memory_region_get_ram_ptr(mr);
}

void count_up(void *buf, unsigned len)
{
    for (unsigned i = 0; i < len; i++) {
        ((uint8_t *)buf)[i] = (uint8_t)(0xa0 + i);
    }
}

MemoryRegion *ram_at(Machine *m, MemoryRegion *root, hwaddr addr, const char *name)
{
    MemoryRegion *mr = ram_new(m, name, 0x1000);

    memory_region_add_subregion(root, addr, mr);
    count_up(host_of(mr), 0x40);
    return mr;
}
