/* SPDX-License-Identifier: MIT
 *
 * The Rust crate vm-memory as a contender (see contest.h). Its loops are in peer-vm-memory/lib.rs,
 * which is built in only if cargo and the crate are installed.
 */
#include <stddef.h>

#include "contest.h"

#ifdef HAVE_VM_MEMORY

/* peer-vm-memory/lib.rs */
void *peer_vm_memory_new(const GuestRange *range, size_t ranges, const uint64_t *address,
                         size_t addresses, uint8_t *block);
void peer_vm_memory_free(void *guest);
void peer_vm_memory_replace(void *guest);
BenchBatch peer_vm_memory_load, peer_vm_memory_load_dependent, peer_vm_memory_store;
BenchBatch peer_vm_memory_slice, peer_vm_memory_read_4, peer_vm_memory_read_4096;
BenchBatch peer_vm_memory_load_guarded, peer_vm_memory_load_dependent_guarded;
BenchBatch peer_vm_memory_store_guarded, peer_vm_memory_plug;

/* Returns NULL if the guest has devices, because the crate knows memory only. */
static void *make(const Guest *guest)
{
    for (unsigned long i = 0; i < guest->ranges; i++) {
        if (!guest->range[i].host) {
            return NULL;
        }
    }
    return peer_vm_memory_new(guest->range, guest->ranges, guest->address, GUEST_PLACES,
                              guest->block);
}

const Contender contender_vm_memory = {
    .make = make,
    .end = peer_vm_memory_free,
    .batch = { [LOAD] = peer_vm_memory_load,
               [LOAD_DEPENDENT] = peer_vm_memory_load_dependent,
               [STORE] = peer_vm_memory_store,
               [MAP] = peer_vm_memory_slice,
               [BORROW] = peer_vm_memory_slice,
               [READ_4] = peer_vm_memory_read_4,
               [READ_4096] = peer_vm_memory_read_4096 },
};

const Contender contender_guarded = {
    .make = make,
    .end = peer_vm_memory_free,
    .batch = { [LOAD] = peer_vm_memory_load_guarded,
               [LOAD_DEPENDENT] = peer_vm_memory_load_dependent_guarded,
               [STORE] = peer_vm_memory_store_guarded,
               [CHANGE] = peer_vm_memory_plug },
    .change = peer_vm_memory_replace,
};

#else

const Contender contender_vm_memory, contender_guarded;

#endif
