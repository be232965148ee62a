/* SPDX-License-Identifier: MIT
 *
 * The contents of a virtual disk: a file, or bytes of the program. Any thread.
 */
#ifndef DEVICES_DISK_H
#define DEVICES_DISK_H

#include <physmem/physmem.h>

#define DISK_SECTOR 512

typedef struct Disk {
    int fd;         /* of the file; -1: the disk is in memory */
    uint8_t *bytes; /* the memory, which belongs to the caller */
    uint64_t size;  /* in bytes; whole sectors */
    bool read_only;
} Disk;

/* Makes a disk of the whole sectors of an existing file. Returns false and an error if the path
 * cannot be opened or is not a file. */
bool disk_open(Disk *disk, const char *path, bool read_only, Error **errp);
void disk_close(Disk *disk);

/* Makes a disk of the caller's memory, which must outlive it. */
void disk_init_memory(Disk *disk, uint8_t *bytes, uint64_t size);

/* Whether [offset, offset + length) lies on the disk. */
bool disk_has(const Disk *disk, uint64_t offset, uint64_t length);

/* Read and write a range that lies on the disk. They return false if not all of it could be
 * moved. */
bool disk_read(Disk *disk, uint64_t offset, void *buf, size_t length);
bool disk_write(Disk *disk, uint64_t offset, const void *buf, size_t length);

/* Waits until all written data is on the host's storage. Returns false if that fails. */
bool disk_flush(Disk *disk);

#endif
