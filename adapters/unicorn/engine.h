/* SPDX-License-Identifier: MIT
 *
 * The memory of a Unicorn engine: records what is mapped, and changes it.
 *
 * Unicorn 2.0.1 behaves as follows in the middle of a guest's access (measured, also under
 * valgrind):
 *   - Mapping and unmapping take effect at the next access, even one of the same translated block.
 *   - The piece whose callback is running must stay, because the engine looks at it again when the
 *     callback has returned. This piece is 'active'; it is replaced later.
 *   - Unmapping does not make the engine forget translated code, and after unmapping it cannot be
 *     told to. So it is told before unmapping.
 *   - The engine crashes if all translated code is flushed, but not if single pages are.
 *   - While it reports a write without permission, unmapping or protecting the page crashes it if
 *     the page was read before. If it is told to go on, it writes to the memory in spite of the
 *     permission. So accesses to ROM are calls. Only where code runs from ROM, a copy is mapped.
 *   - Mapping takes about 10 microseconds for any size, but unmapping visits each page: half a
 *     millisecond for 32 MiB. So calls are mapped in small blocks, on demand.
 */
#ifndef PHYSMEM_UNICORN_ENGINE_H
#define PHYSMEM_UNICORN_ENGINE_H

#include <unicorn/unicorn.h>

#include "pieces.h"

/* The opaque pointer of the callbacks of a piece of calls. */
typedef struct CallSite {
    void *owner; /* Engine.owner */
    hwaddr base; /* the address from which the callbacks' offsets count */
} CallSite;

typedef struct Engine {
    uc_engine *uc;
    uc_cb_mmio_read_t read; /* their opaque pointer is a CallSite */
    uc_cb_mmio_write_t write;
    void *owner;
    PieceList mapped;
    PieceList next;   /* what will be mapped; only used inside engine_apply() */
    size_t calls;     /* the number of pieces of calls in 'mapped' */
    CallSite *active; /* the site whose callback is running, or NULL */
    uc_err error;     /* the first error of the engine, or UC_ERR_OK */
} Engine;

/* Changes the engine's memory to 'wanted', a layout (layout.h). Pieces of calls stay if they
 * overlap no memory of it. Returns false if the active piece is in the way: its pages stay as they
 * are, and everything else is done. */
bool engine_apply(Engine *engine, const PieceList *wanted);

/* Maps calls in that part of the block around addr where nothing is mapped. Returns false if the
 * engine refuses. */
bool engine_map_calls(Engine *engine, hwaddr addr);

/* Unmaps everything. Not while a callback is running. */
void engine_clear(Engine *engine);

/* Marks the copies of ROM that touch [first, last] as wrong, so that the next engine_apply()
 * replaces them. Returns false if there are none. */
bool engine_spoil_rom(Engine *engine, hwaddr first, hwaddr last);

/* Makes the engine forget translated code in [first, last]. */
void engine_forget_code(Engine *engine, hwaddr first, hwaddr last);

#endif
