#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A machine with RAM and a timer that is written in Python, by ctypes: machine.py [LIBRARY]"""
import ctypes as c
import sys

lib = c.CDLL(sys.argv[1] if len(sys.argv) > 1 else 'libphysmem.so.0')
for name in ('memory_region_new', 'get_system_memory', 'memory_context_default', 'memory_context_memory'):
    getattr(lib, name).restype = c.c_void_p
lib.memory_region_free.restype = c.c_bool
lib.memory_context_memory.argtypes = [c.c_void_p]
space = c.c_void_p(lib.memory_context_memory(lib.memory_context_default()))
system = c.c_void_p(lib.get_system_memory())

READ = c.CFUNCTYPE(c.c_uint64, c.c_void_p, c.c_uint64, c.c_uint)
WRITE = c.CFUNCTYPE(None, c.c_void_p, c.c_uint64, c.c_uint64, c.c_uint)


class Ops(c.Structure):
    """MemoryRegionOps: the two callbacks, and the rest as zeros, which are the defaults."""
    _fields_ = [('read', READ), ('write', WRITE),
                ('rest', c.c_char * (lib.memory_sizeof(b'MemoryRegionOps') - 16))]


ticks = [100]
timer_ops = Ops(READ(lambda opaque, addr, size: ticks[0] + addr),
                WRITE(lambda opaque, addr, data, size: ticks.__setitem__(0, data)))
ram, timer = (c.c_void_p(lib.memory_region_new()) for _ in range(2))
lib.memory_region_init_ram(ram, None, b'ram', c.c_uint64(1 << 20), None)
lib.memory_region_init_io(timer, None, c.byref(timer_ops), None, b'timer', c.c_uint64(16))
lib.memory_region_add_subregion(system, c.c_uint64(0), ram)
lib.memory_region_add_subregion(system, c.c_uint64(0x10000000), timer)

lib.stl_le_phys(space, c.c_uint64(0x1000), c.c_uint32(0x12345678))
print(f'RAM at 0x1000: {lib.ldl_le_phys(space, c.c_uint64(0x1000)):#x}')
lib.stl_le_phys(space, c.c_uint64(0x10000000), c.c_uint32(7))
print(f'timer at 0x10000004: {lib.ldl_le_phys(space, c.c_uint64(0x10000004))}, ticks {ticks[0]}')
for region in (ram, timer):
    lib.memory_region_del_subregion(system, region)
    print('freed' if lib.memory_region_free(region, None) else 'still in use')
