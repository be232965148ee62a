/* SPDX-License-Identifier: MIT
 *
 * Where the memory of a block comes from. backing.c maps, whatever it is that is mapped;
 * backing-file.c finds, makes and checks files. Called by the makers of blocks (alloc.c) only, but
 * for growth and repair.
 */
#ifndef RAM_BACKING_H
#define RAM_BACKING_H

#include "ram/block.h"

/* Maps rb's memory by its flags, file, page size and alignment: all of the maximum length is
 * reserved, the used length accessible. */
bool ram_backing_map(RAMBlock *rb, Error **errp);
void ram_backing_unmap(RAMBlock *rb);

/* Makes the first 'length' bytes accessible; what was accessible stays so. */
bool ram_backing_grow(RAMBlock *rb, size_t length, Error **errp);

/* Maps afresh what is accessible of [start, start + length), multiples of the page size. 0 or a
 * negative errno. */
int ram_backing_renew(RAMBlock *rb, uint64_t start, uint64_t length);

/* Opens the file for a region's memory, makes it, or makes a nameless one in a directory. Returns
 * the descriptor or -1. *created: the path, if the file was made under it; free() it. */
int ram_file_open(const char *path, MemoryRegion *mr, bool readonly, char **created, Error **errp);

/* Checks that 'size' bytes from 'offset' on can be mapped from fd for rb, and extends an empty
 * file. 'what' names the file in messages, 'align' is the alignment wanted (0: the file's page).
 * On success rb has the file, and *extended says whether it must become empty again if a later
 * step fails. */
bool ram_file_attach(RAMBlock *rb, int fd, uint64_t offset, uint64_t size, uint64_t align,
                     const char *what, bool *extended, Error **errp);

#endif
