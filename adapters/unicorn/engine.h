/* SPDX-License-Identifier: MIT
 *
 * What is mapped in a Unicorn engine, and making it what it should be.
 *
 * What 2.0.1 allows in the middle of a guest's access was measured, under valgrind too:
 *   - Mapping and unmapping takes effect at the next access, even of the same translated block.
 *   - Only the stretch whose callback is running must stay: the engine looks at it again when the
 *     callback has returned. It is the 'active' one; replacing it waits.
 *   - Unmapping does not make the engine forget translated code, and afterwards it cannot be told
 *     to; so it is told before.
 *   - Flushing everything it has translated crashes it; forgetting single pages does not.
 *   - While it reports a write to what has no write permission, unmapping or protecting the page
 *     crashes it if the page was read before; and if told to go on it writes to the memory all
 *     the same. So ROM is called, and only where code runs from it a copy is mapped.
 *   - Mapping takes some 10 microseconds whatever the size, but unmapping also visits each page:
 *     half a millisecond for 32 MiB. So calls come in blocks, on demand.
 */
#ifndef PHYSMEM_UNICORN_ENGINE_H
#define PHYSMEM_UNICORN_ENGINE_H

#include <unicorn/unicorn.h>

#include "pieces.h"

/* What a callback is given: whose it is and which address its offsets count from. */
typedef struct CallSite {
    void *owner;
    hwaddr base;
} CallSite;

typedef struct Engine {
    uc_engine *uc;
    uc_cb_mmio_read_t read; /* their opaque pointer is a CallSite */
    uc_cb_mmio_write_t write;
    void *owner;
    PieceList mapped;
    PieceList next;   /* scratch: what will be mapped */
    size_t calls;     /* pieces of calls in 'mapped' */
    CallSite *active; /* the site whose callback is running, or NULL */
    uc_err error;     /* the first thing that the engine refused */
} Engine;

/* Makes the engine's memory that of 'wanted', a layout. Calls stay where they are not in its way.
 * False if the active piece is: its pages stay as they are, everything else is done. */
bool engine_apply(Engine *engine, const PieceList *wanted);

/* Makes calls of the block around addr, as far as nothing is mapped there. False if the engine
 * refuses. */
bool engine_map_calls(Engine *engine, hwaddr addr);

/* Unmaps everything. Not while a callback is running. */
void engine_clear(Engine *engine);

/* Copies of ROM in [first, last] are no more what they should be: they will not stay. False if
 * there are none. */
bool engine_spoil_rom(Engine *engine, hwaddr first, hwaddr last);

/* Makes the engine forget translated code in [first, last]. */
void engine_forget_code(Engine *engine, hwaddr first, hwaddr last);

#endif
