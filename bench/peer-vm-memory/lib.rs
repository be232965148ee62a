// SPDX-License-Identifier: MIT
//
// vm-memory as a peer of the benchmark: it has the same guest as the other contenders, in the same
// host memory, and accesses the same addresses. bench/contender-vm-memory.c declares these
// functions. Each loop does its work `count` times, as a BenchBatch does. The loops are compiled
// together with the crate, so that the crate's calls are inlined as they are in a Rust program.

use std::arch::asm;
use std::os::raw::c_ulong;
use std::ptr;
use std::slice;
use std::sync::atomic::Ordering;
use std::sync::Arc;

use vm_memory::{
    Bytes, GuestAddress, GuestAddressSpace, GuestMemory, GuestMemoryAtomic, GuestMemoryMmap,
    GuestRegionMmap, MmapRegion,
};

const BLOCK: usize = 4096;

/// The guest, bare and behind the guard by which a program can replace it while it is read.
pub struct Guest {
    memory: GuestMemoryMmap,
    guarded: GuestMemoryAtomic<GuestMemoryMmap>,
    address: &'static [u64], // their number is a power of two
    block: &'static mut [u8], // what is read goes here
    plugged: *mut u8, // host memory for a page that comes and goes
}

/// The GuestRange of bench/guest.h.
#[repr(C)]
pub struct Range {
    base: u64,
    size: u64,
    host: *mut u8,
    _read: *const u8, // what devices answer with, of which there are none here
}

/// Keeps the compiler from dropping the computation of a value that nothing else uses.
#[inline(always)]
fn keep(value: u64) {
    unsafe { asm!("/* {0} */", in(reg) value, options(nomem, nostack, preserves_flags)) }
}

/// The same for the bytes of a block.
#[inline(always)]
fn keep_bytes(block: &[u8]) {
    unsafe { asm!("/* {0} */", in(reg) block.as_ptr(), options(nostack, preserves_flags)) }
}

impl Range {
    fn map(&self) -> GuestRegionMmap {
        let (size, flags) = (self.size as usize, 0x22); // MAP_PRIVATE | MAP_ANONYMOUS
        let region = unsafe { MmapRegion::build_raw(self.host, size, 3, flags) };
        GuestRegionMmap::new(region.unwrap(), GuestAddress(self.base)).unwrap()
    }
}

impl Guest {
    #[inline(always)]
    fn at(&self, i: c_ulong) -> GuestAddress {
        let mask = self.address.len() - 1;
        GuestAddress(unsafe { *self.address.get_unchecked(i as usize & mask) })
    }
}

/// The ranges are in ascending order; all memory stays the caller's and must outlive the guest.
#[no_mangle]
pub unsafe extern "C" fn peer_vm_memory_new(
    range: *const Range,
    ranges: usize,
    address: *const u64,
    addresses: usize,
    block: *mut u8,
) -> *mut Guest {
    let regions = slice::from_raw_parts(range, ranges).iter().map(Range::map).collect();
    let memory = GuestMemoryMmap::from_regions(regions).unwrap();
    Box::into_raw(Box::new(Guest {
        guarded: GuestMemoryAtomic::new(memory.clone()),
        memory,
        address: slice::from_raw_parts(address, addresses),
        block: slice::from_raw_parts_mut(block, BLOCK),
        plugged: (*range).host,
    }))
}

#[no_mangle]
pub unsafe extern "C" fn peer_vm_memory_free(guest: *mut Guest) {
    drop(Box::from_raw(guest))
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_load(guest: &Guest, count: c_ulong) {
    for i in 0..count {
        keep(guest.memory.load::<u32>(guest.at(i), Ordering::Relaxed).unwrap() as u64);
    }
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_load_guarded(guest: &Guest, count: c_ulong) {
    for i in 0..count {
        let memory = guest.guarded.memory();
        keep(memory.load::<u32>(guest.at(i), Ordering::Relaxed).unwrap() as u64);
    }
}

/// The values are 0, but the processor has to wait for each one.
#[no_mangle]
pub extern "C" fn peer_vm_memory_load_dependent(guest: &Guest, count: c_ulong) {
    let mut value = 0;

    for i in 0..count {
        let addr = GuestAddress(guest.at(i).0 + value as u64);
        value = guest.memory.load::<u32>(addr, Ordering::Relaxed).unwrap();
    }
    keep(value as u64);
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_store(guest: &Guest, count: c_ulong) {
    for i in 0..count {
        guest.memory.store(0u32, guest.at(i), Ordering::Relaxed).unwrap();
    }
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_load_dependent_guarded(guest: &Guest, count: c_ulong) {
    let mut value = 0;

    for i in 0..count {
        let memory = guest.guarded.memory();
        let addr = GuestAddress(guest.at(i).0 + value as u64);
        value = memory.load::<u32>(addr, Ordering::Relaxed).unwrap();
    }
    keep(value as u64);
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_store_guarded(guest: &Guest, count: c_ulong) {
    for i in 0..count {
        let memory = guest.guarded.memory();
        memory.store(0u32, guest.at(i), Ordering::Relaxed).unwrap();
    }
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_slice(guest: &Guest, count: c_ulong) {
    for i in 0..count {
        keep(guest.memory.get_slice(guest.at(i), BLOCK).unwrap().as_ptr() as u64);
    }
}

#[inline(always)]
fn read_block(guest: &mut Guest, count: c_ulong, len: usize) {
    for i in 0..count {
        let addr = guest.at(i);
        guest.memory.read_slice(&mut guest.block[..len], addr).unwrap();
        keep_bytes(guest.block);
    }
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_read_4(guest: &mut Guest, count: c_ulong) {
    read_block(guest, count, 4)
}

#[no_mangle]
pub extern "C" fn peer_vm_memory_read_4096(guest: &mut Guest, count: c_ulong) {
    read_block(guest, count, BLOCK)
}

/// Publishes the same regions anew, as a program does when it plugs memory.
#[no_mangle]
pub extern "C" fn peer_vm_memory_replace(guest: &Guest) {
    guest.guarded.lock().unwrap().replace(guest.memory.clone());
}

/// A page comes or goes two pages above the guest, in turns.
#[no_mangle]
pub extern "C" fn peer_vm_memory_plug(guest: &Guest, count: c_ulong) {
    let (page, base) = (BLOCK as u64, guest.memory.last_addr().0 + 1 + 2 * BLOCK as u64);

    for _ in 0..count {
        let memory = guest.guarded.memory();
        let next = if memory.num_regions() > guest.memory.num_regions() {
            memory.remove_region(GuestAddress(base), page).unwrap().0
        } else {
            let region = Range { base, size: page, host: guest.plugged, _read: ptr::null() }.map();
            memory.insert_region(Arc::new(region)).unwrap()
        };
        guest.guarded.lock().unwrap().replace(next);
    }
}
