/* SPDX-License-Identifier: MIT
 *
 * Short forms of calls for the memory of the current context (specification 22.3): the attributes
 * are unspecified, and results are dropped.
 */
#include <physmem/map.h>

#include "access/callback-lock.h"

static AddressSpace *memory_of_current(void)
{
    return memory_context_memory(memory_context_current());
}

void cpu_physical_memory_rw(hwaddr addr, void *buf, hwaddr len, bool is_write)
{
    address_space_rw(memory_of_current(), addr, MEMTXATTRS_UNSPECIFIED, buf, len, is_write);
}

void *cpu_physical_memory_map(hwaddr addr, hwaddr *plen, bool is_write)
{
    return address_space_map(memory_of_current(), addr, plen, is_write, MEMTXATTRS_UNSPECIFIED);
}

void cpu_physical_memory_unmap(void *buffer, hwaddr len, bool is_write, hwaddr access_len)
{
    address_space_unmap(memory_of_current(), buffer, len, is_write, access_len);
}

bool cpu_physical_memory_is_io(hwaddr phys_addr)
{
    return address_space_is_io(memory_of_current(), phys_addr);
}

void cpu_flush_icache_range(hwaddr start, hwaddr len)
{
    address_space_flush_icache_range(memory_of_current(), start, len);
}

void qemu_flush_coalesced_mmio_buffer(void)
{
    access_flush_coalesced(memory_context_current());
}
