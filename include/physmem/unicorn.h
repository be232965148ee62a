/* SPDX-License-Identifier: MIT
 *
 * An address space as the memory of a Unicorn engine.
 *
 * RAM is mapped into the engine by pointer. ROM, and ROM devices in ROM mode, are mapped without
 * write permission in blocks of 64 KiB while code runs from them. Everything else goes through the
 * address space: devices, other ROM, holes, and pages that more than one range shares. The engine
 * follows every change of the map, also one that
 * a device makes in the middle of a guest's store: the access in flight ends as it began, the next
 * one sees the new map.
 *
 * What Unicorn (measured with 2.0.1) puts in the way:
 *   - An 8-byte access to a device arrives as two of 4 bytes; a misaligned load as aligned loads
 *     around it; a misaligned store as bytes.
 *   - Code runs from RAM and ROM only, in whole pages: not from devices, nor from pages that
 *     several ranges share. A fetch from a hole ends the run with UC_ERR_FETCH_UNMAPPED or _PROT.
 *   - A write to ROM goes through the address space; but in a block that code runs from, the engine
 *     writes to its own copy too, and loads see that until the next access that is a call.
 *   - uc_emu_stop() in a device callback ends the run right after the access, but leaves the
 *     program counter before it, up to a whole block. Do it only to end a run for good.
 *   - It looks up what is mapped with virtual addresses: guests that switch on their own paging
 *     do not get far.
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

/* Makes 'as' the memory of 'uc', of which nothing may be mapped so far; from here on only this
 * object maps and unmaps. Both must outlive it. The context of 'as' must be the current one and
 * have the byte order of the engine. NULL and an error if the engine has memory mapped or refuses,
 * or if memory is exhausted. Edit side. */
PHYSMEM_API UnicornMemory *unicorn_memory_new(uc_engine *uc, AddressSpace *as, Error **errp);

/* Stops following and leaves the engine with nothing mapped. Not while the guest runs. NULL is
 * fine. Edit side. */
PHYSMEM_API void unicorn_memory_free(UnicornMemory *um);

/* Runs the guest as uc_emu_start() does, with the same parameters and results; the calling thread
 * must not hold the context's lock. Changes of the map by this thread reach the guest at once.
 * Those by other threads reach it with its next access to a device, also if they are made during
 * that access, and at the latest before the next run; a page that was RAM answers as before until
 * then. */
PHYSMEM_API uc_err unicorn_memory_run(UnicornMemory *um, uint64_t begin, uint64_t until,
                                      uint64_t timeout_us, size_t count);

/* To be called when something other than the guest's own stores changed code that the guest may
 * have run, such as a device's DMA or a loader's write to ROM: the engine forgets what it
 * translated and copied. Only on the thread that
 * runs the guest, or while it does not run. */
PHYSMEM_API void unicorn_memory_forget_code(UnicornMemory *um, hwaddr addr, hwaddr len);

PHYSMEM_END_DECLS

#endif
