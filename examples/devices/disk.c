/* SPDX-License-Identifier: MIT
 *
 * Files and bytes as disks.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool disk_open(Disk *disk, const char *path, bool read_only, Error **errp)
{
    int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
    struct stat st;

    if (fd < 0) {
        error_setg_errno(errp, errno, "disk %s cannot be opened", path);
        return false;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error_setg(errp, "disk %s is not a file", path);
        close(fd);
        return false;
    }
    *disk = (Disk){ .fd = fd,
                    .read_only = read_only,
                    .size = (uint64_t)st.st_size & ~(uint64_t)(DISK_SECTOR - 1) };
    return true;
}

void disk_close(Disk *disk)
{
    if (disk->fd >= 0) {
        close(disk->fd);
    }
    disk->fd = -1;
}

void disk_init_memory(Disk *disk, uint8_t *bytes, uint64_t size)
{
    *disk = (Disk){ .fd = -1, .bytes = bytes, .size = size };
}

bool disk_has(const Disk *disk, uint64_t offset, uint64_t length)
{
    return offset <= disk->size && length <= disk->size - offset;
}

/* Returns how many bytes one system call has moved: 0 if the file has become shorter, negative for
 * an error. */
static ssize_t move_some(Disk *disk, uint64_t offset, void *buf, size_t length, bool is_write)
{
    ssize_t moved;

    do {
        moved = is_write ? pwrite(disk->fd, buf, length, (off_t)offset)
                         : pread(disk->fd, buf, length, (off_t)offset);
    } while (moved < 0 && errno == EINTR);
    return moved;
}

static bool move_all(Disk *disk, uint64_t offset, uint8_t *buf, size_t length, bool is_write)
{
    while (length > 0) {
        ssize_t moved = move_some(disk, offset, buf, length, is_write);

        if (moved <= 0) {
            return false;
        }
        offset += (uint64_t)moved;
        buf += moved;
        length -= (size_t)moved;
    }
    return true;
}

/* memmove(), because the disk and the buffer may both be the same guest memory. */
bool disk_read(Disk *disk, uint64_t offset, void *buf, size_t length)
{
    if (disk->fd >= 0) {
        return move_all(disk, offset, buf, length, false);
    }
    memmove(buf, disk->bytes + offset, length);
    return true;
}

bool disk_write(Disk *disk, uint64_t offset, const void *buf, size_t length)
{
    if (disk->fd >= 0) {
        return move_all(disk, offset, (uint8_t *)buf, length, true);
    }
    memmove(disk->bytes + offset, buf, length);
    return true;
}

bool disk_flush(Disk *disk)
{
    return disk->fd < 0 || fdatasync(disk->fd) == 0;
}
