/* SPDX-License-Identifier: MIT
 *
 * An address space as the memory of a Unicorn engine.
 *
 * RAM is mapped into the engine by pointer. While code runs from ROM, or from a ROM device in ROM
 * mode, the block of 64 KiB around the code is mapped as a copy without write permission. All
 * other accesses go through the address space: to devices, other ROM, holes, and pages that more
 * than one range shares. The engine follows every change of the map, also one that a device makes
 * in the middle of a guest's store. The access that is under way ends as it began; the next one
 * sees the new map.
 *
 * Unicorn has limits (measured with 2.0.1):
 *   - An 8-byte access to a device arrives as two of 4 bytes. A misaligned load arrives as the
 *     aligned loads around it, a misaligned store as single bytes.
 *   - Code runs only from whole pages of RAM and ROM: not from devices, nor from pages that several
 *     ranges share. A fetch from a hole ends the run with UC_ERR_FETCH_UNMAPPED or _PROT.
 *   - A write to ROM goes through the address space. If the block is mapped because code runs from
 *     it, the engine also writes to its own copy. Loads see that until the guest next accesses
 *     something that is not mapped.
 *   - uc_emu_stop() in a device callback ends the run right after the access, but leaves the
 *     program counter at an instruction before it, up to a whole translated block earlier. Use it
 *     only to end a run for good.
 *   - Unicorn looks up mapped memory with virtual addresses: a guest that switches on its own
 *     paging does not get far.
 *
 * Unless its comment says otherwise, every function here is edit side. 'um' is the UnicornMemory.
 *
 * This header and the code behind it are MIT, but Unicorn is GPL-2, and so is a program that links
 * both.
 */
#ifndef PHYSMEM_UNICORN_H
#define PHYSMEM_UNICORN_H

#include <unicorn/unicorn.h>

#include <physmem/error.h>
#include <physmem/space.h>
#include <physmem/types.h>

PHYSMEM_BEGIN_DECLS

typedef struct UnicornMemory UnicornMemory;

/* Makes 'as' the memory of the engine 'uc', which must have nothing mapped. From now on, only the
 * UnicornMemory may map and unmap. The space and the engine must outlive it. The context of 'as'
 * must be the current one and have the byte order of the engine. The caller ends it with
 * unicorn_memory_free(). Returns NULL and an error if the engine has memory mapped, if it refuses
 * to map the space, or if memory is exhausted. */
PHYSMEM_API UnicornMemory *unicorn_memory_new(uc_engine *uc, AddressSpace *as, Error **errp);

/* Unmaps everything from the engine and frees the UnicornMemory. Not while the guest runs. 'um' may
 * be NULL. */
PHYSMEM_API void unicorn_memory_free(UnicornMemory *um);

/* Runs the guest as uc_emu_start() does, with the same parameters, and returns the same results:
 * from 'begin' until the program counter is 'until', for at most timeout_us microseconds and
 * 'count' instructions, where 0 means no limit. Any thread, not in a read section: one at a time,
 * without the context's lock; calls device callbacks. A change of the map by this thread reaches
 * the guest at once. A change by another thread reaches it at its next access to a device, even if
 * it is made during that access, and at the latest before the next run. Until then, a page that was
 * RAM answers as before. */
PHYSMEM_API uc_err unicorn_memory_run(UnicornMemory *um, uint64_t begin, uint64_t until,
                                      uint64_t timeout_us, size_t count);

/* Makes the engine forget its translations and copies of 'len' bytes at 'addr'. Call it when
 * something other than the guest's own stores has changed code that the guest may have run, such as
 * a device's DMA or a loader's write to ROM. Any thread, not in a read section: the one that runs
 * the guest, or while it does not run; with or without the context's lock. */
PHYSMEM_API void unicorn_memory_forget_code(UnicornMemory *um, hwaddr addr, hwaddr len);

PHYSMEM_END_DECLS

#endif
