/* SPDX-License-Identifier: MIT
 *
 * Opens, makes and checks the files that become the memory of a block (specification section 4).
 * The length of a file that is not empty never changes. backing.c maps the files.
 */
#define _GNU_SOURCE /* mkostemp */
#include "ram/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <physmem/error.h>

#include "base/alloc.h"

/* ---- Opening ---------------------------------------------------------------------------- */

/* Reports that a system call has failed, with errno. Returns -1. */
static int refuse_file(MemoryRegion *mr, const char *action, const char *path, Error **errp)
{
    error_setg_errno(errp, errno, "region '%s': cannot %s file '%s'", ram_label(mr), action, path);
    return -1;
}

/* Returns a name for mkostemp(). Slashes in the region's name become underscores. */
static char *temporary_template(const char *directory, MemoryRegion *mr)
{
    char *path = alloc_printf("%s/physmem.%.200s.XXXXXX", directory, ram_label(mr));

    for (char *slash = path + strlen(directory) + 1; (slash = strchr(slash, '/'));) {
        *slash = '_';
    }
    return path;
}

static int open_temporary(const char *directory, MemoryRegion *mr, Error **errp)
{
    char *path = temporary_template(directory, mr);
    int fd = mkostemp(path, O_CLOEXEC);

    if (fd >= 0) {
        unlink(path);
    } else {
        refuse_file(mr, "make", path, errp);
    }
    free(path);
    return fd;
}

static int open_new(const char *path, char **created)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd >= 0) {
        *created = alloc_string(path);
    }
    return fd;
}

static int open_readonly(const char *path, MemoryRegion *mr, Error **errp)
{
    int fd;

    do {
        fd = open(path, O_RDONLY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd >= 0 ? fd : refuse_file(mr, "open", path, errp);
}

/* Opens the file, or makes it if there is none. Another process may make or remove the file between
 * these two steps; then both are tried again. */
static int open_or_make(const char *path, MemoryRegion *mr, char **created, Error **errp)
{
    for (;;) {
        int fd = open(path, O_RDWR | O_CLOEXEC);

        if (fd >= 0) {
            return fd;
        }
        if (errno == EISDIR) {
            return open_temporary(path, mr, errp);
        }
        if (errno != ENOENT && errno != EINTR) {
            return refuse_file(mr, "open", path, errp);
        }
        fd = errno == ENOENT ? open_new(path, created) : -1;
        if (fd >= 0) {
            return fd;
        }
        if (errno != EEXIST && errno != EINTR) {
            return refuse_file(mr, "make", path, errp);
        }
    }
}

int ram_file_open(const char *path, MemoryRegion *mr, bool readonly, char **created, Error **errp)
{
    *created = NULL;
    return readonly ? open_readonly(path, mr, errp) : open_or_make(path, mr, created, errp);
}

/* ---- Checking --------------------------------------------------------------------------- */

/* A file that may become the memory of a block. */
typedef struct Candidate {
    RAMBlock *rb;
    const char *what; /* its name in messages: "file '...'" or "file descriptor ..." */
    int fd;
    size_t page; /* the page size of its file system */
    uint64_t offset;
    uint64_t size;   /* as the caller wants it */
    uint64_t align;  /* as the caller wants it; 0: the page size */
    uint64_t needed; /* the length that the file must have */
} Candidate;

/* Reports that a system call on the candidate has failed, with errno. Returns false. */
static bool refuse(const Candidate *c, const char *action, Error **errp)
{
    error_setg_errno(errp, errno, "region '%s': cannot %s %s", ram_label(c->rb->mr), action,
                     c->what);
    return false;
}

static bool find_page_size(Candidate *c, Error **errp)
{
    const long hugetlbfs = 0x958458f6;
    struct statfs fs;

    if (fstatfs(c->fd, &fs) < 0) {
        return refuse(c, "examine", errp);
    }
    c->page = (unsigned long)fs.f_type == (unsigned long)hugetlbfs ? (size_t)fs.f_bsize
                                                                   : ram_host_page();
    return true;
}

static bool check_numbers(Candidate *c, Error **errp)
{
    const char *label = ram_label(c->rb->mr);

    if (c->align & (c->align - 1) || c->align % c->page) {
        error_setg(errp,
                   "region '%s': alignment 0x%" PRIx64 " must be a power of two and a multiple of "
                   "0x%zx, the page size of %s",
                   label, c->align, c->page, c->what);
        return false;
    }
    if (c->size < c->page) {
        error_setg(errp, "region '%s': size 0x%" PRIx64 " is below 0x%zx, the page size of %s",
                   label, c->size, c->page, c->what);
        return false;
    }
    if (c->offset % c->page || c->offset > RAM_LENGTH_MAX - c->rb->max_length) {
        error_setg(errp,
                   "region '%s': offset 0x%" PRIx64 " must be a multiple of 0x%zx, the page size "
                   "of %s, and at most 0x%" PRIx64,
                   label, c->offset, c->page, c->what, RAM_LENGTH_MAX - c->rb->max_length);
        return false;
    }
    return true;
}

static bool extend(Candidate *c, bool *extended, Error **errp)
{
    if (c->rb->readonly) {
        error_setg(errp,
                   "region '%s': %s is empty, and cannot be extended because the memory is "
                   "read-only",
                   ram_label(c->rb->mr), c->what);
        return false;
    }
    if (ftruncate(c->fd, (off_t)c->needed) < 0) {
        return refuse(c, "extend", errp);
    }
    *extended = true;
    return true;
}

/* Checks that the file is long enough, and extends it if it is empty. Only a regular file has a
 * length; all others are devices with memory of their own. */
static bool check_length(Candidate *c, bool *extended, Error **errp)
{
    struct stat st;

    if (fstat(c->fd, &st) < 0) {
        return refuse(c, "examine", errp);
    }
    if (S_ISDIR(st.st_mode)) {
        error_setg(errp,
                   "region '%s': %s is a directory: memory that is read-only or from a descriptor "
                   "needs a file",
                   ram_label(c->rb->mr), c->what);
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        return true;
    }
    if (st.st_size == 0) {
        return extend(c, extended, errp);
    }
    if ((uint64_t)st.st_size < c->needed) {
        error_setg(errp, "region '%s': %s has 0x%" PRIx64 " bytes, 0x%" PRIx64 " are needed",
                   ram_label(c->rb->mr), c->what, (uint64_t)st.st_size, c->needed);
        return false;
    }
    return true;
}

bool ram_file_attach(RAMBlock *rb, int fd, uint64_t offset, uint64_t size, uint64_t align,
                     const char *what, bool *extended, Error **errp)
{
    Candidate c = {
        .rb = rb, .what = what, .fd = fd, .offset = offset, .size = size, .align = align
    };

    *extended = false;
    if (!find_page_size(&c, errp) || !check_numbers(&c, errp)) {
        return false;
    }
    c.needed = offset + rb->max_length;
    if (!check_length(&c, extended, errp)) {
        return false;
    }
    rb->fd = fd;
    rb->fd_offset = offset;
    rb->page_size = c.page;
    rb->alignment = align ? align : c.page;
    return true;
}
