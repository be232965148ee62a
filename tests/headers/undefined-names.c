/* SPDX-License-Identifier: MIT
 *
 * A program that needs the names of the two lower-case macros for something else undefines them
 * after the headers, and writes what they stand for. In C and in C++; only compiled
 * (check-headers).
 */
#include <physmem/physmem.h>

#undef address_space_memory
#undef global_dirty_log

struct board {
    MemoryRegion *address_space_memory;
    bool global_dirty_log;
};

bool board_logs(struct board *board, MemoryRegion *address_space_memory, bool global_dirty_log);

bool board_logs(struct board *board, MemoryRegion *address_space_memory, bool global_dirty_log)
{
    MemoryContext *ctx = memory_context_current();

    board->address_space_memory = address_space_memory;
    board->global_dirty_log = global_dirty_log || *memory_context_global_dirty_log(ctx);
    return memory_context_memory(ctx) != NULL && board->global_dirty_log;
}
