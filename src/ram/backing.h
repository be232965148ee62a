/* SPDX-License-Identifier: MIT
 *
 * Where the memory of a block comes from. backing.c maps anonymous memory and files; backing-file.c
 * opens, makes and checks files. block.c calls both when it makes a block. topology/resize.c calls
 * ram_backing_grow(), and contents.c calls ram_backing_renew().
 */
#ifndef RAM_BACKING_H
#define RAM_BACKING_H

#include "ram/block.h"

/* Maps the memory of a block as its flags, file, page size and alignment say. Address space is
 * reserved for the maximum length; the used length becomes accessible. Returns false, with an
 * error, if the host refuses. The caller calls ram_backing_unmap() in either case when it is done
 * with the block. */
bool ram_backing_map(RAMBlock *rb, Error **errp);
/* Gives back the memory and the address space. Does nothing if the memory is the caller's. */
void ram_backing_unmap(RAMBlock *rb);

/* Makes the first 'length' bytes accessible, or more if more are accessible already. Returns false,
 * with an error, if the host refuses. */
bool ram_backing_grow(RAMBlock *rb, size_t length, Error **errp);

/* Replaces the accessible part of [start, start + length) by fresh memory. Both numbers are
 * multiples of the page size. Returns 0 or a negative errno. */
int ram_backing_renew(RAMBlock *rb, uint64_t start, uint64_t length);

/* Opens the file for a region's memory. If it does not exist, it is made; if 'path' is a directory,
 * a file without a name is made in that directory. With 'readonly' nothing is made. Returns the
 * file descriptor, or -1 with an error. *created becomes a copy of the path if a file was made
 * there, else NULL. The caller frees the copy. */
int ram_file_open(const char *path, MemoryRegion *mr, bool readonly, char **created, Error **errp);

/* Checks that 'size' bytes of the file from 'offset' on can be mapped for rb, and extends the file
 * if it is empty. 'what' names the file in messages ("file '...'", "file descriptor ..."). 'align'
 * is the alignment that the caller wants, or 0 for the file's page size. On success the file
 * belongs to rb. Returns false, with an error, if the file cannot be used. In both cases *extended
 * says whether the file was extended: a caller that gives up rb makes it empty again. */
bool ram_file_attach(RAMBlock *rb, int fd, uint64_t offset, uint64_t size, uint64_t align,
                     const char *what, bool *extended, Error **errp);

#endif
