/* SPDX-License-Identifier: MIT
 *
 * Programs use these names for their own fields, parameters and variables, and the interface uses
 * them for objects: both must compile, in C and in C++. Only compiled (check-headers).
 */
#include <physmem/physmem.h>
#include <stdio.h>

struct bus {
    MemoryRegion *address_space_mem;
    MemoryRegion *address_space_io;
    bool error_abort;
    bool error_fatal;
};

MemoryRegion *bus_new(struct bus *bus, MemoryRegion *address_space_io, bool error_fatal);

MemoryRegion *bus_new(struct bus *bus, MemoryRegion *address_space_io, bool error_fatal)
{
    bool error_abort = !error_fatal;

    bus->address_space_io = address_space_io;
    bus->error_abort = error_abort;
    bus->error_fatal = error_fatal;
    return bus->address_space_io;
}

/* Names of later versions of the interface. */
int later(RAMBlock *rb, ram_addr_t addr, char text[32]);

int later(RAMBlock *rb, ram_addr_t addr, char text[32])
{
    MemOp op = MO_TEUQ;

    snprintf(text, 32, RAM_ADDR_FMT, addr < RAM_ADDR_MAX ? addr : 0);
    return op == MO_LEUQ || op == MO_BEUQ ? qemu_ram_get_fd(rb) : MO_UQ;
}

/* The same names outside such a scope. */
AddressSpace *ports(void);
Error **how_to_fail(bool fatal);

AddressSpace *ports(void)
{
    return &address_space_io;
}

Error **how_to_fail(bool fatal)
{
    return fatal ? &error_fatal : &error_abort;
}
