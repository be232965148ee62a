/* SPDX-License-Identifier: MIT
 *
 * The platform-level interrupt controller: priorities, enables, claim and complete.
 */
#include "plic.h"

#define REG_PRIORITY 0x0
#define REG_PENDING 0x1000
#define REG_ENABLED 0x2000
#define REG_THRESHOLD 0x200000
#define REG_CLAIM 0x200004

static bool wants_service(const Plic *plic, unsigned source)
{
    uint32_t bit = 1u << source;

    return (plic->pending & plic->enabled & ~plic->claimed & bit) &&
           plic->priority[source] > plic->threshold;
}

/* Claims the source with the highest priority; of several, the one with the lowest number. Returns
 * 0 if there is none. */
static uint32_t claim(Plic *plic)
{
    unsigned best = 0;

    for (unsigned source = 1; source <= PLIC_SOURCES; source++) {
        if (wants_service(plic, source) && plic->priority[source] > plic->priority[best]) {
            best = source;
        }
    }
    if (best != 0) {
        plic->pending &= ~(1u << best);
        plic->claimed |= 1u << best;
    }
    return best;
}

static bool is_priority(hwaddr addr)
{
    return addr - REG_PRIORITY <= PLIC_SOURCES * 4;
}

static uint64_t plic_read(void *opaque, hwaddr addr, unsigned size)
{
    Plic *plic = opaque;

    (void)size;
    if (is_priority(addr)) {
        return plic->priority[addr / 4];
    }
    switch (addr) {
    case REG_PENDING:
        return plic->pending;
    case REG_ENABLED:
        return plic->enabled;
    case REG_THRESHOLD:
        return plic->threshold;
    case REG_CLAIM:
        return claim(plic);
    default:
        return 0;
    }
}

static void plic_write(void *opaque, hwaddr addr, uint64_t data, unsigned size)
{
    Plic *plic = opaque;

    (void)size;
    if (is_priority(addr)) {
        plic->priority[addr / 4] = addr ? (data & 7) : 0;
        return;
    }
    switch (addr) {
    case REG_ENABLED:
        plic->enabled = (uint32_t)data & ~1u;
        break;
    case REG_THRESHOLD:
        plic->threshold = data & 7;
        break;
    case REG_CLAIM:
        plic->claimed &= ~(data <= PLIC_SOURCES ? 1u << data : 0);
        break;
    default:
        break;
    }
}

static const MemoryRegionOps plic_ops = {
    .read = plic_read,
    .write = plic_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

void plic_init(Plic *plic)
{
    *plic = (Plic){ .pending = 0 };
    memory_region_init_io(&plic->region, NULL, &plic_ops, plic, "plic", PLIC_SIZE);
}

void plic_raise(Plic *plic, unsigned source)
{
    plic->pending |= 1u << source;
}
