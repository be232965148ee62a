/* SPDX-License-Identifier: MIT
 *
 * Where the memory of a block comes from. backing.c maps anonymous memory and files; backing-file.c
 * opens, makes and checks files. block.c calls both when it makes a block. Besides, resizing calls
 * ram_backing_grow(), and contents.c calls ram_backing_renew().
 */
#ifndef RAM_BACKING_H
#define RAM_BACKING_H

#include "ram/block.h"

/* Maps rb's memory as its flags, file, page size and alignment say. Address space is reserved for
 * the maximum length; the used length becomes accessible. False, with an error: the host refuses;
 * ram_backing_unmap() then takes back what was reserved. */
bool ram_backing_map(RAMBlock *rb, Error **errp);
void ram_backing_unmap(RAMBlock *rb);

/* Makes the first 'length' bytes accessible. A length below the present one changes nothing. False,
 * with an error, if the host refuses. */
bool ram_backing_grow(RAMBlock *rb, size_t length, Error **errp);

/* Puts fresh memory in the place of the accessible part of [start, start + length). Both are
 * multiples of the page size. Returns 0 or a negative errno. */
int ram_backing_renew(RAMBlock *rb, uint64_t start, uint64_t length);

/* Opens the file for a region's memory. If it does not exist, it is made; if 'path' is a directory,
 * a file without a name is made in there. With 'readonly' nothing is made. Returns the file
 * descriptor, or -1 with an error. *created becomes a copy of the path, to be freed by the caller,
 * if a file was made under it, else NULL. */
int ram_file_open(const char *path, MemoryRegion *mr, bool readonly, char **created, Error **errp);

/* Checks that 'size' bytes of the file from 'offset' on can be mapped for rb, and extends the file
 * if it is empty. 'what' names the file in messages; 'align' is the alignment that the caller
 * wants, 0 for the file's page size. True: the file belongs to rb. False: with an error. In both
 * cases *extended says whether the file was empty before, and must become so again if rb is given
 * up. */
bool ram_file_attach(RAMBlock *rb, int fd, uint64_t offset, uint64_t size, uint64_t align,
                     const char *what, bool *extended, Error **errp);

#endif
