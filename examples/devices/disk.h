/* SPDX-License-Identifier: MIT
 *
 * What lies behind a virtual disk: a file, or bytes of the program. Any thread.
 */
#ifndef DEVICES_DISK_H
#define DEVICES_DISK_H

#include <physmem/physmem.h>

#define DISK_SECTOR 512

typedef struct Disk {
    int fd;         /* -1: in memory */
    uint8_t *bytes; /* the caller's */
    uint64_t size;  /* in bytes, whole sectors */
    bool read_only;
} Disk;

/* Whole sectors of an existing file; a rest behind them is not part of the disk. */
bool disk_open(Disk *disk, const char *path, bool read_only, Error **errp);
void disk_close(Disk *disk);

/* Bytes of the caller, who keeps them. */
void disk_init_memory(Disk *disk, uint8_t *bytes, uint64_t size);

/* Does [offset, offset + length) lie on the disk? */
bool disk_has(const Disk *disk, uint64_t offset, uint64_t length);

/* All of a range that the disk has, or false. */
bool disk_read(Disk *disk, uint64_t offset, void *buf, size_t length);
bool disk_write(Disk *disk, uint64_t offset, const void *buf, size_t length);

/* Returns when what was written is there to stay. */
bool disk_flush(Disk *disk);

#endif
